"""Policies under an uncertain estimate: intervals of thresholds, and thresholds that are robust."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import MOST_SEED, ensure_1d, ensure_float, ensure_int
from spreadlab.control.batch import thresholds_over
from spreadlab.control.inline import solve_here_with
from spreadlab.control.kernels_switching import policy_map_nb
from spreadlab.control.robust import gain_rates, robust_levels
from spreadlab.control.thresholds import Thresholds
from spreadlab.display.html import card, table
from spreadlab.display.numbers import interval, percent, short
from spreadlab.errors import InvalidInputError, NotMeanRevertingError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from spreadlab.display.figure import StaticFigure

NAMES = ("enter_long", "exit_long", "enter_short", "exit_short")


def draw_parameters(
    spread: NDArray[np.float64], dt: float, n_draws: int, seed: int
) -> tuple[NDArray[np.float64], float]:
    """Return draws of (kappa, theta, sigma) that a series is consistent with.

    One step of the process is x' = theta + phi (x - theta) + e. The least-squares estimate of phi
    is nearly normal with mean phi - (1 + 3 phi)/n (Kendall 1954) and variance (1 - phi^2)/n.
    Solving that statement for phi at a normal draw gives phi's confidence distribution; given phi,
    the variance of e and theta follow theirs exactly (chi-square and normal).

    Parameters
    ----------
    spread : ndarray, shape (T,)
        The series, every `dt`.
    dt : float
        Time step.
    n_draws, seed : int
        Number of draws and seed.

    Returns
    -------
    draws : ndarray, shape (n_draws, 3)
        kappa, theta and sigma.
    reverting : float
        Share of phi's distribution with 0 < phi < 1; the draws are from that part.

    Raises
    ------
    NotMeanRevertingError
        If that share is below a tenth.
    """
    before, after = spread[:-1], spread[1:]
    n = before.size
    rng = np.random.default_rng(seed)
    centred = before - before.mean()
    found = float(centred @ (after - after.mean()) / (centred @ centred))
    phi = np.empty(0)
    asked = 0
    while phi.size < n_draws:
        z = rng.standard_normal(2 * n_draws)
        # found - phi + (1 + 3 phi)/n = z sqrt((1 - phi^2)/n), a quadratic in phi.
        a, b = found + 1.0 / n, 1.0 - 3.0 / n
        w = z * z / n
        inside = w * (w + b * b - a * a)
        root = np.sqrt(np.maximum(inside, 0.0))
        trial = (a * b - np.sign(z) * root) / (b * b + w)
        trial[inside < 0.0] = 1.0  # no stationary phi explains it
        good = (trial > 0.0) & (trial < 1.0)
        asked += trial.size
        phi = np.append(phi, trial[good])
        if phi.size < 0.1 * asked:
            raise NotMeanRevertingError(
                "ou_result",
                f"only {phi.size / asked:.0%} of the parameters its series is consistent with "
                "revert to a mean",
                "a fit whose mean reversion is beyond doubt",
                "use a longer sample",
            )
    reverting = phi.size / asked
    phi = phi[:n_draws]
    gap = after.mean() - phi * before.mean()
    squares = ((after - after.mean()) ** 2).sum() - 2.0 * phi * (centred @ after)
    squares = squares + phi**2 * (centred @ centred)
    variance = squares / rng.chisquare(n - 1, n_draws)
    theta = (gap + np.sqrt(variance / n) * rng.standard_normal(n_draws)) / (1.0 - phi)
    kappa = -np.log(phi) / dt
    sigma = np.sqrt(variance * 2.0 * kappa / (1.0 - phi**2))
    return np.stack([kappa, theta, sigma], axis=1), reverting


@wire("PolicyDistributionSpec")
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDistributionSpec(SingleTile):
    """Thresholds over the sampling distribution of a fit; see `policy_distribution`."""

    kappa: float
    theta: float
    sigma: float
    dt: float
    discount: float
    cost: float
    risk_penalty: float
    n_draws: int
    level: float
    seed: int

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError if an option is outside its range."""
        ensure_float(self.discount, "discount", low=0.0, low_open=True)
        ensure_float(self.cost, "cost", low=0.0, low_open=True)
        ensure_float(self.risk_penalty, "risk_penalty", low=0.0)
        ensure_float(self.level, "level", low=0.0, high=1.0, low_open=True, high_open=True)
        ensure_int(self.n_draws, "n_draws", low=100, high=1_000_000)
        ensure_int(self.seed, "seed", low=0, high=MOST_SEED)
        if inputs["spread"].size < 20:
            raise InvalidInputError(
                "ou_result", f"{inputs['spread'].size} observations", "at least 20"
            )
        ensure_1d(inputs["spread"], "spread")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Draw, solve every draw, and look for the robust levels."""
        draws, reverting = draw_parameters(view["spread"], self.dt, self.n_draws, self.seed)
        kappa, theta, sigma = draws.T
        # The estimate itself goes in front of the draws.
        many = thresholds_over(
            kappa=np.append(self.kappa, kappa),
            theta=np.append(self.theta, theta),
            sigma=np.append(self.sigma, sigma),
            discount=self.discount,
            cost=self.cost,
            risk_penalty=self.risk_penalty,
        )
        levels = np.stack([getattr(many, name) for name in NAMES], axis=1)
        plug_in = levels[0]
        robust = robust_levels(draws, plug_in, self.cost, self.risk_penalty)
        gains = [
            gain_rates(draws, rule, self.cost, self.risk_penalty).mean()
            for rule in (plug_in, robust)
        ]
        values = {
            "draws": draws,
            "levels": levels[1:],
            "plug_in": plug_in,
            "robust": robust,
            "gains": np.array(gains),
            "reverting": reverting,
        }
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> PolicyDistribution:
        """Return the distribution."""
        found = state[0]
        draws, levels = np.array(found["draws"]), np.array(found["levels"])
        draws.flags.writeable = levels.flags.writeable = False
        return PolicyDistribution(
            draws=draws,
            levels=levels,
            plug_in=Thresholds(*map(float, found["plug_in"])),
            robust=Thresholds(*map(float, found["robust"])),
            plug_in_gain=float(found["gains"][0]),
            robust_gain=float(found["gains"][1]),
            reverting=float(found["reverting"]),
            spec=self,
            provenance=provenance_of(self, inputs),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyDistribution:
    """What an estimate's uncertainty does to the optimal policy.

    Attributes
    ----------
    draws : ndarray, shape (M, 3)
        kappa, theta and sigma that the series is consistent with.
    levels : ndarray, shape (M, 4)
        Their thresholds: enter_long, exit_long, enter_short, exit_short.
    plug_in : Thresholds
        Those of the estimate itself.
    robust : Thresholds
        Those with the largest mean gain over the draws.
    plug_in_gain, robust_gain : float
        Mean long-run gain per unit of time of either over the draws.
    reverting : float
        Share of the parameter's distribution that reverts to a mean at all; the draws are from it.
    spec : PolicyDistributionSpec
        The request.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    draws: NDArray[np.float64]
    levels: NDArray[np.float64]
    plug_in: Thresholds
    robust: Thresholds
    plug_in_gain: float
    robust_gain: float
    reverting: float
    spec: PolicyDistributionSpec
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def interval(self, name: str, level: float | None = None) -> tuple[float, float]:
        """Return the central interval of a threshold.

        Parameters
        ----------
        name : str
            "enter_long", "exit_long", "enter_short" or "exit_short".
        level : float, optional
            Coverage; by default that of the request.
        """
        if name not in NAMES:
            raise InvalidInputError("name", f"got {name!r}", f"one of {', '.join(NAMES)}")
        wanted = self.spec.level if level is None else level
        share = ensure_float(wanted, "level", low=0.0, high=1.0, low_open=True, high_open=True)
        column = self.levels[:, NAMES.index(name)]
        low, high = np.quantile(column, [0.5 - 0.5 * share, 0.5 + 0.5 * share])
        return float(low), float(high)

    def action_probability(self, position: int, x: ArrayLike) -> NDArray[np.float64]:
        """Return the probability that each action is optimal.

        Parameters
        ----------
        position : int
            Current position, -1, 0 or 1.
        x : float or array_like, shape (N,)
            Values of the spread.

        Returns
        -------
        ndarray, shape (N, 3)
            Probabilities that -1, 0 and 1 is the position to hold; rows sum to one.
        """
        if position not in (-1, 0, 1):
            raise InvalidInputError("position", f"got {position!r}", "one of -1, 0, 1")
        points = np.atleast_1d(np.asarray(x, dtype=np.float64))
        if not np.isfinite(points).all():
            raise InvalidInputError("x", "has NaN or infinite values", "finite")
        enter_long, exit_long, enter_short, exit_short = self.levels.T
        switches = np.stack(
            [enter_long, enter_short, exit_long, enter_short, exit_short, enter_long], axis=1
        )
        held = policy_map_nb(points, switches)[int(position) + 1]
        return np.stack([(held == action).mean(axis=0) for action in (-1, 0, 1)], axis=1)

    def __repr__(self) -> str:
        low, high = self.interval("exit_long")
        return (
            f"PolicyDistribution(exit_long={short(self.plug_in.exit_long, 4)} "
            f"{interval(low, high, 4)}, robust={short(self.robust.exit_long, 4)}, "
            f"n_draws={self.spec.n_draws})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "draws": short(self.spec.n_draws),
            "share that reverts to a mean": percent(self.reverting),
            "mean gain per unit of time, estimate's levels": short(self.plug_in_gain, 4),
            "mean gain per unit of time, robust levels": short(self.robust_gain, 4),
        }
        rows = [
            (
                name.replace("_", " "),
                short(getattr(self.plug_in, name), 4),
                interval(*self.interval(name), 4),
                short(getattr(self.robust, name), 4),
            )
            for name in NAMES
        ]
        columns = ("threshold", "estimate", f"{100 * self.spec.level:g} % interval", "robust")
        return card("Policy under uncertainty", facts, below=table(columns, rows))

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per threshold: estimate, interval and robust level."""
        import pandas as pd

        rows = []
        for name in NAMES:
            low, high = self.interval(name)
            estimate, robust = getattr(self.plug_in, name), getattr(self.robust, name)
            rows.append({"estimate": estimate, "low": low, "high": high, "robust": robust})
        return pd.DataFrame(rows, index=pd.Index(NAMES, name="threshold"))

    def plot(self) -> StaticFigure:
        """Return the probability of each action over the spread, by current position."""
        from spreadlab.control.figures import probability_figure

        low, high = np.quantile(self.levels, [0.005, 0.995])
        x = np.linspace(low - 0.3 * (high - low), high + 0.3 * (high - low), 301)
        maps = np.stack([self.action_probability(p, x) for p in (1, 0, -1)])
        return probability_figure(x, maps)


def policy_distribution(
    ou_result: Any,
    *,
    discount: float,
    cost: float,
    risk_penalty: float = 0.0,
    n_draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> PolicyDistribution:
    """Return how the uncertainty of an estimate spreads into the optimal policy.

    Parameters
    ----------
    ou_result : OUResult
        A fit: has ``kappa``, ``theta``, ``sigma``, ``spread`` and ``dt``.
    discount, cost, risk_penalty : float
        As in `spreadlab.solve_hjb`.
    n_draws : int
        Draws from the estimate's distribution.
    level : float
        Coverage of the intervals, in (0, 1).
    seed : int
        Seed of the draws.

    Returns
    -------
    PolicyDistribution
        ``interval(name)``, ``action_probability(position, x)``, ``robust``, ``plot()``.

    Raises
    ------
    InvalidInputError
        If an option is outside its range or the fit has no series.
    NotMeanRevertingError
        If hardly any parameters that the series is consistent with revert to a mean.

    Notes
    -----
    `draw_parameters` states the distribution, `gain_rates` what the robust levels maximise.
    """
    from spreadlab.control.spec import ou_parameters

    kappa, theta, sigma = ou_parameters(ou_result)
    missing = [name for name in ("spread", "dt") if not hasattr(ou_result, name)]
    if missing:
        raise InvalidInputError(
            "ou_result",
            f"got {type(ou_result).__name__} without {', '.join(missing)}",
            "the answer of estimate_ou: parameters alone have no uncertainty",
        )
    spec = PolicyDistributionSpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        dt=ensure_float(ou_result.dt, "ou_result.dt", low=0.0, low_open=True),
        discount=ensure_float(discount, "discount"),
        cost=ensure_float(cost, "cost"),
        risk_penalty=ensure_float(risk_penalty, "risk_penalty"),
        n_draws=ensure_int(n_draws, "n_draws"),
        level=ensure_float(level, "level"),
        seed=ensure_int(seed, "seed"),
    )
    return solve_here_with(spec, Inputs({"spread": np.asarray(ou_result.spread, dtype=np.float64)}))
