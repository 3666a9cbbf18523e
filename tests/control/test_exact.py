"""Exact switching thresholds and values against high-precision solutions of the equations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.control_slow import Layer, symmetric_level

import spreadlab as sl
from spreadlab.control.kernels_layer import exit_transform_nb, layer_thresholds_nb


def solve(kappa=3.0, theta=0.0, sigma=0.2, discount=0.04, cost=0.001, **options):
    ou = sl.OUParams(kappa=kappa, theta=theta, sigma=sigma)
    return sl.solve_hjb(ou, discount=discount, cost=cost, **options)


def test_worked_example(ou):
    policy = sl.solve_hjb(ou, discount=0.04, cost=0.001)
    levels = policy.thresholds
    assert levels.exit_long == pytest.approx(0.0273523664407, abs=5e-14)
    assert levels.enter_long == -levels.exit_long == levels.exit_short == -levels.enter_short
    for position in (-1, 0, 1):
        assert policy.value(position, 0.0) == pytest.approx(4.597248, abs=5e-7)


@pytest.mark.parametrize("kappa", [0.02, 3.0, 400.0])
@pytest.mark.parametrize("cost_sd", [1e-5, 0.01, 0.7, 8.0])
@pytest.mark.parametrize("rho", [1e-6, 0.04, 2.0])
def test_symmetric_level_equals_the_kummer_equation(kappa, cost_sd, rho):
    sigma = 0.2
    cost = cost_sd * sigma / math.sqrt(2 * kappa)
    got = solve(kappa=kappa, sigma=sigma, discount=rho, cost=cost).thresholds.exit_long
    expected = float(symmetric_level(kappa, sigma, rho, cost, guess=got))
    assert got == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    ("rho", "cost", "penalty"),
    [
        (0.04, 0.001, 0.02),
        (0.04, 0.001, 0.5),
        (0.3, 0.02, 0.1),
        (0.01, 0.1, 0.3),
        (2.0, 0.004, 0.05),
    ],
)
def test_risk_penalty_solves_the_four_equations(rho, cost, penalty):
    kappa, sigma = 3.0, 0.2
    policy = solve(kappa=kappa, sigma=sigma, discount=rho, cost=cost, risk_penalty=penalty)
    levels = policy.thresholds
    layer = Layer(kappa, sigma, rho, cost, a=-penalty, b=kappa)
    s, e = layer.solve(levels.enter_long, levels.exit_long)
    assert levels.enter_long == pytest.approx(float(s), rel=1e-10)
    assert levels.exit_long == pytest.approx(float(e), rel=1e-10, abs=1e-13)
    assert (levels.enter_short, levels.exit_short) == (-levels.enter_long, -levels.exit_long)
    big_a, big_b = layer.weights(s, e)
    x = 0.5 * (levels.enter_long + levels.exit_long)
    out_long, out_short = big_a * layer.g(x), big_a * layer.g(-x)
    assert policy.value(0, x) == pytest.approx(float(out_long + out_short), rel=1e-10)
    in_long = layer.particular(x) + big_b * layer.f(x)
    assert policy.value(1, x) == pytest.approx(float(in_long + out_short), rel=1e-10)


@pytest.mark.parametrize(("theta", "rho"), [(0.3, 0.05), (-2.0, 0.05), (5.0, 0.2)])
def test_cash_accounting_solves_the_four_equations(theta, rho):
    kappa, sigma, cost = 8.0, 0.3, 0.02
    policy = solve(
        kappa=kappa, theta=theta, sigma=sigma, discount=rho, cost=cost, accounting="cash"
    )
    levels = policy.thresholds
    layer = Layer(kappa, sigma, rho, cost, a=-rho * theta, b=kappa + rho)
    s, e = layer.solve(levels.enter_long - theta, levels.exit_long - theta)
    assert levels.enter_long - theta == pytest.approx(float(s), rel=1e-9)
    assert levels.exit_long - theta == pytest.approx(float(e), rel=1e-9)
    assert levels.enter_short == levels.exit_long
    assert levels.exit_short == levels.enter_long
    # v_cash = v + p x: selling at the exit level pays x - c and leaves the flat value.
    x = levels.exit_long + 0.01
    assert policy.value(1, x) == pytest.approx(policy.value(0, x) + x - cost, rel=1e-12)


@pytest.mark.parametrize("cost", [1e-5, 1e-3, 0.05])
def test_ergodic_equals_renewal_reward(cost):
    from scipy.special import erfi

    kappa, sigma = 3.0, 0.2
    policy = solve(kappa=kappa, sigma=sigma, discount=0.0, cost=cost, objective="ergodic")
    level = policy.thresholds.exit_long
    assert level == pytest.approx(
        float(symmetric_level(kappa, sigma, 0, cost, guess=level)), rel=1e-11
    )
    time = math.pi / kappa * erfi(level * math.sqrt(kappa) / sigma)
    assert policy.gain == pytest.approx(2 * (level - cost) / time, rel=1e-11)
    assert policy.value(0, 0.0) == 0.0


def test_ergodic_is_the_limit_of_small_discounts():
    x = np.linspace(-0.3, 0.3, 31)
    ergodic = solve(discount=0.0, objective="ergodic", risk_penalty=0.05)
    nearly = solve(discount=1e-7, risk_penalty=0.05)
    for position in (-1, 0, 1):
        relative = nearly.value(position, x) - nearly.value(0, 0.0)
        np.testing.assert_allclose(ergodic.value(position, x), relative, atol=2e-7)
    assert nearly.value(0, 0.0) * 1e-7 == pytest.approx(ergodic.gain, rel=1e-6)
    assert ergodic.thresholds.enter_long == pytest.approx(nearly.thresholds.enter_long, rel=1e-6)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(-7, 2.5), st.floats(-6, 2), st.floats(-20, 20), st.sampled_from([0.0, 1e-6, 0.1, 1.0])
)
def test_any_layer_is_solved_and_satisfies_the_obstacle_conditions(log_nu, log_cost, tilt, share):
    nu, cost, tilt = 10**log_nu, 10**log_cost, tilt * share
    low, high, _, iterations = layer_thresholds_nb(1 + nu, tilt, cost)
    assert iterations > 0
    assert low < high
    assert high - low >= 2 * cost * (1 - 1e-12)
    least = nu / (1 + nu) * cost
    assert tilt - low >= least * (1 - 1e-9)
    assert tilt - high <= -least * (1 - 1e-9)


@pytest.mark.parametrize("order", [1.0, 1.01, 3.0])
@pytest.mark.parametrize("middle", [0.0, -1.0, 0.9])
def test_series_and_integrals_agree_where_they_meet(order, middle):
    from spreadlab.control.kernels_layer import _exit_by_integrals_nb, _exit_by_series_nb

    for half in (0.2, 0.5, 0.9):
        series, integrals = np.empty(9), np.empty(9)
        _exit_by_series_nb(order, middle, half, series)
        _exit_by_integrals_nb(order, middle, half, integrals)
        np.testing.assert_allclose(series, integrals, rtol=1e-11)
        np.testing.assert_allclose(exit_transform_nb(order, middle, half), integrals, rtol=1e-11)


@pytest.mark.parametrize(
    ("theta", "rho", "cost"),
    [(6.0, 4e-6, 0.3), (0.3, 0.004, 0.5), (0.2, 1e-4, 0.4), (0.3, 0.005, 0.3), (80.0, 3e-5, 0.3)],
)
def test_error_estimate_covers_what_rounding_does(theta, rho, cost):
    """Where the equations are badly conditioned, up to a hundred times the last places."""
    kappa, sigma = 3.0, 0.2
    policy = solve(
        kappa=kappa, theta=theta, sigma=sigma, discount=rho, cost=cost, accounting="cash"
    )
    found = policy.levels[0] * sigma / math.sqrt(2 * kappa)
    layer = Layer(kappa, sigma, rho, cost, a=-rho * theta, b=kappa + rho)
    error = max(abs(float(a - b)) for a, b in zip(found, layer.solve(*found), strict=True))
    assert error <= policy.error_estimate <= 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_error_estimate_covers_a_change_of_units_with_a_fee(seed):
    rng = np.random.default_rng(seed)
    kappa, rho = 10 ** rng.uniform(-1, 2), 10 ** rng.uniform(-3, 0)
    sd = 0.2 / math.sqrt(2 * kappa)
    cost, fee = sd * 10 ** rng.uniform(-3, 0.5), sd * 10 ** rng.uniform(-3, 0.5)
    one = solve(kappa=kappa, discount=rho * kappa, cost=cost, fixed_cost=fee)
    other = solve(
        kappa=kappa, sigma=0.34, discount=rho * kappa, cost=1.7 * cost, fixed_cost=1.7 * fee
    )
    moved = np.abs(other.levels - one.levels).max() * sd
    assert moved <= one.error_estimate + other.error_estimate / 1.7
    assert one.error_estimate < 1e-8 * sd
