"""Ornstein-Uhlenbeck requests for the conformance suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.ou.batch import make_estimate_ou_batch_request
from spreadlab.ou.hedges import make_hedge_series_request
from spreadlab.ou.jumps import make_estimate_jump_ou_request
from spreadlab.ou.mean_reversion import make_test_mean_reversion_request
from spreadlab.ou.params import OUParams
from spreadlab.ou.regimes import make_estimate_regime_ou_request
from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request
from spreadlab.ou.stress import simulate_jump_ou, simulate_regime_ou

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Task


def _spread() -> Any:
    return simulate_ou(12.0, 0.3, 0.25, 1 / 252, 300, seed=3)


def _times() -> Any:
    return np.cumsum(1.0 + np.arange(300) % 3) / 504


def _regimes() -> Any:
    pair = (OUParams(kappa=30.0, theta=0.0, sigma=0.1), OUParams(kappa=60.0, theta=0.1, sigma=0.4))
    return simulate_regime_ou(pair, (0.97, 0.95), 1 / 252, 400, seed=1).values


def _jumps() -> Any:
    return simulate_jump_ou(
        10.0, 0.1, 0.2, 1 / 252, 400, jump_rate=10.0, jump_sd=0.2, seed=1
    ).values


def _legs() -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    x = 3.0 + np.cumsum(0.02 * rng.normal(size=200))
    return np.exp(0.5 + 0.8 * x + 0.05 * rng.normal(size=200)), np.exp(x)


def _table() -> Any:
    # Long enough for several tiles.
    return simulate_ou(12.0, 0.3, 0.25, 1 / 252, 500_000, 9, seed=3)


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "fit": lambda: make_estimate_ou_request(_spread()),
    "jackknife": lambda: make_estimate_ou_request(_spread(), method="jackknife"),
    "irregular fit": lambda: make_estimate_ou_request(_spread(), times=_times()),
    "two regimes": lambda: make_estimate_regime_ou_request(_regimes()),
    "jumps": lambda: make_estimate_jump_ou_request(_jumps()),
    "kalman hedge": lambda: make_hedge_series_request(*_legs(), window=80),
    "orthogonal hedge": lambda: make_hedge_series_request(
        *_legs(), method="total-least-squares", window=80, transform="none"
    ),
    "batch": lambda: make_estimate_ou_batch_request(_table(), 1 / 252),
    "mean reversion": lambda: make_test_mean_reversion_request(_spread()),
}
