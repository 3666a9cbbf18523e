"""A file as a feed: while it grows, when it is replaced, and where it makes no sense."""

import asyncio
import json
import math

import numpy as np
import pytest
from tests.backtest import cases as backtest_cases
from tests.live import cases

import spreadlab as sl
from spreadlab.live.feeds.fields import FieldMap
from spreadlab.live.ticks import SECOND, to_time


class Writes(sl.live.VirtualClock):
    """A clock on which each sleep lets somebody write to the file."""

    def __init__(self, *steps):
        super().__init__()
        self.steps = list(steps)

    async def sleep(self, seconds):
        await super().sleep(seconds)
        if self.steps:
            self.steps.pop(0)()


def collect(feed, stop_after=None):
    async def all_of():
        items = []
        async for item in feed:
            items.append(item)
            if stop_after is not None and stop_after(items):
                await feed.close()
        return items

    return asyncio.run(all_of())


def prices_of(items):
    return [item.price for item in items if isinstance(item, sl.live.Tick)]


def states_of(items):
    return [item.state for item in items if isinstance(item, sl.live.FeedStatus)]


def test_lines_count_when_their_end_is_written(tmp_path):
    path = tmp_path / "ticks.csv"
    path.write_text("symbol,time,price\nA,2024-01-02T10:00:00,1.5\nA,2024-01-02T10:00:01,2")

    def more(text):
        def write():
            with path.open("a") as file:
                file.write(text)

        return write

    last = "A,2024-01-02T10:00:03,3\n"
    clock = Writes(more(".5\nB,2024-01-02T10:00:02,9"), more("\n"), more(last))
    feed = sl.live.FileFeed(path, ["A", "B"], clock=clock)
    items = collect(feed, lambda items: len(prices_of(items)) == 4)
    ticks = [item for item in items if isinstance(item, sl.live.Tick)]
    assert [(t.symbol, t.price) for t in ticks] == [("A", 1.5), ("A", 2.5), ("B", 9.0), ("A", 3.0)]
    assert ticks[0].time == to_time("2024-01-02T10:00:00", "time")
    assert [t.sequence for t in ticks] == sorted(t.sequence for t in ticks)
    assert math.isnan(ticks[0].size)


@pytest.mark.parametrize("same_name", [True, False])
def test_a_file_that_is_begun_anew_is_read_anew(tmp_path, same_name):
    path = tmp_path / "ticks.jsonl"
    row = lambda price: json.dumps({"symbol": "A", "time": 1, "price": price}) + "\n"  # noqa: E731
    path.write_text(row(1) + row(2) + row(3))

    def replace():
        if same_name:
            path.write_text(row(4))
        else:
            (tmp_path / "new").write_text(row(4) + row(5) + row(6) + row(7))
            (tmp_path / "new").replace(path)

    feed = sl.live.FileFeed(path, ["A"], clock=Writes(replace))
    last = 4.0 if same_name else 7.0
    items = collect(feed, lambda items: prices_of(items)[-1:] == [last])
    assert prices_of(items) == ([1, 2, 3, 4] if same_name else [1, 2, 3, 4, 5, 6, 7])
    assert states_of(items) == ["connected", "connected"]


def test_lines_that_make_no_sense_are_news_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "ticks.csv"
    path.write_text(
        "time,symbol,price\n1,A,5\nx,A,6\n2,A,seven\n3,A\n\n4,Z,8\n5,A,9\n", encoding="utf-8"
    )
    feed = sl.live.FileFeed(path, ["A"], follow=False)
    items = collect(feed)
    assert prices_of(items) == [5.0, 9.0]
    words = [
        i.words for i in items if isinstance(i, sl.live.FeedStatus) and i.state == "bad_message"
    ]
    assert words == [
        "ticks.csv, line 3: time: 'x' is no time",
        "ticks.csv, line 4: price: 'seven' is no number",
        "ticks.csv, line 5: 2 cells under 3 headings",
    ]
    assert feed.n_bad == 3
    assert states_of(items)[-1] == "ended"


def test_jsonl_that_makes_no_sense(tmp_path):
    path = tmp_path / "ticks.jsonl"
    path.write_text('[1]\n{"symbol": \n{"symbol": "A", "time": true, "price": 1}\n{"time": 1}\n')
    items = collect(sl.live.FileFeed(path, ["A"], follow=False))
    words = [item.words for item in items if getattr(item, "state", "") == "bad_message"]
    assert len(words) == 4
    assert "is no object" in words[0]
    assert "time: True is no time" in words[2]
    assert "symbol: missing" in words[3]


@pytest.mark.parametrize(
    ("fields", "message", "time", "price"),
    [
        ({}, {"symbol": "A", "time": 5, "price": "2.5"}, 5 * SECOND, 2.5),
        ({"time_unit": "ms"}, {"symbol": "A", "time": "1500", "price": 1}, 1_500_000_000, 1.0),
        ({"time_unit": "ns"}, {"symbol": "A", "time": "1700000000123456789", "price": 1},
         1_700_000_000_123_456_789, 1.0),
        ({"price": ("bid", "ask")}, {"symbol": "A", "time": 0, "bid": 1, "ask": 2}, 0, 1.5),
        ({"symbol": "d.s", "time": "d.t", "price": "d.p"}, {"d": {"s": "A", "t": 1, "p": 3}},
         SECOND, 3.0),
        ({"timezone": "America/New_York"},
         {"symbol": "A", "time": "2024-07-02T09:30:00.000001", "price": 1},
         to_time("2024-07-02T13:30:00.000001", "t"), 1.0),
        ({"timezone": "America/New_York"},
         {"symbol": "A", "time": "2024-01-02T09:30:00+01:00", "price": 1},
         to_time("2024-01-02T08:30:00", "t"), 1.0),
        ({"names": {"A": "ours"}}, {"symbol": "A", "time": 0, "price": 1}, 0, 1.0),
    ],
)  # fmt: skip
def test_fields(fields, message, time, price):
    tick = FieldMap(**fields).read(message, 7)
    assert (tick.time, tick.price, tick.sequence) == (time, price, 7)
    assert tick.symbol == fields.get("names", {}).get("A", "A")
    numbered = FieldMap(**fields, sequence="n", size="q").read(message | {"n": "12", "q": 3}, 7)
    assert (numbered.sequence, numbered.size) == (12, 3.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: sl.live.FileFeed(p / "a.txt", ["A"]), "path: got 'a.txt'"),
        (lambda p: sl.live.FileFeed(p / "a.csv", ["A"]), "path: no such file"),
        (lambda p: FieldMap(time_unit="h"), "time_unit: got 'h'"),
        (lambda p: FieldMap(timezone="Mars"), "timezone: got 'Mars'"),
        (lambda p: sl.live.Backoff(first=0), "first: got 0"),
        (lambda p: sl.live.Backoff(factor=0.5), "factor: got 0.5"),
        (lambda p: sl.live.Backoff(first=5, most=1), "most: got 1"),
    ],
)
def test_nonsense_is_refused(tmp_path, make, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        make(tmp_path)


def test_a_file_is_traded_like_the_table_it_was_written_from(tmp_path):
    panel = cases.make_panel(60, 11)
    disorder = cases.Disordered(panel, 11, gaps=0.0)
    path = tmp_path / "ticks.jsonl"
    with path.open("w") as file:
        for item in disorder.items:
            if isinstance(item, sl.live.Tick):
                row = {"s": item.symbol, "t": item.time, "p": item.price, "n": item.sequence}
                file.write(json.dumps(row) + "\n")
    fields = FieldMap(symbol="s", time="t", price="p", sequence="n", time_unit="ns")
    feed = sl.live.FileFeed(path, panel.symbols, fields=fields, follow=False)
    pair, rule = backtest_cases.make_pair(), sl.ZScoreRule(10, entry_z=1.0)
    monitor = sl.live.Monitor([sl.live.freeze_pair(pair, rule)])
    clock = cases.Standing(panel)
    session = sl.live.Session(feed, monitor, bars=disorder.schedule, clock=clock)
    cases.run(session)
    path_of = monitor.history("KO-PEP")
    bt = sl.backtest(panel, pair=pair, policy=rule)
    # The last bar is still open: nothing says that it is over.
    assert len(path_of["position"]) == 59
    np.testing.assert_array_equal(path_of["position"], bt.positions[:59])
