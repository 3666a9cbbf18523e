"""Positions and fills of backtests, on the bars of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab_widgets.view import InvalidTraitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Where no backtest traded.
NOT_TRADED = 2
_MEANING = "results of sl.backtest() on bars that are shown"


def results_of(backtest: Any) -> list[Any]:
    """Return the results in a trait that takes one, several or None.

    Raises
    ------
    InvalidTraitError
        If something else is among them.
    """
    if backtest is None:
        return []
    results = list(backtest) if isinstance(backtest, list | tuple) else [backtest]
    for result in results:
        if not (hasattr(result, "trades") and hasattr(result, "positions")):
            raise InvalidTraitError("backtest", f"got a {type(result).__name__}", _MEANING)
    return results


def bars_of(result: Any, n_obs: int, dates: NDArray[np.datetime64] | None) -> NDArray[np.int32]:
    """Return the bars of the chart that a backtest ran on.

    Raises
    ------
    InvalidTraitError
        If it has bars that are not shown.
    """
    if result.times is None or dates is None:
        if result.n_obs != n_obs:
            raise InvalidTraitError("backtest", f"{result.n_obs} bars of {n_obs}", _MEANING)
        return np.arange(n_obs, dtype=np.int32)
    shown = dates.astype("datetime64[us]").astype(np.int64)
    wanted = np.round(result.times * 1e6).astype(np.int64)
    bars = np.searchsorted(shown, wanted)
    inside = np.minimum(bars, shown.size - 1)
    if not np.array_equal(shown[inside], wanted):
        raise InvalidTraitError("backtest", "has dates that the prices shown do not have", _MEANING)
    bars_shown: NDArray[np.int32] = inside.astype(np.int32)
    return bars_shown


def positions_of(
    results: Sequence[Any], n_obs: int, dates: NDArray[np.datetime64] | None
) -> dict[str, NDArray[Any]]:
    """Return positions (T,) and the fills of all trades, by bar of the chart."""
    positions = np.full(n_obs, NOT_TRADED, dtype=np.int8)
    entries: list[NDArray[np.int32]] = []
    exits: list[NDArray[np.int32]] = []
    for result in results:
        bars = bars_of(result, n_obs, dates)
        positions[bars] = result.positions.astype(np.int8)
        entries.append(bars[result.trades["entry"]])
        exits.append(bars[result.trades["exit"]])
    return {
        "positions": positions,
        "entry": _joined(entries, np.int32),
        "exit": _joined(exits, np.int32),
    }


def marks_of(results: Sequence[Any]) -> dict[str, NDArray[Any]]:
    """Return direction of each trade, and whether it was still open at the end."""
    return {
        "direction": _joined([r.trades["direction"] for r in results], np.int8),
        "open": _joined([r.trades["reason"] == "open" for r in results], np.int8),
    }


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *(part.astype(dtype) for part in parts)])
