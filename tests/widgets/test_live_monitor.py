"""The live monitor: what it sends is what the session's monitor says, and no more of it."""

import dataclasses

import numpy as np
import pytest
from tests.widgets.live_cases import Driver, Page, live_models, live_prices, live_session

import spreadlab as sl
from spreadlab_widgets import LiveMonitor
from spreadlab_widgets.live_chart import Levels


@pytest.fixture
def shown():
    """Return a session, its driver, a view and its page; the view is closed at the end."""
    session = live_session(book=sl.live.PaperBook(limits=sl.live.Limits(gross=0.15)))
    view, driver = LiveMonitor(session), Driver(session)
    yield session, driver, view, Page(view)
    view.close()
    driver.close()


def test_what_is_sent_is_what_the_monitor_says(shown):
    session, driver, view, page = shown
    driver.bars(100)
    sent = page.beat()
    states = session.monitor.states()
    for row, name in enumerate(["A0-B0", "A1-B1"]):
        state = states[name]
        expected = [
            state.spread,
            state.z,
            state.signal,
            state.health.half_life,
            state.health.pvalue,
            state.time / 1e6,
        ]
        np.testing.assert_array_equal(sent["numbers"][row], expected)
        held = session.book.positions()[row]
        wanted = state.target if held.pending is None else held.pending
        assert sent["codes"][row, :2].tolist() == [held.position, wanted]
    path = session.monitor.history(view.selected)
    np.testing.assert_array_equal(sent["bar_numbers"][0], path["spread"])
    np.testing.assert_array_equal(sent["bar_numbers"][2], path["z"])
    np.testing.assert_array_equal(sent["bar_codes"][0], path["position"])
    assert [a["words"] for a in sent["alerts"]] == [a.words for a in session.alerts]
    assert {a["kind"] for a in sent["alerts"]} >= {"crossing", "refused"}
    crossing = next(a for a in sent["alerts"] if a["kind"] == "crossing")
    assert abs(crossing["numbers"]["signal"]) > 0
    assert sent["progress"] == "bar 100 of 260"
    assert sent["arrived"] == session.arrived / 1e6 > 0


def test_bars_alerts_and_words_are_sent_once(shown):
    session, driver, _, page = shown
    driver.bars(40)
    first = page.beat()
    assert first["bar_times"].size == 40
    assert page.beat() is None
    driver.bars(3)
    more = page.beat()
    assert not more["chart"]["whole"]
    np.testing.assert_array_equal(
        np.concatenate([first["bar_numbers"], more["bar_numbers"]], axis=1)[1],
        session.monitor.history("A0-B0")["signal"],
    )
    known = len(first["alerts"]) + len(more.get("alerts", []))
    assert known == len(session.alerts)
    assert "words" not in more
    page.say("open")
    again = page.beat()
    assert again["chart"]["whole"]
    assert again["bar_times"].size == 43
    assert len(again["alerts"]) == known
    assert len(again["words"]) == 2


def test_another_pair_comes_with_all_its_bars(shown):
    session, driver, view, page = shown
    driver.bars(30)
    page.beat()
    view.selected = "A1-B1"
    sent = page.beat()
    assert (sent["chart"]["pair"], sent["chart"]["whole"]) == ("A1-B1", True)
    np.testing.assert_array_equal(
        sent["bar_numbers"][0], session.monitor.history("A1-B1")["spread"]
    )
    with pytest.raises(sl.errors.InvalidInputError, match="selected: got 'X'"):
        view.selected = "X"
    assert view.selected == "A1-B1"


def test_between_bars_the_newest_ticks_are_shown():
    prices = live_prices()
    ticks = [
        sl.live.Tick(symbol, minute * 60 * 10**9 + 1, float(prices[symbol].iloc[minute]))
        for minute in range(80)
        for symbol in prices.columns
    ]
    feed = sl.live.ReplayFeed(prices)
    session = sl.live.Session(
        feed, sl.live.Monitor(live_models(prices)), bars="1min", clock=sl.live.VirtualClock(10**15)
    )
    view = LiveMonitor(session)
    page = Page(view)
    for tick in ticks:
        session.process(tick)
    sent = page.beat()
    quote = session.monitor.quote("A0-B0", session.latest)
    assert sent["numbers"][0, :3].tolist() == [quote.spread, quote.z, quote.signal]
    assert quote.time > session.monitor.states()["A0-B0"].time
    assert sent["bar_times"].size == 79
    session.process(sl.live.Tick("A0", ticks[-1].time + 1, 60.0))
    assert page.beat()["numbers"][0, 0] == session.monitor.quote("A0-B0", session.latest).spread
    view.close()


def test_gaps_and_doubts_are_said_in_words():
    prices = live_prices()
    prices.iloc[50:54, 1] = np.nan
    session = live_session(prices, models=live_models(live_prices()))
    view, driver = LiveMonitor(session), Driver(session)
    page = Page(view)
    driver.bars(52)
    sent = page.beat()
    assert sent["words"] == ["no price of B0 for 2 bars", ""]
    assert sent["codes"][:, 2].tolist() == [1, 0]
    driver.bars(3)
    assert page.beat()["words"] == ["", ""]
    view.close()
    driver.close()

    walk = live_prices(n_pairs=1)
    walk["A0"] *= np.exp(np.cumsum(np.random.default_rng(1).normal(0.004, 0.02, len(walk))))
    watch = sl.live.Watch(window=60)
    model = live_models(live_prices(n_pairs=1))
    broken = sl.live.Session(sl.live.ReplayFeed(walk), sl.live.Monitor(model, watch=watch))
    view, driver = LiveMonitor(broken), Driver(broken)
    driver.bars()
    [row] = view.rows
    health = broken.monitor.states()["A0-B0"].health
    assert "bars out of band" in row["words"]
    assert ("random walk" in row["words"]) == (health.pvalue > 0.5)
    assert any(alert["breaking"] for alert in view.alerts)
    view.close()
    driver.close()


def test_levels_move_with_a_deadline():
    levels = Levels(10)
    state = sl.live.PairState(
        name="P",
        time=5,
        n_obs=1,
        prices=(1.0, 1.0),
        spread=0.0,
        signal=0.0,
        z=0.0,
        target=0,
        position=0,
        reason="hold",
        marks={"enter long": -1.0},
        health=sl.live.Health(),
    )
    levels.take(state)
    levels.take(dataclasses.replace(state, time=7, marks={"enter long": -2.0, "exit long": 0.5}))
    levels.take(dataclasses.replace(state, time=8, marks={"exit long": 0.5}))
    names, values = levels.at("P", np.array([4, 5, 6, 7, 8, 9]))
    assert names == ["enter long", "exit long"]
    np.testing.assert_array_equal(values[0], [-1, -1, -1, -2, np.nan, np.nan])
    np.testing.assert_array_equal(values[1], [np.nan, np.nan, np.nan, 0.5, 0.5, 0.5])


def test_only_so_many_bars_are_sent():
    session = live_session()
    view, driver = LiveMonitor(session, bars=25), Driver(session)
    page = Page(view)
    driver.bars(60)
    sent = page.beat()
    assert sent["bar_times"].size == 25
    assert sent["chart"]["most"] == 25
    driver.bars(100)  # more than the page could be given one by one
    sent = page.beat()
    assert (sent["chart"]["whole"], sent["bar_times"].size) == (True, 25)
    with pytest.raises(sl.errors.InvalidInputError, match="bars: got 3"):
        view.bars = 3
    view.close()
    driver.close()


def test_a_replay_is_started_paused_and_stopped(until):
    prices = live_prices()
    feed = sl.live.ReplayFeed(prices, speed=1e-6)  # the second bar is due in eleven days
    session = sl.live.Session(feed, sl.live.Monitor(live_models(prices)))
    view = LiveMonitor(session)
    page = Page(view)
    assert view._run["state"] == "ready"
    page.say("act", action="pause")
    assert "action: got 'pause'; must be 'start'" in view.error
    page.say("act", action="start")
    assert view.error == ""
    until(lambda: session.monitor.time is not None, "the first bar")
    view.refresh()
    assert (view._run["state"], view._run["actions"]) == ("running", ["pause", "stop"])
    page.say("act", action="pause")
    assert feed.paused
    assert view._run["state"] == "paused"
    page.say("act", action="resume")
    page.say("speed", speed=-1)
    assert "speed" in view.error
    page.say("speed", speed=20.0)
    assert feed.speed == 20.0
    page.say("act", action="stop")
    session.join(60)
    view.refresh()
    assert view._run["state"] == "stopped"
    assert view._run["actions"] == []
    with pytest.raises(sl.errors.InvalidInputError, match="must be none now"):
        view.start()
    view.close()


def test_a_session_that_fails_says_why():
    class Broken(sl.live.ReplayFeed):
        def _ticks(self, row, time):
            raise OSError("the line is cut")

    prices = live_prices()
    session = sl.live.Session(Broken(prices), sl.live.Monitor(live_models(prices)))
    view = LiveMonitor(session)
    session.start()
    session._thread.join(60)
    view.refresh()
    assert view._run["state"] == "failed"
    assert "the line is cut" in view._run["words"]
    assert "failed" in repr(view)
    view.close()


def test_closing_ends_the_subscription_and_leaves_the_session(open_widgets):
    session = live_session()
    view = LiveMonitor(session)
    page = Page(view)
    page.say("open")
    thread = view._pulse._thread
    assert len(session._subscribers) == 1
    view.close()
    thread.join(60)
    assert not thread.is_alive()
    assert session._subscribers == []
    assert open_widgets() == []
    assert view.refresh() is False
    assert not session.started


def test_without_a_session_it_waits_for_one():
    view = LiveMonitor()
    assert repr(view) == "LiveMonitor(no session)"
    assert view.refresh() is False
    assert view.rows == view.alerts == []
    session = live_session()
    view.session = session
    assert view.selected == "A0-B0"
    assert [pair["name"] for pair in view._pairs] == ["A0-B0", "A1-B1"]
    assert repr(view) == "LiveMonitor(2 pairs, ready)"
    view.session = None
    assert view.selected is None
    assert session._subscribers == []
    with pytest.raises(sl.errors.InvalidInputError, match="session: got a int"):
        view.session = 3
    view.close()


def test_without_a_kernel_it_reads_as_a_table():
    session = live_session()
    driver = Driver(session)
    driver.bars(60)
    view = LiveMonitor(session)
    html = view._repr_mimebundle_()[0]["text/html"]
    assert "A0-B0" in html
    assert session.alerts[-1].words in html
    view.close()
    driver.close()
