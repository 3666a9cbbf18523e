"""An Ornstein-Uhlenbeck fit beside the data that it is of."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab.engines.blas import one_blas_thread
from spreadlab.ou.figures import autocorrelation
from spreadlab.ou.tables import LEVELS
from spreadlab.ou.verdict import verdict_of
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]

_DENSITY_POINTS = 201
_MOST_BINS = 40
_MOST_LAGS = 250
_NAMES = ("fit", "kappa", "theta", "sigma", "half_life", "interval", "diagnostics", "verdict")


class OUFitView(View, anywidget.AnyWidget):
    """A fit: parameters with intervals, and four looks at how well it describes the spread.

    The spread with its mean and bands of two stationary standard deviations; the stationary
    density against the histogram; autocorrelations against exp(-kappa lag); quantiles of the
    innovations against normal ones. Above them, in words, whether the sample tells the spread
    from a random walk.

    Parameters
    ----------
    fit : OUResult, optional
        What ``sl.estimate_ou`` returned; may be given later.
    dates : array_like of dates, shape (T,), optional
        Of the spread, for its axis.
    **traits
        ``level``, ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    fit : OUResult or None
        Setting it redraws the view.
    dates : array_like or None
        Ignored where their number is not that of the spread's values.
    level : float
        Confidence level of the intervals, in [0.5, 0.999]. They come from simulated critical
        values, and hold near a random walk too.

    Examples
    --------
    >>> from spreadlab_widgets import OUFitView
    >>> OUFitView()
    OUFitView(no fit)
    """

    _esm = bundle("ou-fit-view.js")
    _css = bundle("ou-fit-view.css")

    fit = t.Any(None, help="Result of sl.estimate_ou.")
    dates = t.Any(None, help="Dates of the spread.")
    level = t.Float(0.95, min=LEVELS[0], max=LEVELS[1], help="Confidence level.").tag(sync=True)
    _fit = t.Any(None).tag(sync=True)

    _held = True  # whether what is set is not yet all

    def __init__(self, fit: Any = None, dates: Any = None, **traits: Any) -> None:
        super().__init__(**{"fit": fit, "dates": dates, **traits})
        self._held = False
        self._show_fit()

    def show(self, fit: Any, dates: Any = None) -> None:
        """Show a fit with its dates, at once: neither is drawn with the other's predecessor.

        Parameters
        ----------
        fit : OUResult or None
            What ``sl.estimate_ou`` returned.
        dates : array_like of datetime, optional
            Of the bars of its spread.
        """
        self._held = True
        try:
            self.fit = fit
            self.dates = dates
        finally:
            self._held = False
        self._show_fit()

    @t.validate("fit")
    def _check_fit(self, proposal: dict[str, Any]) -> Any:
        fit = proposal["value"]
        missing = [name for name in _NAMES[1:] if fit is not None and not hasattr(fit, name)]
        if missing:
            raise InvalidTraitError(
                "fit", f"got a {type(fit).__name__}", "a result of sl.estimate_ou(), or None"
            )
        return fit

    @t.observe("fit", "dates", "level")
    def _show_fit(self, _change: Any = None) -> None:
        if self._held:
            return
        # The sums are small: BLAS's threads would wait for each other, and for the page's.
        with self.reporting(), one_blas_thread:
            self._fit = None if self.fit is None else _wire(self.fit, self.dates, self.level)

    def _facts(self) -> str:
        return "no fit" if self.fit is None else repr(self.fit)

    def _static_html(self) -> str:
        if self.fit is None:
            return f"<p>{escape(repr(self))}</p>"
        return f"{self.fit._repr_html_()}<p>{escape(self.fit.verdict(self.level))}</p>"

    def _static_figure(self) -> StaticFigure | None:
        figure: StaticFigure | None = None if self.fit is None else self.fit.plot()
        return figure


def _wire(fit: Any, dates: Any, level: float) -> dict[str, Any]:
    """Return what the view draws: the fit's own numbers, and its curves at the points drawn."""
    checks = fit.diagnostics(lags=_test_lags(fit.n_obs))
    ends = fit.interval(level)
    edges, density = _histogram(fit.spread)
    low = min(edges[0], fit.theta - 4.0 * fit.stationary_sd)
    high = max(edges[-1], fit.theta + 4.0 * fit.stationary_sd)
    x = np.linspace(low, high, _DENSITY_POINTS)
    lags = np.arange(_lags_shown(fit) + 1)
    arrays = {
        "spread": fit.spread,
        "edges": edges,
        "density": density,
        "x": x,
        "stationary": _normal_density(x, fit.theta, fit.stationary_sd),
        "acf": autocorrelation(fit.spread, int(lags[-1])),
        "model_acf": np.exp(-fit.kappa * fit.dt * lags),
        "qq_theoretical": checks.qq_theoretical,
        "qq_sample": checks.qq_sample,
    }
    stamps = _stamps(dates, fit.n_obs)
    return {
        **{name: to_wire(np.ascontiguousarray(array)) for name, array in arrays.items()},
        "times": None if stamps is None else to_wire(stamps),
        "theta": float(fit.theta),
        "stationary_sd": float(fit.stationary_sd),
        "half_life_bars": float(fit.half_life_bars),
        "parameters": _parameters(fit, ends),
        "tests": [
            {
                "name": test.name,
                "null": test.null,
                "statistic": float(test.statistic),
                "pvalue": float(test.pvalue),
            }
            for test in checks.tests
        ],
        "verdict": _verdict(fit, ends["half_life"], level),
        "reverts": bool(math.isfinite(ends["half_life"][1])),
    }


def _verdict(fit: Any, half_life: tuple[float, float], level: float) -> str:
    """Return `fit.verdict(level)`, from the interval that is already there."""
    low, high = half_life
    return verdict_of(fit.half_life_bars, (low / fit.dt, high / fit.dt), fit.n_obs, level)


def _parameters(fit: Any, ends: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Return the rows of the forest plot; the scale says how far apart two values are."""
    bars = 1.0 / fit.dt
    time = "bar" if fit.dt == 1.0 else "year"
    rows = (
        ("kappa", "κ, speed", f"per {time}", "ratio", fit.kappa, ends["kappa"], 1.0),
        ("half_life", "half-life", "bars", "ratio", fit.half_life, ends["half_life"], bars),
        ("sigma", "σ, volatility", f"per √{time}", "ratio", fit.sigma, ends["sigma"], 1.0),
        ("theta", "θ, mean", "of the spread", "shift", fit.theta, ends["theta"], 1.0),
    )
    return [
        {
            "name": name,
            "label": label,
            "unit": unit,
            "scale": scale,
            "estimate": float(value * factor),
            # JSON has no infinity: an end that does not exist is None.
            "low": _finite(low * factor),
            "high": _finite(high * factor),
            "stderr": _finite(fit.stderr[name] * factor),
        }
        for name, label, unit, scale, value, (low, high), factor in rows
    ]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _histogram(spread: F64) -> tuple[F64, F64]:
    """Return the edges and densities of equal bins, by the rule of Freedman and Diaconis."""
    count = len(np.histogram_bin_edges(spread, bins="fd")) - 1
    density, edges = np.histogram(spread, bins=min(max(count, 10), _MOST_BINS), density=True)
    return edges, density


def _normal_density(x: F64, mean: float, sd: float) -> F64:
    """Return the stationary density of the process, N(theta, sigma^2 / (2 kappa))."""
    z = (x - mean) / sd
    return np.asarray(np.exp(-0.5 * z * z) / (sd * math.sqrt(2.0 * math.pi)))


def _lags_shown(fit: Any) -> int:
    """Return how many lags show the decay: four half-lives, at least ten, at most 250."""
    wanted = max(10, 4 * math.ceil(fit.half_life_bars))
    return int(min(wanted, fit.n_obs // 2, _MOST_LAGS))


def _test_lags(n_obs: int) -> int:
    return min(10, (n_obs - 1) // 3)


def _stamps(dates: Any, n_obs: int) -> F64 | None:
    """Return dates as milliseconds since 1970, None where they are not those of the spread."""
    if dates is None or len(dates) != n_obs:
        return None
    return np.asarray(dates, dtype="datetime64[ms]").astype(np.float64)
