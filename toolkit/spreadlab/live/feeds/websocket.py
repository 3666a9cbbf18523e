"""A websocket that sends JSON, as a feed."""

from __future__ import annotations

import json
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Any

from spreadlab.errors import DataUnavailableError, InvalidInputError
from spreadlab.live.clock import Clock, SystemClock
from spreadlab.live.feeds.backoff import Backoff
from spreadlab.live.feeds.fields import FieldMap, ensure_symbols
from spreadlab.live.ticks import FeedItem, FeedStatus, Tick

if TYPE_CHECKING:
    Backfill = Callable[[tuple[str, ...], int], Awaitable[Iterable[Tick]]]


class WebSocketFeed:
    """Ticks from a websocket; a line that drops is built up again.

    After a loss the feed waits, connects, subscribes, asks `backfill` for what it missed, and goes
    on. Ticks that come by both ways have the same time and sequence, and count once in a bar.

    Parameters
    ----------
    url : str
        ``wss://...``, or ``ws://...``.
    symbols : iterable of str
        Those that are sent on; others are passed over.
    fields : FieldMap
        Where a message keeps symbol, time and price.
    subscribe : sequence of str or mapping
        Messages to send once connected.
    messages : str, optional
        Where a message keeps a list of ticks, like ``"data"``; without one a message is a tick, or
        a list of ticks.
    relevant : callable, optional
        Which messages hold ticks; others (replies, heartbeats) are passed over. By default those
        that have the symbol's field.
    backfill : callable, optional
        ``await backfill(symbols, since)`` gives the ticks after `since`, nanoseconds UTC.
    backoff : Backoff, optional
        Waits between tries.
    headers : mapping, optional
        Sent with the request, such as a token.
    clock : Clock, optional
        What waits are slept on.

    Attributes
    ----------
    symbols : tuple of str
        As given.
    n_bad : int
        Messages that made no sense; each is news of the feed.

    Raises
    ------
    InvalidInputError
        If an argument has no meaning.
    DataUnavailableError
        If the package websockets is not installed.

    Notes
    -----
    The library pings the other side and drops a line that does not answer. Frames are limited to
    1 MiB.
    """

    closes_only = False

    def __init__(
        self,
        url: str,
        symbols: Iterable[str],
        *,
        fields: FieldMap,
        subscribe: Sequence[str | Mapping[str, Any]] = (),
        messages: str | None = None,
        relevant: Callable[[Mapping[str, Any]], bool] | None = None,
        backfill: Backfill | None = None,
        backoff: Backoff | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        try:
            import websockets.asyncio.client as library
        except ImportError:
            raise DataUnavailableError(
                "websocket feeds need websockets: pip install 'spreadlab[live]'"
            ) from None
        if not str(url).startswith(("ws://", "wss://")):
            raise InvalidInputError("url", f"got {url!r}"[:80], "ws://... or wss://...")
        if not isinstance(fields, FieldMap):
            raise InvalidInputError("fields", f"got {type(fields).__name__}", "sl.live.FieldMap")
        self.url = url
        self.symbols = ensure_symbols(symbols)
        self.n_bad = 0
        self._library = library
        self._fields, self._messages = fields, messages
        self._subscribe = [m if isinstance(m, str) else json.dumps(m) for m in subscribe]
        self._relevant = relevant or self._has_symbol
        self._backfill = backfill
        self._backoff = Backoff() if backoff is None else backoff
        self._headers = dict(headers or {})
        self._clock = SystemClock() if clock is None else clock
        self._closed = False
        self._sequence = 0
        self._since: int | None = None
        self._failures = 0

    def __repr__(self) -> str:
        return f"WebSocketFeed({self.url!r}, {len(self.symbols)} symbols)"

    def _has_symbol(self, message: Mapping[str, Any]) -> bool:
        return self._fields.symbol.partition(".")[0] in message

    def _is_closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        """End the stream after the message that is being read."""
        self._closed = True

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        """Yield ticks and news of the line, for ever."""
        from websockets.exceptions import WebSocketException

        while not self._is_closed():
            try:
                async for item in self._connected():
                    yield item
                why = "the other side closed the line"
            except (OSError, WebSocketException, TimeoutError) as error:
                why = str(error) or type(error).__name__
            if self._is_closed():
                return
            self._failures += 1
            wait = self._backoff.seconds(self._failures)
            words = f"{self.url}: {why}; next try in {wait:g} seconds"
            yield FeedStatus(self._clock.now(), "disconnected", words)
            await self._clock.sleep(wait)

    async def _connected(self) -> AsyncIterator[FeedItem]:
        async with self._library.connect(self.url, additional_headers=self._headers) as line:
            for message in self._subscribe:
                await line.send(message)
            yield FeedStatus(self._clock.now(), "connected", f"connected to {self.url}")
            if self._since is not None and self._backfill is not None:
                missed = list(await self._backfill(self.symbols, self._since))
                for tick in missed:
                    self._note(tick)
                    yield tick
                words = f"{len(missed)} ticks that were missed"
                yield FeedStatus(self._clock.now(), "backfilled", words)
            async for raw in line:
                if self._closed:
                    return
                self._failures = 0
                for item in self._items(raw):
                    yield item

    def _note(self, tick: Tick) -> None:
        self._since = tick.time if self._since is None else max(self._since, tick.time)

    def _items(self, raw: str | bytes) -> Iterator[FeedItem]:
        try:
            message = json.loads(raw)
        except ValueError:
            yield self._bad(f"{raw[:60]!r} is no JSON")
            return
        if self._messages is not None and isinstance(message, Mapping):
            message = message.get(self._messages, [])
        for part in message if isinstance(message, list) else [message]:
            if not isinstance(part, Mapping) or not self._relevant(part):
                continue
            self._sequence += 1
            try:
                tick = self._fields.read(part, self._sequence)
            except ValueError as error:
                yield self._bad(str(error))
                continue
            if tick.symbol in self.symbols:
                self._note(tick)
                yield tick

    def _bad(self, words: str) -> FeedStatus:
        self.n_bad += 1
        return FeedStatus(self._clock.now(), "bad_message", words)
