"""Rows of two Series: the same, or the ones they share; never aligned unasked."""

from __future__ import annotations

import numpy as np

from spreadlab.data.tables import Column
from spreadlab.data.timestamps import day_text
from spreadlab.errors import InvalidInputError

_ALIGN = 'align them first, as pandas.concat([y, x], axis=1, join="inner") does'


def both_indexed(left: Column, right: Column) -> bool:
    """Whether both are Series whose rows can be matched: by dates, or by row numbers."""
    dated = (left.timestamps is not None, right.timestamps is not None)
    return left.index is not None and right.index is not None and dated[0] == dated[1]


def shared_rows(left: Column, right: Column) -> tuple[Column, Column, int]:
    """Return both on the rows they share, and how many rows that leaves out."""
    shared, in_left, in_right = np.intersect1d(
        np.asarray(left.index), np.asarray(right.index), assume_unique=True, return_indices=True
    )
    stamps = None if left.timestamps is None else shared
    lost = left.values.size + right.values.size - 2 * shared.size
    return (
        Column(left.values[in_left], left.name, stamps, shared),
        Column(right.values[in_right], right.name, stamps, shared),
        int(lost),
    )


def check_same_rows(left: Column, right: Column, arguments: tuple[str, str]) -> None:
    """Raise InvalidInputError unless two columns have one length and, if known, the same rows."""
    dependent, hedge = arguments
    if left.values.size != right.values.size:
        got = f"{right.values.size} observations against {left.values.size} in {dependent}"
        raise InvalidInputError(hedge, got, f"as long as {dependent}", _ALIGN)
    if left.index is None or right.index is None:
        return
    if not both_indexed(left, right):
        dated, undated = (dependent, hedge) if right.timestamps is None else (hedge, dependent)
        raise InvalidInputError(
            undated,
            f"has no dates while {dated} has",
            f"on the same dates as {dated}",
            f"give it the same index, or pass {undated}.to_numpy() if the rows already match",
        )
    if not np.array_equal(left.index, right.index):
        row = int(np.argmax(left.index != right.index))
        here, there = _row_name(right, row), _row_name(left, row)
        got = f"row {row} is {here}, and {there} in {dependent}"
        raise InvalidInputError(hedge, got, f"on the same rows as {dependent}", _ALIGN)


def _row_name(column: Column, row: int) -> str:
    if column.timestamps is not None:
        return day_text(column.timestamps[row])
    return str(np.asarray(column.index)[row])
