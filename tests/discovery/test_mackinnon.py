"""Our response surfaces against statsmodels' tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp

from spreadlab.discovery.kernels.pvalue import surface_pvalue_nb, surface_pvalues_nb
from spreadlab.discovery.mackinnon import LEVELS, critical_values, surface

CASES = [("c", 1), ("n", 2), ("c", 2), ("ct", 2)]


@pytest.mark.parametrize(("trend", "n_series"), CASES)
def test_pvalues_equal_statsmodels(trend, n_series):
    statistics = np.concatenate([np.linspace(-25.0, 4.0, 1200), [-1e9, 1e9]])
    got = surface_pvalues_nb(statistics, surface(trend, n_series))
    expected = [mackinnonp(s, regression=trend, N=n_series) for s in statistics]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)
    assert math.isnan(surface_pvalue_nb(math.nan, surface(trend, n_series)))


@pytest.mark.parametrize(("trend", "n_series"), [("c", 1), ("c", 2), ("ct", 2)])
@pytest.mark.parametrize("n_obs", [30, 252, 5000])
def test_critical_values_equal_statsmodels(trend, n_series, n_obs):
    expected = mackinnoncrit(N=n_series, regression=trend, nobs=n_obs - 1)
    got = critical_values(trend, n_obs, n_series)
    assert tuple(got) == LEVELS
    np.testing.assert_allclose(list(got.values()), expected, rtol=1e-12)


def test_no_critical_values_without_constant():
    assert all(math.isnan(value) for value in critical_values("n", 100).values())


def test_plain_dickey_fuller_would_reject_too_often():
    """The mistake this module exists to avoid: the table of one series for a residual."""
    statistic = critical_values("c", 100_000)["5%"]
    assert surface_pvalue_nb(statistic, surface("c", 2)) == pytest.approx(0.05, abs=0.003)
    assert surface_pvalue_nb(statistic, surface("c", 1)) < 0.02
