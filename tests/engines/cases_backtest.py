"""Backtest requests for the conformance suite."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.kalman_rule import KalmanRule
from spreadlab.backtest.portfolio_spec import make_portfolio_request
from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.backtest.spec import make_backtest_request
from spreadlab.backtest.sweep import make_sweep_request
from spreadlab.backtest.walk_spec import make_walk_forward_request
from spreadlab.data.prices import PricePanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Task


def _pair_prices() -> dict[str, Any]:
    rng = np.random.default_rng(11)
    hedge = 4.0 + np.cumsum(rng.normal(0, 0.01, 250))
    spread = np.zeros(250)
    for t in range(1, 250):
        spread[t] = 0.9 * spread[t - 1] + rng.normal(0, 0.01)
    prices = np.exp(np.column_stack([0.7 * hedge + spread, hedge]))
    pair = SimpleNamespace(
        dependent="A", hedge="B", hedge_ratio=0.7, intercept=0.0, transform="log"
    )
    return {"prices": prices, "pair": pair}


def _request(policy: Any, **options: Any) -> tuple[Task[Any], Inputs]:
    return make_backtest_request(**_pair_prices(), policy=policy, **options)


def _sweep() -> tuple[Task[Any], Inputs]:
    grid = {
        "entry_z": np.linspace(0.5, 2.5, 60),
        "lookback": [10, 20],
        "exit_z": np.arange(50) / 40,
    }
    return make_sweep_request(**_pair_prices(), rule=ZScoreRule(20), grid=grid, cost_bps=1.0)


def _portfolio() -> tuple[Task[Any], Inputs]:
    rng = np.random.default_rng(2)
    logs = 3.0 + np.cumsum(rng.normal(0, 0.02, (150, 3)), axis=0)
    pairs = [
        SimpleNamespace(dependent=y, hedge=x, hedge_ratio=0.7, intercept=0.5, transform="log")
        for y, x in (("A", "B"), ("C", "B"))
    ]
    return make_portfolio_request(
        PricePanel(np.exp(logs), ("A", "B", "C")),
        pairs=pairs,
        policy=ZScoreRule(10, 1.0),
        allocation="risk_parity",
        lookback=20,
        capital=1e6,
        gross=1.0,
        name_cap=0.3,
        cost_bps=2.0,
        slippage_bps=1.0,
        borrow_bps=30.0,
        periods_per_year=252,
        close_at_end=True,
    )


def _walk_forward() -> tuple[Task[Any], Inputs]:
    rng = np.random.default_rng(4)
    walks = 4.0 + np.cumsum(rng.normal(0, 0.01, (330, 4)), axis=0)
    walks[:, 1] = 0.8 * walks[:, 0] + rng.normal(0, 0.01, 330)
    return make_walk_forward_request(
        np.exp(walks),
        formation=120,
        trading=60,
        purge=5,
        select="raw",
        max_pairs=3,
        rule=ZScoreRule(10, 1.0),
        grid={"entry_z": [0.8, 1.2], "max_hold": [5, None]},
        transform="log",
        lags=1,
        direction="both",
        alpha=0.05,
        capital=1e6,
        gross=1.0,
        cost_bps=2.0,
        slippage_bps=1.0,
        borrow_bps=30.0,
        periods_per_year=252,
    )


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "kalman": lambda: _request(KalmanRule(1.0, 0.2, 0.01, stop_z=2.5), slippage_bps=1.0),
    "thresholds": lambda: _request(ThresholdRule(-0.02, 0.0, 0.02, None), cost_bps=2.0),
    "portfolio": _portfolio,
    "sweep": _sweep,
    "walk forward": _walk_forward,
    "zscore": lambda: _request(
        ZScoreRule(20, 1.5, 0.0, stop_z=3.0, cooldown=2), borrow_bps=40.0, compounding=True
    ),
}
