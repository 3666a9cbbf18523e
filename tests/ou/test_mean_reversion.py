"""The test against a random walk: its size, its power and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.tsa.adfvalues import mackinnonp

import spreadlab as sl
from spreadlab.api_ou import test_mean_reversion as mean_reversion_test


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_rejects_random_walks_at_the_nominal_rate(alpha):
    rng = np.random.default_rng(2)
    n_paths = 800
    walks = np.cumsum(rng.normal(size=(n_paths, 150)), axis=1)
    rejected = [mean_reversion_test(walk, alpha=alpha).pvalue < alpha for walk in walks]
    band = 4.0 * math.sqrt(alpha * (1 - alpha) / n_paths)
    assert np.mean(rejected) == pytest.approx(alpha, abs=band)


def test_finds_strong_mean_reversion():
    x = sl.simulate_ou(30.0, 0.0, 0.2, 1 / 252, 504, seed=1)
    test = mean_reversion_test(x)
    assert test.is_mean_reverting
    assert test.phi_interval[0] < test.phi < test.phi_interval[1] < 1.0
    assert test.pvalue == pytest.approx(mackinnonp(test.statistic, "c", 1), rel=0.1, abs=1e-4)


def test_an_alternating_series_is_not_mean_reverting_although_no_walk():
    rng = np.random.default_rng(1)
    test = mean_reversion_test((-1.0) ** np.arange(80) + 0.1 * rng.normal(size=80))
    assert test.pvalue < 0.01
    assert not test.is_mean_reverting


def test_an_explosive_series_has_an_empty_interval():
    rng = np.random.default_rng(1)
    test = mean_reversion_test(np.cumsum(1.05 ** np.arange(80)) + rng.normal(size=80))
    assert test.pvalue > 0.99
    assert math.isnan(test.phi_interval[0])
    assert not test.is_mean_reverting


def test_does_not_depend_on_units():
    x = sl.simulate_ou(30.0, 0.0, 0.2, 1 / 252, 504, seed=1)
    first, second = mean_reversion_test(x), mean_reversion_test(-1e3 * x + 5.0)
    assert second.statistic == pytest.approx(first.statistic, rel=1e-10)
    assert second.pvalue == pytest.approx(first.pvalue, rel=1e-8)


def test_shows_itself():
    test = mean_reversion_test(sl.simulate_ou(30.0, 0.0, 0.2, 1 / 252, 504, seed=1))
    assert repr(test).startswith("MeanReversionResult(is_mean_reverting=True")
    assert "p-value against a random walk" in test._repr_html_()
    assert test.to_frame().loc[0, "statistic"] == test.statistic
    assert set(test.critical_values) == {"1%", "5%", "10%"}


@pytest.mark.parametrize("bad", [[1.0] * 30, [1.0, 2.0], [math.nan] * 30, list(range(30))])
def test_refuses_what_has_no_answer(bad):
    with pytest.raises(sl.InvalidInputError, match=r"^spread: "):
        mean_reversion_test(bad)


@pytest.mark.parametrize("alpha", [0.0, 1.0, "5%"])
def test_refuses_levels_without_meaning(alpha):
    with pytest.raises(sl.InvalidInputError, match=r"^alpha: "):
        mean_reversion_test(np.arange(30.0), alpha=alpha)
