"""Small pairs, price paths and options that the backtest tests share."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from tests.oracles import backtest_slow

from spreadlab.backtest.kalman_rule import KalmanRule
from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.data.panel import PricePanel

OPTIONS = st.fixed_dictionaries(
    {
        "capital": st.sampled_from([1.0, 1000.0, 1_000_000.0]),
        "gross": st.sampled_from([0.5, 1.0, 2.0]),
        "cost_bps": st.sampled_from([0.0, 1.0, 25.0]),
        "slippage_bps": st.sampled_from([0.0, 2.0, 40.0]),
        "borrow_bps": st.sampled_from([0.0, 50.0, 3000.0]),
        "fill": st.sampled_from(["next_close", "next_open"]),
        "compounding": st.booleans(),
        "close_at_end": st.booleans(),
        "periods_per_year": st.sampled_from([52.0, 252.0]),
    }
)


def make_pair(hedge_ratio=0.8, intercept=0.1, transform="log"):
    return SimpleNamespace(
        dependent="KO",
        hedge="PEP",
        hedge_ratio=hedge_ratio,
        intercept=intercept,
        transform=transform,
    )


def make_panel(n_obs, seed, *, scale=0.02, level=50.0):
    """Return a panel whose log spread with hedge ratio 0.8 reverts, with opens near the closes."""
    rng = np.random.default_rng(seed)
    b = np.log(level) + np.cumsum(rng.normal(0, scale, n_obs))
    x = np.zeros(n_obs)
    for t in range(1, n_obs):
        x[t] = 0.8 * x[t - 1] + rng.normal(0, scale)
    closes = np.exp(np.column_stack([0.8 * b + 0.1 + x, b]))
    opens = closes * np.exp(rng.normal(0, scale / 3, closes.shape))
    return PricePanel(closes, ("KO", "PEP"), opens=opens)


@st.composite
def thresholds(draw, unit=0.02):
    steps = st.integers(1, 3)
    enter_long = -unit * draw(steps)
    enter_short = unit * draw(steps)
    exit_long = enter_long + unit * draw(st.integers(1, 5))
    exit_short = enter_short - unit * draw(st.integers(1, 5))
    return ThresholdRule(enter_long, exit_long, enter_short, exit_short)


@st.composite
def zscores(draw):
    entry = draw(st.sampled_from([0.5, 1.0, 1.5]))
    return ZScoreRule(
        lookback=draw(st.integers(2, 15)),
        entry_z=entry,
        exit_z=draw(st.sampled_from([-2.0, -0.5, 0.0, 0.5])),
        stop_z=draw(st.sampled_from([None, entry + 0.3, entry + 1.0])),
        max_hold=draw(st.sampled_from([None, 1, 2, 5])),
        cooldown=draw(st.integers(0, 4)),
    )


@st.composite
def kalmans(draw):
    z = draw(zscores())
    return KalmanRule(
        z.entry_z,
        z.exit_z,
        signal_to_noise=draw(st.sampled_from([1e-4, 0.01, 0.7, 20.0])),
        warmup=draw(st.integers(2, 15)),
        stop_z=z.stop_z,
        max_hold=z.max_hold,
        cooldown=z.cooldown,
    )


RULES = st.one_of(thresholds(), zscores(), kalmans())


def slow_targets(rule, spread):
    if isinstance(rule, ThresholdRule):
        return backtest_slow.threshold_targets(
            spread, rule.enter_long, rule.exit_long, rule.enter_short, rule.exit_short
        )
    if isinstance(rule, ZScoreRule):
        signal = backtest_slow.zscores(spread, rule.lookback)
    else:
        signal = backtest_slow.forecast_errors(spread, rule.signal_to_noise, rule.warmup)
    return backtest_slow.zscore_targets(
        signal, rule.entry_z, rule.exit_z, rule.stop_z, rule.max_hold, rule.cooldown
    )


def slow_backtest(panel, pair, rule, options):
    """Return (spread, targets, book) of the oracle for the same request."""
    prices = panel.prices.tolist()
    n_obs = len(prices)
    hedge = np.broadcast_to(pair.hedge_ratio, n_obs).tolist()
    intercept = np.broadcast_to(pair.intercept, n_obs).tolist()
    spread = backtest_slow.spread_of(prices, hedge, intercept, pair.transform)
    targets = slow_targets(rule, spread)
    options = dict(options)
    opens = panel.opens.tolist() if options.pop("fill", "next_close") == "next_open" else None
    defaults = {
        "capital": 1_000_000.0,
        "gross": 1.0,
        "cost_bps": 0.0,
        "slippage_bps": 0.0,
        "borrow_bps": 0.0,
        "compounding": False,
        "periods_per_year": 252.0,
        "close_at_end": True,
    }
    book = backtest_slow.simulate(
        prices,
        targets,
        [(1.0, -h) for h in hedge],
        transform=pair.transform,
        opens=opens,
        **(defaults | options),
    )
    return spread, targets, book
