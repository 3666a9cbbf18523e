"""Numba kernels of the three coupled inequalities on a grid, for any fee and risk penalty.

    min( v_tau + nu v_p - L v_p - f_p ,  v_p - max_{q != p} (v_q - g(p, q)) ) = 0,
    f_p = order p (tilt_p - z sign),  g(p, q) = c |p - q| + K,   v_p(0) = -g(p, 0),

in the units of `kernels_layer`. Policy iteration (Howard): given what to do at every node and
position, solve one block-tridiagonal system of 3 x 3 blocks, then improve. Position -1, 0, 1 has
index 0, 1, 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_mesh import moving_level_nb, rates_nb, smooth_fit_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_ITERATIONS = 500
_NO_LEVEL = np.nan


@njit(nogil=True, cache=True, error_model="numpy")
def policy_map_nb(x: NDArray[np.float64], switches: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the position to hold by current position, time and node.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Nodes.
    switches : ndarray, shape (N, 6)
        Levels flat_to_long, flat_to_short, leave_long, long_to_short, leave_short, short_to_long;
        NaN means never.

    Returns
    -------
    ndarray of int8, shape (3, N, M)
    """
    steps = switches.shape[0]
    out = np.zeros((3, steps, x.size), dtype=np.int8)
    for j in range(steps):
        for i in range(x.size):
            if x[i] <= switches[j, 4]:
                out[0, j, i] = 1 if x[i] <= switches[j, 5] else 0
            else:
                out[0, j, i] = -1
            if x[i] <= switches[j, 0]:
                out[1, j, i] = 1
            elif x[i] >= switches[j, 1]:
                out[1, j, i] = -1
            if x[i] >= switches[j, 2]:
                out[2, j, i] = -1 if x[i] >= switches[j, 3] else 0
            else:
                out[2, j, i] = 1
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def _evaluate_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    right: NDArray[np.float64],
    charge: NDArray[np.float64],
    target: NDArray[np.int8],
    value: NDArray[np.float64],
    carry: NDArray[np.float64],
) -> None:
    # Value of a policy: block Thomas, V_i = E_i V_{i+1} + F_i, E_i in carry.
    n = up.size
    block = np.empty((3, 7))
    for i in range(n):
        for p in range(3):
            for k in range(7):
                block[p, k] = 0.0
            q = target[p, i]
            if q == p:
                block[p, p] = mass + up[i] + down[i]
                block[p, 3 + p] = up[i]
                block[p, 6] = right[p, i]
                if i > 0:
                    for k in range(3):
                        block[p, k] -= down[i] * carry[i - 1, p, k]
                    block[p, 6] += down[i] * value[p, i - 1]
            else:
                block[p, p] = 1.0
                block[p, q] = -1.0
                block[p, 6] = -charge[p, q]
        # A non-singular M-matrix: elimination needs no pivoting.
        for p in range(3):
            for r in range(3):
                if r == p:
                    continue
                factor = block[r, p] / block[p, p]
                if factor != 0.0:
                    for k in range(p, 7):
                        block[r, k] -= factor * block[p, k]
        for p in range(3):
            for k in range(3):
                carry[i, p, k] = block[p, 3 + k] / block[p, p]
            value[p, i] = block[p, 6] / block[p, p]
    for i in range(n - 2, -1, -1):
        for p in range(3):
            for k in range(3):
                value[p, i] += carry[i, p, k] * value[k, i + 1]


@njit(nogil=True, cache=True, error_model="numpy")
def _improve_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    right: NDArray[np.float64],
    charge: NDArray[np.float64],
    target: NDArray[np.int8],
    value: NDArray[np.float64],
    tolerance: float,
) -> int:
    # Compare all actions as values: holding is its equation solved for the node's own value.
    n = up.size
    changes = 0
    chosen = np.empty(3, dtype=np.int8)
    for i in range(n):
        for p in range(3):
            best = right[p, i]
            if i > 0:
                best += down[i] * value[p, i - 1]
            if i < n - 1:
                best += up[i] * value[p, i + 1]
            best /= mass + up[i] + down[i]
            pick = p
            for q in range(3):
                if q != p and value[q, i] - charge[p, q] > best:
                    best = value[q, i] - charge[p, q]
                    pick = q
            # Stay with the present action unless another is better beyond rounding.
            if pick != target[p, i] and best <= value[p, i] + tolerance:
                pick = target[p, i]
            chosen[p] = pick
        for p in range(3):
            q = chosen[p]
            if q != p and chosen[q] != q:  # no chain and no loop: go where the chain ends
                chosen[p] = chosen[q] if chosen[q] != p else p
        for p in range(3):
            if chosen[p] != target[p, i]:
                target[p, i] = chosen[p]
                changes += 1
    return changes


@njit(nogil=True, cache=True, error_model="numpy")
def _howard_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    right: NDArray[np.float64],
    charge: NDArray[np.float64],
    target: NDArray[np.int8],
    value: NDArray[np.float64],
    carry: NDArray[np.float64],
) -> int:
    least = min(charge[1, 0], charge[1, 2])
    for iteration in range(_MOST_ITERATIONS):
        _evaluate_nb(up, down, mass, right, charge, target, value, carry)
        size = 0.0
        for i in range(0, up.size, 16):
            size = max(size, abs(value[1, i]))
        tolerance = max(1e-14 * size, 1e-13 * least)
        if _improve_nb(up, down, mass, right, charge, target, value, tolerance) == 0:
            return iteration + 1
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def _one_level_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    target: NDArray[np.int8],
    charge: NDArray[np.float64],
    p: int,
    direction: int,
    gap: NDArray[np.float64],
) -> tuple[float, int]:
    # Where position p is given up: the free nodes lie in `direction` from the contact.
    n = z.size
    contact = -1
    for k in range(n):
        i = n - 1 - k if direction > 0 else k
        wanted = 2 if direction > 0 else 0
        leaves = target[p, i] != p if p != 1 else target[p, i] == wanted
        if leaves:
            contact = i
            break
    if contact < 0 or contact == 0 or contact == n - 1:
        return _NO_LEVEL, -1
    q = target[p, contact]
    free = 0
    i = contact
    while 0 <= i < n:
        gap[i] = value[p, i] - value[q, i] + charge[p, q]
        if i != contact:
            if target[p, i] != p:
                break
            free += 1
        i += direction
    return smooth_fit_nb(z, gap, contact, direction, free), q


@njit(nogil=True, cache=True, error_model="numpy")
def _reversal_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    target: NDArray[np.int8],
    charge: NDArray[np.float64],
    p: int,
) -> float:
    # Where a position given up is reversed rather than closed: the two ways are worth the same.
    n = z.size
    opposite = 2 - p
    for k in range(n - 1):
        i = k if p == 2 else n - 1 - k
        if target[p, i] == opposite:
            before = i - 1 if p == 2 else i + 1
            if before < 0 or before >= n or target[p, before] != 1:
                return float(z[i]) if 0 < i < n - 1 else _NO_LEVEL
            here = value[opposite, i] - charge[p, opposite] - value[1, i] + charge[p, 1]
            there = value[opposite, before] - charge[p, opposite]
            there += charge[p, 1] - value[1, before]
            return float(z[i] + (z[before] - z[i]) * here / (here - there))
    return _NO_LEVEL


@njit(nogil=True, cache=True, error_model="numpy")
def switch_levels_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    target: NDArray[np.int8],
    charge: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the six levels of single switches to `out`; see `policy_map_nb` for their order."""
    gap = np.empty(z.size)
    out[0], _ = _one_level_nb(z, value, target, charge, 1, 1, gap)
    out[1], _ = _one_level_nb(z, value, target, charge, 1, -1, gap)
    out[2], after_long = _one_level_nb(z, value, target, charge, 2, -1, gap)
    out[4], after_short = _one_level_nb(z, value, target, charge, 0, 1, gap)
    out[3] = out[2] if after_long == 0 else _reversal_nb(z, value, target, charge, 2)
    out[5] = out[4] if after_short == 2 else _reversal_nb(z, value, target, charge, 0)


@njit(nogil=True, cache=True, error_model="numpy")
def _fast_entry_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    earlier: NDArray[np.float64],
    target: NDArray[np.int8],
    charge: float,
    step: float,
    order: float,
    tilt: float,
    direction: int,
    gap: NDArray[np.float64],
) -> float:
    # Where flat is left for long (+1) or short (-1) if the level moves too fast, else NaN.
    n = z.size
    wanted = 2 if direction > 0 else 0
    contact = -1
    for k in range(n):
        i = n - 1 - k if direction > 0 else k
        if target[1, i] == wanted:
            contact = i
            break
    last = contact + 4 * direction
    if not (0 < contact < n - 1 and 0 <= last < n) or target[1, last] != 1:
        return np.nan
    for k in range(2, 5):
        i = contact + k * direction
        gap[i] = value[1, i] - value[wanted, i] + charge
    at = contact + 3 * direction
    before = earlier[1, at] - earlier[wanted, at] + charge
    source = order * (tilt - direction * z[contact]) - (order - 1.0) * charge
    return moving_level_nb(z, gap, contact, direction, before, step, source)


@njit(nogil=True, cache=True, error_model="numpy")
def _rewards_nb(
    z: NDArray[np.float64], order: float, tilts: tuple[float, float]
) -> NDArray[np.float64]:
    rewards = np.zeros((3, z.size))
    for i in range(z.size):
        rewards[2, i] = order * (tilts[0] - z[i])
        rewards[0, i] = order * (tilts[1] + z[i])
    return rewards


@njit(nogil=True, cache=True, error_model="numpy")
def _charges_nb(cost: float, fee: float) -> NDArray[np.float64]:
    charge = np.zeros((3, 3))
    for p in range(3):
        for q in range(3):
            if p != q:
                charge[p, q] = cost * abs(p - q) + fee
    return charge


@njit(nogil=True, cache=True, error_model="numpy")
def stationary_switching_nb(
    z: NDArray[np.float64],
    order: float,
    tilts: tuple[float, float],
    cost: float,
    fee: float,
    guess: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return values and levels of the infinite-horizon problem on the nodes `z`.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Nodes.
    order : float
        1 + nu, above 1.
    tilts : tuple of float
        Tilt of the long layer in z and of the short layer in -z.
    cost, fee : float
        c and K in standardised units.
    guess : ndarray, shape (6,)
        Levels from whose policy the iteration starts.

    Returns
    -------
    value : ndarray, shape (3, M)
    levels : ndarray, shape (6,)
    iterations : int
        -1 if policy iteration did not end.
    """
    up, down = rates_nb(z)
    right = _rewards_nb(z, order, tilts)
    charge = _charges_nb(cost, fee)
    start = policy_map_nb(z, guess.reshape(1, 6))
    target = np.empty((3, z.size), dtype=np.int8)
    for p in range(3):
        for i in range(z.size):
            target[p, i] = start[p, 0, i] + 1
    for i in range(z.size):  # a guess may chain; holding at the target is always consistent
        for p in range(3):
            q = target[p, i]
            if q != p and target[q, i] != q:
                target[q, i] = q
    value, carry = np.empty((3, z.size)), np.empty((z.size, 3, 3))
    iterations = _howard_nb(up, down, order - 1.0, right, charge, target, value, carry)
    levels = np.empty(6)
    switch_levels_nb(z, value, target, charge, levels)
    return value, levels, iterations


@njit(nogil=True, cache=True, error_model="numpy")
def horizon_switching_nb(
    z: NDArray[np.float64],
    tau: NDArray[np.float64],
    order: float,
    tilts: tuple[float, float],
    cost: float,
    fee: float,
    row: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return values and levels of the finite-horizon problem.

    Parameters
    ----------
    z, order, tilts, cost, fee
        As in `stationary_switching_nb`; order >= 1.
    tau : ndarray, shape (N,)
        Times to go in 1/kappa, ascending from 0.
    row : ndarray of int, shape (N,)
        Row of the answer that each time fills, ascending to the last; -1 for none.

    Returns
    -------
    value : ndarray, shape (3, row[-1] + 1, M)
    levels : ndarray, shape (row[-1] + 1, 6)
        NaN at tau = 0 and where a switch is never made.
    iterations : int
        Policy iterations in all, -1 if some step did not end.
    """
    n, steps = z.size, tau.size
    nu = order - 1.0
    up, down = rates_nb(z)
    rewards = _rewards_nb(z, order, tilts)
    charge = _charges_nb(cost, fee)
    rows = row[steps - 1] + 1
    kept = np.empty((3, rows, n))
    levels = np.full((rows, 6), np.nan)
    v0, v1, v2 = np.empty((3, n)), np.empty((3, n)), np.empty((3, n))
    target = np.empty((3, n), dtype=np.int8)
    for p in range(3):
        v1[p, :] = -charge[p, 1]
        target[p, :] = 1
    kept[:, 0, :] = v1
    right, carry, gap = np.empty((3, n)), np.empty((n, 3, 3)), np.empty(n)
    total = 0
    for j in range(1, steps):
        step = tau[j] - tau[j - 1]
        if j <= 2:
            lead, first, second = 1.0 / step, 1.0 / step, 0.0
        else:
            ratio = step / (tau[j - 1] - tau[j - 2])
            lead = (1.0 + 2.0 * ratio) / ((1.0 + ratio) * step)
            first = (1.0 + ratio) / step
            second = -ratio * ratio / ((1.0 + ratio) * step)
        for p in range(3):
            for i in range(n):
                right[p, i] = rewards[p, i] + first * v1[p, i]
                if j > 2:
                    right[p, i] += second * v2[p, i]
        count = _howard_nb(up, down, lead + nu, right, charge, target, v0, carry)
        if count < 0:
            return kept, levels, -1
        total += count
        k = row[j]
        if k >= 0:
            kept[:, k, :] = v0
            switch_levels_nb(z, v0, target, charge, levels[k])
            for side in range(2):
                direction = 1 - 2 * side
                fast = _fast_entry_nb(
                    z, v0, v1, target, charge[1, 2], step, order, tilts[side], direction, gap
                )
                if not math.isnan(fast):
                    levels[k, side] = fast
        v2, v1, v0 = v1, v0, v2
    return kept, levels, total
