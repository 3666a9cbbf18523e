"""Live prices in, decisions out: feeds, bars, the monitor of frozen pairs and a paper book.

Names load on first use. A live run on replayed prices decides, fills and earns what `sl.backtest`
does on them: both call the same compiled steps.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.live.alerts import Alert
    from spreadlab.live.bars import Bar, Resampler, TickCounts
    from spreadlab.live.book.account import Attribution
    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.book.store import BookConflictError, Event
    from spreadlab.live.book.views import Exposures, NamePosition, PairPosition
    from spreadlab.live.clock import Clock, SystemClock, VirtualClock
    from spreadlab.live.feeds.backoff import Backoff
    from spreadlab.live.feeds.base import Feed
    from spreadlab.live.feeds.crypto import CcxtFeed
    from spreadlab.live.feeds.fields import FieldMap
    from spreadlab.live.feeds.file import FileFeed
    from spreadlab.live.feeds.replay import ReplayFeed
    from spreadlab.live.feeds.websocket import WebSocketFeed
    from spreadlab.live.model import Baseline, PairModel, freeze_pair
    from spreadlab.live.monitor import Monitor, MonitorStep, PairQuote, PairState
    from spreadlab.live.schedule import Ends, Interval, Schedule, Sessions
    from spreadlab.live.session import Session, SessionUpdate
    from spreadlab.live.strategies import freeze_strategy
    from spreadlab.live.ticks import FeedStatus, Heartbeat, Tick
    from spreadlab.live.watch import Health, Watch
    from spreadlab.strategy.limits import Limits

_HOMES = {
    "Alert": "alerts",
    "Attribution": "book.account",
    "Backoff": "feeds.backoff",
    "Bar": "bars",
    "Baseline": "model",
    "BookConflictError": "book.store",
    "CcxtFeed": "feeds.crypto",
    "Clock": "clock",
    "Ends": "schedule",
    "Event": "book.store",
    "Exposures": "book.views",
    "Feed": "feeds.base",
    "FeedStatus": "ticks",
    "FieldMap": "feeds.fields",
    "FileFeed": "feeds.file",
    "Health": "watch",
    "Heartbeat": "ticks",
    "Interval": "schedule",
    "Limits": "spreadlab.strategy.limits",
    "Monitor": "monitor",
    "MonitorStep": "monitor",
    "NamePosition": "book.views",
    "PairModel": "model",
    "PairPosition": "book.views",
    "PairQuote": "monitor",
    "PairState": "monitor",
    "PaperBook": "book.paper",
    "ReplayFeed": "feeds.replay",
    "Resampler": "bars",
    "Schedule": "schedule",
    "Session": "session",
    "SessionUpdate": "session",
    "Sessions": "schedule",
    "SystemClock": "clock",
    "Tick": "ticks",
    "TickCounts": "bars",
    "VirtualClock": "clock",
    "Watch": "watch",
    "WebSocketFeed": "feeds.websocket",
    "freeze_pair": "model",
    "freeze_strategy": "strategies",
}

__all__ = [
    "Alert",
    "Attribution",
    "Backoff",
    "Bar",
    "Baseline",
    "BookConflictError",
    "CcxtFeed",
    "Clock",
    "Ends",
    "Event",
    "Exposures",
    "Feed",
    "FeedStatus",
    "FieldMap",
    "FileFeed",
    "Health",
    "Heartbeat",
    "Interval",
    "Limits",
    "Monitor",
    "MonitorStep",
    "NamePosition",
    "PairModel",
    "PairPosition",
    "PairQuote",
    "PairState",
    "PaperBook",
    "ReplayFeed",
    "Resampler",
    "Schedule",
    "Session",
    "SessionUpdate",
    "Sessions",
    "SystemClock",
    "Tick",
    "TickCounts",
    "VirtualClock",
    "Watch",
    "WebSocketFeed",
    "freeze_pair",
    "freeze_strategy",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    module = home if home.startswith("spreadlab.") else f"spreadlab.live.{home}"
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted(__all__)
