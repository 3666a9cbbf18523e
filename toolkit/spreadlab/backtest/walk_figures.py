"""Static figure of a walk-forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display.figure import ALERT, FLAT, INK, LONG, new_figure, plain_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure


def walk_figure(
    x: NDArray[Any],
    equity: NDArray[np.float64],
    drawdown: NDArray[np.float64],
    fold: NDArray[np.int64],
    in_sample: NDArray[np.float64],
    out_of_sample: NDArray[np.float64],
    title: str,
) -> StaticFigure:
    """Return stitched equity with its seams, drawdown, and Sharpe ratios in and out by fold."""
    figure, (top, middle, under) = new_figure(3, 1, size=(9.0, 7.0), height_ratios=[3, 1.2, 2])
    top.plot(x, equity, color=INK, linewidth=1.0)
    for seam in np.flatnonzero(np.diff(fold)) + 1:
        top.axvline(x[seam], color=FLAT, linewidth=0.6)
    top.set_title(title, fontsize=10, loc="left")
    top.set_ylabel("equity")
    plain_numbers(top)
    middle.fill_between(x, 100 * drawdown, 0.0, color=ALERT, alpha=0.5, linewidth=0)
    middle.set_ylabel("drawdown (%)")
    numbers = np.arange(in_sample.size)
    under.bar(numbers - 0.2, in_sample, 0.4, color=FLAT, label="in sample")
    under.bar(numbers + 0.2, out_of_sample, 0.4, color=LONG, label="out of sample")
    under.axhline(0.0, color=INK, linewidth=0.6)
    under.set_xlabel("fold")
    under.set_ylabel("Sharpe ratio")
    under.legend(fontsize=8, frameon=False)
    return figure
