"""Numba loops of the backtest: the rolling z-score, the decisions of a rule, and the account.

Decisions and money are two loops, because a decision never reads the account: the position held
at t is the target decided at t - 1. The same decision step therefore serves a backtest, a sweep
over thousands of parameters and a live book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Columns of a row of levels; every comparison includes the level itself.
(
    ENTER_LONG,
    EXIT_LONG,
    ENTER_SHORT,
    EXIT_SHORT,
    STOP_LONG,
    STOP_SHORT,
    LONG_TO_SHORT,
    SHORT_TO_LONG,
    FLOOR,  # no long entry below
    CEILING,  # no short entry above
) = range(10)
N_LEVELS = 10
# Why a target changed.
HOLD, ENTRY, EXIT, REVERSE, STOP, MAX_HOLD, DEADLINE, END, OPEN = range(9)
# What picks the row of a table of levels.
ROW_FIXED, ROW_TIME, ROW_HELD = range(3)
# Columns of the table of trades.
(
    ENTRY_BAR,
    EXIT_BAR,
    DIRECTION,
    PNL,
    COMMISSION,
    SLIPPAGE,
    BORROW,
    MAE,
    MFE,
    REASON,
) = range(10)
N_TRADE_COLUMNS = 10


@njit(nogil=True, cache=True)
def spread_nb(
    values: NDArray[np.float64], weights: NDArray[np.float64], intercept: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``weights[t] . values[t] - intercept[t]``; one row of weights serves all bars."""
    n_obs, n_legs = values.shape
    moving_weights = weights.shape[0] > 1
    moving_intercept = intercept.shape[0] > 1
    out = np.empty(n_obs)
    for t in range(n_obs):
        row = t if moving_weights else 0
        total = 0.0
        for leg in range(n_legs):
            total += weights[row, leg] * values[t, leg]
        out[t] = total - intercept[t if moving_intercept else 0]
    return out


@njit(nogil=True, cache=True)
def zscore_nb(series: NDArray[np.float64], lookback: int) -> NDArray[np.float64]:
    """Return the z-score of each value in the window of `lookback` values that ends with it.

    Two passes a window: running sums lose the small variances that a spread has. NaN before the
    first full window and where the window is constant.
    """
    n_obs = series.shape[0]
    out = np.full(n_obs, np.nan)
    for t in range(lookback - 1, n_obs):
        total = 0.0
        low = series[t]
        high = series[t]
        for k in range(t - lookback + 1, t + 1):
            total += series[k]
            low = min(low, series[k])
            high = max(high, series[k])
        if low == high:
            continue
        mean = total / lookback
        squares = 0.0
        for k in range(t - lookback + 1, t + 1):
            squares += (series[k] - mean) ** 2
        out[t] = (series[t] - mean) / np.sqrt(squares / (lookback - 1))
    return out


@njit(nogil=True, cache=True)
def decide_nb(
    x: float,
    position: int,
    held: int,
    resting: int,
    level: Any,
    max_hold: int,
    cooldown: int,
) -> tuple[int, int]:
    """Return (target, reason) after one bar; NaN in `x` holds the position, or stays flat.

    `level` holds ten levels, a row of an array or a tuple.
    `held` counts the bars since the position was filled, `resting` those in which no entry may
    be decided. `max_hold` 0 means no limit.
    """
    if position == 0:
        if resting > 0:
            return 0, HOLD
        if x <= level[ENTER_LONG] and x >= level[FLOOR]:
            return 1, ENTRY
        if x >= level[ENTER_SHORT] and x <= level[CEILING]:
            return -1, ENTRY
        return 0, HOLD
    if position > 0:
        if x < level[STOP_LONG]:
            return 0, STOP
        if cooldown == 0 and x >= level[LONG_TO_SHORT] and x <= level[CEILING]:
            return -1, REVERSE
        if x >= level[EXIT_LONG]:
            return 0, EXIT
    else:
        if x > level[STOP_SHORT]:
            return 0, STOP
        if cooldown == 0 and x <= level[SHORT_TO_LONG] and x >= level[FLOOR]:
            return 1, REVERSE
        if x <= level[EXIT_SHORT]:
            return 0, EXIT
    if max_hold > 0 and held + 1 >= max_hold:
        return 0, MAX_HOLD
    return position, HOLD


@njit(nogil=True, cache=True)
def step_nb(
    x: float,
    position: int,
    held: int,
    resting: int,
    level: Any,
    max_hold: int,
    cooldown: int,
) -> tuple[int, int, int, int]:
    """Return (target, held, resting, reason): the state for the next bar, and why it changed."""
    target, reason = decide_nb(x, position, held, resting, level, max_hold, cooldown)
    if target != position:
        return target, 0, cooldown if target == 0 else 0, reason
    return target, held + 1, max(resting - 1, 0), reason


@njit(nogil=True, cache=True)
def decide_path_nb(
    signal: NDArray[np.float64],
    levels: NDArray[np.float64],
    row_mode: int,
    max_hold: int,
    cooldown: int,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return the target decided at each bar and why, both (T,)."""
    n_obs = signal.shape[0]
    targets = np.zeros(n_obs, np.int8)
    reasons = np.zeros(n_obs, np.int8)
    position = 0
    held = 0
    resting = 0
    for t in range(n_obs):
        row = 0
        if row_mode == ROW_TIME:
            row = t
        elif row_mode == ROW_HELD and position != 0:
            row = min(held, levels.shape[0] - 1)
        position, held, resting, reason = step_nb(
            signal[t], position, held, resting, levels[row], max_hold, cooldown
        )
        targets[t] = position
        reasons[t] = reason
    return targets, reasons


@njit(nogil=True, cache=True)
def fill_nb(
    plain: float, order: float, cost: float, slip: float
) -> tuple[float, float, float, float]:
    """Return (price paid, commission, slippage, value at the plain price) of one leg's order.

    `order` is in shares, positive to buy: buys are filled above the plain price, sells below.
    """
    paid = plain * (1.0 + slip * np.sign(order))
    size = abs(order)
    return paid, cost * size * paid, slip * size * plain, size * plain


@njit(nogil=True, cache=True)
def unit_nb(
    weights: NDArray[np.float64], fills: NDArray[np.float64], in_shares: bool, budget: float
) -> float:
    """Return how many units of the spread have the gross value `budget` at these prices."""
    scale = 0.0
    for leg in range(weights.shape[0]):
        weight = abs(weights[leg])
        scale += weight * fills[leg] if in_shares else weight
    return budget / scale


@njit(nogil=True, cache=True)
def quantity_nb(position: int, unit: float, weight: float, plain: float, in_shares: bool) -> float:
    """Return the shares of one leg of `unit` units of the spread."""
    quantity = position * unit * weight
    return quantity if in_shares else quantity / plain


@njit(nogil=True, cache=True)
def account_nb(
    prices: NDArray[np.float64],
    fills: NDArray[np.float64],
    targets: NDArray[np.int8],
    reasons: NDArray[np.int8],
    weights: NDArray[np.float64],
    in_shares: bool,
    capital: float,
    gross: float,
    cost: float,
    slip: float,
    borrow: float,
    compounding: bool,
    close_at_end: bool,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Return (equity, positions, shares, flows, trades, trade_legs).

    `cost`, `slip` and `borrow` are fractions (borrow a bar). `flows` is (T, 4): commission,
    slippage, borrow and traded value of each bar. `trades` is (n, 10) and `trade_legs` (n, 3, L):
    shares, entry price, exit price, prices with slippage. Equity is capital plus the profit of
    closed trades plus that of the open one, so that it reconciles with the trades to rounding.
    """
    n_obs, n_legs = prices.shape
    equity = np.empty(n_obs)
    positions = np.zeros(n_obs)
    shares = np.zeros((n_obs, n_legs))
    flows = np.zeros((n_obs, 4))
    n_entries = 0
    previous = 0
    for t in range(n_obs):
        if targets[t] != previous and targets[t] != 0:
            n_entries += 1
        previous = targets[t]
    trades = np.zeros((n_entries, N_TRADE_COLUMNS))
    legs = np.zeros((n_entries, 3, n_legs))
    moving = weights.shape[0] > 1
    position = 0
    realised = 0.0
    current = -1
    for t in range(n_obs):
        target = targets[t - 1] if t > 0 else 0
        last = close_at_end and t == n_obs - 1
        signalled = target != position
        if position != 0 and (signalled or last):
            pnl = -trades[current, COMMISSION] - trades[current, BORROW]
            for leg in range(n_legs):
                quantity = legs[current, 0, leg]
                plain = fills[t, leg] if signalled else prices[t, leg]
                paid, fee, slipped, value = fill_nb(plain, -quantity, cost, slip)
                legs[current, 2, leg] = paid
                pnl += quantity * (paid - legs[current, 1, leg]) - fee
                trades[current, COMMISSION] += fee
                trades[current, SLIPPAGE] += slipped
                flows[t, 0] += fee
                flows[t, 1] += slipped
                flows[t, 3] += value
            trades[current, PNL] = pnl
            trades[current, EXIT_BAR] = t
            trades[current, MAE] = min(trades[current, MAE], pnl)
            trades[current, MFE] = max(trades[current, MFE], pnl)
            trades[current, REASON] = reasons[t - 1] if signalled else END
            realised += pnl
            position = 0
        solvent = not compounding or capital + realised > 0.0
        if signalled and target != 0 and not last and solvent:
            current += 1
            position = target
            row = t - 1 if moving else 0
            base = capital + realised if compounding else capital
            unit = unit_nb(weights[row], fills[t], in_shares, gross * base)
            trades[current, ENTRY_BAR] = t
            trades[current, DIRECTION] = position
            for leg in range(n_legs):
                plain = fills[t, leg]
                quantity = quantity_nb(position, unit, weights[row, leg], plain, in_shares)
                paid, fee, slipped, value = fill_nb(plain, quantity, cost, slip)
                legs[current, 0, leg] = quantity
                legs[current, 1, leg] = paid
                trades[current, COMMISSION] += fee
                trades[current, SLIPPAGE] += slipped
                flows[t, 0] += fee
                flows[t, 1] += slipped
                flows[t, 3] += value
        floating = 0.0
        if position != 0:
            for leg in range(n_legs):
                quantity = legs[current, 0, leg]
                shares[t, leg] = quantity
                floating += quantity * (prices[t, leg] - legs[current, 1, leg])
                if quantity < 0.0:
                    flows[t, 2] -= borrow * quantity * prices[t, leg]
            trades[current, BORROW] += flows[t, 2]
            floating -= trades[current, COMMISSION] + trades[current, BORROW]
            trades[current, MAE] = min(trades[current, MAE], floating)
            trades[current, MFE] = max(trades[current, MFE], floating)
            positions[t] = position
        equity[t] = capital + realised + floating
    if position != 0:
        trades[current, PNL] = equity[n_obs - 1] - capital - realised
        trades[current, EXIT_BAR] = n_obs - 1
        trades[current, REASON] = OPEN
        for leg in range(n_legs):
            legs[current, 2, leg] = prices[n_obs - 1, leg]
    return equity, positions, shares, flows, trades[: current + 1], legs[: current + 1]
