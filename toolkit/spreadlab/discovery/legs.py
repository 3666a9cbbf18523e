"""What is odd about the legs of a pair before any spread is formed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.discovery.kernels.direct import adf_nb, zero_share_nb
from spreadlab.discovery.kernels.legs import leg_statistics_nb
from spreadlab.discovery.kernels.pvalue import surface_pvalue_nb, surface_pvalues_nb
from spreadlab.discovery.mackinnon import surface
from spreadlab.discovery.products import padded_width
from spreadlab.discovery.rules import (
    MIN_OBS,
    Lags,
    criterion_code,
    inflation,
    moment_lag,
    search_lag,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.products import Side

STATIONARY = 0.05  # p-value of a leg below which it may be stationary on its own
STALE = 0.2  # share of zero returns above which prices were hardly made


def leg_pvalues(values: NDArray[np.float64], side: Side, lags: Lags) -> NDArray[np.float64]:
    """Return each column's p-value of an augmented Dickey-Fuller test with constant.

    Cointegration is a statement on integrated series: of two stationary legs it says nothing.
    NaN for a column that can't be tested.
    """
    n_obs, K = values.shape[0], moment_lag(lags, values.shape[0])
    statistics = np.empty(side.size)
    longest, code = search_lag(lags, n_obs), criterion_code(lags)
    own, head, tail = side.turned(padded_width(side.size))
    order = longest if code == 0 else -1
    leg_statistics_nb(
        n_obs, K, order, inflation(lags, n_obs), side.size, own, head, tail, statistics
    )
    for k in np.flatnonzero(~np.isfinite(statistics)):
        statistics[k] = adf_nb(np.ascontiguousarray(values[:, k]), longest, code)
    return np.asarray(surface_pvalues_nb(statistics, surface("c", 1)))


def zero_shares(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column's share of returns that are exactly zero."""
    columns = np.ascontiguousarray(prices.T)
    return np.array([zero_share(column) for column in columns])


def zero_share(prices: NDArray[np.float64]) -> float:
    """Return one column's share of returns that are exactly zero, NaN for fewer than two prices."""
    return float(zero_share_nb(prices)) if prices.size > 1 else float("nan")


def leg_pvalue(column: NDArray[np.float64], lags: Lags) -> float:
    """Return `leg_pvalues` of one column on its own, NaN where it is too short."""
    n_obs, longest = column.size, search_lag(lags, column.size)
    if n_obs < MIN_OBS or longest > n_obs // 2 - 3:
        return float("nan")
    statistic = adf_nb(column, longest, criterion_code(lags))
    return float(surface_pvalue_nb(statistic, surface("c", 1)))


def flags_of(name: str, pvalue: float, zeros: float) -> list[str]:
    """Return the flags of one leg, called `name` in them."""
    flags = []
    if pvalue < STATIONARY:
        flags.append(f"stationary {name}")
    if zeros > STALE:
        flags.append(f"stale {name}")
    return flags
