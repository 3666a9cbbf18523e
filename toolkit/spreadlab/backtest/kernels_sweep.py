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

    Returns how many points had returns that vary. Volatility and Sharpe are per period here.
    """
    n_obs, n_legs = prices.shape
    quantity = np.empty(n_legs)
    bought = np.empty(n_legs)
    returns = np.empty(n_obs)
    n_varying = 0
    for p in range(levels.shape[0]):
        level = levels[p]
        position = 0
        state_position = 0
        held = 0
        resting = 0
        target = 0
        realised = 0.0
        entry_fee = 0.0
        owed = 0.0
        equity = capital
        peak = capital
        drawdown = 0.0
        total = 0.0
        squares = 0.0
        low = 0.0
        high = 0.0
        turnover = 0.0
        n_trades = 0
        n_wins = 0
        n_held = 0
        returns[:] = 0.0
        for t in range(n_obs):
            before = equity
            base = before if compounding else capital
            last = close_at_end and t == n_obs - 1
            signalled = target != position
            if position == 0 and not signalled:
                # Nothing is held and nothing changes: equity stays as it is.
                state_position, held, resting, _ = step_nb(
                    signal[t], state_position, held, resting, level, max_holds[p], cooldowns[p]
                )
                target = state_position
                continue
            if position != 0 and (signalled or last):
                pnl = -entry_fee - owed
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
            if signalled and target != 0 and not last:
                worth = capital + realised if compounding else capital
                if worth > 0.0:
                    position = target
                    entry_fee = 0.0
                    owed = 0.0
                    for leg in range(n_legs):
                        plain = fills[t, leg]
                        quantity[leg] = position * worth * units[t, leg]
                        paid = plain * (1.0 + slip * np.sign(quantity[leg]))
                        size = abs(quantity[leg])
                        bought[leg] = paid
                        entry_fee += cost * size * paid
                        turnover += size * plain / base
            floating = 0.0
            if position != 0:
                n_held += 1
                for leg in range(n_legs):
                    floating += quantity[leg] * (prices[t, leg] - bought[leg])
                    if quantity[leg] < 0.0:
                        owed -= borrow * quantity[leg] * prices[t, leg]
                floating -= entry_fee + owed
            equity = capital + realised + floating
            change = equity - before
            if compounding:
                change = change / before if before > 0.0 else np.nan
            else:
                change /= capital
            returns[t] = change
            total += change
            squares += change * change
            low = min(low, change)
            high = max(high, change)
            peak = max(peak, equity)
            drawdown = min(drawdown, equity / peak - 1.0)
            state_position, held, resting, _ = step_nb(
                signal[t], state_position, held, resting, level, max_holds[p], cooldowns[p]
            )
            target = state_position
        mean = total / n_obs
        variance = (squares - total * mean) / (n_obs - 1)
        deviation = np.sqrt(variance) if variance > 0.0 else variance * 0.0
        varies = high > low and deviation > 0.0
        row = figures[p]
        row[SHARPE] = mean / deviation if varies else np.nan
        row[TOTAL] = equity / capital - 1.0
        row[VOLATILITY] = deviation
        row[DRAWDOWN] = drawdown
        row[N_TRADES] = n_trades
        row[HIT_RATE] = n_wins / n_trades if n_trades > 0 else np.nan
        row[EXPOSURE] = n_held / n_obs
        row[TURNOVER] = turnover / n_obs
        if varies:
            n_varying += 1
            scale = 1.0 / deviation
            for t in range(n_obs):
                standardised[t] += (returns[t] - mean) * scale
    return n_varying
