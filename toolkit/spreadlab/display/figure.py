"""Static figures: one look for all, shown as PNG without a display, a backend or a kernel.

Colours are Okabe and Ito's, which colour-blind readers can tell apart: long is blue, short is
orange, flat is grey everywhere in spreadlab.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONG = "#0072B2"
SHORT = "#E69F00"
FLAT = "#BBBBBB"
INK = "#333333"
ACCENT = "#009E73"
ALERT = "#D55E00"
POSITION_COLOURS = {-1: SHORT, 0: FLAT, 1: LONG}

_DPI = 110


class StaticFigure(Figure):
    """A matplotlib figure that shows itself as PNG, outside pyplot's state."""

    def __repr__(self) -> str:
        return f"<StaticFigure with {len(self.axes)} axes>"

    def to_png(self) -> bytes:
        """Return the figure as PNG bytes on a white background, readable in any theme."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.to_png()


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    size: tuple[float, float] = (8.0, 4.0),
    **gridspec: Any,
) -> tuple[StaticFigure, list[Axes]]:
    """Return an empty figure and its axes, row by row.

    Parameters
    ----------
    rows, columns : int
        Grid of axes.
    size : tuple of float
        Width and height in inches.
    **gridspec
        ``sharex``, ``sharey``, ``width_ratios``, ``height_ratios`` of matplotlib's subplots.
    """
    figure = StaticFigure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **gridspec)
    flat = [ax for row in axes for ax in row]
    for ax in flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=9)
    return figure, flat


def plain_numbers(ax: Axes) -> None:
    """Write the numbers of the y axis out, 1,050,000, instead of 1.05 with a power above."""
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
