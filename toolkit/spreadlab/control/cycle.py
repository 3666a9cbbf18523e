"""Bertram's trading cycle: largest return or Sharpe ratio per unit of time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float
from spreadlab.control.inline import solve_here
from spreadlab.control.kernels_cycle import best_sharpe_nb, passage_nb
from spreadlab.control.kernels_layer import layer_thresholds_nb
from spreadlab.control.ranges import ensure_process
from spreadlab.control.spec import ou_parameters
from spreadlab.display.html import card
from spreadlab.display.numbers import short
from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from spreadlab.display.figure import StaticFigure

# A cycle that spans 2 x 25 standard deviations takes 1e136 mean reversion times, and its variance
# is about to leave the range of floats.
_MOST_SD = 25.0


@wire("BertramSpec")
@dataclass(frozen=True, slots=True, kw_only=True)
class BertramSpec(SingleTile):
    """A symmetric trading cycle; see `bertram`."""

    kappa: float
    theta: float
    sigma: float
    cost: float
    objective: str = "return"
    rate_per_cycle: float | None = None

    def check(self, inputs: Inputs) -> None:  # noqa: ARG002 - the request is the whole input
        """Raise InvalidInputError where no best cycle exists."""
        ensure_process(self.kappa, self.theta, self.sigma)
        check_choice(self.objective, "objective", ("return", "sharpe"))
        if ensure_float(self.cost, "cost") <= 0.0:
            raise InvalidInputError(
                "cost",
                f"got {self.cost!r}: without a cost the best cycle has no width",
                "> 0",
                "give the cost of a whole cycle, two round-trip legs, in units of the spread",
            )
        if self.objective == "sharpe" and (
            self.rate_per_cycle is None or ensure_float(self.rate_per_cycle, "rate_per_cycle") <= 0
        ):
            raise InvalidInputError(
                "rate_per_cycle",
                f"got {self.rate_per_cycle!r}: at 0 or below, the Sharpe ratio only grows as the "
                "cycle shrinks to its cost, towards sqrt(kappa / (2 log 2))",
                '> 0 with objective="sharpe"',
                "give the cash charged per cycle, in units of the spread",
            )
        if self.rate_per_cycle is not None:
            ensure_float(self.rate_per_cycle, "rate_per_cycle")
        if 0.5 * (self.cost + (self.rate_per_cycle or 0.0)) > _MOST_SD * self.sd:
            raise self._too_wide()

    def _too_wide(self) -> InvalidInputError:
        return InvalidInputError(
            "cost",
            f"got {self.cost!r}, {self.cost / self.sd:.3g} stationary standard deviations",
            f"so small that the cycle stays within {_MOST_SD:g} standard deviations of the mean",
            "a wider one is not completed in any life time",
        )

    @property
    def sd(self) -> float:
        """Stationary standard deviation."""
        return self.sigma / math.sqrt(2.0 * self.kappa)

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002 - see check
        """Solve for the half width of the cycle, in standard deviations."""
        cost, rate = self.cost / self.sd, (self.rate_per_cycle or 0.0) / self.sd
        if self.objective == "return":
            _, half, _, iterations = layer_thresholds_nb(1.0, 0.0, 0.5 * cost)
            if iterations < 0:
                raise ConvergenceError(f"no best cycle found for {self!r}")
        else:
            half = best_sharpe_nb(cost, rate, _MOST_SD)
        if not half <= _MOST_SD:
            raise self._too_wide()
        mean, variance, _, _ = passage_nb(half)
        values = {"half": half, "mean": 2.0 * mean, "variance": 2.0 * variance}
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> BertramResult:
        """Return the cycle in units of spread and time."""
        half = self.sd * float(state[0]["half"])
        mean = float(state[0]["mean"]) / self.kappa
        variance = float(state[0]["variance"]) / self.kappa**2
        net = 2.0 * half - self.cost
        rate = self.rate_per_cycle or 0.0
        return BertramResult(
            enter=self.theta - half,
            exit=self.theta + half,
            mean_cycle=mean,
            var_cycle=variance,
            return_rate=net / mean,
            # (mu - rate/E) / sqrt(r^2 V/E^3) with mu = r/E
            sharpe=(1.0 - rate / net) * math.sqrt(mean / variance),
            spec=self,
            provenance=provenance_of(self, inputs),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class BertramResult:
    """The best cycle: buy at `enter`, sell at `exit`, wait for `enter` again.

    Attributes
    ----------
    enter, exit : float
        Levels, symmetric about theta.
    mean_cycle, var_cycle : float
        Mean and variance of the duration of a whole cycle.
    return_rate : float
        Net gain per unit of time, (exit - enter - cost) / mean_cycle.
    sharpe : float
        Return rate less `rate_per_cycle` per mean cycle, over the standard deviation per unit of
        time of the renewal process.
    spec : BertramSpec
        The request.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    enter: float
    exit: float
    mean_cycle: float
    var_cycle: float
    return_rate: float
    sharpe: float
    spec: BertramSpec
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"BertramResult(enter={short(self.enter, 6)}, exit={short(self.exit, 6)}, "
            f"mean_cycle={short(self.mean_cycle, 6)}, return_rate={short(self.return_rate, 6)})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "buy at": short(self.enter, 6),
            "sell at": short(self.exit, 6),
            "mean cycle": short(self.mean_cycle),
            "s.d. of a cycle": short(math.sqrt(self.var_cycle)),
            "return per unit of time": short(self.return_rate),
            "Sharpe ratio": short(self.sharpe),
        }
        return card("Best trading cycle", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return one row with all numbers."""
        import pandas as pd

        names = ("enter", "exit", "mean_cycle", "var_cycle", "return_rate", "sharpe")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def plot(self) -> StaticFigure:
        """Return return rate and Sharpe ratio against the half width of the cycle."""
        from spreadlab.control.figures import cycle_figure

        spec = self.spec
        best = 0.5 * (self.exit - self.enter)
        rate = spec.rate_per_cycle or 0.0
        least = 0.5 * (spec.cost + max(rate, 0.0))
        half = np.linspace(least + 0.02 * (best - least), best + 2.0 * (best - least), 200)
        half = half[half <= _MOST_SD * spec.sd]
        moments = np.array([passage_nb(float(h / spec.sd))[:2] for h in half])
        mean, variance = 2.0 * moments[:, 0] / spec.kappa, 2.0 * moments[:, 1] / spec.kappa**2
        net = 2.0 * half - spec.cost
        sharpe = (1.0 - rate / net) * np.sqrt(mean / variance)
        return cycle_figure(half, net / mean, sharpe, best)


def bertram(
    ou: Any, *, cost: float, objective: str = "return", rate_per_cycle: float | None = None
) -> BertramResult:
    r"""Return the trading cycle with the largest return, or Sharpe ratio, per unit of time.

    Parameters
    ----------
    ou : OUParams or OUResult
        The spread: anything with ``kappa``, ``theta`` and ``sigma``.
    cost : float
        Cost c > 0 of a whole cycle, in units of the spread.
    objective : {"return", "sharpe"}
        What to maximise.
    rate_per_cycle : float, optional
        Cash charged per cycle, in units of the spread; needed, and > 0, for ``"sharpe"``.

    Returns
    -------
    BertramResult
        ``enter``, ``exit``, ``mean_cycle``, ``var_cycle``, ``return_rate``, ``sharpe``.

    Raises
    ------
    InvalidInputError
        If no best cycle exists, or it would be wider than 50 standard deviations.

    Notes
    -----
    Buying at a and selling at m = 2 theta - a is a renewal process with net gain r = m - a - c per
    cycle: return :math:`r / E[T]` and variance :math:`r^2 Var[T] / E[T]^3` per unit of time, with

    .. math:: E[T] = \frac{\pi}{\kappa} \Big[ \mathrm{erfi}\frac{(m-\theta)\sqrt\kappa}{\sigma}
              - \mathrm{erfi}\frac{(a-\theta)\sqrt\kappa}{\sigma} \Big].

    References
    ----------
    .. [1] Bertram, W. K. (2010). Analytic solutions for optimal statistical arbitrage trading.
       Physica A 389, 2234-2243.

    Examples
    --------
    >>> import spreadlab as sl
    >>> ou = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
    >>> cycle = sl.control.bertram(ou, cost=0.002)
    >>> round(cycle.exit, 9), round(cycle.return_rate, 9)
    (0.027346955, 0.092390318)
    """
    kappa, theta, sigma = ou_parameters(ou)
    rate = None if rate_per_cycle is None else ensure_float(rate_per_cycle, "rate_per_cycle")
    spec = BertramSpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        cost=ensure_float(cost, "cost"),
        objective=objective,
        rate_per_cycle=rate,
    )
    return solve_here(spec)
