"""All tests of a block of pairs by the direct path."""

from __future__ import annotations

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.direct import engle_granger_nb
from spreadlab.discovery.kernels.spread import (
    ar1_coefficient_nb,
    difference_squares_nb,
    half_life_nb,
    hurst_slope_nb,
)

# Rows of the answer of one test.
STATISTIC = 0
LAGS = 1
HEDGE_RATIO = 2
STDERR = 3
INTERCEPT = 4
HALF_LIFE = 5
HURST = 6
N_FIELDS = 7


@njit(nogil=True, cache=True)
def pair_direct_nb(
    y: np.ndarray,
    x: np.ndarray,
    max_lag: int,
    criterion: int,
    start: int,
    window: int,
    out: np.ndarray,
) -> int:
    """Test one pair (constant in step 1) with its half-life and Hurst exponent.

    Parameters
    ----------
    y, x : ndarray, shape (T,)
        Dependent and hedge.
    max_lag, criterion : int
        As in `engle_granger_nb`.
    start, window : int
        First row and longest step of the differences behind the Hurst exponent.
    out : ndarray, shape (N_FIELDS,)
        Receives the answer, NaN where there is none.

    Returns
    -------
    int
        OK, or the reason why there is no answer.
    """
    spread = np.empty(y.shape[0])
    numbers = np.empty(6)
    out[:] = np.nan
    reason = engle_granger_nb(y, x, 0, max_lag, criterion, spread, numbers)
    if reason == 0:
        out[:HALF_LIFE] = numbers[:HALF_LIFE]
        out[HALF_LIFE] = half_life_nb(ar1_coefficient_nb(spread))
        out[HURST] = hurst_slope_nb(difference_squares_nb(spread, start, window))
    return reason


@njit(nogil=True, cache=True)
def pairs_direct_nb(
    series: np.ndarray,
    dependent: np.ndarray,
    hedge: np.ndarray,
    max_lag: int,
    criterion: int,
    start: int,
    window: int,
    out: np.ndarray,
    reasons: np.ndarray,
) -> None:
    """Test the pairs (dependent[p], hedge[p]) of the rows of `series` (N, T).

    `out` (N_FIELDS, P) and `reasons` (P,) receive the answers.
    """
    answer = np.empty(N_FIELDS)
    for p in range(dependent.shape[0]):
        reasons[p] = pair_direct_nb(
            series[dependent[p]],
            series[hedge[p]],
            max_lag,
            criterion,
            start,
            window,
            answer,
        )
        out[:, p] = answer
