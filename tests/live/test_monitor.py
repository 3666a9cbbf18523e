"""The monitor: what it shows and says, and that it is no more than its bars."""

import asyncio
import time

import numpy as np
import pytest
from tests.backtest import cases as backtest_cases
from tests.live import cases

import spreadlab as sl
from spreadlab.live.ticks import SECOND

PAIR = backtest_cases.make_pair()


def bar(row, **closes):
    return sl.live.Bar(cases.DAY * (row + 1), closes, closes, len(closes))


def spread_bar(row, spread):
    """Return a bar whose log spread has a given value."""
    return bar(row, KO=float(np.exp(0.8 * np.log(50.0) + 0.1 + spread)), PEP=50.0)


def watch(spreads, rule, **options):
    monitor = sl.live.Monitor([sl.live.freeze_pair(PAIR, rule, **options)])
    return monitor, [monitor.on_bar(spread_bar(row, x)) for row, x in enumerate(spreads)]


def test_a_crossing_says_what_crossed_what():
    _, steps = watch([-0.005, -0.03, -0.01, 0.01], sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0))
    assert steps[0].alerts == ()
    [down] = steps[1].alerts
    assert (down.kind, down.pair) == ("crossing", "KO-PEP")
    assert down.words == (
        "KO-PEP: signal -0.03000 crossed enter long (-0.02000) downwards from -0.005000; "
        "target long"
    )
    assert down.numbers["enter long"] == -0.02
    assert down.numbers["signal"] == pytest.approx(-0.03)
    [back] = steps[2].alerts
    assert "crossed enter long (-0.02000) upwards" in back.words
    assert back.words.endswith("target long")
    [up] = steps[3].alerts
    assert "crossed exit long (0) and exit short (0) upwards" in up.words
    assert up.words.endswith("target flat")
    [state] = steps[3].states
    assert (state.target, state.position, state.reason) == (0, 1, "exit")


def test_a_stop_is_an_alert_of_its_own():
    rule = sl.ZScoreRule(5, entry_z=1.0, stop_z=1.5)
    rng = np.random.default_rng(2)
    _, steps = watch(rng.normal(0, 0.02, 300), rule)
    stopped = [step for step in steps if step.states[0].reason == "stop"]
    assert stopped
    for step in stopped:
        [alert] = [a for a in step.alerts if a.kind == "stop"]
        assert alert.numbers["signal"] == step.states[0].signal
        assert abs(step.states[0].signal) > 1.5
        assert alert.words.endswith("target flat")


def test_a_leg_without_prices_is_stale_and_nothing_is_decided():
    monitor = sl.live.Monitor([sl.live.freeze_pair(PAIR, sl.ThresholdRule(-0.02, 0, 0.02, 0))])
    monitor.on_bar(spread_bar(0, 0.0))
    alerts = [monitor.on_bar(bar(row, KO=1.0)).alerts for row in range(1, 6)]
    assert [len(a) for a in alerts] == [0, 0, 1, 0, 0]
    assert alerts[2][0].words == "KO-PEP: no price of PEP for 3 bars; nothing is decided"
    assert monitor.states()["KO-PEP"].n_obs == 1
    monitor.on_bar(spread_bar(6, 0.0))
    assert [len(monitor.on_bar(bar(r, PEP=1.0)).alerts) for r in (7, 8, 9)] == [0, 0, 1]


def test_missing_legs_are_counted_until_they_are_back():
    model = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))
    monitor = sl.live.Monitor([model])
    monitor.on_bar(bar(0, KO=50.0, PEP=40.0))
    assert monitor.missing("KO-PEP") == {}
    monitor.on_bar(bar(1, KO=50.0))
    monitor.on_bar(bar(2, KO=50.0))
    assert monitor.missing("KO-PEP") == {"PEP": 2}
    monitor.on_bar(bar(3, PEP=40.0))
    assert monitor.missing("KO-PEP") == {"KO": 1}
    monitor.on_bar(bar(4, KO=50.0, PEP=40.0))
    assert monitor.missing("KO-PEP") == {}


def test_z_is_the_signal_or_the_distance_from_the_formation():
    formation = np.empty(2000)
    formation[0] = 0.01
    for t, e in enumerate(np.random.default_rng(1).normal(0, 0.02, 1999)):
        formation[t + 1] = 0.01 + 0.5 * (formation[t] - 0.01) + e
    rule = sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0)
    monitor, steps = watch([0.05], rule, formation=formation)
    [model] = monitor.models
    expected = (0.05 - model.baseline.theta) / model.baseline.sd
    assert steps[0].states[0].z == pytest.approx(expected)
    assert model.baseline.sd == pytest.approx(formation.std(), rel=0.05)
    assert np.isnan(watch([0.05], rule)[1][0].states[0].z)
    _, steps = watch(np.sin(np.arange(20.0)) / 50, sl.ZScoreRule(10))
    assert steps[-1].states[0].z == steps[-1].states[0].signal


@pytest.mark.parametrize(
    "rule", [sl.ZScoreRule(10), sl.KalmanRule(), sl.ThresholdRule(-0.1, 0, 0.1, 0)]
)
def test_a_quote_is_what_the_bar_will_say_and_changes_nothing(rule):
    spreads = np.random.default_rng(4).normal(0, 0.02, 60)
    monitor = sl.live.Monitor([sl.live.freeze_pair(PAIR, rule)])
    plain = sl.live.Monitor([sl.live.freeze_pair(PAIR, rule)])
    for row, x in enumerate(spreads):
        next_bar = spread_bar(row, x)
        latest = {s: sl.live.Tick(s, next_bar.time, p) for s, p in next_bar.closes.items()}
        quote = monitor.quote("KO-PEP", latest)
        again = monitor.quote("KO-PEP", latest)
        state = monitor.on_bar(next_bar).states[0]
        assert state == plain.on_bar(next_bar).states[0] or np.isnan(state.signal)
        np.testing.assert_array_equal([quote.signal, again.signal], [again.signal, quote.signal])
        if row:
            assert quote.spread == state.spread
            np.testing.assert_equal(quote.signal, state.signal)
    assert monitor.quote("KO-PEP", {"KO": latest["KO"]}) is None


def test_history_keeps_the_last_bars():
    model = sl.live.freeze_pair(PAIR, sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0))
    monitor = sl.live.Monitor([model], history=50)
    spreads = np.random.default_rng(4).normal(0, 0.02, 333)
    states = [monitor.on_bar(spread_bar(row, x)).states[0] for row, x in enumerate(spreads)]
    path = monitor.history("KO-PEP")
    assert path["spread"].tolist() == [s.spread for s in states[-50:]]
    assert path["time"].astype(np.int64).tolist() == [s.time for s in states[-50:]]
    assert path["target"].tolist() == [s.target for s in states[-50:]]
    assert len(monitor.history("KO-PEP", 7)["position"]) == 7
    frame = monitor.to_frame()
    assert frame.loc["KO-PEP", "spread"] == states[-1].spread


def test_bars_go_forward():
    monitor, _ = watch([0.0, 0.1], sl.ZScoreRule(5))
    with pytest.raises(sl.InvalidInputError, match=r"bar: ends at 1970-01-03; must be later"):
        monitor.on_bar(spread_bar(1, 0.0))


def test_two_pairs_need_two_names():
    model = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))
    with pytest.raises(sl.InvalidInputError, match="models: two are called 'KO-PEP'"):
        sl.live.Monitor([model, model])
    with pytest.raises(sl.InvalidInputError, match="models: got"):
        sl.live.Monitor([PAIR])


def test_a_johansen_vector_is_watched_with_all_its_legs():
    prices = sl.data.load_sp500(start="2014-01-01", end="2018-12-31")
    basket = sl.johansen(prices.loc[:"2016-12-31", ["CVX", "XOM", "JPM"]])
    later = prices.loc["2017-01-01":]
    rule = sl.ZScoreRule(30, entry_z=1.0)
    book = sl.live.PaperBook()
    monitor = sl.live.Monitor([sl.live.freeze_pair(basket, rule, cost_bps=5)])
    cases.run(sl.live.Session(sl.live.ReplayFeed(later), monitor, book))
    bt = sl.backtest(later, pair=basket, policy=rule, cost_bps=5, close_at_end=False)
    assert bt.metrics.n_trades > 3
    assert book.curve()["equity"] == pytest.approx(bt.equity, rel=1e-9)


def test_a_session_needs_what_its_pairs_need():
    model = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))
    other = sl.live.ReplayFeed(cases.make_panel(20, 1, ("KO", "XOM")))
    with pytest.raises(sl.InvalidInputError, match="feed: does not send 'PEP'"):
        sl.live.Session(other, sl.live.Monitor([model]))
    panel = cases.make_panel(20, 1)
    closes = sl.data.PricePanel(panel.prices, panel.symbols, panel.timestamps)
    opens = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5), fill="next_open")
    with pytest.raises(sl.InvalidInputError, match="feed: sends closes only"):
        sl.live.Session(sl.live.ReplayFeed(closes), sl.live.Monitor([opens]))
    seen = sl.live.Monitor([model])
    seen.on_bar(spread_bar(0, 0.0))
    with pytest.raises(sl.InvalidInputError, match="monitor: has seen bars already"):
        sl.live.Session(sl.live.ReplayFeed(panel), seen)


class Quiet:
    """A feed of given items that then waits for ever."""

    symbols = ("KO", "PEP")

    def __init__(self, items):
        self.items, self.sent = items, asyncio.Event()

    async def __aiter__(self):
        for item in self.items:
            yield item
        self.sent.set()
        await asyncio.Event().wait()

    async def close(self):
        self.sent.set()


def test_the_clock_closes_bars_and_finds_who_went_silent():
    start = 1_000_000 * SECOND - (1_000_000 * SECOND) % (60 * SECOND)
    clock = sl.live.VirtualClock(start)
    ticks = [sl.live.Tick(s, start + 5 * SECOND, p) for s, p in (("KO", 60.0), ("PEP", 50.0))]
    feed = Quiet(ticks)
    session = sl.live.Session(
        feed,
        sl.live.Monitor([sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))]),
        bars="1min",
        clock=clock,
        silence=90,
    )
    updates = []
    session.subscribe(updates.append)

    def enough(update):
        if session.silent == {"KO", "PEP"}:
            session.stop()

    session.subscribe(enough)
    asyncio.run(session.run())
    [closed] = [u.step for u in updates if u.step is not None]
    assert closed.bar.time == start + 60 * SECOND
    assert closed.bar.closes == {"KO": 60.0, "PEP": 50.0}
    silent = [u.status for u in updates if u.status is not None]
    assert {status.state for status in silent} == {"silent"}
    assert "no tick for 91 seconds of trading" in silent[0].words
    assert [alert.kind for alert in session.alerts] == ["stale", "stale"]


def test_what_goes_wrong_in_the_thread_is_raised_by_join():
    class Broken:
        symbols = ("KO", "PEP")
        schedule = sl.live.Interval(60)

        async def __aiter__(self):
            yield sl.live.Tick("KO", 1, 1.0)
            raise RuntimeError("the line is cut")

        async def close(self):
            pass

    model = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))
    session = sl.live.Session(Broken(), sl.live.Monitor([model]))
    session.start()
    with pytest.raises(RuntimeError, match="the line is cut"):
        session.join(60)
    assert session.status.state == "failed"
    with pytest.raises(sl.InvalidInputError, match="was started before"):
        session.start()


def test_a_session_in_a_thread_can_be_stopped():
    panel = cases.make_panel(500, 1)
    feed = sl.live.ReplayFeed(panel, speed=1e-3)
    session = sl.live.Session(feed, sl.live.Monitor([sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))]))
    session.subscribe(lambda update: session.stop())
    session.start()
    session.join(60)
    assert not session.running
    assert feed.position == 1


def test_a_session_tells_whether_it_runs_and_when_the_newest_tick_came():
    panel = cases.make_panel(5, 1)
    model = sl.live.freeze_pair(PAIR, sl.ZScoreRule(5))
    session = sl.live.Session(sl.live.ReplayFeed(panel), sl.live.Monitor([model]))
    seen = []
    session.subscribe(lambda update: seen.append((session.running, session.arrived)))
    assert (session.running, session.started, session.arrived) == (False, False, 0)
    before = time.time_ns()
    asyncio.run(session.run())
    assert [running for running, _ in seen] == [True] * 6  # five bars, and the end
    stamps = [stamp for _, stamp in seen]
    assert before <= stamps[0]
    assert stamps == sorted(stamps)
    assert (session.running, session.started) == (False, True)
