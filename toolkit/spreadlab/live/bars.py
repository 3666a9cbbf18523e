"""From ticks, in whatever order they come, to bars that are the same every time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from spreadlab._validation import ensure_float
from spreadlab.errors import InvalidInputError
from spreadlab.live.clock import Clock
from spreadlab.live.schedule import Schedule
from spreadlab.live.ticks import SECOND, Tick


@dataclass(frozen=True, slots=True)
class Bar:
    """The prices of one stretch of time, of every symbol that had one.

    Attributes
    ----------
    time : int
        Its end, nanoseconds since 1970 UTC.
    closes, opens : mapping of str to float
        Last and first price by symbol. A symbol without a tick is missing: nothing is filled in.
    n_ticks : int
        Ticks in it.
    skipped : int
        Bars of the schedule between the one before and this in which nothing came at all.
    """

    time: int
    closes: Mapping[str, float]
    opens: Mapping[str, float]
    n_ticks: int = 0
    skipped: int = 0


@dataclass(slots=True)
class TickCounts:
    """What became of the ticks so far.

    Attributes
    ----------
    accepted : int
        In a bar.
    duplicates : int
        Seen before, the same symbol, time and sequence.
    out_of_order : int
        Accepted after a later one of their symbol.
    late : int
        Came after their bar was closed; the bar stays as it was decided on.
    outside : int
        Outside trading hours, or after the last bar of the schedule.
    ahead : int
        From the future, by the clock.
    bad : int
        Without a positive finite price, or of a symbol nobody asked for.
    """

    accepted: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    late: int = 0
    outside: int = 0
    ahead: int = 0
    bad: int = 0


@dataclass(slots=True)
class _Building:
    """A bar that is still open. Keys are (time, sequence, price): order of arrival is no part."""

    first: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    last: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    seen: set[tuple[str, int, int]] = field(default_factory=set)


class Resampler:
    """Turns ticks into bars: the last price of each symbol by (time, sequence).

    A bar is closed when a tick or a heartbeat is later than its end by more than `lateness`. Ticks
    of a bar may come in any order and more than once, and make the same bar.

    Parameters
    ----------
    schedule : Schedule
        When bars end.
    symbols : iterable of str
        Those that are wanted.
    lateness : float
        Seconds to wait for stragglers.
    clock : Clock, optional
        Refuses ticks more than `ahead` seconds in the future, one of which would close every bar
        before it.
    ahead : float
        How far the feed's clock may be ahead of ours.

    Attributes
    ----------
    counts : TickCounts
        What became of the ticks.
    latest : dict of str to Tick
        The last tick of each symbol by (time, sequence): what a screen shows between bars.
    """

    def __init__(
        self,
        schedule: Schedule,
        symbols: object,
        *,
        lateness: float = 0.0,
        clock: Clock | None = None,
        ahead: float = 60.0,
    ) -> None:
        if isinstance(symbols, str) or not hasattr(symbols, "__iter__"):
            raise InvalidInputError("symbols", f"got {symbols!r}", "a list of symbols")
        self.schedule = schedule
        self.symbols = frozenset(str(symbol) for symbol in symbols)
        self.counts = TickCounts()
        self.latest: dict[str, Tick] = {}
        self._lateness = round(ensure_float(lateness, "lateness", low=0) * SECOND)
        self._ahead = round(ensure_float(ahead, "ahead", low=0) * SECOND)
        self._clock = clock
        self._open: dict[int, _Building] = {}
        self._closed: int | None = None  # nothing at or before it is open any more
        self._emitted: int | None = None

    def resume_after(self, time: int) -> None:
        """Take every bar up to `time` as closed before: what comes of them is late."""
        self._closed = time if self._closed is None else max(self._closed, time)
        self._emitted = self._closed

    def add(self, tick: Tick) -> list[Bar]:
        """Return the bars that this tick closes, oldest first, after taking it in."""
        if not (math.isfinite(tick.price) and tick.price > 0) or tick.symbol not in self.symbols:
            self.counts.bad += 1
            return []
        if self._clock is not None and tick.time > self._clock.now() + self._ahead:
            self.counts.ahead += 1
            return []
        end = self.schedule.end_of(tick.time)
        if end is None:
            self.counts.outside += 1
            return self.advance(tick.time - 1)
        if self._closed is not None and end <= self._closed:
            self.counts.late += 1
            return []
        bar = self._open.get(end)
        if bar is None:
            bar = self._open[end] = _Building()
        mark = (tick.symbol, tick.time, tick.sequence)
        if mark in bar.seen:
            self.counts.duplicates += 1
        else:
            bar.seen.add(mark)
            self.counts.accepted += 1
            shown = self.latest.get(tick.symbol)
            if shown is not None and mark[1:] < (shown.time, shown.sequence):
                self.counts.out_of_order += 1
        self._place(bar, tick)
        # Others of this very time may follow: only what ended before it is over.
        return self.advance(tick.time - 1)

    def _place(self, bar: _Building, tick: Tick) -> None:
        key = (tick.time, tick.sequence, tick.price)
        first, last = bar.first.get(tick.symbol), bar.last.get(tick.symbol)
        if first is None or key < first:
            bar.first[tick.symbol] = key
        if last is None or key > last:
            bar.last[tick.symbol] = key
        shown = self.latest.get(tick.symbol)
        if shown is None or key >= (shown.time, shown.sequence, shown.price):
            self.latest[tick.symbol] = tick

    def advance(self, time: int) -> list[Bar]:
        """Return the bars that are over when all up to `time` has come, oldest first."""
        over = time - self._lateness
        if not self._open or min(self._open) > over:
            return []
        return [self._close(end) for end in sorted(end for end in self._open if end <= over)]

    def _close(self, end: int) -> Bar:
        built = self._open.pop(end)
        skipped = 0
        if self._emitted is not None:
            skipped = max(self.schedule.count(self._emitted, end) - 1, 0)
        self._closed = self._emitted = end
        return Bar(
            end,
            MappingProxyType({symbol: key[2] for symbol, key in sorted(built.last.items())}),
            MappingProxyType({symbol: key[2] for symbol, key in sorted(built.first.items())}),
            len(built.seen),
            skipped,
        )
