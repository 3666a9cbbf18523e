"""Static figure of one backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display.figure import (
    ALERT,
    FLAT,
    INK,
    LONG,
    POSITION_COLOURS,
    SHORT,
    new_figure,
    plain_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure


def backtest_figure(
    *,
    equity: NDArray[np.float64],
    drawdown: NDArray[np.float64],
    signal: NDArray[np.float64],
    signal_name: str,
    marks: Mapping[str, float],
    positions: NDArray[np.float64],
    trades: NDArray[np.void],
    stamps: NDArray[Any] | None,
    title: str,
) -> StaticFigure:
    """Return equity, drawdown, the signal with its levels and fills, and a strip of positions."""
    x = np.arange(equity.size) if stamps is None else stamps
    figure, (top, under, middle, strip) = new_figure(
        4, 1, size=(9.0, 7.5), sharex=True, height_ratios=[3, 1.4, 3, 0.35]
    )
    top.plot(x, equity, color=INK, linewidth=1.0)
    top.set_ylabel("equity")
    plain_numbers(top)
    top.set_title(title, fontsize=10, loc="left")
    under.fill_between(x, 100 * drawdown, 0.0, color=ALERT, alpha=0.5, linewidth=0)
    under.set_ylabel("drawdown (%)")
    _draw_signal(middle, x, signal, marks, trades)
    middle.set_ylabel(signal_name)
    _draw_positions(strip, x, positions)
    strip.set_xlabel("bar" if stamps is None else "")
    return figure


def _draw_signal(
    ax: Axes,
    x: NDArray[Any],
    signal: NDArray[np.float64],
    marks: Mapping[str, float],
    trades: NDArray[np.void],
) -> None:
    ax.plot(x, signal, color=INK, linewidth=0.8)
    for name, level in marks.items():
        colour = ALERT if name.startswith("stop") else LONG if name.endswith("long") else SHORT
        style = "-" if name.startswith("enter") else "--"
        ax.axhline(level, color=colour, linewidth=0.9, linestyle=style, label=name)
    for direction, colour, marker, name in ((1, LONG, "^", "long"), (-1, SHORT, "v", "short")):
        bars = trades["entry"][trades["direction"] == direction]
        ax.scatter(
            x[bars], signal[bars], color=colour, marker=marker, s=22, zorder=3, label=f"{name} fill"
        )
    bars = trades["exit"][trades["reason"] != "open"]
    ax.scatter(x[bars], signal[bars], color=INK, marker="x", s=18, zorder=3, label="exit fill")
    ax.margins(y=0.2)
    ax.legend(fontsize=7, frameon=False, ncols=5, loc="upper left")


def _draw_positions(ax: Axes, x: NDArray[Any], positions: NDArray[np.float64]) -> None:
    for position, colour in POSITION_COLOURS.items():
        held = positions == position
        held[1:] |= held[:-1]  # up to the bar at which it changes
        ax.fill_between(x, 0, 1, where=held, step="post", color=colour, linewidth=0)
    ax.set_yticks([])
    ax.set_ylim(0, 1)
    for label, colour, at in (("long", LONG, 0.0), ("flat", FLAT, 0.06), ("short", SHORT, 0.12)):
        ax.annotate(label, (at, 1.1), xycoords="axes fraction", color=colour, fontsize=8)
