"""Numba kernels of the value functions of a solved layer, in units of b sd/(kappa+rho).

With f, g the increasing and decreasing eigenfunctions of order 1 + rho/kappa and s, e the levels,

    w_out(z) = beta  J(z)/g(s)                               z > s,   else w_in - cost,
    w_in(z)  = tilt order/nu - z + alpha J(-z)/f(e)          z < e,   else w_out - cost,

J(z) = I(nu, z), nu = rho/kappa. For rho = 0 these are the relative values: J is I(0+, z) - I(0+, 0)
and the constant of w_in follows from w_in(s) = w_out(s) + cost.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_special import integral_moments_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG_2 = math.log(2.0)


@njit(nogil=True, cache=True, error_model="numpy")
def layer_weights_nb(order: float, low: float, high: float) -> tuple[float, float, float, float]:
    """Return log f(e), alpha, log g(s), beta of a layer with entry `low` and exit `high`."""
    width = high - low
    log_f, _, drop_f, _, _ = integral_moments_nb(order, -high, width)
    log_g, _, drop_g, _, _ = integral_moments_nb(order, low, width)
    det = drop_f + (1.0 - drop_f) * drop_g
    return log_f, drop_g / det, log_g, drop_f / det


@njit(nogil=True, cache=True, error_model="numpy")
def eigen_ratio_nb(order: float, z: float, log_scale: float) -> float:
    """Return J(z) / exp(log_scale): the decreasing eigenfunction of order - 1 on a scale."""
    nu = order - 1.0
    if z >= 0.0:
        if nu > 0.0:
            log_next, slope, _, _, _ = integral_moments_nb(order, z, 0.0)
            return math.exp(log_next - log_scale) * (z + slope) / nu
        log_next, _, _, _, area = integral_moments_nb(order, 0.0, z)
        return -area * math.exp(log_next - log_scale)
    log_next, _, _, _, area = integral_moments_nb(order, z, -z)
    value = area * math.exp(log_next - log_scale)
    if nu > 0.0:
        value += math.exp((0.5 * nu - 1.0) * _LOG_2 + math.lgamma(0.5 * nu) - log_scale)
    return value


@njit(nogil=True, cache=True, error_model="numpy")
def eigen_pair_nb(order: float, z: float, log_scale: float) -> tuple[float, float]:
    """Return J(z) and I(order, z) = -J'(z) over exp(log_scale), for order > 1."""
    nu = order - 1.0
    if z >= 0.0:
        log_next, slope, _, _, _ = integral_moments_nb(order, z, 0.0)
        scaled = math.exp(log_next - log_scale)
        return scaled * (z + slope) / nu, scaled
    log_next, _, _, _, area = integral_moments_nb(order, z, -z)
    scaled = math.exp(log_next - log_scale)
    at_zero = math.exp((0.5 * nu - 1.0) * _LOG_2 + math.lgamma(0.5 * nu) - log_scale)
    return area * scaled + at_zero, scaled


@njit(nogil=True, cache=True, error_model="numpy")
def layer_values_nb(
    z: NDArray[np.float64], order: float, tilt: float, cost: float, low: float, high: float
) -> NDArray[np.float64]:
    """Return w_out and w_in of a layer at standardised points.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Points, distance to the mean over the stationary standard deviation.
    order, tilt, cost, low, high : float
        The layer and its solution; see `layer_thresholds_nb`.

    Returns
    -------
    ndarray, shape (2, M)
        w_out and w_in.
    """
    log_f, alpha, log_g, beta = layer_weights_nb(order, low, high)
    nu = order - 1.0
    if nu > 0.0:
        constant = tilt * order / nu
    else:
        constant = beta * eigen_ratio_nb(order, low, log_g) + cost
        constant -= alpha * eigen_ratio_nb(order, -low, log_f) - low
    out = np.empty((2, z.size))
    for i in range(z.size):
        if z[i] <= low:
            out[1, i] = constant - z[i] + alpha * eigen_ratio_nb(order, -z[i], log_f)
            out[0, i] = out[1, i] - cost
        elif z[i] >= high:
            out[0, i] = beta * eigen_ratio_nb(order, z[i], log_g)
            out[1, i] = out[0, i] - cost
        else:
            out[0, i] = beta * eigen_ratio_nb(order, z[i], log_g)
            out[1, i] = constant - z[i] + alpha * eigen_ratio_nb(order, -z[i], log_f)
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def layer_gain_nb(order: float, low: float, high: float) -> float:
    """Return the long-run gain of a layer per unit of time over b sd (order 1, no discounting)."""
    _, _, log_g, beta = layer_weights_nb(order, low, high)
    return beta * math.exp(-log_g)
