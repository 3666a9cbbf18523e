"""How one capital is split over several spreads, from what was known when the split was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALLOCATIONS = ("equal", "inverse_volatility", "risk_parity")


def unit_returns(
    prices: NDArray[np.float64], weights: NDArray[np.float64], in_shares: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return what each spread earns at each bar on a gross value of 1, (T, P); row 0 is NaN.

    Legs are held at the split that an entry at the bar before would have had.
    """
    change = prices[1:] / prices[:-1] - 1.0
    out = np.full((prices.shape[0], weights.shape[0]), np.nan)
    for p, row in enumerate(weights):
        value = row * prices[:-1] if in_shares[p] else np.broadcast_to(row, change.shape)
        split = value / np.abs(value).sum(axis=1, keepdims=True)
        out[1:, p] = (split * change).sum(axis=1)
    return out


def risk_parity_weights(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights, positive and summing to 1, whose parts in the risk are equal.

    Parameters
    ----------
    covariance : ndarray, shape (P, P)
        Positive definite.

    Raises
    ------
    ConvergenceError
        If the optimiser stops early.

    Notes
    -----
    The minimiser of ``x' C x / 2 - sum(log x) / P``, which is convex, has
    ``x_i (C x)_i = 1 / P``; its direction is the answer (Spinu, An algorithm for computing risk
    parity weights, 2013).
    """
    from scipy.optimize import minimize

    n = covariance.shape[0]
    scale = 1.0 / np.sqrt(np.diag(covariance))
    correlation = covariance * np.outer(scale, scale)

    def cost(y: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # In logarithms the problem has no bounds: x = exp(y).
        x = np.exp(y)
        pull = correlation @ x
        return float(0.5 * x @ pull - y.sum() / n), x * pull - 1.0 / n

    found = minimize(cost, np.zeros(n), jac=True, method="BFGS", options={"gtol": 1e-11})
    if not np.abs(found.jac).max() < 1e-7:
        raise ConvergenceError(f"risk parity weights were not found: {found.message}")
    weights = np.exp(found.x) * scale
    return np.asarray(weights / weights.sum())


def split_capital(
    method: str, returns: NDArray[np.float64], wanted: NDArray[np.bool_], lookback: int
) -> NDArray[np.float64]:
    """Return the share of each spread at each bar, (T, P), rows summing to 1.

    Parameters
    ----------
    method : {"equal", "inverse_volatility", "risk_parity"}
        How to split.
    returns : ndarray, shape (T, P)
        `unit_returns`.
    wanted : ndarray of bool, shape (T,)
        Bars at which an entry is decided; others keep an equal split that nobody uses.
    lookback : int
        Returns that volatilities and correlations come from, those up to and with the bar. Until
        there are as many, and where one spread has not moved, the split is equal.
    """
    n_obs, n = returns.shape
    out = np.full((n_obs, n), 1.0 / n)
    if method == "equal" or n == 1:
        return out
    for t in np.flatnonzero(wanted).tolist():
        if t < lookback:
            continue
        window = returns[t - lookback + 1 : t + 1]
        variance = window.var(axis=0, ddof=1)
        if not (variance > 0).all():
            continue
        if method == "inverse_volatility":
            inverse = 1.0 / np.sqrt(variance)
            out[t] = inverse / inverse.sum()
        else:
            covariance = np.cov(window, rowvar=False)
            # A touch of the diagonal keeps spreads that move as one apart.
            covariance[np.diag_indices(n)] *= 1.0 + 1e-8
            out[t] = risk_parity_weights(covariance)
    return out
