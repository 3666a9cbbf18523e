"""One Engle-Granger test straight from two columns, by orthogonalisation.

This is the path that loses least to rounding. The scan falls back on it for pairs whose moments
cancel, and every other path is tested against it.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

OK = 0
NEAR_DUPLICATE = 1  # 1 - R^2 of step 1 is at the rounding level
CONSTANT = 2
SINGULAR = 3  # the lag regression has no unique solution
TOO_SHORT = 4

# statsmodels' own limit, 100 sqrt(eps): below it step 1 is a perfect fit to working precision.
MIN_UNEXPLAINED = 100.0 * np.sqrt(np.finfo(np.float64).eps)
# A regressor keeps less than this share of its square after the others are taken out of it.
_MIN_PIVOT = 1e-14
MIN_VARIATION = 1e-13  # range of a series over its size, where differences are rounding alone


# Sums of products may be taken in any order: rounding only, and what lets the loop use vectors.
@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def _dot_nb(a: np.ndarray, b: np.ndarray) -> float:
    total = 0.0
    for t in range(a.shape[0]):
        total += a[t] * b[t]
    return total


@njit(nogil=True, cache=True)
def _subtract_nb(a: np.ndarray, factor: float, b: np.ndarray) -> None:
    for t in range(a.shape[0]):
        a[t] -= factor * b[t]


@njit(nogil=True, cache=True)
def detrend_nb(values: np.ndarray, order: int, out: np.ndarray) -> tuple[float, float]:
    """Take a constant (order 0) and a linear trend (order 1) out; order -1 copies.

    Returns
    -------
    tuple of float
        Intercept at t = 0 and slope per step of what was taken out.
    """
    n = values.shape[0]
    mean = 0.0
    if order >= 0:
        for t in range(n):
            mean += values[t]
        mean /= n
        # The first mean carries the rounding of large levels; the mean of what is left does not.
        correction = 0.0
        for t in range(n):
            correction += values[t] - mean
        mean += correction / n
    for t in range(n):
        out[t] = values[t] - mean
    slope = 0.0
    centre = 0.5 * (n - 1)
    if order >= 1:
        numerator = 0.0
        denominator = 0.0
        for t in range(n):
            numerator += (t - centre) * out[t]
            denominator += (t - centre) * (t - centre)
        slope = numerator / denominator
        for t in range(n):
            out[t] -= slope * (t - centre)
    return mean - slope * centre, slope


@njit(nogil=True, cache=True)
def _fill_regressors_nb(
    series: np.ndarray,
    level_row: int,
    lags: int,
    constant: bool,
    columns: np.ndarray,
    target: np.ndarray,
) -> None:
    """Write the ADF regression on t = lags+1 .. T-1: level in `level_row`, lags around it.

    With a `constant` everything is taken about its mean, which is the same regression.
    """
    n = series.shape[0] - 1 - lags
    for r in range(n):
        t = r + lags + 1
        target[r] = series[t] - series[t - 1]
        columns[level_row, r] = series[t - 1]
    row = 0
    for k in range(1, lags + 1):
        if row == level_row:
            row += 1
        for r in range(n):
            t = r + lags + 1 - k
            columns[row, r] = series[t] - series[t - 1]
        row += 1
    if constant:
        detrend_nb(target, 0, target)
        for k in range(lags + 1):
            detrend_nb(columns[k], 0, columns[k])


@njit(nogil=True, cache=True)
def _project_nb(
    columns: np.ndarray, target: np.ndarray, rss: np.ndarray
) -> tuple[bool, float, float]:
    """Gram-Schmidt in place: `rss[k]` is the residual sum of squares after k + 1 regressors.

    Returns
    -------
    tuple
        Whether no regressor was a combination of those before it; coefficient of the last
        regressor; the square it keeps once the others are out.
    """
    m = columns.shape[0]
    squares = np.empty(m)
    for k in range(m):
        squares[k] = _dot_nb(columns[k], columns[k])
    coefficient = 0.0
    kept = 0.0
    for k in range(m):
        kept = _dot_nb(columns[k], columns[k])
        if not kept > _MIN_PIVOT * squares[k]:
            return False, np.nan, np.nan
        coefficient = _dot_nb(columns[k], target) / kept
        _subtract_nb(target, coefficient, columns[k])
        rss[k] = _dot_nb(target, target)
        for j in range(k + 1, m):
            _subtract_nb(columns[j], _dot_nb(columns[k], columns[j]) / kept, columns[k])
    return True, coefficient, kept


@njit(nogil=True, cache=True)
def penalty_nb(criterion: int, n: int) -> float:
    """Return the penalty per parameter and observation: 2 / n for AIC (1), ln n / n for BIC (2)."""
    return 2.0 / n if criterion == 1 else np.log(n) / n


@njit(nogil=True, cache=True)
def choose_lag_nb(series: np.ndarray, max_lag: int, criterion: int, constant: bool) -> int:
    """Return the lag order of the smallest AIC (criterion 1) or BIC (2), -1 if singular.

    All orders are compared on the sample that the longest one leaves.
    """
    n = series.shape[0] - 1 - max_lag
    columns = np.empty((max_lag + 1, n))
    target = np.empty(n)
    rss = np.empty(max_lag + 1)
    _fill_regressors_nb(series, 0, max_lag, constant, columns, target)
    regular, _, _ = _project_nb(columns, target, rss)
    if not regular:
        return -1
    # n ln(rss / n) + penalty n p has the minimum of rss exp(penalty p).
    penalty = penalty_nb(criterion, n)
    best = 0
    for p in range(1, max_lag + 1):
        if rss[p] * np.exp(penalty * (p - best)) < rss[best]:
            best = p
    return best


@njit(nogil=True, cache=True)
def level_ratio_nb(series: np.ndarray, lags: int, constant: bool) -> float:
    """Return the t-ratio of the lagged level in an ADF regression, NaN if it is singular."""
    n = series.shape[0] - 1 - lags
    columns = np.empty((lags + 1, n))
    target = np.empty(n)
    rss = np.empty(lags + 1)
    _fill_regressors_nb(series, lags, lags, constant, columns, target)
    total = _dot_nb(target, target)
    regular, coefficient, kept = _project_nb(columns, target, rss)
    if not regular or not rss[lags] > _MIN_PIVOT * total:
        return np.nan
    return float(
        coefficient * math.sqrt(kept * (n - lags - 1 - (1 if constant else 0)) / rss[lags])
    )


@njit(nogil=True, cache=True)
def is_constant_nb(values: np.ndarray) -> bool:
    """Return whether a series varies by no more than rounding."""
    low = values[0]
    high = values[0]
    size = 0.0
    for t in range(values.shape[0]):
        low = min(low, values[t])
        high = max(high, values[t])
        size = max(size, abs(values[t]))
    return not high - low > MIN_VARIATION * size


@njit(nogil=True, cache=True)
def engle_granger_nb(
    y: np.ndarray,
    x: np.ndarray,
    order: int,
    max_lag: int,
    criterion: int,
    spread: np.ndarray,
    out: np.ndarray,
) -> int:
    """Run the two steps of Engle and Granger on one pair.

    Parameters
    ----------
    y, x : ndarray, shape (T,)
        Dependent and hedge.
    order : int
        Deterministic terms of step 1: -1 none, 0 constant, 1 constant and trend.
    max_lag : int
        Longest lag order searched, or the lag order itself.
    criterion : int
        0 takes `max_lag` as it is, 1 searches by AIC, 2 by BIC.
    spread : ndarray, shape (T,)
        Receives the residuals of step 1.
    out : ndarray, shape (6,)
        Receives statistic, lags, hedge ratio, its standard error, intercept, slope per step.

    Returns
    -------
    int
        OK, or the reason why `out` is NaN.
    """
    T = y.shape[0]
    out[:] = np.nan
    spread[:] = np.nan
    if is_constant_nb(y) or is_constant_nb(x):
        return CONSTANT
    hedge = np.empty(T)
    y_intercept, y_slope = detrend_nb(y, order, spread)
    x_intercept, x_slope = detrend_nb(x, order, hedge)
    total = _dot_nb(spread, spread)
    if order == 1:  # R^2 is about the mean, also when a trend is fitted
        centred = np.empty(T)
        detrend_nb(y, 0, centred)
        total = _dot_nb(centred, centred)
    squares = _dot_nb(hedge, hedge)
    if not squares > _MIN_PIVOT * _dot_nb(x, x) * (_MIN_PIVOT if order >= 0 else 0.0):
        return SINGULAR
    ratio = _dot_nb(hedge, spread) / squares
    _subtract_nb(spread, ratio, hedge)
    unexplained = _dot_nb(spread, spread)
    if not unexplained > MIN_UNEXPLAINED * total:
        return NEAR_DUPLICATE
    lags = max_lag if criterion == 0 else choose_lag_nb(spread, max_lag, criterion, False)
    if lags < 0:
        return SINGULAR
    statistic = level_ratio_nb(spread, lags, False)
    if not np.isfinite(statistic):
        return SINGULAR
    out[0] = statistic
    out[1] = lags
    out[2] = ratio
    out[3] = np.sqrt(unexplained / (T - 2 - order) / squares)
    out[4] = y_intercept - ratio * x_intercept
    out[5] = y_slope - ratio * x_slope
    return OK


@njit(nogil=True, cache=True)
def adf_nb(series: np.ndarray, max_lag: int, criterion: int) -> float:
    """Return the augmented Dickey-Fuller statistic with constant, NaN if there is none."""
    if is_constant_nb(series):
        return np.nan
    lags = max_lag if criterion == 0 else choose_lag_nb(series, max_lag, criterion, True)
    return float(level_ratio_nb(series, lags, True)) if lags >= 0 else np.nan


@njit(nogil=True, cache=True)
def zero_share_nb(values: np.ndarray) -> float:
    """Return the share of steps that change nothing."""
    same = 0
    for t in range(1, values.shape[0]):
        if values[t] == values[t - 1]:
            same += 1
    return float(same / (values.shape[0] - 1))
