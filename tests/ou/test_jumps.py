"""Jumps: found where they were planted, and none where there are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

import spreadlab as sl
from spreadlab.api_ou import estimate_jump_ou
from spreadlab.ou.jumps import middle
from spreadlab.ou.stress import simulate_jump_ou

DT = 1 / 252
TRUTH = {
    "kappa": 10.0, "theta": 0.1, "sigma": 0.2, "jump_rate": 8.0, "jump_mean": 0.05, "jump_sd": 0.15,
}  # fmt: skip


def paths_of(n_obs, n_paths, seed):
    plain = [TRUTH[name] for name in ("kappa", "theta", "sigma")]
    jumps = {name: TRUTH[name] for name in ("jump_rate", "jump_mean", "jump_sd")}
    return simulate_jump_ou(*plain, DT, n_obs, n_paths, **jumps, seed=seed)


def check_recovery(n_paths, seed):
    """Ten years each, within three standard errors."""
    scores = []
    for x in paths_of(2520, n_paths, seed).values.T:
        fit = estimate_jump_ou(x)
        scores.append([(getattr(fit, name) - TRUTH[name]) / fit.stderr[name] for name in TRUTH])
    scores = np.array(scores)
    assert np.mean(np.abs(scores) < 3.0) > 0.98
    assert np.all(np.abs(scores.mean(axis=0)) < 0.55), scores.mean(axis=0)
    assert np.all(np.abs(scores.std(axis=0) - 1.0) < 0.45), scores.std(axis=0)


def test_recovers_planted_parameters():
    check_recovery(40, 1)


@pytest.mark.certify
def test_recovers_planted_parameters_on_200_paths():
    check_recovery(200, 7)


def test_plain_fit_is_far_off_where_the_filter_is_not():
    x = paths_of(2520, 1, 2).values
    plain, filtered = sl.estimate_ou(x), estimate_jump_ou(x)
    assert plain.sigma > 1.5 * TRUTH["sigma"]
    assert filtered.sigma == pytest.approx(TRUTH["sigma"], rel=0.05)


def test_marks_the_steps_that_hold_large_jumps():
    path = paths_of(2520, 1, 3)
    fit = estimate_jump_ou(path.values)
    assert np.mean(path.events[fit.jumps] > 0) > 0.97
    assert fit.jumps.size > 0.6 * (path.events > 0).sum()


def test_without_jumps_it_is_the_plain_fit():
    x = sl.simulate_ou(10.0, 0.1, 0.2, DT, 1500, seed=4)
    plain, fit = sl.estimate_ou(x), estimate_jump_ou(x, threshold=6.0)
    assert fit.jumps.size == 0
    assert fit.kappa == pytest.approx(plain.kappa, rel=1e-9)
    assert fit.theta == pytest.approx(plain.theta, rel=1e-9)
    assert fit.sigma == pytest.approx(plain.sigma, rel=1e-6)
    assert fit.jump_rate == 0.0
    assert math.isnan(fit.jump_mean)
    assert math.isnan(fit.stderr["jump_rate"])


@pytest.mark.parametrize(("mean", "sd", "cut"), [(0, 1, 2.5), (0.3, 0.5, 0.4), (-2, 0.7, 1.0)])
def test_middle_of_a_normal(mean, sd, cut):
    share = integrate.quad(lambda z: stats.norm.pdf(z, mean, sd), -cut, cut)[0]
    square = integrate.quad(lambda z: z**2 * stats.norm.pdf(z, mean, sd), -cut, cut)[0] / share
    assert middle(mean, sd, cut) == pytest.approx((share, square), rel=1e-9)


def test_rescaling():
    x = paths_of(1500, 1, 5).values
    fit, moved = estimate_jump_ou(x), estimate_jump_ou(5.0 + 3.0 * x)
    assert np.array_equal(moved.jumps, fit.jumps)
    assert moved.kappa == pytest.approx(fit.kappa, rel=1e-9)
    assert moved.sigma == pytest.approx(3.0 * fit.sigma, rel=1e-9)
    assert moved.jump_sd == pytest.approx(3.0 * fit.jump_sd, rel=1e-3)
    assert moved.jump_rate == pytest.approx(fit.jump_rate, rel=1e-3)


def test_shows_itself():
    fit = estimate_jump_ou(paths_of(1500, 1, 6).values)
    assert repr(fit).startswith("JumpOUResult(kappa=")
    assert "jumps seen" in fit._repr_html_()
    assert fit.to_frame().loc["jump_rate", "estimate"] == fit.jump_rate
    assert fit.plot().to_png().startswith(b"\x89PNG")
    assert fit.params.sigma == fit.sigma


def test_a_walk_without_its_jumps_is_not_mean_reverting():
    x = 0.002 * np.arange(400.0) ** 2 + np.random.default_rng(1).normal(size=400)
    with pytest.raises(sl.NotMeanRevertingError, match="without its jumps"):
        estimate_jump_ou(x)


@pytest.mark.parametrize("bad", [[1.0] * 90, np.arange(20.0), [math.nan] * 90, np.arange(90.0)])
def test_refuses_what_has_no_answer(bad):
    with pytest.raises(sl.InvalidInputError, match=r"^spread: "):
        estimate_jump_ou(bad)


@pytest.mark.parametrize("threshold", [1.0, 20.0, "high"])
def test_refuses_thresholds_without_meaning(threshold):
    with pytest.raises(sl.InvalidInputError, match=r"^threshold: "):
        estimate_jump_ou(np.arange(90.0), threshold=threshold)
