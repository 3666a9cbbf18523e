"""One rule at every point of a grid of its parameters."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab.backtest.legs import spread_of
from spreadlab.backtest.rules import LevelRule, locked
from spreadlab.backtest.spec import BPS, BacktestSpec, make_backtest_request
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from spreadlab.backtest.sweep_result import SweepResult

_BARS_PER_TILE = 640_000
_WHOLE = {"lookback": 2, "warmup": 2, "max_hold": 0, "cooldown": 0}  # whole numbers from
_FINITE = ("entry_z", "exit_z", "signal_to_noise", *_WHOLE)
RULES = "sl.ThresholdRule, sl.ZScoreRule or sl.KalmanRule"
MAX_POINTS = 10_000_000


@wire("SweepSpec")
@dataclass(frozen=True, slots=True, eq=False)
class SweepSpec:
    """A backtest at every point of a grid.

    Attributes
    ----------
    base : BacktestSpec
        The backtest, whose rule gives the parameters that the grid leaves out.
    names : tuple of str
        Parameters of the rule that vary.
    values : tuple of ndarray
        Their values; points run in C order, the last name fastest.
    """

    base: BacktestSpec
    names: tuple[str, ...]
    values: tuple[NDArray[np.float64], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return tuple(values.size for values in self.values)

    @property
    def n_points(self) -> int:
        """Points of the grid."""
        return math.prod(self.shape)

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the backtest and at least one point have a meaning."""
        self.base.check(inputs)
        rule = self.base.rule
        if not isinstance(rule, LevelRule):
            raise InvalidInputError("rule", f"got {type(rule).__name__}", RULES)
        check_grid(rule, self.names, self.values, MAX_POINTS)
        if not any(self._table(low, high)[2].any() for low, high in self._chunks(4096)):
            raise InvalidInputError(
                "grid",
                f"no point makes an allowed {type(rule).__name__}",
                "at least one point in the rule's range",
                "see the rule's parameters",
            )

    def start(self, inputs: Inputs) -> dict[str, Any]:  # noqa: ARG002
        """Return room for the figures, and the sums of standardised returns by tile."""
        from spreadlab.backtest.kernels_sweep import N_FIGURES

        return {"figures": np.full((self.n_points, N_FIGURES), np.nan), "sums": {}}

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return runs of consecutive points, each some milliseconds of work."""
        if stage:
            return []
        return [
            Tile(i, weight=float(high - low), args={"low": low, "high": high})
            for i, (low, high) in enumerate(self._chunks(self._width(inputs)))
        ]

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        """Return the number of runs, then 0."""
        return 0 if stage else -(-self.n_points // self._width(inputs))

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Compute the figures of the tile's points."""
        from spreadlab.backtest.kernels_sweep import N_FIGURES, entry_units_nb, sweep_nb

        base, low, high = self.base, int(tile.args["low"]), int(tile.args["high"])
        columns, levels, allowed = self._table(low, high)
        prices = locked(view["prices"])
        fills = locked(view["opens"]) if base.fill == "next_open" else prices
        spread = spread_of(prices, base.weights, base.intercept, base.transform)
        units = entry_units_nb(fills, locked(base.weights), base.transform == "none", base.gross)
        figures = np.full((high - low, N_FIGURES), np.nan)
        total, n_varying = np.zeros(prices.shape[0]), 0
        max_holds, cooldowns = (
            columns.get(name, np.zeros(high - low)).astype(np.int64)
            for name in ("max_hold", "cooldown")
        )
        for rule, rows in _by_signal(base.rule, columns, allowed):
            some = np.empty((rows.size, N_FIGURES))
            n_varying += sweep_nb(
                prices,
                fills,
                locked(units),
                locked(rule.signal(spread)),
                locked(levels[rows]),
                locked(max_holds[rows]),
                locked(cooldowns[rows]),
                base.capital,
                base.cost_bps * BPS,
                base.slippage_bps * BPS,
                base.borrow_bps * BPS / base.periods_per_year,
                base.compounding,
                base.close_at_end,
                some,
                total,
            )
            figures[rows] = some
        values = {"figures": figures, "sum": total, "n_varying": n_varying, "low": low}
        return Partial(tile.id, values)

    def absorb(self, state: dict[str, Any], partial: Partial) -> None:
        """Put the figures where they belong."""
        values = partial.values
        figures, low = values["figures"], values["low"]
        state["figures"][low : low + figures.shape[0]] = figures
        state["sums"][partial.tile_id] = (values["sum"], values["n_varying"])

    def finish(self, inputs: Inputs, state: dict[str, Any]) -> SweepResult:
        """Return the result."""
        from spreadlab.backtest.sweep_result import build_sweep

        sums = [state["sums"][i] for i in sorted(state["sums"])]
        total = np.sum([vector for vector, _ in sums], axis=0)
        rho = mean_correlation(total, sum(n for _, n in sums))
        return build_sweep(self, inputs, state["figures"], rho, provenance_of(self, inputs))

    def point(self, index: int) -> dict[str, float]:
        """Return the parameters of one point, in C order."""
        return grid_point(self.names, self.values, index)

    def rule_at(self, index: int) -> LevelRule:
        """Return the rule of one point; raises InvalidInputError if there is none."""
        return grid_rule(self.base.rule, self.point(index))

    @staticmethod
    def _width(inputs: Inputs) -> int:
        n_obs: int = inputs["prices"].shape[0]
        return max(_BARS_PER_TILE // n_obs, 1)

    def _chunks(self, width: int) -> list[tuple[int, int]]:
        starts = range(0, self.n_points, width)
        return [(low, min(low + width, self.n_points)) for low in starts]

    def _table(
        self, low: int, high: int
    ) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64], NDArray[np.bool_]]:
        """Return the points' parameters as columns, their levels, and which are allowed."""
        points = np.arange(low, high)
        columns = {
            name: np.full(points.size, float(value))
            for name, value in self.base.rule.columns().items()
        }
        places = np.unravel_index(points, self.shape)
        for name, values, place in zip(self.names, self.values, places, strict=True):
            columns[name] = values[place]
        levels, allowed = self.base.rule.level_table(columns)
        return columns, levels, allowed


def _by_signal(
    rule: Any, columns: Mapping[str, NDArray[np.float64]], allowed: NDArray[np.bool_]
) -> Iterator[tuple[Any, NDArray[np.int64]]]:
    """Yield a rule and the allowed points that share its signal, for each signal there is."""
    names = rule.signal_parameters
    if not names:
        yield rule, np.flatnonzero(allowed)
        return
    table = np.column_stack([columns[name] for name in names])
    for values in np.unique(table[allowed], axis=0).tolist():
        parameters = {
            name: int(value) if name in _WHOLE else value
            for name, value in zip(names, values, strict=True)
        }
        yield replace(rule, **parameters), np.flatnonzero(allowed & (table == values).all(axis=1))


def grid_point(
    names: Sequence[str], values: Sequence[NDArray[np.float64]], index: int
) -> dict[str, float]:
    """Return the parameters of one point of a grid, in C order."""
    places = np.unravel_index(index, tuple(axis.size for axis in values))
    chosen = zip(names, values, places, strict=True)
    return {name: int(axis[i]) if name in _WHOLE else float(axis[i]) for name, axis, i in chosen}


def grid_rule(rule: Any, point: Mapping[str, float]) -> LevelRule:
    """Return `rule` with the parameters of a point; raises InvalidInputError if there is none."""
    never = {"stop_z": math.inf, "max_hold": 0}
    parameters: dict[str, Any] = {
        name: None if never.get(name) == value else value for name, value in point.items()
    }
    made: LevelRule = replace(rule, **parameters)
    return made


def mean_correlation(total: NDArray[np.float64], n: int) -> float:
    """Return the average correlation of n series, from the sum of them standardised (ddof 1).

    The variance of the sum is ``n + n (n - 1) rho``. NaN for fewer than two series.
    """
    if n < 2:
        return float("nan")
    variance = float(total @ total) / (total.size - 1)
    return (variance - n) / (n * (n - 1))


def _check_axis(name: str, values: NDArray[np.float64], known: Sequence[str]) -> None:
    argument = f'grid["{name}"]'
    if name not in known:
        raise InvalidInputError(argument, "no parameter of the rule", f"one of {', '.join(known)}")
    if values.ndim != 1 or values.size == 0:
        raise InvalidInputError(argument, f"got shape {values.shape}", "a list of values")
    if np.isnan(values).any():
        raise InvalidInputError(argument, "has NaN", "numbers")
    if np.isinf(values).any() and name in _FINITE:
        raise InvalidInputError(argument, "has an infinite value", "finite numbers")
    if name in _WHOLE:
        low = _WHOLE[name]
        if (values != np.round(values)).any() or (values < low).any():
            raise InvalidInputError(argument, "has other values", f"whole numbers from {low}")


def read_grid(rule: Any, grid: Any) -> tuple[tuple[str, ...], tuple[NDArray[np.float64], ...]]:
    """Return the names and values of a grid of a rule's parameters, or raise."""
    if not isinstance(rule, LevelRule):
        raise InvalidInputError(
            "rule",
            f"got {type(rule).__name__}",
            RULES,
            "other rules are compared by one sl.backtest each",
        )
    if not hasattr(grid, "items") or not grid:
        raise InvalidInputError(
            "grid", f"got {grid!r}"[:80], 'a mapping such as {"entry_z": [1.5, 2.0, 2.5]}'
        )
    axes = {}
    for name, values in grid.items():
        never = {"stop_z": math.inf, "max_hold": 0.0}.get(str(name))
        try:
            listed = [never if value is None else value for value in np.atleast_1d(values).tolist()]
            axes[str(name)] = np.array(listed, dtype=np.float64)
        except (TypeError, ValueError):
            raise InvalidInputError(
                f'grid["{name}"]', f"got {values!r}"[:80], "a list of numbers"
            ) from None
    check_grid(rule, tuple(axes), tuple(axes.values()))
    return tuple(axes), tuple(axes.values())


def check_grid(
    rule: Any,
    names: Sequence[str],
    values: Sequence[NDArray[np.float64]],
    most: float = math.inf,
) -> None:
    """Raise InvalidInputError unless every axis is a parameter with values it could take.

    The axes may make at most `most` points together.
    """
    known = [field.name for field in fields(rule)]
    if len(values) != len(names):
        raise InvalidInputError("grid", f"{len(values)} axes", f"{len(names)}, one a name")
    for name, axis in zip(names, values, strict=True):
        _check_axis(name, axis, known)
    if not names or len(set(names)) != len(names):
        raise InvalidInputError("grid", "names no parameter, or one twice", f"some of {known}")
    points = math.prod(axis.size for axis in values)
    if points > most:
        raise InvalidInputError("grid", f"{points:,} points", f"at most {most:,}")


def make_sweep_request(
    prices: Any, *, pair: Any, rule: Any, grid: Mapping[str, Any], **options: Any
) -> tuple[SweepSpec, Inputs]:
    """Return the request behind `sl.sweep`; `options` are those of `make_backtest_request`."""
    names, values = read_grid(rule, grid)
    base, inputs = make_backtest_request(prices, pair=pair, policy=rule, **options)
    return SweepSpec(base, names, values), inputs


def grid_points(values: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return every combination, one a row, the last parameter fastest."""
    return np.array(list(itertools.product(*(axis.tolist() for axis in values))))
