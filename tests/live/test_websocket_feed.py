"""A websocket on loopback that drops, stutters and sends nonsense."""

import asyncio
import json

import numpy as np
import pytest
from tests.backtest import cases as backtest_cases
from tests.live import cases
from websockets.asyncio.server import serve

import spreadlab as sl
from spreadlab.live.feeds.fields import FieldMap

FIELDS = FieldMap(symbol="s", time="t", price="p", sequence="n", time_unit="ns")


def body(tick):
    return {"s": tick.symbol, "t": tick.time, "p": tick.price, "n": tick.sequence}


class Exchange:
    """Sends ticks to whoever subscribes, and cuts the line after some; the next line goes on."""

    def __init__(self, ticks, cuts, *, lost=0):
        self.ticks, self.cuts, self.lost = ticks, list(cuts), lost
        self.place, self.asked, self.subscribed, self.headers = 0, [], [], []

    async def handle(self, line):
        self.headers.append(line.request.headers.get("Authorization"))
        self.subscribed.append(await line.recv())
        cut = self.cuts.pop(0) if self.cuts else len(self.ticks)
        await line.send(json.dumps({"reply": "subscribed"}))
        for tick in self.ticks[self.place : cut]:
            await line.send(json.dumps(body(tick)))
        # What happens while nobody is connected is only to be had by asking for it.
        self.place = min(cut + self.lost, len(self.ticks))
        await line.close()

    async def backfill(self, symbols, since):
        self.asked.append((symbols, since))
        return [t for t in self.ticks[: self.place] if t.time >= since]


async def served(exchange, take, **options):
    async with serve(exchange.handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = sl.live.WebSocketFeed(
            f"ws://127.0.0.1:{port}", ["KO", "PEP"], fields=FIELDS,
            subscribe=[{"op": "subscribe"}], **options,
        )  # fmt: skip
        return await asyncio.wait_for(take(feed), 60)


@pytest.mark.parametrize("lost", [0, 3])
def test_a_line_that_drops_is_built_up_again_and_nothing_is_missing(lost):
    panel = cases.make_panel(60, 21)
    disorder = cases.Disordered(panel, 21, gaps=0.0, doubles=0.0)
    ticks = [item for item in disorder.items if isinstance(item, sl.live.Tick)]
    exchange = Exchange(ticks, [50, 120, 200], lost=lost)
    clock = sl.live.VirtualClock(int(panel.timestamps[-1]))
    pair, rule = backtest_cases.make_pair(), sl.ZScoreRule(10, entry_z=1.0)
    model = sl.live.freeze_pair(pair, rule, cost_bps=5.0)
    book = sl.live.PaperBook()

    async def take(feed):
        session = sl.live.Session(
            feed, sl.live.Monitor([model]), book, bars=disorder.schedule,
            clock=cases.Standing(panel), lateness=3 * 86_400,
        )  # fmt: skip
        states = []

        def watch(update):
            if update.status is not None:
                states.append(update.status.state)
            if states.count("disconnected") == 4:
                session.stop()

        session.subscribe(watch)
        await session.run()
        return states

    states = asyncio.run(served(exchange, take, backfill=exchange.backfill, clock=clock))
    assert states[:3] == ["connected", "disconnected", "connected"]
    assert "backfilled" in states
    bt = sl.backtest(panel, pair=pair, policy=rule, cost_bps=5.0, close_at_end=False)
    n = len(book.bars())
    assert n >= 57  # the last bars wait for stragglers
    np.testing.assert_allclose(book.curve()["equity"], bt.equity[:n], rtol=1e-9)
    assert bt.metrics.n_trades > 3
    assert len(exchange.asked) >= 3
    assert all(json.loads(message) == {"op": "subscribe"} for message in exchange.subscribed)


def test_waits_grow_while_nobody_answers_and_shrink_when_somebody_does():
    clock = sl.live.VirtualClock()
    ticks = [sl.live.Tick("KO", 1, 1.0), sl.live.Tick("KO", 2, 2.0)]
    exchange = Exchange(ticks, [1, 2])
    backoff = sl.live.Backoff(first=1, factor=3, most=20)

    async def take(feed):
        port = feed.url
        feed.url = "ws://127.0.0.1:9"  # nobody listens at the discard port
        states = []
        async for item in feed:
            if isinstance(item, sl.live.FeedStatus):
                states.append(item.state)
                if states.count("disconnected") == 4:
                    feed.url = port
                if states.count("disconnected") == 6:
                    await feed.close()
        return states

    states = asyncio.run(served(exchange, take, backoff=backoff, clock=clock))
    assert states[:4] == ["disconnected"] * 4
    assert clock.slept[:5] == [1, 3, 9, 20, 1]


def test_what_makes_no_sense_is_news():
    class Talker(Exchange):
        async def handle(self, line):
            await line.recv()
            for text in (
                "hello",
                '{"reply": "subscribed"}',
                '{"s": "KO", "t": 1}',
                '{"s": "KO", "t": 1, "p": 2, "n": 1.5}',
                '{"s": "XOM", "t": 1, "p": 2, "n": 1}',
                '[{"s": "KO", "t": 1, "p": 2, "n": 1}, {"s": "PEP", "t": 1, "p": 3, "n": 2}]',
            ):
                await line.send(text)
            await line.close()

    async def take(feed):
        items = []
        async for item in feed:
            items.append(item)
            if getattr(item, "state", "") == "disconnected":
                await feed.close()
        return items, feed.n_bad

    items, n_bad = asyncio.run(served(Talker([], []), take, clock=sl.live.VirtualClock()))
    assert [i.price for i in items if isinstance(i, sl.live.Tick)] == [2.0, 3.0]
    words = [i.words for i in items if getattr(i, "state", "") == "bad_message"]
    assert words == ["'hello' is no JSON", "p: missing", "n: 1.5 is no whole number"]
    assert n_bad == 3


def test_a_token_is_sent_with_the_request():
    exchange = Exchange([sl.live.Tick("KO", 1, 1.0)], [1])

    async def take(feed):
        async for item in feed:
            if isinstance(item, sl.live.Tick):
                await feed.close()

    headers = {"Authorization": "Bearer x"}
    asyncio.run(served(exchange, take, headers=headers, clock=sl.live.VirtualClock()))
    assert exchange.headers == ["Bearer x"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("http://a", ["A"], FIELDS), "url: got 'http://a'"),
        (("ws://a", [], FIELDS), "symbols: empty"),
        (("ws://a", "AB", FIELDS), "symbols: got 'AB'"),
        (("ws://a", ["A"], {}), "fields: got dict"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    url, symbols, fields = arguments
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.live.WebSocketFeed(url, symbols, fields=fields)
