"""The request for a walk-forward: form on one window, trade the next, never look back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.backtest.carried import InstalledRule, ObjectRule, carried
from spreadlab.backtest.rules import LevelRule
from spreadlab.backtest.spec import BPS, check_money
from spreadlab.backtest.sweep import RULES, check_grid, grid_point, grid_rule, read_grid
from spreadlab.backtest.user_rules import rule_name
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from spreadlab.backtest.walk_result import WalkForwardResult

SELECTIONS = ("bh", "by", "raw")
_MIN_FORMATION = 60
_MOST_RULES = 100_000  # each is an object, made again in every fold


@wire("OptimalRule")
@dataclass(frozen=True, slots=True)
class OptimalRule:
    """Fit an Ornstein-Uhlenbeck process to each selected spread and trade its optimal policy.

    Parameters
    ----------
    discount : float
        Discount rate a year of `sl.solve_hjb`, positive.
    risk_penalty : float
        Running charge a year on a position.

    Notes
    -----
    The cost that the policy allows for is `sl.spread_cost` of the walk-forward's own `cost_bps`
    and `slippage_bps`, which must not both be 0. A spread that does not revert in its formation
    window is not traded.
    """

    discount: float = 0.05
    risk_penalty: float = 0.0

    def __post_init__(self) -> None:
        discount = ensure_float(self.discount, "discount", low=0, low_open=True)
        object.__setattr__(self, "discount", discount)
        penalty = ensure_float(self.risk_penalty, "risk_penalty", low=0)
        object.__setattr__(self, "risk_penalty", penalty)


@wire("WalkForwardSpec")
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkForwardSpec:
    """Folds of formation and trading over one panel; see `sl.walk_forward`."""

    formation: int = 504
    trading: int = 126
    step: int = 126
    purge: int = 0
    select: str = "bh"
    max_pairs: int = 10
    rule: Any = OptimalRule()
    grid_names: tuple[str, ...] = ()
    grid_values: tuple[NDArray[np.float64], ...] = ()
    transform: str = "log"
    lags: str | int = "aic"
    direction: str = "both"
    alpha: float = 0.05
    capital: float = 1_000_000.0
    gross: float = 1.0
    cost_bps: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps: float = 0.0
    periods_per_year: float = 252.0

    def rules(self) -> list[LevelRule]:
        """Return the rules of the grid's points that make one, in C order; none without a grid."""
        if not self.grid_names:
            return []
        made = []
        for index in range(math.prod(values.size for values in self.grid_values)):
            try:
                point = grid_point(self.grid_names, self.grid_values, index)
                made.append(grid_rule(self.rule, point))
            except InvalidInputError:  # an exit beyond the entry is no rule, not a mistake
                continue
        return made

    def folds(self, n_obs: int) -> list[tuple[int, int, int]]:
        """Return (start of formation, start of trading, end of trading) of each fold."""
        whole = self.formation + self.purge + self.trading
        return [
            (low, low + self.formation + self.purge, low + whole)
            for low in range(0, n_obs - whole + 1, self.step)
        ]

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless every option has a meaning and one fold fits."""
        _check_options(self)
        prices = inputs.matrix("prices")
        if prices.shape[1] < 2:
            raise InvalidInputError("prices", f"got shape {prices.shape}", "at least 2 symbols")
        inputs.column_labels("symbols", "prices")
        if not (np.isfinite(prices).all() and (prices > 0).all()):
            raise InvalidInputError("prices", "not positive throughout", "positive")
        needed = self.formation + self.purge + self.trading
        if prices.shape[0] < needed:
            raise InvalidInputError(
                "prices",
                f"{prices.shape[0]} observations",
                f"at least {needed}: formation, purge and one trading window",
            )

    def start(self, inputs: Inputs) -> dict[int, Mapping[str, Any]]:  # noqa: ARG002
        """Return an empty map from fold to answer."""
        return {}

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return one tile a fold: a fold sees its own rows and no others."""
        if stage:
            return []
        folds = self.folds(inputs["prices"].shape[0])
        return [
            Tile(i, rows=(low, high), args={"fold": i}) for i, (low, _, high) in enumerate(folds)
        ]

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        """Return the number of folds, then 0."""
        whole = self.formation + self.purge + self.trading
        return 0 if stage else max((inputs["prices"].shape[0] - whole) // self.step + 1, 0)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Scan, select, fit and trade one fold."""
        from spreadlab.backtest.walk_fold import run_fold

        return Partial(tile.id, run_fold(self, view))

    def absorb(self, state: dict[int, Mapping[str, Any]], partial: Partial) -> None:
        """Keep the answer of one fold."""
        state[partial.tile_id] = partial.values

    def finish(self, inputs: Inputs, state: dict[int, Mapping[str, Any]]) -> WalkForwardResult:
        """Return the folds stitched together."""
        from spreadlab.backtest.walk_result import build_walk

        answers = [state[i] for i in sorted(state)]
        return build_walk(self, inputs, answers, provenance_of(self, inputs))


def _check_options(spec: WalkForwardSpec) -> None:
    ensure_int(spec.formation, "formation", low=_MIN_FORMATION)
    ensure_int(spec.trading, "trading", low=2)
    ensure_int(spec.purge, "purge", low=0)
    ensure_int(spec.max_pairs, "max_pairs", low=1)
    if spec.step < spec.trading:
        raise InvalidInputError(
            "step",
            f"got {spec.step}",
            f"at least trading, {spec.trading}: windows must not overlap",
        )
    check_choice(spec.select, "select", SELECTIONS)
    check_choice(spec.transform, "transform", ("log", "none"))
    check_choice(spec.direction, "direction", ("both", "forward"))
    ensure_float(spec.alpha, "alpha", low=0, high=1, low_open=True, high_open=True)
    check_money(spec)
    for name in ("cost_bps", "slippage_bps"):
        ensure_float(getattr(spec, name), name, low=0, high=0.5 / BPS, high_open=True)
    if isinstance(spec.rule, InstalledRule | ObjectRule):
        spec.rule.make()
    elif not isinstance(spec.rule, LevelRule | OptimalRule):
        raise InvalidInputError(
            "rule",
            f"got {type(spec.rule).__name__}",
            f"sl.OptimalRule, {RULES}, or a rule of your own (an object or an installed name)",
        )
    if spec.grid_names:
        if not isinstance(spec.rule, LevelRule):
            raise InvalidInputError(
                "grid", f"given with {rule_name(spec.rule)}", "None, or a rule of levels"
            )
        check_grid(spec.rule, spec.grid_names, spec.grid_values, _MOST_RULES)
        if not spec.rules():
            raise InvalidInputError("grid", "no point makes a rule", "a point in the rule's range")
    if isinstance(spec.rule, OptimalRule) and not spec.cost_bps + spec.slippage_bps > 0:
        raise InvalidInputError(
            "cost_bps",
            "0, and slippage_bps too",
            "a cost",
            "an optimal policy without costs never rests",
        )


def make_walk_forward_request(
    prices: Any, *, step: int | None = None, rule: Any = None, grid: Any = None, **options: Any
) -> tuple[WalkForwardSpec, Inputs]:
    """Return the request behind `sl.walk_forward`."""
    from spreadlab.data.panel import ensure_panel
    from spreadlab.discovery.scan_spec import make_scan_request

    for name in ("formation", "trading", "purge", "max_pairs"):
        options[name] = ensure_int(options[name], name, low=0)
    for name in ("alpha", "capital", "gross", "cost_bps", "slippage_bps", "borrow_bps"):
        options[name] = ensure_float(options[name], name)
    options["periods_per_year"] = ensure_float(options["periods_per_year"], "periods_per_year")
    if grid is not None:
        options["grid_names"], options["grid_values"] = read_grid(rule, grid)
    spec = WalkForwardSpec(
        step=options["trading"] if step is None else ensure_int(step, "step", low=1),
        rule=OptimalRule() if rule is None else carried(rule),
        **options,
    )
    _check_options(spec)
    panel = ensure_panel(
        prices,
        transform=spec.transform,  # type: ignore[arg-type]
        constant="allow",
        min_obs=3,
        min_symbols=2,
    )
    if panel.n_obs >= spec.formation:  # what the scan would refuse is refused before any work
        make_scan_request(
            panel.prices[: spec.formation],
            transform=spec.transform,
            lags=spec.lags,
            alpha=spec.alpha,
        )
    arrays = {"prices": np.ascontiguousarray(panel.prices)}
    if panel.timestamps is not None:
        arrays["times"] = np.asarray(panel.timestamps * 1e-9, dtype=np.float64)
    return spec, Inputs(arrays, {"symbols": panel.symbols})
