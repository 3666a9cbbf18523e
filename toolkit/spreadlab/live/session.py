"""A feed, a monitor and a book, joined: ticks in, decisions and events out."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab.live.alerts import Alert
from spreadlab.live.bars import Bar, Resampler, TickCounts
from spreadlab.live.book.paper import PaperBook
from spreadlab.live.book.store import Event
from spreadlab.live.clock import Clock, SystemClock
from spreadlab.live.feeds.base import Feed
from spreadlab.live.monitor import Monitor, MonitorStep
from spreadlab.live.schedule import Schedule, ensure_schedule
from spreadlab.live.ticks import SECOND, FeedItem, FeedStatus, Heartbeat, Tick

if TYPE_CHECKING:
    from spreadlab.live.model import PairModel

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """What a bar, or news of the feed, brought: what subscribers are given.

    Attributes
    ----------
    step : MonitorStep or None
        The bar with states and alerts; None for news of the feed.
    events : tuple of Event
        What the book wrote.
    status : FeedStatus or None
        News of the feed.
    """

    step: MonitorStep | None = None
    events: tuple[Event, ...] = ()
    status: FeedStatus | None = None


class Session:
    """Runs a monitor, and a book if there is one, on a feed.

    The book's file is where it goes on after a stop of any kind: bars that are in it are shown to
    the monitor again and change nothing, the rest is traded as they come.

    Parameters
    ----------
    feed : Feed
        Where ticks come from.
    monitor : Monitor
        Fresh: it sees the history and the book's bars first.
    book : PaperBook, optional
        Trades what the monitor's rules decide; its pairs are those of the monitor.
    bars : Schedule, int or str, optional
        When bars end: a schedule, seconds, or a length like "5min". By default the feed's own.
    history : frame or PricePanel, optional
        Bars before the first live one: they fill the windows of rules and watches, and nothing is
        traded on them.
    lateness : float
        Seconds that a bar waits for stragglers.
    clock : Clock, optional
        Closes bars in which nothing more comes, and finds symbols that went silent. By default
        the machine's, and none for a feed that knows its bars, such as a replay.
    silence : float
        Seconds without a tick, in trading hours, after which a symbol is stale by the clock.

    Attributes
    ----------
    monitor, book, feed
        As given.
    status : FeedStatus or None
        The last news of the feed.
    error : BaseException or None
        What went wrong, once it has.
    arrived : int
        When the newest tick came in by the machine's clock, nanoseconds since 1970 UTC; 0 before
        the first. A tick's own time is the feed's.

    Raises
    ------
    InvalidInputError
        If the feed lacks a symbol or opens that a pair needs, or when bars end is not known.
    """

    def __init__(
        self,
        feed: Feed,
        monitor: Monitor,
        book: PaperBook | None = None,
        *,
        bars: Schedule | int | str | None = None,
        history: Any = None,
        lateness: float = 0.0,
        clock: Clock | None = None,
        silence: float = 300.0,
    ) -> None:
        own = getattr(feed, "schedule", None)
        if bars is None and own is None:
            raise InvalidInputError(
                "bars", "not given, and the feed does not know", 'when bars end, like "1min"'
            )
        self.feed, self.monitor, self.book = feed, monitor, book
        self.schedule: Schedule = ensure_schedule(own if bars is None else bars)
        self._clock = SystemClock() if clock is None and own is None else clock
        self._silence = round(ensure_float(silence, "silence", low=0, low_open=True) * SECOND)
        _check_feed(feed, monitor.models)
        self._resampler = Resampler(
            self.schedule, monitor.symbols, lateness=lateness, clock=self._clock
        )
        self._lateness = round(lateness * SECOND)
        self._alerts: deque[Alert] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self.status: FeedStatus | None = None
        self.error: BaseException | None = None
        self.arrived = 0
        self._heard: dict[str, int] = {}
        self._arrived = 0
        self._silent: set[str] = set()
        self._subscribers: list[Callable[[SessionUpdate], None]] = []
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pump: asyncio.Task[None] | None = None
        self._restore(history)

    def _restore(self, history: Any) -> None:
        if self.monitor.time is not None:
            raise InvalidInputError("monitor", "has seen bars already", "a fresh one")
        known: list[Bar] = []
        if self.book is not None:
            for model in self.monitor.models:
                self.book.add(model)
            known = self.book.bars()
        before = _bars_of(history) if history is not None else []
        if known:
            before = [bar for bar in before if bar.time < known[0].time]
        seen = [*before, *known]
        for bar in seen:
            self.monitor.on_bar(bar, self.schedule)
        if seen:
            self._resampler.resume_after(seen[-1].time)

    def __repr__(self) -> str:
        return f"Session({self.feed!r}, {self.monitor!r}, {self.book!r})"

    @property
    def latest(self) -> dict[str, Tick]:
        """The last tick of each symbol: what `Monitor.quote` takes."""
        return self._resampler.latest

    @property
    def alerts(self) -> list[Alert]:
        """The last thousand alerts of the monitor, the book and the clock, the newest last."""
        with self._lock:
            return list(self._alerts)

    def _remember(self, alerts: Iterable[Alert]) -> None:
        with self._lock:
            self._alerts.extend(alerts)

    @property
    def counts(self) -> TickCounts:
        """What became of the ticks."""
        return self._resampler.counts

    @property
    def silent(self) -> frozenset[str]:
        """Symbols that are stale by the clock."""
        return frozenset(self._silent)

    @property
    def running(self) -> bool:
        """Whether it runs: since `start` or `run`, until the feed ends or `stop` is called."""
        if self._thread is not None and self._thread.is_alive():
            return True
        return self._pump is not None and not self._pump.done()

    @property
    def started(self) -> bool:
        """Whether it runs or ran; it does so once."""
        return self._thread is not None or self._loop is not None

    def subscribe(self, callback: Callable[[SessionUpdate], None]) -> Callable[[], None]:
        """Call `callback` after every bar and with news of the feed; return what ends that.

        It is called in the thread that runs the session, and must be quick.
        """
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def _tell(self, update: SessionUpdate) -> None:
        for callback in tuple(self._subscribers):
            callback(update)

    def process(self, item: FeedItem) -> list[MonitorStep]:
        """Take one item of the feed in; return what the bars that it closes bring."""
        if isinstance(item, Tick):
            self.arrived = time.time_ns()
            if self._clock is not None:
                self._arrived = self._heard[item.symbol] = self._clock.now()
            return self._take(self._resampler.add(item))
        if isinstance(item, Heartbeat):
            return self._take(self._resampler.advance(item.time))
        self.status = item
        self._tell(SessionUpdate(status=item))
        return []

    def _take(self, bars: list[Bar]) -> list[MonitorStep]:
        steps = []
        for bar in bars:
            step = self.monitor.on_bar(bar, self.schedule)
            events: tuple[Event, ...] = ()
            self._remember(step.alerts)
            if self.book is not None:
                events = self.book.on_step(step, day=self.schedule.day_of(bar.time))
                self._remember(_alert_of(e) for e in events if e.kind in ("limit", "refused"))
            self._tell(SessionUpdate(step, events))
            steps.append(step)
        return steps

    def on_time(self, now: int) -> list[MonitorStep]:
        """Let the clock say that it is `now`: close bars that are over, find who is silent.

        While ticks keep coming it is they that close bars: a feed that sends the past, from a file
        or after a loss, is in the middle of bars that the clock takes for over.
        """
        steps: list[MonitorStep] = []
        if now - self._arrived >= max(self._lateness, SECOND):
            steps = self._take(self._resampler.advance(now - self._lateness))
        if self.schedule.end_of(now) is None:
            self._silent.clear()
            self._heard.clear()  # the silence of a closed market is none
            return steps
        for symbol in self.monitor.symbols:
            quiet = now - self._heard.setdefault(symbol, now)
            if quiet <= self._silence:
                self._silent.discard(symbol)
            elif symbol not in self._silent:
                self._silent.add(symbol)
                words = f"{symbol}: no tick for {quiet // SECOND} seconds of trading"
                alert = Alert("", now, "stale", {"seconds": quiet / SECOND}, words)
                self._remember([alert])
                status = FeedStatus(now, "silent", words)
                self._tell(SessionUpdate(status=status))
        return steps

    async def run(self) -> None:
        """Run until the feed ends or `stop` is called.

        Raises
        ------
        Exception
            Whatever the feed, a rule or the book raised.
        """
        self._loop = asyncio.get_running_loop()
        self._pump = asyncio.create_task(self._take_all())
        ticker = None if self._clock is None else asyncio.create_task(self._tick(self._clock))
        try:
            await asyncio.wait({self._pump})
        finally:
            for task in filter(None, (self._pump, ticker)):
                task.cancel()
            await asyncio.gather(*filter(None, (self._pump, ticker)), return_exceptions=True)
            self._stopped = True
            await self.feed.close()
        failure = None if self._pump.cancelled() else self._pump.exception()
        if failure is not None or self.error is not None:
            raise failure or self.error  # type: ignore[misc]

    async def _take_all(self) -> None:
        if not self._stopped:
            async for item in self.feed:
                self.process(item)

    async def _tick(self, clock: Clock) -> None:
        try:
            while not self._stopped:
                await clock.sleep(1.0)
                self.on_time(clock.now())
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - raised again by `run`
            self.error = error
            self.stop()

    def start(self) -> None:
        """Run in a thread of its own; `join` waits for it and raises what went wrong."""
        if self._thread is not None:
            raise InvalidInputError("session", "was started before", "a new one")
        self._thread = threading.Thread(target=self._run, name="spreadlab-live", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            asyncio.run(self.run())
        except BaseException as error:  # noqa: BLE001 - raised again by `join`
            self.error = error
            words = f"{type(error).__name__}: {error}"
            status = FeedStatus(self.monitor.time or 0, "failed", words)
            self.status = status
            self._tell(SessionUpdate(status=status))

    def stop(self) -> None:
        """Stop after the item that is being worked on; may be called from any thread."""
        self._stopped = True
        if self._loop is not None and self._pump is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._pump.cancel)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the thread of `start`; raise what went wrong in it."""
        if self._thread is not None:
            self._thread.join(timeout)
        if self.error is not None:
            raise self.error


def _check_feed(feed: Feed, models: tuple[PairModel, ...]) -> None:
    for model in models:
        missing = [symbol for symbol in model.symbols if symbol not in feed.symbols]
        if missing:
            raise InvalidInputError(
                "feed", f"does not send {missing[0]!r}", f"a feed with every leg of {model.name}"
            )
        if model.fill == "next_open" and getattr(feed, "closes_only", False):
            raise InvalidInputError(
                "feed", "sends closes only", f"a feed with opens: {model.name} fills at them"
            )


def _bars_of(prices: Any) -> list[Bar]:
    panel = ensure_panel(prices, "history", align="pairwise", constant="allow", min_obs=1)
    if panel.timestamps is None:
        raise InvalidInputError("history", "has no dates", "prices with dates")
    bars = []
    for end, row in zip(np.asarray(panel.timestamps).tolist(), panel.prices, strict=True):
        named = zip(panel.symbols, row.tolist(), strict=True)
        closes = {symbol: price for symbol, price in named if np.isfinite(price)}
        bars.append(Bar(end, closes, closes, len(closes)))
    return bars


def _alert_of(event: Event) -> Alert:
    body = event.body
    return Alert(body["pair"], event.time, event.kind, body["numbers"], body["words"])
