"""What the policy heatmap asks an engine for: policies, maps of thresholds, and uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import spreadlab as sl
from spreadlab.control.uncertainty import NAMES as LEVELS
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.stages import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.control.result import PolicyResult
    from spreadlab.control.spec import SwitchingSpec
    from spreadlab.control.uncertainty import PolicyDistribution

# With a deadline a slider is followed on this grid: some milliseconds, thresholds good to about
# 1e-4 of a standard deviation; what solve_hjb takes by default is ten times slower.
LIVE_GRID, LIVE_STEPS = 401, 200
_MAP_SIZE = 41
_MAP_FOLD = 8.0  # the map reaches this many times below and above the policy's own parameters
_DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Thresholds over cost and kappa.

    Attributes
    ----------
    cost, kappa : ndarray, shape (n,)
        Evenly spaced in their logarithm, around those of the policy.
    levels : ndarray, shape (4, n, n)
        enter_long, exit_long, enter_short, exit_short by kappa and cost.
    spec : SwitchingSpec
        The policy's request.
    """

    cost: NDArray[np.float64]
    kappa: NDArray[np.float64]
    levels: NDArray[np.float64]
    spec: SwitchingSpec


def live(spec: SwitchingSpec) -> SwitchingSpec:
    """Return the request on a grid that follows a slider, unless it names a grid itself."""
    if spec.horizon is None or spec.n_grid is not None:
        return spec
    return replace(spec, n_grid=LIVE_GRID, n_time=LIVE_STEPS)


def solve(asked: SwitchingSpec) -> PolicyResult:
    """Solve a request as `spreadlab.solve_hjb` does, on the engine in use."""
    return sl.solve_hjb(
        sl.OUParams(kappa=asked.kappa, theta=asked.theta, sigma=asked.sigma),
        discount=asked.discount,
        cost=asked.cost,
        fixed_cost=asked.fixed_cost,
        risk_penalty=asked.risk_penalty,
        horizon=asked.horizon,
        objective=asked.objective,  # type: ignore[arg-type]
        accounting=asked.accounting,  # type: ignore[arg-type]
        method=asked.method,  # type: ignore[arg-type]
        n_grid=asked.n_grid,
        n_time=asked.n_time,
    )


def surface(spec: SwitchingSpec) -> Surface:
    """Return the thresholds around a policy, in one call of `spreadlab.control.thresholds_over`.

    Raises
    ------
    InvalidInputError
        For a policy whose thresholds that function does not give.
    """
    if spec.fixed_cost > 0.0:
        raise InvalidInputError(
            "policy", f"has a fixed cost of {spec.fixed_cost:g}", "one without for this map"
        )
    if spec.discount == 0.0 and spec.objective != "ergodic":
        raise InvalidInputError("policy", "has no discount", "a discount > 0 for this map")
    fold = np.geomspace(1.0 / _MAP_FOLD, _MAP_FOLD, _MAP_SIZE)
    cost, kappa = spec.cost * fold, spec.kappa * fold
    levels = sl.control.thresholds_over(
        kappa=kappa[:, None],
        theta=spec.theta,
        sigma=spec.sigma,
        discount=spec.discount,
        cost=cost[None, :],
        risk_penalty=spec.risk_penalty,
        accounting=spec.accounting,
    )
    stacked = np.stack([getattr(levels, name) for name in LEVELS])
    return Surface(cost, kappa, stacked, spec)


def uncertainty(spec: SwitchingSpec, ou: Any) -> PolicyDistribution:
    """Return the distribution of the policy over what the fit leaves open.

    Raises
    ------
    InvalidInputError
        For a policy that `spreadlab.control.policy_distribution` does not know.
    """
    if spec.fixed_cost > 0.0 or spec.objective == "ergodic" or spec.accounting == "cash":
        raise InvalidInputError(
            "policy",
            f"has fixed_cost={spec.fixed_cost:g}, objective={spec.objective!r} and "
            f"accounting={spec.accounting!r}",
            'one without a fixed cost, "discounted" and "mtm" for its uncertainty',
        )
    return sl.control.policy_distribution(
        ou,
        discount=spec.discount,
        cost=spec.cost,
        risk_penalty=spec.risk_penalty,
        n_draws=_DRAWS,
    )


STAGES = (
    Stage("policy", solve, ("asked",)),
    Stage("surface", surface, ("spec",)),
    Stage("uncertainty", uncertainty, ("spec", "ou")),
)


def ranges(spec: SwitchingSpec) -> dict[str, dict[str, float | bool] | None]:
    """Return the ends of the sliders around a policy; None for a parameter it does not have."""
    deviation = spec.sigma / np.sqrt(2.0 * spec.kappa)
    ergodic = spec.objective == "ergodic"
    penalty = 0.5 * spec.kappa * deviation
    cost = (min(1e-3 * deviation, spec.cost), max(deviation, spec.cost))
    discount = (min(0.005, spec.discount or 0.005), max(1.0, spec.discount))
    horizon = (min(0.02, spec.horizon or 0.02), max(5.0, spec.horizon or 5.0))
    return {
        "cost": _ends(*cost, log=True) if spec.cost > 0.0 else None,
        "discount": None if ergodic else _ends(*discount, log=True),
        "risk_penalty": _ends(0.0, max(penalty, 2.0 * spec.risk_penalty), log=False),
        "horizon": None if ergodic else _ends(*horizon, log=True),
    }


def _ends(low: float, high: float, *, log: bool) -> dict[str, float | bool]:
    return {"low": float(low), "high": float(high), "log": log}
