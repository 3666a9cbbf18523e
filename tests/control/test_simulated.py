"""The value is what the policy earns in simulation, and no moved threshold earns more."""

import math

import numpy as np
import pytest

import spreadlab as sl

KAPPA, SIGMA, RHO, COST = 3.0, 0.2, 0.5, 0.01
DT, HORIZON, PATHS = 0.002, 14.0, 3000
NAMES = ("enter_long", "exit_long", "enter_short", "exit_short")


@pytest.fixture(scope="module")
def paths():
    """Exact steps of the process from its mean."""
    rng = np.random.default_rng(3)
    phi = math.exp(-KAPPA * DT)
    noise = SIGMA * math.sqrt((1 - phi * phi) / (2 * KAPPA))
    x = np.zeros((int(HORIZON / DT) + 1, PATHS), dtype=np.float32)
    for k in range(1, len(x)):
        x[k] = phi * x[k - 1] + noise * rng.standard_normal(PATHS)
    return x


def earned(paths, levels, penalty):
    """Return the discounted gain of every path under four levels."""
    # A clock that ticks every DT sees a crossing late by 0.5826 sigma sqrt(DT) on average
    # (Broadie, Glasserman & Kou 1997), so the levels are moved in by that much.
    late = 0.5826 * SIGMA * math.sqrt(DT)
    enter_long, exit_long = levels[0] + late, levels[1] - late
    enter_short, exit_short = levels[2] - late, levels[3] + late
    held = np.zeros(PATHS)
    gain = np.zeros(PATHS)
    for k in range(len(paths) - 1):
        x = paths[k].astype(float)
        wanted = np.where(x <= enter_long, 1.0, np.where(x >= enter_short, -1.0, 0.0))
        wanted = np.where((held == 1) & (x < exit_long), 1.0, wanted)
        wanted = np.where((held == -1) & (x > exit_short), -1.0, wanted)
        fade = math.exp(-RHO * k * DT)
        gain += fade * (wanted * (paths[k + 1] - x) - COST * np.abs(wanted - held))
        gain -= fade * penalty * np.abs(wanted) * DT
        held = wanted
    return gain


@pytest.mark.parametrize("penalty", [0.0, 0.05])
def test_value_and_optimality(paths, penalty):
    ou = sl.OUParams(kappa=KAPPA, theta=0.0, sigma=SIGMA)
    policy = sl.solve_hjb(ou, discount=RHO, cost=COST, risk_penalty=penalty)
    levels = np.array([getattr(policy.thresholds, name) for name in NAMES])
    gain = earned(paths, levels, penalty)
    # What is left after the last step is worth at most exp(-rho T) of the value: a thousandth.
    expected = policy.value(0, 0.0)
    error = gain.std() / math.sqrt(PATHS)
    assert abs(gain.mean() - expected) < 3 * error + math.exp(-RHO * HORIZON) * expected
    for k in range(2):  # the short side mirrors the long side
        for factor in (0.8, 1.2):
            moved = levels.copy()
            moved[k] *= factor
            moved[k + 2] *= factor
            difference = earned(paths, moved, penalty) - gain
            assert difference.mean() < 3 * difference.std() / math.sqrt(PATHS)
