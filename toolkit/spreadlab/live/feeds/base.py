"""What every feed is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from spreadlab.live.schedule import Schedule
from spreadlab.live.ticks import FeedItem


@runtime_checkable
class Feed(Protocol):
    """An endless (or ended) stream of ticks, with heartbeats and news of the connection.

    Attributes
    ----------
    symbols : tuple of str
        What it sends.
    """

    symbols: tuple[str, ...]

    def __aiter__(self) -> AsyncIterator[FeedItem]:
        """Return the stream, from the beginning."""

    async def close(self) -> None:
        """End the stream and let go of files and connections."""


@runtime_checkable
class ScheduledFeed(Feed, Protocol):
    """A feed that knows when its bars end.

    Attributes
    ----------
    schedule : Schedule
        When bars end.
    closes_only : bool
        Whether it sends closes alone, so that no bar has an open of its own.
    """

    schedule: Schedule
    closes_only: bool
