"""What a sweep answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import check_choice, ensure_int
from spreadlab.backtest.frames import write_parquet
from spreadlab.backtest.significance import effective_trials
from spreadlab.display.html import card, table
from spreadlab.display.numbers import percent, short
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Tile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.backtest.overfitting import OverfittingResult
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.backtest.sweep import SweepSpec
    from spreadlab.display.figure import StaticFigure

METRICS = (
    "sharpe",
    "total_return",
    "volatility",
    "max_drawdown",
    "n_trades",
    "hit_rate",
    "exposure",
    "turnover",
)
_TOP = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class SweepResult:
    """The figures of one rule at every point of a grid.

    Figures are arrays of the grid's shape, one axis a parameter in the order of `names`, NaN where
    the parameters make no rule (an exit beyond the entry). They mean what they mean in `Metrics`.

    Attributes
    ----------
    names : tuple of str
        Parameters that vary.
    values : tuple of ndarray
        Their values.
    sharpe, total_return, volatility, max_drawdown, n_trades, hit_rate, exposure, turnover : ndarray
        Figures over the grid.
    mean_correlation : float
        Average correlation of the returns of two points that trade.
    spec : SweepSpec
        The request.
    symbols : tuple of str
        The legs.
    arrays : mapping of str to ndarray
        Prices, opens and times that the backtest of a point is run on.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    names: tuple[str, ...]
    values: tuple[NDArray[np.float64], ...]
    sharpe: NDArray[np.float64]
    total_return: NDArray[np.float64]
    volatility: NDArray[np.float64]
    max_drawdown: NDArray[np.float64]
    n_trades: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    exposure: NDArray[np.float64]
    turnover: NDArray[np.float64]
    mean_correlation: float
    spec: SweepSpec
    symbols: tuple[str, ...]
    arrays: Mapping[str, NDArray[np.float64]]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_points(self) -> int:
        """Points of the grid, allowed or not."""
        return int(self.sharpe.size)

    @property
    def n_trials(self) -> int:
        """Points whose returns vary, so that they have a Sharpe ratio."""
        return int(np.isfinite(self.sharpe).sum())

    @property
    def effective_trials(self) -> float:
        """Independent trials that the correlated points amount to; 0 without any.

        See `spreadlab.backtest.significance.effective_trials`.
        """
        if self.n_trials < 2:
            return float(self.n_trials)
        return effective_trials(self.n_trials, self.mean_correlation)

    def best(self, metric: str = "sharpe") -> dict[str, float]:
        """Return parameters and figures of the point with the largest `metric`.

        Raises
        ------
        InvalidInputError
            If no point has that figure.
        """
        return self._row(self._best(metric))

    def backtest(self, point: int | Mapping[str, float] | None = None) -> BacktestResult:
        """Run one point again and keep its equity curve.

        Parameters
        ----------
        point : int or mapping, optional
            Number of the point in C order, or its parameters; by default the best by Sharpe ratio.
        """
        spec = self.spec
        base = replace(spec.base, rule=spec.rule_at(self._index(point)))
        inputs = Inputs(self.arrays, {"symbols": self.symbols})
        base.check(inputs)
        state = base.start(inputs)
        base.absorb(state, base.run(inputs, Tile(0)))
        return base.finish(inputs, state)

    def overfitting(self, n_blocks: int = 16) -> OverfittingResult:
        """Return the probability that picking the best point is overfitting (CSCV).

        Runs every point that trades again, for its returns.

        Parameters
        ----------
        n_blocks : int
            As in `spreadlab.backtest.overfitting.probability_of_overfitting`.
        """
        from spreadlab.backtest.overfitting import probability_of_overfitting

        points = np.flatnonzero(np.isfinite(self.sharpe.ravel())).tolist()
        if len(points) < 2:
            raise InvalidInputError("grid", f"{len(points)} points trade", "at least two that do")
        returns = np.column_stack([self.backtest(point).returns for point in points])
        return probability_of_overfitting(returns, n_blocks=n_blocks)

    def _index(self, point: int | Mapping[str, float] | None) -> int:
        if point is None:
            return self._best("sharpe")
        if not isinstance(point, int | np.integer):
            places = []
            for name, values in zip(self.names, self.values, strict=True):
                if name not in point or point[name] not in values:
                    got = f"got {dict(point)!r}"
                    raise InvalidInputError("point", got, f"a value of the grid for {name}")
                places.append(int(np.flatnonzero(values == point[name])[0]))
            return int(np.ravel_multi_index(places, self.sharpe.shape))
        return ensure_int(point, "point", low=0, high=self.n_points - 1)

    def _best(self, metric: str) -> int:
        check_choice(metric, "metric", METRICS)
        array = getattr(self, metric).ravel()
        if not np.isfinite(array).any():
            raise InvalidInputError(metric, "no point of the grid has one", "a grid that trades")
        return int(np.nanargmax(array))

    def _row(self, index: int) -> dict[str, float]:
        figures = {name: float(getattr(self, name).ravel()[index]) for name in METRICS}
        return {**self.spec.point(index), **figures}

    def __repr__(self) -> str:
        grid = ", ".join(f"{n}: {v.size}" for n, v in zip(self.names, self.values, strict=True))
        best = short(float(np.nanmax(self.sharpe))) if self.n_trials else "n/a"
        return f"SweepResult({self.n_points:,} points over {{{grid}}}, best sharpe={best})"

    def _repr_html_(self) -> str:
        order = np.argsort(-np.nan_to_num(self.sharpe.ravel(), nan=-math.inf), kind="stable")
        rows = []
        for index in order[: min(_TOP, self.n_trials)].tolist():
            row = self._row(index)
            rows.append(
                (
                    *(short(row[name]) for name in self.names),
                    short(row["sharpe"]),
                    percent(row["total_return"]),
                    percent(row["max_drawdown"]),
                    f"{row['n_trades']:.0f}",
                )
            )
        head = (*self.names, "Sharpe ratio", "total return", "maximum drawdown", "trades")
        facts = {
            "points": short(self.n_points),
            "that trade": short(self.n_trials),
            "independent trials they amount to": short(self.effective_trials),
        }
        title = f"Sweep of {type(self.spec.base.rule).__name__}"
        note = "The best of many points looks better than it is: see the deflated Sharpe ratio."
        below = table(head, rows, text_columns=0)
        return card(title, facts, note=note, below=below)

    def _columns(self) -> dict[str, NDArray[np.float64]]:
        from spreadlab.backtest.sweep import grid_points

        parameters = grid_points(self.values)
        columns = {
            name: np.ascontiguousarray(parameters[:, i]) for i, name in enumerate(self.names)
        }
        return {**columns, **{name: getattr(self, name).ravel() for name in METRICS}}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a point: parameters and figures."""
        import pandas as pd

        return pd.DataFrame(self._columns())

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the columns of `to_frame` as a Parquet file."""
        write_parquet(path, self._columns())

    def plot(
        self, metric: str = "sharpe", x: str | None = None, y: str | None = None
    ) -> StaticFigure:
        """Return a heatmap of `metric` over two parameters, or a line over the only one.

        Other parameters are held at their values in the best point.
        """
        from spreadlab.backtest.sweep_figures import sweep_figure

        best = np.unravel_index(self._best(metric), self.sharpe.shape)
        names = list(self.names)
        for argument, name in (("x", x), ("y", y)):
            if name is not None:
                check_choice(name, argument, names)
        x = x or next(name for name in reversed(names) if name != y)
        y = y or next((name for name in names if name != x), None)
        shown = [names.index(name) for name in (y, x) if name is not None]
        picked: tuple[Any, ...] = tuple(
            slice(None) if i in shown else place for i, place in enumerate(best)
        )
        surface = getattr(self, metric)[picked]
        if len(shown) == 2 and shown[0] > shown[1]:
            surface = surface.T
        held = {n: self.values[i][best[i]] for i, n in enumerate(names) if i not in shown}
        return sweep_figure(
            surface,
            self.values[shown[-1]],
            x,
            self.values[shown[0]] if len(shown) == 2 else None,
            y,
            metric.replace("_", " "),
            ", ".join(f"{name} = {short(float(value))}" for name, value in held.items()),
        )


def build_sweep(
    spec: SweepSpec,
    inputs: Inputs,
    figures: NDArray[np.float64],
    rho: float,
    provenance: Mapping[str, Any],
) -> SweepResult:
    """Return the result for the kernel's table, its per-period figures made annual."""
    year = spec.base.periods_per_year
    scale = {"sharpe": math.sqrt(year), "volatility": math.sqrt(year), "turnover": year}
    arrays = {}
    for i, name in enumerate(METRICS):
        array = np.ascontiguousarray(figures[:, i] * scale.get(name, 1.0)).reshape(spec.shape)
        array.flags.writeable = False
        arrays[name] = array
    return SweepResult(
        names=spec.names,
        values=spec.values,
        mean_correlation=rho,
        spec=spec,
        symbols=inputs.labels["symbols"],
        arrays=inputs.arrays,
        provenance=provenance,
        **arrays,
    )
