"""All tests of a tile of pairs, eight abreast."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.factor import (
    ar1_of_moments_nb,
    best_order_nb,
    factor_nb,
    level_ratio_of_moments_nb,
    residual_sums_nb,
)
from spreadlab.discovery.kernels.lanes import WIDTH, load, store
from spreadlab.discovery.kernels.moments import (
    difference_sums_nb,
    fill_matrix_nb,
    gather_sums_nb,
    residuals_nb,
)

UNSAFE = -1  # moments cancel too much: the pair has to go the direct way
# Rows of the answer of one test.
STATISTIC = 0
LAGS = 1
HEDGE_RATIO = 2
SQUARE = 3  # sum of squares of the residual
PHI = 4
HURST = 5
N_FIELDS = 6


@njit(nogil=True, cache=True)
def scan_rows_nb(
    T: int,
    K: int,
    order: int,
    inflation: np.ndarray,
    row_low: int,
    row_high: int,
    diagonal: bool,
    n_columns: int,
    n_directions: int,
    own_i: np.ndarray,
    head_i: np.ndarray,
    tail_i: np.ndarray,
    own_j: np.ndarray,
    head_j: np.ndarray,
    tail_j: np.ndarray,
    cross: np.ndarray,
    products: np.ndarray,
    hurst_weights: np.ndarray,
    out: np.ndarray,
) -> None:
    """Test the pairs (i, j) of rows row_low .. row_high - 1 of a tile.

    Parameters
    ----------
    T, K : int
        Observations, and the lag that the common sample starts after.
    order : int
        Fixed lag order, or -1 to search up to ``len(inflation) - 1``.
    inflation : ndarray
        exp(penalty p) for p = 0 .. longest order.
    diagonal : bool
        Whether both sides are the same symbols: then only j > i is tested.
    n_columns : int
        Symbols of side J; its arrays are padded to a multiple of eight.
    own_i, head_i, tail_i : ndarray
        (I, K+2) from `own_moments_nb`, (I, K+1) first and (I, K+1) last values of the columns.
    own_j, head_j, tail_j : ndarray
        The same of side J, transposed.
    cross, products : ndarray
        (I, J) products of the columns; (K+1, I, J) symmetric sums of `cross_products`.
    hurst_weights : ndarray, shape (window,)
        Weights of the logs of the difference sums in the Hurst exponent.
    out : ndarray, shape (n_directions, 6, I, J)
        Receives statistic (NaN where UNSAFE), lags (UNSAFE there), hedge ratio, sum of squares
        of the residual, phi, Hurst exponent.
    """
    m = K + 2
    window = hurst_weights.shape[0]
    sums = np.empty(WIDTH * (K + 1))
    lagged = np.empty(WIDTH * (K + 1))
    head = np.empty(WIDTH * (K + 1))
    tail = np.empty(WIDTH * (K + 1))
    matrix = np.empty(WIDTH * (m * (m + 1) // 2))
    differences = np.empty(WIDTH * window)
    rss = np.empty(WIDTH * (K + 1))
    ratio = np.empty(WIDTH)
    square = np.empty(WIDTH)
    level = np.empty(WIDTH)
    margin = np.empty(WIDTH)
    pivots = np.full(WIDTH, np.inf)
    scratch = np.empty(m * m + 3 * m)
    longest = inflation.shape[0] - 1
    for i in range(row_low, row_high):
        start = (i + 1) // WIDTH * WIDTH if diagonal else 0
        for j in range(start, n_columns, WIDTH):
            gather_sums_nb(products, i, j, K, sums)
            for swapped in range(n_directions):
                residuals_nb(
                    K,
                    i,
                    j,
                    own_i,
                    head_i,
                    tail_i,
                    own_j,
                    head_j,
                    tail_j,
                    cross,
                    sums,
                    swapped,
                    ratio,
                    square,
                    lagged,
                    head,
                    tail,
                    margin,
                )
                fill_matrix_nb(K, square, lagged, head, tail, matrix)
                difference_sums_nb(lagged, matrix, window, differences)
                store(level, 0, load(matrix, 0))
                if order < 0:
                    factor_nb(m, matrix, pivots)
                    residual_sums_nb(K, lagged, matrix, rss)
                for lane in range(min(WIDTH, n_columns - j)):
                    if diagonal and j + lane <= i:
                        continue
                    answer = out[swapped, :, i, j + lane]
                    p = order
                    if order < 0:
                        p = best_order_nb(longest, lane, rss, inflation)
                    statistic = math.nan
                    if margin[lane] > 0.0 and pivots[lane] > 0.0:
                        statistic = level_ratio_of_moments_nb(
                            T, K, p, lane, level[lane], lagged, head, tail, False, scratch
                        )
                    if not math.isfinite(statistic):
                        answer[STATISTIC] = math.nan
                        answer[LAGS] = UNSAFE
                        continue
                    hurst = 0.0
                    for h in range(window):
                        hurst += hurst_weights[h] * math.log(differences[WIDTH * h + lane])
                    answer[STATISTIC] = statistic
                    answer[LAGS] = p
                    answer[HEDGE_RATIO] = ratio[lane]
                    answer[SQUARE] = square[lane]
                    answer[PHI] = ar1_of_moments_nb(
                        T, square[lane], lagged[lane], head, tail, K, lane
                    )
                    answer[HURST] = hurst
