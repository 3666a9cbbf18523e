"""Walk-forward against the same steps written out by hand, and against the future."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab._canonical import decode, encode
from spreadlab.api_backtest import walk_forward
from spreadlab.backtest.carried import ObjectRule, carried
from spreadlab.backtest.study import study
from spreadlab.backtest.walk_spec import OptimalRule

OPTIONS = {"formation": 150, "trading": 50, "purge": 7, "lags": 1, "max_pairs": 3, "alpha": 0.05}
COSTS = {"cost_bps": 2.0, "slippage_bps": 1.0, "borrow_bps": 40.0}


def make_prices(n_obs=480, seed=3, n_pairs=2):
    rng = np.random.default_rng(seed)
    logs = 4.0 + np.cumsum(rng.normal(0, 0.01, (n_obs, 6)), axis=0)
    for i in range(n_pairs):
        x = np.zeros(n_obs)
        for t in range(1, n_obs):
            x[t] = 0.85 * x[t - 1] + rng.normal(0, 0.01)
        logs[:, 2 * i] = 0.9 * logs[:, 2 * i + 1] + x
    dates = pd.bdate_range("2015-01-01", periods=n_obs, name="date")
    return pd.DataFrame(np.exp(logs), columns=list("ABCDEF"), index=dates)


def by_hand(prices, select, rule, multiple=1.0):
    """Scan, select, fit, solve and backtest each fold with the public functions."""
    formation, trading, purge = OPTIONS["formation"], OPTIONS["trading"], OPTIONS["purge"]
    costs = {name: value * multiple for name, value in COSTS.items()}
    pnl, chosen = [], []
    low = 0
    while low + formation + purge + trading <= len(prices):
        form = prices.iloc[low : low + formation]
        trade = prices.iloc[low + formation + purge : low + formation + purge + trading]
        scan = sl.discover_pairs(form, lags=1).to_frame()
        scan = scan[scan[select] <= OPTIONS["alpha"]].head(OPTIONS["max_pairs"])
        fold = np.zeros(trading)
        chosen.append([f"{row.dependent}{row.hedge}" for row in scan.itertuples()])
        for row in scan.itertuples():
            pair = sl.test_pair(form[row.dependent], form[row.hedge], lags=1)
            if isinstance(rule, OptimalRule):
                ou = sl.estimate_ou(pair.spread, dt=1 / 252)
                cost = sl.spread_cost(pair, COSTS["cost_bps"], COSTS["slippage_bps"])
                policy = sl.solve_hjb(ou, discount=rule.discount, cost=cost)
            else:
                policy = rule
            bt = sl.backtest(trade, pair=pair, policy=policy, gross=1 / len(scan), **costs)
            fold += np.diff(bt.equity, prepend=bt.capital)
        pnl.append(fold)
        low += trading
    return np.array(pnl), chosen


@dataclass
class Fade:
    """Against the running mean of what was seen: a rule of one's own, with a memory."""

    wait: int = 5

    def prepare(self, history):
        return 0.0

    def decide(self, t, history, state):
        total = state + history.spread[-1]
        gap = history.spread[-1] - total / (t + 1)
        return (0 if t < self.wait else -int(np.sign(gap))), total


@pytest.mark.parametrize(
    ("select", "column"), [("bh", "pvalue_bh"), ("by", "pvalue_by"), ("raw", "pvalue")]
)
@pytest.mark.parametrize(
    "rule", [OptimalRule(0.1), sl.ZScoreRule(10, 1.0, 0.0), sl.KalmanRule(1.0), Fade()]
)
def test_every_fold_equals_the_steps_by_hand(select, column, rule):
    prices = make_prices()
    wf = walk_forward(prices, select=select, rule=rule, **OPTIONS, **COSTS)
    pnl, chosen = by_hand(prices, column, rule)
    assert wf.n_folds == len(pnl) == 6
    np.testing.assert_allclose(wf.returns * wf.capital, pnl.ravel(), rtol=1e-6, atol=1e-6)
    pairs = wf.pairs_frame()
    for i, names in enumerate(chosen):
        mine = pairs[pairs["fold"] == i]
        assert (mine["dependent"] + mine["hedge"]).tolist() == names
        assert wf.folds["n_selected"][i] == len(names)
    assert sum(map(len, chosen)) >= 3
    twice, _ = by_hand(prices, column, rule, 2.0)
    assert wf.costs["total_return"][2] == pytest.approx(twice.sum() / wf.capital, rel=1e-6)


def test_folds_tile_the_rows_and_close_at_the_seams():
    wf = walk_forward(make_prices(), select="raw", step=60, **OPTIONS, **COSTS)
    starts = wf.folds["formation_start"]
    np.testing.assert_array_equal(starts, np.arange(len(starts)) * 60)
    np.testing.assert_array_equal(wf.folds["trading_start"], starts + 157)
    np.testing.assert_array_equal(wf.folds["trading_end"], starts + 207)
    assert wf.folds["trading_end"][-1] <= 480 < wf.folds["trading_end"][-1] + 60
    np.testing.assert_array_equal(wf.bars[wf.fold == 1], np.arange(217, 267))
    first = wf.returns[np.flatnonzero(np.diff(wf.fold, prepend=-1))]
    np.testing.assert_array_equal(first, 0.0)  # nothing is held into a window
    np.testing.assert_allclose(
        [wf.pairs["pnl"][wf.pairs["fold"] == i].sum() for i in range(wf.n_folds)],
        wf.folds["pnl"],
        atol=1e-7,
    )
    assert wf.equity[-1] == pytest.approx(wf.capital + wf.folds["pnl"].sum(), rel=1e-12)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), t=st.integers(210, 470))
def test_noise_in_the_future_changes_nothing_before_it(seed, t):
    prices = make_prices(480, seed)
    noisy = prices.copy()
    rng = np.random.default_rng(seed)
    noisy.iloc[t + 1 :] = np.exp(rng.normal(4.0, 0.2, (479 - t, 6)))
    options = OPTIONS | COSTS | {"select": "raw", "rule": sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0)}
    a, b = walk_forward(prices, **options), walk_forward(noisy, **options)
    past = a.bars <= t
    np.testing.assert_array_equal(a.equity[past], b.equity[past])
    whole = a.folds["trading_end"] <= t + 1
    for name in ("n_raw", "n_selected", "in_sample_sharpe", "pnl"):
        np.testing.assert_array_equal(a.folds[name][whole], b.folds[name][whole])
    decided = a.folds["trading_start"] <= t + 1
    np.testing.assert_array_equal(a.folds["n_selected"][decided], b.folds["n_selected"][decided])


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), t=st.integers(210, 470))
def test_noise_in_the_future_changes_nothing_for_a_rule_of_ones_own(seed, t):
    prices = make_prices(480, seed)
    noisy = prices.copy()
    noisy.iloc[t + 1 :] *= np.exp(np.random.default_rng(seed).normal(0, 0.2, (479 - t, 6)))
    options = OPTIONS | COSTS | {"select": "raw", "rule": Fade()}
    a, b = walk_forward(prices, **options), walk_forward(noisy, **options)
    np.testing.assert_array_equal(a.equity[a.bars <= t], b.equity[b.bars <= t])


def test_a_rule_of_ones_own_by_name_and_as_an_object(monkeypatch):
    point = SimpleNamespace(name="fade", load=lambda: Fade)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point])
    options = OPTIONS | COSTS | {"select": "raw"}
    with study("own", in_memory=True) as mine:
        named = walk_forward(make_prices(), rule="fade", **options)
        held = walk_forward(make_prices(), rule=Fade(), **options)
        walk_forward(make_prices(), rule=Fade(), **options)  # the same trial again
        other = walk_forward(make_prices(), rule=Fade(wait=9), **options)
    np.testing.assert_array_equal(named.equity, held.equity)
    assert not np.array_equal(other.equity, held.equity)
    assert [row.rule for row in mine.ledger.trials("own")] == ["fade", "Fade", "Fade"]
    assert decode(encode(named.spec)).rule.make() == Fade()
    with pytest.raises(sl.InvalidInputError, match="rule: Fade is an object of another process"):
        ObjectRule("Fade", "of nobody here").make()


def test_a_rule_that_looks_ahead_stops_the_walk():
    class Tomorrow:
        def prepare(self, history):
            return np.append(np.sign(np.diff(history.spread)), 0)

        def decide(self, t, history, state):
            return int(state[t]), state

    with pytest.raises(sl.InvalidInputError, match="Tomorrow looks ahead"):
        walk_forward(make_prices(), rule=Tomorrow(), **OPTIONS, **COSTS)


def test_a_rule_has_to_be_found_again():
    class Slotted:
        __slots__ = ()
        prepare, decide = Fade.prepare, Fade.decide

    class Unlike(Fade):
        def __reduce__(self):
            raise TypeError("no pickles")

    with pytest.raises(sl.InvalidInputError, match="__weakref__"):
        walk_forward(make_prices(), rule=Slotted(), **OPTIONS, **COSTS)
    assert carried(Unlike()) != carried(Unlike())  # counted twice rather than not at all
    one, two = Fade(), Fade()
    assert carried(one) == carried(two)
    assert carried(one) != carried(Fade(wait=6))


def test_nothing_selected_is_said_and_traded_as_nothing():
    wf = walk_forward(make_prices(n_pairs=0, seed=5), **(OPTIONS | {"alpha": 1e-6}), **COSTS)
    assert (wf.returns == 0).all()
    assert math.isnan(wf.sharpe)
    assert wf.pairs_frame().empty
    assert "Nothing was traded" in wf.verdict()
    assert "sharpe=n/a" in repr(wf)
    assert wf.plot().axes


def test_a_planted_pair_earns_out_of_sample():
    wf = walk_forward(make_prices(900, 1), **OPTIONS, **COSTS)
    assert wf.sharpe > 1.0
    assert wf.costs["sharpe"][0] > wf.costs["sharpe"][1] > wf.costs["sharpe"][2]
    names = [frozenset(pair) for pair in wf.pairs_frame()[["dependent", "hedge"]].to_numpy()]
    assert {frozenset("AB"), frozenset("CD")} <= set(names)
    survival = wf.folds["survival"]
    assert math.isnan(survival[-1])
    assert 0 < wf.survival <= 1


def test_result_shows_itself():
    wf = walk_forward(make_prices(), select="raw", **OPTIONS, **COSTS)
    frame = wf.to_frame()
    assert len(frame) == wf.n_folds
    assert frame["trading_from"].iloc[0] == make_prices().index[157]
    assert wf.equity_frame().index[0] == make_prices().index[157]
    np.testing.assert_array_equal(wf.equity_frame()["equity"], wf.equity)
    assert "Sharpe ratio out of sample" in wf._repr_html_()
    assert len(wf.plot().axes) == 3
    with pytest.raises(ValueError, match="read-only"):
        wf.equity[0] = 1


def test_it_is_one_trial_in_the_ledger():
    with study("wf", in_memory=True) as mine:
        wf = walk_forward(make_prices(), select="raw", **OPTIONS, **COSTS)
    [row] = mine.ledger.trials("wf")
    assert row.kind == "walk_forward"
    assert row.sharpe == pytest.approx(wf.sharpe / math.sqrt(252))
    assert row.n_obs == wf.returns.size


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"formation": 20}, "formation"),
        ({"trading": 1}, "trading"),
        ({"step": 10}, "step"),
        ({"purge": -1}, "purge"),
        ({"select": "best"}, "select"),
        ({"max_pairs": 0}, "max_pairs"),
        ({"rule": "z"}, "rule"),
        ({"rule": Fade}, "rule"),
        ({"rule": Fade(), "grid": {"wait": [1]}}, "rule"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.0}, "alpha"),
        ({"lags": "hq"}, "lags"),
        ({"transform": "sqrt"}, "transform"),
        ({"direction": "back"}, "direction"),
        ({"cost_bps": 0.0, "slippage_bps": 0.0}, "cost_bps"),
        ({"cost_bps": -1.0}, "cost_bps"),
        ({"capital": 0.0}, "capital"),
        ({"formation": 450}, "prices"),
        ({"prices": make_prices()[["A"]]}, "prices"),
        ({"prices": make_prices().assign(A=np.nan)}, 'prices["A"]'),
    ],
)
def test_refuses(options, argument):
    given_ = {"prices": make_prices()} | OPTIONS | COSTS | options
    with pytest.raises(sl.InvalidInputError) as error:
        walk_forward(**given_)
    assert error.value.argument == argument


@pytest.mark.parametrize("options", [{"discount": 0.0}, {"risk_penalty": -1.0}])
def test_optimal_rule_refuses(options):
    with pytest.raises(sl.InvalidInputError):
        OptimalRule(**options)
