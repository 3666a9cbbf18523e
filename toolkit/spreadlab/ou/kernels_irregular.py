"""Loops of the likelihood at irregular times."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@njit(nogil=True, cache=True)
def irregular_cost_nb(
    kappa: float, x: F64, steps: F64, theta: float, sigma: float
) -> tuple[float, float, float]:
    """Return -2 log-likelihood less n ln 2 pi, and the theta and sigma that it is taken at.

    A NaN `theta` or `sigma` stands for its best value given `kappa`, which may be negative.
    """
    # The increment is b a + e with a = (1 - e^(-kappa d)) / kappa and b = kappa theta, which stays
    # regular where kappa is 0. Dividing the squares by s as they come, one pass is enough.
    n = steps.size
    log_s, product, top, bottom, squares = 0.0, 1.0, 0.0, 0.0, 0.0
    fixed = 0.0 if np.isnan(theta) else kappa * theta
    for i in range(n):
        d = steps[i]
        fall = np.expm1(-kappa * d)
        small = abs(kappa * d) < 1e-10
        a = d if small else -fall / kappa
        s = d if small else -fall * (fall + 2.0) / (2.0 * kappa)
        e = x[i + 1] - x[i] + kappa * a * x[i] - fixed * a
        weight = 1.0 / s
        top += a * e * weight
        bottom += a * a * weight
        squares += e * e * weight
        product *= s
        if not 1e-150 < product < 1e150:
            log_s += np.log(product)
            product = 1.0
    log_s += np.log(product)
    mean = theta
    if np.isnan(theta):
        squares -= top * top / bottom
        mean = top / bottom / kappa if kappa != 0.0 else np.nan
    scale = squares / n if np.isnan(sigma) else sigma * sigma
    cost = n * np.log(scale) + log_s + squares / scale
    return cost, mean, np.sqrt(scale)


@njit(nogil=True, cache=True)
def irregular_minimum_nb(x: F64, steps: F64, theta: float, sigma: float) -> F64:
    """Return (kappa, cost, theta, sigma) at the minimum over kappa of `irregular_cost_nb`.

    A scan from explosive to independent values, evenly spaced in asinh(kappa times the time
    span), then a golden section in the best cell.
    """
    span = steps.sum()
    low, high = np.arcsinh(-20.0), np.arcsinh(40.0 * span / steps.min())
    n_scan = 36
    width = (high - low) / n_scan
    best, best_cost = low, np.inf
    for k in range(n_scan + 1):
        u = low + k * width
        cost = irregular_cost_nb(np.sinh(u) / span, x, steps, theta, sigma)[0]
        if cost < best_cost:
            best, best_cost = u, cost
    left, right = best - width, best + width
    step = 0.5 * (np.sqrt(5.0) - 1.0)
    a, b = right - step * (right - left), left + step * (right - left)
    fa = irregular_cost_nb(np.sinh(a) / span, x, steps, theta, sigma)[0]
    fb = irregular_cost_nb(np.sinh(b) / span, x, steps, theta, sigma)[0]
    for _ in range(44):
        if fa < fb:
            right, b, fb = b, a, fa
            a = right - step * (right - left)
            fa = irregular_cost_nb(np.sinh(a) / span, x, steps, theta, sigma)[0]
        else:
            left, a, fa = a, b, fb
            b = left + step * (right - left)
            fb = irregular_cost_nb(np.sinh(b) / span, x, steps, theta, sigma)[0]
    kappa = np.sinh(0.5 * (left + right)) / span
    cost, mean, scale = irregular_cost_nb(kappa, x, steps, theta, sigma)
    return np.array([kappa, cost, mean, scale])
