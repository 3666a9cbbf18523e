"""Parametric bootstrap: seeded, close to the likelihood's answer in long samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.oracles import ou_slow

import spreadlab as sl
from spreadlab.ou.bootstrap import bootstrap_intervals

DT = 1 / 252


def test_seed_decides_everything():
    fit = sl.estimate_ou(sl.simulate_ou(20.0, 0.1, 0.2, DT, 500, seed=3))
    first = fit.interval(method="bootstrap", seed=1, n_paths=300)
    assert first == fit.interval(method="bootstrap", seed=1, n_paths=300)
    assert first != fit.interval(method="bootstrap", seed=2, n_paths=300)


def test_agrees_with_the_profile_in_a_long_sample():
    fit = sl.estimate_ou(sl.simulate_ou(60.0, 0.1, 0.2, DT, 5000, seed=3, x0="stationary"))
    profile = fit.interval(method="profile")
    for name, (low, high) in fit.interval(method="bootstrap", seed=1, n_paths=2000).items():
        width = profile[name][1] - profile[name][0]
        assert low == pytest.approx(profile[name][0], abs=0.12 * width), name
        assert high == pytest.approx(profile[name][1], abs=0.12 * width), name


def test_ends_are_reflected_quantiles_of_plain_refits():
    fit = sl.estimate_ou(sl.simulate_ou(60.0, 0.1, 0.2, DT, 200, seed=4))
    n_paths, level = 200, 0.8
    got = bootstrap_intervals(fit.params, DT, fit.spread[0], fit.n_obs, level, n_paths, 9)
    paths = sl.simulate_ou(
        fit.kappa, fit.theta, fit.sigma, DT, fit.n_obs, n_paths, seed=9, x0=fit.spread[0]
    )
    refits = [ou_slow.ar1_fit(path.tolist()) for path in paths.T]
    phi = [2 * fit.phi - q for q in np.quantile([r[0] for r in refits], [0.9, 0.1])]
    expected = sorted(-math.log(p) / DT for p in phi)
    assert got["kappa"] == pytest.approx(expected, rel=1e-6)
    theta = np.sort([r[1] for r in refits])
    rough = [2 * fit.theta - theta[180], 2 * fit.theta - theta[19]]
    assert got["theta"] == pytest.approx(rough, abs=0.05 * (rough[1] - rough[0]))


def test_half_life_is_unbounded_near_a_random_walk():
    fit = sl.estimate_ou(sl.simulate_ou(0.5, 0.0, 0.2, DT, 400, seed=2))
    bounds = fit.interval(method="bootstrap", seed=1, n_paths=500)
    assert bounds["kappa"][0] == 0.0
    assert bounds["half_life"][1] == math.inf
    assert bounds["kappa"][1] > fit.kappa / 10


def test_is_refused_where_it_is_not_defined():
    x = sl.simulate_ou(60.0, 0.1, 0.2, DT, 300, seed=4)
    corrected = sl.estimate_ou(x, method="bias-corrected")
    with pytest.raises(sl.InvalidInputError, match="simulated"):
        corrected.interval(method="bootstrap", seed=1)
