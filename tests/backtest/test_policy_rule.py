"""Optimal policies in a backtest, bar by bar against what the policy itself answers."""

import numpy as np
import pandas as pd
import pytest
from tests.backtest import cases

import spreadlab as sl

OU = sl.OUParams(kappa=20.0, theta=0.01, sigma=0.35)


def make_frame(n_obs=300, seed=1):
    rng = np.random.default_rng(seed)
    hedge = 4.0 + np.cumsum(rng.normal(0, 0.01, n_obs))
    x = np.full(n_obs, OU.theta)
    decay = np.exp(-OU.kappa / 252)
    noise = OU.stationary_sd * np.sqrt(1 - decay**2)
    for t in range(1, n_obs):
        x[t] = OU.theta + decay * (x[t - 1] - OU.theta) + noise * rng.normal()
    prices = np.exp(np.column_stack([0.8 * hedge + 0.1 + x, hedge]))
    dates = pd.bdate_range("2020-01-01", periods=n_obs, name="date")
    return pd.DataFrame(prices, columns=["KO", "PEP"], index=dates)


def targets_of(policy, spread, time_at):
    """Ask the policy at every bar; `time_at(t, held)` is its time to go, `held` None when flat."""
    targets, position, filled = [], 0, None
    for t, x in enumerate(spread):
        new = policy.action(position, float(x), time_at(t, None if position == 0 else t - filled))
        if new != position:
            filled = t + 1
        position = new
        targets.append(position)
    return np.array(targets)


def assert_trades(bt, targets):
    np.testing.assert_array_equal(bt.positions[1:-1], targets[:-2])


@pytest.mark.parametrize(
    "options",
    [{}, {"risk_penalty": 0.4}, {"fixed_cost": 0.002}, {"objective": "ergodic", "discount": 0.0}],
)
def test_policies_without_a_deadline(options):
    frame = make_frame()
    policy = sl.solve_hjb(OU, **({"discount": 0.05, "cost": 0.002} | options))
    bt = sl.backtest(frame, pair=cases.make_pair(), policy=policy, cost_bps=5.0)
    assert bt.metrics.n_trades > 5
    assert_trades(bt, targets_of(policy, bt.spread, lambda t, held: None))
    assert bt.rule.marks()
    assert bt.plot().axes


@pytest.fixture(scope="module")
def with_deadline():
    return sl.solve_hjb(OU, discount=0.0, cost=0.002, horizon=60 / 252, n_grid=401, n_time=60)


def test_a_deadline_in_bars_per_trade(with_deadline):
    policy = with_deadline
    bt = sl.backtest(make_frame(), pair=cases.make_pair(), policy=policy, deadline=15)
    assert_trades(bt, targets_of(policy, bt.spread, lambda t, held: (15 - (held or 0)) / 252))
    assert bt.trades["holding"].max() <= 16
    late = bt.trades["reason"] == "deadline"
    assert late.any() == (bt.trades["holding"] == 16).any()
    assert (bt.trades["holding"][late] == 16).all()


def test_a_deadline_that_is_a_date(with_deadline):
    policy, frame = with_deadline, make_frame()
    bt = sl.backtest(frame, pair=cases.make_pair(), policy=policy, deadline=frame.index[200])
    expected = targets_of(
        policy, bt.spread, lambda t, held: min(max(200 - t, 0) / 252, policy.spec.horizon)
    )
    assert_trades(bt, expected)
    assert (bt.positions[201:] == 0).all()
    assert bt.positions[:200].any()
    saturday = sl.backtest(
        frame, pair=cases.make_pair(), policy=policy, deadline=str(frame.index[197].date())
    )
    assert (saturday.positions[198:] == 0).all()


@pytest.mark.parametrize(
    "deadline", [None, 0, True, -3, 2.5, "soon", "2031-01-01", np.datetime64("NaT")]
)
def test_deadlines_that_mean_nothing(with_deadline, deadline):
    with pytest.raises(sl.InvalidInputError, match="deadline"):
        sl.backtest(make_frame(), pair=cases.make_pair(), policy=with_deadline, deadline=deadline)


def test_a_date_needs_dates_and_a_deadline_a_horizon(with_deadline):
    frame = make_frame()
    with pytest.raises(sl.InvalidInputError, match="prices without dates"):
        sl.backtest(
            frame.to_numpy(), pair=cases.make_pair(), policy=with_deadline, deadline="2020-05-01"
        )
    endless = sl.solve_hjb(OU, discount=0.05, cost=0.002)
    for policy in (endless, sl.ZScoreRule(20)):
        with pytest.raises(sl.InvalidInputError, match="deadline: got 5; must be None"):
            sl.backtest(frame, pair=cases.make_pair(), policy=policy, deadline=5)


def test_the_future_changes_nothing_before_it(with_deadline):
    frame = make_frame()
    noisy = frame.copy()
    noisy.iloc[121:] *= np.exp(np.random.default_rng(2).normal(0, 0.3, (179, 2)))
    a, b = (
        sl.backtest(f, pair=cases.make_pair(), policy=with_deadline, deadline=15)
        for f in (frame, noisy)
    )
    np.testing.assert_array_equal(a.equity[:121], b.equity[:121])
    assert a.positions[121] == b.positions[121]
