"""The views of a workbench, where they stand, and what each shows of an answer."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab_widgets.backtest_view import BacktestView
from spreadlab_widgets.engine_panel import EnginePanel
from spreadlab_widgets.ou_fit_view import OUFitView
from spreadlab_widgets.policy_heatmap import PolicyHeatmap
from spreadlab_widgets.scan_view import ScanView
from spreadlab_widgets.spread_view import SpreadView
from spreadlab_widgets.view import View
from spreadlab_widgets.workbench_bar import WorkbenchBar
from spreadlab_widgets.workbench_busy import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from spreadlab.backtest.study import Study
    from spreadlab.data.panel import PricePanel
    from spreadlab_widgets.stages import Update

SHORTEST = 60  # bars of a window in which anything can be decided


class Pairs(ScanView):
    """The pairs of the workbench, in windows that are long enough to decide in."""

    shortest = SHORTEST


class Screen:
    """Makes the views and shows answers in them.

    Parameters
    ----------
    panel : PricePanel
        The prices.
    settings : mapping
        Of the workbench, as it begins.
    study : Study
        Whose trials deflate Sharpe ratios.
    hear : callable
        Called with each message of the page's buttons.
    load : callable
        Called with a cell of the sweep that the reader chose.

    """

    def __init__(
        self,
        panel: PricePanel,
        settings: Mapping[str, Any],
        study: Study,
        hear: Callable[[dict[str, Any]], None],
        load: Callable[[int], None],
    ) -> None:
        self.panel = panel
        self._shower: int | None = None
        self.top = WorkbenchBar("top", hear)
        self.bottom = WorkbenchBar("bottom", hear)
        self.top.data = _described(panel)
        self.pairs = Pairs(
            panel,
            spec=scan_spec(settings),
            window=settings["window"],
            selected=settings["selected"],
        )
        self.pairs.status.shows_keys = False
        self.spread = SpreadView()
        self.fit = OUFitView()
        self.heatmap = PolicyHeatmap(live=False)
        self.result = BacktestView(load=load, study=study)
        self.engine = EnginePanel()
        self.engine.layout.display = "none"
        self.views: dict[str, View] = {
            "pair": self.spread,
            "fit": self.fit,
            "policy": self.heatmap,
            "sweep": self.result,
            "inside": self.result,
            "outside": self.result,
        }
        self._failures: dict[str, str] = {}
        self.busy = Busy(self._say, self._grow_late)
        self._boxes: list[ipywidgets.Widget] = []
        self.children = self._arranged()

    def _arranged(self) -> list[ipywidgets.Widget]:
        # The window stands at the top, for the whole screen.
        pairs, control = self.pairs, self.pairs.control
        pairs.children = [part for part in pairs.children if part is not control]
        areas = [
            self._box(name, view)
            for name, view in (
                ("pairs", pairs),
                ("spread", self.spread),
                ("fit", self.fit),
                ("policy", self.heatmap),
                ("backtest", self.result),
            )
        ]
        for area in areas:
            area.add_class("jp-SpreadlabWorkbench-area")
        grid = self._box("grid", *areas)
        return [self._box("top", self.top, control), self.engine, grid, self.bottom]

    def _box(self, name: str, *children: ipywidgets.Widget) -> ipywidgets.Widget:
        box = ipywidgets.Box(children)
        box.add_class(f"jp-SpreadlabWorkbench-{name}")
        self._boxes.append(box)
        return box

    def follow_theme(self, owner: View) -> None:
        """Take the colours of the workbench."""
        for view in (self.top, self.bottom, self.pairs, self.engine, *self._of_pipeline()):
            t.dlink((owner, "theme"), (view, "theme"))

    def close(self) -> None:
        """Close every view and every box."""
        self.busy.rest()
        for part in (self.top, self.bottom, self.pairs, self.engine, *self._of_pipeline()):
            part.close()
        for box in self._boxes:
            box.close()

    def _of_pipeline(self) -> list[View]:
        return [self.spread, self.fit, self.heatmap, self.result]

    @property
    def showing(self) -> bool:
        """Whether this thread shows answers: what views say meanwhile is not the reader's word."""
        return self._shower == threading.get_ident()

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Change views without their taking it for the reader's word."""
        before, self._shower = self._shower, threading.get_ident()
        try:
            yield
        finally:
            self._shower = before

    # The pipeline's answers.

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Change several views, each by one message at the end."""
        with ExitStack() as held:
            for view in (self.bottom, *self._of_pipeline()):
                held.enter_context(view.updating())
            yield

    def rest(self) -> None:
        """Show that all is up to date."""
        self.busy.rest()
        for view in self._of_pipeline():
            view.loading = False
        self.heatmap.rest()

    def show(self, update: Update, answers: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        """Show an answer, that one is on its way, or why there is none."""
        if update.state == "running":
            self.busy.begin(update.stage)
        view = self.views.get(update.stage)
        if view is None:
            return
        with view.updating():
            # What three stages answer is up to date when the last of them has answered.
            unfinished = update.state == "running" or update.stage in ("sweep", "inside")
            view.loading = self.busy.late and unfinished
            if update.state == "running":
                return
            self._show_failure(view, update)
            getattr(self, f"_show_{update.stage}")(update.value, answers, settings)
            if update.error is not None and view is self.heatmap:
                self.heatmap.refuse(update.error)

    def _say(self, words: str) -> None:
        with self.bottom.updating():
            self.bottom.busy = words

    def _grow_late(self, stage: str) -> None:
        view = self.views.get(stage)
        if view is not None:
            with view.updating():
                view.loading = True

    def _show_failure(self, view: View, update: Update) -> None:
        """Show why a stage failed until it does better, whatever others of the view answer."""
        error = update.error
        self._failures[update.stage] = "" if error is None else f"{type(error).__name__}: {error}"
        said = [words for name, words in self._failures.items() if self.views[name] is view]
        view.error = next(filter(None, said), "")

    def _show_pair(self, pair: Any, _answers: Any, settings: Mapping[str, Any]) -> None:
        with self.spread.updating():
            self.spread.backtest = self.spread.policy = self.spread.ou = None
            if pair is None:
                self.spread.pair = None
                return
            self.spread.prices = None
            self.spread.pair = pair
            self.spread.prices = self.panel.select(settings["selected"])
            self.spread.window = settings["window"]

    def _show_fit(self, fit: Any, answers: Mapping[str, Any], _settings: Any) -> None:
        in_sample = answers["in_sample"]
        dates = None if in_sample is None else in_sample.timestamps
        with self.fit.updating():
            self.fit.show(fit, None if dates is None else dates.view("datetime64[ns]"))
        self.heatmap.ou = fit
        if self.spread.pair is not None:
            self.spread.ou = fit

    def _show_policy(self, policy: Any, _answers: Any, _settings: Any) -> None:
        shown = self.heatmap.policy
        if policy is not None and shown is not None and _process(shown) == _process(policy):
            self.heatmap.follow(policy)
        else:
            self.heatmap.policy = policy
        if self.spread.pair is not None:
            self.spread.policy = policy

    def _show_sweep(self, sweep: Any, _answers: Any, _settings: Any) -> None:
        self.result.sweep = sweep

    def _show_inside(self, _result: Any, _answers: Any, _settings: Any) -> None:
        """Wait: the part out of sample follows, and both are shown at once."""

    def _show_outside(self, _result: Any, answers: Mapping[str, Any], settings: Any) -> None:
        inside, outside = answers["inside"], answers["outside"]
        self.result.show(inside, outside, point=settings["point"])
        if self.spread.pair is not None:
            results = [result for result in (inside, outside) if result is not None]
            self.spread.backtest = results or None


def scan_spec(settings: Mapping[str, Any]) -> PairScanSpec:
    """Return how the workbench scans."""
    return PairScanSpec(transform=settings["transform"], alpha=settings["alpha"], dfa=0)


def _described(panel: PricePanel) -> str:
    words = f"{panel.n_symbols} symbols × {panel.n_obs:,} bars"
    if panel.timestamps is None:
        return words
    first, last = panel.timestamps.view("datetime64[ns]")[[0, -1]].astype("datetime64[Y]")
    return f"{words} · {first} to {last}"


def _process(policy: Any) -> tuple[float, float, float]:
    return policy.spec.kappa, policy.spec.theta, policy.spec.sigma
