"""Policies with a deadline."""

import math

import numpy as np
import pytest
from tests.oracles.control_slow import Deadline

import spreadlab as sl
from spreadlab.control.grid import _with_short_steps

OU = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)


@pytest.fixture(scope="module")
def policy():
    return sl.solve_hjb(OU, discount=0.04, cost=0.001, horizon=1.0)


@pytest.fixture(scope="module")
def frame(policy):
    return policy.boundaries()


def test_worked_example(policy, frame):
    at = sl.solve_hjb(OU, discount=0.04, cost=0.001, horizon=0.05)
    assert at.thresholds.enter_long == pytest.approx(-0.029046, rel=5e-5)
    assert at.thresholds.exit_long == pytest.approx(0.025730, rel=5e-5)
    assert at.value(0, 0.0) == pytest.approx(9.466e-4, abs=1e-7)
    assert at.error_estimate < 5e-4 * 0.029
    # The same time to go inside a longer horizon.
    assert np.interp(0.05, frame.time_to_go, frame.enter_long) == pytest.approx(-0.029046, rel=2e-4)
    assert np.interp(0.05, frame.time_to_go, frame.exit_long) == pytest.approx(0.025730, rel=2e-4)
    assert policy.value(0, 0.0, 0.05) == pytest.approx(9.466e-4, abs=2e-7)


def test_shape_of_the_boundaries(policy, frame):
    assert list(frame.columns) == [
        "time_to_go",
        "enter_long",
        "exit_long",
        "enter_short",
        "exit_short",
    ]
    assert len(frame) >= 400
    assert (np.diff(frame.time_to_go) > 0).all()
    assert frame.time_to_go.iloc[-1] == 1.0
    entry = frame.enter_long.dropna().to_numpy()
    assert 0 < len(entry) < len(frame)  # nobody enters at the very end
    assert frame.enter_long.isna().to_numpy()[: len(frame) - len(entry)].all()
    assert (np.diff(entry) > -1e-6).all()
    assert (np.diff(frame.exit_long) > -2e-5).all()
    np.testing.assert_array_equal(frame.enter_short, -frame.enter_long)
    np.testing.assert_array_equal(frame.exit_short, -frame.exit_long)


def test_fast_boundary_does_not_depend_on_the_grid():
    # The entry boundary races away as the deadline nears; its layer is thinner than a cell. The
    # levels are those of a grid of 4,001 nodes and 1,600 times.
    for horizon, level in ((0.03, -0.0339545), (0.02, -0.0417621), (0.01, -0.0703321)):
        got = sl.solve_hjb(OU, discount=0.04, cost=0.001, horizon=horizon).thresholds
        assert got.enter_long == pytest.approx(level, rel=4e-4)


@pytest.mark.parametrize(
    ("kappa", "sigma", "rho", "cost", "penalty", "accounting", "theta", "horizon"),
    [
        (3.0, 0.2, 0.04, 1e-3, 0.0, "mtm", 0.0, 1.0),
        (3.0, 0.2, 0.0, 1e-3, 0.02, "mtm", 0.1, 1.0),
        (38.0, 0.5, 0.0, 2e-4, 0.0, "cash", 0.3, 0.02),
        (1.7, 0.6, 0.5, 0.013, 0.2, "cash", -0.3, 0.5),
    ],
)
def test_levels_solve_the_integral_equations_at_every_time_to_go(
    kappa, sigma, rho, cost, penalty, accounting, theta, horizon
):
    ou = sl.OUParams(kappa=kappa, theta=theta, sigma=sigma)
    options = {
        "discount": rho,
        "cost": cost,
        "risk_penalty": penalty,
        "accounting": accounting,
    }
    frame = sl.solve_hjb(ou, horizon=horizon, **options).boundaries()
    cash = accounting == "cash"
    reward = -penalty - (rho * theta if cash else 0.0), kappa + (rho if cash else 0.0)
    sd = ou.stationary_sd
    for row in (65, 100, 180):  # 1 to 9 % of the horizon
        time = frame.time_to_go.iloc[row]
        s, e = Deadline(kappa, sigma, rho, cost, *reward, time, steps=120).solve()
        assert frame.enter_long.iloc[row] - theta == pytest.approx(s, rel=6e-4)
        assert frame.exit_long.iloc[row] - theta == pytest.approx(e, rel=6e-4, abs=1e-4 * sd)
        alone = sl.solve_hjb(ou, horizon=time, **options).thresholds
        assert alone.enter_long - theta == pytest.approx(s, rel=6e-4)
        assert alone.exit_long - theta == pytest.approx(e, rel=6e-4, abs=1e-4 * sd)


def test_short_steps_keep_every_time_and_resolve_the_entry_level():
    tau = 3.0 * (np.arange(401) / 400) ** 2
    near, order, reach = 0.025, 1.01, 8.0
    clock, row = _with_short_steps(tau, order, near, reach)
    np.testing.assert_allclose(clock[row >= 0], tau)
    np.testing.assert_array_equal(row[row >= 0], np.arange(401))
    steps = np.diff(clock)
    assert (steps > 0).all()
    # The two-step formula is stable for steps that grow by less than 1 + sqrt(2); it starts third.
    assert (steps[3:] < 2.41 * steps[2:-1]).all()
    level = near / -np.expm1(-order * clock[1:])
    resolved = steps * (np.gradient(level, clock[1:])) ** 2 < 0.2
    assert resolved[(level < 0.5) & (row[1:] < 400)].all()


def test_near_the_deadline(frame):
    # Entering must pay two costs from the drift that is left: the boundary's leading order.
    tiny = sl.solve_hjb(OU, discount=0.04, cost=0.01, horizon=0.02).boundaries()
    last = tiny.iloc[-1]
    law = -2 * 0.01 * 3.04 / (3.0 * -math.expm1(-3.04 * last.time_to_go))
    assert last.enter_long == pytest.approx(law, rel=0.02)
    # A position is closed at (rho c - lam)/kappa in the end.
    for horizon in (1e-3, 1e-4):
        for penalty, limit in ((0.0, 0.04 * 0.001 / 3.0), (0.06, 0.04 * 0.001 / 3.0 - 0.02)):
            closed = sl.solve_hjb(
                OU, discount=0.04, cost=0.001, risk_penalty=penalty, horizon=horizon
            ).thresholds.exit_long
            # Above its limit by a multiple of the noise that is left.
            assert 0.5 < (closed - limit) / (0.2 * math.sqrt(horizon)) < 0.7
    assert frame.exit_long.iloc[0] < 1e-3


@pytest.mark.parametrize("options", [{}, {"risk_penalty": 0.05}, {"fixed_cost": 0.002}])
def test_long_horizons_become_infinite(options):
    forever = sl.solve_hjb(OU, discount=0.04, cost=0.001, **options)
    long = sl.solve_hjb(OU, discount=0.04, cost=0.001, horizon=8.0, **options)
    np.testing.assert_allclose(
        long.thresholds.switches(), forever.thresholds.switches(), rtol=0, atol=4e-6
    )


def test_undiscounted_deadline_leads_to_the_ergodic_levels():
    long = sl.solve_hjb(OU, discount=0.0, cost=0.001, horizon=5.0)
    ergodic = sl.solve_hjb(OU, discount=0.0, cost=0.001, objective="ergodic")
    assert long.thresholds.enter_long == pytest.approx(ergodic.thresholds.enter_long, rel=1e-4)
    rate = (long.value(0, 0.0, 5.0) - long.value(0, 0.0, 4.0)) / 1.0
    assert rate == pytest.approx(ergodic.gain, rel=1e-4)


def test_a_vanishing_fee_changes_nothing():
    # The coupled system of three values against the two scalar layers.
    without = sl.solve_hjb(OU, discount=0.04, cost=0.001, horizon=0.05)
    with_fee = sl.solve_hjb(OU, discount=0.04, cost=0.001, fixed_cost=1e-10, horizon=0.05)
    x = np.linspace(-0.1, 0.1, 21)
    for position in (-1, 0, 1):
        np.testing.assert_allclose(
            with_fee.value(position, x), without.value(position, x), atol=2e-7
        )
    got, expected = with_fee.thresholds, without.thresholds
    assert got.flat_to_long == pytest.approx(expected.enter_long, rel=2e-4)
    assert got.exit_long == pytest.approx(expected.exit_long, rel=3e-4)


def test_cash_is_marked_to_market_with_the_spread_added_at_rho_zero():
    x = np.linspace(-0.1, 0.3, 9)
    ou = sl.OUParams(kappa=3.0, theta=0.1, sigma=0.2)
    mtm = sl.solve_hjb(ou, discount=0.0, cost=0.001, horizon=0.3)
    cash = sl.solve_hjb(ou, discount=0.0, cost=0.001, horizon=0.3, accounting="cash")
    for p in (-1, 0, 1):
        np.testing.assert_allclose(cash.value(p, x), mtm.value(p, x) + p * x, atol=1e-9)


def test_deadline_itself(policy):
    x = np.array([-0.2, 0.0, 0.2])
    for position in (-1, 0, 1):
        np.testing.assert_allclose(
            policy.value(position, x, 0.0), -0.001 * abs(position), rtol=0, atol=1e-12
        )
        assert (policy.action(position, x, 0.0) == 0).all()
    assert (policy.policy[:, 0, :] == 0).all()


def test_policy_array_follows_the_boundaries(policy, frame):
    assert policy.policy.shape == (3, policy.time_to_go.size, policy.grid.size)
    j = 300
    level = frame.enter_long.iloc[j - 1]
    longs = policy.grid[policy.policy[1, j] == 1]
    assert longs.max() <= level
    assert policy.action(0, level - 1e-9, policy.time_to_go[j]) == 1
    assert policy.action(0, level + 1e-9, policy.time_to_go[j]) == 0


def test_value_is_the_simulated_gain_of_the_policy():
    # Exact steps of the process, decisions on a fine clock: the clock costs a little, never gains.
    rng = np.random.default_rng(11)
    horizon, steps, paths, cost, rho = 0.3, 3000, 3000, 0.004, 0.04
    policy = sl.solve_hjb(OU, discount=rho, cost=cost, horizon=horizon)
    dt = horizon / steps
    phi = math.exp(-3.0 * dt)
    noise = 0.2 * math.sqrt((1 - phi * phi) / 6.0)
    x = np.full(paths, 0.06)
    held = np.zeros(paths)
    gain = np.zeros(paths)
    for k in range(steps):
        t = k * dt
        wanted = np.choose(
            held.astype(int) + 1, [policy.action(p, x, horizon - t) for p in (-1, 0, 1)]
        )
        gain -= math.exp(-rho * t) * cost * np.abs(wanted - held)
        held = wanted.astype(float)
        moved = phi * x + noise * rng.standard_normal(paths)
        gain += math.exp(-rho * t) * held * (moved - x)
        x = moved
    gain -= math.exp(-rho * horizon) * cost * np.abs(held)
    expected = policy.value(0, 0.06)
    error = gain.std() / math.sqrt(paths)
    assert abs(gain.mean() - expected) < 3 * error


def test_deadline_figure_and_card(policy):
    assert policy.plot().to_png()[:4] == b"\x89PNG"
    assert "horizon" in policy._repr_html_()


def test_no_entry_is_reported_and_not_hidden():
    late = sl.solve_hjb(OU, discount=0.04, cost=0.05, horizon=0.003)
    assert math.isnan(late.thresholds.enter_long)
    assert math.isfinite(late.thresholds.exit_long)
    assert late.action(0, float(late.grid[0])) == 0
    assert "never taken" in late._repr_html_()
    assert "enter_long=n/a" in repr(late)
    assert late.boundaries().enter_long.isna().all()


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"horizon": 0.0}, "horizon"),
        ({"horizon": -1.0}, "horizon"),
        ({"horizon": math.inf}, "horizon"),
        ({"horizon": 1.0, "method": "exact"}, "method"),
        ({"horizon": 1.0, "objective": "ergodic", "discount": 0.0}, "horizon"),
        ({"horizon": 1.0, "n_time": 3}, "n_time"),
        ({"fixed_cost": 0.1, "risk_penalty": 0.1, "method": "exact"}, "method"),
        ({"fixed_cost": -0.1}, "fixed_cost"),
        ({"fixed_cost": 0.0, "cost": 0.0}, "cost"),
    ],
)
def test_bad_argument_is_named(change, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.solve_hjb(OU, **{"discount": 0.04, "cost": 0.001, **change})
    assert caught.value.argument == argument


def test_questions_outside_are_refused(policy):
    with pytest.raises(sl.InvalidInputError, match="time_to_go"):
        policy.value(0, 0.0, 1.5)
    with pytest.raises(sl.InvalidInputError, match="outside the grid"):
        policy.value(0, 1e3)
