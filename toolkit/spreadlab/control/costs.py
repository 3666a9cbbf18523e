"""Trading costs in units of the spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from spreadlab._validation import check_choice, ensure_float
from spreadlab.errors import InvalidInputError

_BPS = 1e-4


def cost_in_spread_units(
    pair: Any, cost_bps: float, slippage_bps: float = 0.0, *, prices: Any = None
) -> float:
    """Return the cost of trading one unit of a pair's spread; see `spreadlab.spread_cost`."""
    missing = [name for name in ("hedge_ratio", "transform") if not hasattr(pair, name)]
    if missing:
        raise InvalidInputError(
            "pair",
            f"got {type(pair).__name__} without {', '.join(missing)}",
            "the answer of test_pair",
        )
    rate = _BPS * (
        ensure_float(cost_bps, "cost_bps", low=0.0)
        + ensure_float(slippage_bps, "slippage_bps", low=0.0)
    )
    hedge_ratio = abs(ensure_float(pair.hedge_ratio, "pair.hedge_ratio"))
    check_choice(pair.transform, "pair.transform", ("log", "none"))
    if pair.transform == "log":
        return rate * (1.0 + hedge_ratio)
    if prices is None:
        prices = getattr(pair, "prices", None)
    if prices is None:
        raise InvalidInputError(
            "prices",
            "missing, and this pair's spread is made of raw prices",
            "the prices of the dependent and the hedge, T x 2 or one number each",
        )
    dependent, hedge = _mean_prices(prices)
    return rate * (dependent + hedge_ratio * hedge)


def _mean_prices(prices: Any) -> tuple[float, float]:
    try:
        array = np.asarray(prices, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError("prices", f"got {prices!r}"[:80], "T x 2, or two numbers") from None
    if array.shape[-1:] != (2,) or array.ndim not in (1, 2) or array.size == 0:
        raise InvalidInputError("prices", f"got shape {array.shape}", "T x 2, or two numbers")
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise InvalidInputError("prices", "has values that are not finite or not > 0", "positive")
    dependent, hedge = array.reshape(-1, 2).mean(axis=0)
    return float(dependent), float(hedge)
