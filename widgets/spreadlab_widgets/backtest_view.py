"""A backtest, in and out of sample, with its trades and the sweep that it was picked from."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab.backtest.study import current_study
from spreadlab.backtest.sweep_result import METRICS
from spreadlab_widgets import backtest_wire as wire
from spreadlab_widgets.backtest_cells import cell_results
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from spreadlab.display.figure import StaticFigure

_RESULT = "a result of sl.backtest(), or None"


class BacktestView(View, anywidget.AnyWidget):
    """Profit, drawdown and positions of a backtest; its metrics, trades and sweep.

    Select a trade, and the chart marks it. Choose a cell of the sweep by a click, or by arrow keys
    and Enter, and its backtest is loaded. The Sharpe ratio stands beside what is left of it after
    all that was tried.

    Parameters
    ----------
    in_sample : BacktestResult, optional
        On the bars that the pair, the policy or the parameters were chosen on; may be given later.
    out_of_sample : BacktestResult, optional
        On bars after them.
    sweep : SweepResult, optional
        Of rules on the bars of `in_sample`.
    prices_after : frame, PricePanel or ndarray, optional
        Prices after those of the sweep: a chosen cell is run on them too, everything frozen. That
        counts as a trial of the study.
    **traits
        ``study``, ``load``, ``point``, ``metric``, ``trade``, ``engine``, ``theme``, ``loading``,
        ``layout``.

    Attributes
    ----------
    in_sample, out_of_sample, sweep, prices_after
        Setting them redraws the view.
    point : int or None
        Cell of the sweep that was chosen, counted in C order; setting it loads its backtest.
    metric : str
        Figure that colours the sweep: "sharpe", "total_return", "max_drawdown", ...
    trade : int or None
        Selected trade, counted over in-sample and out-of-sample trades as they are listed by
        `trades_frame` of the two results.
    study : Study, str or None
        Whose trials deflate the Sharpe ratio; the study in force where the view is made.
    load : callable or None
        Called with the number of a chosen cell instead of running it: returns (in-sample,
        out-of-sample) results, or None if they come later.
    engine : Engine, optional
        Where `prices_after` are traded; the engine in use by default.

    Examples
    --------
    >>> from spreadlab_widgets import BacktestView
    >>> BacktestView()
    BacktestView(no backtest)
    """

    _esm = bundle("backtest-view.js")
    _css = bundle("backtest-view.css")

    in_sample = t.Any(None, help="Result of sl.backtest on the bars of the choice.")
    out_of_sample = t.Any(None, help="Result of sl.backtest on later bars.")
    sweep = t.Any(None, help="Result of sl.sweep.")
    prices_after = t.Any(None, help="Prices after those of the sweep.")
    point: Any = t.Int(None, allow_none=True, help="Chosen cell of the sweep.").tag(sync=True)
    metric = t.Enum(METRICS, "sharpe", help="Figure that colours the sweep.").tag(sync=True)
    trade: Any = t.Int(None, allow_none=True, help="Selected trade.").tag(sync=True)
    study = t.Any(None, help="Whose trials deflate the Sharpe ratio.")
    load = t.Any(None, help="Called with a chosen cell instead of running it.")
    engine = t.Any(None, help="Where prices_after are traded.")
    _account = t.Any(None).tag(sync=True)
    _metrics = t.Any(None).tag(sync=True)
    _trades = t.Any(None).tag(sync=True)
    _sweep = t.Any(None).tag(sync=True)

    def __init__(
        self,
        in_sample: Any = None,
        out_of_sample: Any = None,
        *,
        sweep: Any = None,
        prices_after: Any = None,
        **traits: Any,
    ) -> None:
        # The study in force here is no longer in force when a callback runs.
        study = traits.pop("study", None) or current_study()
        self._showing = False
        later = {name: traits.pop(name, None) for name in ("point", "trade")}
        super().__init__(
            **{
                "in_sample": in_sample,
                "out_of_sample": out_of_sample,
                "sweep": sweep,
                "prices_after": prices_after,
                "study": study,
                **traits,
            }
        )
        for name, value in later.items():
            if value is not None:
                setattr(self, name, value)

    @property
    def results(self) -> list[tuple[str, Any]]:
        """What is shown, in order: ("in sample", result) and ("out of sample", result)."""
        both = (("in sample", self.in_sample), ("out of sample", self.out_of_sample))
        return [(name, result) for name, result in both if result is not None]

    def show(self, in_sample: Any, out_of_sample: Any = None, *, point: int | None = None) -> None:
        """Show two results at once, in one message to the browser.

        Parameters
        ----------
        in_sample, out_of_sample : BacktestResult or None
            What to show.
        point : int, optional
            The cell of the sweep that they are the backtest of; it is marked, not loaded again.
        """
        self._showing = True
        try:
            with self.hold_sync():
                self.in_sample, self.out_of_sample = in_sample, out_of_sample
                self._show_results()
                self.point = point
        finally:
            self._showing = False

    def judge(self) -> None:
        """Deflate the Sharpe ratios again: more was tried in the study meanwhile."""
        if self.results:
            with self.reporting():
                figures = wire.metrics(self.results, self.study)
                with self.updating():
                    self._metrics = figures

    @t.validate("in_sample", "out_of_sample")
    def _check_result(self, proposal: dict[str, Any]) -> Any:
        result = proposal["value"]
        if result is not None and not (hasattr(result, "trades") and hasattr(result, "drawdown")):
            raise InvalidTraitError(
                proposal["trait"].name, f"got a {type(result).__name__}", _RESULT
            )
        return result

    @t.validate("sweep")
    def _check_sweep(self, proposal: dict[str, Any]) -> Any:
        sweep = proposal["value"]
        if sweep is not None and not (hasattr(sweep, "values") and hasattr(sweep, "n_points")):
            raise InvalidTraitError(
                "sweep", f"got a {type(sweep).__name__}", "a result of sl.sweep(), or None"
            )
        return sweep

    @t.validate("point")
    def _check_point(self, proposal: dict[str, Any]) -> Any:
        point, count = proposal["value"], 0 if self.sweep is None else self.sweep.n_points
        if point is not None and not 0 <= point < count:
            raise InvalidTraitError("point", f"got {point}", f"None or one of {count} points")
        return point

    @t.validate("trade")
    def _check_trade(self, proposal: dict[str, Any]) -> Any:
        trade, count = proposal["value"], sum(len(r.trades) for _, r in self.results)
        if trade is not None and not 0 <= trade < count:
            raise InvalidTraitError("trade", f"got {trade}", f"None or one of {count} trades")
        return trade

    @t.observe("in_sample", "out_of_sample", "study")
    def _take_result(self, _change: dict[str, Any]) -> None:
        if self._showing:
            return  # whoever shows two at once says when both are there
        self.point = None  # these results are of no cell that is known
        self._show_results()

    def _show_results(self) -> None:
        with self.reporting(), self.hold_sync():
            self.trade = None
            self._account = self._metrics = self._trades = None
            if self.results:
                self._account = wire.account(self.results)
                self._trades = wire.trades(self.results)
                self._metrics = wire.metrics(self.results, self.study)

    @t.observe("sweep")
    def _show_sweep(self, _change: dict[str, Any]) -> None:
        with self.reporting(), self.hold_sync():
            self.point = None
            self._sweep = None if self.sweep is None else wire.sweep(self.sweep)

    @t.observe("point")
    def _load_point(self, change: dict[str, Any]) -> None:
        point, found = change["new"], None
        if point is None or self._showing:
            return
        with self.reporting():
            found = self.load(point) if callable(self.load) else self._run_cell(point)
        if found is not None:
            self.show(*found, point=point)

    def _run_cell(self, point: int) -> tuple[Any, Any]:
        return cell_results(
            self.sweep, point, self.prices_after, engine=self.engine, study=self.study
        )

    def _facts(self) -> str:
        if not self.results:
            return "no backtest" if self.sweep is None else repr(self.sweep)
        return "; ".join(f"{name}: {result!r}" for name, result in self.results)

    def _static_html(self) -> str:
        shown = [result for _, result in self.results]
        shown += [self.sweep] if self.sweep is not None else []
        return "".join(r._repr_html_() for r in shown) or f"<p>{escape(repr(self))}</p>"

    def _static_figure(self) -> StaticFigure | None:
        if not self.results:
            return None if self.sweep is None else self.sweep.plot()
        figure: StaticFigure = self.results[-1][1].plot()
        return figure
