"""What several benchmarks share: their prices, and the form of a row."""

from __future__ import annotations

from typing import Any

import numpy as np

N_OBS = 1000


def prices(n_symbols: int, n_obs: int = N_OBS, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return independent random walks in logs."""
    rng = np.random.default_rng(seed)
    return np.exp(np.cumsum(rng.standard_normal((n_obs, n_symbols)) * 0.01, axis=0))


def row(
    name: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> dict[str, Any]:
    """Return one measurement with its target, if it has one."""
    target, met = "", None
    if at_most is not None:
        target, met = f"<= {at_most:g}", value <= at_most
    if at_least is not None:
        target, met = f">= {at_least:g}", value >= at_least
    return {"name": name, "value": value, "unit": unit, "target": target, "met": met}
