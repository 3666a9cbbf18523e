"""Live on a replay is the backtest: positions, fills and profit, for every rule, on a bad line."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.backtest import cases as backtest_cases
from tests.live import cases

import spreadlab as sl
from spreadlab.control import bertram, optimal_stopping

PAIR = backtest_cases.make_pair()
RAW = backtest_cases.make_pair(0.6, 20.0, "none")


@pytest.fixture(scope="module")
def policies():
    horizon = {"horizon": 60 / 252, "n_grid": 201, "n_time": 40}
    timed = sl.solve_hjb(cases.OU, discount=0.0, cost=0.002, **horizon)
    return {
        "optimal": (sl.solve_hjb(cases.OU, discount=0.05, cost=0.002), None),
        "fixed fee": (sl.solve_hjb(cases.OU, discount=0.05, cost=0.002, fixed_cost=0.002), None),
        "ergodic": (sl.solve_hjb(cases.OU, discount=0.0, cost=0.002, objective="ergodic"), None),
        "deadline in bars": (timed, 6),
        "deadline on a date": (timed, "date"),
        "bertram": (bertram(cases.OU, cost=0.004), None),
        "stopping": (
            optimal_stopping(cases.OU, discount=0.05, cost_exit=0.002, stop_loss=-0.12),
            None,
        ),
        "user": (cases.Contrarian(), None),
        "user, at once": (cases.MovingMean(), None),
    }


OPTIONS = st.fixed_dictionaries(
    {
        "capital": st.sampled_from([1000.0, 1_000_000.0]),
        "gross": st.sampled_from([0.5, 1.0, 2.0]),
        "cost_bps": st.sampled_from([0.0, 1.0, 25.0]),
        "slippage_bps": st.sampled_from([0.0, 2.0, 40.0]),
        "borrow_bps": st.sampled_from([0.0, 50.0, 3000.0]),
        "fill": st.sampled_from(["next_close", "next_open"]),
        "compounding": st.booleans(),
        "periods_per_year": st.sampled_from([52.0, 252.0]),
    }
)


class Record:
    """What monitor and book say of one pair after each of its bars."""

    def __init__(self, session, name):
        self.rows, self.name = [], name
        self.session = session
        self.session.subscribe(self.take)

    def take(self, update):
        if update.step is None or not update.step.states:
            return
        [state] = [s for s in update.step.states if s.name == self.name]
        [held] = [p for p in self.session.book.positions() if p.pair == self.name]
        shares = held.shares or (0.0,) * len(held.symbols)
        parts = held.attribution
        costs = (parts.commission, parts.slippage, parts.borrow)
        self.rows.append(
            (state.time, state.position, held.position, *shares, held.pnl, *costs, state.spread)
        )

    def columns(self):
        return np.array(self.rows, dtype=object).T


def assert_live_is_backtest(record, panel, pair, policy, options, deadline=None):
    bt = sl.backtest(
        panel, pair=pair, policy=policy, close_at_end=False, deadline=deadline, **options
    )
    time, wanted, held, a, b, pnl, commission, slippage, borrow, spread = record.columns()
    assert time.tolist() == panel.timestamps.tolist()
    tight = {"rtol": 1e-9, "atol": 1e-9 * options.get("capital", 1e6)}
    np.testing.assert_allclose(spread.astype(float), bt.spread, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(held.astype(float), bt.positions)
    if not options.get("compounding"):
        np.testing.assert_array_equal(wanted.astype(float), bt.positions)
    shares = np.column_stack([a, b]).astype(float)
    np.testing.assert_allclose(shares, bt.shares, rtol=1e-9, atol=0)
    np.testing.assert_allclose(pnl.astype(float), bt.equity - options.get("capital", 1e6), **tight)
    for name, column in (("commission", commission), ("slippage", slippage), ("borrow", borrow)):
        total = np.cumsum(getattr(bt.costs, name))
        np.testing.assert_allclose(-column.astype(float), total, **tight)
    return bt


def play(feed, pair, policy, options, deadline=None):
    model = sl.live.freeze_pair(pair, policy, deadline=deadline, **options)
    book = sl.live.PaperBook(capital=options.get("capital", 1e6))
    session = sl.live.Session(feed, sl.live.Monitor([model]), book)
    record = Record(session, model.name)
    cases.run(session)
    assert session.counts.late == session.counts.bad == 0
    return record, session


@settings(max_examples=120)
@given(
    n_obs=st.integers(2, 60),
    seed=st.integers(0, 2**32 - 1),
    pair=st.sampled_from([PAIR, RAW, backtest_cases.make_pair(-0.5, -0.05)]),
    rule=backtest_cases.RULES,
    options=OPTIONS,
    heartbeats=st.booleans(),
)
def test_rules_of_levels_on_a_bad_line(n_obs, seed, pair, rule, options, heartbeats):
    panel = cases.make_panel(n_obs, seed)
    feed = cases.Disordered(panel, seed, heartbeats=heartbeats)
    whole = cases.without(panel, feed.whole)
    if whole.n_obs < 2:
        return
    record, _ = play(feed, pair, rule, options)
    assert_live_is_backtest(record, whole, pair, rule, options)


@pytest.mark.parametrize(
    "name",
    [
        "optimal",
        "fixed fee",
        "ergodic",
        "deadline in bars",
        "deadline on a date",
        "bertram",
        "stopping",
        "user",
        "user, at once",
    ],
)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS)
def test_policies_and_rules_of_ones_own_on_a_bad_line(policies, name, seed, options):
    policy, deadline = policies[name]
    panel = cases.make_panel(80, seed)
    gaps = 0.1
    if deadline == "date":
        # The schedule's bars are counted, and a hole can't be known beforehand.
        deadline, gaps = np.datetime64(int(panel.timestamps[60]), "ns"), 0.0
    feed = cases.Disordered(panel, seed, gaps=gaps)
    record, _ = play(feed, PAIR, policy, options, deadline)
    whole = cases.without(panel, feed.whole)
    assert_live_is_backtest(record, whole, PAIR, policy, options, deadline)


@pytest.mark.parametrize("speed", [None, 0.5, 40.0, 1e6])
def test_at_any_speed(speed):
    panel = cases.make_panel(60, 3)
    clock = sl.live.VirtualClock()
    rule = sl.ZScoreRule(10, entry_z=1.0)
    options = {"cost_bps": 5.0, "fill": "next_open"}
    record, _ = play(sl.live.ReplayFeed(panel, speed=speed, clock=clock), PAIR, rule, options)
    bt = assert_live_is_backtest(record, panel, PAIR, rule, options)
    assert bt.metrics.n_trades > 3
    assert sum(clock.slept) == pytest.approx(59 / speed if speed else 0, rel=1e-6)


def test_on_real_prices():
    prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
    names = [("KO", "PEP"), ("CVX", "XOM"), ("JPM", "BAC")]
    first, later = prices.loc[:"2016-12-30"], prices.loc["2017-01-01":"2019-12-31"]
    rules = [sl.ZScoreRule(60, stop_z=4.0, max_hold=40), sl.KalmanRule(1.5)]
    costs = {"cost_bps": 5, "slippage_bps": 2, "borrow_bps": 50}
    models, pairs = [], []
    for a, b in names:
        pair = sl.test_pair(first[a], first[b])
        for rule in rules:
            pairs.append((pair, rule))
            name = f"{a}-{b} {type(rule).__name__}"
            models.append(
                sl.live.freeze_pair(
                    pair, rule, name=name, cost_bps=5, slippage_bps=2, borrow_bps=50
                )
            )
    book = sl.live.PaperBook()
    session = sl.live.Session(sl.live.ReplayFeed(later), sl.live.Monitor(models), book)
    records = [Record(session, model.name) for model in models]
    cases.run(session)
    total = 0.0
    for record, (pair, rule) in zip(records, pairs, strict=True):
        columns = record.columns()
        bt = sl.backtest(
            later,
            pair=pair,
            policy=rule,
            close_at_end=False,
            **costs,
        )
        np.testing.assert_array_equal(columns[2].astype(float), bt.positions)
        np.testing.assert_allclose(columns[5].astype(float), bt.equity - 1e6, rtol=1e-9, atol=1e-6)
        total += bt.equity[-1] - 1e6
    assert book.equity == pytest.approx(1e6 + total, rel=1e-12)
    parts = book.attribution()
    assert parts.total == pytest.approx(total, rel=1e-9)
    fills = book.to_frame("fills")
    assert fills["fee"].sum() == pytest.approx(-parts.commission, rel=1e-12)


@pytest.fixture(scope="module")
def real():
    prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
    names = [("KO", "PEP"), ("CVX", "XOM"), ("JPM", "BAC"), ("HD", "WMT")]
    formation = prices.loc[:"2016-12-31"]
    return prices, [sl.test_pair(formation[a], formation[b]) for a, b in names]


REAL_RULES = st.one_of(
    st.builds(
        sl.ZScoreRule,
        st.integers(2, 60),
        st.sampled_from([0.8, 1.5]),
        stop_z=st.sampled_from([None, 2.0]),
        max_hold=st.sampled_from([None, 10]),
        cooldown=st.integers(0, 3),
    ),
    st.builds(sl.KalmanRule, st.sampled_from([0.8, 1.5]), warmup=st.integers(2, 30)),
    st.builds(
        lambda middle, width: sl.ThresholdRule(middle - width, middle, middle + width, middle),
        st.floats(-0.1, 0.1),
        st.floats(0.01, 0.1),
    ),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, 3),
    start=st.integers(760, 2000),
    n_obs=st.integers(2, 150),
    seed=st.integers(0, 2**32 - 1),
    rule=REAL_RULES,
    options=OPTIONS,
)
def test_real_prices_on_a_bad_line(real, which, start, n_obs, seed, rule, options):
    prices, pairs = real
    pair = pairs[which]
    legs = prices[[pair.dependent, pair.hedge]].iloc[start : start + n_obs]
    closes = legs.to_numpy()
    # The file has no opens: those of the last close are as real as any.
    opens = prices[[pair.dependent, pair.hedge]].iloc[start - 1 : start + len(legs) - 1].to_numpy()
    stamps = legs.index.as_unit("ns").asi8
    panel = sl.data.PricePanel(closes, tuple(legs.columns), stamps, 252.0, opens)
    feed = cases.Disordered(panel, seed)
    whole = cases.without(panel, feed.whole)
    if whole.n_obs < 2:
        return
    record, _ = play(feed, pair, rule, options)
    assert_live_is_backtest(record, whole, pair, rule, options)


def test_a_spread_of_prices_has_no_drift():
    panel = cases.make_panel(200, 5)
    pair = backtest_cases.make_pair(0.6, float(np.median(panel.prices @ [1, -0.6])), "none")
    rule = sl.ThresholdRule(-1.0, 0.0, 1.0, 0.0)
    _, session = play(sl.live.ReplayFeed(panel), pair, rule, {"cost_bps": 5.0})
    [held] = session.book.positions()
    assert held.n_trades > 3
    assert held.attribution.spread != 0
    assert held.attribution.drift == pytest.approx(0.0, abs=1e-6)
    assert held.attribution.total == pytest.approx(held.pnl, rel=1e-9)


def test_history_fills_windows_and_trades_nothing():
    panel = cases.make_panel(120, 8)
    stamps = panel.timestamps
    cut = np.datetime64(int(stamps[60]), "ns")
    head = sl.data.PricePanel(panel.prices[:60], panel.symbols, stamps[:60])
    rule = sl.ZScoreRule(40, entry_z=1.0)
    model = sl.live.freeze_pair(PAIR, rule)
    book = sl.live.PaperBook()
    feed = sl.live.ReplayFeed(panel, start=cut)
    session = sl.live.Session(feed, sl.live.Monitor([model]), book, history=head)
    cases.run(session)
    path = session.monitor.history("KO-PEP")
    bt = sl.backtest(panel, pair=PAIR, policy=rule)
    np.testing.assert_array_equal(path["position"][:-1], bt.positions[:-1])
    assert len(book.bars()) == 60
    first = min(event.time for event in book.events("fill"))
    assert first > stamps[60]


def test_a_rule_that_looks_ahead_is_caught_at_the_bar():
    class FullSample:
        def prepare(self, history):
            return (history.spread - history.spread.mean()) / (history.spread.std() + 1e-9)

        def decide(self, t, history, state):
            return (1 if state[t] < -1 else -1 if state[t] > 1 else 0), state

    model = sl.live.freeze_pair(PAIR, FullSample())
    feed = sl.live.ReplayFeed(cases.make_panel(200, 4))
    session = sl.live.Session(feed, sl.live.Monitor([model]))
    with pytest.raises(sl.InvalidInputError, match="FullSample decides otherwise on bar"):
        asyncio.run(session.run())


def test_the_future_changes_nothing_before_it():
    panel = cases.make_panel(100, 6)
    noisy = panel.prices.copy()
    noisy[61:] *= np.exp(np.random.default_rng(1).normal(0, 0.3, (39, 2)))
    other = sl.data.PricePanel(noisy, panel.symbols, panel.timestamps)
    paths = []
    for prices in (panel, other):
        model = sl.live.freeze_pair(PAIR, sl.KalmanRule(1.0))
        session = sl.live.Session(sl.live.ReplayFeed(prices), sl.live.Monitor([model]))
        cases.run(session)
        paths.append(session.monitor.history("KO-PEP"))
    np.testing.assert_array_equal(paths[0]["target"][:61], paths[1]["target"][:61])
    assert (paths[0]["target"][61:] != paths[1]["target"][61:]).any()


@pytest.mark.parametrize(
    ("pair", "policy", "message"),
    [
        (SimpleNamespace(**(vars(PAIR) | {"hedge_ratio": np.ones(5)})), sl.ZScoreRule(5), "moves"),
        (PAIR, "no such rule", "no rule named"),
        (PAIR, object(), "policy: got object"),
        (PAIR, sl.ZScoreRule, "policy: got <class"),
    ],
)
def test_what_cant_be_frozen_is_refused(pair, policy, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.live.freeze_pair(pair, policy)
