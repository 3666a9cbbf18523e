"""Loops of hedge ratios that move: regressions over windows and a Kalman filter."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@njit(nogil=True, cache=True)
def expanding_ols_nb(y: F64, x: F64, out: F64) -> None:
    """Fill `out` (2, T) with intercept and slope of y on x over all values up to each t."""
    mx, my, sxx, sxy = 0.0, 0.0, 0.0, 0.0
    for t in range(y.size):
        dx, dy = x[t] - mx, y[t] - my
        mx += dx / (t + 1)
        my += dy / (t + 1)
        sxx += dx * (x[t] - mx)
        sxy += dx * (y[t] - my)
        if t >= 2 and sxx > 0.0:
            out[1, t] = sxy / sxx
            out[0, t] = my - out[1, t] * mx


@njit(nogil=True, cache=True)
def rolling_line_nb(y: F64, x: F64, window: int, orthogonal: bool, out: F64) -> None:
    """Fill `out` (2, T) with the line through the last `window` points at each t.

    Least squares of y on x, or orthogonal least squares, which treats both alike: the slope is
    that of the leading eigenvector of the window's covariance. Every window is summed afresh,
    so rounding does not pile up.
    """
    for t in range(window - 1, y.size):
        first = t - window + 1
        mx, my = 0.0, 0.0
        for i in range(first, t + 1):
            mx += x[i] - x[first]
            my += y[i] - y[first]
        mx = x[first] + mx / window
        my = y[first] + my / window
        sxx, sxy, syy = 0.0, 0.0, 0.0
        for i in range(first, t + 1):
            dx, dy = x[i] - mx, y[i] - my
            sxx += dx * dx
            sxy += dx * dy
            syy += dy * dy
        if orthogonal:
            gap = syy - sxx
            root = math.sqrt(gap * gap + 4.0 * sxy * sxy)
            # Of two equal forms of the root, the one that does not cancel.
            if gap >= 0.0:
                slope = (gap + root) / (2.0 * sxy) if sxy != 0.0 else np.nan
            else:
                slope = 2.0 * sxy / (root - gap)
        else:
            slope = sxy / sxx if sxx > 0.0 else np.nan
        out[1, t] = slope
        out[0, t] = my - slope * mx


@njit(nogil=True, cache=True)
def kalman_filter_nb(
    y: F64,
    x: F64,
    level_variance: float,
    slope_variance: float,
    noise_variance: float,
    out: F64,
) -> tuple[float, float, int]:
    """Filter y[t] = a[t] + b[t] x[t] + e[t], where a and b are random walks of unknown start.

    Fills `out` (6, T) unless it is empty: a and b given data to t, their variances, the forecast
    error of y[t] given data to t - 1 and its variance (NaN while a and b are not determined).

    The start is exactly diffuse: covariance P + k D with k to infinity, whose two parts are
    carried separately until D is 0 (Durbin and Koopman 2012, section 5.2). The returned sum of
    ln F contains the diffuse steps' ln F of D, so that -(n ln 2 pi + both sums) / 2 is the
    diffuse log-likelihood.
    """
    keep = out.size > 0
    a, b = 0.0, 0.0
    p00, p01, p11 = 0.0, 0.0, 0.0
    d00, d01, d11 = 1.0, 0.0, 1.0
    log_f, product, squares, proper = 0.0, 1.0, 0.0, 0
    unknown = 2  # directions of the state that no observation has seen yet
    for t in range(y.size):
        xt = x[t]
        v = y[t] - a - b * xt
        m0, m1 = p00 + p01 * xt, p01 + p11 * xt
        f = m0 + m1 * xt + noise_variance
        f_diffuse, n0, n1 = 0.0, 0.0, 0.0
        if unknown > 0:
            n0, n1 = d00 + d01 * xt, d01 + d11 * xt
            f_diffuse = n0 + n1 * xt
        # D has a direction left that this x sees; rounding leaves a trace of the others.
        if f_diffuse > 1e-12 * (1.0 + xt * xt):
            k0, k1 = n0 / f_diffuse, n1 / f_diffuse
            a += k0 * v
            b += k1 * v
            p00 += k0 * k0 * f - 2.0 * k0 * m0
            p01 += k0 * k1 * f - k0 * m1 - k1 * m0
            p11 += k1 * k1 * f - 2.0 * k1 * m1
            d00 -= k0 * n0
            d01 -= k0 * n1
            d11 -= k1 * n1
            log_f += math.log(f_diffuse)
            unknown -= 1
            error, spread = np.nan, np.nan
        else:
            inverse = 1.0 / f
            k0, k1 = m0 * inverse, m1 * inverse
            a += k0 * v
            b += k1 * v
            p00 -= k0 * m0
            p01 -= k0 * m1
            p11 -= k1 * m1
            squares += v * v * inverse
            # Logarithms are slow: one of a product does for many steps.
            product *= f
            if not 1e-150 < product < 1e150:
                log_f += math.log(product)
                product = 1.0
            proper += 1
            error, spread = (np.nan, np.nan) if unknown > 0 else (v, f)
        if keep:
            out[0, t], out[1, t] = a, b
            out[2, t], out[3, t] = p00, p11
            out[4, t], out[5, t] = error, spread
        p00 += level_variance
        p11 += slope_variance
    return log_f + math.log(product), squares, proper
