"""Two prices over their spread, with the window that everything is fitted in."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, cast

import anywidget
import numpy as np
import traitlets as t

import spreadlab as sl
from spreadlab.data.panel import PricePanel, ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.bar_window import SHORTEST, BarWindow
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.spread_levels import fit_levels, policy_levels, sample_levels
from spreadlab_widgets.spread_marks import marks_of, positions_of, results_of
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure
    from spreadlab.ou.hedges import HedgeMethod, HedgeResult

    F64 = NDArray[np.float64]

_PAIR = "a result of sl.test_pair(), or None"
HEDGES = ("static", "rolling", "kalman")


class SpreadView(View, anywidget.AnyWidget):
    """Both legs, rebased, over their spread with its mean, thresholds and positions.

    Dragging over the chart sets the in-sample window; with the chart in focus ``[`` and ``]`` move
    its end, ``{`` and ``}`` its start. The wheel with Ctrl zooms, and so do ``+``, ``-`` and ``0``;
    Page Up and Page Down move along; arrows move the crosshair; ``?`` shows all keys.

    Parameters
    ----------
    pair : PairResult, optional
        What ``sl.test_pair`` returned; may be given later.
    prices : frame, PricePanel or ndarray, optional
        What to show, of which the pair's sample may be a part: the hedge ratio of the sample is
        used throughout. A frame has both legs, an array is of dependent and hedge. The prices of
        the pair by default.
    window : tuple, optional
        See below; the sample of the pair by default.
    **traits
        ``hedge``, ``hedge_window``, ``ou``, ``policy``, ``backtest``, ``trade``, ``engine``,
        ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    pair, prices
        Setting them redraws the view.
    window : tuple of int
        In-sample bars: the first, and one past the last. May be set as two dates as well, both
        included; follows the reader, also while a drag lasts.
    brushing : bool
        Whether the reader is dragging the window just now.
    hedge : {"static", "rolling", "kalman"}
        The pair's own hedge ratio, or one that moves, from ``sl.hedge_series``.
    hedge_window : int
        Bars of the rolling hedge ratio, or those that the Kalman filter's variances come from.
    ou : OUResult or None
        Its mean, and two stationary standard deviations either side; without it the mean of the
        window and two standard deviations.
    policy : PolicyResult, rule of levels of the spread, or None
        Its thresholds. They and `ou` are hidden while another `hedge` is shown than the one they
        were set under: they are levels of another spread.
    backtest : BacktestResult, sequence of them, or None
        Positions and fills, on bars found by their dates.
    trade : int or None
        Number of the trade that is marked, counted over all backtests.
    engine : Engine, optional
        Where hedge ratios are computed; the engine in use by default.

    Examples
    --------
    >>> from spreadlab_widgets import SpreadView
    >>> SpreadView()
    SpreadView(no pair)
    """

    _esm = bundle("spread-view.js")
    _css = bundle("spread-view.css")

    pair = t.Any(None, help="Result of sl.test_pair.")
    prices = t.Any(None, help="Prices to show; the pair's own by default.")
    window: Any = BarWindow(help="In-sample bars, first and one past the last.").tag(sync=True)
    brushing = t.Bool(default_value=False, help="Whether the window is being dragged.").tag(
        sync=True
    )
    hedge = t.Enum(HEDGES, "static", help="Hedge ratio: static or one that moves.").tag(sync=True)
    hedge_window = t.Int(252, help="Bars of a hedge ratio that moves.")
    ou = t.Any(None, help="Result of sl.estimate_ou.")
    policy = t.Any(None, help="Result of sl.solve_hjb, or a rule of levels.")
    backtest = t.Any(None, help="Results of sl.backtest.")
    trade: Any = t.Int(None, allow_none=True, help="Trade that is marked.").tag(sync=True)
    engine = t.Any(None, help="Where hedge ratios are computed.")
    _legs = t.Any(None).tag(sync=True)
    _spread = t.Any(None).tag(sync=True)
    _levels = t.Any(None).tag(sync=True)
    _positions = t.Any(None).tag(sync=True)

    def __init__(
        self, pair: Any = None, prices: Any = None, *, window: Any = None, **traits: Any
    ) -> None:
        self._panel: PricePanel | None = None
        self._series: F64 | None = None
        self.hedge_series: HedgeResult | None = None
        """What ``sl.hedge_series`` returned, None for the static hedge ratio."""
        self._set_under: dict[str, str] = {}
        if pair is not None and hasattr(pair, "spread_of"):
            shown_prices(pair, prices)  # raises before anything is made
        # These are checked against the prices, which have to be there first.
        later = {name: traits.pop(name, None) for name in ("backtest", "trade")}
        super().__init__(**{"pair": pair, "prices": prices, **traits})
        for name, value in {"window": window, **later}.items():
            if value is not None:
                setattr(self, name, value)

    # What is shown

    @property
    def n_obs(self) -> int:
        """Bars shown."""
        return 0 if self._panel is None else self._panel.n_obs

    @property
    def dates(self) -> NDArray[np.datetime64] | None:
        """Dates of the bars shown, None where the prices have none."""
        if self._panel is None or self._panel.timestamps is None:
            return None
        return self._panel.timestamps.view("datetime64[ns]")

    @property
    def spread(self) -> F64 | None:
        """The spread shown, (T,).

        With a hedge ratio that moves it is the spread at the hedge ratio of the bar before, NaN
        before there is one: what a hedge held over the bar made.
        """
        return self._series

    @property
    def window_dates(self) -> tuple[np.datetime64, np.datetime64] | None:
        """First and last date of the window, None without dates."""
        first, end = self.window
        return None if self.dates is None or end == 0 else (self.dates[first], self.dates[end - 1])

    # Checks

    @t.validate("pair")
    def _check_pair(self, proposal: dict[str, Any]) -> Any:
        pair = proposal["value"]
        if pair is not None and not (hasattr(pair, "spread_of") and hasattr(pair, "prices")):
            raise InvalidTraitError("pair", f"got a {type(pair).__name__}", _PAIR)
        return pair

    @t.validate("ou")
    def _check_ou(self, proposal: dict[str, Any]) -> Any:
        ou = proposal["value"]
        if ou is not None and not (hasattr(ou, "theta") and hasattr(ou, "stationary_sd")):
            raise InvalidTraitError(
                "ou", f"got a {type(ou).__name__}", "a result of sl.estimate_ou(), or None"
            )
        return ou

    @t.validate("policy")
    def _check_policy(self, proposal: dict[str, Any]) -> Any:
        if proposal["value"] is not None:
            policy_levels(proposal["value"])
        return proposal["value"]

    @t.validate("backtest")
    def _check_backtest(self, proposal: dict[str, Any]) -> Any:
        results = results_of(proposal["value"])
        if self._panel is not None:
            positions_of(results, self.n_obs, self.dates)
        return proposal["value"]

    @t.validate("trade")
    def _check_trade(self, proposal: dict[str, Any]) -> Any:
        trade, count = proposal["value"], sum(len(r.trades) for r in results_of(self.backtest))
        if trade is not None and not 0 <= trade < count:
            raise InvalidTraitError("trade", f"got {trade}", f"None or one of {count} trades")
        return trade

    # Reactions

    @t.observe("pair", "prices")
    def _show_pair(self, _change: dict[str, Any]) -> None:
        with self.reporting(), self.hold_sync():
            before = self.n_obs
            self._panel = self._legs = self._spread = self._series = None
            self.trade = self._positions = None
            if self.pair is None:
                self.window = (0, 0)
                return
            self._panel = shown_prices(self.pair, self.prices)
            if self.n_obs != before or not self.window[1]:
                self.window = self._sample()
            self._legs = self._legs_wire(self._panel)
            self._show_spread()
            self._show_positions()

    @t.observe("hedge", "hedge_window", "engine")
    def _show_hedge(self, _change: dict[str, Any]) -> None:
        with self.reporting(), self.hold_sync():
            self._show_spread()

    @t.observe("ou", "policy")
    def _show_fit(self, change: dict[str, Any]) -> None:
        self._set_under[change["name"]] = self.hedge
        self._show_levels()

    @t.observe("window")
    def _show_window(self, _change: dict[str, Any]) -> None:
        self._show_levels()

    @t.observe("backtest")
    def _show_backtest(self, _change: dict[str, Any]) -> None:
        with self.reporting(), self.hold_sync():
            self.trade = None
            self._show_positions()

    def _show_spread(self) -> None:
        self._series = self._spread = self.hedge_series = None
        if self._panel is None:
            return
        try:
            self._series, ratio = self._computed(self._panel)
            self._spread = {
                "spread": to_wire(self._series),
                "hedge_ratio": to_wire(np.atleast_1d(np.asarray(ratio, dtype=np.float64))),
            }
        finally:
            self._show_levels()

    def _computed(self, panel: PricePanel) -> tuple[F64, Any]:
        """Return the spread and the hedge ratio, or what the engine says against them."""
        if self.hedge == "static" and self.prices is None:
            return self.pair.spread, self.pair.hedge_ratio
        if self.hedge == "static":
            first_bar = -self._sample()[0] if self.pair.trend == "ct" else None
            spread = self.pair.spread_of(panel, first_bar=first_bar)
            return np.ascontiguousarray(spread), self.pair.hedge_ratio
        series = sl.hedge_series(
            panel.prices[:, 0],
            panel.prices[:, 1],
            method=cast("HedgeMethod", self.hedge),
            window=self.hedge_window,
            transform=self.pair.transform,
            engine=self.engine,
        )
        self.hedge_series = series
        return series.forecast_error, series.hedge_ratio

    def _show_levels(self) -> None:
        if self._series is None:
            self._levels = None
            return
        lines = []
        hidden = []
        for name, make in (("ou", fit_levels), ("policy", policy_levels)):
            value = getattr(self, name)
            if value is None:
                continue
            if self._set_under.get(name, self.hedge) == self.hedge:
                lines += make(value)
            else:
                hidden.append(self._set_under[name])
        if not any(line["kind"] == "mean" for line in lines):
            lines = sample_levels(self._series[slice(*self.window)]) + lines
        self._levels = {"lines": lines, "hidden": hidden[0] if hidden else ""}

    def _show_positions(self) -> None:
        self._positions = None
        if self.backtest is None or self._panel is None:
            return
        results = results_of(self.backtest)
        positions = positions_of(results, self.n_obs, self.dates)
        self._positions = {
            name: to_wire(array) for name, array in {**positions, **marks_of(results)}.items()
        }

    def _sample(self) -> tuple[int, int]:
        """Return the bars shown that the pair was tested on; all of them where it can't be told."""
        times, dates = self.pair.times, self.dates
        if times is None or dates is None:
            return 0, min(self.pair.n_obs, self.n_obs)
        first, end = np.searchsorted(dates, [times[0], times[-1] + np.timedelta64(1, "ns")])
        long_enough = end - first >= min(SHORTEST, self.n_obs)
        return (int(first), int(end)) if long_enough else (0, self.n_obs)

    def _legs_wire(self, panel: PricePanel) -> dict[str, Any]:
        dates = self.dates
        stamps = None if dates is None else dates.astype("datetime64[ms]").astype(np.float64)
        return {
            "symbols": list(panel.symbols),
            "prices": to_wire(np.ascontiguousarray(panel.prices.T)),
            "times": None if stamps is None else to_wire(stamps),
            "unit": "log prices" if self.pair.transform == "log" else "prices",
            "shortest": min(SHORTEST, panel.n_obs),
        }

    def _facts(self) -> str:
        if self.pair is None:
            return "no pair"
        return f"{self.pair.name}, hedge={self.hedge!r}, window={self.window!r}"

    def _static_html(self) -> str:
        return f"<p>{escape(repr(self))}</p>" if self.pair is None else str(self.pair._repr_html_())

    def _static_figure(self) -> StaticFigure | None:
        figure: StaticFigure | None = None if self.pair is None else self.pair.plot()
        return figure


def shown_prices(pair: Any, prices: Any) -> PricePanel:
    """Return the two legs of a pair among prices, or of its own sample.

    Raises
    ------
    InvalidInputError
        If a leg is missing.
    """
    symbols = (pair.dependent, pair.hedge)
    if prices is None:
        stamps = None if pair.times is None else np.asarray(pair.times).astype("datetime64[ns]")
        return PricePanel(pair.prices, symbols, None if stamps is None else stamps.view(np.int64))
    panel = ensure_panel(prices, transform=pair.transform, align="inner", constant="allow")
    if isinstance(prices, np.ndarray) and panel.n_symbols == 2:  # dependent and hedge
        return PricePanel(panel.prices, symbols)
    missing = [symbol for symbol in symbols if symbol not in panel.symbols]
    if missing:
        raise InvalidInputError("prices", f"no column {', '.join(missing)}", "prices of both legs")
    return panel.select(symbols)
