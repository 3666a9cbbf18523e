"""From the moment matrix of a residual to its lag order and its t-ratio."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.lanes import (
    WIDTH,
    div,
    load,
    mul,
    root,
    smaller,
    splat,
    store,
    sub,
    submul,
)

# A pivot keeps this share of its diagonal entry, or too much cancelled.
_MIN_PIVOT = 1e-5


@njit(nogil=True, cache=True)
def factor_nb(m: int, matrix: np.ndarray, margin: np.ndarray) -> None:
    """Replace eight packed symmetric matrices by their lower Cholesky factors, abreast.

    `margin` (8,) receives the smallest pivot minus what a safe pivot of its size is at least:
    negative (or NaN in the factor) where too much cancelled.
    """
    one = splat(1.0)
    least = splat(_MIN_PIVOT)
    worst = splat(np.inf)
    for c in range(m):
        row_c = WIDTH * (c * (c + 1) // 2)
        pivot = load(matrix, row_c + WIDTH * c)
        safe = mul(least, pivot)
        for k in range(c):
            x = load(matrix, row_c + WIDTH * k)
            pivot = submul(pivot, x, x)
        worst = smaller(sub(pivot, safe), worst)
        inverse = div(one, root(pivot))
        store(matrix, row_c + WIDTH * c, mul(pivot, inverse))
        r = c + 1
        while r + 1 < m:  # two rows at once share the loads of row c
            row_1 = WIDTH * (r * (r + 1) // 2)
            row_2 = row_1 + WIDTH * (r + 1)
            x1 = load(matrix, row_1 + WIDTH * c)
            x2 = load(matrix, row_2 + WIDTH * c)
            for k in range(c):
                y = load(matrix, row_c + WIDTH * k)
                x1 = submul(x1, load(matrix, row_1 + WIDTH * k), y)
                x2 = submul(x2, load(matrix, row_2 + WIDTH * k), y)
            store(matrix, row_1 + WIDTH * c, mul(x1, inverse))
            store(matrix, row_2 + WIDTH * c, mul(x2, inverse))
            r += 2
        if r < m:
            row_1 = WIDTH * (r * (r + 1) // 2)
            x1 = load(matrix, row_1 + WIDTH * c)
            for k in range(c):
                x1 = submul(x1, load(matrix, row_1 + WIDTH * k), load(matrix, row_c + WIDTH * k))
            store(matrix, row_1 + WIDTH * c, mul(x1, inverse))
    store(margin, 0, worst)


@njit(nogil=True, cache=True)
def residual_sums_nb(K: int, lagged: np.ndarray, factor: np.ndarray, rss: np.ndarray) -> None:
    """Write the residual sum of squares of lag orders 0 .. K, from the factor's last row."""
    row = WIDTH * ((K + 1) * (K + 2) // 2)
    left = load(lagged, 0)
    for p in range(K + 1):
        u = load(factor, row + WIDTH * p)
        left = submul(left, u, u)
        store(rss, WIDTH * p, left)


@njit(nogil=True, cache=True)
def best_order_nb(K: int, lane: int, rss: np.ndarray, inflation: np.ndarray) -> int:
    """Return the order of the smallest criterion; `inflation[p]` is exp(penalty p)."""
    best = 0
    least = rss[lane]
    for p in range(1, K + 1):
        value = rss[WIDTH * p + lane] * inflation[p]
        if value < least:
            least = value
            best = p
    return best


@njit(nogil=True, cache=True)
def level_ratio_of_moments_nb(
    T: int,
    K: int,
    p: int,
    lane: int,
    level: float,
    lagged: np.ndarray,
    head: np.ndarray,
    tail: np.ndarray,
    constant: bool,
    scratch: np.ndarray,
) -> float:
    """Return the t-ratio of the level with p lags on the sample t = p+1 .. T-1 of one lane.

    The rows t = p+1 .. K join the common sample; one more factor with the level ordered last,
    before the target, has the ratio in its last row. NaN where too much cancels.

    Parameters
    ----------
    level : float
        sum e_{t-1}^2 over the common sample.
    constant : bool
        Whether the regression has a constant; e must then have mean zero over all T.
    scratch : ndarray
        At least (p+2)^2 + (p+2) + 2 (K+1) entries of any content.
    """
    m = p + 2
    head_d = scratch[: K + 1]
    tail_d = scratch[K + 1 : 2 * K + 2]
    a = scratch[2 * K + 2 : 2 * K + 2 + m * m].reshape(m, m)
    for t in range(1, K + 1):
        head_d[t] = head[WIDTH * t + lane] - head[WIDTH * (t - 1) + lane]
        tail_d[t] = tail[WIDTH * t + lane] - tail[WIDTH * (t - 1) + lane]
    last = tail[WIDTH * K + lane]
    edge = head[WIDTH * p + lane]
    for t in range(p, K):
        level += head[WIDTH * t + lane] ** 2
    # Rows and columns: lags 1 .. p at 0 .. p-1, level at p, target at p+1.
    for b in range(p + 1):
        c0b = lagged[WIDTH * b + lane]
        for t in range(p + 1, K + 1):
            c0b += head_d[t] * head_d[t - b]
        if b == 0:
            a[p + 1, p + 1] = c0b
        else:
            a[p + 1, b - 1] = c0b
    a[p, p] = level
    c00 = a[p + 1, p + 1]
    g = 0.5 * (last * last - edge * edge - c00)
    a[p + 1, p] = g
    for b in range(p):
        c0b = c00 if b == 0 else a[p + 1, b - 1]
        g += c0b + edge * head_d[p - b] - last * tail_d[K - b]
        a[p, b] = g
    for gap in range(p):
        c = c00 if gap == 0 else a[p + 1, gap - 1]
        for k in range(p - gap):
            c += head_d[p - k] * head_d[p - k - gap] - tail_d[K - k] * tail_d[K - k - gap]
            a[k + gap, k] = c
    n = T - 1 - p
    if constant:  # moments about the means: sums of differences telescope
        sums = scratch[2 * K + 2 + m * m : 2 * K + 2 + m * m + m]
        for b in range(p + 1):
            sums[p + 1 if b == 0 else b - 1] = (
                tail[WIDTH * (K - b) + lane] - head[WIDTH * (p - b) + lane]
            )
        sums[p] = -last
        for t in range(p):
            sums[p] -= head[WIDTH * t + lane]
        for r in range(m):
            for c in range(r + 1):
                a[r, c] -= sums[r] * sums[c] / n
    freedom = n - p - 1 - (1 if constant else 0)
    for c in range(m):
        pivot = a[c, c]
        safe = _MIN_PIVOT * pivot
        for k in range(c):
            pivot -= a[c, k] * a[c, k]
        if not pivot > safe:
            return math.nan
        if c == m - 1:
            return float(a[c, p] * math.sqrt(freedom / pivot))
        inverse = 1.0 / math.sqrt(pivot)
        for r in range(c + 1, m):
            x = a[r, c]
            for k in range(c):
                x -= a[r, k] * a[c, k]
            a[r, c] = x * inverse
    return math.nan


@njit(nogil=True, cache=True)
def ar1_of_moments_nb(
    T: int, square: float, c00: float, head: np.ndarray, tail: np.ndarray, K: int, lane: int
) -> float:
    """Return phi of an AR(1) with intercept; the residual has mean zero over all T."""
    n = T - 1
    first = head[lane]
    last = tail[WIDTH * K + lane]
    for t in range(1, K + 1):
        c00 += (head[WIDTH * t + lane] - head[WIDTH * (t - 1) + lane]) ** 2
    before = square - last * last
    after = square - first * first
    cross = 0.5 * (before + after - c00)
    return float((cross - last * first / n) / (before - last * last / n))
