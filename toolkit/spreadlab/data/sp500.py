"""Twenty real large caps, offline: the price file that travels inside the package skfolio."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.errors import DataUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_FILE = Path("datasets", "data", "sp500_dataset.csv.gz")
_FIRST, _LAST = "1990-01-01", "2022-12-31"


def load_sp500(
    start: Any = None, end: Any = None, symbols: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return daily adjusted closes of 20 S&P 500 constituents, 1990-01-02 to 2022-12-28.

    Parameters
    ----------
    start, end : str, date or Timestamp, optional
        First and last day to keep, both included, within 1990 to 2022.
    symbols : sequence of str, optional
        Columns to keep, in this order; all 20 by default: AAPL, AMD, BAC, BBY, CVX, GE, HD, JNJ,
        JPM, KO, LLY, MRK, MSFT, PEP, PFE, PG, RRC, UNH, WMT, XOM.

    Returns
    -------
    DataFrame, shape (T, N)
        US dollars, adjusted for splits and dividends, without gaps; index ``date``.

    Raises
    ------
    DataUnavailableError
        If skfolio is not installed.
    InvalidInputError
        If a date can't be read, lies outside 1990 to 2022 or leaves no row, or a symbol is
        unknown or repeated.

    Notes
    -----
    These are survivors: companies that were large in 2022, looked at back to 1990. Whoever
    failed, shrank or was bought is absent, so what is found here is better than what a trader
    could have found at the time (survivorship bias). Adjusted prices are rounded to a tenth of
    a cent, which is coarse in the early years: AAPL starts at 0.264.

    The file is read from the installed package skfolio (BSD-3-Clause) without importing it.

    References
    ----------
    .. [1] skfolio, ``skfolio.datasets.load_sp500_dataset``, https://skfolio.org
    """
    low = _day(start, "start", _FIRST)
    high = _day(end, "end", _LAST)
    if high < low:
        raise InvalidInputError("end", f"{high:%Y-%m-%d}", f"on or after start ({low:%Y-%m-%d})")
    frame = _read(_locate()).loc[low:high]
    if frame.empty:
        got = f"no trading day from {low:%Y-%m-%d} to {high:%Y-%m-%d}"
        raise InvalidInputError("start", got, "a window that holds a trading day")
    if symbols is not None:
        frame = frame[_check_known(symbols, tuple(frame.columns))]
    selected: pd.DataFrame = frame.copy()
    return selected


def _day(value: Any, argument: str, default: str) -> pd.Timestamp:
    import pandas as pd

    allowed = f"a date from {_FIRST} to {_LAST}"
    if value is None:
        return pd.Timestamp(default)
    if isinstance(value, bool | int | float):
        raise InvalidInputError(argument, f"got {value!r}", allowed, 'write it as "2014-01-01"')
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError):
        day = pd.NaT
    if day is pd.NaT:
        raise InvalidInputError(argument, f"got {value!r}", allowed, 'write it as "2014-01-01"')
    if day.tz is not None:
        day = day.tz_convert(None)
    if not pd.Timestamp(_FIRST) <= day < pd.Timestamp(_LAST) + pd.Timedelta(days=1):
        raise InvalidInputError(argument, f"{day:%Y-%m-%d} is outside the data", allowed)
    return day


def _check_known(symbols: Sequence[str], known: tuple[str, ...]) -> list[str]:
    allowed = "of " + ", ".join(known)
    if isinstance(symbols, str):
        raise InvalidInputError(
            "symbols", f"got the string {symbols!r}", "a list", f"write [{symbols!r}]"
        )
    chosen = list(symbols)
    unknown = [symbol for symbol in chosen if symbol not in known]
    if unknown:
        raise InvalidInputError("symbols", f"unknown symbol {unknown[0]!r}", allowed)
    if not chosen:
        raise InvalidInputError("symbols", "empty", allowed)
    if len(set(chosen)) < len(chosen):
        twice = next(symbol for symbol in chosen if chosen.count(symbol) > 1)
        raise InvalidInputError("symbols", f"{twice!r} more than once", "all different")
    return chosen


def _locate() -> Path:
    """Return the path of the file; finding a package does not import it."""
    spec = importlib.util.find_spec("skfolio")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    for folder in folders:
        if (Path(folder) / _FILE).is_file():
            return Path(folder) / _FILE
    reason = "is not installed" if not folders else f"has no file {_FILE.as_posix()}"
    raise DataUnavailableError(
        f"the price file comes with the package skfolio, which {reason}; "
        'pip install "spreadlab[data]"'
    )


@functools.lru_cache(maxsize=1)
def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = pd.read_csv(path, index_col=0, parse_dates=[0])
    frame.index = frame.index.as_unit("ns").rename("date")
    return frame
