"""Numba kernels of a layer on a grid: the double-obstacle problem for D = w_in - w_out.

In units of b sd/(kappa+rho), time in 1/kappa, `tilt`, `cost` and order = 1 + nu as in
`kernels_layer`,

    max( min( D_tau + nu D - L D - order (tilt - z), D + cost ), D - cost ) = 0,   D(0) = -cost,

and w_out solves w_tau + nu w - L w = (order (tilt - z) - nu cost) 1{z < s(tau)}, w(0) = 0. Every
step is solved by policy iteration (Howard) over hold, enter and leave, which is a primal-dual
active-set method. Time stepping is implicit Euler for two steps and then the two-step backward
differentiation formula.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.control.kernels_mesh import moving_level_nb, rates_nb, smooth_fit_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_ITERATIONS = 400


@njit(nogil=True, cache=True, error_model="numpy")
def _howard_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    right: NDArray[np.float64],
    cost: float,
    left_value: float,
    state: NDArray[np.int8],
    value: NDArray[np.float64],
    work: NDArray[np.float64],
) -> int:
    # Solve (mass - L) D = right between -cost and +cost; state is 0 free, +1 at +cost, -1 at -cost.
    n = value.size
    middle = n // 2
    for iteration in range(_MOST_ITERATIONS):
        # Elimination from both ends to the middle: two chains of divisions run side by side.
        before, solved = 0.0, left_value
        after, found = 0.0, -cost
        value[0], value[n - 1] = solved, found
        for i in range(1, middle):
            if state[i] != 0:
                before, solved = 0.0, cost if state[i] > 0 else -cost
            else:
                pivot = 1.0 / (mass + up[i] + down[i] * (1.0 - before))
                before = up[i] * pivot
                solved = (right[i] + down[i] * solved) * pivot
            work[i], value[i] = before, solved
            k = n - 1 - i
            if k > middle:
                if state[k] != 0:
                    after, found = 0.0, cost if state[k] > 0 else -cost
                else:
                    pivot = 1.0 / (mass + down[k] + up[k] * (1.0 - after))
                    after = down[k] * pivot
                    found = (right[k] + up[k] * found) * pivot
                work[k], value[k] = after, found
        i = middle
        if state[i] != 0:
            solved = cost if state[i] > 0 else -cost
        else:
            pivot = mass + down[i] * (1.0 - before) + up[i] * (1.0 - after)
            solved = (right[i] + down[i] * solved + up[i] * found) / pivot
        found = solved
        value[i] = solved
        for k in range(1, middle):
            i = middle - k
            solved = value[i] + work[i] * solved
            value[i] = solved
            i = middle + k
            if i < n - 1:
                found = value[i] + work[i] * found
                value[i] = found
        changes = 0
        for i in range(1, n - 1):
            if state[i] == 0:
                if value[i] > cost:
                    state[i] = 1
                    changes += 1
                elif value[i] < -cost:
                    state[i] = -1
                    changes += 1
            else:
                diagonal = mass + up[i] + down[i]
                push = right[i] + up[i] * value[i + 1] + down[i] * value[i - 1]
                push -= diagonal * value[i]
                if push * state[i] < -1e-13 * diagonal * cost:
                    state[i] = 0
                    changes += 1
        if changes == 0:
            return iteration + 1
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def _levels_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    state: NDArray[np.int8],
    cost: float,
    gap: NDArray[np.float64],
) -> tuple[float, float]:
    # Entry and exit by smooth fit; NaN where there is no contact inside the grid.
    n = z.size
    enter = -1
    for i in range(n - 1, -1, -1):
        if state[i] > 0:
            enter = i
            break
    leave = n
    for i in range(n):
        if state[i] < 0:
            leave = i
            break
    free = leave - enter - 1
    low, high = np.nan, np.nan
    if enter >= 1:
        for i in range(enter, leave):
            gap[i] = cost - value[i]
        low = smooth_fit_nb(z, gap, enter, 1, free)
    if leave < n:
        for i in range(max(enter, 0), leave + 1):
            gap[i] = cost + value[i]
        high = smooth_fit_nb(z, gap, leave, -1, free)
    return low, high


@njit(nogil=True, cache=True, error_model="numpy")
def _fast_entry_nb(
    z: NDArray[np.float64],
    value: NDArray[np.float64],
    before: NDArray[np.float64],
    state: NDArray[np.int8],
    step: float,
    order: float,
    tilt: float,
    cost: float,
    gap: NDArray[np.float64],
) -> float:
    # The entry level where it moves too fast for the cells, else NaN.
    n = z.size
    enter = -1
    for i in range(n - 1, -1, -1):
        if state[i] > 0:
            enter = i
            break
    if enter < 1 or enter + 4 >= n or state[enter + 4] != 0:
        return np.nan
    for i in range(enter + 2, enter + 5):
        gap[i] = cost - value[i]
    source = order * (tilt - z[enter]) - (order - 1.0) * cost
    return moving_level_nb(z, gap, enter, 1, cost - before[enter + 3], step, source)


@njit(nogil=True, cache=True, error_model="numpy")
def _entry_push_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    state: NDArray[np.int8],
    value: NDArray[np.float64],
    right: NDArray[np.float64],
    at_left: float,
) -> None:
    # Turn the right side of D into the source of w_out: what the obstacle +cost absorbs. Taking it
    # from the discrete equation makes w_out + D solve the discrete equation of w_in exactly.
    n = value.size
    right[n - 1] = 0.0
    for i in range(1, n - 1):
        if state[i] > 0:
            right[i] += up[i] * value[i + 1] + down[i] * value[i - 1]
            right[i] -= (mass + up[i] + down[i]) * value[i]
        else:
            right[i] = 0.0
    right[0] = at_left


@njit(nogil=True, cache=True, error_model="numpy")
def _linear_nb(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    mass: float,
    right: NDArray[np.float64],
    value: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    # Solve (mass - L) w = right on all nodes (Thomas).
    n = value.size
    middle = n // 2
    before, solved = 0.0, 0.0
    after, found = 0.0, 0.0
    for i in range(middle):
        pivot = 1.0 / (mass + up[i] + down[i] * (1.0 - before))
        before = up[i] * pivot
        solved = (right[i] + down[i] * solved) * pivot
        work[i] = before
        value[i] = solved
        k = n - 1 - i
        if k > middle:
            pivot = 1.0 / (mass + down[k] + up[k] * (1.0 - after))
            after = down[k] * pivot
            found = (right[k] + up[k] * found) * pivot
            work[k] = after
            value[k] = found
    i = middle
    pivot = mass + down[i] * (1.0 - before) + up[i] * (1.0 - after)
    solved = (right[i] + down[i] * solved + up[i] * found) / pivot
    found = solved
    value[i] = solved
    for k in range(1, middle + 1):
        i = middle - k
        solved = value[i] + work[i] * solved
        value[i] = solved
        i = middle + k
        if i < n:
            found = value[i] + work[i] * found
            value[i] = found


@njit(nogil=True, cache=True, error_model="numpy")
def stationary_layer_nb(
    z: NDArray[np.float64], order: float, tilt: float, cost: float, low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float, int]:
    """Return w_out, D, entry, exit and iterations of the infinite-horizon layer on the nodes `z`.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Nodes.
    order, tilt, cost : float
        The layer; order > 1.
    low, high : float
        Guess of the levels, from which policy iteration starts.

    Returns
    -------
    out, gain : ndarray, shape (M,)
        w_out and D.
    entry, exit : float
        Levels, NaN where they are outside the nodes.
    iterations : int
        -1 if policy iteration did not end.
    """
    n = z.size
    nu = order - 1.0
    up, down = rates_nb(z)
    right = order * (tilt - z)
    state = np.zeros(n, dtype=np.int8)
    for i in range(n):
        state[i] = 1 if z[i] <= low else (-1 if z[i] >= high else 0)
    state[0], state[n - 1] = 1, -1
    value, work, out = np.empty(n), np.zeros(n), np.empty(n)
    iterations = _howard_nb(up, down, nu, right, cost, cost, state, value, work)
    entry, leave = _levels_nb(z, value, state, cost, work)
    _entry_push_nb(up, down, nu, state, value, right, right[0] - nu * cost)
    _linear_nb(up, down, nu, right, out, work)
    return out, value, entry, leave, iterations


@njit(nogil=True, cache=True, error_model="numpy")
def horizon_layer_nb(
    z: NDArray[np.float64],
    tau: NDArray[np.float64],
    order: float,
    tilt: float,
    cost: float,
    row: NDArray[np.int64],
    valued: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int]:
    """Return values and levels of the finite-horizon layer.

    Parameters
    ----------
    z : ndarray, shape (M,)
        Nodes.
    tau : ndarray, shape (N,)
        Times to go in 1/kappa, ascending from 0.
    order, tilt, cost : float
        The layer.
    row : ndarray of int, shape (N,)
        Row of the answer that each time fills, ascending to the last; -1 for none.
    valued : bool
        Whether w_out is wanted, too, which the levels do without.

    Returns
    -------
    out, gain : ndarray, shape (row[-1] + 1, M)
        w_out, NaN where it is not wanted, and D = w_in - w_out.
    entry, exit : ndarray, shape (row[-1] + 1,)
        Levels, NaN at tau = 0 and where they are outside the nodes.
    iterations : int
        Policy iterations in all, -1 if some step did not end.
    """
    n, steps = z.size, tau.size
    nu = order - 1.0
    up, down = rates_nb(z)
    rows = row[steps - 1] + 1
    out, gain = np.full((rows, n), 0.0 if valued else np.nan), np.full((rows, n), -cost)
    entry, leave = np.full(rows, np.nan), np.full(rows, np.nan)
    d0, d1, d2 = np.full(n, -cost), np.full(n, -cost), np.full(n, -cost)
    w0, w1, w2 = np.zeros(n), np.zeros(n), np.zeros(n)
    right, work, source = np.empty(n), np.zeros(n), np.empty(n)
    for i in range(n):
        source[i] = order * (tilt - z[i])
    state = np.full(n, -1, dtype=np.int8)
    turn = tilt + nu * cost / order
    longest = math.log(z[0] / turn) if z[0] < turn < 0.0 else np.inf
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
        for i in range(n):
            right[i] = source[i] + first * d1[i] + second * d2[i]
        # Far left the noise is idle: enter at once, or let the drift earn until the deadline or
        # until it has carried the spread to where holding no longer pays.
        time = min(tau[j], longest)
        decay = math.expm1(-nu * time)
        grown = -tilt * order * decay / nu if nu > 0.0 else tilt * order * time
        far = -cost * (1.0 + decay) + grown + z[0] * math.expm1(-order * time)
        count = _howard_nb(up, down, lead + nu, right, cost, min(cost, far), state, d0, work)
        if count < 0:
            return out, gain, entry, leave, -1
        total += count
        state[0] = 1 if far >= cost else 0
        k = row[j]
        if k >= 0:
            entry[k], leave[k] = _levels_nb(z, d0, state, cost, work)
            fast = _fast_entry_nb(z, d0, d1, state, step, order, tilt, cost, work)
            if not math.isnan(fast):
                entry[k] = fast
        if valued:
            at_left = source[0] - nu * cost if far >= cost else 0.0
            _entry_push_nb(up, down, lead + nu, state, d0, right, at_left)
            for i in range(n):
                right[i] += first * w1[i] + second * w2[i]
            _linear_nb(up, down, lead + nu, right, w0, work)
        if k >= 0:
            for i in range(n):
                gain[k, i] = d0[i]
                if valued:
                    out[k, i] = w0[i]
        d2, d1, d0 = d1, d0, d2
        w2, w1, w0 = w1, w0, w2
    return out, gain, entry, leave, total
