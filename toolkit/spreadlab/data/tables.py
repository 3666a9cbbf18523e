"""Columns out of whatever table the caller has: pandas, polars, anything narwhals reads, numpy.

Only shape, types, names and dates are judged here; what the numbers say is judged in `checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.data.timestamps import check_increasing, to_nanoseconds
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DATE_NAMES = frozenset({"date", "dates", "datetime", "day", "time", "timestamp"})
_TABLE = "a pandas or polars frame, a two-dimensional array or a PricePanel"
_NUMERIC = "convert the column to numbers or leave it out"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Float columns with their names and, where known, their dates."""

    values: NDArray[np.float64]
    symbols: tuple[str, ...]
    timestamps: NDArray[np.int64] | None


def read_table(prices: Any, argument: str) -> Table:
    """Return the columns of `prices` as float64 (T, N), their names and their dates.

    Raises
    ------
    InvalidInputError
        If `prices` is no table, a column is not numeric, two columns have one name, or the
        dates are missing, unsorted or duplicated.
    """
    import narwhals as nw

    _check_columns(prices, argument)
    try:
        frame = nw.from_native(prices, eager_only=True)
    except TypeError:
        return _read_array(prices, argument)
    dates_in = None
    stamps = _index_stamps(nw.maybe_get_index(frame), argument)
    if stamps is None:
        dates_in = _date_column(frame, argument)
        if dates_in is not None:
            stamps = _column_stamps(frame[dates_in], f'{argument}["{dates_in}"]')
    if stamps is not None:
        check_increasing(stamps, argument)
    names = [name for name in frame.columns if name != dates_in]
    symbols = tuple(str(name) for name in names)
    check_symbols(symbols, argument)
    if all(dtype == nw.Float64 for dtype in frame.select(names).schema.values()):
        values = frame.select(names).to_numpy()  # a hundred times the speed of columns one by one
        return Table(np.ascontiguousarray(values, dtype=np.float64), symbols, stamps)
    values = np.empty((len(frame), len(names)))
    for i, name in enumerate(names):
        values[:, i] = _column_values(frame[name], f'{argument}["{symbols[i]}"]')
    return Table(values, symbols, stamps)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One float column; `index` is its dates or, of a pandas Series without, its row numbers."""

    values: NDArray[np.float64]
    name: str | None = None
    timestamps: NDArray[np.int64] | None = None
    index: NDArray[Any] | None = None


def read_column(values: Any, argument: str) -> Column:
    """Return one Series, array or sequence as float64 (T,), with its name and dates if it has any.

    Raises
    ------
    InvalidInputError
        If it is not one-dimensional and numeric, or its dates are unsorted or duplicated.
    """
    import narwhals as nw

    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        return Column(_read_vector(values, argument))
    index = nw.maybe_get_index(series)
    stamps = _index_stamps(index, argument)
    if stamps is not None:
        check_increasing(stamps, argument)
    name = None if series.name in (None, "") else str(series.name)
    rows = None if index is None else np.asarray(index)
    return Column(
        _column_values(series, argument), name, stamps, rows if stamps is None else stamps
    )


def check_symbols(symbols: Sequence[str], argument: str) -> None:
    """Raise InvalidInputError that names the symbols which occur more than once."""
    if len(set(symbols)) == len(symbols):
        return
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    shown = ", ".join(repr(symbol) for symbol in twice[:5]) + (", ..." if len(twice) > 5 else "")
    raise InvalidInputError(
        argument,
        f"{len(twice)} duplicate symbols: {shown}",
        "one column a symbol",
        "rename or drop the duplicates",
    )


def _check_columns(prices: Any, argument: str) -> None:
    # Before narwhals, which refuses these frames in words of its own.
    if type(prices).__name__ == "LazyFrame":
        raise InvalidInputError(
            argument, "got a lazy frame", "a frame in memory", f"call {argument}.collect() first"
        )
    columns = getattr(prices, "columns", None)
    if getattr(columns, "nlevels", 1) > 1:
        raise InvalidInputError(
            argument,
            f"columns with {columns.nlevels} levels",  # type: ignore[union-attr]
            "one level of columns, the symbols",
            f'select one field first, such as {argument}["Close"]',
        )
    if hasattr(prices, "dtypes") and columns is not None:
        check_symbols([str(name) for name in columns], argument)


def _read_array(prices: Any, argument: str) -> Table:
    if _is_no_array(prices) or np.ndim(_object_free(prices, argument)) != 2:
        raise InvalidInputError(argument, f"got {_kind(prices)}", _TABLE)
    values = _as_float(prices, argument)
    return Table(values, tuple(str(i) for i in range(values.shape[1])), None)


def _read_vector(values: Any, argument: str) -> NDArray[np.float64]:
    if _is_no_array(values) or np.ndim(_object_free(values, argument)) != 1:
        raise InvalidInputError(
            argument,
            f"got {_kind(values)}",
            "one-dimensional: a Series, an array or a sequence of real numbers",
        )
    return _as_float(values, argument)


def _is_no_array(values: Any) -> bool:
    return values is None or isinstance(values, dict | str | bytes)


def _kind(values: Any) -> str:
    if values is None:
        return "None"
    shape = "" if _is_no_array(values) else f" of shape {np.shape(values)}"
    return f"{type(values).__name__}{shape}"


def _object_free(values: Any, argument: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidInputError(argument, "got rows of different lengths", _TABLE) from None
    if array.ndim == 0 and array.dtype.kind == "O":
        raise InvalidInputError(argument, f"got {type(values).__name__}", "an array of numbers")
    if array.dtype.kind not in "fiu" and array.size:
        raise InvalidInputError(
            argument, f"got values of type {array.dtype}", "real numbers", "convert them to float"
        )
    return array


def _as_float(values: Any, argument: str) -> NDArray[np.float64]:
    return np.array(_object_free(values, argument), dtype=np.float64, order="C")


def _column_values(series: Any, argument: str) -> NDArray[np.float64]:
    import narwhals as nw

    if not (series.dtype.is_numeric() or series.dtype == nw.Decimal):
        raise InvalidInputError(
            argument, f"values of type {_type_name(series.dtype)}", "real numbers", _NUMERIC
        )
    values: NDArray[np.float64] = np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return values


def _type_name(dtype: Any) -> str:
    return str(dtype).lower() if str(dtype) in {"Object", "String", "Boolean"} else str(dtype)


def _date_column(frame: Any, argument: str) -> str | None:
    """Return the name of the column that holds the dates, if there is one."""
    import narwhals as nw

    schema = frame.schema  # made anew at each access, from all columns
    for name, dtype in schema.items():
        if dtype in (nw.Datetime, nw.Date):
            return str(name)
    for name, dtype in schema.items():
        if str(name).lower() in DATE_NAMES:
            if dtype.is_numeric():
                raise InvalidInputError(
                    f'{argument}["{name}"]',
                    f"numbers of type {dtype}",
                    "dates",
                    "convert them with pandas.to_datetime, or rename the column if it is a symbol",
                )
            return str(name)
    return None


def _column_stamps(series: Any, argument: str) -> NDArray[np.int64]:
    import narwhals as nw

    if series.dtype == nw.Datetime:
        if series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return to_nanoseconds(series.to_numpy(), argument)
    return to_nanoseconds(np.asarray(series.to_list(), dtype=object), argument)


def _index_stamps(index: Any, argument: str) -> NDArray[np.int64] | None:
    """Return the dates of a pandas index; None where it only counts the rows."""
    if index is None:
        return None
    name = f"{argument}.index"
    if index.nlevels > 1:
        raise InvalidInputError(
            name, f"got {index.nlevels} levels", "one level of dates", "use prices in wide form"
        )
    if hasattr(index, "to_timestamp"):
        index = index.to_timestamp()
    if hasattr(index, "tz_convert"):
        zoned = index.tz is not None
        return to_nanoseconds((index.tz_convert(None) if zoned else index).to_numpy(), name)
    values = np.asarray(index)
    if values.dtype.kind in "fiu":
        # A plain row count carries no dates, but a shuffled one says that the rows are shuffled.
        check_row_count(values, name)
        return None
    return to_nanoseconds(values, name)


def check_row_count(values: NDArray[Any], argument: str) -> None:
    """Raise InvalidInputError unless a numeric index increases."""
    wrong = ~(np.diff(values) > 0)
    if wrong.any():
        row = int(np.argmax(wrong)) + 1
        kind = "duplicated" if values[row] == values[row - 1] else "unsorted"
        raise InvalidInputError(
            argument,
            f"{kind}: {values[row]} in row {row} comes after {values[row - 1]}",
            "dates, or numbers that increase",
            "sort the rows by time, then reset_index(drop=True)",
        )
