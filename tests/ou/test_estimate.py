"""The exact fit against statsmodels, against a search of the likelihood, and its invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant
from statsmodels.tsa.ar_model import AutoReg
from tests.oracles import ou_slow

import spreadlab as sl
from spreadlab.ou.estimate import moments_of

DT = 1 / 252


def path(kappa=12.0, n_obs=500, seed=1, theta=0.3, sigma=0.25, dt=DT):
    return sl.simulate_ou(kappa, theta, sigma, dt, n_obs, seed=seed, x0="stationary")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("kappa", "n_obs"), [(3.0, 252), (12.0, 60), (80.0, 2000)])
def test_equals_statsmodels_autoreg(kappa, n_obs, seed):
    x = path(kappa, n_obs, seed)
    oracle = AutoReg(x, 1).fit()
    intercept, phi = oracle.params
    if not 0 < phi < 1:
        with pytest.raises(sl.NotMeanRevertingError):
            sl.estimate_ou(x)
        return
    fit = sl.estimate_ou(x)
    assert fit.phi == pytest.approx(phi, rel=1e-10)
    assert fit.theta == pytest.approx(intercept / (1 - phi), rel=1e-8)
    assert fit.kappa == pytest.approx(-math.log(phi) / DT, rel=1e-9)
    variance = fit.sigma**2 * -math.expm1(-2 * fit.kappa * DT) / (2 * fit.kappa)
    assert variance == pytest.approx(np.mean(oracle.resid**2), rel=1e-10)
    assert fit.loglik == pytest.approx(oracle.llf, abs=1e-8)


@pytest.mark.parametrize("dt", [DT, 0.05, 1.0])
def test_equals_a_search_of_the_likelihood(dt):
    x = path(0.3 / dt, 80, 3, dt=dt)
    fit = sl.estimate_ou(x, dt)
    assert fit.loglik == pytest.approx(
        ou_slow.loglik(x, fit.kappa, fit.theta, fit.sigma, dt), abs=1e-9
    )
    start = (fit.kappa * 1.5, fit.theta + 0.1, fit.sigma * 0.7)
    kappa, theta, sigma, best = ou_slow.maximise(x, dt, start)
    assert fit.loglik == pytest.approx(best, abs=1e-8)
    assert (fit.kappa, fit.theta, fit.sigma) == pytest.approx((kappa, theta, sigma), rel=1e-6)


def test_standard_errors_are_the_inverse_of_the_observed_information():
    x = path(20.0, 60, 4)
    fit = sl.estimate_ou(x)
    information = -ou_slow.hessian(x, fit.kappa, fit.theta, fit.sigma, DT)
    expected = np.sqrt(np.diag(np.linalg.inv(information)))
    got = [fit.stderr[name] for name in ("kappa", "theta", "sigma")]
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert fit.stderr["half_life"] == pytest.approx(
        math.log(2) / fit.kappa**2 * expected[0], rel=1e-6
    )


def test_moments_equal_the_plain_loops():
    x = path(30.0, 40, 5)
    moments = moments_of(x)
    phi, theta, variance = ou_slow.ar1_fit(x.tolist())
    assert (moments.phi, moments.theta, moments.variance) == pytest.approx(
        (phi, theta, variance), rel=1e-11
    )


def test_unit_root_statistic_is_the_t_ratio_of_the_regression():
    x = path(5.0, 300, 6)
    oracle = OLS(np.diff(x), add_constant(x[:-1])).fit()
    assert moments_of(x).unit_root_statistic == pytest.approx(oracle.tvalues[1], rel=1e-9)


def test_half_life_in_time_and_in_bars():
    fit = sl.estimate_ou(path())
    assert fit.half_life == pytest.approx(math.log(2) / fit.kappa, rel=1e-15)
    assert fit.half_life_bars == pytest.approx(-math.log(2) / math.log(fit.phi), rel=1e-10)
    assert fit.phi**fit.half_life_bars == pytest.approx(0.5, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(1e-6, 1e6),
    sign=st.sampled_from([-1.0, 1.0]),
    shift=st.floats(-10.0, 10.0),
)
def test_rescaling_the_spread_rescales_the_fit(seed, scale, sign, shift):
    x = path(20.0, 300, seed)
    fit = sl.estimate_ou(x)
    a, b = sign * scale, scale * shift
    moved = sl.estimate_ou(a * x + b)
    assert moved.kappa == pytest.approx(fit.kappa, rel=1e-10)
    assert moved.sigma == pytest.approx(scale * fit.sigma, rel=1e-10)
    assert moved.theta == pytest.approx(a * fit.theta + b, rel=1e-10, abs=1e-10 * scale)
    n = fit.n_obs - 1
    assert moved.loglik == pytest.approx(fit.loglik - n * math.log(scale), abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), unit=st.floats(1e-6, 1e6))
def test_changing_the_unit_of_time(seed, unit):
    x = path(20.0, 300, seed)
    fit, other = sl.estimate_ou(x, DT), sl.estimate_ou(x, DT * unit)
    assert other.kappa * unit == pytest.approx(fit.kappa, rel=1e-10)
    assert other.sigma * math.sqrt(unit) == pytest.approx(fit.sigma, rel=1e-10)
    assert other.theta == pytest.approx(fit.theta, rel=1e-10)
    assert other.half_life_bars == pytest.approx(fit.half_life_bars, rel=1e-10)
    assert other.loglik == pytest.approx(fit.loglik, rel=1e-10)


@pytest.mark.parametrize(
    ("spread", "message"),
    [
        ([1.0, 2.0, 1.5, 1.7, 1.2], "5 observations; must be at least 20 observations"),
        ([], "0 observations"),
        ([math.nan, *range(30)], "1 missing value in row 0"),
        ([*range(30), math.inf], "infinite, the first is inf in row 30"),
        ([2.0] * 30, "constant"),
        ([2.0] * 30 + [3.0], "constant up to its last value"),
        ([0.0] * 30 + [3.0], "constant up to its last value"),
        ([3.0] + [2.0] * 30, "without any noise"),
        ([1e300 * (i % 7) for i in range(40)], "change the units"),
        ([1e-300 * (i % 7) for i in range(40)], "change the units"),
        ([0.9**i for i in range(40)], "without any noise"),
        (list(range(40)), "without any noise"),
        ([["a"] * 30], "real numbers"),
        (np.ones((30, 2, 2)), "shape"),
        ("spread", "real numbers"),
        (None, "got None"),
    ],
)
def test_refuses_what_has_no_answer(spread, message):
    with pytest.raises(sl.InvalidInputError, match=message) as caught:
        sl.estimate_ou(spread)
    assert caught.value.argument == "spread"


@pytest.mark.parametrize("dt", [0.0, -1.0, math.nan, math.inf, "daily", None])
def test_refuses_a_step_without_length(dt):
    with pytest.raises(sl.InvalidInputError, match=r"^dt: "):
        sl.estimate_ou(path(), dt)


def test_explosive_series_is_not_mean_reverting():
    rng = np.random.default_rng(1)
    x = np.cumsum(1.05 ** np.arange(80)) + rng.normal(size=80)
    with pytest.raises(sl.NotMeanRevertingError, match=r"not mean-reverting: phi = 1\.0"):
        sl.estimate_ou(x)


def test_alternating_series_is_not_mean_reverting():
    rng = np.random.default_rng(1)
    x = (-1.0) ** np.arange(80) + 0.1 * rng.normal(size=80)
    with pytest.raises(sl.NotMeanRevertingError, match=r"phi = -0\.9.*alternate"):
        sl.estimate_ou(x)
