"""What every optimal switching policy obeys, whatever its parameters."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl

KAPPA = st.floats(0.1, 100.0)
SIGMA = st.floats(0.01, 5.0)
RHO = st.floats(0.001, 1.0)
COST_SD = st.floats(1e-4, 5.0)  # cost over the stationary standard deviation
FEW = settings(max_examples=40, deadline=None)


def solve(kappa, theta, sigma, rho, cost, **options):
    return sl.solve_hjb(
        sl.OUParams(kappa=kappa, theta=theta, sigma=sigma), discount=rho, cost=cost, **options
    )


def levels_of(policy):
    t = policy.thresholds
    return np.array([t.enter_long, t.exit_long, t.enter_short, t.exit_short])


@FEW
@given(KAPPA, SIGMA, RHO)
def test_small_costs_follow_the_cube_root_law(kappa, sigma, rho):
    cost = 1e-7 * sigma / math.sqrt(2 * kappa) / (1 + rho / kappa)
    level = solve(kappa, 0.0, sigma, rho, cost).thresholds.exit_long
    assert level == pytest.approx((1.5 * sigma**2 * cost / kappa) ** (1 / 3), rel=1e-3)


@FEW
@given(KAPPA, SIGMA, RHO)
def test_large_costs_push_the_level_to_their_multiple_from_above(kappa, sigma, rho):
    cost = 30 * sigma / math.sqrt(2 * kappa)
    level = solve(kappa, 0.0, sigma, rho, cost).thresholds.exit_long
    limit = cost * (kappa + rho) / kappa
    assert limit <= level <= 1.01 * limit


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD, st.floats(-10, 10), st.floats(0, 1))
def test_shift_of_the_mean_shifts_the_levels(kappa, sigma, rho, cost_sd, theta, penalty):
    cost = cost_sd * sigma / math.sqrt(2 * kappa)
    here = solve(kappa, 0.0, sigma, rho, cost, risk_penalty=penalty)
    there = solve(kappa, theta, sigma, rho, cost, risk_penalty=penalty)
    np.testing.assert_allclose(
        levels_of(there) - theta, levels_of(here), rtol=1e-9, atol=1e-13 * abs(theta)
    )


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD, st.floats(0, 1), st.floats(0.01, 100))
def test_units_of_space_and_time_scale_out(kappa, sigma, rho, cost_sd, penalty, scale):
    cost = cost_sd * sigma / math.sqrt(2 * kappa)
    here = solve(kappa, 0.0, sigma, rho, cost, risk_penalty=penalty)
    space = solve(kappa, 0.0, scale * sigma, rho, scale * cost, risk_penalty=scale * penalty)
    np.testing.assert_allclose(levels_of(space), scale * levels_of(here), rtol=1e-9)
    time = solve(
        scale * kappa,
        0.0,
        math.sqrt(scale) * sigma,
        scale * rho,
        cost,
        risk_penalty=scale * penalty,
    )
    np.testing.assert_allclose(levels_of(time), levels_of(here), rtol=1e-9)
    assert space.value(0, 0.0) == pytest.approx(scale * here.value(0, 0.0), rel=1e-9)


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD, st.floats(0, 1), st.floats(-3, 3))
def test_long_below_mirrors_short_above(kappa, sigma, rho, cost_sd, penalty, theta):
    sd = sigma / math.sqrt(2 * kappa)
    policy = solve(kappa, theta, sigma, rho, cost_sd * sd, risk_penalty=penalty)
    y = np.linspace(-4 * sd, 4 * sd, 9)
    for position in (-1, 0, 1):
        np.testing.assert_allclose(
            policy.value(position, theta + y), policy.value(-position, theta - y), rtol=1e-9
        )


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD)
def test_without_penalty_flat_is_never_held_again(kappa, sigma, rho, cost_sd):
    cost = cost_sd * sigma / math.sqrt(2 * kappa)
    t = solve(kappa, 0.1, sigma, rho, cost).thresholds
    assert t.exit_long == t.enter_short
    assert t.exit_short == t.enter_long
    t = solve(kappa, 0.1, sigma, rho, cost, accounting="cash").thresholds
    assert t.exit_long == t.enter_short
    assert t.exit_short == t.enter_long


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD, st.floats(0.01, 2.0))
def test_penalty_orders_the_four_levels_and_a_large_one_exits_before_the_mean(
    kappa, sigma, rho, cost_sd, penalty
):
    sd = sigma / math.sqrt(2 * kappa)
    cost = cost_sd * sd
    t = solve(kappa, 0.0, sigma, rho, cost, risk_penalty=penalty * kappa * sd).thresholds
    assert t.enter_long < t.exit_long < t.enter_short
    assert t.enter_long < t.exit_short < t.enter_short
    large = kappa * (sd + 3 * cost * (kappa + rho) / kappa) * 10
    assert solve(kappa, 0.0, sigma, rho, cost, risk_penalty=large).thresholds.exit_long < 0


@FEW
@given(KAPPA, SIGMA, RHO, COST_SD, st.floats(0, 1), st.sampled_from(["mtm", "cash"]))
def test_values_satisfy_the_variational_inequalities(
    kappa, sigma, rho, cost_sd, penalty, accounting
):
    sd = sigma / math.sqrt(2 * kappa)
    cost, theta = cost_sd * sd, 0.7 * sd
    policy = solve(
        kappa, theta, sigma, rho, cost, risk_penalty=penalty * kappa * sd, accounting=accounting
    )
    reach = 1.5 * np.abs(levels_of(policy) - theta).max()
    x = theta + np.linspace(-reach, reach, 41)
    values = {p: policy.value(p, x) for p in (-1, 0, 1)}
    cash = x if accounting == "cash" else 0 * x
    size = max(np.abs(v).max() for v in values.values())
    for p in (-1, 0, 1):
        for q in (-1, 0, 1):
            switched = values[q] - (q - p) * cash - cost * abs(p - q)
            assert (values[p] >= switched - 1e-9 * size).all()
            chosen = policy.action(p, x) == q
            np.testing.assert_allclose(
                values[p][chosen], switched[chosen], rtol=0, atol=1e-9 * size
            )
