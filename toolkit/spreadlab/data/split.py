"""Prices before a date and from it on: what is fitted, and what is traded."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spreadlab.errors import InvalidInputError


def split_at(prices: Any, date: str | None, *, argument: str = "date") -> tuple[Any, Any]:
    """Return the rows before `date` and those from it on; all rows twice without a date.

    Parameters
    ----------
    prices : pandas.DataFrame
        With sorted dates.
    date : str or None
        Like ``2020-01-01``, in the time zone of the prices.
    argument : str
        What an error calls it.

    Raises
    ------
    InvalidInputError
        For prices without dates, what is no date, and a date that leaves one side empty.
    """
    if date is None:
        return prices, prices
    if not isinstance(getattr(prices, "index", None), pd.DatetimeIndex):
        raise InvalidInputError(argument, f"got {date!r}", "given with prices that have dates")
    try:
        at = pd.Timestamp(date)
    except ValueError:
        raise InvalidInputError(argument, f"got {date!r}", "a date like 2020-01-01") from None
    if prices.index.tz is not None and at.tz is None:
        at = at.tz_localize(prices.index.tz)
    before = prices.index < at
    if not before.any() or before.all():
        first, last = prices.index[0], prices.index[-1]
        raise InvalidInputError(
            argument, f"got {date!r}", f"a date inside {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        )
    return prices[before], prices[~before]
