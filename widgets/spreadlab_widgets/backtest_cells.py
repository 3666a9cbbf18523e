"""The backtest behind one cell of a sweep."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import spreadlab as sl
from spreadlab.backtest.study import resolve_study
from spreadlab.errors import InvalidInputError


def cell_results(
    sweep: Any, point: int, prices_after: Any = None, *, engine: Any = None, study: Any = None
) -> tuple[Any, Any]:
    """Return the backtest of a point of a sweep, and the same rule on later prices.

    Hedge ratio, costs and rule are those of the sweep, frozen. The later prices are a trial of the
    study; the point itself is counted by the sweep.

    Raises
    ------
    InvalidInputError
        If the sweep's hedge ratio moves or it has other than two legs, so that it cannot go on
        beyond its own bars.
    """
    inside = sweep.backtest(point)
    if prices_after is None:
        return inside, None
    base = sweep.spec.base
    if base.weights.shape != (1, 2):
        raise InvalidInputError(
            "prices_after",
            f"given, with weights of shape {base.weights.shape}",
            "None unless the sweep is of two legs with one hedge ratio",
        )
    dependent, hedge = sweep.symbols
    pair = SimpleNamespace(
        dependent=dependent,
        hedge=hedge,
        hedge_ratio=float(-base.weights[0, 1]),
        intercept=float(base.intercept[0]),
        transform=base.transform,
    )
    options = {
        name: getattr(base, name)
        for name in (
            "capital",
            "gross",
            "cost_bps",
            "slippage_bps",
            "borrow_bps",
            "fill",
            "compounding",
            "periods_per_year",
            "close_at_end",
        )
    }
    with resolve_study(study):
        outside = sl.backtest(prices_after, pair=pair, policy=inside.rule, engine=engine, **options)
    return inside, outside
