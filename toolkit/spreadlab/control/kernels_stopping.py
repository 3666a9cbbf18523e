"""Numba kernels of optimal entry and exit of one round trip (double stopping, cash flows).

With F, G the increasing and decreasing eigenfunctions, J(z) = I(nu, z) and the ratio
R(z) = J(z)/I(nu + 1, z), in z = (x - theta)/sd: F/F_z = R(-z) and G/G_z = -R(z). The exit level b
solves (b - c)/sd = R(-b); the entry level is where H/G is largest, H = V - x - c', that is
H + R(z) H_z = 0. A stop-loss replaces F by the solution between the stop and the exit level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_special import integral_moments_nb
from spreadlab.control.kernels_value import eigen_pair_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCAN = 64
_LOG_2 = math.log(2.0)
_MOST_STEPS = 200


@njit(nogil=True, cache=True, error_model="numpy")
def ratio_nb(order: float, z: float) -> float:
    """Return R(z) = J(z)/I(order, z) of the decreasing eigenfunction, J of order - 1 > 0."""
    nu = order - 1.0
    if z >= 0.0:
        _, slope, _, _, _ = integral_moments_nb(order, z, 0.0)
        return (z + slope) / nu
    log_scale, _, _, _, area = integral_moments_nb(order, z, -z)
    return area + math.exp((0.5 * nu - 1.0) * _LOG_2 + math.lgamma(0.5 * nu) - log_scale)


@njit(nogil=True, cache=True, error_model="numpy")
def exit_level_nb(order: float, cost: float, least: float) -> tuple[float, int]:
    """Return the root z > cost of z - cost = R(-z), all in standardised units.

    Parameters
    ----------
    order : float
        1 + r/kappa.
    cost : float
        (theta-shifted) cost: (c - theta)/sd.
    least : float
        (kappa theta + r c)/(kappa + r) in z: the level below which waiting earns.
    """
    low = max(least, cost)
    high = low + 1.0
    step = 1.0
    for _ in range(200):
        if high - cost > ratio_nb(order, -high):
            break
        low = high
        step *= 2.0
        high += step
    z = 0.5 * (low + high)
    last = np.inf
    for iteration in range(200):
        ratio = ratio_nb(order, -z)
        value = z - cost - ratio
        if value > 0.0:
            high = z
        else:
            low = z
        slope = z * ratio + (order - 1.0) * ratio * ratio
        move = value / slope if slope > 0.0 else np.inf
        trial = z - move
        # A root met exactly is an end of its bracket: it must not be left by halving.
        if abs(move) <= 4e-16 * (1.0 + abs(z)):
            return trial, iteration + 1
        if not low < trial < high:
            trial = 0.5 * (low + high)
        change = abs(trial - z)
        z = trial
        if change < 1e-9 and change >= 0.5 * last:
            return z, iteration + 1
        last = change
    return z, -1


@njit(nogil=True, cache=True, error_model="numpy")
def _between_nb(
    order: float, stop: float, top: float
) -> tuple[float, float, float, float, float, float, float]:
    # R(-top), R(stop), 1 - F(stop)/F(top), 1 - G(top)/G(stop), 1 - G_z(top)/G_z(stop), and the
    # logs of F_z(top) and -G_z(stop).
    width = top - stop
    log_f, _, _, _, area_f = integral_moments_nb(order, -top, width)
    log_g, _, lost_g, _, area_g = integral_moments_nb(order, stop, width)
    ratio_f, ratio_g = ratio_nb(order, -top), ratio_nb(order, stop)
    return ratio_f, ratio_g, area_f / ratio_f, area_g / ratio_g, lost_g, log_f, log_g


@njit(nogil=True, cache=True, error_model="numpy")
def exit_weights_nb(order: float, cost: float, stop: float, top: float) -> NDArray[np.float64]:
    """Return the weights of F and G in V below `top`, and the logs of their scales.

    Parameters
    ----------
    order, cost : float
        1 + r/kappa and (c - theta)/sd.
    stop, top : float
        Stop-loss (-inf for none) and exit level.

    Returns
    -------
    ndarray, shape (4,)
        V(z) = a J(-z)/exp(p) + b J(z)/exp(q) as (a, p, b, q).
    """
    out = np.zeros(4)
    if stop == -np.inf:
        out[1] = integral_moments_nb(order, -top, 0.0)[0]
        out[0] = (top - cost) / ratio_nb(order, -top)
        return out
    ratio_f, ratio_g, drop_f, drop_g, _, out[1], out[3] = _between_nb(order, stop, top)
    det = drop_f + (1.0 - drop_f) * drop_g
    out[0] = (top - cost - (1.0 - drop_g) * (stop - cost)) / (det * ratio_f)
    out[2] = (stop - cost - (1.0 - drop_f) * (top - cost)) / (det * ratio_g)
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _slope_at_top_nb(order: float, stop: float, top: float, cost: float) -> float:
    # V_z(top) - 1 with V(stop) = stop - cost, V(top) = top - cost; below zero the top is too low.
    ratio_f, ratio_g, drop_f, drop_g, lost_g, _, _ = _between_nb(order, stop, top)
    det = drop_f + (1.0 - drop_f) * drop_g
    top_slope = (1.0 / ratio_f + (1.0 - drop_f) * (1.0 - lost_g) / ratio_g) / det
    stop_slope = -((1.0 - lost_g) / ratio_g + (1.0 - drop_g) / ratio_f) / det
    return float((stop - cost) * stop_slope + (top - cost) * top_slope - 1.0)


@njit(nogil=True, cache=True, error_model="numpy")
def exit_value_nb(
    order: float, cost: float, z: float, stop: float, top: float, weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return V and V_z at z over sd, with the weights of `exit_weights_nb`."""
    if z >= top or z <= stop:
        return z - cost, 1.0
    value, slope = eigen_pair_nb(order, -z, weights[1])
    value, slope = weights[0] * value, weights[0] * slope
    if weights[2] != 0.0:
        fall, fall_slope = eigen_pair_nb(order, z, weights[3])
        value += weights[2] * fall
        slope -= weights[2] * fall_slope
    return value, slope


@njit(nogil=True, cache=True, error_model="numpy")
def _test_nb(
    orders: tuple[float, float],
    cost: float,
    shifted: float,
    z: float,
    stop: float,
    top: float,
    weights: NDArray[np.float64],
    side: int,
) -> float:
    # side 2: -(V_z(top) - 1) for a top at z; 0: H_z; +1: sign of (H/G)_z; -1: sign of (H/F)_z.
    if side == 2:
        return -_slope_at_top_nb(orders[0], stop, z, cost)
    value, slope = exit_value_nb(orders[0], cost, z, stop, top, weights)
    gain, rise = value - z - shifted, slope - 1.0
    if side == 0:
        return rise
    if side > 0:
        return gain + rise * ratio_nb(orders[1], z)
    return rise * ratio_nb(orders[1], -z) - gain


@njit(nogil=True, cache=True, error_model="numpy")
def _root_nb(
    orders: tuple[float, float],
    cost: float,
    shifted: float,
    low: float,
    high: float,
    stop: float,
    top: float,
    weights: NDArray[np.float64],
    side: int,
) -> float:
    # The test is positive at low and negative at high: false position with Illinois' correction,
    # halving whenever that has not halved the bracket in three steps.
    at_low = _test_nb(orders, cost, shifted, low, stop, top, weights, side)
    at_high = _test_nb(orders, cost, shifted, high, stop, top, weights, side)
    kept = 0
    width = high - low
    trial = 0.5 * (low + high)
    for k in range(_MOST_STEPS):
        halve = k % 4 == 3 and high - low > 0.5 * width
        if k % 4 == 3:
            width = high - low
        last = trial
        trial = high - at_high * (high - low) / (at_high - at_low)
        if halve or not low < trial < high:
            trial = 0.5 * (low + high)
        if not low < trial < high:
            break
        value = _test_nb(orders, cost, shifted, trial, stop, top, weights, side)
        if value > 0.0:
            low, at_low = trial, value
            if kept == 1:
                at_high *= 0.5
            kept = 1
        else:
            high, at_high = trial, value
            if kept == -1:
                at_low *= 0.5
            kept = -1
        small = 2e-15 * (1.0 + abs(trial))
        if value == 0.0 or high - low <= small or (k > 5 and abs(trial - last) <= small):
            break
    return trial


@njit(nogil=True, cache=True, error_model="numpy")
def stopped_exit_nb(
    order: float, cost: float, stop: float, least: float, free_exit: float
) -> float:
    """Return the exit level above a stop-loss, at most that without one.

    Parameters
    ----------
    order, cost, least
        As in `exit_level_nb`.
    stop, free_exit : float
        The stop-loss level, and the exit level without it.
    """
    if stop >= least:
        return stop
    orders = (order, order)
    none = np.zeros(4)
    return _root_nb(orders, cost, 0.0, least, free_exit, stop, free_exit, none, 2)


@njit(nogil=True, cache=True, error_model="numpy")
def free_entry_nb(
    order: float, entry_order: float, cost: float, shifted: float, top: float
) -> float:
    """Return the entry level without a stop-loss, in standardised units.

    Parameters
    ----------
    order, entry_order : float
        1 + r/kappa of the exit and of the entry.
    cost, shifted : float
        (c - theta)/sd and (c' + theta)/sd.
    top : float
        Exit level.
    """
    orders = (order, entry_order)
    weights = exit_weights_nb(order, cost, -np.inf, top)
    high = top
    step = 0.25
    low = top - step
    for _ in range(400):
        if _test_nb(orders, cost, shifted, low, -np.inf, top, weights, 1) > 0.0:
            break
        high = low
        step *= 1.3
        low -= step
    return _root_nb(orders, cost, shifted, low, high, -np.inf, top, weights, 1)


@njit(nogil=True, cache=True, error_model="numpy")
def stopped_entry_nb(
    order: float, entry_order: float, cost: float, shifted: float, stop: float, top: float
) -> NDArray[np.float64]:
    """Return the ends of the entry interval with a stop-loss, and the largest gain of an entry.

    The gain H is scanned over (stop, top) for its global maximum; where that is not positive no
    entry is worth its cost and the ends are NaN.

    Returns
    -------
    ndarray, shape (3,)
        Lower end, upper end, sup H.
    """
    out = np.array([np.nan, np.nan, -np.inf])
    if top <= stop:
        return out
    orders = (order, entry_order)
    weights = exit_weights_nb(order, cost, stop, top)
    best = stop
    width = (top - stop) / _SCAN
    for k in range(1, _SCAN):
        z = stop + k * width
        gain = exit_value_nb(order, cost, z, stop, top, weights)[0] - z - shifted
        if gain > out[2]:
            out[2] = gain
            best = z
    low = max(best - width, stop + 1e-9 * width)
    high = min(best + width, top - 1e-9 * width)
    peak = _root_nb(orders, cost, shifted, low, high, stop, top, weights, 0)
    gain = exit_value_nb(order, cost, peak, stop, top, weights)[0] - peak - shifted
    out[2] = max(out[2], gain)
    if out[2] <= 0.0:
        return out
    start = stop + 1e-12 * (top - stop)
    out[0] = _root_nb(orders, cost, shifted, start, peak, stop, top, weights, -1)
    out[1] = _root_nb(
        orders, cost, shifted, peak, top - 1e-12 * (top - stop), stop, top, weights, 1
    )
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def stopping_values_nb(
    z: NDArray[np.float64],
    orders: tuple[float, float],
    cost: float,
    shifted: float,
    stop: float,
    top: float,
    low: float,
    high: float,
) -> NDArray[np.float64]:
    """Return V and the value of waiting for entry at standardised points, over sd.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Points.
    orders : tuple of float
        1 + r/kappa of exit and entry.
    cost, shifted, stop, top : float
        As in `stopped_entry_nb`; stop is -inf for none.
    low, high : float
        Entry interval; NaN for no entry.

    Returns
    -------
    ndarray, shape (2, M)
    """
    weights = exit_weights_nb(orders[0], cost, stop, top) if top > stop else np.zeros(4)
    out = np.zeros((2, z.size))
    at_low = at_high = log_low = log_high = 0.0
    if low > -np.inf:
        log_low = integral_moments_nb(orders[1], -low, 0.0)[0]
        at_low = exit_value_nb(orders[0], cost, low, stop, top, weights)[0] - low - shifted
        at_low /= ratio_nb(orders[1], -low)
    if not math.isnan(high):
        log_high = integral_moments_nb(orders[1], high, 0.0)[0]
        at_high = exit_value_nb(orders[0], cost, high, stop, top, weights)[0] - high - shifted
        at_high /= ratio_nb(orders[1], high)
    for i in range(z.size):
        out[0, i] = exit_value_nb(orders[0], cost, z[i], stop, top, weights)[0]
        if math.isnan(high):
            continue
        if z[i] < low:
            out[1, i] = at_low * eigen_pair_nb(orders[1], -z[i], log_low)[0]
        elif z[i] > high:
            out[1, i] = at_high * eigen_pair_nb(orders[1], z[i], log_high)[0]
        else:
            out[1, i] = out[0, i] - z[i] - shifted
    return out
