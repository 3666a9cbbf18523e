"""Ornstein-Uhlenbeck requests for the conformance suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.ou.mean_reversion import make_test_mean_reversion_request
from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Task


def _spread() -> Any:
    return simulate_ou(12.0, 0.3, 0.25, 1 / 252, 300, seed=3)


def _times() -> Any:
    return np.cumsum(1.0 + np.arange(300) % 3) / 504


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "fit": lambda: make_estimate_ou_request(_spread()),
    "jackknife": lambda: make_estimate_ou_request(_spread(), method="jackknife"),
    "irregular fit": lambda: make_estimate_ou_request(_spread(), times=_times()),
    "mean reversion": lambda: make_test_mean_reversion_request(_spread()),
}
