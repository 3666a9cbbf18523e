"""The Phillips-Ouliaris statistic against arch."""

from __future__ import annotations

import numpy as np
import pytest
from arch.unitroot.cointegration import phillips_ouliaris

import spreadlab as sl
from spreadlab.discovery.pair_test import engle_granger
from spreadlab.discovery.phillips_ouliaris import z_tau

from .test_pair_test import random_pair


@pytest.mark.parametrize("seed", range(200))
def test_equals_arch(seed):
    y, x = random_pair(seed, int(np.random.default_rng(seed).integers(60, 400)))
    trend = ("c", "ct", "n")[seed % 3]
    expected = phillips_ouliaris(y, x, trend=trend, test_type="Zt")
    statistic, bandwidth = z_tau(engle_granger(y, x, trend=trend).spread)
    assert statistic == pytest.approx(expected.stat, rel=1e-9)
    assert bandwidth == pytest.approx(expected.bandwidth, rel=1e-9)


def test_method_of_test_pair():
    rng = np.random.default_rng(0)
    logs = np.cumsum(rng.normal(size=(500, 2)), axis=0) * 0.01
    y, x = np.exp(logs[:, 0]), np.exp(logs[:, 1])
    pair = sl.test_pair(y, x, method="phillips-ouliaris")
    expected = phillips_ouliaris(logs[:, 0], logs[:, 1], trend="c", test_type="Zt")
    assert pair.statistic == pytest.approx(expected.stat, rel=1e-9)
    # Two independent simulations of one limit: the surfaces agree to a percentage point or two.
    assert pair.pvalue == pytest.approx(expected.pvalue, abs=0.025)
    assert "Phillips-Ouliaris" in pair.explain()
    plain = sl.test_pair(y, x)
    assert pair.hedge_ratio == plain.hedge_ratio
    assert pair.statistic != plain.statistic
    with pytest.raises(sl.InvalidInputError, match="method"):
        sl.test_pair(y, x, method="johansen")
    with pytest.raises(sl.InvalidInputError, match="near_duplicate"):
        sl.test_pair(y, y, method="phillips-ouliaris")
