"""Exact solution of the infinite-horizon switching problem without a fixed fee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.control.kernels_layer import layer_thresholds_nb
from spreadlab.control.kernels_value import layer_gain_nb, layer_values_nb
from spreadlab.control.scaling import scale_layers
from spreadlab.control.thresholds import Thresholds
from spreadlab.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.control.spec import SwitchingSpec


def solve_levels(spec: SwitchingSpec) -> tuple[NDArray[np.float64], float, int]:
    """Return the entry and exit level of both layers in standardised units.

    Returns
    -------
    levels : ndarray, shape (2, 2)
        Long layer in z and short layer in -z; entry and exit.
    error : float
        Estimated absolute error of the levels, in units of the spread.
    iterations : int
        Newton steps taken.

    Raises
    ------
    ConvergenceError
        If Newton's method did not meet its tolerance.
    """
    scaled = scale_layers(spec)
    long = layer_thresholds_nb(scaled.order, scaled.tilt_long, scaled.cost)
    if scaled.tilt_short == scaled.tilt_long:
        short = long
    elif spec.risk_penalty == 0.0:  # the two layers mirror each other, so flat is never held
        short = (-long[1], -long[0], long[2], long[3])
    else:
        short = layer_thresholds_nb(scaled.order, scaled.tilt_short, scaled.cost)
    for entry, leave, step, iterations in (long, short):
        if iterations < 0 or not np.isfinite(entry + leave):
            raise ConvergenceError(
                f"the smooth-fit equations did not converge (last relative step {step:.1e}) at "
                f'{spec!r}; method="grid" does not need them'
            )
    levels = np.array([long[:2], short[:2]])
    widths = levels[:, 1] - levels[:, 0]
    steps = np.array([long[2], short[2]])
    rounding = 64.0 * np.finfo(np.float64).eps * np.abs(levels).max(axis=1)
    error = float((widths * steps + rounding).max()) * scaled.sd
    return levels, error, long[3] + short[3]


def levels_to_thresholds(spec: SwitchingSpec, levels: NDArray[np.float64]) -> Thresholds:
    """Return the levels of both layers in units of the spread."""
    sd = scale_layers(spec).sd
    (enter_long, exit_long), (enter_short, exit_short) = levels * sd
    return Thresholds(
        enter_long=float(spec.theta + enter_long),
        exit_long=float(spec.theta + exit_long),
        enter_short=float(spec.theta - enter_short),
        exit_short=float(spec.theta - exit_short),
    )


def exact_values(
    spec: SwitchingSpec, levels: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return v_{-1}, v_0 and v_{+1} at `x`, in the accounting of the request.

    v_0 = w_out + w_out~, v_1 = w_in + w_out~, v_{-1} = w_out + w_in~, where the tilde is the short
    layer in -z. For the ergodic objective they are relative to v_0(theta).

    Parameters
    ----------
    spec : SwitchingSpec
        The request.
    levels : ndarray, shape (2, 2)
        Answer of `solve_levels`.
    x : ndarray, shape (M,)
        Values of the spread.

    Returns
    -------
    ndarray, shape (3, M)
        Values for positions -1, 0 and 1.
    """
    scaled = scale_layers(spec)
    ergodic = spec.objective == "ergodic"
    points = np.append(x, spec.theta) if ergodic else x
    z = (points - spec.theta) / scaled.sd
    layers = [
        layer_values_nb(points_z, scaled.order, tilt, scaled.cost, float(low), float(high))
        for points_z, tilt, (low, high) in (
            (z, scaled.tilt_long, levels[0]),
            (-z, scaled.tilt_short, levels[1]),
        )
    ]
    (out_long, in_long), (out_short, in_short) = layers
    values = np.stack([out_long + in_short, out_long + out_short, in_long + out_short])
    values *= scaled.unit
    if ergodic:
        values = values[:, :-1] - values[1, -1]
    if spec.accounting == "cash":
        values += np.array([[-1.0], [0.0], [1.0]]) * x
    return np.asarray(values)


def ergodic_gain(spec: SwitchingSpec, levels: NDArray[np.float64]) -> float:
    """Return the long-run gain per unit of time of the ergodic objective."""
    scaled = scale_layers(spec)
    rates = [layer_gain_nb(scaled.order, float(low), float(high)) for low, high in levels]
    return float(spec.kappa * scaled.sd * sum(rates))
