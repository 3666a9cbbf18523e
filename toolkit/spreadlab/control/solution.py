"""From a request to the parts of its result, by either method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.control.exact import ergodic_gain, levels_to_thresholds, solve_levels
from spreadlab.control.grid import solve_grid
from spreadlab.control.kernels_switching import policy_map_nb
from spreadlab.control.result import PolicyResult
from spreadlab.control.scaling import scale_layers
from spreadlab.control.thresholds import thresholds_from_switches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.control.spec import SwitchingSpec

_POSITIONS = np.array([-1.0, 0.0, 1.0])[:, None, None]


def solve_exactly(spec: SwitchingSpec) -> dict[str, Any]:
    """Return the parts of an exact solution: levels in standardised units, error, gain."""
    levels, error, iterations = solve_levels(spec)
    gain = ergodic_gain(spec, levels) if spec.objective == "ergodic" else math.nan
    return {
        "method": "exact",
        "levels": levels,
        "error": error,
        "iterations": iterations,
        "gain": gain,
    }


def solve_by_grid(spec: SwitchingSpec) -> dict[str, Any]:
    """Return the parts of a solution on a grid, in units of the spread."""
    solution = solve_grid(spec, spec.resolved_n_grid, spec.n_time)
    scaled = scale_layers(spec)
    x = spec.theta + scaled.sd * solution.z
    # In place: the arrays are large beside the time that a moved slider may take.
    values, gain = solution.values, math.nan
    values *= solution.unit
    if spec.objective == "ergodic":
        from spreadlab.control.grid import vanishing_gain

        at_mean = float(np.interp(0.0, solution.z, values[1, 0]))
        gain = vanishing_gain(spec, at_mean)
        values -= at_mean
    if spec.accounting == "cash":
        values += _POSITIONS * x
    return {
        "method": "grid",
        "x": x,
        "time_to_go": solution.tau / spec.kappa,
        "switches": spec.theta + scaled.sd * solution.switches,
        "values": values,
        "error": solution.error * scaled.sd,
        "iterations": solution.iterations,
        "gain": gain,
    }


def policy_result(
    spec: SwitchingSpec, parts: Mapping[str, Any], provenance: Mapping[str, Any]
) -> PolicyResult:
    """Return the result that the parts of a solution amount to."""
    method = str(parts["method"])
    if method == "exact":
        levels = np.array(parts["levels"])
        values = np.empty((3, 0, 0))
        thresholds = levels_to_thresholds(spec, levels)
        switches = thresholds.switches()[None, :]
        time_to_go = np.array([np.inf])
        sd = scale_layers(spec).sd
        reach = sd * max(6.0, 1.5 * float(np.abs(levels).max()))
        x = spec.theta + np.linspace(-reach, reach, spec.resolved_n_grid)
    else:
        levels = np.array(parts["switches"])
        values = np.asarray(parts["values"])  # taken, not copied: megabytes, and made for this
        switches, x = levels, np.array(parts["x"])
        time_to_go = np.array(parts["time_to_go"])
        thresholds = thresholds_from_switches(switches[-1], fee=spec.fixed_cost > 0.0)
    policy = policy_map_nb(x, switches)
    if time_to_go[0] == 0.0:
        policy[:, 0, :] = 0  # at the deadline everything is closed
    for array in (levels, values, time_to_go, x, policy):
        array.flags.writeable = False
    return PolicyResult(
        thresholds=thresholds,
        grid=x,
        time_to_go=time_to_go,
        policy=policy,
        spec=spec,
        method=method,
        error_estimate=float(parts["error"]),
        iterations=int(parts["iterations"]),
        gain=float(parts["gain"]),
        levels=levels,
        values=values,
        provenance=provenance,
    )
