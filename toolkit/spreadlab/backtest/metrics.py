"""What a series of returns and its trades amount to.

Returns are equity changes over the capital base, so Sharpe, volatility and Sortino are of them.
Drawdown and growth are of the equity curve itself, which is where an investor feels them; with
compounding both views agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.backtest.significance import moments_of, sharpe_stderr

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one backtest; NaN where a figure does not exist.

    Attributes
    ----------
    total_return : float
        Final equity over capital, less one.
    cagr : float
        ``(final equity / capital) ** (periods_per_year / T) - 1``; NaN if equity ended at or
        below zero.
    volatility : float
        Standard deviation of returns (ddof 1) times sqrt(periods_per_year).
    sharpe : float
        Mean over standard deviation (ddof 1) of returns, times sqrt(periods_per_year); the
        riskless rate is zero, since the position finances itself.
    sharpe_stderr : float
        Standard error of `sharpe` (Lo 2002), which allows for autocorrelation.
    skew, kurtosis : float
        Of returns; kurtosis raw, 3 for a normal distribution.
    sortino : float
        Mean return times periods_per_year, over sqrt(mean(min(return, 0)^2)) times
        sqrt(periods_per_year).
    max_drawdown : float
        Smallest value of equity over its running peak, less one (at most 0).
    max_drawdown_length : int
        Longest run of bars below an earlier peak.
    calmar : float
        cagr over the size of max_drawdown.
    hit_rate : float
        Share of closed trades with a profit after all costs.
    profit_factor : float
        Profits over losses of closed trades; inf without a loss.
    turnover : float
        Value traded over the capital base, a year.
    average_holding : float
        Mean bars from fill to fill of closed trades.
    exposure : float
        Share of bars with a position.
    n_trades : int
        Closed trades.
    """

    total_return: float
    cagr: float
    volatility: float
    sharpe: float
    sharpe_stderr: float
    skew: float
    kurtosis: float
    sortino: float
    max_drawdown: float
    max_drawdown_length: int
    calmar: float
    hit_rate: float
    profit_factor: float
    turnover: float
    average_holding: float
    exposure: float
    n_trades: int

    def to_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def returns_of(
    equity: NDArray[np.float64], capital: float, *, compounding: bool
) -> NDArray[np.float64]:
    """Return equity changes over the capital base, (T,); the first is of capital itself.

    The base is `capital`, or when compounding the equity one bar before; there is no return on an
    equity at or below zero, so it is NaN.
    """
    before = np.concatenate([[capital], equity[:-1]])
    change = equity - before
    if not compounding:
        return np.asarray(change / capital)
    returns: NDArray[np.float64] = np.full(equity.size, NAN)
    np.divide(change, before, out=returns, where=before > 0)
    return returns


def drawdown_of(equity: NDArray[np.float64], capital: float) -> NDArray[np.float64]:
    """Return equity over its running peak (never below `capital`), less one, (T,)."""
    peak = np.maximum(np.maximum.accumulate(equity), capital)
    return np.asarray(equity / peak - 1.0)


def longest_run(below: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], below, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0


def sharpe_of(returns: NDArray[np.float64], periods_per_year: float) -> float:
    """Return mean over standard deviation (ddof 1) times sqrt(periods_per_year).

    NaN for fewer than two returns or returns without variation.
    """
    if returns.size < 2:
        return NAN
    deviation = float(returns.std(ddof=1))
    if not deviation > 0 or not np.ptp(returns) > 0:
        return NAN
    return float(returns.mean()) / deviation * math.sqrt(periods_per_year)


def compute_metrics(
    returns: NDArray[np.float64],
    equity: NDArray[np.float64],
    drawdown: NDArray[np.float64],
    positions: NDArray[np.float64],
    traded: NDArray[np.float64],
    pnl: NDArray[np.float64],
    holding: NDArray[np.float64],
    *,
    capital: float,
    compounding: bool,
    periods_per_year: float,
) -> Metrics:
    """Return the figures of one backtest.

    Parameters
    ----------
    returns, equity, drawdown, positions, traded : ndarray, shape (T,)
        `traded` is the value traded at each bar before slippage.
    pnl, holding : ndarray, shape (n,)
        Profit after costs and bars from fill to fill of each closed trade.
    capital, compounding, periods_per_year
        As in `sl.backtest`.
    """
    n_obs = returns.size
    years = n_obs / periods_per_year
    growth = float(equity[-1]) / capital
    cagr = growth ** (1.0 / years) - 1.0 if growth > 0 else NAN
    worst = float(drawdown.min())
    downside = math.sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)) * periods_per_year)
    annual = float(returns.mean()) * periods_per_year
    gains, losses = float(pnl[pnl > 0].sum()), -float(pnl[pnl < 0].sum())
    base = np.concatenate([[capital], equity[:-1]]) if compounding else np.full(n_obs, capital)
    volatility = NAN if n_obs < 2 else float(returns.std(ddof=1)) * math.sqrt(periods_per_year)
    skew, kurtosis = moments_of(returns)
    without_loss = math.inf if gains > 0 else NAN
    return Metrics(
        total_return=growth - 1.0,
        cagr=cagr,
        volatility=volatility,
        sharpe=sharpe_of(returns, periods_per_year),
        sharpe_stderr=sharpe_stderr(returns) * math.sqrt(periods_per_year),
        skew=skew,
        kurtosis=kurtosis,
        sortino=annual / downside if downside > 0 else NAN,
        max_drawdown=worst,
        max_drawdown_length=longest_run(drawdown < 0),
        calmar=cagr / -worst if worst < 0 else NAN,
        hit_rate=float(np.mean(pnl > 0)) if pnl.size else NAN,
        profit_factor=gains / losses if losses > 0 else without_loss,
        turnover=float(np.sum(traded / base)) / years,
        average_holding=float(holding.mean()) if holding.size else NAN,
        exposure=float(np.mean(positions != 0)),
        n_trades=int(pnl.size),
    )
