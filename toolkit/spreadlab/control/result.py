"""What the switching solver answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import check_choice
from spreadlab.control.exact import exact_values
from spreadlab.control.thresholds import Thresholds, target_positions
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from spreadlab.control.spec import SwitchingSpec
    from spreadlab.display.figure import StaticFigure

_LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyResult:
    """An optimal trading policy and its value.

    Attributes
    ----------
    thresholds : Thresholds
        Levels of the spread at which the position changes.
    grid : ndarray, shape (M,)
        Values of the spread on which `policy` is tabulated.
    time_to_go : ndarray, shape (N,)
        Times to the deadline of `policy`; infinity alone without a deadline.
    policy : ndarray of int8, shape (3, N, M)
        Position to hold, by current position (-1, 0, 1), time to go and value of the spread.
    spec : SwitchingSpec
        The request.
    method : str
        How it was solved: ``"exact"``.
    error_estimate : float
        Estimated absolute error of the thresholds, in units of the spread.
    iterations : int
        Newton or policy iterations taken.
    gain : float
        Long-run gain per unit of time of the ergodic objective, NaN for others.
    levels : ndarray
        The solution in the solver's own units, from which values are evaluated.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    thresholds: Thresholds
    grid: NDArray[np.float64]
    time_to_go: NDArray[np.float64]
    policy: NDArray[np.int8]
    spec: SwitchingSpec
    method: str
    error_estimate: float
    iterations: int
    gain: float
    levels: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def value(self, position: int, x: ArrayLike, time_to_go: float | None = None) -> Any:
        """Return the value of holding `position` at `x` and trading optimally from there.

        Parameters
        ----------
        position : int
            -1, 0 or 1.
        x : float or array_like
            Values of the spread.
        time_to_go : float, optional
            Time to the deadline; there is none here, so only None and infinity are taken.

        Returns
        -------
        float or ndarray
            In units of the spread and in the accounting of the request. Of the ergodic objective,
            the value relative to being flat at the mean.

        Raises
        ------
        InvalidInputError
            If an argument has no answer.
        """
        points = self._points(position, x, time_to_go)
        values = exact_values(self.spec, self.levels, points.ravel())[position + 1]
        return float(values[0]) if points.ndim == 0 else values.reshape(points.shape)

    def action(self, position: int, x: ArrayLike, time_to_go: float | None = None) -> Any:
        """Return the position to hold at `x`, coming from `position`.

        Parameters
        ----------
        position : int
            -1, 0 or 1.
        x : float or array_like
            Values of the spread.
        time_to_go : float, optional
            Time to the deadline; there is none here, so only None and infinity are taken.

        Returns
        -------
        int or ndarray of int8
            -1, 0 or 1.

        Raises
        ------
        InvalidInputError
            If an argument has no answer.
        """
        points = self._points(position, x, time_to_go)
        held = target_positions(position, points, self.thresholds)
        return int(held) if points.ndim == 0 else held

    def _points(self, position: int, x: ArrayLike, time_to_go: float | None) -> NDArray[np.float64]:
        if isinstance(position, float | np.integer | np.floating) and position == int(position):
            position = int(position)
        check_choice(position, "position", (-1, 0, 1))
        if time_to_go is not None and time_to_go != np.inf:
            raise InvalidInputError(
                "time_to_go", f"got {time_to_go!r}", "None: this policy has no deadline"
            )
        points = np.asarray(x, dtype=np.float64)
        if not np.isfinite(points).all():
            raise InvalidInputError("x", "has NaN or infinite values", "finite")
        return points

    def __repr__(self) -> str:
        levels = ", ".join(f"{name}={short(getattr(self.thresholds, name), 6)}" for name in _LEVELS)
        error = f"{self.error_estimate:.0e}"
        return f"PolicyResult({levels}, method={self.method!r}, error_estimate={error})"

    def _repr_html_(self) -> str:
        spec = self.spec
        sd = spec.sigma / np.sqrt(2.0 * spec.kappa)
        facts = {
            "kappa": short(spec.kappa),
            "theta": short(spec.theta),
            "sigma": short(spec.sigma),
            "discount": short(spec.discount),
            "cost (spread units)": short(spec.cost),
            "method": self.method,
            "error estimate": f"{self.error_estimate:.0e}",
        }
        if spec.risk_penalty > 0:
            facts["risk penalty"] = short(spec.risk_penalty)
        if spec.objective == "ergodic":
            facts["gain per unit of time"] = short(self.gain)
        rows = []
        for name in _LEVELS:
            level = getattr(self.thresholds, name)
            rows.append((name.replace("_", " "), short(level, 6), short((level - spec.theta) / sd)))
        below = table(("threshold", "spread", "s.d. from the mean"), rows)
        return card("Optimal switching policy", facts, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per point of `grid`: action and value by current position."""
        import pandas as pd

        names = ("short", "flat", "long")
        columns = {f"action_{name}": self.policy[i, -1] for i, name in enumerate(names)}
        values = {f"value_{name}": self.value(i - 1, self.grid) for i, name in enumerate(names)}
        return pd.DataFrame({**columns, **values}, index=pd.Index(self.grid, name="x"))

    def plot(self) -> StaticFigure:
        """Return the action by current position with thresholds, beside the value functions."""
        from spreadlab.control.figures import policy_figure

        shown = np.linspace(self.grid[0], self.grid[-1], 401)
        values = np.stack([self.value(p, shown) for p in (-1, 0, 1)])
        return policy_figure(self.thresholds, shown, values, float(self.spec.theta))
