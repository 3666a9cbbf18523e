"""What a backtest view sends to the browser: arrays as buffers, figures by name."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.rules import LevelRule
from spreadlab.backtest.study import resolve_study
from spreadlab.backtest.sweep_result import METRICS
from spreadlab.backtest.trades import REASONS, trade_columns
from spreadlab.display.numbers import short
from spreadlab_widgets.codec import to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Results = Sequence[tuple[str, Any]]

# Name in Metrics, label, kind (how it is written), what it means.
_METRICS = (
    ("total_return", "total return", "percent", "final equity over capital, less one"),
    ("cagr", "growth a year", "percent", "compound annual growth of equity"),
    ("volatility", "volatility a year", "percent", "standard deviation of returns, annualised"),
    ("sortino", "Sortino ratio", "number", "mean return over downside deviation, annualised"),
    ("max_drawdown", "largest drawdown", "percent", "deepest fall of equity below its peak"),
    ("max_drawdown_length", "longest drawdown, bars", "integer", "longest time below a peak"),
    ("calmar", "Calmar ratio", "number", "growth a year over the largest drawdown"),
    ("n_trades", "trades", "integer", "closed round trips"),
    ("hit_rate", "hit rate", "percent", "share of trades with a profit after costs"),
    ("profit_factor", "profit factor", "number", "profits over losses of closed trades"),
    ("average_holding", "holding, bars", "number", "mean bars from fill to fill"),
    ("exposure", "exposure", "percent", "share of bars with a position"),
    ("turnover", "turnover, × capital a year", "number", "value traded over capital"),
)
_TRADE_NUMBERS = ("pnl", "mae", "mfe")
_MONEY = ("commission", "slippage", "borrow")


def account(results: Results) -> dict[str, Any]:
    """Return profit, drawdown and position bar by bar, each part from its own start."""
    profit = [100.0 * (r.equity / r.capital - 1.0) for _, r in results]
    drawdown = [100.0 * r.drawdown for _, r in results]
    positions = [r.positions.astype(np.int8) for _, r in results]
    dated = all(r.times is not None for _, r in results)
    times = to_wire(1e3 * np.concatenate([r.times for _, r in results])) if dated else None
    return {
        "profit": to_wire(np.concatenate(profit)),
        "drawdown": to_wire(np.concatenate(drawdown)),
        "positions": to_wire(np.concatenate(positions)),
        "times": times,
        "parts": _parts(results),
        "title": " / ".join(results[-1][1].symbols),
    }


def trades(results: Results) -> dict[str, Any]:
    """Return one row a trade; bars are those of `account`, money is in per cent of capital."""
    starts = [part["first"] for part in _parts(results)]
    tables = [trade_columns(r.trades, r.symbols, None) for _, r in results]
    whole = {
        name: np.concatenate(
            [np.asarray(table[name]) + start for table, start in zip(tables, starts, strict=True)]
        ).astype(np.int32)
        for name in ("entry", "exit")
    }
    percent = [100.0 / r.capital for _, r in results]
    money = {
        name: np.concatenate(
            [
                np.asarray(t[name], dtype=np.float64) * p
                for t, p in zip(tables, percent, strict=True)
            ]
        )
        for name in (*_TRADE_NUMBERS, *_MONEY)
    }
    costs = sum(money.pop(name) for name in _MONEY)
    part = np.concatenate([np.full(len(t["entry"]), k) for k, t in enumerate(tables)])
    reasons = np.concatenate([t["reason"] for t in tables])
    codes = [REASONS.index(str(reason)) for reason in reasons]
    arrays: dict[str, NDArray[Any]] = {
        **whole,
        "direction": np.concatenate([t["direction"] for t in tables]).astype(np.int8),
        "holding": np.concatenate([t["holding"] for t in tables]).astype(np.int32),
        "part": part.astype(np.int8),
        "reason": np.array(codes, dtype=np.int8),
        "costs": np.asarray(costs, dtype=np.float64),
        **money,
    }
    return {**{name: to_wire(array) for name, array in arrays.items()}, "reasons": list(REASONS)}


def metrics(results: Results, study: Any) -> dict[str, Any]:
    """Return the figures of each part, the naive Sharpe ratio beside the deflated one."""
    count = resolve_study(study).count()
    return {
        "parts": [name for name, _ in results],
        "sharpe": [
            {
                "naive": _finite(r.sharpe),
                "stderr": _finite(r.metrics.sharpe_stderr),
                "probabilistic": _finite(r.probabilistic_sharpe()),
                "deflated": _finite(r.deflated_sharpe(study)),
            }
            for _, r in results
        ],
        "n_trials": int(count.n_trials),
        "n_effective": float(count.n_effective),
        "rows": [
            {
                "name": name,
                "label": label,
                "kind": kind,
                "title": title,
                "values": [_finite(float(getattr(r.metrics, name))) for _, r in results],
            }
            for name, label, kind, title in _METRICS
        ],
        "rule": _rule_words(results[-1][1].rule),
    }


def sweep(result: Any) -> dict[str, Any]:
    """Return the figures of a sweep over its grid."""
    sharpe = result.sharpe.ravel()
    best = int(np.nanargmax(sharpe)) if np.isfinite(sharpe).any() else None
    return {
        "names": list(result.names),
        "values": [to_wire(np.asarray(v, dtype=np.float64)) for v in result.values],
        "figures": {
            name: to_wire(np.asarray(getattr(result, name), dtype=np.float64)) for name in METRICS
        },
        "best": best,
        "rule": type(result.spec.base.rule).__name__,
        "n_trials": int(result.n_trials),
        "effective_trials": float(result.effective_trials),
    }


def _rule_words(rule: Any) -> str:
    """Return a rule with its numbers as a reader wants them; one made of arrays by its name."""
    if not isinstance(rule, LevelRule):
        return type(rule).__name__
    values = {field.name: getattr(rule, field.name) for field in dataclasses.fields(rule)}  # type: ignore[arg-type]
    given = {name: value for name, value in values.items() if value is not None}
    words = ", ".join(f"{name} {short(value)}" for name, value in given.items())
    return f"{type(rule).__name__}: {words}".replace("_", " ")


def _parts(results: Results) -> list[dict[str, Any]]:
    parts, first = [], 0
    for name, result in results:
        parts.append({"name": name, "first": first, "end": first + result.n_obs})
        first += result.n_obs
    return parts


def _finite(value: float) -> float | str | None:
    """JSON has neither NaN nor infinity: a missing figure is None, an infinite one a word."""
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else "infinite"
