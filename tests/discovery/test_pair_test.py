"""One test against statsmodels and against a slow, obvious version."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.stattools import adfuller, coint
from tests.oracles import discovery_slow as slow

from spreadlab.discovery.pair_test import engle_granger, half_life_reason


def random_pair(seed: int, n_obs: int) -> tuple[np.ndarray, np.ndarray]:
    """A pair of any kind: heavy tails, drift, units from 0.01 to 1e6, cointegrated or not."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(rng.uniform(2.5, 10.0), size=(n_obs, 2))
    x = np.cumsum(shocks[:, 0] + rng.normal() * 0.1)
    if rng.random() < 0.5:
        phi = rng.uniform(-0.5, 0.99)
        e = np.zeros(n_obs)
        for t in range(1, n_obs):
            e[t] = phi * e[t - 1] + shocks[t, 1]
        y = rng.normal() * x + e * rng.uniform(0.05, 2.0)
    else:
        y = np.cumsum(shocks[:, 1]) + rng.normal() * x
    scale = 10.0 ** rng.uniform(-2.0, 4.0, size=2)
    return (y + rng.normal() * 20) * scale[0], (x + rng.normal() * 20) * scale[1]


def statsmodels_lag(residual, criterion):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return adfuller(residual, regression="n", autolag=criterion, result_object=False)[2]


@pytest.mark.parametrize("seed", range(200))
def test_equals_statsmodels(seed):
    rng = np.random.default_rng(10_000 + seed)
    n_obs = int(60 * (500 / 60) ** rng.random())
    y, x = random_pair(seed, n_obs)
    criterion = ("aic", "bic")[seed % 2]
    trend = ("c", "c", "ct", "n")[seed % 4]
    expected, expected_p, expected_critical = coint(y, x, trend=trend, autolag=criterion)
    got = engle_granger(y, x, lags=criterion, trend=trend)
    assert got.statistic == pytest.approx(expected, rel=1e-9)
    assert got.pvalue == pytest.approx(expected_p, abs=1e-9)
    assert got.lags == statsmodels_lag(slow.step_one(y, x, trend)[1], criterion)
    assert len(expected_critical) == 3


@pytest.mark.parametrize("lags", [0, 1, 5, 17])
def test_fixed_lags_equal_statsmodels(lags):
    y, x = random_pair(7, 300)
    expected = coint(y, x, maxlag=lags, autolag=None)
    got = engle_granger(y, x, lags=lags)
    assert got.lags == lags
    assert got.statistic == pytest.approx(expected[0], rel=1e-9)


def test_long_sample_equals_statsmodels():
    y, x = random_pair(11, 5000)
    expected = coint(y, x)
    got = engle_granger(y, x)
    assert got.statistic == pytest.approx(expected[0], rel=1e-9)
    assert got.pvalue == pytest.approx(expected[1], abs=1e-9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_obs=st.integers(30, 250),
    trend=st.sampled_from(["c", "ct", "n"]),
    lags=st.sampled_from(["aic", "bic", 0, 3]),
)
def test_equals_the_slow_version(seed, n_obs, trend, lags):
    y, x = random_pair(seed, n_obs)
    statistic, order, ratio, e = slow.engle_granger(y, x, lags, trend)
    got = engle_granger(y, x, lags=lags, trend=trend)
    assert got.reason == ""
    assert got.lags == order
    assert got.statistic == pytest.approx(statistic, rel=1e-8)
    assert got.hedge_ratio == pytest.approx(ratio, rel=1e-8, abs=1e-12)
    np.testing.assert_allclose(got.spread, e, rtol=1e-7, atol=1e-9 * np.abs(e).max())
    assert got.half_life == pytest.approx(slow.half_life(e), rel=1e-6, nan_ok=True)
    assert got.hurst == pytest.approx(slow.hurst(e, lags), rel=1e-7, abs=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6), a=st.floats(0.01, 100), b=st.floats(-100, 100), flip=st.booleans()
)
def test_units_do_not_matter(seed, a, b, flip):
    y, x = random_pair(seed, 120)
    first = engle_granger(y, x)
    sign = -1.0 if flip else 1.0
    second = engle_granger(sign * a * y + b, 3.0 * x - b)
    assert second.statistic == pytest.approx(first.statistic, rel=1e-7)
    assert second.hedge_ratio == pytest.approx(sign * a / 3.0 * first.hedge_ratio, rel=1e-7)


def test_stderr_is_that_of_least_squares():
    import statsmodels.api as sm

    y, x = random_pair(3, 400)
    for trend, columns in (("c", [np.ones(400)]), ("ct", [np.ones(400), np.arange(400.0)])):
        fit = sm.OLS(y, np.column_stack([x, *columns])).fit()
        got = engle_granger(y, x, trend=trend)
        assert got.hedge_ratio_stderr == pytest.approx(fit.bse[0], rel=1e-9)
        assert got.intercept == pytest.approx(fit.params[1], rel=1e-9)
        if trend == "ct":
            assert got.slope == pytest.approx(fit.params[2], rel=1e-9)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x: 3.0 * x + 7.0, "near_duplicate"),
        (lambda x: x, "near_duplicate"),
        (lambda x: x * (1.0 + 1e-9 * np.sin(np.arange(len(x)))), "near_duplicate"),
        (lambda x: np.full(len(x), 5.0), "constant"),
        (lambda x: np.zeros(len(x)), "constant"),
    ],
)
def test_ill_pairs_have_a_reason_and_no_number(make, reason):
    x = np.cumsum(np.random.default_rng(1).normal(size=300)) + 50.0
    for y, hedge in ((make(x), x), (x, make(x))):
        got = engle_granger(y, hedge)
        assert got.reason == reason
        assert got.lags == -1
        for number in (got.statistic, got.pvalue, got.hedge_ratio, got.half_life, got.hurst):
            assert math.isnan(number)
        assert np.isnan(got.spread).all()


def test_a_periodic_residual_is_singular():
    x = np.cumsum(np.random.default_rng(1).normal(size=240))
    wave = np.tile([1.0, -1.0], 120)  # each difference is minus the one before
    centred = wave - np.polyval(np.polyfit(x, wave, 1), x) * 0.0
    got = engle_granger(centred - wave + np.tile([2.0, -2.0, 1.0, -1.0], 60), x * 0.0 + x)
    assert got.reason == "" or math.isnan(got.statistic)
    exact = engle_granger(np.tile([1.0, -1.0], 120), np.tile([1.0, 1.0, -1.0, -1.0], 60))
    assert exact.reason == "singular"
    assert math.isnan(exact.statistic)


def test_half_life_of_a_known_process():
    rng = np.random.default_rng(5)
    n_obs = 20_000
    phi = 2.0 ** (-1.0 / 8.0)
    e = np.zeros(n_obs)
    for t in range(1, n_obs):
        e[t] = phi * e[t - 1] + rng.normal()
    x = np.cumsum(rng.normal(size=n_obs)) * 10
    got = engle_granger(x + e, x, lags=0)
    assert got.half_life == pytest.approx(8.0, rel=0.1)
    assert got.pvalue < 1e-6


def test_hurst_of_a_random_walk_is_a_half():
    rng = np.random.default_rng(6)
    walks = rng.normal(size=(40, 2, 2000)).cumsum(axis=2)
    assert np.mean([engle_granger(y, x).hurst for y, x in walks]) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("phi", "word"), [(1.02, "does not revert"), (-0.3, "overshoots")])
def test_half_life_reason(phi, word):
    assert word in half_life_reason(phi)
    assert half_life_reason(0.9) == ""
