"""Newton's method for likelihoods of a few parameters.

Its own and small because the overhead of a library, whose linear algebra starts threads, would be
most of the time of a fit, and a contest for cores where tiles run side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.errors import ConvergenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    F64 = NDArray[np.float64]

_STEP = 1e-3
_ROUNDS, _HALVINGS, _GAIN, _REACH = 200, 30, 1e-9, 3.0


def derivatives(
    cost: Callable[[F64], float], point: F64, value: float, step: float = _STEP
) -> tuple[F64, F64]:
    """Return gradient (k,) and second derivatives (k, k) by central differences.

    Parameters
    ----------
    cost : callable
        A smooth function of k variables that are of the order of 1.
    point, value : ndarray, float
        Where, and the function there.
    step : float
        Distance of the differences.
    """
    size = point.size
    shifts = np.eye(size) * step
    ahead = np.array([cost(point + shift) for shift in shifts])
    behind = np.array([cost(point - shift) for shift in shifts])
    curves = np.diag((ahead - 2.0 * value + behind) / step**2)
    for i in range(size):
        for j in range(i):
            a, b = shifts[i], shifts[j]
            cross = cost(point + a + b) - cost(point + a - b) - cost(point - a + b)
            curves[i, j] = curves[j, i] = (cross + cost(point - a - b)) / (4.0 * step**2)
    return (ahead - behind) / (2.0 * step), curves


def minimise(cost: Callable[[F64], float], start: F64, low: float, high: float) -> F64:
    """Return the minimum of a smooth function near `start`, every variable within [low, high].

    Newton's method on central differences with the curvatures' absolute values, so that concave
    stretches are left downhill; variables that press against an end of the range are held there.

    Raises
    ------
    ConvergenceError
        If it does not settle.
    """
    point, value = np.clip(start, low, high), cost(np.clip(start, low, high))
    for _ in range(_ROUNDS):
        gradient, curves = derivatives(cost, point, value)
        held = ((point <= low) & (gradient > 0.0)) | ((point >= high) & (gradient < 0.0))
        gradient[held] = 0.0
        curves[held, :] = curves[:, held] = 0.0
        sizes, directions = np.linalg.eigh(curves)
        sizes = np.maximum(np.abs(sizes), 1e-6 + 0.1 * np.abs(gradient).max())
        newton: F64 = directions @ (directions.T @ gradient / sizes)
        move = np.clip(newton, -_REACH, _REACH)
        for _ in range(_HALVINGS):
            trial: F64 = np.clip(point - move, low, high)
            trial_value = cost(trial)
            if trial_value < value:
                break
            move = 0.5 * move
        else:
            return point
        gain, point, value = value - trial_value, trial, trial_value
        if gain < _GAIN:
            return point
    raise ConvergenceError(f"a likelihood did not settle in {_ROUNDS} steps")
