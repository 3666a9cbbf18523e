"""Loops of fits and regressions over rolling windows."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@njit(nogil=True, cache=True)
def rolling_ar1_nb(x: F64, window: int) -> F64:
    """Return rho, theta and the residual variance (3, T) of every window of `window` values.

    Column t is from x[t - window + 1 .. t]; columns before the first full window are NaN.
    """
    out = np.full((3, x.size), np.nan)
    n = window - 1
    for t in range(n, x.size):
        first = t - n
        mean = 0.0
        for i in range(first, t):
            mean += x[i] - x[first]
        mean = x[first] + mean / n
        drift = (x[t] - x[first]) / n
        sxx, sxd = 0.0, 0.0
        for i in range(first, t):
            level = x[i] - mean
            sxx += level * level
            sxd += level * (x[i + 1] - x[i] - drift)
        if sxx <= 0.0:
            continue
        rho = sxd / sxx
        rss = 0.0
        for i in range(first, t):
            residual = x[i + 1] - x[i] - drift - rho * (x[i] - mean)
            rss += residual * residual
        out[0, t] = rho
        out[1, t] = mean - drift / rho if rho != 0.0 else np.nan
        out[2, t] = rss / n
    return out
