"""Trades of a crypto exchange, by ccxt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from spreadlab._validation import ensure_float
from spreadlab.errors import DataUnavailableError, InvalidInputError
from spreadlab.live.clock import Clock, SystemClock
from spreadlab.live.feeds.backoff import Backoff
from spreadlab.live.feeds.fields import ensure_symbols
from spreadlab.live.ticks import FeedItem, FeedStatus, Tick

_MILLISECOND = 10**6


class CcxtFeed:
    """Trades of an exchange that ccxt knows, asked for again and again.

    Every question is for the trades since the last one seen, so that what happened while the line
    was down is sent when it is up again.

    Parameters
    ----------
    exchange : str or ccxt exchange
        Its name in ccxt, like "kraken"; or an exchange of ``ccxt.async_support`` with your
        settings.
    symbols : iterable of str
        As ccxt writes them: "BTC/USD".
    poll : float
        Seconds between two rounds of questions.
    since : int, optional
        Nanoseconds UTC to begin at; by default with the trades that the exchange gives first.
    backoff : Backoff, optional
        Waits after a failure of the network or the exchange.
    clock : Clock, optional
        What waits are slept on.

    Attributes
    ----------
    symbols : tuple of str
        As given.

    Raises
    ------
    InvalidInputError
        If ccxt knows no such exchange, or an argument has no meaning.
    DataUnavailableError
        If ccxt is not installed.

    Notes
    -----
    Symbols are asked one after the other, so that the last trades of one may be younger than the
    answer of another: give the session a `lateness` of a round or two. Some exchanges take whole
    seconds for the time to begin at: of these no more trades a second can be had than they send in
    one answer.
    """

    closes_only = False

    def __init__(
        self,
        exchange: Any,
        symbols: Iterable[str],
        *,
        poll: float = 1.0,
        since: int | None = None,
        backoff: Backoff | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.symbols = ensure_symbols(symbols)
        self._poll = ensure_float(poll, "poll", low=0, low_open=True)
        self._exchange, self._passing = _exchange_of(exchange)
        self._backoff = Backoff() if backoff is None else backoff
        self._clock = SystemClock() if clock is None else clock
        self._closed = False
        self._since = dict.fromkeys(self.symbols, None if since is None else since // _MILLISECOND)
        self._seen: dict[str, set[str]] = {symbol: set() for symbol in self.symbols}
        self._sequence = 0

    def __repr__(self) -> str:
        name = getattr(self._exchange, "id", type(self._exchange).__name__)
        return f"CcxtFeed({name!r}, {len(self.symbols)} symbols)"

    async def close(self) -> None:
        """End the stream and the exchange's connections."""
        self._closed = True
        await self._exchange.close()

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        """Yield trades and news of the line, for ever."""
        failures, up = 0, False
        while not self._closed:
            fresh: list[Tick] = []
            wait, news = self._poll, None
            try:
                for symbol in self.symbols:
                    fresh += await self._ask(symbol)
            except self._passing as error:
                up, failures = False, failures + 1
                wait = self._backoff.seconds(failures)
                words = f"{type(error).__name__}: {error}; next try in {wait:g} seconds"
                news = FeedStatus(self._clock.now(), "disconnected", words)
            else:
                if not up:
                    news = FeedStatus(self._clock.now(), "connected", f"{self!r} answers")
                up, failures = True, 0
            if news is not None:
                yield news
            # What came before a failure counts too. A later trade of one symbol must not close the
            # bar of another's earlier ones.
            for tick in sorted(fresh, key=lambda tick: (tick.time, tick.sequence)):
                yield tick
            await self._clock.sleep(wait)

    async def _ask(self, symbol: str) -> list[Tick]:
        """Return the trades of a symbol that have not been sent."""
        since, seen = self._since[symbol], self._seen[symbol]
        answer = await self._exchange.fetch_trades(symbol, since)
        ticks = []
        for trade in sorted(answer, key=lambda trade: trade["timestamp"]):
            key = _key(trade)
            at = int(trade["timestamp"])
            if key in seen or (since is not None and at < since):
                continue
            seen.add(key)
            self._sequence += 1
            price, size = float(trade["price"]), float(trade["amount"] or "nan")
            own = str(trade["id"] or "")
            sequence = int(own) if own.isdecimal() and len(own) < 19 else self._sequence
            ticks.append(Tick(symbol, at * _MILLISECOND, price, size, sequence))
        if ticks:
            last = ticks[-1].time // _MILLISECOND
            self._since[symbol] = last
            # Only trades of the last millisecond can come again: questions begin with it.
            self._seen[symbol] = {_key(t) for t in answer if int(t["timestamp"]) == last}
        return ticks


def _key(trade: Mapping[str, Any]) -> str:
    return str(trade["id"] or (trade["timestamp"], trade["price"], trade["amount"]))


def _exchange_of(exchange: Any) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return the exchange, and the errors after which it is asked again."""
    passing: tuple[type[Exception], ...] = (OSError, TimeoutError)
    try:
        import ccxt.async_support as ccxt
    except ImportError:
        if isinstance(exchange, str):
            raise DataUnavailableError(
                "crypto exchanges need ccxt: pip install 'spreadlab[crypto]'"
            ) from None
    else:
        passing = (*passing, ccxt.NetworkError)
        if isinstance(exchange, str):
            if exchange not in ccxt.exchanges:
                raise InvalidInputError(
                    "exchange", f"got {exchange!r}", "a name in ccxt.exchanges, like 'kraken'"
                )
            exchange = getattr(ccxt, exchange)({"enableRateLimit": True})
    if not callable(getattr(exchange, "fetch_trades", None)):
        raise InvalidInputError(
            "exchange", f"got {type(exchange).__name__}", "a name, or an exchange of ccxt"
        )
    return exchange, passing
