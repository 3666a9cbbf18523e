"""Numba loop of a sweep: many rows of levels over one signal, figures only.

Every point goes through the same decision step and the same account as a single backtest, bar
by bar, but keeps no arrays of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from spreadlab.backtest.kernels import step_nb

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Columns of the table of figures.
SHARPE, TOTAL, VOLATILITY, DRAWDOWN, N_TRADES, HIT_RATE, EXPOSURE, TURNOVER = range(8)
N_FIGURES = 8


@njit(nogil=True, cache=True)
def entry_units_nb(
    fills: NDArray[np.float64], weights: NDArray[np.float64], in_shares: bool, gross: float
) -> NDArray[np.float64]:
    """Return the shares (T, L) of a long entry filled at each bar for a capital of 1."""
    n_obs, n_legs = fills.shape
    moving = weights.shape[0] > 1
    units = np.zeros((n_obs, n_legs))
    for t in range(1, n_obs):
        row = t - 1 if moving else 0
        scale = 0.0
        for leg in range(n_legs):
            weight = abs(weights[row, leg])
            scale += weight * fills[t, leg] if in_shares else weight
        for leg in range(n_legs):
            unit = gross * weights[row, leg] / scale
            units[t, leg] = unit if in_shares else unit / fills[t, leg]
    return units


@njit(nogil=True, cache=True)
def sweep_nb(
    prices: NDArray[np.float64],
    fills: NDArray[np.float64],
    units: NDArray[np.float64],
    signal: NDArray[np.float64],
    levels: NDArray[np.float64],
    max_holds: NDArray[np.int64],
    cooldowns: NDArray[np.int64],
    capital: float,
    cost: float,
    slip: float,
    borrow: float,
    compounding: bool,
    close_at_end: bool,
    figures: NDArray[np.float64],
    standardised: NDArray[np.float64],
) -> int:
    """Write the figures (n, 8) of n points and add their standardised returns to a (T,) sum.

    Returns how many points had returns that vary. Volatility and Sharpe are per period here. The
    first two legs live in scalars, which is what makes a pair fast; others in a loop.
    """
    n_obs, n_legs = prices.shape
    quantity = np.zeros(n_legs)
    bought = np.zeros(n_legs)
    returns = np.empty(n_obs)
    n_varying = 0
    for p in range(levels.shape[0]):
        # A tuple instead of a row of the array keeps the levels in registers.
        level = (
            levels[p, 0],
            levels[p, 1],
            levels[p, 2],
            levels[p, 3],
            levels[p, 4],
            levels[p, 5],
            levels[p, 6],
            levels[p, 7],
            levels[p, 8],
            levels[p, 9],
        )
        max_hold, cooldown = max_holds[p], cooldowns[p]
        position = 0
        target = 0
        held = 0
        resting = 0
        realised = 0.0
        charges = 0.0
        q0, q1, b0, b1 = 0.0, 0.0, 0.0, 0.0
        short0, short1 = 0.0, 0.0
        equity = capital
        peak = capital
        drawdown = 0.0
        total = 0.0
        squares = 0.0
        turnover = 0.0
        n_trades = 0
        n_wins = 0
        n_held = 0
        returns[:] = 0.0
        for t in range(n_obs):
            if position == 0 and target == 0:
                # Nothing is held and nothing changes: equity stays as it is.
                target, held, resting, _ = step_nb(
                    signal[t], 0, held, resting, level, max_hold, cooldown
                )
                continue
            before = equity
            last = close_at_end and t == n_obs - 1
            if target != position or last:
                base = before if compounding else capital
                signalled = target != position
                if position != 0:
                    pnl = -charges
                    for leg in range(n_legs):
                        plain = fills[t, leg] if signalled else prices[t, leg]
                        paid = plain * (1.0 - slip * np.sign(quantity[leg]))
                        size = abs(quantity[leg])
                        pnl += quantity[leg] * (paid - bought[leg]) - cost * size * paid
                        turnover += size * plain / base
                    realised += pnl
                    n_trades += 1
                    if pnl > 0.0:
                        n_wins += 1
                    position = 0
                worth = capital + realised if compounding else capital
                if signalled and target != 0 and not last and worth > 0.0:
                    position = target
                    charges = 0.0
                    for leg in range(n_legs):
                        plain = fills[t, leg]
                        quantity[leg] = position * worth * units[t, leg]
                        paid = plain * (1.0 + slip * np.sign(quantity[leg]))
                        size = abs(quantity[leg])
                        bought[leg] = paid
                        charges += cost * size * paid
                        turnover += size * plain / base
                    q0, q1, b0, b1 = quantity[0], quantity[1], bought[0], bought[1]
                    short0, short1 = borrow * max(-q0, 0.0), borrow * max(-q1, 0.0)
            equity = capital + realised
            if position != 0:
                n_held += 1
                p0, p1 = prices[t, 0], prices[t, 1]
                charges += short0 * p0 + short1 * p1
                floating = q0 * (p0 - b0) + q1 * (p1 - b1)
                for leg in range(2, n_legs):
                    floating += quantity[leg] * (prices[t, leg] - bought[leg])
                    charges += borrow * max(-quantity[leg], 0.0) * prices[t, leg]
                equity += floating - charges
            change = equity - before
            if not compounding:
                change /= capital
            elif before > 0.0:
                change /= before
            else:
                change = np.nan
            returns[t] = change
            total += change
            squares += change * change
            peak = max(peak, equity)
            if equity < peak * (1.0 + drawdown):
                drawdown = equity / peak - 1.0
            target, held, resting, _ = step_nb(
                signal[t], target, held, resting, level, max_hold, cooldown
            )
        mean = total / n_obs
        deviation = np.sqrt(max((squares - total * mean) / (n_obs - 1), 0.0))
        if not squares >= 0.0:
            deviation = np.nan
        varies = deviation > 0.0
        figures[p, SHARPE] = mean / deviation if varies else np.nan
        figures[p, TOTAL] = equity / capital - 1.0
        figures[p, VOLATILITY] = deviation
        figures[p, DRAWDOWN] = drawdown
        figures[p, N_TRADES] = n_trades
        figures[p, HIT_RATE] = n_wins / n_trades if n_trades > 0 else np.nan
        figures[p, EXPOSURE] = n_held / n_obs
        figures[p, TURNOVER] = turnover / n_obs
        if varies:
            n_varying += 1
            scale = 1.0 / deviation
            shift = mean * scale
            for t in range(n_obs):
                standardised[t] += returns[t] * scale - shift
    return n_varying
