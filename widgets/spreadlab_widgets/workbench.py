"""Choose a pair, fit it, control it and test it, all on one screen and all linked."""

from __future__ import annotations

from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

import spreadlab as sl
from spreadlab.data.panel import ensure_panel
from spreadlab.display.numbers import short
from spreadlab.engines.registry import current_engine
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.backtest_view import BacktestView
from spreadlab_widgets.engine_panel import EnginePanel
from spreadlab_widgets.ou_fit_view import OUFitView
from spreadlab_widgets.pair_table import PairTable
from spreadlab_widgets.pipeline import Pipeline, Update
from spreadlab_widgets.policy_heatmap import PolicyHeatmap
from spreadlab_widgets.spread_view import SpreadView
from spreadlab_widgets.view import InvalidTraitError, View
from spreadlab_widgets.workbench_bar import WorkbenchBar
from spreadlab_widgets.workbench_code import cells
from spreadlab_widgets.workbench_page import page
from spreadlab_widgets.workbench_stages import SETTINGS, STAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

_SHORTEST = 60  # bars of a window in which anything can be decided
_VERSION = 1
_DOING = {
    "in_sample": "cutting the window",
    "after": "cutting the window",
    "pair": "testing the pair",
    "fit": "fitting the spread",
    "policy": "solving for the policy",
    "sweep": "sweeping rules",
    "rule": "choosing the rule",
    "inside": "backtesting",
    "outside": "backtesting",
    "scan": "scanning all pairs",
}


class Workbench(View, ipywidgets.VBox):  # type: ignore[misc]
    """Pairs, spread, fit, policy and backtest, linked: a change anywhere redoes what hangs on it.

    Choose a pair; drag over the spread, or press ``[`` and ``]``, to set the in-sample window; move
    the policy's sliders; click a cell of the sweep to trade that rule instead of the policy. Work
    happens in a thread, so that the kernel's cells go on; the newest change wins. ``?`` shows the
    keys.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray, shape (T, N)
        Closes; rows with gaps are left out.
    source : str
        Code that makes `prices`, for "Copy as code", such as
        ``'prices = sl.data.load_sp500()'``.
    state : dict, optional
        A `state` saved before, of the same prices.
    **traits
        The settings below, ``theme``, ``layout``.

    Attributes
    ----------
    selected : tuple of str or None
        (dependent, hedge).
    window : tuple of int
        In-sample bars: the first, and one past the last. Two thirds of the bars at the start.
    transform, alpha
        As in `spreadlab.discover_pairs`.
    cost_bps, slippage_bps, borrow_bps : float
        As in `spreadlab.backtest`. The policy's cost slider moves `cost_bps`.
    discount, risk_penalty, horizon
        As in `spreadlab.solve_hjb`.
    point : int or None
        Cell of the sweep that is traded; None for the policy.
    pipeline : Pipeline
        What computes; ``pipeline.runs`` counts.
    table, spread, fit_view, heatmap, result, engine_panel
        The views, each of which works alone as well.

    Examples
    --------
    >>> import spreadlab as sl
    >>> from spreadlab_widgets import Workbench
    >>> wb = Workbench(sl.data.load_sp500(start="2014-01-01", end="2022-12-28"))
    >>> wb
    Workbench(20 symbols, 2264 bars, selected=None)
    >>> wb.close()
    """

    selected: Any = t.Tuple(t.Unicode(), t.Unicode(), default_value=None, allow_none=True)
    window: Any = t.Tuple(t.Int(), t.Int(), default_value=None, allow_none=True)
    transform = t.Enum(("log", "none"), "log")
    alpha = t.Float(0.05, min=0.0, max=1.0)
    cost_bps = t.Float(5.0, min=0.0, max=1000.0)
    slippage_bps = t.Float(2.0, min=0.0, max=1000.0)
    borrow_bps = t.Float(0.0, min=0.0, max=10_000.0)
    discount = t.Float(0.05, min=0.0)
    risk_penalty = t.Float(0.0, min=0.0)
    horizon: Any = t.Float(None, allow_none=True)
    point: Any = t.Int(None, allow_none=True)

    pipeline: Pipeline | None = None
    _parts: tuple[ipywidgets.Widget, ...] = ()

    def __init__(
        self, prices: Any, *, source: str = "", state: dict[str, Any] | None = None, **traits: Any
    ) -> None:
        transform = traits.get("transform", "log")
        self.panel = ensure_panel(
            prices,
            transform=transform if transform in ("log", "none") else "log",
            align="inner",
            constant="allow",
            min_symbols=2,
            min_obs=_SHORTEST,
        )
        self.source = source
        self._linking = False
        self._make_views()
        super().__init__(**{"window": (0, 2 * self.panel.n_obs // 3), **traits})
        self.children = self._arrange()
        self.add_class("jp-SpreadlabWorkbench")
        settings = {"panel": self.panel, **{name: getattr(self, name) for name in SETTINGS}}
        if state is not None:
            settings.update(self._read_state(state))
        self.pipeline = Pipeline(STAGES, settings, self._hear, quiet=0.005)
        if state is not None:
            self.state = state
        self.observe(self._follow, SETTINGS)
        self._link_views()
        self._show_settings()

    # Traits

    @t.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> tuple[int, int]:
        start, stop = proposal["value"] or (0, self.panel.n_obs)
        if not (start >= 0 and start + _SHORTEST <= stop <= self.panel.n_obs):
            raise InvalidTraitError(
                "window",
                f"got {(start, stop)!r}",
                f"0 <= start, stop <= {self.panel.n_obs}, and {_SHORTEST} bars between them",
            )
        return start, stop

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        selected = proposal["value"]
        if selected is not None:
            unknown = [symbol for symbol in selected if symbol not in self.panel.symbols]
            if unknown or selected[0] == selected[1]:
                raise InvalidTraitError(
                    "selected", f"got {tuple(selected)!r}", "two symbols of the prices, or None"
                )
        return selected

    def _follow(self, change: dict[str, Any]) -> None:
        if self.pipeline is None or self._linking:
            return
        moved = {change["name"]: change["new"]}
        if change["name"] == "selected" and self.point is not None:
            # A cell of another pair's sweep means nothing here.
            self._linking = True
            self.point = None
            self._linking = False
            moved["point"] = None
        self.pipeline.change(**moved)
        self._show_settings()

    # State

    @property
    def state(self) -> dict[str, Any]:
        """All settings, as plain numbers and words that JSON holds; setting it restores them."""
        kept = {name: getattr(self, name) for name in SETTINGS}
        plain = {n: list(v) if isinstance(v, tuple) else v for n, v in kept.items()}
        return {
            "version": _VERSION,
            "prices": self.panel.digest,
            **plain,
            "mode": self.heatmap.mode,
            "hedge": self.spread.hedge,
        }

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        settings = self._read_state(state)
        before = self.state
        self._linking = True
        try:
            for name, value in settings.items():
                setattr(self, name, value)
            self.heatmap.mode = state.get("mode", self.heatmap.mode)
            self.spread.hedge = state.get("hedge", self.spread.hedge)
        except Exception:
            for name, value in self._read_state(before).items():
                setattr(self, name, value)
            raise
        finally:
            self._linking = False
        if self.pipeline is not None:
            self.pipeline.change(**{name: getattr(self, name) for name in SETTINGS})
            self._show_settings()

    def _read_state(self, state: Any) -> dict[str, Any]:
        if not isinstance(state, dict) or state.get("version") != _VERSION:
            raise InvalidInputError(
                "state", f"got {state!r}"[:80], f"a .state of version {_VERSION}"
            )
        if state.get("prices") != self.panel.digest:
            raise InvalidInputError(
                "state", "was saved of other prices", "a state of the prices given here"
            )
        found = {name: state[name] for name in SETTINGS if name in state}
        return {n: tuple(v) if isinstance(v, list) else v for n, v in found.items()}

    # What it answers

    @property
    def answers(self) -> dict[str, Any]:
        """Answers of all stages by name; None where there is none for the settings in force."""
        if self.pipeline is None:
            return {}
        return {stage.name: self.pipeline.answer(stage.name) for stage in STAGES}

    @property
    def cells(self) -> list[str]:
        """The code that computes what is shown, a cell at a time."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return cells(self.panel, settings, self.answers, self.source)

    @property
    def code(self) -> str:
        """All cells in one text."""
        return "\n\n".join(self.cells) + "\n"

    def settle(self, timeout: float = 120.0) -> None:
        """Wait until everything shown is up to date."""
        if self.pipeline is not None:
            self.pipeline.settle(timeout)
        self.heatmap.settle(timeout)

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write what is shown as one self-contained page.

        Parameters
        ----------
        path : path
            HTML file to write.
        """
        Path(path).write_text(self._page(), encoding="utf-8")

    def _page(self) -> str:
        chosen = "" if self.selected is None else f": {' and '.join(self.selected)}"
        return page(f"Workbench{chosen}", self.answers, self.code)

    # Views

    def _make_views(self) -> None:
        self.top = WorkbenchBar("top", self._hear_page)
        self.bottom = WorkbenchBar("bottom", self._hear_page)
        self.table = PairTable()
        self.spread = SpreadView()
        self.fit_view = OUFitView()
        self.heatmap = PolicyHeatmap(live=False)
        self.result = BacktestView(load=self._load)
        self.engine_panel = EnginePanel()
        self._views: dict[str, View] = {
            "scan": self.table,
            "pair": self.spread,
            "fit": self.fit_view,
            "policy": self.heatmap,
            "sweep": self.result,
            "inside": self.result,
            "outside": self.result,
        }

    def _arrange(self) -> list[ipywidgets.Widget]:
        areas = []
        for area, *views in (
            ("pairs", self.table),
            ("spread", self.spread, self.fit_view),
            ("policy", self.heatmap),
            ("backtest", self.result),
        ):
            box = ipywidgets.VBox(views)
            box.add_class("jp-SpreadlabWorkbench-area")
            box.add_class(f"jp-SpreadlabWorkbench-{area}")
            areas.append(box)
        self.engine_panel.layout.display = "none"
        grid = ipywidgets.Box(areas)
        grid.add_class("jp-SpreadlabWorkbench-grid")
        self._parts = (
            self.top,
            self.engine_panel,
            self.table,
            self.spread,
            self.fit_view,
            self.heatmap,
            self.result,
            self.bottom,
            *areas,
            grid,
        )
        return [self.top, self.engine_panel, grid, self.bottom]

    def _link_views(self) -> None:
        for part in self._parts:
            if isinstance(part, View):
                t.dlink((self, "theme"), (part, "theme"))
        self.table.observe(self._take("selected"), "selected")
        self.spread.observe(self._take("window"), "window")
        for name in ("discount", "risk_penalty", "horizon"):
            self.heatmap.observe(self._take(name), name)
        self.heatmap.observe(self._take_cost, "cost")
        self.engine_panel.observe(self._show_engine, "address")
        self._show_engine()
        panel = self.panel
        self.top.data = f"{panel.n_symbols} symbols × {panel.n_obs:,} bars"
        self.top.n_obs = panel.n_obs

    def _take(self, name: str) -> Callable[[dict[str, Any]], None]:
        """Return what takes a setting over from the view that the reader changed it in."""

        def take(change: dict[str, Any]) -> None:
            value = change["new"]
            if self._linking or (value is None and name != "horizon"):
                return
            with self.reporting():
                setattr(self, name, value)

        return take

    def _take_cost(self, change: dict[str, Any]) -> None:
        pair = self.answers.get("pair")
        if self._linking or change["new"] is None or pair is None:
            return
        # Cost is linear in basis points: what the slider says, less what slippage takes already.
        unit = sl.spread_cost(pair, cost_bps=1.0)
        with self.reporting():
            self.cost_bps = max(round(change["new"] / unit - self.slippage_bps, 3), 0.0)

    def _load(self, point: int) -> None:
        """Trade a cell of the sweep; its results come through the pipeline."""
        self.point = int(point)

    def _show_settings(self) -> None:
        start, stop = self.window
        with self.top.updating():
            self.top.start, self.top.stop = start, stop
            self.top.window = f"{_day(self.panel, start)} to {_day(self.panel, stop - 1)}"
        with self.bottom.updating():
            self.bottom.code = self.code

    def _show_engine(self, _change: Any = None) -> None:
        engine = current_engine()
        self.top.engine = engine.address

    # The pipeline's answers, on the kernel's own thread.

    def _hear(self, update: Update) -> None:
        with self.reporting(), self.updating():
            self._linking = True
            try:
                self._show_update(update)
            finally:
                self._linking = False

    def _show_update(self, update: Update) -> None:
        view = self._views.get(update.stage)
        if update.state == "idle":
            self.bottom.busy = ""
            self.heatmap.rest()
            self._show_settings()
            return
        if update.state == "running":
            self.bottom.busy = f"{_DOING[update.stage]} …"
        if view is None:
            return
        with view.updating():
            view.loading = update.state == "running"
            if update.state in ("done", "waiting"):
                view.error = ""
                getattr(self, f"_show_{update.stage}")(update.value)
            elif update.error is not None:
                view.error = f"{type(update.error).__name__}: {update.error}"
                getattr(self, f"_show_{update.stage}")(None)
                if view is self.heatmap:
                    self.heatmap.refuse(update.error)

    def _show_scan(self, scan: Any) -> None:
        self.table.scan = scan
        # The window may have turned the pair around, which is the same pair to a reader.
        for pair in (self.selected, self.selected and self.selected[::-1]):
            if pair is not None:
                with suppress(t.TraitError):
                    self.table.selected = pair
                    return

    def _show_pair(self, pair: Any) -> None:
        if pair is None:
            self.spread.backtest = self.spread.policy = self.spread.ou = None
            self.spread.pair = None
            return
        with self.spread.updating():
            self.spread.backtest = self.spread.policy = self.spread.ou = None
            self.spread.prices = None
            self.spread.pair = pair
            self.spread.prices = self.panel.select(self.selected)
            self.spread.window = self.window

    def _show_fit(self, fit: Any) -> None:
        in_sample = self.answers["in_sample"]
        dates = None if in_sample is None else in_sample.timestamps
        with self.fit_view.updating():
            self.fit_view.dates = None if dates is None else dates.view("datetime64[ns]")
            self.fit_view.fit = fit
        self.heatmap.ou = fit
        if self.spread.pair is not None:
            self.spread.ou = fit

    def _show_policy(self, policy: Any) -> None:
        shown = self.heatmap.policy
        if policy is not None and shown is not None and _process(shown) == _process(policy):
            self.heatmap.follow(policy)
        else:
            self.heatmap.policy = policy
        if self.spread.pair is not None:
            self.spread.policy = policy

    def _show_sweep(self, sweep: Any) -> None:
        self.result.sweep = sweep

    def _show_inside(self, _result: Any) -> None:
        self._show_results()

    def _show_outside(self, _result: Any) -> None:
        self._show_results()

    def _show_results(self) -> None:
        answers = self.answers
        inside, outside = answers["inside"], answers["outside"]
        self.result.show(inside, outside, point=self.point)
        if self.spread.pair is not None:
            results = [result for result in (inside, outside) if result is not None]
            self.spread.backtest = results or None

    # The page

    def _hear_page(self, content: dict[str, Any]) -> None:
        kind = content.get("kind")
        if kind == "window":
            start, stop = int(content["start"]), int(content["stop"])
            last = self.panel.n_obs
            stop = min(max(stop, _SHORTEST), last)
            self.window = (min(max(start, 0), stop - _SHORTEST), stop)
        elif kind == "engine":
            shown = self.engine_panel.layout.display == "none"
            self.engine_panel.layout.display = "" if shown else "none"
        elif kind == "refresh" and self.pipeline is not None:
            self.pipeline.refresh("panel")
        elif kind == "policy":
            self.point = None
        elif kind == "export":
            self.bottom.send({"kind": "file", "name": "workbench.html", "text": self._page()})
        elif kind == "state":
            self.bottom.send({"kind": "state", "state": self.state})
        elif kind == "restore":
            self.state = dict(content["state"])

    def close(self) -> None:
        """Stop what runs, and remove the workbench and everything in it."""
        if self.pipeline is not None:
            self.pipeline.close()
        for part in _closing(self._parts):
            part.close()
        super().close()

    def _facts(self) -> str:
        panel = self.panel
        return f"{panel.n_symbols} symbols, {panel.n_obs} bars, selected={self.selected!r}"

    def _static_html(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def _closing(parts: Iterable[ipywidgets.Widget]) -> Iterable[ipywidgets.Widget]:
    return (part for part in parts if part.comm is not None)


def _process(policy: Any) -> tuple[float, float, float]:
    return policy.spec.kappa, policy.spec.theta, policy.spec.sigma


def _day(panel: Any, bar: int) -> str:
    if panel.timestamps is None:
        return f"bar {short(bar)}"
    return str(panel.timestamps.view("datetime64[ns]")[bar].astype("datetime64[D]"))
