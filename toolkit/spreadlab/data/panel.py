"""Whatever the caller has becomes a panel here, checked once at the public edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._validation import check_choice, ensure_float
from spreadlab.data.alignment import both_indexed, check_same_rows, shared_rows
from spreadlab.data.checks import Columns, check_missing, check_values, drop_missing_rows
from spreadlab.data.prices import DAILY, PricePanel, frozen
from spreadlab.data.tables import Table, read_column, read_table
from spreadlab.data.timestamps import infer_periods_per_year
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Transform = Literal["log", "none"]
    Align = Literal["error", "inner", "pairwise"]
    Constant = Literal["error", "allow"]

__all__ = ["PricePanel", "ensure_pair", "ensure_panel", "ensure_series"]

_FILL = "fill or drop them"


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the caller asks of the numbers."""

    transform: Transform
    align: Align
    constant: Constant
    min_obs: int
    advice: str = _FILL

    def __post_init__(self) -> None:
        check_choice(self.transform, "transform", ("log", "none"))
        check_choice(self.align, "align", ("error", "inner", "pairwise"))
        check_choice(self.constant, "constant", ("error", "allow"))

    def apply(self, columns: Columns, argument: str) -> tuple[Columns, int]:
        """Return the columns that passed, and how many rows were dropped from them."""
        dropped = 0
        if self.align == "error":
            check_missing(columns, self.advice)
        elif self.align == "inner":
            columns, dropped = drop_missing_rows(columns)
        n_obs, enough = columns.values.shape[0], max(self.min_obs, 1)
        if n_obs < enough:
            left = f" left of {n_obs + dropped} after dropping rows with NaN" if dropped else ""
            got = f"too short, {n_obs} observation{'s' * (n_obs != 1)}{left}"
            raise InvalidInputError(argument, got, f"at least {enough} observations")
        log, constant_allowed = self.transform == "log", self.constant == "allow"
        check_values(columns, log=log, constant_allowed=constant_allowed)
        return columns, dropped


def ensure_panel(
    prices: Any,
    argument: str = "prices",
    *,
    transform: Transform = "log",
    align: Align = "error",
    constant: Constant = "error",
    min_obs: int = 2,
    min_symbols: int = 1,
    periods_per_year: float | Literal["infer"] | None = None,
    advice: str = 'fill or drop them (align="inner")',
) -> PricePanel:
    """Return `prices` as a panel that has a meaningful answer, or raise.

    Parameters
    ----------
    prices : pandas or polars frame, ndarray (T, N), nested sequence, or PricePanel
        Dates come from a datetime index, else from the first datetime column, else from a column
        called date, datetime, day, time or timestamp; without any, rows are bars in order.
        Dates without an offset are taken as UTC. Columns of an array are named "0", "1", ...
    argument : str
        Name used in errors.
    transform : {"log", "none"}
        "log" refuses values that are not positive. The prices themselves stay as they are.
    align : {"error", "inner", "pairwise"}
        What to do about NaN: refuse them, drop every row that has one (`dropped_rows` counts
        them), or let them through for a caller that deals with each pair on its own.
    constant : {"error", "allow"}
        "allow" for callers that answer a constant column with NaN and a reason.
    min_obs, min_symbols : int
        Fewest rows (after dropping) and columns that make sense to the caller.
    periods_per_year : float, "infer" or None
        None keeps what a PricePanel says, and is 252 for everything else. "infer" reads it off
        the dates, see `spreadlab.data.timestamps.infer_periods_per_year`.
    advice : str
        What the error about NaN tells the user to do; callers whose own users have no `align`
        say "fill or drop them".

    Raises
    ------
    InvalidInputError
        For NaN, inf, values that are not positive under "log", beyond 1e100 or altogether below
        1e-100 in size, constant columns, columns that are not numeric, unsorted, duplicated or
        missing dates, duplicate symbols, too few rows or columns. The message names the column
        as ``prices["XYZ"]`` and the dates.
    """
    rules = _Rules(transform, align, constant, min_obs, advice)
    panel = prices if isinstance(prices, PricePanel) else None
    table = (
        read_table(prices, argument)
        if panel is None
        else Table(panel.prices, panel.symbols, panel.timestamps)
    )
    _check_shape(table.values, argument, min_symbols)
    names = tuple(f'{argument}["{symbol}"]' for symbol in table.symbols)
    columns, dropped = rules.apply(Columns(table.values, names, table.timestamps), argument)
    opens = None if panel is None else panel.opens
    if dropped and opens is not None:
        opens = opens[~np.isnan(table.values).any(axis=1)]
    return PricePanel(
        columns.values,
        table.symbols,
        columns.timestamps,
        _periods(
            periods_per_year, columns.timestamps, DAILY if panel is None else panel.periods_per_year
        ),
        opens,
        dropped + (0 if panel is None else panel.dropped_rows),
    )


def ensure_series(
    values: Any,
    argument: str,
    *,
    transform: Transform = "none",
    align: Literal["error", "inner"] = "error",
    constant: Constant = "error",
    min_obs: int = 2,
) -> tuple[NDArray[np.float64], str | None, NDArray[np.int64] | None]:
    """Return one column as read-only float64 (T,), its name and its timestamps, or raise.

    Parameters
    ----------
    values : pandas or polars Series, ndarray (T,), or sequence of numbers
        Only a Series has a name and only a pandas Series has dates; both are None otherwise.
    argument, transform, align, constant, min_obs
        As for `ensure_panel`; the default is a spread, which has no logarithm.

    Raises
    ------
    InvalidInputError
        As for `ensure_panel`, naming `argument` itself.
    """
    rules = _Rules(transform, align, constant, min_obs)
    column = read_column(values, argument)
    table = Columns(column.values[:, np.newaxis], (argument,), column.timestamps)
    columns, _ = rules.apply(table, argument)
    stamps = columns.timestamps
    return frozen(columns.values[:, 0]), column.name, None if stamps is None else frozen(stamps)


def ensure_pair(
    y: Any,
    x: Any,
    *,
    arguments: tuple[str, str] = ("y", "x"),
    transform: Transform = "log",
    align: Literal["error", "inner"] = "error",
    constant: Constant = "error",
    min_obs: int = 2,
    periods_per_year: float | Literal["infer"] | None = None,
) -> PricePanel:
    """Return two columns as a panel of two symbols, or raise.

    Parameters
    ----------
    y, x : pandas or polars Series, ndarray (T,), or sequence of numbers
        Two of one length. Where both have dates these must be the same, unless ``align="inner"``
        asks for the dates they share.
    arguments : tuple of str
        Names used in errors, and symbols where the Series have no names that tell them apart.
    transform, align, constant, min_obs, periods_per_year
        As for `ensure_panel`.

    Raises
    ------
    InvalidInputError
        As for `ensure_panel`, and when lengths or dates differ; nothing is aligned unasked.
    """
    rules = _Rules(transform, align, constant, min_obs)
    left, right = read_column(y, arguments[0]), read_column(x, arguments[1])
    lost = 0
    if align == "inner" and both_indexed(left, right):
        left, right, lost = shared_rows(left, right)
    check_same_rows(left, right, arguments)
    named = left.name is not None and right.name is not None and left.name != right.name
    symbols = (str(left.name), str(right.name)) if named else arguments
    stamps = left.timestamps if left.timestamps is not None else right.timestamps
    table = Columns(np.column_stack([left.values, right.values]), arguments, stamps)
    columns, dropped = rules.apply(table, arguments[0])
    per_year = _periods(periods_per_year, columns.timestamps, DAILY)
    return PricePanel(
        columns.values, symbols, columns.timestamps, per_year, dropped_rows=dropped + lost
    )


def _check_shape(values: NDArray[np.float64], argument: str, min_symbols: int) -> None:
    rows, columns = values.shape
    if columns == 0:
        raise InvalidInputError(argument, "empty, no price columns", "one column a symbol")
    if rows == 0:
        raise InvalidInputError(argument, "empty, no rows", "one row a date")
    if columns < min_symbols:
        got = f"{columns} symbol{'' if columns == 1 else 's'}"
        raise InvalidInputError(argument, got, f"at least {min_symbols} symbols")


def _periods(given: object, stamps: NDArray[np.int64] | None, known: float) -> float:
    if given is None:
        return known
    if isinstance(given, str) and given == "infer":
        if stamps is None or stamps.size < 2:
            raise InvalidInputError(
                "periods_per_year",
                "'infer' without dates",
                "a number for prices without dates",
                "give the number of bars a year, or prices with a datetime index",
            )
        return infer_periods_per_year(stamps)
    return ensure_float(given, "periods_per_year", low=0, low_open=True)
