"""Numba kernels of the exact switching problem with a fixed fee per order and no risk penalty.

Without a risk penalty a position, once taken, is only ever reversed. Half the difference of the
values of long and short is a layer whose cost is c + K/2, so in units of b sd/(kappa+rho)

    v_long(z)  =  P(z) + 2 alpha J(-z)/f(e)   z < e,       P(z) = tilt order/nu - z,
    v_short(z) = -P(z) + 2 beta  J(z)/g(s)    z > s.

A first position is taken at l < s or at r > e. Between them v_flat = gamma J(-z)/f(r) +
delta J(z)/g(l), with smooth fit and value matching to v_long - (c + K) at l and to
v_short - (c + K) at r. Reading v_flat and v_long off their differential equations turns value
matching into conditions on second derivatives that stay regular as rho -> 0,

    v_flat''(l) = v_long''(l)  + order (tilt - l) - nu (c + K),
    v_flat''(r) = v_short''(r) - order (tilt - r) - nu (c + K).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_layer import layer_thresholds_nb
from spreadlab.control.kernels_special import integral_moments_nb
from spreadlab.control.kernels_value import eigen_ratio_nb, layer_weights_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def _gaps_nb(
    order: float,
    tilt: float,
    fee: float,
    levels: tuple[float, float],
    weights: tuple[float, float],
    left: float,
    right: float,
) -> tuple[float, float, float, float]:
    # Residuals of the two second-derivative conditions at left and right; gamma and delta.
    low, high = levels
    alpha, beta = weights
    _, _, drop, far, _ = integral_moments_nb(order, -high, high - left)
    slope_left = -1.0 + 2.0 * alpha * (1.0 - drop)
    bend_left = 2.0 * alpha * far
    _, _, drop, far, _ = integral_moments_nb(order, low, right - low)
    slope_right = 1.0 - 2.0 * beta * (1.0 - drop)
    bend_right = 2.0 * beta * far
    _, rise_f, drop_f, far_f, _ = integral_moments_nb(order, -right, right - left)
    _, fall_g, drop_g, far_g, _ = integral_moments_nb(order, left, right - left)
    det = drop_f + (1.0 - drop_f) * drop_g
    gamma = (slope_right - (1.0 - drop_g) * slope_left) / det
    delta = ((1.0 - drop_f) * slope_right - slope_left) / det
    nu = order - 1.0
    gap_left = gamma * far_f + delta * fall_g - bend_left - order * (tilt - left) + nu * fee
    gap_right = gamma * rise_f + delta * far_g - bend_right + order * (tilt - right) + nu * fee
    return gap_left, gap_right, gamma, delta


@njit(nogil=True, cache=True, error_model="numpy")
def _symmetric_entry_nb(
    order: float, fee: float, level: float, weights: tuple[float, float]
) -> tuple[float, float, int]:
    # First root beyond the reversal level: march outwards to a change of sign, then secants.
    levels = (-level, level)
    inner = level
    f_inner = _gaps_nb(order, 0.0, fee, levels, weights, -inner, inner)[0]
    outer, f_outer = inner, f_inner
    steps = 0
    while steps < 200:
        steps += 1
        outer = inner + 0.25 * level * 1.2**steps
        f_outer = _gaps_nb(order, 0.0, fee, levels, weights, -outer, outer)[0]
        if not math.isfinite(f_outer):
            return outer, np.inf, -1
        if (f_outer > 0.0) != (f_inner > 0.0):
            break
        inner, f_inner = outer, f_outer
    if (f_outer > 0.0) == (f_inner > 0.0):
        return outer, np.inf, -1
    kept = 0
    for k in range(100):  # Illinois' variant of the false position
        trial = outer - f_outer * (outer - inner) / (f_outer - f_inner)
        value = _gaps_nb(order, 0.0, fee, levels, weights, -trial, trial)[0]
        if (value > 0.0) == (f_outer > 0.0):
            outer, f_outer = trial, value
            if kept == 1:
                f_inner *= 0.5
            kept = 1
        else:
            inner, f_inner = trial, value
            if kept == -1:
                f_outer *= 0.5
            kept = -1
        width = abs(outer - inner) / outer
        if value == 0.0 or width < 4e-16:
            return trial, 0.0, steps + k + 1
        if k > 60 and width < 1e-13:
            return trial, width, steps + k + 1
    return 0.5 * (inner + outer), abs(outer - inner) / outer, steps + 100


@njit(nogil=True, cache=True, error_model="numpy")
def _entry_from_nb(
    order: float,
    tilt: float,
    fee: float,
    levels: tuple[float, float],
    left: float,
    right: float,
) -> tuple[float, float, float, int]:
    # Damped Newton in (left, right): levels, last relative step, evaluations (-1: failed).
    low, high = levels
    _, alpha, _, beta = layer_weights_nb(order, low, high)
    weights = (alpha, beta)
    step = np.inf
    for iteration in range(40):
        g1, g2, _, _ = _gaps_nb(order, tilt, fee, levels, weights, left, right)
        tiny = 1e-6 * (right - left)
        l1, l2, _, _ = _gaps_nb(order, tilt, fee, levels, weights, left - tiny, right)
        r1, r2, _, _ = _gaps_nb(order, tilt, fee, levels, weights, left, right + tiny)
        a11, a21, a12, a22 = (g1 - l1) / tiny, (g2 - l2) / tiny, (r1 - g1) / tiny, (r2 - g2) / tiny
        det = a11 * a22 - a12 * a21
        d_left = -(g1 * a22 - g2 * a12) / det
        d_right = -(a11 * g2 - a21 * g1) / det
        if not math.isfinite(d_left + d_right):
            return left, right, step, -1
        # Neither level may come closer to its reversal level than a fifth of its distance.
        damp = 1.0
        if left + d_left > low:
            damp = 0.8 * (low - left) / d_left
        if right + damp * d_right < high:
            damp = -0.8 * (right - high) / d_right
        largest = max(abs(d_left), abs(d_right))
        if damp * largest > 0.5 * (right - left):
            damp = 0.5 * (right - left) / largest
        left += damp * d_left
        right += damp * d_right
        last = step
        step = largest / (right - left)
        if damp == 1.0 and (step < 1e-15 or (step < 1e-8 and step >= 0.25 * last)):
            return left, right, step, 3 * (iteration + 1)
    return left, right, step, -1


@njit(nogil=True, cache=True, error_model="numpy")
def first_entry_nb(
    order: float, tilt: float, fee: float, reversal: float, low: float, high: float
) -> tuple[float, float, float, int]:
    """Return the levels at which a flat position is left, in standardised units.

    Parameters
    ----------
    order, tilt : float
        As in `layer_thresholds_nb`.
    fee, reversal : float
        (c + K) and (2 c + K), both times (kappa+rho)/(b sd).
    low, high : float
        The reversal levels s < e of the layer with cost c + K/2.

    Returns
    -------
    left, right : float
        Go long at or below the first, short at or above the second.
    step : float
        Last relative step.
    iterations : int
        Evaluations, -1 if it did not converge.
    """
    if tilt == 0.0:
        _, alpha, _, beta = layer_weights_nb(order, low, high)
        entry, step, count = _symmetric_entry_nb(order, fee, high, (alpha, beta))
        return -entry, entry, step, count
    # Start from the symmetric problem and continue in the tilt, moving along with the reversal.
    _, half, _, count = layer_thresholds_nb(order, 0.0, 0.5 * reversal)
    _, even, _, _ = layer_weights_nb(order, -half, half)
    entry, step, total = _symmetric_entry_nb(order, fee, half, (even, even))
    if total < 0 or count < 0:
        return low, high, np.inf, -1
    beyond_left = beyond_right = entry - half
    done, pace = 0.0, 1.0
    left, right = low - beyond_left, high + beyond_right
    while done < 1.0:
        target = min(1.0, done + pace)
        s, e = low, high
        if target < 1.0:
            s, e, _, count = layer_thresholds_nb(order, target * tilt, 0.5 * reversal)
        trial = _entry_from_nb(order, target * tilt, fee, (s, e), s - beyond_left, e + beyond_right)
        if trial[3] < 0 or count < 0:
            pace *= 0.4
            if pace < 1e-4:
                return left, right, trial[2], -1
            continue
        left, right, step = trial[0], trial[1], trial[2]
        beyond_left, beyond_right = s - left, right - e
        total += trial[3]
        done = target
        pace *= 1.5
    return left, right, step, total


@njit(nogil=True, cache=True, error_model="numpy")
def fee_values_nb(
    z: NDArray[np.float64],
    order: float,
    tilt: float,
    reversal: float,
    fee: float,
    low: float,
    high: float,
    left: float,
    right: float,
) -> NDArray[np.float64]:
    """Return the values of short, flat and long at standardised points, with a fixed fee.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Points.
    order, tilt : float
        As in `layer_thresholds_nb`.
    reversal, fee : float
        Costs of a reversal, 2 c + K, and of a first position, c + K, in standardised units.
    low, high, left, right : float
        Reversal levels and levels of the first entry.

    Returns
    -------
    ndarray, shape (3, M)
        Values for positions -1, 0 and 1; for order 1 relative to a common constant.
    """
    log_f, alpha, log_g, beta = layer_weights_nb(order, low, high)
    log_r = integral_moments_nb(order, -right, 0.0)[0]
    log_l = integral_moments_nb(order, left, 0.0)[0]
    levels, weights = (low, high), (alpha, beta)
    _, _, gamma, delta = _gaps_nb(order, tilt, fee, levels, weights, left, right)
    nu = order - 1.0
    flat_constant = 0.0
    if nu > 0.0:
        long_constant = tilt * order / nu
        short_constant = -long_constant
    else:
        short_constant = 0.0
        long_constant = reversal + low + 2.0 * beta * eigen_ratio_nb(order, low, log_g)
        long_constant += low - 2.0 * alpha * eigen_ratio_nb(order, -low, log_f)
        flat_constant = long_constant - left + 2.0 * alpha * eigen_ratio_nb(order, -left, log_f)
        flat_constant -= fee + gamma * eigen_ratio_nb(order, -left, log_r)
        flat_constant -= delta * eigen_ratio_nb(order, left, log_l)
    out = np.empty((3, z.size))
    for i in range(z.size):
        x = z[i]
        if x < high:
            out[2, i] = long_constant - x + 2.0 * alpha * eigen_ratio_nb(order, -x, log_f)
        if x > low:
            out[0, i] = short_constant + x + 2.0 * beta * eigen_ratio_nb(order, x, log_g)
        if x >= high:
            out[2, i] = out[0, i] - reversal
        if x <= low:
            out[0, i] = out[2, i] - reversal
        if x <= left:
            out[1, i] = out[2, i] - fee
        elif x >= right:
            out[1, i] = out[0, i] - fee
        else:
            out[1, i] = flat_constant + gamma * eigen_ratio_nb(order, -x, log_r)
            out[1, i] += delta * eigen_ratio_nb(order, x, log_l)
    return out
