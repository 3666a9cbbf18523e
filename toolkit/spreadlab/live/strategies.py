"""A strategy, frozen on what is known, to be traded live."""

from __future__ import annotations

from typing import Any

from spreadlab.errors import InvalidInputError
from spreadlab.live.model import PairModel, freeze_pair
from spreadlab.strategy.fit import FittedStrategy
from spreadlab.strategy.spec import Strategy


def freeze_strategy(strategy: Strategy | FittedStrategy, prices: Any = None) -> PairModel:
    """Return the pair of a strategy with its policy, sizing and costs, under the strategy's name.

    Parameters
    ----------
    strategy : Strategy or FittedStrategy
        From `sl.load_strategy`, or its ``fit(prices)``.
    prices : pandas.DataFrame, optional
        What a strategy is fitted on: its formation window alone is used.

    Returns
    -------
    PairModel
        Its limits are not part of it: give ``strategy.limits`` to the book.

    Raises
    ------
    InvalidInputError
        If it is no strategy, or one without prices to fit it on.
    """
    if isinstance(strategy, Strategy):
        if prices is None:
            raise InvalidInputError("prices", "missing", "prices to fit the strategy on")
        strategy = strategy.fit(prices)
    if not isinstance(strategy, FittedStrategy):
        raise InvalidInputError("strategy", f"got {type(strategy).__name__}", "a strategy")
    return freeze_pair(
        strategy.pair,
        strategy.policy,
        name=strategy.strategy.name,
        deadline=strategy.deadline,
        **strategy.options,
    )
