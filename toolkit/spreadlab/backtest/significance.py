"""How much a Sharpe ratio is worth: its standard error, and what many trials do to the best.

Ratios here are per period, not annualised, and kurtosis is raw (3 for a normal distribution):
mixing these up is how deflated Sharpe ratios go wrong.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from spreadlab._validation import ensure_float, ensure_int

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAN = float("nan")
EULER_GAMMA = 0.5772156649015329
_NORMAL = NormalDist()


def moments_of(returns: NDArray[np.float64]) -> tuple[float, float]:
    """Return skewness and raw kurtosis (population moments); NaN without variation."""
    if returns.size < 2 or not np.ptp(returns) > 0:
        return NAN, NAN
    centred = returns - returns.mean()
    variance = float(np.mean(centred**2))
    skew = float(np.mean(centred**3)) / variance**1.5
    return skew, float(np.mean(centred**4)) / variance**2


def newey_west_lags(n_obs: int) -> int:
    """Return the usual bandwidth, floor(4 (T / 100)^(2/9))."""
    return int(4 * (n_obs / 100) ** (2 / 9))


def sharpe_stderr(returns: NDArray[np.float64], lags: int | None = None) -> float:
    """Return the standard error of the per-period Sharpe ratio (Lo 2002).

    Parameters
    ----------
    returns : ndarray, shape (T,)
        Returns per period.
    lags : int, optional
        Autocovariances that enter with Bartlett weights; `newey_west_lags` by default. 0 is the
        answer for returns that are independent over time.

    Returns
    -------
    float
        NaN for fewer than three returns or returns without variation.

    Notes
    -----
    The ratio is a function of two moments, so by the delta method its variance is the long-run
    variance of ``psi_t = (r_t - mu) / sigma - SR / 2 ((r_t - mu)^2 / sigma^2 - 1)`` over T,
    estimated as Newey and West (1987) do. Without lags it is
    ``(1 - skew SR + (kurtosis - 1) / 4 SR^2) / T``, and ``(1 + SR^2 / 2) / T`` for normal returns.

    References
    ----------
    Lo, The statistics of Sharpe ratios, Financial Analysts Journal 58(4) (2002) 36-52.
    """
    n_obs = returns.size
    if n_obs < 3 or not np.ptp(returns) > 0:
        return NAN
    lags = newey_west_lags(n_obs) if lags is None else lags
    z = (returns - returns.mean()) / returns.std()
    psi = z - 0.5 * float(returns.mean() / returns.std()) * (z**2 - 1.0)
    variance = float(psi @ psi) / n_obs
    for k in range(1, min(lags, n_obs - 1) + 1):
        variance += 2.0 * (1.0 - k / (lags + 1.0)) * float(psi[k:] @ psi[:-k]) / n_obs
    return math.sqrt(variance / n_obs)


def probabilistic_sharpe_ratio(
    sharpe: float, n_obs: int, skew: float, kurtosis: float, benchmark: float = 0.0
) -> float:
    """Return the probability that the true Sharpe ratio is above `benchmark`.

    Parameters
    ----------
    sharpe, benchmark : float
        Per period.
    n_obs : int
        Returns that `sharpe` was estimated from.
    skew, kurtosis : float
        Of the returns; kurtosis raw.

    Returns
    -------
    float
        NaN where an argument is NaN or the moments leave no positive variance.

    Notes
    -----
    ``Phi((SR - benchmark) sqrt(T - 1) / sqrt(1 - skew SR + (kurtosis - 1) / 4 SR^2))``.

    References
    ----------
    Bailey, Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15(2) (2012).
    """
    variance = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    if not variance > 0 or n_obs < 2 or math.isnan(benchmark):
        return NAN
    return _NORMAL.cdf((sharpe - benchmark) * math.sqrt(n_obs - 1) / math.sqrt(variance))


def expected_best_sharpe(n_trials: float, variance: float) -> float:
    """Return the Sharpe ratio to expect of the best of `n_trials` without any skill, per period.

    Parameters
    ----------
    n_trials : float
        Independent trials; 1 or fewer expect nothing, 0.
    variance : float
        Variance of their per-period Sharpe ratios.

    Notes
    -----
    ``sqrt(V) ((1 - g) Phi^-1(1 - 1/N) + g Phi^-1(1 - 1/(N e)))`` with Euler's constant g. The
    formula is of extremes, so between one and two trials it is cut off at 0.

    References
    ----------
    Bailey, Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40(5)
    (2014) 94-107.
    """
    if math.isnan(n_trials) or math.isnan(variance):
        return NAN
    if n_trials <= 1:
        return 0.0
    high = _NORMAL.inv_cdf(1.0 - 1.0 / n_trials)
    higher = _NORMAL.inv_cdf(1.0 - 1.0 / (n_trials * math.e))
    best = (1.0 - EULER_GAMMA) * high + EULER_GAMMA * higher
    return math.sqrt(variance) * max(best, 0.0)


def deflated_sharpe_ratio(
    sharpe: float,
    n_obs: int,
    *,
    n_trials: float,
    variance: float,
    skew: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Return the probability that the best of `n_trials` strategies has any skill at all.

    Parameters
    ----------
    sharpe : float
        Of the strategy that was chosen, per period (an annual ratio over sqrt(periods_per_year)).
    n_obs : int
        Returns that it was estimated from.
    n_trials : float
        Independent strategies that were tried.
    variance : float
        Variance of their per-period Sharpe ratios.
    skew, kurtosis : float
        Of the returns of the chosen one; kurtosis raw.

    Returns
    -------
    float
        The probabilistic Sharpe ratio against `expected_best_sharpe`.

    Raises
    ------
    InvalidInputError
        If an argument is outside its range.

    References
    ----------
    Bailey, Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40(5)
    (2014) 94-107.

    Examples
    --------
    The example of the paper: annual 2.5 over five years of days, the best of 100.

    >>> sharpe, variance = 2.5 / 250**0.5, 0.5 / 250
    >>> round(
    ...     deflated_sharpe_ratio(
    ...         sharpe, 1250, n_trials=100, variance=variance, skew=-3, kurtosis=10
    ...     ),
    ...     4,
    ... )
    0.9004
    """
    sharpe = ensure_float(sharpe, "sharpe")
    n_obs = ensure_int(n_obs, "n_obs", low=2)
    n_trials = ensure_float(n_trials, "n_trials", low=1)
    variance = ensure_float(variance, "variance", low=0)
    skew = ensure_float(skew, "skew")
    kurtosis = ensure_float(kurtosis, "kurtosis", low=1)
    best = expected_best_sharpe(n_trials, variance)
    return probabilistic_sharpe_ratio(sharpe, n_obs, skew, kurtosis, best)


def effective_trials(n_trials: int, mean_correlation: float) -> float:
    """Return how many independent trials `n_trials` correlated ones amount to.

    Parameters
    ----------
    n_trials : int
        Trials.
    mean_correlation : float
        Average correlation of the returns of two different trials; counted as 0 below 0.

    Notes
    -----
    ``N = rho + (1 - rho) M``: one trial if all are the same, M if none has to do with another.

    References
    ----------
    Bailey, Lopez de Prado (2014), as above, appendix A.3.
    """
    rho = min(max(mean_correlation, 0.0), 1.0)
    return rho + (1.0 - rho) * n_trials
