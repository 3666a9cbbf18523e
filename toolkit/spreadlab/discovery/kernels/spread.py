"""What a spread is like: its first autoregressive coefficient and its roughness."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def ar1_coefficient_nb(spread: np.ndarray) -> float:
    """Return phi of e_t = c + phi e_{t-1} + u_t by least squares."""
    n = spread.shape[0] - 1
    before = 0.0
    after = 0.0
    for t in range(n):
        before += spread[t]
        after += spread[t + 1]
    before /= n
    after /= n
    cross = 0.0
    square = 0.0
    for t in range(n):
        cross += (spread[t] - before) * (spread[t + 1] - after)
        square += (spread[t] - before) ** 2
    return cross / square


@njit(nogil=True, cache=True)
def half_life_nb(phi: float) -> float:
    """Return ln 2 / -ln phi in bars, NaN unless 0 < phi < 1."""
    return np.log(2.0) / -np.log(phi) if 0.0 < phi < 1.0 else np.nan


@njit(nogil=True, cache=True)
def log_slope_nb(x: np.ndarray, y: np.ndarray) -> float:
    """Return the least-squares slope of ln y on ln x; NaN unless every y is positive."""
    n = x.shape[0]
    mean_x = 0.0
    mean_y = 0.0
    for k in range(n):
        if not y[k] > 0.0:
            return np.nan
        mean_x += np.log(x[k])
        mean_y += np.log(y[k])
    mean_x /= n
    mean_y /= n
    cross = 0.0
    square = 0.0
    for k in range(n):
        dx = np.log(x[k]) - mean_x
        cross += dx * (np.log(y[k]) - mean_y)
        square += dx * dx
    return cross / square


@njit(nogil=True, cache=True)
def hurst_slope_nb(squares: np.ndarray) -> float:
    """Return H from sums of squared h-step differences, h = 1, 2, ...: half the log-log slope."""
    return 0.5 * log_slope_nb(np.arange(1.0, squares.shape[0] + 1.0), squares)


@njit(nogil=True, cache=True)
def difference_squares_nb(spread: np.ndarray, start: int, window: int) -> np.ndarray:
    """Return sums of (e_t - e_{t-h})^2 over t = start .. T-1 for h = 1 .. window."""
    out = np.zeros(window)
    for h in range(1, window + 1):
        total = 0.0
        for t in range(start, spread.shape[0]):
            total += (spread[t] - spread[t - h]) ** 2
        out[h - 1] = total
    return out
