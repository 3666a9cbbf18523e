"""Bars: the same whatever order their ticks come in."""

import asyncio

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.live.ticks import SECOND

MINUTE = 60 * SECOND


def tick(symbol, seconds, price, sequence=0):
    return sl.live.Tick(symbol, int(seconds * SECOND), price, sequence=sequence)


def run(resampler, ticks):
    return [bar for each in ticks for bar in resampler.add(each)]


def slow_bars(ticks, seconds, symbols):
    """Return bars by sorting every tick: the oracle."""
    bars = {}
    for each in sorted(ticks, key=lambda t: (t.time, t.sequence, t.price)):
        if each.symbol in symbols:
            end = int(np.ceil(each.time / (seconds * SECOND))) * seconds * SECOND
            closes, opens = bars.setdefault(end, ({}, {}))
            closes[each.symbol] = each.price
            opens.setdefault(each.symbol, each.price)
    return bars


TICKS = st.lists(
    st.builds(
        tick,
        st.sampled_from(["A", "B", "C"]),
        st.integers(1, 600),
        st.floats(1.0, 9.0).map(lambda x: round(x, 2)),
        st.integers(0, 3),
    ),
    max_size=60,
)


@given(TICKS, st.randoms(use_true_random=False))
def test_ticks_shuffled_and_doubled_within_bars_make_the_same_bars(ticks, random):
    by_bar = {}
    for each in ticks:
        by_bar.setdefault(-(-each.time // MINUTE), []).append(each)
    sent = []
    for end in sorted(by_bar):
        part = by_bar[end] + [random.choice(by_bar[end]) for _ in range(3)]
        random.shuffle(part)
        sent += part
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A", "B"])
    bars = run(resampler, sent) + resampler.advance(601 * SECOND + MINUTE)
    expected = slow_bars(ticks, 60, {"A", "B"})
    assert {bar.time: (dict(bar.closes), dict(bar.opens)) for bar in bars} == expected
    assert [bar.time for bar in bars] == sorted(expected)
    assert resampler.counts.late == 0


def test_pandas_resamples_alike():
    random = np.random.default_rng(3)
    times = np.sort(random.choice(3600, 400, replace=False)) + 1
    prices = 10 + random.random(400)
    resampler = sl.live.Resampler(sl.live.Interval(300), ["A"])
    bars = run(resampler, [tick("A", int(t), p) for t, p in zip(times, prices, strict=True)])
    bars += resampler.advance(4000 * SECOND)
    series = pd.Series(prices, index=pd.to_datetime(times, unit="s"))
    expected = series.resample("300s", closed="right", label="right").ohlc()
    assert [bar.closes["A"] for bar in bars] == expected["close"].tolist()
    assert [bar.opens["A"] for bar in bars] == expected["open"].tolist()
    assert [bar.time for bar in bars] == expected.index.as_unit("ns").asi8.tolist()


def test_what_comes_after_its_bar_was_closed_is_late_and_changes_nothing():
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"])
    bars = run(resampler, [tick("A", 10, 1.0), tick("A", 70, 2.0), tick("A", 50, 9.0)])
    assert [dict(bar.closes) for bar in bars] == [{"A": 1.0}]
    assert resampler.counts.late == 1


def test_stragglers_are_waited_for():
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"], lateness=15)
    bars = run(resampler, [tick("A", 10, 1.0), tick("A", 70, 2.0), tick("A", 50, 9.0)])
    assert bars == []
    assert resampler.counts.out_of_order == 1
    [bar] = run(resampler, [tick("A", 77, 3.0)])
    assert dict(bar.closes) == {"A": 9.0}


def test_a_tick_from_the_future_closes_nothing():
    clock = sl.live.VirtualClock(100 * SECOND)
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"], clock=clock, ahead=30)
    assert run(resampler, [tick("A", 90, 1.0), tick("A", 99_999, 5.0)]) == []
    assert resampler.counts.ahead == 1
    assert run(resampler, [tick("A", 125, 1.5)])[0].closes["A"] == 1.0


@pytest.mark.parametrize("price", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_price_that_is_none_is_counted_and_left_out(price):
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"])
    run(resampler, [tick("A", 10, price), tick("B", 10, 1.0)])
    assert resampler.counts.bad == 2
    assert resampler.advance(MINUTE) == []


def test_skipped_bars_are_counted():
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"])
    bars = run(resampler, [tick("A", 10, 1.0), tick("A", 250, 2.0), tick("A", 310, 2.0)])
    assert [bar.skipped for bar in bars] == [0, 3]


def test_a_heartbeat_closes_a_bar_at_its_end():
    resampler = sl.live.Resampler(sl.live.Interval(60), ["A"])
    run(resampler, [tick("A", 60, 1.0)])
    assert resampler.advance(MINUTE - 1) == []
    assert [bar.time for bar in resampler.advance(MINUTE)] == [MINUTE]


def collect(feed):
    async def all_of():
        return [item async for item in feed]

    return asyncio.run(all_of())


def replayed(feed):
    resampler = sl.live.Resampler(feed.schedule, feed.symbols)
    bars = []
    for item in collect(feed):
        if isinstance(item, sl.live.Tick):
            bars += resampler.add(item)
        elif isinstance(item, sl.live.Heartbeat):
            bars += resampler.advance(item.time)
    return bars


def prices(n_obs=30, seed=1):
    random = np.random.default_rng(seed)
    index = pd.bdate_range("2020-01-01", periods=n_obs)
    walk = 50 * np.exp(np.cumsum(random.normal(0, 0.01, (n_obs, 3)), axis=0))
    return pd.DataFrame(walk, index=index, columns=["A", "B", "C"])


def test_a_replay_gives_back_the_table():
    frame = prices()
    frame.iloc[4, 1] = np.nan
    bars = replayed(sl.live.ReplayFeed(frame))
    assert [bar.time for bar in bars] == frame.index.as_unit("ns").asi8.tolist()
    again = pd.DataFrame([dict(bar.closes) for bar in bars], index=frame.index)
    pd.testing.assert_frame_equal(again[["A", "B", "C"]], frame, check_freq=False)
    assert "B" not in bars[4].closes


def test_a_replay_with_opens_has_them():
    frame = prices()
    opens = frame * 1.01
    panel = sl.data.PricePanel(
        frame.to_numpy(),
        tuple(frame.columns),
        frame.index.as_unit("ns").asi8,
        252.0,
        opens.to_numpy(),
    )
    bars = replayed(sl.live.ReplayFeed(panel, start="2020-01-08"))
    np.testing.assert_array_equal([bar.opens["C"] for bar in bars], opens.loc["2020-01-08":, "C"])
    np.testing.assert_array_equal([bar.closes["C"] for bar in bars], frame.loc["2020-01-08":, "C"])


def test_speed_is_slept_on_the_clock_and_a_pause_stops_it():
    clock = sl.live.VirtualClock()
    feed = sl.live.ReplayFeed(prices(), speed=4, clock=clock)

    async def watch():
        seen = 0
        async for item in feed:
            seen += isinstance(item, sl.live.Heartbeat)
            if seen == 10 and isinstance(item, sl.live.Heartbeat):
                feed.speed = 1
            if seen == 20 and isinstance(item, sl.live.Heartbeat):
                feed.pause()
                asyncio.get_running_loop().call_soon(feed.resume)
        return seen

    assert asyncio.run(watch()) == 30
    # 9 quarters and 20 seconds, and what the pause took.
    assert 22.2 < sum(clock.slept) < 23


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"speed": 0}, "speed: got 0"),
        ({"start": "2031-01-01"}, "start: no bar from 2031-01-01"),
        ({"timezone": "Mars/Olympus"}, "timezone: got 'Mars/Olympus'"),
    ],
)
def test_a_replay_refuses_what_has_no_meaning(arguments, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.live.ReplayFeed(prices(), **arguments)


def test_a_replay_needs_dates():
    with pytest.raises(sl.InvalidInputError, match="prices: have no dates"):
        sl.live.ReplayFeed(prices().to_numpy())
