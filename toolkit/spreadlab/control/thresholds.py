"""Levels of the spread at which a position changes, and the action they imply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire

if TYPE_CHECKING:
    from numpy.typing import NDArray


@wire("Thresholds")
@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where an optimal policy trades, in units of the spread.

    Attributes
    ----------
    enter_long, exit_long : float
        Become long at or below the first, give the long position up at or above the second.
    enter_short, exit_short : float
        Become short at or above the first, give the short position up at or below the second.
    first_entry : float or None
        Distance from the mean at which a flat position is left, where a fixed fee makes that
        differ from the level at which a position is reversed; None without a fee.
    """

    enter_long: float
    exit_long: float
    enter_short: float
    exit_short: float
    first_entry: float | None = None


def target_positions(
    position: int | NDArray[np.int64], x: NDArray[np.float64], levels: Any
) -> NDArray[np.int8]:
    """Return the position to hold at `x`, coming from `position`.

    Parameters
    ----------
    position : int or ndarray
        Current position, -1, 0 or 1; broadcast against `x`.
    x : ndarray
        Values of the spread.
    levels : Thresholds or similar
        Has enter_long, exit_long, enter_short and exit_short; NaN means never.

    Returns
    -------
    ndarray of int8
        -1, 0 or 1.
    """
    enter_long, enter_short = x <= levels.enter_long, x >= levels.enter_short
    from_flat = np.where(enter_long, 1, np.where(enter_short, -1, 0))
    from_long = np.where(x >= levels.exit_long, np.where(enter_short, -1, 0), 1)
    from_short = np.where(x <= levels.exit_short, np.where(enter_long, 1, 0), -1)
    held = np.where(
        np.equal(position, 0), from_flat, np.where(np.equal(position, 1), from_long, from_short)
    )
    return held.astype(np.int8)
