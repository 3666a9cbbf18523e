"""What is asked of the switching solver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.errors import InvalidInputError
from spreadlab.task import NO_INPUTS, Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.control.result import PolicyResult


@wire("SwitchingSpec")
@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchingSpec(SingleTile):
    """Optimal switching between short, flat and long; see `spreadlab.solve_hjb`.

    Attributes
    ----------
    kappa, theta, sigma : float
        The Ornstein-Uhlenbeck process of the spread.
    discount : float
        Discount rate per unit of time.
    cost : float
        Cost per unit of position traded, in units of the spread.
    risk_penalty : float
        Running charge per unit of time on a position of either sign.
    objective, accounting, method : str
        As in `spreadlab.solve_hjb`.
    n_grid : int
        Nodes of the policy's grid in x.
    """

    kappa: float
    theta: float
    sigma: float
    discount: float
    cost: float
    risk_penalty: float = 0.0
    objective: str = "discounted"
    accounting: str = "mtm"
    method: str = "auto"
    n_grid: int = 1001

    def check(self, inputs: Inputs) -> None:  # noqa: ARG002 - the request is the whole input
        """Raise InvalidInputError where the problem has no finite, non-trivial solution."""
        ensure_float(self.kappa, "ou.kappa", low=0.0, low_open=True)
        ensure_float(self.theta, "ou.theta")
        ensure_float(self.sigma, "ou.sigma", low=0.0, low_open=True)
        ensure_float(self.cost, "cost", low=0.0)
        ensure_float(self.risk_penalty, "risk_penalty", low=0.0)
        check_choice(self.objective, "objective", ("discounted", "ergodic"))
        check_choice(self.accounting, "accounting", ("mtm", "cash"))
        check_choice(self.method, "method", ("auto", "exact"))
        ensure_int(self.n_grid, "n_grid", low=51, high=1_000_001)
        ensure_float(self.discount, "discount", low=0.0)
        if self.cost == 0.0:
            raise InvalidInputError(
                "cost",
                "got 0.0: without a cost the position flips at every crossing of the mean, so no "
                "threshold exists",
                "> 0",
                "give the cost of one unit of position in units of the spread; "
                "sl.spread_cost(pair, cost_bps) converts basis points",
            )
        if self.objective == "ergodic":
            self._check_ergodic()
        elif self.discount == 0.0:
            raise InvalidInputError(
                "discount",
                "got 0.0: the undiscounted value of trading for ever is infinite",
                "> 0 for an infinite horizon",
                'use objective="ergodic" for the long-run gain per unit of time',
            )

    def _check_ergodic(self) -> None:
        if self.discount != 0.0:
            raise InvalidInputError(
                "discount", f"got {self.discount!r}", '0 with objective="ergodic"'
            )
        if self.accounting == "cash":
            raise InvalidInputError(
                "accounting",
                'got "cash"',
                '"mtm" with objective="ergodic": without discounting the two agree',
            )

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002
        """Solve the problem."""
        from spreadlab.control.exact import ergodic_gain, solve_levels

        levels, error, iterations = solve_levels(self)
        gain = ergodic_gain(self, levels) if self.objective == "ergodic" else math.nan
        values = {"levels": levels, "error": error, "iterations": iterations, "gain": gain}
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> PolicyResult:
        """Return the policy."""
        from spreadlab.control.exact import levels_to_thresholds
        from spreadlab.control.result import PolicyResult
        from spreadlab.control.thresholds import target_positions

        values = state[0]
        levels = np.array(values["levels"])
        levels.flags.writeable = False
        thresholds = levels_to_thresholds(self, levels)
        grid = uniform_grid(self, levels)
        policy = np.stack([target_positions(p, grid, thresholds) for p in (-1, 0, 1)])[:, None, :]
        for array in (grid, policy):
            array.flags.writeable = False
        time_to_go = np.array([np.inf])
        time_to_go.flags.writeable = False
        return PolicyResult(
            thresholds=thresholds,
            grid=grid,
            time_to_go=time_to_go,
            policy=policy,
            spec=self,
            method="exact",
            error_estimate=values["error"],
            iterations=values["iterations"],
            gain=values["gain"],
            levels=levels,
            provenance=provenance_of(self, inputs),
        )


def uniform_grid(spec: SwitchingSpec, levels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return equidistant points: six standard deviations, and past the levels by half."""
    sd = spec.sigma / math.sqrt(2.0 * spec.kappa)
    reach = sd * max(6.0, 1.5 * float(np.abs(levels).max()))
    return np.asarray(spec.theta + np.linspace(-reach, reach, spec.n_grid))


def ou_parameters(ou: Any) -> tuple[float, float, float]:
    """Return kappa, theta and sigma of `OUParams`, a fit, or anything that has the three.

    Raises
    ------
    InvalidInputError
        If one is missing or not a finite number of the right sign.
    """
    missing = [name for name in ("kappa", "theta", "sigma") if not hasattr(ou, name)]
    if missing:
        raise InvalidInputError(
            "ou",
            f"got {type(ou).__name__} without {', '.join(missing)}",
            "OUParams or the answer of estimate_ou",
            "sl.OUParams(kappa=..., theta=..., sigma=...) holds the three numbers",
        )
    return (
        ensure_float(ou.kappa, "ou.kappa", low=0.0, low_open=True),
        ensure_float(ou.theta, "ou.theta"),
        ensure_float(ou.sigma, "ou.sigma", low=0.0, low_open=True),
    )


def make_switching_request(
    ou: Any,
    *,
    discount: float,
    cost: float,
    risk_penalty: float = 0.0,
    objective: str = "discounted",
    accounting: str = "mtm",
    method: str = "auto",
    n_grid: int = 1001,
) -> tuple[SwitchingSpec, Inputs]:
    """Return the request of `solve_hjb`, with its numbers coerced."""
    kappa, theta, sigma = ou_parameters(ou)
    spec = SwitchingSpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        discount=ensure_float(discount, "discount"),
        cost=ensure_float(cost, "cost"),
        risk_penalty=ensure_float(risk_penalty, "risk_penalty"),
        objective=objective,
        accounting=accounting,
        method=method,
        n_grid=ensure_int(n_grid, "n_grid"),
    )
    return spec, NO_INPUTS
