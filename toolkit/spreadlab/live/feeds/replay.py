"""A table of prices as a feed: real prices, offline, at any speed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab.live.clock import Clock, SystemClock
from spreadlab.live.schedule import Ends
from spreadlab.live.ticks import FeedItem, FeedStatus, Heartbeat, Tick, to_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAP = 0.05  # how soon a change of speed or a pause is noticed, in seconds


class ReplayFeed:
    """The rows of a table of prices, one bar after the other.

    Each row becomes one tick a symbol at the row's time (and one at its open, where the panel has
    opens), then a heartbeat that ends the bar. NaN is a gap: no tick.

    Parameters
    ----------
    prices : frame or PricePanel
        With dates.
    speed : float, optional
        Bars a second; None is as fast as whoever listens.
    start, end : date, optional
        First and last bar to replay, by default all.
    timezone : str
        Where a day begins and ends.
    clock : Clock, optional
        What the pauses between bars are slept on.

    Attributes
    ----------
    symbols : tuple of str
        The columns.
    schedule : Ends
        The rows' times as ends of bars.
    closes_only : bool
        Whether the prices have no opens.
    position : int
        Bars sent so far.

    Raises
    ------
    InvalidInputError
        If the prices have no dates, or another argument has no meaning.
    """

    def __init__(
        self,
        prices: Any,
        *,
        speed: float | None = None,
        start: Any = None,
        end: Any = None,
        timezone: str = "UTC",
        clock: Clock | None = None,
    ) -> None:
        panel = ensure_panel(prices, align="pairwise", constant="allow", min_obs=1)
        if panel.timestamps is None:
            raise InvalidInputError(
                "prices", "have no dates", "prices with dates", "give the frame a datetime index"
            )
        stamps = np.asarray(panel.timestamps)
        low = 0 if start is None else int(np.searchsorted(stamps, to_time(start, "start")))
        stop = stamps.size
        if end is not None:
            stop = int(np.searchsorted(stamps, to_time(end, "end"), side="right"))
        if low >= stop:
            first, last = np.datetime64(int(stamps[0]), "ns"), np.datetime64(int(stamps[-1]), "ns")
            raise InvalidInputError(
                "start", f"no bar from {start} to {end}", f"dates between {first} and {last}"
            )
        self.symbols: tuple[str, ...] = panel.symbols
        self.schedule = Ends(stamps[low:stop], timezone=timezone)
        self.closes_only = panel.opens is None
        self.position = 0
        self._times: list[int] = stamps[low:stop].tolist()
        self._closes: NDArray[np.float64] = panel.prices[low:stop]
        self._opens = None if panel.opens is None else panel.opens[low:stop]
        self._before = int(stamps[low - 1]) if low else None
        self._clock = SystemClock() if clock is None else clock
        self._paused = self._closed = False
        self.speed = speed

    def __repr__(self) -> str:
        speed = "as fast as possible" if self.speed is None else f"{self.speed:g} bars a second"
        return f"ReplayFeed({len(self.symbols)} symbols, {self.n_bars} bars, {speed})"

    @property
    def n_bars(self) -> int:
        """Bars in all."""
        return len(self._times)

    @property
    def speed(self) -> float | None:
        """Bars a second, None for as fast as possible; may be set while it runs."""
        return self._speed

    @speed.setter
    def speed(self, value: float | None) -> None:
        if value is not None:
            value = ensure_float(value, "speed", low=0, low_open=True)
        self._speed = value

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    def pause(self) -> None:
        """Stand still after the bar that is being sent."""
        self._paused = True

    def resume(self) -> None:
        """Go on."""
        self._paused = False

    async def close(self) -> None:
        """End the stream."""
        self._closed = True

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        """Yield every bar's ticks and a heartbeat, then "ended"."""
        self.position = 0
        for row, time in enumerate(self._times):
            if row:
                await self._wait()
            if self._closed:
                return
            for tick in self._ticks(row, time):
                yield tick
            self.position = row + 1
            yield Heartbeat(time)
        yield FeedStatus(self._times[-1], "ended", f"the replay is over after {self.n_bars} bars")

    def _ticks(self, row: int, time: int) -> list[Tick]:
        ticks = []
        closes = self._closes[row].tolist()
        if self._opens is not None:
            # An open needs a time in its bar: the nanosecond after the bar before.
            before = self._times[row - 1] if row else self._before
            opened = time - 1 if before is None else before + 1
            for symbol, price, close in zip(
                self.symbols, self._opens[row].tolist(), closes, strict=True
            ):
                if price == price and close == close:  # noqa: PLR0124 - not NaN
                    ticks.append(Tick(symbol, opened, price))
        ticks += [
            Tick(symbol, time, price, sequence=row)
            for symbol, price in zip(self.symbols, closes, strict=True)
            if price == price  # noqa: PLR0124 - not NaN
        ]
        return ticks

    async def _wait(self) -> None:
        """Sleep until the next bar is due; a new speed or a pause counts at once."""
        waited = 0.0
        await self._clock.sleep(0.0)  # whoever else runs in this loop has a turn
        while not self._closed:
            left = 0.0 if self._speed is None else 1.0 / self._speed - waited
            if left <= 1e-9 and not self._paused:
                return
            nap = _NAP if self._paused else min(left, _NAP)
            await self._clock.sleep(nap)
            waited += nap
