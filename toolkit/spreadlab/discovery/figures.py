"""Static figures of pair tests and scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.maps import coarse, pvalue_map, similarity_order
from spreadlab.display.figure import ACCENT, FLAT, INK, LONG, SHORT, new_figure
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_MAX_CELLS = 400  # a map with more rows shows the smallest p-value of each block
_MAX_NAMES = 30
_BINS = 20


def pair_figure(
    prices: NDArray[np.float64],
    symbols: tuple[str, str],
    spread: NDArray[np.float64],
    times: Any,
    formula: str,
) -> StaticFigure:
    """Return prices rebased to 100 above the spread with its mean and two standard deviations."""
    figure, (top, bottom) = new_figure(2, 1, size=(8.0, 5.0), sharex=True)
    x = np.arange(len(spread)) if times is None else times
    for column, colour in ((0, LONG), (1, SHORT)):
        base = prices[0, column]
        rebased = 100.0 * prices[:, column] / base if base else prices[:, column]
        top.plot(x, rebased, color=colour, lw=1, label=symbols[column])
    top.set_ylabel("first bar = 100")
    top.legend(frameon=False)
    mean, sd = float(spread.mean()), float(spread.std())
    bottom.plot(x, spread, color=INK, lw=0.8)
    bottom.axhline(mean, color=ACCENT, lw=1)
    for side in (-2, 2):
        bottom.axhline(mean + side * sd, color=ACCENT, lw=1, ls="--")
    bottom.set_ylabel("spread, mean ± 2 sd")
    bottom.set_title(formula, fontsize=9, loc="left")
    bottom.set_xlabel("bar" if times is None else "date")
    return figure


def scan_figure(pvalues: NDArray[np.float64], symbols: tuple[str, ...]) -> StaticFigure:
    """Return the N x N map of p-values beside their histogram with the uniform line.

    Parameters
    ----------
    pvalues : ndarray, shape (1 or 2, N (N - 1) / 2)
        All tests: row 0 above the diagonal (earlier symbol on later), row 1 below it.
    symbols : tuple of str
        The universe.
    """
    figure, (left, right) = new_figure(1, 2, size=(10.0, 4.6), width_ratios=[1.15, 1.0])
    order = similarity_order(pvalues, len(symbols))
    cells = coarse(pvalue_map(pvalues, len(symbols))[np.ix_(order, order)], _MAX_CELLS)
    shades = left.imshow(
        -np.log10(np.maximum(cells, 1e-6)), cmap="cividis", vmin=0.0, vmax=4.0, aspect="equal"
    )
    left.set_title("p-value, hedge across, dependent down", fontsize=9, loc="left")
    if len(symbols) <= _MAX_NAMES:
        names = [symbols[k] for k in order]
        left.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        left.set_yticks(range(len(names)), names, fontsize=7)
    bar = figure.colorbar(shades, ax=left, ticks=[0, 1, 2, 3, 4], shrink=0.8)
    bar.ax.set_yticklabels(["1", ".1", ".01", ".001", "≤ .0001"], fontsize=8)
    known = pvalues[~np.isnan(pvalues)]
    right.hist(known, bins=_BINS, range=(0.0, 1.0), color=LONG, edgecolor="white")
    right.axhline(known.size / _BINS, color=SHORT, lw=1.5, label="chance alone")
    right.set_xlabel("p-value")
    right.set_ylabel(f"tests, of {known.size:,}")
    right.legend(frameon=False)
    left.set_facecolor(FLAT)
    return figure


def hurst_figure(
    scales: NDArray[np.int64], squares: NDArray[np.float64], exponent: float, words: str
) -> StaticFigure:
    """Return the log mean squares over the log scales, with the line whose slope was read."""
    figure, (ax,) = new_figure(size=(6.0, 4.0))
    ax.plot(scales, squares, "o", color=LONG, ms=4)
    if np.isfinite(exponent):
        centre = np.exp(np.log(scales).mean()), np.exp(np.log(squares).mean())
        line = centre[1] * (scales / centre[0]) ** (2.0 * exponent)
        ax.plot(scales, line, color=ACCENT, lw=1, label=f"slope 2 H, H = {short(exponent)}")
        walk = centre[1] * (scales / centre[0])
        ax.plot(scales, walk, color=FLAT, lw=1, ls="--", label="random walk, H = 0.5")
        ax.legend(frameon=False)
        ax.set_xscale("log")
        ax.set_yscale("log")
    ax.set_xlabel("scale (bars)")
    ax.set_ylabel("mean square")
    ax.set_title(words, fontsize=9, loc="left")
    return figure


def counts_figure(counts: NDArray[np.int64], edges: NDArray[np.float64]) -> StaticFigure:
    """Return the histogram of p-values that were counted in bins with these upper edges."""
    figure, (axes,) = new_figure(1, 1, size=(6.0, 4.0))
    total = int(counts.sum())
    axes.hist(edges, bins=_BINS, range=(0.0, 1.0), weights=counts, color=LONG, edgecolor="white")
    axes.axhline(total / _BINS, color=SHORT, lw=1.5, label="chance alone")
    axes.set_xlabel("p-value")
    axes.set_ylabel(f"tests, of {total:,}")
    axes.legend(frameon=False)
    return figure
