"""Numba passes over one equity curve: returns, drawdown and the moments behind the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Places in the vector of moments.
(
    MEAN,
    VARIANCE,  # ddof 1
    SKEW,
    KURTOSIS,
    DOWNSIDE,  # mean of min(return, 0) squared
    STDERR,  # of the per-period Sharpe ratio
    WORST,
    LONGEST,
    TURNOVER,
    EXPOSURE,
) = range(10)


@njit(nogil=True, cache=True)
def summary_nb(
    equity: NDArray[np.float64],
    positions: NDArray[np.float64],
    traded: NDArray[np.float64],
    capital: float,
    compounding: bool,
    lags: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (returns, drawdown, moments); figures that do not exist are NaN.

    The formulas are those of `spreadlab.backtest.metrics` and `significance`, in as few passes.
    """
    n_obs = equity.shape[0]
    returns = np.empty(n_obs)
    drawdown = np.empty(n_obs)
    moments = np.full(10, np.nan)
    before = capital
    peak = capital
    total = 0.0
    downside = 0.0
    worst = 0.0
    turnover = 0.0
    low = np.inf
    high = -np.inf
    run = 0
    longest = 0
    n_held = 0
    for t in range(n_obs):
        base = before if compounding else capital
        change = equity[t] - before
        value = change / base if base > 0.0 else np.nan
        returns[t] = value
        total += value
        if value < 0.0:
            downside += value * value
        low = min(low, value)
        high = max(high, value)
        peak = max(peak, equity[t])
        drawdown[t] = equity[t] / peak - 1.0
        worst = min(worst, drawdown[t])
        run = run + 1 if drawdown[t] < 0.0 else 0
        longest = max(longest, run)
        turnover += traded[t] / base
        if positions[t] != 0.0:
            n_held += 1
        before = equity[t]
    mean = total / n_obs
    moments[MEAN] = mean
    moments[DOWNSIDE] = downside / n_obs if not np.isnan(total) else np.nan
    moments[WORST] = worst
    moments[LONGEST] = longest
    moments[TURNOVER] = turnover / n_obs
    moments[EXPOSURE] = n_held / n_obs
    if n_obs < 2 or np.isnan(total):
        return returns, drawdown, moments
    second, third, fourth = 0.0, 0.0, 0.0
    for t in range(n_obs):
        d = returns[t] - mean
        second += d * d
        third += d * d * d
        fourth += d * d * d * d
    moments[VARIANCE] = second / (n_obs - 1)
    if not high > low:
        return returns, drawdown, moments
    second /= n_obs
    deviation = np.sqrt(second)
    moments[SKEW] = third / n_obs / (second * deviation)
    moments[KURTOSIS] = fourth / n_obs / (second * second)
    if n_obs < 3:
        return returns, drawdown, moments
    ratio = mean / deviation
    psi = np.empty(n_obs)
    for t in range(n_obs):
        z = (returns[t] - mean) / deviation
        psi[t] = z - 0.5 * ratio * (z * z - 1.0)
    variance = 0.0
    for k in range(min(lags, n_obs - 1) + 1):
        products = 0.0
        for t in range(k, n_obs):
            products += psi[t] * psi[t - k]
        variance += (1.0 if k == 0 else 2.0 * (1.0 - k / (lags + 1.0))) * products / n_obs
    moments[STDERR] = np.sqrt(variance / n_obs)
    return returns, drawdown, moments
