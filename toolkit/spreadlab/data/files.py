"""Prices from CSV and Parquet files, in wide or in long form."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.data.tables import DATE_NAMES, check_symbols
from spreadlab.data.timestamps import check_increasing, day_text, row_number, to_nanoseconds
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_CSV, _PARQUET = (".csv", ".csv.gz"), (".parquet", ".pq")
_SYMBOL_NAMES = ("symbol", "ticker", "asset")
_CLOSE_NAMES = ("close", "adj close", "adj_close", "adjclose", "price")
_DATE_CELL = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d+")
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>"]
_FORMS = "a date column first and one column a symbol, or columns date, symbol and close"


@dataclass(frozen=True, slots=True)
class _Source:
    """A frame as it stands in the file, and what messages call the file and its rows."""

    frame: pd.DataFrame
    name: str
    place: Callable[[int], str]


def read_prices(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the prices in a CSV or Parquet file, one column a symbol.

    Parameters
    ----------
    path : str or path
        A file that ends in .csv, .csv.gz, .parquet or .pq, in one of two forms:

        - wide: dates in the column called date, datetime, day, time or timestamp, else in the
          first column (or, in Parquet, in a datetime index), one column a symbol;
        - long: columns date, symbol (ticker, asset) and close (else adj close, else price), in
          any order and case, rows in any order; other columns are left out.

    Returns
    -------
    DataFrame, shape (T, N)
        float64; index ``date`` in UTC without offset, increasing. Gaps stay NaN; symbols of a
        long file are sorted.

    Raises
    ------
    InvalidInputError
        If the file is missing, of another kind, empty, damaged or has no header; if a date can't
        be read as ISO 8601 (2019-02-01), repeats, or goes back in a wide file; if a price is not a
        number; if a symbol or a pair of date and symbol occurs twice. It names the line.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidInputError("path", f"got {path!r}", "a string or a path")
    file = Path(path)
    if file.is_dir() or not file.exists():
        got = f"{str(path)!r} is a folder" if file.is_dir() else f"no such file: {str(path)!r}"
        raise InvalidInputError("path", got, "an existing file")
    suffix = "".join(file.suffixes[-2:]).lower() if file.suffix.lower() == ".gz" else file.suffix
    if suffix.lower() in _CSV:
        source = _read_csv(file)
    elif suffix.lower() in _PARQUET:
        source = _read_parquet(file)
    else:
        allowed = "a file that ends in " + ", ".join(_CSV + _PARQUET)
        raise InvalidInputError("path", f"{file.name!r} ends in {suffix!r}", allowed)
    if source.frame.empty:
        raise InvalidInputError(source.name, "empty, no rows below the header", _FORMS)
    names = {str(column).strip().lower(): column for column in source.frame.columns}
    symbol = next((names[name] for name in _SYMBOL_NAMES if name in names), None)
    if symbol is not None and source.frame[symbol].dtype.kind not in "fiu":
        return _from_long(source, names, symbol)
    return _from_wide(source, names)


def _read_csv(file: Path) -> _Source:
    import pandas as pd

    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InvalidInputError(file.name, f"damaged ({error})", "a UTF-8 text file") from None
    header = _check_header(text, file.name)
    dates = [i for i, cell in enumerate(header) if cell.lower() in DATE_NAMES] or [0]
    texts = dates + [i for i, cell in enumerate(header) if cell.lower() in _SYMBOL_NAMES]
    _check_cells(text, len(header), file.name)
    # Blank lines stay, as rows of NaN, so that row numbers count the lines of the file. Only
    # prices have marks for "missing": NA and NAN are tickers too.
    frame = pd.read_csv(
        io.StringIO(text),
        header=None,
        skiprows=1,
        skip_blank_lines=False,
        dtype=dict.fromkeys(texts, str),
        na_values={i: [""] if i in texts else _MISSING for i in range(len(header))},
        keep_default_na=False,
        names=range(len(header)),
        index_col=False,
        low_memory=False,
    )
    frame.columns = pd.Index(header, dtype=object)
    frame = frame.dropna(how="all")
    lines = frame.index.to_numpy() + 2
    return _Source(frame.reset_index(drop=True), file.name, lambda row: f"line {lines[row]}")


def _check_header(text: str, name: str) -> list[str]:
    """Return the names in the first line, which must be names."""
    first = text.split("\n", 1)[0].strip()
    if not first:
        got = "empty" if not text.strip() else "the first line is blank"
        raise InvalidInputError(name, got, _FORMS)
    cells = [cell.strip() for cell in next(csv.reader([first]))]
    if len(cells) == 1:
        raise InvalidInputError(
            name, f"one column only, {cells[0]!r}", _FORMS, "separate the columns by commas"
        )
    if _DATE_CELL.fullmatch(cells[0]) or any(re.match(r"\d{4}-\d{2}-\d{2}", c) for c in cells):
        got = f"no header: the first line is {first[:60]!r}"
        raise InvalidInputError(name, got, "a first line with the names of the columns")
    check_symbols(cells, name)
    return cells


def _check_cells(text: str, n_columns: int, name: str) -> None:
    """Raise InvalidInputError that names the first line with too few or too many cells."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            if cells and len(cells) != n_columns:
                got = f"{len(cells)} cells in line {reader.line_num}"
                allowed = f"{n_columns} cells in every line, as in the header"
                raise InvalidInputError(name, got, allowed)
    except csv.Error as error:
        got = f"line {reader.line_num} can't be read ({error})"
        raise InvalidInputError(name, got, "comma-separated values") from None


def _read_parquet(file: Path) -> _Source:
    import pandas as pd
    import pyarrow as pa

    try:
        frame = pd.read_parquet(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidInputError(file.name, f"damaged ({reason})", "a Parquet file") from None
    if not isinstance(frame.index, pd.RangeIndex):
        label = frame.index.name or "date"
        if frame.index.nlevels > 1 or label in frame.columns:
            frame = frame.reset_index()
        else:
            frame = frame.rename_axis(label).reset_index()
    check_symbols([str(column) for column in frame.columns], file.name)
    return _Source(frame, file.name, row_number)


def _from_wide(source: _Source, names: dict[str, Any]) -> pd.DataFrame:
    frame = source.frame
    columns = list(frame.columns)
    dated = next((names[name] for name in names if name in DATE_NAMES), None)
    if dated is None:
        dated = next((c for c in columns if frame[c].dtype.kind == "M"), columns[0])
    stamps = _stamps(source, dated)
    check_increasing(stamps, source.name, source.place)
    symbols = [column for column in columns if column != dated]
    if not symbols:
        raise InvalidInputError(source.name, "empty, no price columns", _FORMS)
    if "" in (str(symbol) for symbol in symbols):
        raise InvalidInputError(source.name, "a price column has no name", "a name for each")
    values = np.column_stack([_numbers(source, column) for column in symbols])
    return _dated_frame(values, stamps, [str(symbol) for symbol in symbols])


def _from_long(source: _Source, names: dict[str, Any], symbol: Any) -> pd.DataFrame:
    dated = next((names[name] for name in names if name in DATE_NAMES), None)
    close = next((names[name] for name in _CLOSE_NAMES if name in names), None)
    for found, what in ((dated, "date"), (close, "close")):
        if found is None:
            present = ", ".join(repr(str(column)) for column in source.frame.columns)
            got = f"a column {str(symbol)!r} but no column {what!r} (found {present})"
            raise InvalidInputError(source.name, got, _FORMS)
    nameless = np.asarray(source.frame[symbol].isna())
    if nameless.any():
        where = source.place(int(np.argmax(nameless)))
        raise InvalidInputError(source.name, f"no symbol in {where}", "a symbol in every row")
    stamps, prices = _stamps(source, dated), _numbers(source, close)
    labels = np.asarray([str(label).strip() for label in source.frame[symbol]], dtype=object)
    symbols, column = np.unique(labels.astype(str), return_inverse=True)
    dates, row = np.unique(stamps, return_inverse=True)
    _check_single(source, row * symbols.size + column, labels, stamps)
    values = np.full((dates.size, symbols.size), np.nan)
    values[row, column] = prices
    return _dated_frame(values, dates, [str(label) for label in symbols])


def _check_single(
    source: _Source, cells: NDArray[np.intp], labels: NDArray[Any], stamps: NDArray[np.int64]
) -> None:
    """Raise InvalidInputError that names the first date and symbol with two prices."""
    order = np.argsort(cells, kind="stable")
    again = order[1:][np.diff(cells[order]) == 0]
    if not again.size:
        return
    second = int(again.min())
    first = int(np.argmax(cells == cells[second]))
    raise InvalidInputError(
        source.name,
        f"{again.size} duplicated prices, the first of {labels[second]!r} on "
        f"{day_text(stamps[second])} in {source.place(first)} and {source.place(second)}",
        "one price a date and symbol",
        "drop or merge the duplicated rows",
    )


def _stamps(source: _Source, column: Any) -> NDArray[np.int64]:
    series = source.frame[column]
    argument = f'{source.name}["{column}"]'
    if series.dtype.kind == "M":
        zoned = getattr(series.dt, "tz", None) is not None
        return to_nanoseconds(
            (series.dt.tz_convert(None) if zoned else series).to_numpy(), argument, source.place
        )
    values = np.asarray(series, dtype=None if series.dtype.kind in "fiu" else object)
    return to_nanoseconds(values, argument, source.place)


def _numbers(source: _Source, column: Any) -> NDArray[np.float64]:
    import pandas as pd

    series = source.frame[column]
    numbers = pd.to_numeric(series, errors="coerce")
    bad = np.asarray(numbers.isna() & series.notna())
    kind = getattr(series.dtype, "kind", "O")
    if kind in "bMm" or bad.any():
        row = int(np.argmax(bad))
        raise InvalidInputError(
            f'{source.name}["{column}"]',
            f"{str(series.iloc[row])!r} in {source.place(row)} is not a number",
            "prices",
            "correct the cell, or leave the column out",
        )
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _dated_frame(
    values: NDArray[np.float64], stamps: NDArray[np.int64], symbols: Sequence[str]
) -> pd.DataFrame:
    import pandas as pd

    index = pd.DatetimeIndex(stamps.view("datetime64[ns]"), name="date")
    return pd.DataFrame(values, index=index, columns=list(symbols))
