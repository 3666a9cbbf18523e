"""The grid scheme against the exact solution, and where only the scheme exists, its own laws."""

import math

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.control.kernels_mesh import mesh_nb, rates_nb, smooth_fit_nb

SD = 0.2 / math.sqrt(6.0)
CASES = [
    {"cost": c * SD, "risk_penalty": lam * 3.0 * SD, "accounting": accounting, "discount": rho}
    for c, lam, accounting, rho in [
        (1e-6, 0.0, "mtm", 0.04),
        (1e-5, 0.0, "mtm", 0.04),
        (1e-4, 0.0, "mtm", 0.04),
        (1e-3, 0.0, "mtm", 0.04),
        (0.01, 0.0, "mtm", 0.04),
        (0.1, 0.0, "mtm", 0.04),
        (1.0, 0.0, "mtm", 0.04),
        (10.0, 0.0, "mtm", 0.04),
        (30.0, 0.0, "mtm", 0.04),
        (0.01, 0.0, "mtm", 1e-4),
        (0.01, 0.0, "mtm", 3.0),
        (1e-5, 0.3, "mtm", 0.04),
        (1e-3, 0.3, "mtm", 0.04),
        (0.01, 0.05, "mtm", 0.04),
        (0.01, 0.5, "mtm", 0.04),
        (0.1, 0.5, "mtm", 0.04),
        (0.1, 2.0, "mtm", 0.4),
        (1.0, 1.0, "mtm", 0.04),
        (5.0, 0.5, "mtm", 0.04),
        (1e-4, 0.0, "cash", 0.04),
        (0.01, 0.0, "cash", 0.4),
        (1.0, 0.0, "cash", 0.04),
        (0.01, 0.3, "cash", 0.04),
        (0.5, 0.3, "cash", 0.2),
    ]
]
FEES = [
    {"cost": c * SD, "fixed_cost": k * SD, "discount": rho, "accounting": accounting}
    for c, k, rho, accounting in [
        (0.01, 1e-4, 0.04, "mtm"),
        (0.01, 0.02, 0.04, "mtm"),
        (0.0, 0.02, 0.04, "mtm"),
        (0.1, 1.0, 0.04, "mtm"),
        (0.01, 0.5, 1.0, "mtm"),
        (0.01, 0.02, 0.04, "cash"),
    ]
]


def both(options):
    ou = sl.OUParams(kappa=3.0, theta=0.05, sigma=0.2)
    return sl.solve_hjb(ou, **options), sl.solve_hjb(ou, **options, method="grid")


@pytest.mark.parametrize("options", CASES + FEES)
def test_grid_agrees_with_exact_and_knows_its_error(options):
    exact, grid = both(options)
    assert (exact.method, grid.method) == ("exact", "grid")
    expected = exact.thresholds.switches() - 0.05
    error = np.abs(grid.thresholds.switches() - 0.05 - expected).max()
    assert error <= 1e-4 * np.abs(expected).max()
    assert error <= grid.error_estimate
    x = 0.05 + np.linspace(-3 * SD, 3 * SD, 41)
    for position in (-1, 0, 1):
        expected = exact.value(position, x)
        scale = max(np.abs(expected).max(), options["cost"])
        np.testing.assert_allclose(grid.value(position, x), expected, rtol=0, atol=3e-4 * scale)


def test_grid_solves_the_ergodic_problem(ou):
    options = {"discount": 0.0, "cost": 0.001, "objective": "ergodic", "risk_penalty": 0.05}
    exact = sl.solve_hjb(ou, **options)
    grid = sl.solve_hjb(ou, **options, method="grid")
    assert grid.gain == pytest.approx(exact.gain, rel=2e-5)
    np.testing.assert_allclose(
        grid.thresholds.switches(), exact.thresholds.switches(), rtol=0, atol=1e-6
    )
    x = np.linspace(-0.2, 0.2, 11)
    np.testing.assert_allclose(grid.value(1, x), exact.value(1, x), rtol=1e-3, atol=1e-6)


def test_fee_with_penalty_joins_its_two_limits(ou):
    def levels(fee, penalty):
        policy = sl.solve_hjb(
            ou, discount=0.04, cost=0.001, fixed_cost=fee, risk_penalty=penalty, method="grid"
        )
        return policy.thresholds.switches()

    exact = sl.solve_hjb(ou, discount=0.04, cost=0.001, risk_penalty=0.05).thresholds
    for k in (0, 2, 4):  # flat_to_long, leave_long and leave_short exist without a fee too
        got = levels(1e-9, 0.05)[k]
        assert got == pytest.approx(exact.switches()[k], abs=2e-5)
    exact = sl.solve_hjb(ou, discount=0.04, cost=0.001, fixed_cost=0.002).thresholds
    np.testing.assert_allclose(levels(0.002, 1e-9), exact.switches(), rtol=0, atol=2e-6)


def test_fee_with_penalty_satisfies_the_variational_inequalities(ou):
    cost, fee, penalty, rho = 0.001, 0.002, 0.3, 0.04
    policy = sl.solve_hjb(ou, discount=rho, cost=cost, fixed_cost=fee, risk_penalty=penalty)
    assert policy.method == "grid"
    t = policy.thresholds
    assert t.flat_to_long < t.exit_long
    assert t.long_to_short < t.flat_to_short
    assert t.exit_long < 0 < t.exit_short
    x = np.linspace(-0.25, 0.25, 101)
    values = {p: policy.value(p, x) for p in (-1, 0, 1)}
    h = 1e-3
    for p in (-1, 0, 1):
        for q in (-1, 0, 1):
            if p != q:
                assert (values[p] >= values[q] - cost * abs(p - q) - fee - 1e-9).all()
        up, down = policy.value(p, x + h), policy.value(p, x - h)
        bend = (up - 2 * values[p] + down) / h**2
        drift = 3.0 * (0.0 - x) * (up - down) / (2 * h)
        reward = p * 3.0 * (0.0 - x) - penalty * p * p
        residual = rho * values[p] - drift - 0.02 * bend - reward
        assert residual.min() > -0.02 * np.abs(reward).max() - 1e-3
        inside = policy.action(p, x) == p
        near = np.min(np.abs(x[:, None] - t.switches()), axis=1) < 3 * h
        assert np.abs(residual[inside & ~near]).max() < 1e-3


def test_rates_are_monotone_and_exact_for_quadratics():
    z = mesh_nb(201, np.array([-0.3, 0.4]), np.array([0.1, 0.1]), -8.0, 8.0)
    assert (np.diff(z) > 0).all()
    assert (z[0], z[-1]) == (-8.0, 8.0)
    up, down = rates_nb(z)
    assert (up >= 0).all()
    assert (down >= 0).all()
    u = z * z
    got = up[1:-1] * (u[2:] - u[1:-1]) + down[1:-1] * (u[:-2] - u[1:-1])
    central = np.abs(z[1:-1]) * np.maximum(np.diff(z)[1:], np.diff(z)[:-1]) < 2
    np.testing.assert_allclose(
        got[central], (2.0 - 2.0 * z[1:-1] ** 2)[central], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.7, 0.99])
def test_smooth_fit_is_finer_than_a_cell(phase):
    h = 0.01
    z = h * np.arange(60) - 0.05
    level = z[5] + phase * h
    gap = np.maximum(z - level, 0.0) ** 2 * (1.0 + 0.5 * (z - level))
    got = smooth_fit_nb(z, gap, 5, 1, 54)
    assert got == pytest.approx(level, abs=0.01 * h)
