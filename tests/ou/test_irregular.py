"""Irregular times: equal to the closed form on a regular grid, and to a search elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import ou_slow

import spreadlab as sl
from spreadlab.ou.irregular import IrregularLikelihood
from spreadlab.ou.kernels_irregular import irregular_cost_nb

DT = 1 / 252


def irregular_path(kappa, n_obs, seed, theta=0.3, sigma=0.25):
    """Exact values at times whose gaps are exponential, in plain Python."""
    rng = np.random.default_rng(seed)
    times = np.concatenate([[0.0], np.cumsum(rng.exponential(DT, n_obs - 1) + 0.05 * DT)])
    x = [theta + sigma / math.sqrt(2 * kappa) * rng.normal()]
    for gap in np.diff(times):
        sd = sigma * math.sqrt(-math.expm1(-2 * kappa * gap) / (2 * kappa))
        x.append(theta + (x[-1] - theta) * math.exp(-kappa * gap) + sd * rng.normal())
    return np.array(x), times


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_closed_form_on_a_regular_grid(seed):
    x = sl.simulate_ou(20.0, 0.3, 0.25, DT, 400, seed=seed, x0="stationary")
    closed, search = sl.estimate_ou(x), sl.estimate_ou(x, times=np.arange(400) * DT)
    assert search.loglik == pytest.approx(closed.loglik, abs=1e-8)
    for name in ("kappa", "theta", "sigma", "half_life"):
        assert getattr(search, name) == pytest.approx(getattr(closed, name), rel=1e-6)
        assert search.stderr[name] == pytest.approx(closed.stderr[name], rel=1e-6)
    assert search.half_life_bars == pytest.approx(closed.half_life_bars, rel=1e-6)
    got, expected = search.interval(), closed.interval()
    for name, ends in expected.items():
        assert got[name] == pytest.approx(ends, rel=2e-5, abs=1e-6)


def test_equals_a_search_of_the_likelihood():
    x, times = irregular_path(40.0, 120, 1)
    fit = sl.estimate_ou(x, times=times)
    gaps = np.diff(times)
    assert fit.loglik == pytest.approx(
        ou_slow.loglik(x, fit.kappa, fit.theta, fit.sigma, gaps), abs=1e-9
    )
    *point, best = ou_slow.maximise(x, gaps, (30.0, 0.2, 0.2))
    assert fit.loglik == pytest.approx(best, abs=1e-8)
    assert (fit.kappa, fit.theta, fit.sigma) == pytest.approx(point, rel=1e-5)


def test_standard_errors_are_the_inverse_of_the_observed_information():
    x, times = irregular_path(40.0, 60, 2)
    fit = sl.estimate_ou(x, times=times)
    information = -ou_slow.hessian(x, fit.kappa, fit.theta, fit.sigma, np.diff(times))
    expected = np.sqrt(np.diag(np.linalg.inv(information)))
    got = [fit.stderr[name] for name in ("kappa", "theta", "sigma")]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize(("theta", "sigma"), [(math.nan, math.nan), (0.1, math.nan), (0.1, 0.3)])
@pytest.mark.parametrize("kappa", [-3.0, 0.0, 1e-12, 0.7, 90.0])
def test_cost_is_the_plain_loop(kappa, theta, sigma):
    x, times = irregular_path(20.0, 40, 3)
    gaps = np.diff(times)
    cost, mean, scale = irregular_cost_nb(kappa, x, gaps, theta, sigma)
    python = irregular_cost_nb.py_func(kappa, x, gaps, theta, sigma)
    assert python == pytest.approx((cost, mean, scale), rel=1e-9, nan_ok=True)
    if abs(kappa) > 1e-3:
        expected = ou_slow.loglik(x, kappa, mean, scale, gaps)
        assert -0.5 * (cost + gaps.size * math.log(2 * math.pi)) == pytest.approx(
            expected, rel=1e-9
        )


def test_recovers_planted_parameters():
    errors = []
    for seed in range(60):
        x, times = irregular_path(40.0, 600, seed)
        fit = sl.estimate_ou(x, times=times)
        errors.append(
            [
                (fit.kappa - 40.0) / fit.stderr["kappa"],
                (fit.theta - 0.3) / fit.stderr["theta"],
                (fit.sigma - 0.25) / fit.stderr["sigma"],
            ]
        )
    errors = np.array(errors)
    assert np.all(np.abs(errors.mean(axis=0)) < 1.0)
    assert np.all(np.abs(errors.std(axis=0) - 1.0) < 0.4)


def test_dates_become_years():
    x, times = irregular_path(40.0, 200, 4)
    seconds = np.round(times * 365.25 * 86400)
    dates = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(seconds, unit="s")
    expected = sl.estimate_ou(x, times=seconds / (365.25 * 86400))
    for given_dates in (dates, dates.tz_localize(None), dates.tz_localize(None).to_numpy()):
        assert sl.estimate_ou(x, times=given_dates).kappa == pytest.approx(expected.kappa, rel=1e-7)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3), unit=st.floats(1e-3, 1e3))
def test_rescaling_values_and_time(seed, scale, unit):
    x, times = irregular_path(60.0, 150, seed)
    fit = sl.estimate_ou(x, times=times)
    moved = sl.estimate_ou(scale * x - scale, times=times * unit)
    assert moved.kappa * unit == pytest.approx(fit.kappa, rel=1e-6)
    assert moved.sigma * math.sqrt(unit) == pytest.approx(scale * fit.sigma, rel=1e-6)
    assert moved.theta == pytest.approx(scale * fit.theta - scale, rel=1e-6, abs=1e-6 * scale)


def test_a_random_walk_that_explodes_is_not_mean_reverting():
    rng = np.random.default_rng(1)
    x = np.cumsum(1.05 ** np.arange(80)) + rng.normal(size=80)
    with pytest.raises(sl.NotMeanRevertingError, match="kappa = -"):
        sl.estimate_ou(x, times=np.sort(rng.uniform(0, 1, 80)))


def test_noise_without_memory_is_not_mean_reverting():
    rng = np.random.default_rng(1)
    x = (-1.0) ** np.arange(80) + 0.1 * rng.normal(size=80)
    with pytest.raises(sl.NotMeanRevertingError):
        sl.estimate_ou(x, times=np.arange(80.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": [0.0, 1.0]}, "^times: 2 times"),
        ({"times": [0.0] * 40}, "^times: position 1 is not later"),
        ({"times": np.arange(40.0)[::-1]}, "^times: position 1"),
        ({"times": [math.nan] * 40}, "^times: .*missing"),
        ({"times": ["monday"] * 40}, "^times: "),
        ({"times": np.array(["NaT"] * 40, dtype="datetime64[D]")}, "^times: missing dates"),
        ({"times": np.arange(40.0), "dt": 0.1}, "^dt: got 0.1 beside times"),
        ({"times": np.arange(40.0), "method": "jackknife"}, "^method: "),
    ],
)
def test_refuses_times_without_an_order(options, message):
    x, _ = irregular_path(20.0, 40, 3)
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.estimate_ou(x, **options)


def test_loglik_is_the_minimum_of_its_own_cost():
    x, times = irregular_path(40.0, 100, 5)
    likelihood = IrregularLikelihood(x, times)
    assert likelihood.kappa_ratio(likelihood.kappa) == pytest.approx(0.0, abs=1e-9)
    assert likelihood.kappa_ratio(1.1 * likelihood.kappa) > 0.0
    assert likelihood.theta_ratio(likelihood.theta)[0] == pytest.approx(0.0, abs=1e-9)
    assert likelihood.sigma_ratio(likelihood.sigma) == pytest.approx(0.0, abs=1e-9)
