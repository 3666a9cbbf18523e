"""What a feed says: a price, that time has passed, or how the connection is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spreadlab.data.timestamps import to_nanoseconds

SECOND = 10**9
"""Nanoseconds in a second: times are int64 nanoseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One price of one symbol: a trade, a quote's middle, or a close.

    Attributes
    ----------
    symbol : str
        As the pairs call it.
    time : int
        When it was made, nanoseconds since 1970 UTC.
    price : float
        Positive.
    size : float
        Units traded, NaN where the feed doesn't say.
    sequence : int
        Orders ticks of one time: the exchange's number where it gives one, else how they came.
    """

    symbol: str
    time: int
    price: float
    size: float = float("nan")
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A promise of the feed: what is at or before `time` has been sent.

    Attributes
    ----------
    time : int
        Nanoseconds since 1970 UTC.
    """

    time: int


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How the connection is.

    Attributes
    ----------
    time : int
        Nanoseconds since 1970 UTC, on the feed's clock.
    state : str
        What happened: "connected", "disconnected", "backfilled", "bad_message", "ended"; a session
        adds "silent" and "failed".
    words : str
        The same for a person, with the reason.
    """

    time: int
    state: Literal[
        "connected", "disconnected", "backfilled", "bad_message", "ended", "silent", "failed"
    ]
    words: str


FeedItem = Tick | Heartbeat | FeedStatus


def to_time(value: Any, argument: str) -> int:
    """Return one date as nanoseconds since 1970 UTC.

    Parameters
    ----------
    value : datetime64, datetime or ISO 8601 text
        Without an offset it is UTC.
    argument : str
        Name used in the error.

    Raises
    ------
    InvalidInputError
        If it is no date.
    """
    if isinstance(value, str):
        return int(to_nanoseconds(np.array([value], dtype=object), argument)[0])
    if isinstance(value, np.datetime64):
        return int(to_nanoseconds(np.array([value]), argument)[0])
    return int(to_nanoseconds(np.array([value], dtype=object), argument)[0])


def time_text(time: int) -> str:
    """Return a time in words: 2019-02-01, with the time of day when it is not midnight."""
    from spreadlab.data.timestamps import day_text

    return day_text(time)
