"""Simulators that break the plain model: what they do is what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.ou.params import OUParams
from spreadlab.ou.stress import simulate_jump_ou, simulate_regime_ou

DT = 1 / 252
CALM = OUParams(kappa=30.0, theta=0.0, sigma=0.1)
WILD = OUParams(kappa=60.0, theta=0.1, sigma=0.4)


def test_regimes_stay_as_long_as_told():
    paths = simulate_regime_ou((CALM, WILD), (0.98, 0.95), DT, 4000, 20, seed=1)
    chain = paths.events
    for k, stay in enumerate((0.98, 0.95)):
        here = chain[:-1] == k
        stayed = (chain[1:] == k)[here]
        assert stayed.mean() == pytest.approx(stay, abs=5 * math.sqrt(0.05 / here.sum()))
    assert (chain == 1).mean() == pytest.approx(0.02 / 0.07, abs=0.03)
    assert (chain[0] == 1).mean() == pytest.approx(0.02 / 0.07, abs=0.4)


def test_each_regime_steps_with_its_own_parameters():
    paths = simulate_regime_ou((CALM, WILD), (0.98, 0.95), DT, 4000, 5, seed=2)
    for k, params in enumerate((CALM, WILD)):
        errors = []
        for m in range(5):
            x, chain = paths.values[:, m], paths.events[:, m]
            phi = math.exp(-params.kappa * DT)
            error = x[1:] - params.theta - phi * (x[:-1] - params.theta)
            errors.append(error[chain == k])
        sd = params.sigma * math.sqrt((1 - phi**2) / (2 * params.kappa))
        errors = np.concatenate(errors)
        assert errors.std() == pytest.approx(sd, rel=5 / math.sqrt(2 * errors.size))
        assert abs(errors.mean()) < 5 * sd / math.sqrt(errors.size)


def test_without_jumps_it_is_the_plain_process():
    x = simulate_jump_ou(5.0, 0.1, 0.3, DT, 50_000, jump_rate=0.0, jump_sd=1.0, seed=3)
    assert not x.events.any()
    fit = sl.estimate_ou(x.values)
    assert abs(fit.sigma - 0.3) < 4 * fit.stderr["sigma"]
    assert abs(fit.kappa - 5.0) < 4 * fit.stderr["kappa"]


@pytest.mark.parametrize("dt", [DT, 0.5])  # 0.5: several jumps a step, decayed within it
def test_stationary_moments_with_jumps(dt):
    kappa, sigma, rate, sd, mean = 4.0, 0.3, 6.0, 0.2, 0.1
    n_obs = 4000 if dt == DT else 200
    paths = simulate_jump_ou(
        kappa, 0.0, sigma, dt, n_obs, 400, jump_rate=rate, jump_sd=sd, jump_mean=mean, seed=4
    )
    last = paths.values[-1]
    # Campbell: mean rate m / kappa, variance (sigma^2 + rate (sd^2 + m^2)) / (2 kappa).
    expected = math.sqrt((sigma**2 + rate * (sd**2 + mean**2)) / (2 * kappa))
    assert last.mean() == pytest.approx(rate * mean / kappa, abs=5 * expected / 20)
    assert last.std() == pytest.approx(expected, rel=0.2)
    assert paths.events.mean() == pytest.approx(rate * dt, rel=0.05)


def test_one_path_is_a_vector_and_seeds_decide():
    one = simulate_regime_ou((CALM, WILD), (0.9, 0.9), DT, 50, seed=1)
    assert one.values.shape == (50,)
    assert one.events.shape == (49,)
    again = simulate_regime_ou((CALM, WILD), (0.9, 0.9), DT, 50, seed=1)
    assert np.array_equal(one.values, again.values)
    assert repr(one) == "StressPaths(shape=(50,))"
    assert simulate_jump_ou(1, 0, 1, DT, 30, 2, jump_rate=1, jump_sd=1, seed=1).values.shape == (
        30,
        2,
    )


@pytest.mark.parametrize(
    ("change", "argument"),
    [({"regimes": (CALM,)}, "regimes"), ({"regimes": 3}, "regimes"), ({"stay": (0.9,)}, "stay"),
     ({"stay": 0.9}, "stay"), ({"stay": (0.9, 1.0)}, "stay"), ({"dt": 0}, "dt"),
     ({"n_obs": 1}, "n_obs"), ({"seed": -1}, "seed")],
)  # fmt: skip
def test_regimes_refuse_bad_arguments(change, argument):
    good = {"regimes": (CALM, WILD), "stay": (0.9, 0.9), "dt": DT, "n_obs": 9, "seed": 1}
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}"):
        simulate_regime_ou(**(good | change))


@pytest.mark.parametrize(
    ("change", "argument"),
    [({"jump_rate": -1}, "jump_rate"), ({"jump_sd": -1}, "jump_sd"), ({"kappa": 0}, "kappa"),
     ({"jump_mean": math.nan}, "jump_mean"), ({"x0": "mean"}, "x0"), ({"n_paths": 0}, "n_paths")],
)  # fmt: skip
def test_jumps_refuse_bad_arguments(change, argument):
    good = {"kappa": 1, "theta": 0, "sigma": 1, "dt": DT, "n_obs": 9, "seed": 1}
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}: "):
        simulate_jump_ou(**(good | {"jump_rate": 1.0, "jump_sd": 1.0} | change))
