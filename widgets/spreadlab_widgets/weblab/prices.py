"""The prices that a page shows."""

from __future__ import annotations

from typing import Any

import pandas as pd

import spreadlab as sl
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.weblab.config import PageSettings

_SAMPLE = {"start": "2014-01-01", "end": "2022-12-28"}


def sample_prices() -> Any:
    """Return the closes that come with spreadlab."""
    return sl.data.load_sp500(**_SAMPLE)


def prices_of(settings: PageSettings) -> tuple[Any, str]:
    """Return the prices, and the code that reads them."""
    if settings.prices is None:
        given = ", ".join(f"{name}={value!r}" for name, value in _SAMPLE.items())
        return sample_prices(), f"prices = sl.data.load_sp500({given})".replace("'", '"')
    code = f"prices = sl.data.read_prices({settings.prices!r})"
    return sl.data.read_prices(settings.prices), code


def first_replayed(prices: Any, day: str | None) -> Any:
    """Return the first date that a replay trades: the one given, or after two thirds.

    Raises
    ------
    InvalidInputError
        If no prices come before it: models are formed on them.
    """
    index = prices.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InvalidInputError("prices", "have no dates", "prices with a column of dates")
    row = 2 * len(index) // 3 if day is None else int(index.searchsorted(day))
    if not 0 < row < len(index):
        raise InvalidInputError(
            "replay_from", f"got {day!r}", f"after {index[0]:%Y-%m-%d}, up to {index[-1]:%Y-%m-%d}"
        )
    return index[row]
