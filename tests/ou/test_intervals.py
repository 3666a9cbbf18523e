"""Intervals: against slow inversions, at their limits, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from tests.oracles import ou_slow

import spreadlab as sl
from spreadlab.ou.tables import chi_square_quantile

DT = 1 / 252
NAMES = ("kappa", "theta", "sigma", "half_life")


def fit_of(kappa=20.0, n_obs=500, seed=1):
    return sl.estimate_ou(sl.simulate_ou(kappa, 0.3, 0.25, DT, n_obs, seed=seed, x0="stationary"))


def slow_profile(fit, name, value):
    """Twice the log-likelihood lost by fixing one parameter, the others by nested search."""
    from scipy.optimize import minimize

    names = [n for n in ("kappa", "theta", "sigma") if n != name]
    x = np.asarray(fit.spread)

    def cost(p):
        point = dict(zip(names, p, strict=True)) | {name: value}
        if point["kappa"] <= 0 or point["sigma"] <= 0:
            return np.inf
        return -ou_slow.loglik(x, point["kappa"], point["theta"], point["sigma"], DT)

    start = [getattr(fit, n) for n in names]
    found = minimize(
        cost, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-11, "maxiter": 900}
    )
    return 2.0 * (fit.loglik + found.fun)


@pytest.mark.parametrize("name", ["kappa", "theta", "sigma"])
def test_profile_ends_lose_exactly_the_quantile(name):
    fit = fit_of(30.0, 100, 3)
    for end in fit.interval(0.9, method="profile")[name]:
        assert slow_profile(fit, name, end) == pytest.approx(chi_square_quantile(0.9), abs=1e-5)


def test_profile_of_kappa_against_a_root_search():
    fit = fit_of(30.0, 400, 5)
    x = np.asarray(fit.spread)

    def lost(kappa):
        phi = math.exp(-kappa * DT)
        a, b = x[:-1] - x[:-1].mean(), x[1:] - x[1:].mean()
        best = minimize_scalar(lambda p: np.sum((b - p * a) ** 2))
        ratio = np.sum((b - phi * a) ** 2) / best.fun
        return (x.size - 1) * math.log(ratio) - chi_square_quantile(0.95)

    low, high = fit.interval(method="profile")["kappa"]
    assert low == pytest.approx(brentq(lost, 1e-6, fit.kappa), rel=1e-6)
    assert high == pytest.approx(brentq(lost, fit.kappa, 50 * fit.kappa), rel=1e-6)


def test_delta_is_plus_and_minus_standard_errors():
    fit = fit_of()
    for name, (low, high) in fit.interval(0.95, method="delta").items():
        assert high - low == pytest.approx(2 * 1.959963984540054 * fit.stderr[name], rel=1e-12)
        assert 0.5 * (low + high) == pytest.approx(getattr(fit, name), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    kappa=st.floats(2.0, 200.0),
    n_obs=st.integers(60, 800),
    method=st.sampled_from(["simulated", "profile"]),
)
def test_intervals_hold_the_estimate_and_are_nested(seed, kappa, n_obs, method):
    try:
        fit = fit_of(kappa, n_obs, seed)
    except sl.NotMeanRevertingError:
        return
    narrow, wide = fit.interval(0.8, method=method), fit.interval(0.99, method=method)
    for name in NAMES:
        assert wide[name][0] <= narrow[name][0] <= getattr(fit, name)
        assert getattr(fit, name) <= narrow[name][1] <= wide[name][1]
    low, high = wide["kappa"]
    assert wide["half_life"][0] == (math.log(2) / high if math.isfinite(high) else 0.0)
    assert wide["half_life"][1] == (math.log(2) / low if low > 0 else math.inf)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-4, 1e4), shift=st.floats(-5.0, 5.0))
def test_rescaling_the_spread_rescales_the_intervals(seed, scale, shift):
    fit = fit_of(40.0, 400, seed)
    moved = sl.estimate_ou(-scale * fit.spread + scale * shift)
    before, after = fit.interval(), moved.interval()
    assert after["kappa"] == pytest.approx(before["kappa"], rel=1e-7)
    assert after["sigma"] == pytest.approx([scale * end for end in before["sigma"]], rel=1e-7)
    ends = sorted(-scale * end + scale * shift for end in before["theta"])
    assert after["theta"] == pytest.approx(ends, rel=1e-7, abs=1e-7 * scale)


def test_changing_the_unit_of_time():
    fit = fit_of()
    other = sl.estimate_ou(fit.spread, 1.0)
    for name, power in (("kappa", 1.0), ("theta", 0.0), ("sigma", 0.5), ("half_life", -1.0)):
        scaled = [end * DT**power for end in fit.interval()[name]]
        assert other.interval()[name] == pytest.approx(scaled, rel=1e-9)


def test_half_life_is_unbounded_where_a_random_walk_is_not_rejected():
    rng = np.random.default_rng(4)
    seen = {True: 0, False: 0}
    for _ in range(60):
        x = np.cumsum(rng.normal(size=300))
        try:
            fit = sl.estimate_ou(x)
        except sl.NotMeanRevertingError:
            continue
        bounds = fit.interval()
        unbounded = math.isinf(bounds["half_life"][1])
        assert unbounded == (bounds["kappa"][0] == 0.0)
        assert unbounded == (bounds["theta"] == (-math.inf, math.inf))
        assert ("A random walk is not rejected" in fit._repr_html_()) == unbounded
        seen[unbounded] += 1
    assert seen[True] > 40  # 95 % of random walks, and the profile's would be far fewer


def test_kappa_is_unbounded_where_white_noise_is_not_rejected():
    # sigma^2 = 2 kappa variance: where one step forgets everything neither has an upper end.
    fit = sl.estimate_ou(sl.simulate_ou(700.0, 0.0, 1.0, DT, 60, seed=1, x0="stationary"))
    bounds = fit.interval()
    assert bounds["kappa"][1] == math.inf
    assert bounds["sigma"][1] == math.inf
    assert bounds["half_life"][0] == 0.0
    assert bounds["theta"][1] < math.inf


def coverage(kappa_span, years, n_paths, method, seed=11, bootstrap_seed=None, n_bootstrap=2000):
    """Share of the fitted paths whose interval holds the truth, and the share that was fitted."""
    kappa = kappa_span / years
    n_obs = round(252 * years) + 1
    truth = {"kappa": kappa, "theta": 0.3, "sigma": 0.25, "half_life": math.log(2) / kappa}
    paths = sl.simulate_ou(kappa, 0.3, 0.25, DT, n_obs, n_paths, seed=seed, x0="stationary")
    hits = dict.fromkeys(NAMES, 0)
    fitted = 0
    for path in paths.T:
        try:
            fit = sl.estimate_ou(path)
        except sl.NotMeanRevertingError:
            continue
        fitted += 1
        bounds = fit.interval(method=method, seed=bootstrap_seed, n_paths=n_bootstrap)
        for name, (low, high) in bounds.items():
            hits[name] += low <= truth[name] <= high
    return {name: count / fitted for name, count in hits.items()}, fitted / n_paths


def test_default_intervals_cover_what_they_say():
    n_paths = 400
    held, _ = coverage(3.0, 1.0, n_paths, "simulated")
    band = 4.0 * math.sqrt(0.95 * 0.05 / n_paths)
    for name in NAMES:
        assert held[name] == pytest.approx(0.95, abs=band), name


def test_profile_and_delta_cover_less_in_short_samples():
    """The reason for the default: without it the test above would fail."""
    assert coverage(3.0, 1.0, 300, "profile")[0]["kappa"] < 0.91
    assert coverage(3.0, 1.0, 300, "delta")[0]["half_life"] < 0.91


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"level": 0.3}, "level"),
        ({"level": 1.0}, "level"),
        ({"level": "95%"}, "level"),
        ({"method": "wald"}, "method"),
        ({"method": "bootstrap"}, "seed"),
        ({"method": "bootstrap", "seed": 1, "n_paths": 10}, "n_paths"),
        ({"method": "bootstrap", "seed": -1}, "seed"),
    ],
)
def test_refuses_bad_arguments(options, argument):
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}: "):
        fit_of().interval(**options)


def test_error_of_a_wandering_series_says_its_interval_and_the_unit_root_test():
    rng = np.random.default_rng(1)
    x = 0.02 * np.arange(300.0) ** 2 / 300 + np.cumsum(0.1 * rng.normal(size=300))
    with pytest.raises(
        sl.NotMeanRevertingError,
        match=r"phi = 1\.0.*with 95 % confidence, unit-root t-statistic .*\(p = ",
    ):
        sl.estimate_ou(x)
