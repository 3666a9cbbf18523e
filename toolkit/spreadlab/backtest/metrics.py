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

from spreadlab.backtest.rules import locked
from spreadlab.backtest.significance import newey_west_lags

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
    equity: NDArray[np.float64],
    positions: NDArray[np.float64],
    traded: NDArray[np.float64],
    pnl: NDArray[np.float64],
    holding: NDArray[np.float64],
    *,
    capital: float,
    compounding: bool,
    periods_per_year: float,
) -> tuple[Metrics, NDArray[np.float64], NDArray[np.float64]]:
    """Return the figures of one backtest, its returns and its drawdown.

    Parameters
    ----------
    equity, positions, traded : ndarray, shape (T,)
        `traded` is the value traded at each bar before slippage.
    pnl, holding : ndarray, shape (n,)
        Profit after costs and bars from fill to fill of each closed trade.
    capital, compounding, periods_per_year
        As in `sl.backtest`.
    """
    from spreadlab.backtest import kernels_metrics as k

    n_obs = equity.size
    returns, drawdown, moments = k.summary_nb(
        locked(equity),
        locked(positions),
        locked(traded),
        capital,
        compounding,
        newey_west_lags(n_obs),
    )
    m = moments.tolist()
    root = math.sqrt(periods_per_year)
    growth = float(equity[-1]) / capital
    cagr = _annual(growth, periods_per_year / n_obs) - 1.0 if growth > 0 else NAN
    deviation = math.sqrt(m[k.VARIANCE])
    downside = math.sqrt(m[k.DOWNSIDE])
    gains, losses = float(pnl[pnl > 0].sum()), -float(pnl[pnl < 0].sum())
    without_loss = math.inf if gains > 0 else NAN
    varies = not math.isnan(m[k.SKEW])
    return (
        Metrics(
            total_return=growth - 1.0,
            cagr=cagr,
            volatility=deviation * root,
            sharpe=m[k.MEAN] / deviation * root if varies else NAN,
            sharpe_stderr=m[k.STDERR] * root,
            skew=m[k.SKEW],
            kurtosis=m[k.KURTOSIS],
            sortino=m[k.MEAN] / downside * root if downside > 0 else NAN,
            max_drawdown=m[k.WORST],
            max_drawdown_length=int(m[k.LONGEST]),
            calmar=cagr / -m[k.WORST] if m[k.WORST] < 0 else NAN,
            hit_rate=float(np.count_nonzero(pnl > 0)) / pnl.size if pnl.size else NAN,
            profit_factor=gains / losses if losses > 0 else without_loss,
            turnover=m[k.TURNOVER] * periods_per_year,
            average_holding=float(holding.sum()) / holding.size if holding.size else NAN,
            exposure=m[k.EXPOSURE],
            n_trades=int(pnl.size),
        ),
        returns,
        drawdown,
    )


def _annual(growth: float, power: float) -> float:
    try:
        return float(growth**power)
    except OverflowError:
        return math.inf
