"""Optimal policies in a backtest, bar by bar against what the policy itself answers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from tests.backtest import cases

import spreadlab as sl
from spreadlab.api_discovery import johansen
from spreadlab.api_ou import hedge_series

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


def test_bertrams_cycle_is_long_or_flat():
    policy = sl.control.bertram(OU, cost=0.004)
    bt = sl.backtest(make_frame(600), pair=cases.make_pair(), policy=policy)
    held, expected = 0, []
    for x in bt.spread:
        held = (0 if x >= policy.exit else 1) if held else int(x <= policy.enter)
        expected.append(held)
    assert bt.metrics.n_trades > 5
    assert_trades(bt, np.array(expected))


@pytest.mark.parametrize("stop_loss", [None, -0.12])
def test_optimal_stopping_enters_inside_its_interval_and_stops(stop_loss):
    ou = sl.OUParams(kappa=20.0, theta=0.0, sigma=0.35)
    policy = sl.control.optimal_stopping(
        ou, discount=0.05, cost_entry=0.002, cost_exit=0.002, stop_loss=stop_loss
    )
    low, high = policy.entry_interval
    stop = -np.inf if stop_loss is None else stop_loss
    bt = sl.backtest(make_frame(1500, 4), pair=cases.make_pair(), policy=policy)
    held, expected = 0, []
    for x in bt.spread:
        held = int(stop <= x < policy.exit_level) if held else int(low <= x <= high)
        expected.append(held)
    assert bt.metrics.n_trades > (0 if stop_loss is None else 5)
    assert_trades(bt, np.array(expected))
    if stop_loss is not None:
        assert low > stop_loss
        assert "stop" in bt.trades["reason"]


def test_a_hedge_that_leaves_nothing_but_rounding_is_refused():
    frame = sl.data.load_sp500(start="2014-01-01", end="2017-01-01")[["KO", "PEP"]]
    hedge = hedge_series(frame["KO"], frame["PEP"], method="rolling", window=100)
    follows = np.log(frame["KO"]) - hedge.hedge_ratio * np.log(frame["PEP"])
    rounding = 1e-15 * np.random.default_rng(3).choice([-1, 0, 1], len(frame))
    everything = dataclasses.replace(hedge, intercept=follows.to_numpy() + rounding)
    rule = sl.ZScoreRule(lookback=20, entry_z=1.0)
    with pytest.raises(sl.InvalidInputError, match=r"pair.*its spread is rounding alone"):
        sl.backtest(frame, pair=everything, policy=rule)
    # A spread of a millionth is small, and one all the same.
    wave = 1e-6 * np.sin(np.arange(len(frame)))
    small = dataclasses.replace(hedge, intercept=follows.to_numpy() + wave)
    assert np.any(sl.backtest(frame, pair=small, policy=rule).positions)


def test_a_hedge_that_moves_trades_once_it_is_known():
    frame = make_frame(400)
    hedge = hedge_series(frame["KO"], frame["PEP"], method="rolling", window=100)
    bt = sl.backtest(frame, pair=hedge, policy=sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0))
    np.testing.assert_allclose(bt.spread, hedge.spread, atol=1e-12)
    assert (bt.positions[: hedge.start + 1] == 0).all()
    entries = bt.trades["entry"]
    assert entries.size > 3
    ratio = bt.exposures[entries, 1] / bt.exposures[entries, 0]
    np.testing.assert_allclose(ratio, -hedge.hedge_ratio[entries - 1], rtol=1e-10)


def test_a_basket_trades_all_its_legs():
    frame = make_frame(400)
    rng = np.random.default_rng(5)
    frame["XOM"] = np.exp(3.0 + np.cumsum(rng.normal(0, 0.01, 400)))
    frame["KO"] *= frame["XOM"] ** 0.3
    basket = johansen(frame[["KO", "PEP", "XOM"]])
    sd = basket.spread().std()
    bt = sl.backtest(frame, pair=basket, policy=sl.ThresholdRule(-sd, 0.0, sd, 0.0))
    np.testing.assert_allclose(bt.spread, basket.spread(), atol=1e-9)
    assert bt.symbols == ("KO", "PEP", "XOM")
    t = bt.trades["entry"][0]
    weights = basket.weights() * bt.positions[t]
    np.testing.assert_allclose(
        bt.exposures[t], weights / np.abs(weights).sum() * bt.capital, rtol=1e-10
    )
    assert list(bt.trades_frame().filter(like="entry_price").columns)[-1] == "entry_price_XOM"
