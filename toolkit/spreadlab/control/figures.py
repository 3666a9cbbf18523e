"""Static figures of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from spreadlab.control.kernels_switching import policy_map_nb
from spreadlab.display.figure import FLAT, INK, LONG, POSITION_COLOURS, SHORT, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_NAMES = {-1: "short", 0: "flat", 1: "long"}
_COLOURS = ListedColormap([SHORT, FLAT, LONG])
_NORM = BoundaryNorm([-1.5, -0.5, 0.5, 1.5], 3)


def policy_figure(
    switches: NDArray[np.float64],
    x: NDArray[np.float64],
    values: NDArray[np.float64],
    theta: float,
) -> StaticFigure:
    """Return the action by current position as three bands, and the values beside them.

    Parameters
    ----------
    switches : ndarray, shape (6,)
        Levels of single switches, drawn as vertical lines.
    x : ndarray, shape (M,)
        Values of the spread to show.
    values : ndarray, shape (3, M)
        Values for positions -1, 0 and 1.
    theta : float
        Mean of the spread, drawn as a thin line.
    """
    figure, (left, right) = new_figure(1, 2, size=(9.6, 3.6), width_ratios=[1.15, 1.0])
    shown = np.linspace(x[0], x[-1], 1201)
    left.imshow(
        policy_map_nb(shown, switches[None, :])[:, 0, :],
        extent=(shown[0], shown[-1], -0.5, 2.5),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=_COLOURS,
        norm=_NORM,
    )
    for edge in (0.5, 1.5):
        left.axhline(edge, color="white", linewidth=4)
    left.set_yticks([0, 1, 2], [_NAMES[p] for p in (-1, 0, 1)])
    left.set_ylabel("current position")
    left.set_xlabel("spread")
    left.set_title("position to hold", fontsize=10)
    for level in np.unique(switches[np.isfinite(switches)]):
        left.axvline(level, color=INK, linewidth=0.8, linestyle="--")
    _legend(left)
    _draw_values(right, x, values)
    for level in np.unique(switches[np.isfinite(switches)]):
        right.axvline(level, color=INK, linewidth=0.8, linestyle="--")
    right.axvline(theta, color=INK, linewidth=0.5, linestyle=":")
    right.set_title("value by current position", fontsize=10)
    return figure


def deadline_figure(
    time_to_go: NDArray[np.float64],
    switches: NDArray[np.float64],
    x: NDArray[np.float64],
    values: NDArray[np.float64],
) -> StaticFigure:
    """Return the action over time to go and spread, one panel by current position, and values.

    Parameters
    ----------
    time_to_go : ndarray, shape (N,)
        Times, ascending from 0.
    switches : ndarray, shape (N, 6)
        Levels of single switches at those times.
    x : ndarray, shape (M,)
        Values of the spread to show.
    values : ndarray, shape (3, M)
        Values for positions -1, 0 and 1 with the whole horizon to go.
    """
    figure, axes = new_figure(2, 2, size=(9.6, 6.4), sharex=True)
    shown = np.linspace(x[0], x[-1], 601)
    times = np.linspace(0.0, time_to_go[-1], 401)[1:]
    roots = np.sqrt(time_to_go[1:])
    rows = np.stack([np.interp(np.sqrt(times), roots, column) for column in switches[1:].T], axis=1)
    actions = policy_map_nb(shown, rows)
    # The two levels that bound what each position holds; the panels show short, flat and long.
    edges = {-1: (4, 5), 0: (0, 1), 1: (2, 3)}
    for ax, position in zip(axes[:3], (1, 0, -1), strict=True):
        ax.imshow(
            actions[position + 1],
            extent=(shown[0], shown[-1], 0.0, times[-1]),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap=_COLOURS,
            norm=_NORM,
        )
        for column in edges[position]:
            ax.plot(rows[:, column], times, color=INK, linewidth=1.0)
        ax.set_xlim(x[0], x[-1])
        ax.set_ylim(0.0, times[-1])
        ax.set_ylabel("time to go (years)")
        ax.set_title(f"position to hold, now {_NAMES[position]}", fontsize=10)
    axes[2].set_xlabel("spread")
    _legend(axes[2])
    _draw_values(axes[3], x, values)
    axes[3].set_title("value with the whole horizon to go", fontsize=10)
    return figure


def _draw_values(ax: Axes, x: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    for position in (-1, 0, 1):
        ax.plot(
            x,
            values[position + 1],
            color=POSITION_COLOURS[position] if position else INK,
            linewidth=1.6,
            label=_NAMES[position],
        )
    ax.set_xlabel("spread")
    ax.set_ylabel("value (units of the spread)")
    ax.legend(fontsize=8, frameon=False)


def _legend(ax: Axes) -> None:
    ax.legend(
        handles=[Patch(facecolor=POSITION_COLOURS[p], label=_NAMES[p]) for p in (1, 0, -1)],
        ncols=3,
        fontsize=8,
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
    )


def stopping_figure(
    x: NDArray[np.float64],
    holding: NDArray[np.float64],
    waiting: NDArray[np.float64],
    exit_level: float,
    entry: tuple[float, float] | None,
) -> StaticFigure:
    """Return the values of holding and of waiting to enter, with the levels between them.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Values of the spread.
    holding, waiting : ndarray, shape (M,)
        V and J.
    exit_level : float
        Sell at or above.
    entry : tuple of float or None
        Buy inside; None for never.
    """
    figure, (left, right) = new_figure(1, 2, size=(9.6, 3.4))
    left.plot(x, holding, color=LONG, linewidth=1.6)
    left.axvline(exit_level, color=INK, linewidth=0.8, linestyle="--")
    left.set_title("value of holding", fontsize=10)
    right.plot(x, waiting, color=INK, linewidth=1.6)
    if entry is not None:
        right.axvspan(max(entry[0], float(x[0])), entry[1], color=LONG, alpha=0.2, label="buy")
        right.legend(fontsize=8, frameon=False)
    right.set_title("value of waiting to buy", fontsize=10)
    for ax in (left, right):
        ax.set_xlabel("spread")
        ax.set_ylabel("value (units of the spread)")
    return figure


def cycle_figure(
    half: NDArray[np.float64],
    rate: NDArray[np.float64],
    sharpe: NDArray[np.float64],
    best: float,
) -> StaticFigure:
    """Return the return rate and Sharpe ratio of cycles by their half width."""
    figure, (left, right) = new_figure(1, 2, size=(9.6, 3.4))
    for ax, values, name in (
        (left, rate, "return per unit of time"),
        (right, sharpe, "Sharpe ratio"),
    ):
        ax.plot(half, values, color=LONG, linewidth=1.6)
        ax.axvline(best, color=INK, linewidth=0.8, linestyle="--")
        ax.set_xlabel("half width of the cycle (units of the spread)")
        ax.set_ylabel(name)
    return figure


def weight_figure(
    x: NDArray[np.float64], time_to_go: NDArray[np.float64], weights: NDArray[np.float64]
) -> StaticFigure:
    """Return the weight against the spread, a line per time to go."""
    figure, (ax,) = new_figure(1, 1, size=(6.4, 3.6))
    for tau, row, colour in zip(time_to_go, weights, (FLAT, SHORT, LONG), strict=True):
        ax.plot(x, row, color=colour, linewidth=1.6, label=f"{tau:.3g} years to go")
    ax.axhline(0.0, color=INK, linewidth=0.5)
    ax.set_xlabel("spread")
    ax.set_ylabel("position per unit of wealth")
    ax.legend(fontsize=8, frameon=False)
    return figure


def probability_figure(x: NDArray[np.float64], maps: NDArray[np.float64]) -> StaticFigure:
    """Return the probability of each action over the spread, a panel per current position.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Values of the spread.
    maps : ndarray, shape (3, M, 3)
        By current position (long, flat, short), point and action (-1, 0, 1).
    """
    figure, axes = new_figure(1, 3, size=(9.6, 3.0), sharey=True)
    for ax, position, shares in zip(axes, (1, 0, -1), maps, strict=True):
        # Long at the bottom, then flat, then short, as they come with a rising spread.
        stacked = shares[:, ::-1].T
        colours = [POSITION_COLOURS[p] for p in (1, 0, -1)]
        ax.stackplot(x, stacked, colors=colours)
        ax.set_title(f"now {_NAMES[position]}", fontsize=10)
        ax.set_xlabel("spread")
        ax.set_xlim(x[0], x[-1])
        ax.locator_params(axis="x", nbins=5)
        ax.set_ylim(0.0, 1.0)
    axes[0].set_ylabel("probability that it is optimal")
    _legend(axes[1])
    return figure
