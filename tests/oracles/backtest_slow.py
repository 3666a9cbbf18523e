"""A slow, obvious backtest that keeps a cash account and decides with plain comparisons."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Book:
    equity: list[float] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    shares: list[list[float]] = field(default_factory=list)
    commission: list[float] = field(default_factory=list)
    slippage: list[float] = field(default_factory=list)
    borrow: list[float] = field(default_factory=list)
    trades: list[dict] = field(default_factory=list)


def spread_of(prices, hedge_ratios, intercepts, transform):
    change = math.log if transform == "log" else float
    return [
        change(a) - h * change(b) - c
        for (a, b), h, c in zip(prices, hedge_ratios, intercepts, strict=True)
    ]


def zscores(spread, lookback):
    out = []
    for t in range(len(spread)):
        window = spread[t - lookback + 1 : t + 1] if t >= lookback - 1 else []
        if not window or min(window) == max(window):
            out.append(math.nan)
        else:
            mean = math.fsum(window) / lookback
            deviation = math.sqrt(statistics.variance(window))
            out.append((spread[t] - mean) / deviation)
    return out


def threshold_targets(spread, enter_long, exit_long, enter_short, exit_short):
    held, targets = 0, []
    for x in spread:
        wants = 1 if x <= enter_long else -1 if x >= enter_short else 0
        if held == 0:
            held = wants
        elif held == 1 and x >= exit_long:
            held = -1 if wants == -1 else 0
        elif held == -1 and x <= exit_short:
            held = 1 if wants == 1 else 0
        targets.append(held)
    return targets


def zscore_targets(zs, entry_z, exit_z, stop_z=None, max_hold=None, cooldown=0):
    stop = math.inf if stop_z is None else stop_z
    limit = math.inf if max_hold is None else max_hold
    targets, held, filled_at, free_from = [], 0, 0, 0
    for t, z in enumerate(zs):
        wants = 1 if -stop <= z < -entry_z else -1 if entry_z < z <= stop else 0
        new = held
        if held == 0:
            if t >= free_from:
                new = wants
        elif (held == 1 and z < -stop) or (held == -1 and z > stop):
            new = 0
        elif (held == 1 and z > -exit_z) or (held == -1 and z < exit_z):
            new = -held if cooldown == 0 and wants == -held else 0
        elif (t + 1) - filled_at >= limit:
            new = 0
        if new != held:
            filled_at = t + 1
            if new == 0:
                free_from = t + 1 + cooldown
        held = new
        targets.append(held)
    return targets


def simulate(
    prices,
    targets,
    weights,
    *,
    transform,
    capital,
    gross,
    cost_bps,
    slippage_bps,
    borrow_bps,
    compounding,
    periods_per_year,
    close_at_end,
    opens=None,
):
    """Return the Book; `weights[t]` are those known at the close of t."""
    book = Book()
    n_legs = len(prices[0])
    account, held, position, trade = {"cash": capital}, [0.0] * n_legs, 0, None
    fee_rate, slip, lend = cost_bps / 1e4, slippage_bps / 1e4, borrow_bps / 1e4 / periods_per_year
    fills = prices if opens is None else opens
    for t in range(len(prices)):
        day = {"commission": 0.0, "slippage": 0.0, "borrow": 0.0}

        def order(quantity, price, leg, day=day):
            paid = price
            if quantity != 0:
                paid = price * (1 + slip) if quantity > 0 else price * (1 - slip)
            fee = fee_rate * abs(quantity) * paid
            account["cash"] -= quantity * paid + fee
            held[leg] += quantity
            day["commission"] += fee
            day["slippage"] += abs(quantity) * abs(paid - price)
            return paid

        def close_all(at, reason, t=t):
            nonlocal position, trade
            trade["exit_prices"] = [order(-held[leg], at[leg], leg) for leg in range(n_legs)]
            for leg in range(n_legs):
                held[leg] = 0.0
            trade |= {
                "exit": t,
                "pnl": account["cash"] - trade.pop("cash_before"),
                "reason": reason,
            }
            book.trades.append(trade)
            position, trade = 0, None

        target = targets[t - 1] if t > 0 else 0
        final = close_at_end and t == len(prices) - 1
        if target != position:
            if position != 0:
                close_all(fills[t], "rule")
            if target != 0 and not final and (account["cash"] > 0 or not compounding):
                trade = {"entry": t, "direction": target, "cash_before": account["cash"]}
                w = weights[t - 1]
                base = account["cash"] if compounding else capital
                if transform == "log":
                    total = sum(abs(x) for x in w)
                    want = [gross * base * x / total / fills[t][leg] for leg, x in enumerate(w)]
                else:
                    total = sum(abs(x) * fills[t][leg] for leg, x in enumerate(w))
                    want = [gross * base * x / total for x in w]
                trade["entry_prices"] = [
                    order(target * want[leg], fills[t][leg], leg) for leg in range(n_legs)
                ]
                trade["shares"] = list(held)
                position = target
        if final and position != 0:
            close_all(prices[t], "end")
        for leg in range(n_legs):
            if held[leg] < 0:
                owed = lend * -held[leg] * prices[t][leg]
                account["cash"] -= owed
                day["borrow"] += owed
        book.equity.append(
            account["cash"] + sum(held[leg] * prices[t][leg] for leg in range(n_legs))
        )
        book.positions.append(position)
        book.shares.append(list(held))
        for kind, amount in day.items():
            getattr(book, kind).append(amount)
        if trade is not None:
            trade.setdefault("marks", []).append(book.equity[-1] - trade["cash_before"])
    if position != 0:
        trade |= {
            "exit": len(prices) - 1,
            "exit_prices": list(prices[-1]),
            "pnl": book.equity[-1] - trade.pop("cash_before"),
            "reason": "open",
        }
        book.trades.append(trade)
    return book


def forecast_errors(spread, signal_to_noise, warmup):
    """Return standardised errors of the best linear forecast of each value from those before it.

    The local level model has the covariance of a random walk plus noise and an unknown mean, so
    each forecast is that of generalised least squares on all values seen, solved anew.
    """
    x = np.asarray(spread, dtype=float)
    out, relative = [math.nan] * x.size, []
    for t in range(1, x.size):
        steps = np.minimum.outer(np.arange(t + 1), np.arange(t + 1))
        covariance = np.eye(t + 1) + signal_to_noise * steps
        known, towards = covariance[:t, :t], covariance[:t, t]
        ones = np.linalg.solve(known, np.ones(t))
        weight = np.linalg.solve(known, towards)
        mean = ones @ x[:t] / ones.sum()
        error = x[t] - mean - weight @ (x[:t] - mean)
        variance = covariance[t, t] - towards @ weight + (1 - weight.sum()) ** 2 / ones.sum()
        if t >= warmup and sum(relative) > 0:
            out[t] = error / math.sqrt(variance * np.mean(relative))
        relative.append(error**2 / variance)
    return out
