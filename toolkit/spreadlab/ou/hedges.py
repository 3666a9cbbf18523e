"""Hedge ratios that move: causal series, whose value at t uses data up to t and no later."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_int
from spreadlab.data.panel import ensure_pair
from spreadlab.discovery.pair_spec import transformed
from spreadlab.discovery.rules import check_prices
from spreadlab.display.html import card
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.ou.estimate import check_scale
from spreadlab.ou.kalman import NAMES, kalman_series
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]

HedgeMethod = Literal["rolling", "expanding", "kalman", "total-least-squares"]
METHODS = ("rolling", "expanding", "kalman", "total-least-squares")
MIN_WINDOW = 10
MIN_KALMAN_WINDOW = 50


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class HedgeResult:
    """A hedge ratio and an intercept at every bar, in the form that `backtest` takes as a pair.

    Attributes
    ----------
    dependent, hedge : str
        Symbols of the two legs.
    hedge_ratio, intercept : ndarray, shape (T,)
        Values at t from data up to t; NaN before bar `start`.
    spread : ndarray, shape (T,)
        dependent - hedge_ratio * hedge - intercept, with the values at the same t.
    forecast_error : ndarray, shape (T,)
        The same with the values at t - 1: what a hedge held over the bar made. NaN up to `start`.
    hedge_ratio_stderr : ndarray, shape (T,), or None
        Standard deviation of the Kalman filter's hedge ratio given its variances.
    variances : mapping of str to float
        Of the Kalman filter, per bar: ``intercept``, ``hedge_ratio`` and ``noise``, estimated on
        the first `window` bars; empty for the other methods.
    variance_stderr : mapping of str to float
        Standard errors of the logarithms of `variances`.
    loglik : float
        Diffuse log-likelihood of the Kalman filter on the first `window` bars, else NaN.
    start : int
        First bar with values. `rows(start)` gives what a backtest of ``prices[start:]`` needs.
    causal : bool
        True: changing a bar changes no value before it.
    method : str
        How the values were found.
    window : int
        Bars of a rolling window, or those that the variances or the first value come from.
    transform : str
        "log" or "none": of what prices the spread is.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    dependent: str
    hedge: str
    hedge_ratio: NDArray[np.float64]
    intercept: NDArray[np.float64]
    spread: NDArray[np.float64]
    forecast_error: NDArray[np.float64]
    hedge_ratio_stderr: NDArray[np.float64] | None
    variances: Mapping[str, float]
    variance_stderr: Mapping[str, float]
    loglik: float
    start: int
    method: str
    window: int
    transform: str
    causal: bool = True
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_obs(self) -> int:
        """Bars T."""
        return int(self.spread.size)

    def rows(self, low: int, high: int | None = None) -> HedgeResult:
        """Return the same series from bar `low` up to, not including, bar `high`.

        Raises
        ------
        InvalidInputError
            If nothing is left.
        """
        low = ensure_int(low, "low", low=0, high=self.n_obs - 1)
        high = (
            self.n_obs if high is None else ensure_int(high, "high", low=low + 1, high=self.n_obs)
        )
        stderr = self.hedge_ratio_stderr
        return dataclasses.replace(
            self,
            hedge_ratio=self.hedge_ratio[low:high],
            intercept=self.intercept[low:high],
            spread=self.spread[low:high],
            forecast_error=self.forecast_error[low:high],
            hedge_ratio_stderr=None if stderr is None else stderr[low:high],
            start=max(self.start - low, 0),
        )

    def __repr__(self) -> str:
        last = float(self.hedge_ratio[-1])
        return (
            f"HedgeResult({self.dependent} on {self.hedge}, method={self.method!r}, "
            f"last hedge_ratio={short(last)}, start={self.start}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        known = self.hedge_ratio[self.start :]
        facts = {
            "dependent": self.dependent,
            "hedge": self.hedge,
            "method": self.method,
            "hedge ratio, last": short(float(known[-1])),
            "hedge ratio, range": f"{short(float(known.min()))} to {short(float(known.max()))}",
            "first bar with values": short(self.start),
            "bars": short(self.n_obs),
        }
        facts |= {f"variance of {name}": short(value) for name, value in self.variances.items()}
        return card("Moving hedge ratio (causal)", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per bar: hedge_ratio, intercept, spread, forecast_error."""
        import pandas as pd

        names = ("hedge_ratio", "intercept", "spread", "forecast_error")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def plot(self) -> StaticFigure:
        """Return the hedge ratio above the forecast errors."""
        from spreadlab.ou.figures import hedge_figure

        return hedge_figure(self.hedge_ratio, self.hedge_ratio_stderr, self.forecast_error)


@wire("HedgeSpec")
@dataclass(frozen=True, slots=True)
class HedgeSpec(SingleTile):
    """Follow the hedge ratio of one pair.

    Attributes
    ----------
    method : str
        One of `METHODS`.
    window : int
        Bars of a rolling window, or those that the variances or the first value come from.
    transform : str
        "log" or "none".
    """

    method: HedgeMethod = "kalman"
    window: int = 252
    transform: Literal["log", "none"] = "log"

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the window fits and no window is degenerate."""
        check_choice(self.method, "method", METHODS)
        check_choice(self.transform, "transform", ("log", "none"))
        lowest = MIN_KALMAN_WINDOW if self.method == "kalman" else MIN_WINDOW
        prices = inputs.matrix("prices")
        if prices.shape[1] != 2:
            raise InvalidInputError("prices", f"got shape {prices.shape}", "of shape (T, 2)")
        ensure_int(self.window, "window", low=lowest, high=prices.shape[0])
        check_prices(prices, self.transform)
        for column, name in zip(transformed(prices, self.transform).T, ("y", "x"), strict=True):
            if np.ptp(column) > 0.0:  # one that stands still is refused by name as it runs
                check_scale(column, name)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Compute the series.

        Raises
        ------
        InvalidInputError
            If the hedge does not move within a window.
        """
        prices = transformed(view["prices"], self.transform)
        y, x = np.ascontiguousarray(prices[:, 0]), np.ascontiguousarray(prices[:, 1])
        return Partial(tile.id, follow(y, x, self.method, self.window), tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> HedgeResult:
        """Return the series."""
        values = dict(state[0])
        for name in ("variances", "variance_stderr"):  # the wire sorts keys
            values[name] = {key: values[name][key] for key in NAMES if key in values[name]}
        for array in values.values():
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        dependent, hedge = inputs.labels["symbols"]
        return HedgeResult(
            **values,
            dependent=dependent,
            hedge=hedge,
            method=self.method,
            window=self.window,
            transform=self.transform,
            provenance=provenance_of(self, inputs),
        )


def follow(y: F64, x: F64, method: HedgeMethod, window: int) -> dict[str, Any]:
    """Return the fields of a `HedgeResult` that the data decide."""
    from spreadlab.ou.kernels_hedge import expanding_ols_nb, rolling_line_nb

    line = np.full((2, y.size), np.nan)
    extra: dict[str, Any] = {
        "hedge_ratio_stderr": None,
        "variances": {},
        "variance_stderr": {},
        "loglik": float("nan"),
    }
    if method == "expanding":
        expanding_ols_nb(y, x, line)
        line[:, : window - 1] = np.nan
    elif method == "kalman":
        line, extra = kalman_series(y, x, window)
    else:
        rolling_line_nb(y, x, window, method == "total-least-squares", line)
    start = window - 1
    intercept, slope = line
    bad = ~np.isfinite(slope[start:])
    if bad.any():
        raise InvalidInputError(
            "x",
            f"does not move with y in the {window} bars up to bar {start + int(np.argmax(bad))}",
            "prices that move within every window",
            "use a longer window",
        )
    forecast = np.full(y.size, np.nan)
    forecast[window:] = y[window:] - slope[start:-1] * x[window:] - intercept[start:-1]
    return {
        "hedge_ratio": slope.copy(),
        "intercept": intercept.copy(),
        "spread": y - slope * x - intercept,
        "forecast_error": forecast,
        "start": start,
    } | extra


def make_hedge_series_request(
    y: Any,
    x: Any,
    *,
    method: HedgeMethod = "kalman",
    window: int = 252,
    transform: Literal["log", "none"] = "log",
) -> tuple[HedgeSpec, Inputs]:
    """Return the request of `hedge_series`, with both series coerced and aligned."""
    check_choice(method, "method", METHODS)
    check_choice(transform, "transform", ("log", "none"))
    lowest = MIN_KALMAN_WINDOW if method == "kalman" else MIN_WINDOW
    window = ensure_int(window, "window", low=lowest)
    panel = ensure_pair(y, x, transform=transform, min_obs=window)
    return HedgeSpec(method, window, transform), panel.inputs
