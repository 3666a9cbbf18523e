"""What the switching solver answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import check_choice, ensure_float
from spreadlab.control.exact import exact_values
from spreadlab.control.interpolate import cubic_in_space, row_at, switches_at
from spreadlab.control.kernels_switching import policy_map_nb
from spreadlab.control.thresholds import Thresholds, thresholds_from_switches
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from spreadlab.control.spec import SwitchingSpec
    from spreadlab.display.figure import StaticFigure

LEVEL_NAMES = ("enter_long", "exit_long", "enter_short", "exit_short")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PolicyResult:
    """An optimal trading policy and its value.

    Attributes
    ----------
    thresholds : Thresholds
        Levels of the spread at which the position changes; with a deadline, those with the whole
        horizon to go.
    grid : ndarray, shape (M,)
        Values of the spread on which `policy` is tabulated.
    time_to_go : ndarray, shape (N,)
        Times to the deadline of `policy`, ascending from 0; infinity alone without a deadline.
    policy : ndarray of int8, shape (3, N, M)
        Position to hold, by current position (-1, 0, 1), time to go and value of the spread.
    spec : SwitchingSpec
        The request.
    method : str
        How it was solved: ``"exact"`` or ``"grid"``.
    error_estimate : float
        Estimated absolute error of the thresholds, in units of the spread.
    iterations : int
        Newton or policy iterations taken.
    gain : float
        Long-run gain per unit of time of the ergodic objective, NaN for others.
    levels, values : ndarray
        What `value` and `action` are evaluated from. Exact: levels (2, 2) in the solver's own
        units and no values. Grid: levels (N, 6) of single switches and values (3, N, M).
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
    values: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def value(self, position: int, x: ArrayLike, time_to_go: float | None = None) -> Any:
        """Return the value of holding `position` at `x` and trading optimally from there.

        Parameters
        ----------
        position : int
            -1, 0 or 1.
        x : float or array_like
            Values of the spread; inside `grid` where the policy was solved on a grid.
        time_to_go : float, optional
            Time to the deadline, by default the whole horizon. Without a deadline only None and
            infinity are taken.

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
        points, time = self._points(position, x, time_to_go)
        if self.method == "exact":
            values = exact_values(self.spec, self.levels, points.ravel())[position + 1]
        else:
            low, high = self.grid[0], self.grid[-1]
            if points.size and not (points.min() >= low and points.max() <= high):
                raise InvalidInputError(
                    "x", "has values outside the grid", f"in [{low:.6g}, {high:.6g}]"
                )
            rows = self.values[position + 1]
            row = rows[0] if time is None else row_at(time, self.time_to_go, rows)
            values = cubic_in_space(points.ravel(), self.grid, row)
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
            Time to the deadline, by default the whole horizon; 0 closes everything. Without a
            deadline only None and infinity are taken.

        Returns
        -------
        int or ndarray of int8
            -1, 0 or 1.

        Raises
        ------
        InvalidInputError
            If an argument has no answer.
        """
        points, time = self._points(position, x, time_to_go)
        if time is None:
            switches = self.thresholds.switches()
        elif time > 0.0:
            switches = switches_at(time, self.time_to_go, self.levels)
        else:
            switches = np.array([-np.inf, np.inf, -np.inf, np.inf, np.inf, -np.inf])
        held = policy_map_nb(points.ravel(), switches[None, :])[position + 1, 0]
        return int(held[0]) if points.ndim == 0 else held.reshape(points.shape)

    def boundaries(self) -> pd.DataFrame:
        """Return the thresholds by time to the deadline.

        Returns
        -------
        pandas.DataFrame
            Columns time_to_go (ascending, from the first time step), enter_long, exit_long,
            enter_short and exit_short. NaN where the action is never taken: near the deadline,
            where what is left to gain can't pay for two trades, or outside the grid. Without a
            deadline one row, with infinite time to go.
        """
        import pandas as pd

        if self.spec.horizon is None:
            times, rows = self.time_to_go, [self.thresholds]
        else:
            times = self.time_to_go[1:]
            fee = self.spec.fixed_cost > 0.0
            rows = [thresholds_from_switches(row, fee=fee) for row in self.levels[1:]]
        columns = {name: [getattr(row, name) for row in rows] for name in LEVEL_NAMES}
        return pd.DataFrame({"time_to_go": times, **columns})

    def _points(
        self, position: int, x: ArrayLike, time_to_go: float | None
    ) -> tuple[NDArray[np.float64], float | None]:
        if isinstance(position, float | np.integer | np.floating) and position == int(position):
            position = int(position)
        check_choice(position, "position", (-1, 0, 1))
        horizon = self.spec.horizon
        if horizon is None:
            if time_to_go is not None and time_to_go != np.inf:
                raise InvalidInputError(
                    "time_to_go", f"got {time_to_go!r}", "None: this policy has no deadline"
                )
            time = None
        else:
            whole = horizon if time_to_go is None else time_to_go
            time = ensure_float(whole, "time_to_go", low=0.0, high=horizon)
        points = np.asarray(x, dtype=np.float64)
        if not np.isfinite(points).all():
            raise InvalidInputError("x", "has NaN or infinite values", "finite")
        return points, time

    def __repr__(self) -> str:
        levels = ", ".join(
            f"{name}={short(getattr(self.thresholds, name), 6)}" for name in LEVEL_NAMES
        )
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
        if spec.fixed_cost > 0:
            facts["fixed cost per order"] = short(spec.fixed_cost)
        if spec.risk_penalty > 0:
            facts["risk penalty"] = short(spec.risk_penalty)
        if spec.horizon is not None:
            facts["horizon"] = short(spec.horizon)
        if spec.objective == "ergodic":
            facts["gain per unit of time"] = short(self.gain)
        levels = {name: getattr(self.thresholds, name) for name in LEVEL_NAMES}
        if spec.fixed_cost > 0:
            left, right = self.thresholds.switches()[:2]
            levels |= {"first long": float(left), "first short": float(right)}
        rows = [
            (name.replace("_", " "), short(level, 6), short((level - spec.theta) / sd))
            for name, level in levels.items()
        ]
        below = table(("threshold", "spread", "s.d. from the mean"), rows)
        note = ""
        if any(np.isnan(level) for level in levels.values()):
            note = (
                "n/a: with this time to go the action is never taken, or only outside the grid, "
                f"{short(float(self.grid[0]))} to {short(float(self.grid[-1]))}."
            )
        return card("Optimal switching policy", facts, note=note, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per point of `grid`: action and value by current position."""
        import pandas as pd

        names = ("short", "flat", "long")
        columns = {f"action_{name}": self.policy[i, -1] for i, name in enumerate(names)}
        values = {f"value_{name}": self.value(i - 1, self.grid) for i, name in enumerate(names)}
        return pd.DataFrame({**columns, **values}, index=pd.Index(self.grid, name="x"))

    def to_json(self, path: str | PathLike[str]) -> None:
        """Write the policy as a JSON file, from which `from_json` restores it number by number.

        JupyterLab opens a file that ends in ``.policy.json`` by double click.

        Parameters
        ----------
        path : path
            File to write, such as ``"ko-pep.policy.json"``.
        """
        from spreadlab.control.policy_file import write_policy

        write_policy(self, path)

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> PolicyResult:
        """Return the policy in a file that `to_json` wrote.

        Parameters
        ----------
        path : path
            File to read.

        Returns
        -------
        PolicyResult
            Equal to the one written, array by array.

        Raises
        ------
        InvalidInputError
            If the file is missing, of another kind or version, damaged, or was changed by hand.
        """
        from spreadlab.control.policy_file import read_policy

        return read_policy(path)

    def plot(self) -> StaticFigure:
        """Return the action by current position with thresholds, and the value functions."""
        from spreadlab.control.figures import deadline_figure, policy_figure

        theta = float(self.spec.theta)
        switches = self.thresholds.switches()
        known = np.abs(switches[np.isfinite(switches)] - theta)
        sd = self.spec.sigma / np.sqrt(2.0 * self.spec.kappa)
        reach = 1.6 * float(known.max()) if known.size else 3.0 * sd
        low = max(theta - reach, float(self.grid[0]))
        high = min(theta + reach, float(self.grid[-1]))
        x = np.linspace(low, high, 401)
        values = np.stack([self.value(p, x) for p in (-1, 0, 1)])
        if self.spec.horizon is None:
            return policy_figure(switches, x, values, theta)
        return deadline_figure(self.time_to_go, self.levels, x, values)
