"""Exact solution of the infinite-horizon switching problem.

Without a fixed fee the problem splits into two layers; with one, and without a risk penalty, into
a reversal problem and a first entry. With both there is no exact solution, see `grid`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.control.kernels_fee import fee_values_nb, first_entry_nb
from spreadlab.control.kernels_layer import layer_thresholds_nb
from spreadlab.control.kernels_value import layer_gain_nb, layer_values_nb
from spreadlab.control.scaling import scale_layers
from spreadlab.control.thresholds import Thresholds
from spreadlab.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.control.scaling import ScaledLayers
    from spreadlab.control.spec import SwitchingSpec

# Of 500 badly conditioned problems drawn at random none was off by more than 0.9 of the estimate
# that these give; it is about 100 times the true error in the median.
_NUDGES = tuple(sign * k * float(np.finfo(np.float64).eps) for k in (4, 8, 16) for sign in (-1, 1))
_SPREAD = 64.0
_ROUNDING, _ROUNDING_FEE = 64.0, 2048.0  # units in the last place of the levels
_Pair = tuple[float, float, float, int]
_POSITIONS = np.array([[-1.0], [0.0], [1.0]])


def solve_levels(spec: SwitchingSpec) -> tuple[NDArray[np.float64], float, int]:
    """Return the levels of the exact solution in standardised units.

    Returns
    -------
    levels : ndarray, shape (2, 2)
        Without a fee the entry and exit of the long layer in z and of the short layer in -z. With
        one, the levels at which a short and a long position is reversed, and those at which a
        first long and a first short position is taken, in z.
    error : float
        Estimated absolute error of the levels, in units of the spread.
    iterations : int
        Newton steps taken.

    Raises
    ------
    ConvergenceError
        If an iteration did not meet its tolerance.
    """
    scaled = scale_layers(spec)
    pairs = _solved(spec, scaled)
    levels = np.array([pair[:2] for pair in pairs])
    widths = levels[:, 1] - levels[:, 0]
    steps = np.array([pair[2] for pair in pairs])
    places = _ROUNDING_FEE if spec.fixed_cost > 0.0 else _ROUNDING
    errors = widths * steps + places * np.finfo(np.float64).eps * np.abs(levels).max(axis=1)
    if spec.fixed_cost > 0.0 or scaled.tilt_long != 0.0:
        # The equations can be badly conditioned, as with a small discount in cash accounting:
        # what a few units in the last place of their parameters do is what rounding did.
        for nudge in _NUDGES:
            near = np.array([pair[:2] for pair in _solved(spec, _nudged(scaled, nudge))])
            errors = np.maximum(errors, _SPREAD * np.abs(near - levels).max(axis=1))
    return levels, float(errors.max()) * scaled.sd, pairs[0][3] + pairs[1][3]


def _solved(spec: SwitchingSpec, scaled: ScaledLayers) -> tuple[_Pair, _Pair]:
    """Return the two pairs of levels, each with the last relative step and the steps taken."""
    if spec.fixed_cost > 0.0:
        reversal = layer_thresholds_nb(scaled.order, scaled.tilt_long, scaled.reversal / 2.0)
        _check_converged(spec, reversal)
        entry = first_entry_nb(
            scaled.order, scaled.tilt_long, scaled.first, scaled.reversal, *reversal[:2]
        )
        pairs = (reversal, entry)
    else:
        long = layer_thresholds_nb(scaled.order, scaled.tilt_long, scaled.cost)
        if scaled.tilt_short == scaled.tilt_long:
            short = long
        elif spec.risk_penalty == 0.0:  # the two layers mirror each other: flat is never held
            short = (-long[1], -long[0], long[2], long[3])
        else:
            short = layer_thresholds_nb(scaled.order, scaled.tilt_short, scaled.cost)
        pairs = (long, short)
    for pair in pairs:
        _check_converged(spec, pair)
    return pairs


def _nudged(scaled: ScaledLayers, nudge: float) -> ScaledLayers:
    """Return the layers with every parameter some units in the last place away."""
    more, less = 1.0 + nudge, 1.0 - nudge
    return dataclasses.replace(
        scaled,
        order=max(1.0, scaled.order * more) if scaled.order > 1.0 else 1.0,
        cost=scaled.cost * more,
        first=scaled.first * more,
        reversal=scaled.reversal * less,
        tilt_long=scaled.tilt_long * less,
        tilt_short=scaled.tilt_short * less,
    )


def _check_converged(spec: SwitchingSpec, pair: tuple[float, float, float, int]) -> None:
    if pair[3] < 0 or not np.isfinite(pair[0] + pair[1]):
        raise ConvergenceError(
            "the smooth-fit equations did not converge (last relative step "
            f"{pair[2]:.1e}) at {spec!r}"
        )


def levels_to_thresholds(spec: SwitchingSpec, levels: NDArray[np.float64]) -> Thresholds:
    """Return the levels of `solve_levels` in units of the spread."""
    at = levels * scale_layers(spec).sd
    if spec.fixed_cost > 0.0:
        low, high = (float(spec.theta + level) for level in at[0])
        left, right = (float(spec.theta + level) for level in at[1])
        return Thresholds(
            enter_long=low,
            exit_long=high,
            enter_short=high,
            exit_short=low,
            first_entry=float(0.5 * (at[1, 1] - at[1, 0])),
            flat_to_long=left,
            flat_to_short=right,
            long_to_short=high,
            short_to_long=low,
        )
    return Thresholds(
        enter_long=float(spec.theta + at[0, 0]),
        exit_long=float(spec.theta + at[0, 1]),
        enter_short=float(spec.theta - at[1, 0]),
        exit_short=float(spec.theta - at[1, 1]),
    )


def exact_values(
    spec: SwitchingSpec, levels: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return v_{-1}, v_0 and v_{+1} at `x`, in the accounting of the request.

    Without a fee v_0 = w_out + w_out~, v_1 = w_in + w_out~, v_{-1} = w_out + w_in~, where the tilde
    is the short layer in -z. For the ergodic objective they are relative to v_0(theta).

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
    z = ((np.append(x, spec.theta) if ergodic else x) - spec.theta) / scaled.sd
    (low, high), (left, right) = ((float(a), float(b)) for a, b in levels)
    order, tilt = scaled.order, scaled.tilt_long
    if spec.fixed_cost > 0.0:
        values = fee_values_nb(
            z, order, tilt, scaled.reversal, scaled.first, low, high, left, right
        )
    else:
        out_long, in_long = layer_values_nb(z, order, tilt, scaled.cost, low, high)
        out_short, in_short = layer_values_nb(
            -z, order, scaled.tilt_short, scaled.cost, left, right
        )
        values = np.stack([out_long + in_short, out_long + out_short, in_long + out_short])
    values = values * scaled.unit
    if ergodic:
        values = values[:, :-1] - values[1, -1]
    if spec.accounting == "cash":
        values = values + _POSITIONS * x
    return np.asarray(values)


def ergodic_gain(spec: SwitchingSpec, levels: NDArray[np.float64]) -> float:
    """Return the long-run gain per unit of time of the ergodic objective."""
    scaled = scale_layers(spec)
    if spec.fixed_cost > 0.0:
        rate = 2.0 * layer_gain_nb(scaled.order, float(levels[0, 0]), float(levels[0, 1]))
    else:
        rate = sum(layer_gain_nb(scaled.order, float(low), float(high)) for low, high in levels)
    return float(spec.kappa * scaled.sd * rate)
