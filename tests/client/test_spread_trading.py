"""Trading a bare spread against plain loops, and the bounds against their equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.client.spread_trading import best_bounds, trade_spread
from tests.oracles.control_slow import symmetric_level


def slow_trade(spread, lower, upper, cost):
    """Profit of each bar, what is held after it, and the profit of each round trip."""
    held, wanted, profits, positions, trips = 0, 0, [], [], []
    for t, x in enumerate(spread):
        profit = held * (x - spread[t - 1]) if t else 0.0
        target = 0 if t == len(spread) - 1 else wanted
        if trips and held:
            trips[-1] += profit
        if target != held:
            profit -= cost * abs(target - held)
            if held:
                trips[-1] -= cost
            if target:
                trips.append(-cost)
            held = target
        wanted = 1 if x <= lower else -1 if x >= upper else wanted
        profits.append(profit)
        positions.append(held)
    return np.array(profits), positions, trips


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 200),
    scale=st.sampled_from([1e-3, 1.0, 250.0, 2e4]),
    shift=st.floats(-3, 3),
    cost=st.floats(0, 0.5),
    width=st.floats(0.01, 2.0),
)
def test_equals_the_plain_loop_at_any_scale(seed, n, scale, shift, cost, width):
    spread = scale * (shift + np.random.default_rng(seed).normal(size=n))
    lower, upper = scale * (shift - width), scale * (shift + width)
    profits, positions, trips = slow_trade(spread, lower, upper, scale * cost)
    result = trade_spread(
        spread, lower_bound=lower, upper_bound=upper, transaction_cost=scale * cost
    )
    assert result.positions.tolist() == positions
    # The account is kept beside prices of the size of the spread, which is what rounds.
    size = max(1.0, np.abs(spread).max())
    np.testing.assert_allclose(result.returns, profits, atol=1e-12 * size)
    np.testing.assert_allclose(result.trades["pnl"], trips, atol=1e-10 * size)
    assert result.total_return == pytest.approx(profits.sum(), abs=1e-10 * size)


def test_figures_are_those_of_the_profits():
    spread = np.random.default_rng(0).normal(size=500)
    profits, _, trips = slow_trade(spread, -1.0, 1.0, 0.01)
    metrics = trade_spread(spread, lower_bound=-1.0, upper_bound=1.0, transaction_cost=0.01).metrics
    assert metrics.sharpe == pytest.approx(
        profits.mean() / profits.std(ddof=1) * math.sqrt(252), rel=1e-10
    )
    equity = 1.0 + profits.cumsum()
    peak = np.maximum(1.0, np.maximum.accumulate(equity))
    assert metrics.max_drawdown == pytest.approx((equity / peak - 1).min(), rel=1e-10)
    assert metrics.n_trades == len(trips) > 50
    assert metrics.hit_rate == pytest.approx(np.mean([trip > 0 for trip in trips]))
    gains, losses = sum(t for t in trips if t > 0), -sum(t for t in trips if t < 0)
    assert metrics.profit_factor == pytest.approx(gains / losses if losses else math.inf, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"spread": [1.0]}, "spread: too short, 1 observation"),
        ({"spread": [0.0, math.nan]}, "spread: 1 missing value"),
        ({"spread": [0.0, 3e5]}, "spread: has a value of 3e.05; must be at most 262,144"),
        ({"lower_bound": 1.0}, r"upper_bound: got 1.0; must be .* \(1"),
        ({"lower_bound": math.nan}, "lower_bound: got nan"),
        ({"transaction_cost": -0.1}, "transaction_cost: got -0.1"),
    ],
)
def test_what_can_not_be_traded_is_named(arguments, words):
    good = {"spread": [0.0, 1.0], "lower_bound": -1.0, "upper_bound": 1.0, "transaction_cost": 0.1}
    with pytest.raises(sl.InvalidInputError, match=words):
        trade_spread(**(good | arguments))


def bounds(**changes):
    asked = {
        "kappa": 3.0,
        "theta": 0.1,
        "sigma": 0.2,
        "rho": 0.04,
        "transaction_cost": 0.001,
        "max_iter": 2000,
        "tolerance": 1e-6,
    }
    return best_bounds(**(asked | changes))


def test_bounds_solve_their_equation():
    found = bounds().thresholds
    level = float(symmetric_level(3.0, 0.2, 0.04, 0.001))
    assert (found.enter_long, found.enter_short) == pytest.approx((0.1 - level, 0.1 + level), 1e-9)
    # Without a fee a position given up is turned: two bounds are the whole policy.
    assert (found.exit_long, found.exit_short) == (found.enter_short, found.enter_long)


def test_the_best_bounds_earn_more_than_others_on_a_long_path():
    path = sl.simulate_ou(3.0, 0.0, 0.2, 1 / 252, 100_000, seed=0)
    best = bounds(theta=0.0).thresholds.enter_short

    def earned(level):
        traded = trade_spread(path, lower_bound=-level, upper_bound=level, transaction_cost=0.001)
        return traded.total_return

    assert earned(best) > max(earned(0.2 * best), earned(3 * best))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"kappa": 0.0}, sl.InvalidInputError, "kappa"),
        ({"rho": -1.0}, sl.InvalidInputError, "discount"),
        ({"tolerance": 1e-300}, sl.ConvergenceError, "tolerance"),
        ({"max_iter": 1}, sl.ConvergenceError, "max_iter: 10 iterations were needed, 1 allowed"),
    ],
)
def test_what_has_no_bounds_is_named(changes, error, words):
    with pytest.raises(error, match=words):
        bounds(**changes)
