"""Detrended fluctuation analysis with the series itself as profile."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.block import shared_rows_nb


@njit(nogil=True, cache=True)
def box_sizes_nb(n: int) -> np.ndarray:
    """Return up to ten box sizes from 8 to n // 4, evenly spaced in logs, each once."""
    low = 8.0
    high = max(n // 4, 8)
    sizes = np.empty(10, dtype=np.int64)
    count = 0
    for k in range(10):
        size = round(low * (high / low) ** (k / 9.0))
        if count == 0 or size > sizes[count - 1]:
            sizes[count] = size
            count += 1
    return sizes[:count]


# Sums may be taken in any order: rounding only, and what lets the loops use vectors.
@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def fluctuation_nb(series: np.ndarray, size: int) -> float:
    """Return the mean square about a line fitted in each of the n // size boxes from the left."""
    boxes = series.shape[0] // size
    centre = 0.5 * (size - 1)
    spread_t = size * (size * size - 1.0) / 12.0
    total = 0.0
    for b in range(boxes):
        box = series[b * size : (b + 1) * size]
        mean = 0.0
        for r in range(size):
            mean += box[r]
        mean /= size
        cross = 0.0
        square = 0.0
        for r in range(size):
            value = box[r] - mean
            cross += (r - centre) * value
            square += value * value
        total += max(square - cross * cross / spread_t, 0.0)
    mean_square: float = total / (boxes * size)
    return mean_square


@njit(nogil=True, cache=True)
def dfa_nb(series: np.ndarray) -> float:
    """Return half the slope of the log mean square on the log box size, NaN for under 64 rows."""
    n = series.shape[0]
    if n < 64:
        return math.nan
    sizes = box_sizes_nb(n)
    x = np.empty(sizes.shape[0])
    y = np.empty(sizes.shape[0])
    for k in range(sizes.shape[0]):
        square = fluctuation_nb(series, sizes[k])
        if not square > 0.0:
            return math.nan
        x[k] = math.log(sizes[k])
        y[k] = math.log(square)
    x -= x.mean()
    y -= y.mean()
    return float(0.5 * np.sum(x * y) / np.sum(x * x))


@njit(nogil=True, cache=True)
def dfa_pairs_nb(
    series: np.ndarray,
    dependent: np.ndarray,
    hedge: np.ndarray,
    ratio: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write the exponent of the spread of each pair of the rows of `series`.

    The spread is series[dependent] - ratio series[hedge] on the rows that both have; a constant
    more or less changes nothing.
    """
    for p in range(dependent.shape[0]):
        y, x = shared_rows_nb(series[dependent[p]], series[hedge[p]])
        out[p] = dfa_nb(y - ratio[p] * x)
