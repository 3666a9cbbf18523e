"""Unit-root tests of single columns from their own moments, eight abreast."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.factor import (
    best_order_nb,
    factor_nb,
    level_ratio_of_moments_nb,
    residual_sums_nb,
)
from spreadlab.discovery.kernels.lanes import WIDTH, div, load, mul, splat, store, sub
from spreadlab.discovery.kernels.moments import fill_matrix_nb


@njit(nogil=True, cache=True)
def centre_matrix_nb(
    T: int,
    K: int,
    head: np.ndarray,
    tail: np.ndarray,
    sums: np.ndarray,
    matrix: np.ndarray,
    target_square: np.ndarray,
) -> None:
    """Take the means out of eight moment matrices: what a constant in the regression does.

    Sums over t = K+1 .. T-1 of the differences telescope; that of the level is minus what the
    edges hold, for the columns have mean zero over all T.
    """
    level = sub(splat(0.0), load(tail, WIDTH * K))
    for t in range(K):
        level = sub(level, load(head, WIDTH * t))
    store(sums, 0, level)
    for b in range(K + 1):
        change = sub(load(tail, WIDTH * (K - b)), load(head, WIDTH * (K - b)))
        store(sums, WIDTH * (K + 1 if b == 0 else b), change)
    n = splat(float(T - 1 - K))
    for r in range(K + 2):
        share = div(load(sums, WIDTH * r), n)
        for c in range(r + 1):
            place = WIDTH * (r * (r + 1) // 2 + c)
            product = mul(share, load(sums, WIDTH * c))
            store(matrix, place, sub(load(matrix, place), product))
    row = (K + 1) * (K + 2) // 2
    store(target_square, 0, load(matrix, WIDTH * (row + K + 1)))


@njit(nogil=True, cache=True)
def leg_statistics_nb(
    T: int,
    K: int,
    order: int,
    inflation: np.ndarray,
    n_columns: int,
    own: np.ndarray,
    head_of: np.ndarray,
    tail_of: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write the augmented Dickey-Fuller statistic with constant of each column, NaN if unsafe.

    Parameters
    ----------
    T, K, order, inflation
        As in `scan_rows_nb`.
    own, head_of, tail_of : ndarray
        (K+2, J) and (K+1, J) moments and edges of demeaned columns, padded to eight.
    out : ndarray, shape (n_columns,)
        Receives the statistics.
    """
    m = K + 2
    square = np.empty(WIDTH)
    level = np.empty(WIDTH)
    lagged = np.empty(WIDTH * (K + 1))
    head = np.empty(WIDTH * (K + 1))
    tail = np.empty(WIDTH * (K + 1))
    matrix = np.empty(WIDTH * (m * (m + 1) // 2))
    rss = np.empty(WIDTH * (K + 1))
    sums = np.empty(WIDTH * m)
    pivots = np.full(WIDTH, np.inf)
    target_square = np.empty(WIDTH)
    scratch = np.empty(m * m + 3 * m)
    longest = inflation.shape[0] - 1
    for j in range(0, n_columns, WIDTH):
        store(square, 0, load(own[K + 1], j))
        for k in range(K + 1):
            store(lagged, WIDTH * k, load(own[k], j))
            store(head, WIDTH * k, load(head_of[k], j))
            store(tail, WIDTH * k, load(tail_of[k], j))
        fill_matrix_nb(K, square, lagged, head, tail, matrix)
        store(level, 0, load(matrix, 0))
        if order < 0:
            centre_matrix_nb(T, K, head, tail, sums, matrix, target_square)
            factor_nb(m, matrix, pivots)
            residual_sums_nb(K, target_square, matrix, rss)
        for lane in range(min(WIDTH, n_columns - j)):
            p = order
            if order < 0:
                p = best_order_nb(longest, lane, rss, inflation)
            statistic = math.nan
            if pivots[lane] > 0.0:
                statistic = level_ratio_of_moments_nb(
                    T, K, p, lane, level[lane], lagged, head, tail, True, scratch
                )
            out[j + lane] = statistic
