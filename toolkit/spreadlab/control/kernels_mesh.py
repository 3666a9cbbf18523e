"""Numba kernels of the grid: nodes dense around the thresholds, and the monotone scheme on them.

In standardised units and with time in 1/kappa the generator is L u = u'' - z u'. On a mesh with
steps h- and h+ it is replaced by up (u_{i+1} - u_i) + down (u_{i-1} - u_i), exact for quadratics
where both rates are >= 0 (that is, where |z| h <= 2) and upwind in the drift elsewhere. So
rho - L is an M-matrix and the scheme is monotone (Barles & Souganidis 1991).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True, error_model="numpy")
def mesh_nb(
    n: int, centres: NDArray[np.float64], widths: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Return n nodes from `low` to `high`, dense around the centres and smooth everywhere.

    The nodes are the images of equidistant ones under the inverse of
    sum_k asinh((z - centre_k)/width_k), so a step is proportional to the distance to the centres
    where that exceeds the widths.

    Parameters
    ----------
    n : int
        Nodes.
    centres, widths : ndarray, shape (K,)
        Where to be dense, and over which distance.
    low, high : float
        Ends.
    """
    first, last = 0.0, 0.0
    for k in range(centres.size):
        first += math.asinh((low - centres[k]) / widths[k])
        last += math.asinh((high - centres[k]) / widths[k])
    z = np.empty(n)
    z[0], z[n - 1] = low, high
    x = low
    for i in range(1, n - 1):
        target = first + (last - first) * i / (n - 1)
        bottom, top = z[i - 1], high
        for _ in range(60):  # Newton, held inside a shrinking bracket
            value, slope = -target, 0.0
            for k in range(centres.size):
                t = (x - centres[k]) / widths[k]
                value += math.asinh(t)
                slope += 1.0 / (widths[k] * math.sqrt(1.0 + t * t))
            if value > 0.0:
                top = x
            else:
                bottom = x
            step = value / slope
            x -= step
            if not bottom < x < top:
                x = 0.5 * (bottom + top)
            if abs(step) <= 1e-3 * (last - first) / (n * slope):
                break  # where a node lies to a thousandth of a cell is of no matter
        z[i] = x
        x = min(x + (last - first) / (n - 1) / slope, high)
    return z


@njit(nogil=True, cache=True, error_model="numpy")
def rates_nb(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rates up and down at every node; at the ends the drift alone, inwards."""
    n = z.size
    up, down = np.zeros(n), np.zeros(n)
    up[0] = max(-z[0], 0.0) / (z[1] - z[0])
    down[n - 1] = max(z[n - 1], 0.0) / (z[n - 1] - z[n - 2])
    for i in range(1, n - 1):
        left, right = z[i] - z[i - 1], z[i + 1] - z[i]
        up[i] = (2.0 - z[i] * left) / (right * (left + right))
        down[i] = (2.0 + z[i] * right) / (left * (left + right))
        if up[i] < 0.0 or down[i] < 0.0:
            up[i] = 2.0 / (right * (left + right)) + max(-z[i], 0.0) / right
            down[i] = 2.0 / (left * (left + right)) + max(z[i], 0.0) / left
    return up, down


@njit(nogil=True, cache=True, error_model="numpy")
def smooth_fit_nb(
    z: NDArray[np.float64], gap: NDArray[np.float64], contact: int, direction: int, free: int
) -> float:
    """Return where a value leaves its obstacle, below the size of a cell.

    The obstacle is touched with equal slope, so the gap is a parabola there; on a grid its contact
    is off by up to a cell and its least value is not zero. A polynomial is fitted to the gap on
    the free nodes next to the contact, and the zero of its derivative returned.

    Parameters
    ----------
    z, gap : ndarray, shape (M,)
        Nodes and distance to the obstacle, zero at the contact.
    contact : int
        Last node in contact.
    direction : int
        +1 if the free nodes are above it, -1 if below.
    free : int
        Number of free nodes in that direction.

    Returns
    -------
    float
        Level; the middle of the cell next to the contact if there are fewer than six free nodes.
    """
    if free < 6:
        return float(0.5 * (z[contact] + z[contact + direction]))
    used = min(12, max(5, free // 3))
    degree = 4 if used >= 9 else (3 if used >= 6 else 2)
    skip = 2 if free >= used + 2 else 1
    scale = abs(z[contact + direction * (skip + used - 1)] - z[contact])
    normal = np.zeros((degree + 1, degree + 2))
    highest = abs(gap[contact + direction * (skip + used - 1)])
    powers = np.empty(degree + 1)
    for k in range(skip, skip + used):
        i = contact + direction * k
        t = abs(z[i] - z[contact]) / scale
        powers[0] = 1.0
        for d in range(degree):
            powers[d + 1] = powers[d] * t
        for r in range(degree + 1):
            for c in range(degree + 1):
                normal[r, c] += powers[r] * powers[c]
            normal[r, degree + 1] += powers[r] * gap[i] / highest
    for r in range(degree + 1):  # positive definite: no pivoting needed
        for below in range(r + 1, degree + 1):
            factor = normal[below, r] / normal[r, r]
            for c in range(r, degree + 2):
                normal[below, c] -= factor * normal[r, c]
    fit = np.empty(degree + 1)
    for r in range(degree, -1, -1):
        total = normal[r, degree + 1]
        for c in range(r + 1, degree + 1):
            total -= normal[r, c] * fit[c]
        fit[r] = total / normal[r, r]
    t = 0.0
    for _ in range(8):
        slope, bend = 0.0, 0.0
        for d in range(degree, 0, -1):
            slope = slope * t + d * fit[d]
        for d in range(degree, 1, -1):
            bend = bend * t + d * (d - 1) * fit[d]
        if bend <= 0.0:
            break
        t -= slope / bend
    cell = abs(z[contact + direction] - z[contact]) / scale
    if not (-2.0 * cell <= t <= 3.0 * cell):
        return float(0.5 * (z[contact] + z[contact + direction]))
    return float(z[contact] + direction * t * scale)


@njit(nogil=True, cache=True, error_model="numpy")
def moving_level_nb(
    z: NDArray[np.float64],
    gap: NDArray[np.float64],
    contact: int,
    direction: int,
    before: float,
    step: float,
    source: float,
) -> float:
    """Return an entry level that moves so fast that cells can't resolve its layer, else NaN.

    Near the deadline an entry level comes in from far away at a speed v >> 1. At the distance y
    ahead of it the gap is a travelling wave, G'' + mu G' = S with mu = v plus the drift outwards,

        G(y) = (S/mu) (y - (1 - exp(-mu y))/mu),

    a parabola only for y << 1/mu. It is inverted at the third free node, with v = -G_tau/G_y read
    off the same node.

    Parameters
    ----------
    z, gap : ndarray, shape (M,)
        Nodes, and distance to the obstacle on the second to fourth free node.
    contact : int
        Last node in contact.
    direction : int
        +1 if the free nodes are above it, -1 if below.
    before : float
        Gap at the third free node one time step earlier.
    step : float
        The time step, in 1/kappa.
    source : float
        S at the contact.
    """
    at = contact + 3 * direction
    reach = abs(z[at] - z[contact])
    slope = gap[at + direction] - gap[at - direction]
    slope /= abs(z[at + direction] - z[at - direction])
    if not (slope > 0.0 and source > 0.0):
        return np.nan
    mu = (before - gap[at]) / (step * slope) - direction * z[at]
    if mu * reach < 0.6:
        return np.nan
    y = reach
    for _ in range(50):
        wave = source / mu * (y + math.expm1(-mu * y) / mu)
        rise = -source / mu * math.expm1(-mu * y)
        move = (wave - gap[at]) / rise
        y = max(y - move, 0.1 * y)
        if abs(move) < 1e-12 * y:
            break
    return float(z[at] - direction * y)
