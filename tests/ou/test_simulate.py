"""Exact simulation: moments, covariances and starting values of the paths."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import spreadlab as sl

KAPPA, THETA, SIGMA = 3.0, 0.5, 0.4
SD = SIGMA / math.sqrt(2 * KAPPA)


def within(values, expected, n, sd, level=1e-6):
    """Whether a sample mean is where it should be, with one false alarm in a million."""
    return abs(np.mean(values) - expected) < -stats.norm.ppf(level / 2) * sd / math.sqrt(n)


@pytest.mark.parametrize("dt", [1 / 252, 0.3, 5.0])  # 5.0: a step of fifteen relaxation times
def test_stationary_paths_have_the_stationary_law_at_every_time(dt):
    paths = sl.simulate_ou(KAPPA, THETA, SIGMA, dt, 4, 40_000, seed=1, x0="stationary")
    for row in paths:
        assert stats.kstest((row - THETA) / SD, "norm").pvalue > 1e-4
    covariance = (paths[0] - THETA) * (paths[2] - THETA)
    expected = SD**2 * math.exp(-2 * KAPPA * dt)
    assert within(covariance, expected, 40_000, math.sqrt(SD**4 + expected**2))


def test_law_from_a_fixed_start():
    n, x0, dt = 40_000, 2.0, 0.2
    paths = sl.simulate_ou(KAPPA, THETA, SIGMA, dt, 3, n, seed=2, x0=x0)
    assert np.all(paths[0] == x0)
    time = 2 * dt
    mean = THETA + (x0 - THETA) * math.exp(-KAPPA * time)
    sd = SD * math.sqrt(-math.expm1(-2 * KAPPA * time))
    assert stats.kstest((paths[2] - mean) / sd, "norm").pvalue > 1e-4


def test_one_long_step_is_two_short_ones():
    long_step = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.2, 2, 40_000, seed=3, x0=1.0)[1]
    short_steps = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 3, 40_000, seed=4, x0=1.0)[2]
    assert stats.ks_2samp(long_step, short_steps).pvalue > 1e-4


def test_starts_at_theta_unless_told():
    assert sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 5, seed=5)[0] == THETA


def test_the_recursion_is_the_formula():
    x = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 6, seed=7, x0=0.9)
    shocks = np.random.default_rng(7).standard_normal((6, 1))[:, 0]
    phi = math.exp(-KAPPA * 0.1)
    scale = SIGMA * math.sqrt((1 - phi**2) / (2 * KAPPA))
    expected = [0.9]
    for shock in shocks[1:]:
        expected.append(THETA + phi * (expected[-1] - THETA) + scale * shock)
    np.testing.assert_allclose(x, expected, rtol=1e-13)


def test_seed_decides_everything():
    first = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10, 2, seed=8)
    assert np.array_equal(first, sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10, 2, seed=8))
    assert not np.array_equal(first, sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10, 2, seed=9))


def test_arguments_go_by_position_or_by_name():
    by_name = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10, 2, seed=8, x0="stationary")
    by_position = sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10, 2, 8, "stationary")
    assert np.array_equal(by_name, by_position)


def test_no_seed_is_no_answer():
    with pytest.raises(sl.InvalidInputError, match=r"^seed: "):
        sl.simulate_ou(KAPPA, THETA, SIGMA, 0.1, 10)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"kappa": 0.0}, "kappa"),
        ({"sigma": -1.0}, "sigma"),
        ({"theta": math.inf}, "theta"),
        ({"dt": 0.0}, "dt"),
        ({"n_obs": 1}, "n_obs"),
        ({"n_paths": 0}, "n_paths"),
        ({"seed": -1}, "seed"),
        ({"seed": None}, "seed"),
        ({"x0": "mean"}, "x0"),
        ({"x0": math.nan}, "x0"),
        ({"n_obs": 2.5}, "n_obs"),
    ],
)
def test_refuses_bad_arguments(change, argument):
    good = {
        "kappa": 1.0,
        "theta": 0.0,
        "sigma": 1.0,
        "dt": 0.1,
        "n_obs": 5,
        "n_paths": 1,
        "seed": 1,
    }
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}: "):
        sl.simulate_ou(**(good | change))
