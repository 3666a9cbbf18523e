"""When bars end: at given times, every so many seconds, or with the sessions of an exchange.

A bar holds what came after the end of the one before it, up to and with its own end, by which it
is called. A day's close stamped with the day's own time is therefore in that day's bar.
"""

from __future__ import annotations

import datetime as dt
import warnings
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.data.timestamps import check_increasing, to_nanoseconds
from spreadlab.errors import DataUnavailableError, InvalidInputError
from spreadlab.live.ticks import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAY = 86_400
_ALLOWED = 'seconds (60), a length ("1min"), or a schedule: Interval, Ends or Sessions'


@runtime_checkable
class Schedule(Protocol):
    """When bars end."""

    def end_of(self, time: int) -> int | None:
        """Return the end of the bar that holds `time`, None outside trading hours."""

    def count(self, after: int, until: int) -> int:
        """Return how many bars end after `after` and at or before `until`."""

    def day_of(self, time: int) -> int:
        """Return the number of the trading day that `time` belongs to."""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise InvalidInputError(
            "timezone", f"got {name!r}", "a name of the IANA data base, like America/New_York"
        ) from None


class _Days:
    """Trading days that begin at midnight somewhere."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._zone = _zone(timezone)

    def day_of(self, time: int) -> int:
        """Return the number of the day, which holds the midnight at its end."""
        # One tick of the clock before: the close at midnight belongs to the day it closes.
        moment = dt.datetime.fromtimestamp((time - 1) // SECOND, self._zone)
        return moment.date().toordinal()


class Interval(_Days):
    """Bars of one length, around the clock, counted from midnight UTC.

    Parameters
    ----------
    seconds : int
        Length of a bar: a divisor of a day.
    timezone : str
        Where a day begins and ends: what a daily loss is counted over.

    Raises
    ------
    InvalidInputError
        If the length doesn't divide a day, or the time zone is unknown.
    """

    def __init__(self, seconds: int, *, timezone: str = "UTC") -> None:
        super().__init__(timezone)
        self.seconds = ensure_int(seconds, "seconds", low=1, high=_DAY)
        if _DAY % self.seconds:
            raise InvalidInputError("seconds", f"got {seconds}", "a divisor of a day, 86400")
        self._step = self.seconds * SECOND

    def __repr__(self) -> str:
        return f"Interval({self.seconds}, timezone={self.timezone!r})"

    def end_of(self, time: int) -> int:
        """Return the end of the bar that holds `time`."""
        return -(-time // self._step) * self._step

    def count(self, after: int, until: int) -> int:
        """Return how many bars end after `after` and at or before `until`."""
        return max(until // self._step - after // self._step, 0)


class Ends(_Days):
    """Bars that end at given times: those of a table of prices.

    Parameters
    ----------
    times : array_like of dates, or of int64 nanoseconds since 1970 UTC
        Increasing.
    timezone : str
        Where a day begins and ends.

    Raises
    ------
    InvalidInputError
        If they are no dates or do not increase.
    """

    def __init__(self, times: Any, *, timezone: str = "UTC") -> None:
        super().__init__(timezone)
        raw = np.asarray(times)
        stamps = raw if raw.dtype == np.int64 else to_nanoseconds(raw, "times")
        check_increasing(stamps, "times")
        if stamps.size == 0:
            raise InvalidInputError("times", "empty", "at least one end of a bar")
        self._ends: list[int] = stamps.tolist()

    def __repr__(self) -> str:
        return f"Ends(<{len(self._ends)} times>)"

    def end_of(self, time: int) -> int | None:
        """Return the first end at or after `time`, None after the last."""
        at = bisect_left(self._ends, time)
        return self._ends[at] if at < len(self._ends) else None

    def count(self, after: int, until: int) -> int:
        """Return how many bars end after `after` and at or before `until`."""
        return max(bisect_right(self._ends, until) - bisect_right(self._ends, after), 0)

    def day_of(self, time: int) -> int:
        """Return the number of the day; a bar stamped with midnight is that day's, as in tables."""
        return dt.datetime.fromtimestamp(time // SECOND, self._zone).date().toordinal()


class Sessions:
    """Bars inside the sessions of an exchange, by the calendars of exchange-calendars.

    Parameters
    ----------
    calendar : str
        A calendar's code, like "XNYS", "XLON", "24/7".
    seconds : int, optional
        Length of a bar; the last of a session is cut off by its close. None: one bar a session.
    start, end : str, optional
        First and last day; by default a year back and as far ahead as the calendar knows.

    Raises
    ------
    DataUnavailableError
        If exchange-calendars is not installed.
    InvalidInputError
        If the calendar is unknown or the days have no session.

    Notes
    -----
    Holidays, half days, lunch breaks and changes of the clock are the calendar's. What comes
    outside of the sessions is in no bar.
    """

    def __init__(
        self,
        calendar: str,
        seconds: int | None = None,
        *,
        start: str | None = None,
        end: str | None = None,
    ) -> None:
        try:
            import exchange_calendars
        except ImportError:
            raise DataUnavailableError(
                "session calendars need exchange-calendars: pip install 'spreadlab[live]'"
            ) from None
        if seconds is not None:
            seconds = ensure_int(seconds, "seconds", low=1, high=_DAY)
        first = start or str(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=365))
        try:
            with warnings.catch_warnings():
                # How it uses pandas is for exchange-calendars to change.
                warnings.simplefilter("ignore", DeprecationWarning)
                found = exchange_calendars.get_calendar(calendar, start=first, end=end)
        except (exchange_calendars.errors.CalendarError, ValueError, TypeError) as error:
            raise InvalidInputError(
                "calendar", f"got {calendar!r} from {first} to {end or 'the end'}: {error}"
            ) from None
        self.calendar, self.seconds = calendar, seconds
        opens, closes = _stamps(found.opens), _stamps(found.closes)
        rest, resume = _stamps(found.break_starts), _stamps(found.break_ends)
        self._starts: list[int] = []
        self._stops: list[int] = []
        self._days: list[int] = []
        self._closes: list[int] = closes.tolist()
        for day, (opened, closed) in enumerate(zip(opens, closes, strict=True)):
            for begin, finish in (
                ((opened, closed),)
                if rest[day] == _NO_TIME
                else ((opened, rest[day]), (resume[day], closed))
            ):
                self._starts.append(int(begin))
                self._stops.append(int(finish))
                self._days.append(day)
        lengths = np.subtract(self._stops, self._starts)
        per_part = -(-lengths // (seconds * SECOND)) if seconds else np.zeros(lengths.size, int)
        self._before: list[int] = [0, *np.cumsum(per_part).tolist()]

    def __repr__(self) -> str:
        return f"Sessions({self.calendar!r}, {self.seconds})"

    def end_of(self, time: int) -> int | None:
        """Return the end of the bar that holds `time`, None outside the sessions."""
        part = bisect_right(self._starts, time) - 1
        if part < 0 or time > self._stops[part]:
            return None
        if self.seconds is None:
            return self._closes[self._days[part]]
        step = self.seconds * SECOND
        # What comes at the very open is in the first bar.
        bars = max(-(-(time - self._starts[part]) // step), 1)
        return min(self._starts[part] + bars * step, self._stops[part])

    def count(self, after: int, until: int) -> int:
        """Return how many bars end after `after` and at or before `until`."""
        return max(self._ended(until) - self._ended(after), 0)

    def _ended(self, time: int) -> int:
        """Return how many bars end at or before `time`."""
        if self.seconds is None:
            return bisect_right(self._closes, time)
        part = bisect_right(self._starts, time) - 1
        if part < 0:
            return 0
        if time >= self._stops[part]:
            return self._before[part + 1]
        return self._before[part] + (time - self._starts[part]) // (self.seconds * SECOND)

    def day_of(self, time: int) -> int:
        """Return the number of the session, or of the last one before `time`."""
        part = bisect_right(self._starts, time) - 1
        return self._days[part] if part >= 0 else -1


_NO_TIME = np.iinfo(np.int64).min


def _stamps(series: Any) -> NDArray[np.int64]:
    """Return a calendar's times as nanoseconds; one that is missing stays the NaT it was."""
    values = series.dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    return np.asarray(values.astype(np.int64))


_UNITS = {"s": 1, "min": 60, "h": 3600, "d": _DAY}


def ensure_schedule(bars: Any) -> Schedule:
    """Return when bars end, from a schedule, a number of seconds or a length like "5min".

    Raises
    ------
    InvalidInputError
        If it is none of these.
    """
    if isinstance(bars, str):
        digits = bars.rstrip("abcdefghijklmnopqrstuvwxyz")
        unit = bars[len(digits) :]
        if digits.isdecimal() and unit in _UNITS:
            return Interval(int(digits) * _UNITS[unit])
        raise InvalidInputError("bars", f"got {bars!r}", _ALLOWED)
    if isinstance(bars, int) and not isinstance(bars, bool):
        return Interval(bars)
    if isinstance(bars, Schedule) and not isinstance(bars, type):
        return bars
    raise InvalidInputError("bars", f"got {bars!r}"[:80], _ALLOWED)
