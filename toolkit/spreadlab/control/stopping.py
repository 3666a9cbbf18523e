"""Optimal entry and exit of one round trip, with discounted cash flows and a stop-loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float
from spreadlab.control.inline import solve_here
from spreadlab.control.kernels_stopping import (
    exit_level_nb,
    free_entry_nb,
    stopped_entry_nb,
    stopped_exit_nb,
    stopping_values_nb,
)
from spreadlab.control.ranges import check_lengths, check_rate, ensure_process
from spreadlab.control.spec import ou_parameters
from spreadlab.display.html import card
from spreadlab.display.numbers import interval, short
from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from spreadlab.display.figure import StaticFigure


@wire("StoppingSpec")
@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingSpec(SingleTile):
    """One round trip, long the spread; see `optimal_stopping`."""

    kappa: float
    theta: float
    sigma: float
    discount: float
    discount_entry: float
    cost_exit: float
    cost_entry: float
    stop_loss: float | None = None

    def check(self, inputs: Inputs) -> None:  # noqa: ARG002 - the request is the whole input
        """Raise InvalidInputError where the problem is ill-posed."""
        ensure_process(self.kappa, self.theta, self.sigma)
        ensure_float(self.discount, "discount", low=0.0, low_open=True)
        ensure_float(self.discount_entry, "discount_entry", low=0.0, low_open=True)
        ensure_float(self.cost_exit, "cost_exit")
        ensure_float(self.cost_entry, "cost_entry")
        if self.discount_entry > self.discount:
            raise InvalidInputError(
                "discount_entry",
                f"got {self.discount_entry!r}",
                f"at most discount = {self.discount!r}",
                "a higher rate before entry than after rewards entering only to wait",
            )
        if self.cost_exit + self.cost_entry <= 0.0:
            raise InvalidInputError(
                "cost_exit",
                f"got {self.cost_exit!r} with cost_entry = {self.cost_entry!r}",
                "such that cost_exit + cost_entry > 0",
                "a free round trip would be repeated without end",
            )
        check_rate("discount", self.discount, self.kappa)
        check_rate("discount_entry", self.discount_entry, self.kappa)
        lengths = {
            "cost_exit": (self.cost_exit, abs(self.cost_exit)),
            "cost_entry": (self.cost_entry, abs(self.cost_entry)),
            "ou.theta": (self.theta, abs(self.theta)),
        }
        if self.stop_loss is not None:
            stop = ensure_float(self.stop_loss, "stop_loss")
            lengths["stop_loss"] = (stop, abs(stop - self.theta))
        check_lengths(lengths, self.sd)
        if self.stop_loss is not None:
            free = self.theta + self.sd * _free_exit(self)
            if self.stop_loss >= free:
                raise InvalidInputError(
                    "stop_loss",
                    f"got {self.stop_loss!r}",
                    f"below the exit level without a stop-loss, {free:.6g}",
                )

    @property
    def sd(self) -> float:
        """Stationary standard deviation, the unit of the kernels."""
        return self.sigma / math.sqrt(2.0 * self.kappa)

    @property
    def orders(self) -> tuple[float, float]:
        """1 + r/kappa of exit and entry."""
        return 1.0 + self.discount / self.kappa, 1.0 + self.discount_entry / self.kappa

    @property
    def scaled_costs(self) -> tuple[float, float]:
        """(c - theta)/sd and (c' + theta)/sd."""
        return (self.cost_exit - self.theta) / self.sd, (self.cost_entry + self.theta) / self.sd

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002 - see check
        """Solve for the levels, in standardised units."""
        order, entry_order = self.orders
        cost, shifted = self.scaled_costs
        top = _free_exit(self)
        if self.stop_loss is None:
            stop, gain = -math.inf, math.nan
            low, high = -math.inf, float(free_entry_nb(order, entry_order, cost, shifted, top))
        else:
            stop = (self.stop_loss - self.theta) / self.sd
            top = float(stopped_exit_nb(order, cost, stop, _waiting_level(self), top))
            low, high, gain = map(
                float, stopped_entry_nb(order, entry_order, cost, shifted, stop, top)
            )
        values = {"stop": stop, "top": top, "low": low, "high": high, "gain": gain * self.sd}
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> StoppingResult:
        """Return the levels in units of the spread."""
        found = state[0]
        entry = None
        if not math.isnan(found["high"]):
            entry = (self.theta + self.sd * found["low"], self.theta + self.sd * found["high"])
        return StoppingResult(
            exit_level=self.theta + self.sd * found["top"],
            entry_level=None if entry is None else entry[1],
            entry_interval=entry,
            best_gain=found["gain"],
            spec=self,
            solution=(found["stop"], found["top"], found["low"], found["high"]),
            provenance=provenance_of(self, inputs),
        )


def _waiting_level(spec: StoppingSpec) -> float:
    # Below (kappa theta + r c)/(kappa + r) the drift earns more than the discount costs.
    level = (spec.kappa * spec.theta + spec.discount * spec.cost_exit) / (
        spec.kappa + spec.discount
    )
    return (level - spec.theta) / spec.sd


def _free_exit(spec: StoppingSpec) -> float:
    level, iterations = exit_level_nb(spec.orders[0], spec.scaled_costs[0], _waiting_level(spec))
    if iterations < 0 or not math.isfinite(level):
        raise ConvergenceError(f"no exit level found for {spec!r}")
    return float(level)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class StoppingResult:
    """When to enter and when to leave a long position in a spread, once.

    Attributes
    ----------
    exit_level : float
        Sell at or above it. Equal to the stop-loss where that lies so high that selling at once is
        best.
    entry_level : float or None
        Buy at or below it (and, with a stop-loss, within `entry_interval`); None if buying is
        never worth its cost.
    entry_interval : tuple of float or None
        Buy inside; its lower end is -inf without a stop-loss. None if buying is never worth it.
    best_gain : float
        With a stop-loss, the largest value of V - x - cost_entry; NaN without.
    spec : StoppingSpec
        The request.
    solution : tuple of float
        Stop, exit, and both ends of the entry, in standard deviations from the mean.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    exit_level: float
    entry_level: float | None
    entry_interval: tuple[float, float] | None
    best_gain: float
    spec: StoppingSpec
    solution: tuple[float, float, float, float]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def exit_value(self, x: ArrayLike) -> Any:
        """Return V(x): the value of holding the spread at `x` and selling optimally."""
        return self._values(x)[0]

    def entry_value(self, x: ArrayLike) -> Any:
        """Return J(x): the value of waiting at `x` to buy and then sell; 0 if that never pays."""
        return self._values(x)[1]

    def _values(self, x: ArrayLike) -> tuple[Any, Any]:
        points = np.asarray(x, dtype=np.float64)
        if not np.isfinite(points).all():
            raise InvalidInputError("x", "has NaN or infinite values", "finite")
        spec = self.spec
        cost, shifted = spec.scaled_costs
        z = (points.ravel() - spec.theta) / spec.sd
        values: NDArray[np.float64] = spec.sd * stopping_values_nb(
            z, spec.orders, cost, shifted, *self.solution
        )
        if points.ndim == 0:
            return float(values[0, 0]), float(values[1, 0])
        return values[0].reshape(points.shape), values[1].reshape(points.shape)

    def __repr__(self) -> str:
        entry = "no entry" if self.entry_interval is None else interval(*self.entry_interval, 6)
        return f"StoppingResult(exit_level={short(self.exit_level, 6)}, entry={entry})"

    def _repr_html_(self) -> str:
        entry = "never" if self.entry_interval is None else interval(*self.entry_interval, 6)
        facts = {"buy within": entry, "sell at or above": short(self.exit_level, 6)}
        if self.spec.stop_loss is not None:
            facts["stop-loss"] = short(self.spec.stop_loss, 6)
        return card("Optimal entry and exit", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return one row with the levels; NaN for an entry that does not exist."""
        import pandas as pd

        low, high = self.entry_interval or (math.nan, math.nan)
        row = {"entry_low": low, "entry_high": high, "exit_level": self.exit_level}
        return pd.DataFrame([row])

    def plot(self) -> StaticFigure:
        """Return the values of holding and of waiting, with the levels."""
        from spreadlab.control.figures import stopping_figure

        spec = self.spec
        levels = [self.exit_level, spec.theta]
        if self.entry_interval is not None:
            levels += [level for level in self.entry_interval if math.isfinite(level)]
        if spec.stop_loss is not None:
            levels.append(spec.stop_loss)
        margin = 0.3 * (max(levels) - min(levels)) + 0.2 * spec.sd
        x = np.linspace(min(levels) - margin, max(levels) + margin, 401)
        entry = self.entry_interval
        return stopping_figure(x, self.exit_value(x), self.entry_value(x), self.exit_level, entry)


def optimal_stopping(
    ou: Any,
    *,
    discount: float,
    cost_exit: float,
    cost_entry: float | None = None,
    discount_entry: float | None = None,
    stop_loss: float | None = None,
) -> StoppingResult:
    r"""Return when to buy a spread and when to sell it again, once.

    Parameters
    ----------
    ou : OUParams or OUResult
        The spread: anything with ``kappa``, ``theta`` and ``sigma``.
    discount : float
        Discount rate r > 0 while the position is held.
    cost_exit : float
        Cost c of selling, in units of the spread.
    cost_entry : float, optional
        Cost of buying; by default that of selling.
    discount_entry : float, optional
        Discount rate before buying, in (0, discount]; by default `discount`.
    stop_loss : float, optional
        Level at which a position is sold whatever it costs.

    Returns
    -------
    StoppingResult
        ``exit_level``, ``entry_level``, ``entry_interval`` (None: buying never pays),
        ``exit_value(x)``, ``entry_value(x)``. With a stop-loss, those of that problem.

    Raises
    ------
    InvalidInputError
        If a rate is not positive, the two costs together are not, or the stop-loss is not below
        the exit level.

    Notes
    -----
    .. math:: V(x) = \sup_\tau E_x[e^{-r\tau}(X_\tau - c)], \qquad
              J(x) = \sup_\nu E_x[e^{-\hat r\nu}(V(X_\nu) - X_\nu - \hat c)].

    With the increasing and decreasing eigenfunctions F and G the exit level solves
    :math:`F(b) = (b - c) F'(b)` and the entry level
    :math:`G(d)(V'(d) - 1) = G'(d)(V(d) - d - \hat c)` [1]_. In this cash convention levels do not
    simply shift with theta.

    References
    ----------
    .. [1] Leung, T. and Li, X. (2015). Optimal mean reversion trading with transaction costs and
       stop-loss exit. Int. J. Theor. Appl. Finance 18(3). arXiv:1411.5062.

    Examples
    --------
    >>> import spreadlab as sl
    >>> ou = sl.OUParams(kappa=8.0, theta=0.3, sigma=0.3)
    >>> trip = sl.control.optimal_stopping(ou, discount=0.05, cost_exit=0.02)
    >>> round(trip.exit_level, 9), round(trip.entry_level, 9)
    (0.46683587, 0.115681099)
    """
    kappa, theta, sigma = ou_parameters(ou)
    rate = ensure_float(discount, "discount")
    leave = ensure_float(cost_exit, "cost_exit")
    spec = StoppingSpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        discount=rate,
        discount_entry=rate
        if discount_entry is None
        else ensure_float(discount_entry, "discount_entry"),
        cost_exit=leave,
        cost_entry=leave if cost_entry is None else ensure_float(cost_entry, "cost_entry"),
        stop_loss=None if stop_loss is None else ensure_float(stop_loss, "stop_loss"),
    )
    return solve_here(spec)
