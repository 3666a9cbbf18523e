"""What the numbers of a column may be: finite, positive under a logarithm, varying, in range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.data.timestamps import row_text
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 1e100  # squares of larger values, summed over a column, leave the range of float64
SMALLEST = 1e-100  # and squares of smaller ones vanish
_CONSTANT = 1e-13  # relative range below which a column differs from a constant by rounding alone

_FEW = 16

_Reporter = Callable[[int], str]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Float columns with what a message calls them and their rows.

    Attributes
    ----------
    values : ndarray, shape (T, N)
        The numbers.
    names : tuple of str
        The columns as the caller would write them: ``prices["XYZ"]``.
    timestamps : ndarray of int64, shape (T,), or None
        Dates of the rows.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    timestamps: NDArray[np.int64] | None


def drop_missing_rows(columns: Columns) -> tuple[Columns, int]:
    """Return the rows without any NaN, and how many rows were dropped."""
    keep = ~np.isnan(columns.values).any(axis=1)
    dropped = int(keep.size - keep.sum())
    if not dropped:
        return columns, 0
    stamps = columns.timestamps
    kept = None if stamps is None else stamps[keep]
    return replace(columns, values=columns.values[keep], timestamps=kept), dropped


def check_missing(columns: Columns, advice: str) -> None:
    """Raise InvalidInputError that names the first column with NaN, and where they are."""
    missing = np.isnan(columns.values)
    if not missing.any():
        return

    def report(i: int) -> str:
        rows = np.flatnonzero(missing[:, i])
        return f"{_count(rows.size, 'missing value')} {row_text(rows, columns.timestamps)}"

    _raise_first(_any_row(missing), columns, report, ("", advice))


def check_values(columns: Columns, *, log: bool, constant_allowed: bool) -> None:
    """Raise InvalidInputError that names the first column which has no meaningful answer.

    Parameters
    ----------
    columns : Columns
        NaN are passed over; a column of nothing else is refused.
    log : bool
        Whether logarithms will be taken, so that values must be positive.
    constant_allowed : bool
        Whether the caller answers constant columns in a way of its own.
    """
    values = columns.values
    if _extremes_will_do(values, log=log, constant_allowed=constant_allowed):
        return
    missing = np.isnan(values)
    nothing = np.asarray(missing.all(axis=0))
    _raise_first(nothing, columns, lambda _: "no values at all", ("", "leave the column out"))
    _check_bad(np.isinf(values), columns, "infinite", ("finite", "fill or drop them"))
    if log:
        remedy = ('positive under transform="log"', 'use transform="none" or correct them')
        _check_bad(~missing & (values <= 0), columns, "not positive", remedy)
    size = np.where(missing, 0.0, np.abs(values))
    remedy = (f"at most {LARGEST:g} in size", "change the units")
    _check_bad(size > LARGEST, columns, "too large", remedy)
    largest = np.asarray(size.max(axis=0))
    _raise_first(
        (largest > 0) & (largest < SMALLEST),
        columns,
        lambda i: f"no value is larger than {float(largest[i])!r}",
        (f"at least {SMALLEST:g} in size somewhere", "change the units"),
    )
    if not constant_allowed:
        _check_varies(columns)


def _extremes_will_do(values: NDArray[np.float64], *, log: bool, constant_allowed: bool) -> bool:
    """Return whether the columns' extremes alone show that `check_values` has nothing to say."""
    if not values.size:
        return False
    if values.shape[1] <= _FEW:  # along the rows of a narrow table numpy is slow
        ends = [(column.min(), column.max()) for column in values.T]
        low, high = np.array(ends).T
    else:
        low, high = values.min(axis=0), values.max(axis=0)
    if not (np.isfinite(low) & np.isfinite(high)).all() or (log and low.min() <= 0.0):
        return False
    size = np.maximum(np.abs(low), np.abs(high))
    if size.max() > LARGEST or ((size > 0.0) & (size < SMALLEST)).any():
        return False
    return constant_allowed or bool((high - low > _CONSTANT * size).all())


def _check_varies(columns: Columns) -> None:
    low, high = np.nanmin(columns.values, axis=0), np.nanmax(columns.values, axis=0)
    _raise_first(
        high - low <= _CONSTANT * np.maximum(np.abs(low), np.abs(high)),
        columns,
        lambda i: (
            f"constant ({float(low[i])!r} throughout)"
            if low[i] == high[i]
            else f"constant but for rounding ({float(low[i])!r} to {float(high[i])!r})"
        ),
        ("a series that varies", "leave it out"),
    )


def _check_bad(
    bad: NDArray[np.bool_], columns: Columns, kind: str, remedy: tuple[str, str]
) -> None:
    def report(i: int) -> str:
        rows = np.flatnonzero(bad[:, i])
        first = f"{float(columns.values[rows[0], i])!r} {row_text(rows[:1], columns.timestamps)}"
        verb = "is" if rows.size == 1 else "are"
        return f"{_count(rows.size, 'value')} {verb} {kind}, the first is {first}"

    _raise_first(_any_row(bad), columns, report, remedy)


def _raise_first(
    wrong: NDArray[np.bool_], columns: Columns, report: _Reporter, remedy: tuple[str, str]
) -> None:
    found = np.flatnonzero(wrong)
    if not found.size:
        return
    got = report(int(found[0]))
    if found.size > 1:
        got += f" (and likewise in {_count(found.size - 1, 'other column')})"
    raise InvalidInputError(columns.names[int(found[0])], got, *remedy)


def _any_row(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(marks.any(axis=0))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
