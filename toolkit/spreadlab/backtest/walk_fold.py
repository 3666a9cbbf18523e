"""One fold of a walk-forward: everything that is decided comes from its formation window."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.carried import InstalledRule, ObjectRule
from spreadlab.backtest.legs import spread_of
from spreadlab.backtest.metrics import sharpe_of
from spreadlab.backtest.rules import LevelRule, ThresholdRule
from spreadlab.backtest.spec import BacktestSpec
from spreadlab.backtest.user_rules import History, as_rule
from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.task import Inputs, Tile, poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.backtest.result import BacktestResult
    from spreadlab.backtest.walk_spec import WalkForwardSpec
    from spreadlab.discovery.result import PairRow

MULTIPLES = (0.0, 1.0, 2.0)  # of every cost
_ADJUSTED = {"bh": "pvalue_bh", "by": "pvalue_by", "raw": "pvalue"}
PAIR_COLUMNS = (
    "dependent",
    "hedge",
    "hedge_ratio",
    "intercept",
    "pvalue",
    "pvalue_selected",
    "half_life",
    "enter_long",
    "exit_long",
    "enter_short",
    "exit_short",
    "in_sample_sharpe",
    "out_of_sample_sharpe",
    "pnl",
    "n_trades",
)


def run_here(task: Any, inputs: Inputs) -> Any:
    """Run a task inside this tile, ready to stop between its tiles."""
    task.check(inputs)
    state = task.start(inputs)
    for stage in itertools.count():
        tiles = task.plan(inputs, state, stage)
        if not tiles:
            return task.finish(inputs, state)
        for tile in tiles:
            poll_cancel()
            task.absorb(state, task.run(inputs.view(tile), tile))
    raise AssertionError  # pragma: no cover - the count never ends


def run_fold(spec: WalkForwardSpec, view: Inputs) -> dict[str, Any]:
    """Return the fold's figures as plain arrays.

    Parameters
    ----------
    spec : WalkForwardSpec
        The request.
    view : Inputs
        The rows of formation, purge and trading, and no others.
    """
    symbols = view.labels["symbols"]
    formation = _rows(view, slice(None, spec.formation))
    trading = _rows(view, slice(spec.formation + spec.purge, None))
    scan, chosen = _select(spec, formation)
    grid_pnl, best, setting = _try_grid(spec, formation, trading, chosen)
    fitted = [
        (row, rule) for row in chosen if (rule := best or _fit(spec, formation, row)) is not None
    ]
    n_traded = trading["prices"].shape[0]
    pnl = np.zeros((len(MULTIPLES), n_traded))
    in_sample = np.zeros(spec.formation)
    table = np.zeros((len(fitted), len(PAIR_COLUMNS)))
    by_pair = np.zeros((len(fitted), n_traded))
    for i, (row, rule) in enumerate(fitted):
        poll_cancel()
        base = _base(spec, row, rule, gross=spec.gross / len(fitted))
        legs = [symbols.index(row.dependent), symbols.index(row.hedge)]
        seen, ahead = _legs(formation, legs), _legs(trading, legs)
        before = _trade(_decided(base, seen), seen)
        chosen_ahead = _decided(base, ahead)
        for k, multiple in enumerate(MULTIPLES):
            after = _trade(_with_costs(chosen_ahead, multiple), ahead)
            pnl[k] += np.diff(after.equity, prepend=spec.capital)
            if multiple == 1.0:
                by_pair[i] = np.diff(after.equity, prepend=spec.capital)
                table[i] = _describe(spec, row, legs, rule, before, after)
        in_sample += np.diff(before.equity, prepend=spec.capital)
    return {
        "pnl": pnl,
        "in_sample_sharpe": sharpe_of(in_sample / spec.capital, spec.periods_per_year),
        "pairs": table,
        "pair_pnl": by_pair,
        "grid_pnl": grid_pnl,
        "setting": setting,
        "n_tests": scan.n_tests,
        "n_raw": int(np.count_nonzero(scan.pvalue <= spec.alpha)),
        "n_selected": len(chosen),
        "n_not_reverting": len(chosen) - len(fitted),
    }


def _select(spec: WalkForwardSpec, formation: Inputs) -> tuple[Any, list[PairRow]]:
    from spreadlab.discovery.scan_spec import PairScanSpec

    task = PairScanSpec(spec.transform, spec.lags, spec.direction, spec.alpha, dfa=0)
    scan = run_here(task, formation)
    name = _ADJUSTED[spec.select]
    rows = [row for row in scan.top(scan.n_kept) if getattr(row, name) <= spec.alpha]
    return scan, rows[: spec.max_pairs]


def _fit(spec: WalkForwardSpec, formation: Inputs, row: PairRow) -> LevelRule | Any | None:
    """Return the rule for a selected pair, None if its spread does not revert."""
    if isinstance(spec.rule, LevelRule | InstalledRule | ObjectRule):
        return spec.rule
    from spreadlab.control.costs import cost_in_spread_units
    from spreadlab.control.spec import make_switching_request
    from spreadlab.ou.spec import make_estimate_ou_request

    symbols = formation.labels["symbols"]
    legs = [symbols.index(row.dependent), symbols.index(row.hedge)]
    prices = formation["prices"][:, legs]
    values = np.log(prices) if spec.transform == "log" else prices
    spread = values[:, 0] - row.hedge_ratio * values[:, 1] - row.intercept
    try:
        ou = run_here(*make_estimate_ou_request(spread, 1.0 / spec.periods_per_year))
        cost = cost_in_spread_units(row, spec.cost_bps, spec.slippage_bps, prices=prices)
        policy = run_here(
            *make_switching_request(
                ou, discount=spec.rule.discount, cost=cost, risk_penalty=spec.rule.risk_penalty
            )
        )
    except (InvalidInputError, ConvergenceError):
        return None
    return as_rule(policy, None, periods_per_year=spec.periods_per_year)  # type: ignore[arg-type]


def _try_grid(
    spec: WalkForwardSpec, formation: Inputs, trading: Inputs, rows: list[PairRow]
) -> tuple[NDArray[np.float64], LevelRule | None, int]:
    """Trade every rule of the grid on the selected pairs.

    Returns
    -------
    ndarray, shape (G, trading)
        Profit of each rule at each bar of the trading window.
    LevelRule or None
        The rule with the best Sharpe ratio in the formation window; None without a grid.
    int
        Its number, -1 without a grid or without a ratio.
    """
    rules = spec.rules()
    after = np.zeros((len(rules), trading["prices"].shape[0]))
    before = np.zeros((len(rules), spec.formation))
    for k, rule in enumerate(rules):
        for row in rows:
            poll_cancel()
            base = _base(spec, row, rule, gross=spec.gross / len(rows))
            legs = [formation.labels["symbols"].index(name) for name in (row.dependent, row.hedge)]
            for out, rows_of in ((before, formation), (after, trading)):
                equity = _trade(base, _legs(rows_of, legs)).equity
                out[k] += np.diff(equity, prepend=spec.capital)
    ratios = np.array([sharpe_of(row, spec.periods_per_year) for row in before])
    if not rules:
        return after, None, -1
    if not np.isfinite(ratios).any():
        return after, rules[0], -1
    best = int(np.nanargmax(ratios))
    return after, rules[best], best


def _base(spec: WalkForwardSpec, row: PairRow, rule: Any, *, gross: float) -> BacktestSpec:
    return BacktestSpec(
        rule=rule,
        weights=np.array([[1.0, -row.hedge_ratio]]),
        intercept=np.array([row.intercept]),
        transform=spec.transform,
        capital=spec.capital,
        gross=gross,
        cost_bps=spec.cost_bps,
        slippage_bps=spec.slippage_bps,
        borrow_bps=spec.borrow_bps,
        periods_per_year=spec.periods_per_year,
    )


def _with_costs(base: BacktestSpec, multiple: float) -> BacktestSpec:
    costs = {
        name: getattr(base, name) * multiple for name in ("cost_bps", "slippage_bps", "borrow_bps")
    }
    return replace(base, **costs)


def _rows(view: Inputs, rows: slice) -> Inputs:
    arrays = {name: array[rows] for name, array in view.arrays.items()}
    return Inputs(arrays, {"symbols": view.labels["symbols"]})


def _legs(rows: Inputs, legs: list[int]) -> Inputs:
    prices = np.ascontiguousarray(rows["prices"][:, legs])
    symbols = tuple(rows.labels["symbols"][leg] for leg in legs)
    return Inputs({**rows.arrays, "prices": prices}, {"symbols": symbols})


def _decided(task: BacktestSpec, inputs: Inputs) -> BacktestSpec:
    """Return the task with what a user's rule decides on these rows, if it has one."""
    if not isinstance(task.rule, InstalledRule | ObjectRule):
        return task
    prices = inputs["prices"].copy()
    spread = spread_of(prices, task.weights, task.intercept, task.transform)
    for array in (prices, spread):
        array.flags.writeable = False
    history = History(prices, spread, inputs.labels["symbols"], inputs.arrays.get("times"))
    rule = as_rule(task.rule.make(), history, periods_per_year=task.periods_per_year)
    return replace(task, rule=rule)


def _trade(task: BacktestSpec, inputs: Inputs) -> BacktestResult:
    state = task.start(inputs)
    task.absorb(state, task.run(inputs, Tile(0)))
    return task.finish(inputs, state)


def _describe(
    spec: WalkForwardSpec,
    row: PairRow,
    legs: list[int],
    rule: Any,
    before: BacktestResult,
    after: BacktestResult,
) -> list[float]:
    levels = [math.nan] * 4
    if isinstance(rule, ThresholdRule):
        levels = [rule.enter_long, rule.exit_long, rule.enter_short, rule.exit_short]
    return [
        *legs,
        row.hedge_ratio,
        row.intercept,
        row.pvalue,
        getattr(row, _ADJUSTED[spec.select]),
        row.half_life,
        *levels,
        before.sharpe,
        after.sharpe,
        float(after.equity[-1]) - spec.capital,
        after.metrics.n_trades,
    ]
