"""Numba loop of a filter that follows the mean of a spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Places in the state of the filter.
MEAN, UNCERTAINTY, SQUARES, N_ERRORS, N_SEEN = range(5)
N_STATE = 5


@njit(nogil=True, cache=True)
def kalman_step_nb(x: float, ratio: float, warmup: int, state: NDArray[np.float64]) -> float:
    """Return the standardised forecast error of `x` and bring the state (5,) up to date.

    Variances are in units of the noise variance, which is estimated by the mean square of the
    standardised errors so far. NaN for the first `warmup` values, for a NaN and while there has
    been no error.
    """
    uncertainty = state[UNCERTAINTY] + ratio
    if np.isnan(x):
        if state[N_SEEN] > 0.0:
            state[UNCERTAINTY] = uncertainty
        return np.nan
    state[N_SEEN] += 1.0
    if state[N_SEEN] == 1.0:  # nothing was known of the mean: it is what was seen
        state[MEAN] = x
        state[UNCERTAINTY] = 1.0
        return np.nan
    error = x - state[MEAN]
    variance = uncertainty + 1.0
    z = np.nan
    if state[N_SEEN] > warmup and state[SQUARES] > 0.0:
        z = error / np.sqrt(variance * state[SQUARES] / state[N_ERRORS])
    state[MEAN] += uncertainty / variance * error
    state[UNCERTAINTY] = uncertainty / variance
    state[SQUARES] += error * error / variance
    state[N_ERRORS] += 1.0
    return z


@njit(nogil=True, cache=True)
def kalman_errors_nb(series: NDArray[np.float64], ratio: float, warmup: int) -> NDArray[np.float64]:
    """Return the standardised forecast error of every value."""
    state = np.zeros(N_STATE)
    out = np.empty(series.shape[0])
    for t in range(series.shape[0]):
        out[t] = kalman_step_nb(series[t], ratio, warmup, state)
    return out
