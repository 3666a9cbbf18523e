"""Static figures of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from spreadlab.control.thresholds import Thresholds, target_positions
from spreadlab.display.figure import FLAT, INK, LONG, POSITION_COLOURS, SHORT, new_figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_NAMES = {-1: "short", 0: "flat", 1: "long"}
_LINES = (("enter_long", LONG), ("exit_long", LONG), ("enter_short", SHORT), ("exit_short", SHORT))


def policy_figure(
    thresholds: Thresholds, x: NDArray[np.float64], values: NDArray[np.float64], theta: float
) -> StaticFigure:
    """Return the action by current position as a heatmap, and the values beside it.

    Parameters
    ----------
    thresholds : Thresholds
        Levels drawn as vertical lines.
    x : ndarray, shape (M,)
        Points of the values.
    values : ndarray, shape (3, M)
        Values for positions -1, 0 and 1.
    theta : float
        Mean of the spread, drawn as a thin line.
    """
    levels = [getattr(thresholds, name) for name, _ in _LINES]
    reach = 1.6 * max(abs(level - theta) for level in levels)
    figure, (left, right) = new_figure(1, 2, size=(9.6, 3.6), width_ratios=[1.15, 1.0])
    shown = np.linspace(theta - reach, theta + reach, 801)
    actions = np.stack([target_positions(p, shown, thresholds) for p in (-1, 0, 1)])
    colours = ListedColormap([SHORT, FLAT, LONG])
    left.imshow(
        actions,
        extent=(shown[0], shown[-1], -0.5, 2.5),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        norm=BoundaryNorm([-1.5, -0.5, 0.5, 1.5], 3),
    )
    for edge in (0.5, 1.5):
        left.axhline(edge, color="white", linewidth=4)
    left.set_yticks([0, 1, 2], [_NAMES[p] for p in (-1, 0, 1)])
    left.set_ylabel("current position")
    left.set_xlabel("spread")
    left.set_title("position to hold", fontsize=10)
    for level in levels:
        left.axvline(level, color=INK, linewidth=0.8, linestyle="--")
    left.legend(
        handles=[Patch(facecolor=POSITION_COLOURS[p], label=_NAMES[p]) for p in (1, 0, -1)],
        ncols=3,
        fontsize=8,
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
    )
    inside = np.abs(x - theta) <= reach
    for position in (-1, 0, 1):
        right.plot(
            x[inside],
            values[position + 1, inside],
            color=POSITION_COLOURS[position] if position else INK,
            linewidth=1.6,
            label=_NAMES[position],
        )
    for name, colour in _LINES:
        right.axvline(getattr(thresholds, name), color=colour, linewidth=0.8, linestyle="--")
    right.axvline(theta, color=INK, linewidth=0.5, linestyle=":")
    right.set_xlabel("spread")
    right.set_ylabel("value (units of the spread)")
    right.set_title("value by current position", fontsize=10)
    right.legend(fontsize=8, frameon=False)
    return figure
