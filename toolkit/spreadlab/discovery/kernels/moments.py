"""Tests of a tile of pairs from cross-moments: no pair ever touches the time axis.

The residual of step 1 is linear in the two demeaned columns, e = a P_i + b P_j, so every sum
that the lag regression needs is a quadratic form in sums that belong to the two columns, and
those come for a whole tile from matrix products. With d_t = e_t - e_{t-1}, the common sample
t = K+1 .. T-1 and c[a, b] = sum d_{t-a} d_{t-b}:

- c[0, b] needs the symmetric cross-sums C_b[ij] + C_b[ji] alone, C_b = D_0' D_b: one product a
  lag (`products`);
- c[a+1, b+1] = c[a, b] + d_{K-a} d_{K-b} - d_{T-1-a} d_{T-1-b} fills the block of the lags;
- G_b = sum e_{t-1} d_{t-b} telescopes: G_0 = (e_{T-1}^2 - e_K^2 - c[0, 0]) / 2 and
  G_{b+1} = G_b + c[0, b] + e_K d_{K-b} - e_{T-1} d_{T-1-b};
- one Cholesky factor with the regressors ordered level, lag 1, lag 2, ... and the target last
  has the residual sum of squares of every lag order in its last row.

Eight pairs are worked on abreast (`lanes`): entry k of a scratch array is at ``8 k .. 8 k + 7``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from spreadlab.discovery.kernels.lanes import (
    WIDTH,
    add,
    div,
    load,
    mul,
    muladd,
    smaller,
    splat,
    store,
    sub,
    submul,
)

# Share of a sum of squares that must be left: what is lost is then below 1e-16 / share.
_MIN_SHARE = 1e-4


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def own_moments_nb(demeaned: np.ndarray, K: int, out: np.ndarray) -> None:
    """Fill out[:, b] with sum d_t d_{t-b} over t = K+1 .. T-1 for b = 0 .. K, row by row.

    out[:, K+1] receives the sum of squares of the column itself, over all T.
    """
    T = demeaned.shape[1]
    d = np.empty(T)
    for i in range(demeaned.shape[0]):
        column = demeaned[i]
        d[0] = 0.0
        square = 0.0
        for t in range(T):
            square += column[t] * column[t]
        for t in range(1, T):
            d[t] = column[t] - column[t - 1]
        now = d[K + 1 :]
        for b in range(K + 1):
            then = d[K + 1 - b : T - b]  # slices, so that no index is checked in the loop
            total = 0.0
            for t in range(now.shape[0]):
                total += now[t] * then[t]
            out[i, b] = total
        out[i, K + 1] = square


@njit(nogil=True, cache=True)
def gather_sums_nb(products: np.ndarray, i: int, j: int, K: int, sums: np.ndarray) -> None:
    """Copy C_b[ij] + C_b[ji], b = 0 .. K, of the eight pairs (i, j .. j+7) side by side."""
    for b in range(K + 1):
        store(sums, WIDTH * b, load(products[b, i], j))


@njit(nogil=True, cache=True)
def residuals_nb(
    K: int,
    i: int,
    j: int,
    own_i: np.ndarray,
    head_i: np.ndarray,
    tail_i: np.ndarray,
    own_j: np.ndarray,
    head_j: np.ndarray,
    tail_j: np.ndarray,
    cross: np.ndarray,
    sums: np.ndarray,
    swapped: int,
    ratio: np.ndarray,
    square: np.ndarray,
    lagged: np.ndarray,
    head: np.ndarray,
    tail: np.ndarray,
    margin: np.ndarray,
) -> None:
    """Form the moments of eight residuals, of i on j or (`swapped`) of j on i.

    `margin` (8,) receives what step 1 leaves of the dependent's squares, and of the differences',
    less what is safe: negative where too much cancelled.
    """
    one = splat(1.0)
    s_ij = load(cross[i], j)
    s_ii = splat(own_i[i, K + 1])
    s_jj = load(own_j[K + 1], j)
    if swapped == 0:
        beta = div(s_ij, s_jj)
        a = one
        b = sub(splat(0.0), beta)
        total = s_ii
    else:
        beta = div(s_ij, s_ii)
        a = sub(splat(0.0), beta)
        b = one
        total = s_jj
    left = submul(total, beta, s_ij)
    store(ratio, 0, beta)
    store(square, 0, left)
    aa = mul(a, a)
    ab = mul(a, b)
    bb = mul(b, b)
    for k in range(K + 1):
        c = mul(aa, splat(own_i[i, k]))
        c = muladd(bb, load(own_j[k], j), c)
        if k == 0:
            whole = c
        c = muladd(ab, load(sums, WIDTH * k), c)
        store(lagged, WIDTH * k, c)
        store(head, WIDTH * k, muladd(a, splat(head_i[i, k]), mul(b, load(head_j[k], j))))
        store(tail, WIDTH * k, muladd(a, splat(tail_i[i, k]), mul(b, load(tail_j[k], j))))
    least = splat(_MIN_SHARE)
    spare = submul(left, least, total)
    spare_d = submul(load(lagged, 0), least, whole)
    store(margin, 0, smaller(spare, spare_d))


@njit(nogil=True, cache=True)
def fill_matrix_nb(
    K: int,
    square: np.ndarray,
    lagged: np.ndarray,
    head: np.ndarray,
    tail: np.ndarray,
    matrix: np.ndarray,
) -> None:
    """Fill the lower triangle of the moment matrix of eight residuals.

    Parameters
    ----------
    K : int
        Longest lag.
    square : ndarray, shape (8,)
        sum e_t^2 over all T.
    lagged : ndarray, shape (8 (K+1),)
        c[0, b].
    head, tail : ndarray, shape (8 (K+1),)
        e_0 .. e_K and e_{T-1-K} .. e_{T-1}.
    matrix : ndarray, shape (8 (K+2)(K+3)/2,)
        Receives rows level, lag 1 .. lag K, target, packed one after the other.
    """
    half = splat(0.5)
    last = load(tail, WIDTH * K)
    edge = load(head, WIDTH * K)
    level = submul(load(square, 0), last, last)
    for t in range(K):
        e = load(head, WIDTH * t)
        level = submul(level, e, e)
    store(matrix, 0, level)
    target = WIDTH * ((K + 1) * (K + 2) // 2)
    c00 = load(lagged, 0)
    g = mul(half, sub(sub(mul(last, last), mul(edge, edge)), c00))
    store(matrix, target, g)
    for b in range(K):
        c0b = load(lagged, WIDTH * b)
        before = sub(load(head, WIDTH * (K - b)), load(head, WIDTH * (K - b - 1)))
        after = sub(load(tail, WIDTH * (K - b)), load(tail, WIDTH * (K - b - 1)))
        g = submul(muladd(edge, before, add(g, c0b)), last, after)
        store(matrix, WIDTH * ((b + 1) * (b + 2) // 2), g)
        store(matrix, target + WIDTH * (b + 1), load(lagged, WIDTH * (b + 1)))
    store(matrix, target + WIDTH * (K + 1), c00)
    # The block of the lags, one diagonal c[a, a + gap] after the other.
    for gap in range(K):
        c = load(lagged, WIDTH * gap)
        for a in range(K - gap):
            h1 = sub(load(head, WIDTH * (K - a)), load(head, WIDTH * (K - a - 1)))
            h2 = sub(load(head, WIDTH * (K - a - gap)), load(head, WIDTH * (K - a - gap - 1)))
            t1 = sub(load(tail, WIDTH * (K - a)), load(tail, WIDTH * (K - a - 1)))
            t2 = sub(load(tail, WIDTH * (K - a - gap)), load(tail, WIDTH * (K - a - gap - 1)))
            c = submul(muladd(h1, h2, c), t1, t2)
            row = a + gap + 1
            store(matrix, WIDTH * (row * (row + 1) // 2 + a + 1), c)


@njit(nogil=True, cache=True)
def difference_sums_nb(
    lagged: np.ndarray, matrix: np.ndarray, window: int, out: np.ndarray
) -> None:
    """Write sum (e_t - e_{t-h})^2, h = 1 .. window, of eight residuals: sums over c[0:h, 0:h]."""
    total = load(lagged, 0)
    store(out, 0, total)
    for h in range(1, window):
        row = WIDTH * (h * (h + 1) // 2)
        cross = load(lagged, WIDTH * h)
        for a in range(1, h):
            cross = add(cross, load(matrix, row + WIDTH * a))
        total = add(total, add(add(cross, cross), load(matrix, row + WIDTH * h)))
        store(out, WIDTH * h, total)
