"""The table of round trips: one row from fill to fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.backtest import kernels as k

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REASONS = (
    "hold",
    "entry",
    "exit",
    "reverse",
    "stop",
    "max_hold",
    "deadline",
    "end",
    "open",
)


def trade_dtype(n_legs: int) -> np.dtype[np.void]:
    """Return the structured dtype of a trade over `n_legs` legs."""
    return np.dtype(
        [
            ("entry", np.int64),
            ("exit", np.int64),
            ("direction", np.int8),
            ("shares", np.float64, (n_legs,)),
            ("entry_prices", np.float64, (n_legs,)),
            ("exit_prices", np.float64, (n_legs,)),
            ("pnl", np.float64),
            ("commission", np.float64),
            ("slippage", np.float64),
            ("borrow", np.float64),
            ("holding", np.int64),
            ("mae", np.float64),
            ("mfe", np.float64),
            ("reason", "U8"),
        ]
    )


def build_trades(table: NDArray[np.float64], legs: NDArray[np.float64]) -> NDArray[np.void]:
    """Return the structured trades (n,) behind the kernel's two float tables."""
    trades = np.zeros(table.shape[0], dtype=trade_dtype(legs.shape[2]))
    trades["entry"] = table[:, k.ENTRY_BAR]
    trades["exit"] = table[:, k.EXIT_BAR]
    trades["direction"] = table[:, k.DIRECTION]
    for i, name in enumerate(("shares", "entry_prices", "exit_prices")):
        trades[name] = legs[:, i]
    trades["pnl"] = table[:, k.PNL]
    trades["commission"] = table[:, k.COMMISSION]
    trades["slippage"] = table[:, k.SLIPPAGE]
    trades["borrow"] = table[:, k.BORROW]
    trades["holding"] = trades["exit"] - trades["entry"]
    trades["mae"] = table[:, k.MAE]
    trades["mfe"] = table[:, k.MFE]
    trades["reason"] = np.array(REASONS, dtype="U8")[table[:, k.REASON].astype(np.int64)]
    trades.flags.writeable = False
    return trades


def datetimes(times: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Return UTC times for seconds since 1970, to the microsecond that float64 seconds carry."""
    micros = np.round(times * 1e6).astype(np.int64)
    return micros.view("datetime64[us]")


def trade_columns(
    trades: NDArray[np.void], symbols: Sequence[str], times: NDArray[np.float64] | None
) -> dict[str, NDArray[np.generic]]:
    """Return one entry a trade, the legs side by side: shares_KO, entry_price_KO, ..."""
    columns: dict[str, NDArray[np.generic]] = {"entry": trades["entry"], "exit": trades["exit"]}
    if times is not None:
        stamps = datetimes(times)
        columns |= {"entry_time": stamps[trades["entry"]], "exit_time": stamps[trades["exit"]]}
    columns["direction"] = trades["direction"].astype(np.int64)
    for i, symbol in enumerate(symbols):
        columns[f"shares_{symbol}"] = trades["shares"][:, i]
        columns[f"entry_price_{symbol}"] = trades["entry_prices"][:, i]
        columns[f"exit_price_{symbol}"] = trades["exit_prices"][:, i]
    for name in ("pnl", "commission", "slippage", "borrow", "holding", "mae", "mfe"):
        columns[name] = trades[name]
    columns["reason"] = trades["reason"].astype(object)
    return columns
