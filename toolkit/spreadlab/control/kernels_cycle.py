"""Numba kernels of the cycle time of a symmetric round trip.

The passage from -z to z (standardised, time in 1/kappa) has the Laplace transform
I(s, z)/I(s, -z). Expanding s I(s, z) around s = 0 gives its mean and variance as integrals

    mean = m,   variance = m (2 k + d) - 2 l,   k = (log 2 - gamma)/2,
    m = int 2 sinh(z u)/u w du,   l = int log(u) 2 sinh(z u)/u w du,
    d = int (2 cosh(z u) - 2)/u w du,   w = exp(-u^2/2),

which do not cancel for small z and need no alternating series for large z.
"""

from __future__ import annotations

import math

from numba import njit

_EULER = 0.57721566490153286061


@njit(nogil=True, cache=True, error_model="numpy")
def passage_nb(z: float) -> tuple[float, float, float, float]:
    """Return mean and variance of the passage from -z to z, and their derivatives in z."""
    step = min(0.07, 0.3 / math.sqrt(1.0 + z * z))
    last = z + math.sqrt(z * z + 100.0)
    m = m1 = d = d1 = logs = logs1 = 0.0
    t = math.log(last)
    while t > -46.0:
        u = math.exp(t)
        weight = math.exp(-0.5 * u * u)
        # du/u = dt
        odd = 2.0 * math.sinh(z * u) * weight
        even = 2.0 * math.cosh(z * u) * weight * u
        half = math.sinh(0.5 * z * u)
        m += odd
        logs += t * odd
        d += 4.0 * half * half * weight
        m1 += even
        logs1 += t * even
        d1 += odd * u
        t -= step
    k = 0.5 * (math.log(2.0) - _EULER)
    m, m1, d, d1 = m * step, m1 * step, d * step, d1 * step
    logs, logs1 = logs * step, logs1 * step
    variance = m * (2.0 * k + d) - 2.0 * logs
    return m, variance, m1, m1 * (2.0 * k + d) + m * d1 - 2.0 * logs1


@njit(nogil=True, cache=True, error_model="numpy")
def _slope_nb(z: float, cost: float, rate: float) -> float:
    # Derivative of log[(1 - rate/r) sqrt(E/V)], r = 2 z - cost.
    mean, variance, mean_slope, variance_slope = passage_nb(z)
    net = 2.0 * z - cost
    gain = 2.0 * rate / (net * (net - rate))
    return gain + 0.5 * (mean_slope / mean - variance_slope / variance)


@njit(nogil=True, cache=True, error_model="numpy")
def best_sharpe_nb(cost: float, rate: float, most: float) -> float:
    """Return the half width z of largest Sharpe ratio, NaN if it is beyond `most`.

    Parameters
    ----------
    cost, rate : float
        Cost and cash rate per cycle over sd, rate > 0.
    most : float
        Largest half width to look at.
    """
    floor = 0.5 * (cost + rate)
    step = 1e-3 * max(floor, 1e-3)
    low, high = floor, floor + step
    while _slope_nb(high, cost, rate) > 0.0:
        low = high
        step *= 1.5
        high = floor + step
        if high > most:
            return math.nan
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            break
        if _slope_nb(middle, cost, rate) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
