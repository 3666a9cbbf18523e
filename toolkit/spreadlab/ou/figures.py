"""Static figures of Ornstein-Uhlenbeck fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.display.figure import ACCENT, ALERT, FLAT, INK, LONG, SHORT, new_figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure
    from spreadlab.ou.diagnostics import OUDiagnostics
    from spreadlab.ou.params import OUParams


def autocorrelation(x: NDArray[np.float64], n_lags: int) -> NDArray[np.float64]:
    """Return the sample autocorrelations of lags 0 to `n_lags` (biased: every sum over T)."""
    y = x - x.mean()
    products = [float(y[: y.size - k] @ y[k:]) for k in range(n_lags + 1)]
    return np.array(products) / products[0]


def fit_figure(spread: NDArray[np.float64], params: OUParams, dt: float) -> StaticFigure:
    """Return the spread with its mean and two stationary s.d., and its autocorrelations."""
    figure, (left, right) = new_figure(1, 2, size=(10.0, 3.6), width_ratios=[2, 1])
    sd = params.stationary_sd
    left.plot(spread, color=INK, linewidth=0.8)
    left.axhline(params.theta, color=ACCENT, linewidth=1.2, label="theta")
    for k, label in ((-2, "theta ± 2 stationary s.d."), (2, None)):
        left.axhline(params.theta + k * sd, color=ALERT, linewidth=0.9, linestyle="--", label=label)
    left.set_xlabel("observation")
    left.set_ylabel("spread")
    left.legend(fontsize=8, frameon=False)
    half_life_bars = params.half_life / dt
    n_lags = int(min(max(10, 4 * math.ceil(half_life_bars)), spread.size // 2, 250))
    lags = np.arange(n_lags + 1)
    right.bar(lags, autocorrelation(spread, n_lags), color=FLAT, width=1.0, label="sample")
    right.plot(lags, np.exp(-params.kappa * dt * lags), color=LONG, label="model")
    right.set_xlabel("lag (observations)")
    right.set_ylabel("autocorrelation")
    right.legend(fontsize=8, frameon=False)
    return figure


def diagnostics_figure(found: OUDiagnostics) -> StaticFigure:
    """Return innovations, Q-Q plot, autocorrelations, and the rolling kappa or the CUSUM."""
    figure, (top_left, top_right, low_left, low_right) = new_figure(2, 2, size=(10.0, 6.0))
    top_left.plot(found.innovations, color=INK, linewidth=0.6)
    top_left.set_xlabel("step")
    top_left.set_ylabel("standardised innovation")
    ends = [found.qq_theoretical[0], found.qq_theoretical[-1]]
    top_right.plot(ends, ends, color=FLAT)
    top_right.plot(found.qq_theoretical, found.qq_sample, ".", markersize=3, color=LONG)
    top_right.set_xlabel("normal quantile")
    top_right.set_ylabel("innovation quantile")
    low_left.bar(np.arange(1, found.lags + 1), found.acf[1:], color=LONG, width=0.6)
    for level in (-found.acf_band, found.acf_band):
        low_left.axhline(level, color=ALERT, linestyle="--", linewidth=0.9)
    low_left.set_xlabel("lag")
    low_left.set_ylabel("autocorrelation")
    if found.rolling:
        low_right.plot(found.rolling["kappa"], color=ACCENT, linewidth=0.9)
        low_right.set_ylabel(f"kappa of the last {found.window}")
        low_right.set_xlabel("observation")
    else:
        low_right.plot(found.cusum, color=ACCENT, linewidth=0.9)
        low_right.set_ylabel("CUSUM")
        low_right.set_xlabel("step")
    return figure


def regimes_figure(spread: NDArray[np.float64], probability: NDArray[np.float64]) -> StaticFigure:
    """Return the spread above the filtered probability of the second regime."""
    figure, (top, bottom) = new_figure(2, 1, size=(9.0, 4.6), sharex=True, height_ratios=[2, 1])
    top.plot(spread, color=INK, linewidth=0.8)
    top.set_ylabel("spread")
    steps = np.arange(1, spread.size)
    bottom.fill_between(steps, probability, color=SHORT, alpha=0.7, linewidth=0)
    bottom.set_ylim(0.0, 1.0)
    bottom.set_ylabel("P(other regime)")
    bottom.set_xlabel("observation")
    return figure


def jumps_figure(spread: NDArray[np.float64], jumps: NDArray[np.int64]) -> StaticFigure:
    """Return the spread with the values that a jump led to."""
    figure, (axes,) = new_figure(1, 1, size=(9.0, 3.6))
    axes.plot(spread, color=INK, linewidth=0.8)
    axes.plot(jumps + 1, spread[jumps + 1], "v", color=ALERT, markersize=5, label="after a jump")
    axes.set_xlabel("observation")
    axes.set_ylabel("spread")
    axes.legend(fontsize=8, frameon=False)
    return figure


def hedge_figure(
    hedge_ratio: NDArray[np.float64],
    stderr: NDArray[np.float64] | None,
    forecast_error: NDArray[np.float64],
) -> StaticFigure:
    """Return the hedge ratio, with two standard deviations if there are any, above the errors."""
    figure, (top, bottom) = new_figure(2, 1, size=(9.0, 4.6), sharex=True)
    bars = np.arange(hedge_ratio.size)
    if stderr is not None:
        band = (hedge_ratio - 2.0 * stderr, hedge_ratio + 2.0 * stderr)
        top.fill_between(bars, *band, color=FLAT, alpha=0.6, linewidth=0)
    top.plot(bars, hedge_ratio, color=LONG, linewidth=1.0)
    top.set_ylabel("hedge ratio")
    bottom.plot(bars, forecast_error, color=INK, linewidth=0.6)
    bottom.axhline(0.0, color=FLAT, linewidth=0.8)
    bottom.set_ylabel("forecast error")
    bottom.set_xlabel("bar")
    return figure


def batch_figure(half_lives: NDArray[np.float64], pvalues: NDArray[np.float64]) -> StaticFigure:
    """Return half-lives in bars against p-values, both on logarithmic axes."""
    figure, (axes,) = new_figure(1, 1, size=(7.0, 4.0))
    known = np.isfinite(half_lives)
    axes.loglog(half_lives[known], pvalues[known], ".", color=LONG, markersize=4, alpha=0.6)
    axes.axhline(0.05, color=ALERT, linestyle="--", linewidth=0.9)
    axes.set_xlabel("half-life (bars)")
    axes.set_ylabel("p-value against a random walk")
    return figure
