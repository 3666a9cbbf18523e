"""Numba kernels of the exact two-position problem ("layer") behind the switching problem.

A layer trades between "out" and "in", which earns a - b y per unit of time, at cost c per trade.
The difference D = w_in - w_out solves L D - rho D + a - b y = 0 between the entry level s and the
exit level e, with D = +c, D' = 0 at s and D = -c, D' = 0 at e. Its derivative is

    D'(y) = -(b/(kappa+rho)) (1 - h(y)),   h = E_y[exp(-(kappa+rho) tau)], tau the exit from (s, e),

because D' solves the same equation with rho + kappa in place of rho. In standardised units
(z = y/sd, order = 1 + rho/kappa) the four conditions become two equations that stay regular as
rho -> 0 (where they give the ergodic problem):

    int_s^e (1 - h) dz = 2 cost,              cost  = c (kappa+rho) / (b sd)
    h'(s) + h'(e) = order (s + e - 2 tilt),   tilt  = a / (b sd)

so thresholds are a function of (order, tilt, cost) alone. Derivation: integrate
h'' - z h' = order h and read D(s) = c, D(e) = -c off the equation of D.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_special import integral_moments_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SERIES_REACH = 2.5
_MAX_TERMS = 200


@njit(nogil=True, cache=True, error_model="numpy")
def _exit_by_series_nb(order: float, middle: float, half: float, out: NDArray[np.float64]) -> None:
    # Power series of k = 1 - h around the middle: k'' - z k' - order k = -order, zero at both ends.
    # Particular, even-start and odd-start solutions; index 0 at -half, 1 at +half.
    value = np.zeros((3, 2))
    slope = np.zeros((3, 2))
    area = np.zeros(3)
    for kind in range(3):
        c0 = 1.0 if kind == 1 else 0.0
        c1 = 1.0 if kind == 2 else 0.0
        power = 1.0  # half ** j
        calm = 0
        for j in range(_MAX_TERMS):
            term = c0 * power
            sign = 1.0 if j % 2 == 0 else -1.0
            value[kind, 0] += sign * term
            value[kind, 1] += term
            if j > 0:
                step = j * c0 * power / half
                slope[kind, 0] -= sign * step
                slope[kind, 1] += step
            if j % 2 == 0:
                area[kind] += 2.0 * term * half / (j + 1.0)
            small = abs(term) <= 1e-18 * (abs(value[kind, 1]) + abs(value[kind, 0])) * 0.1
            calm = calm + 1 if small and j > 3 else 0
            if calm > 3:
                break
            source = order if (kind == 0 and j == 0) else 0.0
            c2 = (middle * (j + 1.0) * c1 + (j + order) * c0 - source) / ((j + 2.0) * (j + 1.0))
            c0 = c1
            c1 = c2
            power *= half
    # Combinations even*value[1] + odd*value[2] with given values at the two ends.
    det = value[1, 0] * value[2, 1] - value[2, 0] * value[1, 1]
    even = (-value[0, 0] * value[2, 1] + value[2, 0] * value[0, 1]) / det
    odd = (-value[1, 0] * value[0, 1] + value[1, 1] * value[0, 0]) / det
    out[0] = area[0] + even * area[1] + odd * area[2]
    out[1] = -(slope[0, 0] + even * slope[1, 0] + odd * slope[2, 0])
    out[2] = -(slope[0, 1] + even * slope[1, 1] + odd * slope[2, 1])
    left_even, left_odd = value[2, 1] / det, -value[1, 1] / det  # 1 at s, 0 at e
    right_even, right_odd = -value[2, 0] / det, value[1, 0] / det  # 0 at s, 1 at e
    out[3] = left_even * area[1] + left_odd * area[2]
    out[4] = right_even * area[1] + right_odd * area[2]
    out[5] = left_even * slope[1, 0] + left_odd * slope[2, 0]
    out[6] = left_even * slope[1, 1] + left_odd * slope[2, 1]
    out[7] = right_even * slope[1, 0] + right_odd * slope[2, 0]
    out[8] = right_even * slope[1, 1] + right_odd * slope[2, 1]


@njit(nogil=True, cache=True, error_model="numpy")
def _exit_by_integrals_nb(
    order: float, middle: float, half: float, out: NDArray[np.float64]
) -> None:
    # h = alpha f/f(e) + beta g/g(s) with f increasing, g decreasing; every ratio is in (0, 1).
    width = 2.0 * half
    _, slope_f, drop_f, far_f, area_f = integral_moments_nb(order, -(middle + half), width)
    _, slope_g, drop_g, far_g, area_g = integral_moments_nb(order, middle - half, width)
    det = drop_f + (1.0 - drop_f) * drop_g
    alpha = drop_g / det
    beta = drop_f / det
    out[0] = width - alpha * area_f - beta * area_g
    out[1] = alpha * far_f - beta * slope_g
    out[2] = alpha * slope_f - beta * far_g
    for k in range(2):  # 0: one at s and zero at e, 1: the reverse
        in_f = -(1.0 - drop_g) / det if k == 0 else 1.0 / det
        in_g = 1.0 / det if k == 0 else -(1.0 - drop_f) / det
        out[3 + k] = in_f * area_f + in_g * area_g
        out[5 + 2 * k] = in_f * far_f - in_g * slope_g
        out[6 + 2 * k] = in_f * slope_f - in_g * far_g


@njit(nogil=True, cache=True, error_model="numpy")
def exit_transform_nb(order: float, middle: float, half: float) -> NDArray[np.float64]:
    """Return integrals and slopes of h on (middle - half, middle + half) and of its sensitivities.

    Returns
    -------
    ndarray, shape (9,)
        int (1 - h); h'(s); h'(e); integrals of the solutions p_s, p_e that are one at s or at e and
        zero at the other end; p_s'(s), p_s'(e), p_e'(s), p_e'(e).
    """
    out = np.empty(9)
    if half * (1.0 + abs(middle) + math.sqrt(order)) < _SERIES_REACH:
        _exit_by_series_nb(order, middle, half, out)
    else:
        _exit_by_integrals_nb(order, middle, half, out)
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _solve_symmetric_nb(order: float, cost: float) -> tuple[float, float, int]:
    # The exit level when a = 0: one equation, increasing and convex in the half width from below.
    half = cost + (3.0 * cost / order) ** (1.0 / 3.0)
    step = np.inf
    for iteration in range(100):
        t = exit_transform_nb(order, 0.0, half)
        change = (2.0 * cost - t[0]) / (t[2] * t[4] - t[1] * t[3])
        if not math.isfinite(change):
            break
        last = step
        step = abs(change) / half
        half += min(max(change, -0.6 * half), half)
        if step < 1e-15 or (step < 1e-9 and step >= 0.25 * last):
            return half, step, iteration + 1
    return half, step, -1


@njit(nogil=True, cache=True, error_model="numpy")
def _solve_from_nb(
    order: float, tilt: float, cost: float, low: float, high: float
) -> tuple[float, float, float, int]:
    # Damped Newton in (s, e). Returns s, e, last relative step, iterations (-1: failed).
    step = np.inf
    for iteration in range(60):
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        t = exit_transform_nb(order, middle, half)
        r1 = t[0] - 2.0 * cost
        r2 = t[1] + t[2] - order * (low + high - 2.0 * tilt)
        a11, a12 = t[1] * t[3], t[2] * t[4]
        a21 = t[1] * (low - t[5] - t[6])
        a22 = t[2] * (high - t[7] - t[8])
        det = a11 * a22 - a12 * a21
        d_low = -(r1 * a22 - r2 * a12) / det
        d_high = -(a11 * r2 - a21 * r1) / det
        if not math.isfinite(d_low + d_high):
            return low, high, step, -1
        # The width may at most double or lose two thirds, the middle may move one width or unit.
        width = high - low
        change = d_high - d_low
        damp = 1.0
        if change > width:
            damp = width / change
        elif change < -0.67 * width:
            damp = -0.67 * width / change
        shift = 0.5 * abs(d_low + d_high)
        if damp * shift > width + 1.0:
            damp = (width + 1.0) / shift
        low += damp * d_low
        high += damp * d_high
        last = step
        step = max(abs(d_low), abs(d_high)) / width
        # Quadratic until rounding takes over: then the last step is the error that is left.
        if damp == 1.0 and (step < 1e-15 or (step < 1e-6 and step >= 0.25 * last)):
            return low, high, step, iteration + 1
    return low, high, step, -1


@njit(nogil=True, cache=True, error_model="numpy")
def layer_thresholds_nb(order: float, tilt: float, cost: float) -> tuple[float, float, float, int]:
    """Return the entry and exit level of a layer in standardised units.

    Parameters
    ----------
    order : float
        1 + rho/kappa, at least 1.
    tilt, cost : float
        a/(b sd) and c (kappa+rho)/(b sd) > 0.

    Returns
    -------
    entry, exit : float
        Levels s < e.
    step : float
        Last Newton step relative to e - s.
    iterations : int
        Newton steps in all, -1 if it did not converge.
    """
    half, step, total = _solve_symmetric_nb(order, cost)
    if total < 0 or tilt == 0.0:
        return -half, half, step, total
    low, high = -half, half
    direct = _solve_from_nb(order, tilt, cost, low + tilt, high + tilt)
    if direct[3] >= 0:
        return direct[0], direct[1], direct[2], total + direct[3]
    done, pace = 0.0, min(1.0, 1.0 / abs(tilt))
    while done < 1.0:
        target = min(1.0, done + pace)
        trial = _solve_from_nb(order, target * tilt, cost, low, high)
        if trial[3] < 0:
            pace *= 0.5
            if pace < 1e-6:
                return low, high, step, -1
            continue
        low, high, step = trial[0], trial[1], trial[2]
        total += trial[3]
        done = target
        pace *= 1.5
    return low, high, step, total
