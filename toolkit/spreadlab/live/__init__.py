"""Live prices in, decisions out: feeds, bars, the monitor of frozen pairs and a paper book.

Names load on first use. A live run on replayed prices decides, fills and earns what `sl.backtest`
does on them: both call the same compiled steps.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.live.bars import Bar, Resampler, TickCounts
    from spreadlab.live.clock import Clock, SystemClock, VirtualClock
    from spreadlab.live.feeds.base import Feed
    from spreadlab.live.feeds.replay import ReplayFeed
    from spreadlab.live.schedule import Ends, Interval, Schedule, Sessions
    from spreadlab.live.ticks import FeedStatus, Heartbeat, Tick

_HOMES = {
    "Bar": "bars",
    "Clock": "clock",
    "Ends": "schedule",
    "Feed": "feeds.base",
    "FeedStatus": "ticks",
    "Heartbeat": "ticks",
    "Interval": "schedule",
    "ReplayFeed": "feeds.replay",
    "Resampler": "bars",
    "Schedule": "schedule",
    "Sessions": "schedule",
    "SystemClock": "clock",
    "Tick": "ticks",
    "TickCounts": "bars",
    "VirtualClock": "clock",
}

__all__ = [
    "Bar",
    "Clock",
    "Ends",
    "Feed",
    "FeedStatus",
    "Heartbeat",
    "Interval",
    "ReplayFeed",
    "Resampler",
    "Schedule",
    "Sessions",
    "SystemClock",
    "Tick",
    "TickCounts",
    "VirtualClock",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"spreadlab.live.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
