"""The panel: prices, symbols and dates in one immutable value with one digest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float
from spreadlab.data.tables import check_symbols
from spreadlab.data.timestamps import check_increasing, day_text
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DAILY = 252.0


@dataclass(frozen=True, slots=True, eq=False)
class PricePanel:
    """Prices of N symbols at T times.

    Attributes
    ----------
    prices : ndarray, shape (T, N)
        Closes as given, read-only float64, time on axis 0. NaN only after ``align="pairwise"``.
    symbols : tuple of str
        Names of the columns, all different.
    timestamps : ndarray of int64, shape (T,), or None
        Nanoseconds since 1970 UTC, strictly increasing; None where the caller gave no dates.
    periods_per_year : float
        Bars a year: 252 unless given or inferred.
    opens : ndarray, shape (T, N), or None
        Opens of the same bars, for fills at the open.
    dropped_rows : int
        Rows that ``align="inner"`` left out.

    Raises
    ------
    InvalidInputError
        If shapes disagree, symbols repeat, or the dates do not increase.
    """

    prices: NDArray[np.float64]
    symbols: tuple[str, ...]
    timestamps: NDArray[np.int64] | None = None
    periods_per_year: float = DAILY
    opens: NDArray[np.float64] | None = None
    dropped_rows: int = 0
    inputs: Inputs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        prices = frozen(np.asarray(self.prices, dtype=np.float64))
        if prices.ndim != 2:
            raise InvalidInputError("prices", f"got shape {prices.shape}", "of shape (T, N)")
        symbols = tuple(self.symbols)
        if len(symbols) != prices.shape[1]:
            got = f"{len(symbols)} symbols for {prices.shape[1]} columns"
            raise InvalidInputError("symbols", got, "one symbol a column")
        check_symbols(symbols, "symbols")
        set_field = object.__setattr__
        if self.timestamps is not None:
            stamps = frozen(np.asarray(self.timestamps, dtype=np.int64))
            if stamps.shape != prices.shape[:1]:
                got = f"got shape {stamps.shape} for {prices.shape[0]} rows"
                raise InvalidInputError("timestamps", got, "one timestamp a row")
            check_increasing(stamps, "timestamps")
            set_field(self, "timestamps", stamps)
        if self.opens is not None:
            opens = frozen(np.asarray(self.opens, dtype=np.float64))
            if opens.shape != prices.shape:
                raise InvalidInputError("opens", f"got shape {opens.shape}", f"{prices.shape}")
            set_field(self, "opens", opens)
        per_year = ensure_float(self.periods_per_year, "periods_per_year", low=0, low_open=True)
        set_field(self, "prices", prices)
        set_field(self, "symbols", symbols)
        set_field(self, "periods_per_year", per_year)
        set_field(self, "inputs", Inputs({"prices": prices}, {"symbols": symbols}))

    def __repr__(self) -> str:
        span = ""
        if self.timestamps is not None and self.n_obs:
            span = f", {day_text(self.timestamps[0])} to {day_text(self.timestamps[-1])}"
        return f"PricePanel({self.n_obs} rows x {self.n_symbols} symbols{span})"

    @property
    def n_obs(self) -> int:
        """Rows T."""
        return int(self.prices.shape[0])

    @property
    def n_symbols(self) -> int:
        """Columns N."""
        return int(self.prices.shape[1])

    @property
    def digest(self) -> str:
        """Sha256 of prices and symbols as hex text: names the panel in caches and provenance."""
        return self.inputs.digest

    def select(self, symbols: Sequence[str]) -> PricePanel:
        """Return the panel of these symbols, in this order.

        Raises
        ------
        InvalidInputError
            If a symbol is not in the panel or is asked for twice.
        """
        places = {symbol: i for i, symbol in enumerate(self.symbols)}
        unknown = [symbol for symbol in symbols if symbol not in places]
        if unknown:
            known = ", ".join(self.symbols[:8]) + (", ..." if self.n_symbols > 8 else "")
            raise InvalidInputError("symbols", f"{unknown[0]!r} is not in the panel", f"of {known}")
        columns = [places[symbol] for symbol in symbols]
        return replace(
            self,
            prices=self.prices[:, columns],
            symbols=tuple(symbols),
            opens=None if self.opens is None else self.opens[:, columns],
        )

    def rows(self, low: int, high: int) -> PricePanel:
        """Return rows `low` to `high` (excluded) as a view, with Python's slicing rules."""
        cut = slice(low, high)
        return replace(
            self,
            prices=self.prices[cut],
            timestamps=None if self.timestamps is None else self.timestamps[cut],
            opens=None if self.opens is None else self.opens[cut],
        )

    def to_frame(self) -> Any:
        """Return the prices as a pandas DataFrame, dated in UTC without offset."""
        import pandas as pd

        index = None
        if self.timestamps is not None:
            index = pd.DatetimeIndex(self.timestamps.view("datetime64[ns]"), name="date")
        return pd.DataFrame(self.prices.copy(), index=index, columns=list(self.symbols))


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only array that no one else can write, copied only if someone could."""
    owner = array if array.base is None else array.base
    if array.flags.writeable or getattr(getattr(owner, "flags", None), "writeable", True):
        array = array.copy()
        array.flags.writeable = False
    return array
