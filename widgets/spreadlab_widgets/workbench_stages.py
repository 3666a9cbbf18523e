"""The questions of the workbench, each a stage: pair, fit, policy, sweep, backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import spreadlab as sl
from spreadlab_widgets.policy_stages import LIVE_GRID, LIVE_STEPS
from spreadlab_widgets.stages import Stage

if TYPE_CHECKING:
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.backtest.sweep_result import SweepResult
    from spreadlab.control.result import PolicyResult
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.pair_result import PairResult
    from spreadlab.ou.result import OUResult

ENTRY_Z = tuple(float(z) for z in np.round(np.arange(0.5, 3.01, 0.25), 2))
EXIT_Z = tuple(float(z) for z in np.round(np.arange(-0.5, 1.01, 0.25), 2))
_SHORTEST = 20  # bars of a rolling mean, and of prices worth trading out of sample


def in_sample(panel: PricePanel, window: tuple[int, int]) -> PricePanel:
    """Return the bars that everything is decided on."""
    return panel.rows(*window)


def after(panel: PricePanel, window: tuple[int, int]) -> PricePanel | None:
    """Return the bars after the window, None where there are too few to trade."""
    return panel.rows(window[1], panel.n_obs) if panel.n_obs - window[1] >= _SHORTEST else None


def pair(
    in_sample: PricePanel, selected: tuple[str, str], transform: Any, alpha: float
) -> PairResult:
    """Test the chosen pair on the window."""
    legs = in_sample.select(selected).to_frame()
    return sl.test_pair(legs[selected[0]], legs[selected[1]], transform=transform, alpha=alpha)


def fit(pair: PairResult, panel: PricePanel) -> OUResult:
    """Fit the spread."""
    found: OUResult = sl.estimate_ou(pair.spread, dt=1 / panel.periods_per_year)
    return found


def policy(
    pair: PairResult,
    fit: OUResult,
    cost_bps: float,
    slippage_bps: float,
    discount: float,
    risk_penalty: float,
    horizon: float | None,
) -> PolicyResult:
    """Solve for the policy; with a deadline on the grid that follows a slider."""
    cost = sl.spread_cost(pair, cost_bps=cost_bps, slippage_bps=slippage_bps)
    grid: dict[str, Any] = {} if horizon is None else {"n_grid": LIVE_GRID, "n_time": LIVE_STEPS}
    return sl.solve_hjb(
        fit, cost=cost, discount=discount, risk_penalty=risk_penalty, horizon=horizon, **grid
    )


def lookback(fit: OUResult, n_obs: int) -> int:
    """Return the bars of the sweep's rolling mean: two half-lives, within reason."""
    return int(np.clip(np.round(2 * fit.half_life_bars), _SHORTEST, max(n_obs // 4, _SHORTEST)))


def sweep(
    in_sample: PricePanel,
    pair: PairResult,
    fit: OUResult,
    cost_bps: float,
    slippage_bps: float,
    borrow_bps: float,
) -> SweepResult:
    """Backtest rules of a rolling z-score on the window."""
    return sl.sweep(
        in_sample,
        pair=pair,
        rule=sl.ZScoreRule(lookback=lookback(fit, in_sample.n_obs)),
        grid={"entry_z": ENTRY_Z, "exit_z": EXIT_Z},
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        periods_per_year=in_sample.periods_per_year,
        progress=False,
    )


def rule(policy: PolicyResult | None, sweep: SweepResult | None, point: int | None) -> Any:
    """Return what is traded: the policy, or the cell of the sweep that was chosen."""
    if point is None:
        return policy
    return None if sweep is None else sweep.spec.rule_at(point)


def deadline(rule: Any, periods_per_year: float) -> int | None:
    """Return the bars that each trade has under a policy with a deadline."""
    horizon = getattr(getattr(rule, "spec", None), "horizon", None)
    return None if horizon is None else max(round(horizon * periods_per_year), 1)


def backtest(
    prices: PricePanel,
    pair: PairResult,
    rule: Any,
    cost_bps: float,
    slippage_bps: float,
    borrow_bps: float,
) -> BacktestResult:
    """Trade the rule, the pair frozen."""
    return sl.backtest(
        prices,
        pair=pair,
        policy=rule,
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        periods_per_year=prices.periods_per_year,
        deadline=deadline(rule, prices.periods_per_year),
    )


def _inside(in_sample: PricePanel, **given: Any) -> BacktestResult:
    return backtest(in_sample, **given)


def _outside(after: PricePanel, **given: Any) -> BacktestResult:
    return backtest(after, **given)


_COSTS = ("cost_bps", "slippage_bps", "borrow_bps")
# All pairs are scanned beside these, in a thread of its own.
STAGES = (
    Stage("in_sample", in_sample, ("panel", "window")),
    Stage("after", after, ("panel", "window")),
    Stage("pair", pair, ("in_sample", "selected", "transform", "alpha")),
    Stage("fit", fit, ("pair", "panel")),
    Stage(
        "policy",
        policy,
        ("pair", "fit", "cost_bps", "slippage_bps", "discount", "risk_penalty"),
        ("horizon",),
    ),
    Stage("sweep", sweep, ("in_sample", "pair", "fit", *_COSTS)),
    Stage("rule", rule, (), ("policy", "sweep", "point")),
    Stage("inside", _inside, ("in_sample", "pair", "rule", *_COSTS)),
    Stage("outside", _outside, ("after", "pair", "rule", *_COSTS)),
)
SETTINGS = (
    "selected",
    "window",
    "transform",
    "alpha",
    *_COSTS,
    "discount",
    "risk_penalty",
    "horizon",
    "point",
)
