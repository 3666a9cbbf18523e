"""What a new strategy begins as."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spreadlab.strategy.spec import Strategy

_PAIR = 2
_LOOKBACK = 60


def symbols_of(prices: Any) -> list[str]:
    """Return the columns of a frame; none without one."""
    return [] if prices is None else [str(label) for label in prices.columns]


def begin(prices: Any) -> Strategy | None:
    """Return a strategy of the first two symbols, with the last third of the bars out of sample.

    None where there are no two symbols.
    """
    symbols = symbols_of(prices)
    if len(symbols) < _PAIR:
        return None
    return Strategy.from_dict(
        {
            "name": "new strategy",
            "pair": {"dependent": symbols[0], "hedge": symbols[1]},
            "window": _window(prices),
            "rule": {"kind": "zscore", "lookback": _LOOKBACK},
            "costs": {"cost_bps": 5, "slippage_bps": 2},
        }
    )


def _window(prices: Any) -> dict[str, str]:
    dates, first = prices.index, 2 * len(prices) // 3
    if not isinstance(dates, pd.DatetimeIndex) or first == 0:
        return {}
    at = dates[first]
    return {"split": f"{at:%Y-%m-%d}" if at == at.normalize() else at.isoformat()}
