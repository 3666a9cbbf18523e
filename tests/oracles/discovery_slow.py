"""Pair tests the slow, obvious way: a regression for every lag order, nothing shared."""

from __future__ import annotations

import math

import numpy as np


def least_squares(target, columns):
    coefficients, *_ = np.linalg.lstsq(columns, target, rcond=None)
    residual = target - columns @ coefficients
    return coefficients, residual


def step_one(y, x, trend="c"):
    t = np.arange(len(y), dtype=float)
    columns = {"n": [], "c": [np.ones_like(t)], "ct": [np.ones_like(t), t]}[trend]
    return least_squares(y, np.column_stack([x, *columns]))


def lag_columns(e, lags, first):
    """The regression of e_t - e_{t-1} on e_{t-1} and `lags` differences, t = first .. T-1."""
    d = np.diff(e)  # d[k] = e[k + 1] - e[k]
    rows = np.arange(first, len(e))
    columns = [e[rows - 1]] + [d[rows - 1 - k] for k in range(1, lags + 1)]
    return d[rows - 1], np.column_stack(columns)


def max_lag(n_obs):
    return min(math.ceil(12 * (n_obs / 100) ** 0.25), n_obs // 2 - 1)


def chosen_lag(e, longest, criterion):
    scores = []
    for p in range(longest + 1):
        target, columns = lag_columns(e, p, longest + 1)
        _, u = least_squares(target, columns)
        n = len(target)
        penalty = {"aic": 2.0, "bic": math.log(n)}[criterion]
        scores.append(n * math.log(u @ u / n) + penalty * (p + 1))
    return int(np.argmin(scores))


def level_ratio(e, lags):
    target, columns = lag_columns(e, lags, lags + 1)
    coefficients, u = least_squares(target, columns)
    variance = u @ u / (len(target) - lags - 1)
    return coefficients[0] / math.sqrt(variance * np.linalg.inv(columns.T @ columns)[0, 0])


def engle_granger(y, x, lags="aic", trend="c"):
    """(statistic, lags, hedge ratio, residual)."""
    coefficients, e = step_one(y, x, trend)
    p = lags if isinstance(lags, int) else chosen_lag(e, max_lag(len(y)), lags)
    return level_ratio(e, p), p, coefficients[0], e


def half_life(e):
    phi = np.polyfit(e[:-1], e[1:], 1)[0]
    return math.log(2) / -math.log(phi) if 0 < phi < 1 else math.nan


def hurst(e, lags="aic", window=10):
    longest = max_lag(len(e)) if isinstance(lags, str) else lags
    first = max(longest, window - 1) + 1
    steps = np.arange(1, window + 1)
    squares = [np.mean((e[first:] - e[first - h : len(e) - h]) ** 2) for h in steps]
    return np.polyfit(np.log(steps), np.log(squares), 1)[0] / 2
