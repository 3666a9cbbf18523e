"""Static figure of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.display.figure import INK, LONG, new_figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure


def sweep_figure(
    surface: NDArray[np.float64],
    x: NDArray[np.float64],
    x_name: str,
    y: NDArray[np.float64] | None,
    y_name: str | None,
    metric: str,
    held: str,
) -> StaticFigure:
    """Return a heatmap over x and y with its best point marked, or a line over x alone."""
    figure, (ax,) = new_figure(1, 1, size=(7.0, 4.6))
    ax.set_xlabel(x_name)
    if held:
        ax.set_title(held, fontsize=9, loc="left")
    if y is None or y_name is None:
        ax.plot(x, surface, color=LONG, marker="o", markersize=3)
        ax.set_ylabel(metric)
        return figure
    columns, rows = np.argsort(x), np.argsort(y)
    sorted_surface = surface[np.ix_(rows, columns)]
    reach = float(np.nanmax(np.abs(surface)))
    diverging = float(np.nanmin(surface)) < 0 < float(np.nanmax(surface))
    image = ax.imshow(
        sorted_surface,
        origin="lower",
        aspect="auto",
        cmap="RdBu" if diverging else "viridis",
        vmin=-reach if diverging else None,
        vmax=reach if diverging else None,
    )
    figure.colorbar(image, ax=ax, label=metric)
    _label(ax.set_xticks, x[columns])
    _label(ax.set_yticks, y[rows])
    ax.set_ylabel(y_name)
    best = np.unravel_index(int(np.nanargmax(sorted_surface)), sorted_surface.shape)
    ax.plot(best[1], best[0], marker="*", color=INK, markersize=11, markeredgecolor="white")
    return figure


def _label(set_ticks: object, values: NDArray[np.float64]) -> None:
    shown = np.arange(0, values.size, -(-values.size // 9))  # evenly spaced, nine at most
    set_ticks(shown, [f"{round(values[i], 12) + 0.0:.3g}" for i in shown])  # type: ignore[operator]
