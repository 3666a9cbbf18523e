"""Trades of an exchange: asked for again and again, none lost and none doubled, up or down."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.live.ticks import SECOND

MARKETS = {"BTC/USD": "XXBTZUSD", "ETH/USD": "XETHZUSD"}


def make_trades(n, seed):
    """Return trades of two symbols, several in one millisecond."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(1_700_000_000_000, 1_700_000_000_000 + 4 * n, n)).tolist()
    return [
        {
            "symbol": list(MARKETS)[int(rng.integers(2))],
            "timestamp": time,
            "price": round(float(100 + rng.normal()), 3),
            "amount": round(float(rng.uniform(0.1, 2)), 3),
            "id": str(1000 + i),
        }
        for i, time in enumerate(times)
    ]


class Book:
    """What has happened so far at the exchange; every question lets more happen."""

    def __init__(self, trades, fails=()):
        self.trades, self.fails = trades, set(fails)
        self.questions, self.happened = 0, 0

    def ask(self, symbol, since, limit=20):
        self.questions += 1
        self.happened += 7
        if self.questions in self.fails:
            raise ConnectionResetError("the line is down")
        known = [t for t in self.trades[: self.happened] if t["symbol"] == symbol]
        return [t for t in known if since is None or t["timestamp"] >= since][:limit]


class Plain:
    """An exchange with the part of ccxt's interface that the feed calls."""

    id = "plain"

    def __init__(self, book):
        self.book, self.is_closed = book, False

    async def fetch_trades(self, symbol, since):
        await asyncio.sleep(0)
        return self.book.ask(symbol, since)[::-1]

    async def close(self):
        self.is_closed = True


async def collect(feed, n):
    items = []
    async for item in feed:
        items.append(item)
        if sum(isinstance(i, sl.live.Tick) for i in items) >= n:
            await feed.close()
            break
    return items


def assert_all_once(items, trades):
    ticks = [item for item in items if isinstance(item, sl.live.Tick)]
    got = sorted((t.symbol, t.time, t.price, t.size, t.sequence) for t in ticks)
    expected = sorted(
        (t["symbol"], t["timestamp"] * 10**6, t["price"], t["amount"], int(t["id"])) for t in trades
    )
    assert got == expected


@pytest.mark.parametrize("fails", [(), (2,), (1, 2, 3, 8, 9, 20)])
def test_every_trade_comes_once(fails):
    trades = make_trades(300, 1)
    exchange, clock = Plain(Book(trades, fails)), sl.live.VirtualClock()
    backoff = sl.live.Backoff(first=1.5, factor=2, most=5)
    feed = sl.live.CcxtFeed(exchange, MARKETS, poll=0.25, backoff=backoff, clock=clock)
    items = asyncio.run(collect(feed, len(trades)))
    assert_all_once(items, trades)
    assert exchange.is_closed
    states = [item.state for item in items if isinstance(item, sl.live.FeedStatus)]
    assert states.count("disconnected") == len(fails)
    assert states.count("connected") == (1 if not fails else len(states) - len(fails))
    if len(fails) == 6:
        assert clock.slept[:3] == [1.5, 3.0, 5.0]


def test_ticks_of_a_round_are_in_order():
    trades = make_trades(200, 2)
    feed = sl.live.CcxtFeed(Plain(Book(trades)), MARKETS, clock=sl.live.VirtualClock())
    items = asyncio.run(collect(feed, 200))
    resampler = sl.live.Resampler(sl.live.Interval(1), MARKETS, lateness=1.0)
    bars = [bar for i in items if isinstance(i, sl.live.Tick) for bar in resampler.add(i)]
    bars += resampler.advance(1_800_000_000 * SECOND)
    assert resampler.counts.late == 0
    for symbol in MARKETS:
        for bar in bars:
            inside = [
                t
                for t in trades
                if t["symbol"] == symbol and bar.time - SECOND < t["timestamp"] * 10**6 <= bar.time
            ]
            assert bar.closes.get(symbol) == (inside[-1]["price"] if inside else None)


def test_it_begins_where_it_is_told():
    trades = make_trades(100, 3)
    since = trades[60]["timestamp"]
    book = Book(trades)
    book.happened = 100
    feed = sl.live.CcxtFeed(Plain(book), MARKETS, since=since * 10**6, clock=sl.live.VirtualClock())
    wanted = [t for t in trades if t["timestamp"] >= since]
    assert_all_once(asyncio.run(collect(feed, len(wanted))), wanted)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((object(), ["BTC/USD"]), "exchange: got object"),
        ((Plain(Book([])), []), "symbols: empty"),
    ],
)
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.live.CcxtFeed(*arguments)


@asynccontextmanager
async def kraken_on_loopback(book):
    """Serve Kraken's public trades, by HTTP on this machine."""

    async def answer(reader, writer):
        while (line := await reader.readline()).strip():
            while (await reader.readline()).strip():
                pass
            query = {k: v[0] for k, v in parse_qs(urlsplit(line.split()[1].decode()).query).items()}
            symbol = next(s for s, name in MARKETS.items() if name == query["pair"])
            # As Kraken does: whole seconds, and at most a thousand trades.
            since = int(query["since"]) * 1000 if "since" in query else None
            try:
                trades = book.ask(symbol, since, limit=1000)
            except ConnectionResetError:
                break
            rows = [
                [
                    str(t["price"]),
                    str(t["amount"]),
                    t["timestamp"] / 1e3,
                    "b",
                    "l",
                    "",
                    int(t["id"]),
                ]
                for t in trades
            ]
            body = json.dumps({"error": [], "result": {query["pair"]: rows, "last": "0"}}).encode()
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            )
            writer.write(head.encode() + b"\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_ccxts_own_kraken_against_a_server_on_loopback():
    pytest.importorskip("ccxt", reason="ccxt pins its dependencies and is installed by hand")
    import ccxt.async_support as ccxt

    trades = make_trades(120, 4)

    async def run():
        async with kraken_on_loopback(Book(trades, fails=(3, 4))) as url:
            exchange = ccxt.kraken({"enableRateLimit": False})
            exchange.urls["api"]["public"] = url
            exchange.set_markets(
                [
                    exchange.safe_market_structure(
                        {"id": name, "symbol": symbol, "base": symbol[:3], "quote": "USD",
                         "spot": True, "type": "spot", "active": True}
                    )
                    for symbol, name in MARKETS.items()
                ]
            )  # fmt: skip
            feed = sl.live.CcxtFeed(exchange, MARKETS, clock=sl.live.VirtualClock())
            return await asyncio.wait_for(collect(feed, len(trades)), 120)

    items = asyncio.run(run())
    assert_all_once(items, trades)
    assert "disconnected" in [getattr(item, "state", "") for item in items]


def test_an_exchange_that_ccxt_does_not_know():
    pytest.importorskip("ccxt", reason="ccxt pins its dependencies and is installed by hand")
    with pytest.raises(sl.InvalidInputError, match="exchange: got 'nowhere'"):
        sl.live.CcxtFeed("nowhere", ["BTC/USD"])
