"""The tear sheet of quantstats, for those who know its layout by heart."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from spreadlab.errors import DataUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd


def write_tearsheet(
    path: str | PathLike[str], returns: pd.Series, *, title: str, periods_per_year: float
) -> None:
    """Write the HTML report that quantstats makes of a series of returns.

    Parameters
    ----------
    path : path
        HTML file to write.
    returns : Series
        By date; without them quantstats has no months to show.
    title : str
        Its heading.
    periods_per_year : float
        Bars a year.

    Raises
    ------
    InvalidInputError
        If the returns have no dates, or are fewer than two.
    DataUnavailableError
        If quantstats is not installed.
    """
    if returns.index.inferred_type != "datetime64":
        raise InvalidInputError(
            "prices", "without dates", "prices by date", "give the backtest a frame with dates"
        )
    if returns.count() < 2:
        raise InvalidInputError("returns", f"{returns.count()} values", "two or more")
    from matplotlib import rc_context

    # quantstats sets the style of all figures, and warns of its own use of pandas and of fonts.
    with warnings.catch_warnings(), rc_context():
        warnings.simplefilter("ignore")
        try:
            import quantstats
        except ImportError:
            raise DataUnavailableError(
                "a tear sheet needs quantstats: pip install 'spreadlab[tearsheet]'"
            ) from None
        quantstats.reports.html(
            returns.rename("strategy"),
            output=str(Path(path)),
            title=title,
            periods_per_year=round(periods_per_year),
            rf=0.0,
        )
