"""Dates in and out: int64 nanoseconds UTC inside, ISO text in messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAY_NS = 86_400 * 10**9
_WEEKLY, _MONTHLY, _QUARTERLY, _YEARLY = 7, 30, 91, 365
_SORT = "sort the rows by date first"
_RANGE = "dates between 1677-09-22 and 2262-04-10, which nanoseconds can count"


def row_number(row: int) -> str:
    """Return how messages call a row; files call it by its line instead."""
    return f"row {row}"


def to_nanoseconds(
    values: Any, argument: str, place: Callable[[int], str] = row_number
) -> NDArray[np.int64]:
    """Return dates as int64 nanoseconds UTC.

    Parameters
    ----------
    values : array_like of datetime64, datetime, date or ISO 8601 text, shape (T,)
        Values with an offset are converted to UTC, values without one are taken as UTC.
    argument : str
        Name used in the error.
    place : callable
        Row number to what the error calls that row.

    Raises
    ------
    InvalidInputError
        If a value is missing, is no date, or lies outside what nanoseconds can count.
    """
    raw = np.asarray(values)
    stamps = raw if raw.dtype.kind == "M" else _parse(raw, argument, place)
    missing = np.isnat(stamps)
    if missing.any():
        raise InvalidInputError(
            argument,
            f"{int(missing.sum())} missing dates, the first in {place(int(np.argmax(missing)))}",
            "a date in every row",
            "fill or drop those rows",
        )
    days = stamps.astype("datetime64[D]")
    # One day inside the ends of int64 nanoseconds: the cast below wraps around without a word.
    outside = (days < np.datetime64("1677-09-22")) | (days > np.datetime64("2262-04-10"))
    if outside.any():
        raise InvalidInputError(argument, f"the date {days[np.argmax(outside)]}", _RANGE)
    return np.ascontiguousarray(stamps.astype("datetime64[ns]").astype(np.int64))


def _parse(raw: NDArray[Any], argument: str, place: Callable[[int], str]) -> NDArray[np.datetime64]:
    import pandas as pd

    if raw.dtype.kind not in "OUT":
        raise InvalidInputError(
            argument, f"values of type {raw.dtype}", "dates", "convert them with pandas.to_datetime"
        )
    try:
        index = pd.to_datetime(pd.Index(raw, dtype=object), format="ISO8601", utc=True)
    except (ValueError, TypeError, OverflowError):
        row, value = _first_unparseable(raw)
        raise InvalidInputError(
            argument,
            f"{value!r} in {place(row)} is not a date",
            "ISO 8601 dates such as 2019-02-01",
            "convert them with pandas.to_datetime",
        ) from None
    stamps: NDArray[np.datetime64] = index.tz_localize(None).to_numpy()
    return stamps


def _first_unparseable(raw: NDArray[Any]) -> tuple[int, object]:
    import pandas as pd

    good = pd.to_datetime(
        pd.Index(raw, dtype=object), format="ISO8601", utc=True, errors="coerce"
    ).notna()
    bad = ~(np.asarray(good) | np.asarray(pd.isna(raw)))
    row = int(np.argmax(bad))
    return row, raw[row : row + 1].tolist()[0]


def check_increasing(
    stamps: NDArray[np.int64], argument: str, place: Callable[[int], str] = row_number
) -> None:
    """Raise InvalidInputError that names the first date which repeats or goes back."""
    steps = np.diff(stamps)
    if stamps.size < 2 or bool((steps > 0).all()):
        return
    if (steps < 0).any():
        row = int(np.argmax(steps < 0)) + 1
        before = day_text(stamps[row - 1])
        got = f"unsorted dates: {day_text(stamps[row])} in {place(row)} comes after {before}"
        raise InvalidInputError(argument, got, "in increasing order of date", _SORT)
    repeated = np.flatnonzero(steps == 0)
    got = (
        f"{repeated.size} duplicated dates, the first is {day_text(stamps[repeated[0]])} "
        f"in {place(int(repeated[0]))} and {place(int(repeated[0]) + 1)}"
    )
    raise InvalidInputError(argument, got, "one row a date", "drop or merge the duplicated rows")


def day_text(stamp: int | np.int64) -> str:
    """Return a timestamp as 2019-02-01, with the time of day when it is not midnight."""
    value = np.datetime64(int(stamp), "ns")
    if int(stamp) % _DAY_NS == 0:
        return str(value.astype("datetime64[D]"))
    return str(value).rstrip("0").rstrip(".") if int(stamp) % 10**9 else str(value)[:19]


def row_text(rows: NDArray[np.intp], stamps: NDArray[np.int64] | None) -> str:
    """Return where `rows` are: dates if there are any, row numbers if not."""
    first, last = int(rows[0]), int(rows[-1])
    if stamps is None:
        return f"in row {first}" if first == last else f"between rows {first} and {last}"
    if first == last:
        return f"on {day_text(stamps[first])}"
    return f"between {day_text(stamps[first])} and {day_text(stamps[last])}"


def infer_periods_per_year(stamps: NDArray[np.int64]) -> float:
    """Return bars a year from the spacing of the dates.

    Parameters
    ----------
    stamps : ndarray of int64, shape (T,), T >= 2
        Nanoseconds UTC, increasing.

    Returns
    -------
    float
        A year has 365 days where bars fall on weekends (crypto) and 252 where they do not.
        Daily bars give that number, intraday bars the median number of bars on a whole day times
        it, and slower bars 52, 12, 4 or 1.

    Notes
    -----
    A stretch that holds no weekend at all is counted with 252 days.
    """
    gap_days = float(np.median(np.diff(stamps))) / _DAY_NS
    # The epoch was a Thursday: day 2 was a Saturday, day 3 a Sunday.
    days, bars = np.unique(stamps // _DAY_NS, return_counts=True)
    trades_weekends = bool(np.isin(days % 7, (2, 3)).mean() > 1 / 7)
    per_year = 365.0 if trades_weekends else 252.0
    if gap_days < 0.75:
        # First and last day may be cut short.
        return per_year * float(np.median(bars[1:-1]) if bars.size > 2 else bars.max())
    if gap_days < 4:
        return per_year
    slower = {_WEEKLY: 52.0, _MONTHLY: 12.0, _QUARTERLY: 4.0, _YEARLY: 1.0}
    nearest = min(slower, key=lambda days_apart: abs(np.log(gap_days / days_apart)))
    return slower[nearest]
