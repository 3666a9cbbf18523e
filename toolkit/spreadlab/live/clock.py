"""Time as something that is passed in, so that nothing has to wait for it in a test."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol, runtime_checkable

from spreadlab.live.ticks import SECOND


@runtime_checkable
class Clock(Protocol):
    """What tells the time and lets it pass."""

    def now(self) -> int:
        """Return nanoseconds since 1970 UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> int:
        """Return nanoseconds since 1970 UTC."""
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed."""
        await asyncio.sleep(seconds)


class VirtualClock:
    """A clock that jumps: whoever sleeps on it wakes up at once, that much later.

    Parameters
    ----------
    now : int
        Where it starts, nanoseconds since 1970 UTC.

    Attributes
    ----------
    slept : list of float
        Every sleep so far, in seconds.
    """

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> int:
        """Return nanoseconds since 1970 UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += round(seconds * SECOND)

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass, and the other tasks of the loop have a turn."""
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)
