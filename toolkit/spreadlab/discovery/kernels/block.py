"""All tests of a block of pairs by the direct path."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.direct import TOO_SHORT, engle_granger_nb
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
N_OBS = 7
N_FIELDS = 8


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
    out[N_OBS] = y.shape[0]
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


@njit(nogil=True, cache=True)
def shared_rows_nb(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both series on the rows where neither is NaN."""
    n = 0
    for t in range(y.shape[0]):
        if not (np.isnan(y[t]) or np.isnan(x[t])):
            n += 1
    both = np.empty((2, n))
    n = 0
    for t in range(y.shape[0]):
        if not (np.isnan(y[t]) or np.isnan(x[t])):
            both[0, n] = y[t]
            both[1, n] = x[t]
            n += 1
    return both[0], both[1]


@njit(nogil=True, cache=True)
def pairs_overlap_nb(
    series: np.ndarray,
    dependent: np.ndarray,
    hedge: np.ndarray,
    lags: int,
    criterion: int,
    min_obs: int,
    window: int,
    out: np.ndarray,
    reasons: np.ndarray,
) -> None:
    """Test the pairs (dependent[p], hedge[p]), each on the rows that both have.

    `lags` is the fixed order where `criterion` is 0; otherwise the longest order follows from
    the rows of the pair. `out` (N_FIELDS, P) and `reasons` (P,) receive the answers.
    """
    answer = np.empty(N_FIELDS)
    for p in range(dependent.shape[0]):
        y, x = shared_rows_nb(series[dependent[p]], series[hedge[p]])
        n = y.shape[0]
        longest = lags
        if criterion != 0:
            longest = min(math.ceil(12.0 * math.sqrt(math.sqrt(n / 100.0))), n // 2 - 1)
        if n < min_obs or longest > n // 2 - 1 or (criterion == 0 and lags > n // 2 - 3):
            out[:, p] = np.nan
            out[N_OBS, p] = n
            reasons[p] = TOO_SHORT
            continue
        start = max(longest, window - 1) + 1
        reasons[p] = pair_direct_nb(y, x, longest, criterion, start, window, answer)
        out[:, p] = answer
