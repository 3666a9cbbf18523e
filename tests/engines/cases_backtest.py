"""Backtest requests for the conformance suite."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.backtest.spec import make_backtest_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Task


def _request(policy: Any, **options: Any) -> tuple[Task[Any], Inputs]:
    rng = np.random.default_rng(11)
    hedge = 4.0 + np.cumsum(rng.normal(0, 0.01, 250))
    spread = np.zeros(250)
    for t in range(1, 250):
        spread[t] = 0.9 * spread[t - 1] + rng.normal(0, 0.01)
    prices = np.exp(np.column_stack([0.7 * hedge + spread, hedge]))
    pair = SimpleNamespace(
        dependent="A", hedge="B", hedge_ratio=0.7, intercept=0.0, transform="log"
    )
    return make_backtest_request(prices, pair=pair, policy=policy, **options)


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "thresholds": lambda: _request(ThresholdRule(-0.02, 0.0, 0.02, None), cost_bps=2.0),
    "zscore": lambda: _request(
        ZScoreRule(20, 1.5, 0.0, stop_z=3.0, cooldown=2), borrow_bps=40.0, compounding=True
    ),
}
