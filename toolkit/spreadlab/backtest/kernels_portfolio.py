"""Numba loop of a portfolio: many spreads on one capital, traded as one net book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def portfolio_nb(
    prices: NDArray[np.float64],
    targets: NDArray[np.int8],
    weights: NDArray[np.float64],
    in_shares: NDArray[np.bool_],
    budgets: NDArray[np.float64],
    capital: float,
    gross_cap: float,
    name_cap: float,
    cost: float,
    slip: float,
    borrow: float,
    close_at_end: bool,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Return (equity, positions, shares, flows, pair_pnl).

    Parameters
    ----------
    prices : ndarray, shape (T, N)
    targets : ndarray, shape (T, P)
        Decided at each bar, filled at the next close.
    weights : ndarray, shape (P, N)
        Weight of each symbol in each spread.
    in_shares : ndarray of bool, shape (P,)
        Whether the weights are of shares (raw spreads) or of value (log spreads).
    budgets : ndarray, shape (T, P)
        Gross value, over capital, of an entry decided at each bar.
    gross_cap, name_cap : float
        Most gross value of the net book, and of one symbol, over capital; inf for none.

    Notes
    -----
    Positions (T, P), net shares (T, N), flows (T, 4) as in `account_nb`, pair profits (T, P).
    """
    n_obs, n_names = prices.shape
    n_pairs = weights.shape[0]
    equity = np.empty(n_obs)
    positions = np.zeros((n_obs, n_pairs))
    shares = np.zeros((n_obs, n_names))
    flows = np.zeros((n_obs, 4))
    pair_pnl = np.zeros((n_obs, n_pairs))
    held = np.zeros((n_pairs, n_names))
    before = np.zeros((n_pairs, n_names))
    position = np.zeros(n_pairs, np.int64)
    worth = capital
    for t in range(n_obs):
        if t > 0:
            for p in range(n_pairs):
                for s in range(n_names):
                    earned = held[p, s] * (prices[t, s] - prices[t - 1, s])
                    pair_pnl[t, p] += earned
                    worth += earned
        before[:] = held
        for p in range(n_pairs):
            target = targets[t - 1, p] if t > 0 else 0
            if close_at_end and t == n_obs - 1:
                target = 0
            if target == position[p]:
                continue
            held[p] = 0.0
            position[p] = target
            if target == 0:
                continue
            scale = 0.0
            for s in range(n_names):
                weight = abs(weights[p, s])
                scale += weight * prices[t, s] if in_shares[p] else weight
            unit = target * budgets[t - 1, p] * capital / scale
            for s in range(n_names):
                quantity = unit * weights[p, s]
                held[p, s] = quantity if in_shares[p] else quantity / prices[t, s]
        # One factor for every pair brings the net book under its caps and leaves hedges whole.
        total = 0.0
        factor = 1.0
        for s in range(n_names):
            net = 0.0
            for p in range(n_pairs):
                net += held[p, s]
            value = abs(net) * prices[t, s]
            total += value
            factor = max(factor, value / (name_cap * capital))
        factor = max(factor, total / (gross_cap * capital))
        if factor > 1.0:
            held /= factor
        for s in range(n_names):
            net = 0.0
            moved = 0.0
            shorted = 0.0
            for p in range(n_pairs):
                net += held[p, s]
                moved += abs(held[p, s] - before[p, s])
                shorted += max(-held[p, s], 0.0)
            order = net - shares[t - 1, s] if t > 0 else net
            shares[t, s] = net
            size = abs(order) * prices[t, s]
            commission = cost * size * (1.0 + slip * np.sign(order))
            slippage = slip * size
            lent = borrow * max(-net, 0.0) * prices[t, s]
            flows[t, 0] += commission
            flows[t, 1] += slippage
            flows[t, 2] += lent
            flows[t, 3] += size
            worth -= commission + slippage + lent
            for p in range(n_pairs):
                if moved > 0.0:
                    share = abs(held[p, s] - before[p, s]) / moved
                    pair_pnl[t, p] -= (commission + slippage) * share
                if shorted > 0.0:
                    pair_pnl[t, p] -= lent * max(-held[p, s], 0.0) / shorted
        for p in range(n_pairs):
            positions[t, p] = position[p]
        equity[t] = worth
    return equity, positions, shares, flows, pair_pnl
