"""Public functions of the backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from spreadlab.backtest.causality import check_causal
from spreadlab.backtest.ledger import ledger
from spreadlab.backtest.overfitting import probability_of_overfitting
from spreadlab.backtest.portfolio_spec import make_portfolio_request
from spreadlab.backtest.spec import make_backtest_request
from spreadlab.backtest.study import (
    record_backtest,
    record_portfolio,
    record_sweep,
    record_walk_forward,
    study,
)
from spreadlab.backtest.sweep import make_sweep_request
from spreadlab.backtest.user_rules import load_rule
from spreadlab.backtest.walk_spec import make_walk_forward_request
from spreadlab.engines.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spreadlab.backtest.portfolio_result import PortfolioResult
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.backtest.sweep_result import SweepResult
    from spreadlab.backtest.walk_result import WalkForwardResult
    from spreadlab.engines.base import Engine
    from spreadlab.task import Progress

__all__ = [
    "backtest",
    "backtest_portfolio",
    "check_causal",
    "ledger",
    "load_rule",
    "probability_of_overfitting",
    "study",
    "sweep",
    "walk_forward",
]


def backtest(
    prices: Any,
    *,
    pair: Any,
    policy: Any,
    transform: Literal["log", "none"] | None = None,
    capital: float = 1_000_000.0,
    gross: float = 1.0,
    cost_bps: float = 0.0,
    slippage_bps: float = 0.0,
    borrow_bps: float = 0.0,
    fill: Literal["next_close", "next_open"] = "next_close",
    compounding: bool = False,
    periods_per_year: float = 252,
    close_at_end: bool = True,
    deadline: int | Any | None = None,
    engine: Engine | None = None,
) -> BacktestResult:
    """Trade a rule on both legs of a pair: decide at the close of t, fill at t + 1.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray (T, 2)
        Closes. A frame or panel is read by the pair's symbols; an array has the dependent leg
        first. Prices must be positive, whatever the transform.
    pair : PairResult, HedgeResult or JohansenResult
        Its `hedge_ratio` and `intercept` are used as they are (frozen), or bar by bar where they
        are arrays (T,) known at each bar; NaN at the start decides nothing. Of a Johansen test the
        strongest relation is traded, all legs.
    policy : PolicyResult, ThresholdRule, ZScoreRule, KalmanRule, Rule or str
        Maps the spread, the position held and the time to go to a target in {-1, 0, 1}: an optimal
        policy, a rule of levels, an object with ``prepare(history)`` and
        ``decide(t, history, state) -> (target, state)``, or the name of an installed rule.
    transform : {"log", "none"}, optional
        The pair's by default.
    capital : float
        Money at the start.
    gross : float
        Value of both legs at entry, over the capital base.
    cost_bps : float
        Commission, in basis points of the value of each fill at its slipped price.
    slippage_bps : float
        One way: buys fill at price (1 + slippage), sells at price (1 - slippage).
    borrow_bps : float
        A year, on the market value of every short leg.
    fill : {"next_close", "next_open"}
        Price of bar t + 1 at which a change decided at t is filled; "next_open" needs a PricePanel
        with opens.
    compounding : bool
        Size entries on equity instead of capital.
    periods_per_year : float
        Bars a year.
    close_at_end : bool
        Close what is open at the last bar, with costs.
    deadline : int or date, optional
        For a policy with a horizon, and for no other: bars that each trade has from its fill
        (a flat position always has the whole of it), or the date at which all time is up. Time to
        go at t is the bars left after t over `periods_per_year`, at most the horizon; at 0 the
        policy closes, filled one bar later like every decision.
    engine : Engine, optional
        Where to run; by default the engine in use.

    Returns
    -------
    BacktestResult

    Raises
    ------
    InvalidInputError
        If an argument has no meaning; before any work.

    Notes
    -----
    The spread at t is ``dependent - hedge_ratio * hedge - intercept``, of log prices or prices.
    The target decided on it at the close of t fills at the close (or open) of t + 1, so
    ``positions[t]``, what is held after the close of bar t has traded, was decided at t - 1 and
    ``positions[0]`` is 0. A decision at the last bar is never filled.

    Size at entry: gross notional ``gross * capital`` at the fill bar's price without slippage (or
    ``gross * equity`` when compounding, equity marked at that price after a position turned
    around has been closed with its costs, before the costs of the entry), split over the legs as
    1 : abs(hedge_ratio) in value for log spreads and in shares for raw spreads, with the signs of
    ``(1, -hedge_ratio)``. Shares are then held until the target changes. A hedge ratio that moves
    counts at the bar of the decision.

    At each bar: the old position is closed, the new one opened, and `borrow_bps` /
    `periods_per_year` is charged on the value, at the close, of the short legs now held.
    ``equity[t]`` is marked at the close after these costs. With `close_at_end` the last bar
    opens nothing and closes what is held, at its close unless a change decided before fills at its
    open, so ``positions[-1]`` is 0; without it an open position is marked to the last
    close and listed as a trade with the reason "open". Final equity is capital plus the sum of the
    trades' pnl. When compounding, nothing is entered at an equity of zero or less.

    Returns are equity changes over `capital` (over last bar's equity when compounding).

    Examples
    --------
    >>> import numpy as np, types, spreadlab as sl
    >>> pair = types.SimpleNamespace(
    ...     dependent="A", hedge="B", hedge_ratio=1.0, intercept=0.0, transform="log"
    ... )
    >>> b = np.full(6, 50.0)
    >>> a = b * np.exp([0.0, -0.1, -0.1, 0.0, 0.0, 0.0])
    >>> rule = sl.ThresholdRule(-0.05, 0.0, 0.05, 0.0)
    >>> bt = sl.backtest(np.column_stack([a, b]), pair=pair, policy=rule)
    >>> bt.positions
    array([0., 0., 1., 1., 0., 0.])
    >>> round(float(bt.equity[-1]), 2)
    1052585.46
    """
    spec, inputs = make_backtest_request(
        prices,
        pair=pair,
        policy=policy,
        transform=transform,
        capital=capital,
        gross=gross,
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        fill=fill,
        compounding=compounding,
        periods_per_year=periods_per_year,
        close_at_end=close_at_end,
        deadline=deadline,
    )
    result = run(spec, inputs, engine=engine, label="backtest")
    record_backtest(result)
    return result


def sweep(
    prices: Any,
    *,
    pair: Any,
    rule: Any,
    grid: Mapping[str, Any],
    transform: Literal["log", "none"] | None = None,
    capital: float = 1_000_000.0,
    gross: float = 1.0,
    cost_bps: float = 0.0,
    slippage_bps: float = 0.0,
    borrow_bps: float = 0.0,
    fill: Literal["next_close", "next_open"] = "next_close",
    compounding: bool = False,
    periods_per_year: float = 252,
    close_at_end: bool = True,
    record_points: bool = False,
    progress: bool | Callable[[Progress], Any] | None = None,
    engine: Engine | None = None,
) -> SweepResult:
    """Backtest a rule at every point of a grid of its parameters, figures only.

    Parameters
    ----------
    prices, pair, transform, capital, gross, cost_bps, slippage_bps, borrow_bps, fill, \
compounding, periods_per_year, close_at_end, engine
        As in `backtest`, whose figures every point equals.
    rule : ThresholdRule, ZScoreRule or KalmanRule
        Gives the parameters that the grid leaves out.
    grid : mapping of str to sequence of float
        Values of each parameter that varies; the points are all combinations. None stands for
        never in ``stop_z`` and ``max_hold``.
    record_points : bool
        Store every point in the ledger of trials, not their summary alone.
    progress : bool or callable, optional
        None shows a bar once the work has lasted a second.

    Returns
    -------
    SweepResult
        Points whose parameters make no rule are NaN.

    Raises
    ------
    InvalidInputError
        If an argument has no meaning, or no point makes a rule.
    """
    spec, inputs = make_sweep_request(
        prices,
        pair=pair,
        rule=rule,
        grid=grid,
        transform=transform,
        capital=capital,
        gross=gross,
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        fill=fill,
        compounding=compounding,
        periods_per_year=periods_per_year,
        close_at_end=close_at_end,
    )
    result = run(spec, inputs, engine=engine, progress=progress, label="sweep")
    record_sweep(result, points=record_points)
    return result


def walk_forward(
    prices: Any,
    *,
    formation: int = 504,
    trading: int = 126,
    step: int | None = None,
    purge: int = 0,
    select: Literal["bh", "by", "raw"] = "bh",
    max_pairs: int = 10,
    rule: Any = None,
    grid: Mapping[str, Any] | None = None,
    transform: Literal["log", "none"] = "log",
    lags: Literal["aic", "bic"] | int = "aic",
    direction: Literal["both", "forward"] = "both",
    alpha: float = 0.05,
    capital: float = 1_000_000.0,
    gross: float = 1.0,
    cost_bps: float = 1.0,
    slippage_bps: float = 1.0,
    borrow_bps: float = 0.0,
    periods_per_year: float = 252,
    progress: bool | Callable[[Progress], Any] | None = None,
    engine: Engine | None = None,
) -> WalkForwardResult:
    """Form on one window, trade the next, move on: the whole of pairs trading, out of sample.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray (T, N)
        Closes of the universe.
    formation, trading : int
        Bars of the window in which everything is decided, and of the one that is traded.
    step : int, optional
        Bars from fold to fold, at least `trading`, which is the default.
    purge : int
        Bars left out between the two windows.
    select : {"bh", "by", "raw"}
        Pairs whose p-value is at most `alpha` after the adjustment of Benjamini and Hochberg, of
        Benjamini and Yekutieli, or as it is. Only the first two take into account how many pairs
        were tested.
    max_pairs : int
        Most pairs a fold, those with the smallest p-values.
    rule : OptimalRule, ZScoreRule, KalmanRule, ThresholdRule, Rule or str, optional
        `OptimalRule` by default: fit an Ornstein-Uhlenbeck process in the formation window and
        trade its optimal policy. Others trade as they are, a rule of your own as an object (on
        the local engine) or by the name it is installed under; a rolling z-score, a filter or a
        rule's memory starts anew in each trading window.
    grid : mapping of str to sequence of float, optional
        Values of parameters of a rule of levels, as in `sweep`. Each fold trades the combination
        with the best Sharpe ratio in its formation window, and `WalkForwardResult.overfitting`
        says how much such a choice is worth.
    transform, lags, direction, alpha
        Of the scan, as in `discover_pairs`.
    capital, gross, cost_bps, slippage_bps, borrow_bps, periods_per_year
        As in `backtest`; `gross` is shared equally by the pairs of a fold, and capital is the same
        in every fold (nothing is compounded).
    progress : bool or callable, optional
        None shows a bar once the work has lasted a second.
    engine : Engine, optional
        Where to run; by default the engine in use.

    Returns
    -------
    WalkForwardResult

    Raises
    ------
    InvalidInputError
        If an argument has no meaning, or no fold fits.

    Notes
    -----
    Fold k forms on rows [k step, k step + formation), skips `purge` rows and trades the next
    `trading` rows; only whole windows are traded. Inside a fold: scan the formation window, adjust
    for the number of tests, select, fit each spread, solve for its policy. Each pair is then
    `backtest` on the rows of the trading window, with the hedge ratio and intercept of the
    formation window: the first decision is at the window's first close, and what is open at its
    last close is closed there, with costs. No position crosses a seam.
    """
    spec, inputs = make_walk_forward_request(
        prices,
        formation=formation,
        trading=trading,
        step=step,
        purge=purge,
        select=select,
        max_pairs=max_pairs,
        rule=rule,
        grid=grid,
        transform=transform,
        lags=lags,
        direction=direction,
        alpha=alpha,
        capital=capital,
        gross=gross,
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        periods_per_year=periods_per_year,
    )
    result = run(spec, inputs, engine=engine, progress=progress, label="walk-forward")
    record_walk_forward(result)
    return result


def backtest_portfolio(
    prices: Any,
    *,
    pairs: list[Any],
    policy: Any,
    transform: Literal["log", "none"] | None = None,
    allocation: Literal["equal", "inverse_volatility", "risk_parity"] = "equal",
    lookback: int = 60,
    capital: float = 1_000_000.0,
    gross: float = 1.0,
    gross_cap: float | None = None,
    name_cap: float | None = None,
    cost_bps: float = 0.0,
    slippage_bps: float = 0.0,
    borrow_bps: float = 0.0,
    periods_per_year: float = 252,
    close_at_end: bool = True,
    engine: Engine | None = None,
) -> PortfolioResult:
    """Trade several pairs on one capital, as one net book.

    Parameters
    ----------
    prices : frame or PricePanel
        Closes of every leg.
    pairs : list of PairResult
        Frozen pairs (or Johansen tests).
    policy : policy or list of policies
        One for all pairs, or one for each; as in `backtest`.
    allocation : {"equal", "inverse_volatility", "risk_parity"}
        How `gross` is split over the pairs at an entry: equally, by the inverse of the volatility
        of what each earns, or so that each has an equal part in the risk of all.
    lookback : int
        Bars up to the decision that volatilities and correlations come from.
    capital, gross, cost_bps, slippage_bps, borrow_bps, periods_per_year, close_at_end, transform
        As in `backtest`; fills are at the next close and sizes are of `capital`.
    gross_cap, name_cap : float, optional
        Most gross value of the net book, and of one symbol, over capital.
    engine : Engine, optional
        Where to run; by default the engine in use.

    Returns
    -------
    PortfolioResult

    Raises
    ------
    InvalidInputError
        If an argument has no meaning; before any work.

    Notes
    -----
    Each pair decides as in `backtest`. An entry that fills at bar t has the gross value ``gross *
    share * capital``, share being the pair's part at the bar of the decision, split over its legs
    as in `backtest`; shares are held until the target changes. Orders are what the net shares of
    each symbol change by, so that opposite legs of two pairs cost nothing. If at the close of a
    bar the net book is above a cap, by an entry or by prices, every pair is scaled down by the one
    factor that brings it to the cap, at that close and at a cost; hedges stay whole.
    """
    spec, inputs = make_portfolio_request(
        prices,
        pairs=pairs,
        policy=policy,
        transform=transform,
        allocation=allocation,
        lookback=lookback,
        capital=capital,
        gross=gross,
        gross_cap=gross_cap,
        name_cap=name_cap,
        cost_bps=cost_bps,
        slippage_bps=slippage_bps,
        borrow_bps=borrow_bps,
        periods_per_year=periods_per_year,
        close_at_end=close_at_end,
    )
    result = run(spec, inputs, engine=engine, label="portfolio")
    record_portfolio(result)
    return result
