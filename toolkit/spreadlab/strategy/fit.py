"""From a strategy and prices to its pair and its policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._validation import quoted
from spreadlab.data.panel import ensure_pair
from spreadlab.data.split import split_at
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spreadlab.backtest.result import BacktestResult
    from spreadlab.strategy.spec import Strategy


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GivenPair:
    """A pair whose hedge ratio and intercept the strategy gives.

    Attributes
    ----------
    dependent, hedge, transform, hedge_ratio, intercept
        As in the strategy.
    prices : ndarray, shape (T, 2)
        Of the formation window.
    spread : ndarray, shape (T,)
        Of these prices.
    """

    dependent: str
    hedge: str
    transform: str
    hedge_ratio: float
    intercept: float
    prices: NDArray[np.float64]
    spread: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedStrategy:
    """A strategy with its pair and policy, and the prices that it trades.

    Attributes
    ----------
    strategy : Strategy
        What was fitted.
    pair : PairResult or GivenPair
        With hedge ratio, intercept and the spread of the formation window.
    policy : PolicyResult or rule
        What decides.
    trading : pandas.DataFrame
        Prices of both legs in the trading window.
    """

    strategy: Strategy
    pair: Any
    policy: Any
    trading: Any

    @property
    def options(self) -> dict[str, Any]:
        """Costs and sizing, as `sl.backtest` takes them."""
        costs, sizing = self.strategy.costs, self.strategy.sizing
        return {
            "cost_bps": costs.cost_bps,
            "slippage_bps": costs.slippage_bps,
            "borrow_bps": costs.borrow_bps,
            "capital": sizing.capital,
            "gross": sizing.gross,
            "compounding": sizing.compounding,
            "fill": sizing.fill,
            "periods_per_year": sizing.periods_per_year,
        }

    @property
    def deadline(self) -> int | None:
        """Bars that each trade has, None without a deadline."""
        rule = self.strategy.rule
        return rule.optimal()["deadline"] if rule.kind == "optimal" else None

    def backtest(self, *, engine: Any = None) -> BacktestResult:
        """Backtest it in its trading window."""
        from spreadlab.api_backtest import backtest

        return backtest(
            self.trading,
            pair=self.pair,
            policy=self.policy,
            deadline=self.deadline,
            engine=engine,
            **self.options,
        )


def fit_strategy(strategy: Strategy, prices: Any) -> FittedStrategy:
    """Return the pair and the policy of a strategy; see `Strategy.fit`."""
    columns = [str(label) for label in getattr(prices, "columns", ())]
    legs = [strategy.pair.dependent, strategy.pair.hedge]
    for symbol in legs:
        if symbol not in columns:
            known = ", ".join(columns[:8]) or "none"
            raise InvalidInputError(
                "prices", f"no column {symbol!r}", f"a frame with both legs (columns: {known})"
            )
    prices = prices[legs]
    if strategy.window.start is not None:
        _, prices = _split(prices, strategy.window.start, "window.start")
    formation, trading = _split(prices, strategy.window.split, "window.split")
    try:
        pair = _pair_of(strategy, formation)
    except InvalidInputError as error:
        leg = dict(zip(("y", "x"), legs, strict=True)).get(error.argument)
        if leg is None:
            raise
        raise InvalidInputError(
            quoted("prices", leg), error.got, error.allowed, error.next_step
        ) from None
    return FittedStrategy(
        strategy=strategy, pair=pair, policy=_policy_of(strategy, pair), trading=trading
    )


def _split(prices: Any, day: str | None, argument: str) -> tuple[Any, Any]:
    if argument == "window.start" and day is not None and str(prices.index[0]) >= day:
        return prices, prices  # begins there already
    return split_at(prices, day, argument=argument)


def _pair_of(strategy: Strategy, formation: Any) -> Any:
    from spreadlab.api_discovery import test_pair

    terms = strategy.pair
    y, x = formation[terms.dependent], formation[terms.hedge]
    if terms.hedge_ratio is None:
        return test_pair(y, x, transform=terms.transform, lags=terms.lags)
    from spreadlab.discovery.pair_spec import transformed

    panel = ensure_pair(y, x, transform=terms.transform, constant="allow")
    values = transformed(panel.prices, terms.transform)
    return GivenPair(
        dependent=terms.dependent,
        hedge=terms.hedge,
        transform=terms.transform,
        hedge_ratio=terms.hedge_ratio,
        intercept=terms.intercept or 0.0,
        prices=panel.prices,
        spread=values[:, 0] - terms.hedge_ratio * values[:, 1] - (terms.intercept or 0.0),
    )


def _policy_of(strategy: Strategy, pair: Any) -> Any:
    rule, costs = strategy.rule, strategy.costs
    if rule.kind == "installed":
        from spreadlab.backtest.user_rules import installed_rule

        given = dict(rule.parameters)
        return installed_rule(given.pop("name"), "rule.name", **given)
    if rule.kind != "optimal":
        return rule.made()
    from spreadlab.api_control import solve_hjb, spread_cost
    from spreadlab.api_ou import estimate_ou

    options = rule.optimal()
    options.pop("deadline")
    cost = spread_cost(pair, costs.cost_bps, costs.slippage_bps)
    if not (cost > 0 or options["fixed_cost"] > 0):
        raise InvalidInputError(
            "costs.cost_bps",
            "no cost is given",
            "above 0 for the optimal rule, which waits for costs",
        )
    ou = estimate_ou(pair.spread, 1.0 / strategy.sizing.periods_per_year)
    return solve_hjb(ou, cost=cost, **options)
