"""Values and levels of a tabulated policy between its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cubic_in_space(
    x: NDArray[np.float64], grid: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the cubic through the four nodes around each point.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Points inside the grid.
    grid, values : ndarray, shape (N,)
        Nodes, ascending, and values there.
    """
    first = np.clip(np.searchsorted(grid, x) - 2, 0, grid.size - 4)
    result = np.zeros_like(x)
    for k in range(4):
        weight = np.ones_like(x)
        for other in range(4):
            if other != k:
                gap = grid[first + k] - grid[first + other]
                weight *= (x - grid[first + other]) / gap
        result += weight * values[first + k]
    return result


def row_at(
    time_to_go: float, times: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the cubic in sqrt(time) through the four rows around `time_to_go`.

    Parameters
    ----------
    time_to_go : float
        In [0, times[-1]].
    times : ndarray, shape (N,)
        horizon (j/(N-1))^2, so that rows are equidistant in sqrt(time).
    rows : ndarray, shape (N, M)
        Values at those times.
    """
    at = (times.size - 1) * np.sqrt(time_to_go / times[-1])
    first = int(np.clip(np.floor(at) - 1, 0, times.size - 4))
    result = np.zeros(rows.shape[1])
    for k in range(4):
        weight = 1.0
        for other in range(4):
            if other != k:
                weight *= (at - first - other) / (k - other)
        result += weight * rows[first + k]
    return result


def switches_at(
    time_to_go: float, times: NDArray[np.float64], switches: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the levels of switches at `time_to_go`, linear in sqrt(time), NaN for never.

    Parameters
    ----------
    time_to_go : float
        In (0, times[-1]]; before the first positive time its levels hold.
    times : ndarray, shape (N,)
        Ascending from 0.
    switches : ndarray, shape (N, 6)
        Levels at those times.
    """
    if time_to_go <= times[1]:
        return np.asarray(switches[1])
    roots = np.sqrt(times)
    return np.array([np.interp(np.sqrt(time_to_go), roots, column) for column in switches.T])
