"""What is asked of the switching solver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.control.ranges import (
    FARTHEST,
    FARTHEST_BY_DEADLINE,
    LEAST_RATE,
    check_lengths,
    check_rate,
    check_time,
    ensure_process,
)
from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.task import NO_INPUTS, Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.control.result import PolicyResult

_MOST_NODES = 20_000_000  # half a gigabyte of values


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
    fixed_cost : float
        Fee per order, in units of the spread.
    risk_penalty : float
        Running charge per unit of time on a position of either sign.
    horizon : float or None
        Time to the deadline at which all positions are closed; None for none.
    objective, accounting, method : str
        As in `spreadlab.solve_hjb`.
    n_grid : int or None
        Nodes in x; by default 1001 where exact, 2001 on a grid, 1601 with a deadline.
    n_time : int
        Time steps to the deadline.
    """

    kappa: float
    theta: float
    sigma: float
    discount: float
    cost: float
    fixed_cost: float = 0.0
    risk_penalty: float = 0.0
    horizon: float | None = None
    objective: str = "discounted"
    accounting: str = "mtm"
    method: str = "auto"
    n_grid: int | None = None
    n_time: int = 600

    def check(self, inputs: Inputs) -> None:  # noqa: ARG002 - the request is the whole input
        """Raise InvalidInputError where the problem has no finite, non-trivial solution."""
        ensure_process(self.kappa, self.theta, self.sigma)
        ensure_float(self.cost, "cost", low=0.0)
        ensure_float(self.fixed_cost, "fixed_cost", low=0.0)
        ensure_float(self.risk_penalty, "risk_penalty", low=0.0)
        check_choice(self.objective, "objective", ("discounted", "ergodic"))
        check_choice(self.accounting, "accounting", ("mtm", "cash"))
        check_choice(self.method, "method", ("auto", "exact", "grid"))
        if self.n_grid is not None:
            ensure_int(self.n_grid, "n_grid", low=101, high=100_001)
        ensure_int(self.n_time, "n_time", low=20, high=100_000)
        if self.horizon is not None and self.resolved_n_grid * self.n_time > _MOST_NODES:
            raise InvalidInputError(
                "n_time",
                f"{self.resolved_n_grid:,} nodes at {self.n_time:,} times",
                f"at most {_MOST_NODES:,} together",
            )
        ensure_float(self.discount, "discount", low=0.0)
        if self.cost + self.fixed_cost == 0.0:
            raise InvalidInputError(
                "cost",
                "got 0.0: without a cost the position flips at every crossing of the mean, so no "
                "threshold exists",
                "> 0 unless there is a fixed_cost",
                "give the cost of one unit of position in units of the spread; "
                "sl.spread_cost(pair, cost_bps) converts basis points",
            )
        if self.objective == "ergodic":
            self._check_ergodic()
        elif self.discount == 0.0 and self.horizon is None:
            raise InvalidInputError(
                "discount",
                "got 0.0: the undiscounted value of trading for ever is infinite",
                "> 0 for an infinite horizon",
                'use objective="ergodic" for the long-run gain per unit of time',
            )

        if self.horizon is not None:
            ensure_float(self.horizon, "horizon", low=0.0, low_open=True)
        if self.method == "exact":
            self._check_exact()
        self._check_range()

    def _check_range(self) -> None:
        endless = self.horizon is None and self.objective == "discounted"
        check_rate("discount", self.discount, self.kappa, LEAST_RATE if endless else 0.0)
        if self.horizon is not None:
            check_time("horizon", self.horizon, self.kappa)
        cash = self.accounting == "cash"
        slope = self.kappa + (self.discount if cash else 0.0)
        spent = (self.kappa + self.discount) / slope if self.horizon is None else 1.0
        lengths = {
            "cost": (self.cost, self.cost * spent),
            "fixed_cost": (self.fixed_cost, self.fixed_cost * spent),
            "risk_penalty": (self.risk_penalty, self.risk_penalty / slope),
            "ou.theta": (self.theta, abs(self.theta) * self.discount / slope if cash else 0.0),
        }
        sd = self.sigma / math.sqrt(2.0 * self.kappa)
        check_lengths(lengths, sd, FARTHEST if self.horizon is None else FARTHEST_BY_DEADLINE)

    def _check_exact(self) -> None:
        why = ""
        if self.horizon is not None:
            why = "a deadline"
        elif self.fixed_cost > 0.0 and self.risk_penalty > 0.0:
            why = "a fixed cost and a risk penalty together"
        if why:
            raise InvalidInputError(
                "method",
                f'got "exact", which does not exist for {why}',
                '"auto" or "grid"',
            )

    def _check_ergodic(self) -> None:
        if self.horizon is not None:
            raise InvalidInputError(
                "horizon",
                f"got {self.horizon!r}",
                'None with objective="ergodic"',
                "the long-run gain has no deadline",
            )
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

    @property
    def resolved_method(self) -> str:
        """The method that is tried first; "auto" goes on to the grid should it not converge."""
        if self.method != "auto":
            return self.method
        coupled = self.fixed_cost > 0.0 and self.risk_penalty > 0.0
        return "grid" if coupled or self.horizon is not None else "exact"

    @property
    def resolved_n_grid(self) -> int:
        """Nodes in x."""
        if self.n_grid is not None:
            return self.n_grid
        if self.horizon is not None:
            return 1601
        return 1001 if self.resolved_method == "exact" else 2001

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002 - see check
        """Solve the problem."""
        from spreadlab.control.solution import solve_by_grid, solve_exactly

        if self.resolved_method == "grid":
            return Partial(tile.id, solve_by_grid(self), tile.stage)
        try:
            return Partial(tile.id, solve_exactly(self), tile.stage)
        except ConvergenceError:
            if self.method == "exact":
                raise
        return Partial(tile.id, solve_by_grid(self), tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> PolicyResult:
        """Return the policy."""
        from spreadlab.control.solution import policy_result

        return policy_result(self, state[0], provenance_of(self, inputs))


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
    return ensure_process(ou.kappa, ou.theta, ou.sigma)


def make_switching_request(
    ou: Any,
    *,
    discount: float,
    cost: float,
    fixed_cost: float = 0.0,
    risk_penalty: float = 0.0,
    horizon: float | None = None,
    objective: str = "discounted",
    accounting: str = "mtm",
    method: str = "auto",
    n_grid: int | None = None,
    n_time: int = 600,
) -> tuple[SwitchingSpec, Inputs]:
    """Return the request of `solve_hjb`, with its numbers coerced."""
    kappa, theta, sigma = ou_parameters(ou)
    spec = SwitchingSpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        discount=ensure_float(discount, "discount"),
        cost=ensure_float(cost, "cost"),
        fixed_cost=ensure_float(fixed_cost, "fixed_cost"),
        risk_penalty=ensure_float(risk_penalty, "risk_penalty"),
        horizon=None if horizon is None else ensure_float(horizon, "horizon"),
        objective=objective,
        accounting=accounting,
        method=method,
        n_grid=None if n_grid is None else ensure_int(n_grid, "n_grid"),
        n_time=ensure_int(n_time, "n_time"),
    )
    return spec, NO_INPUTS
