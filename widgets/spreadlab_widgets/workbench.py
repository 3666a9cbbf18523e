"""Choose a pair, fit it, control it and test it, all on one screen and all linked."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

import spreadlab as sl
from spreadlab.backtest.study import current_study
from spreadlab.data.panel import ensure_panel
from spreadlab.engines.registry import current_engine
from spreadlab_widgets.live_run import ensure_session
from spreadlab_widgets.looked_at import LookedAt
from spreadlab_widgets.pair_map import picture
from spreadlab_widgets.pipeline import Pipeline
from spreadlab_widgets.view import InvalidTraitError, View
from spreadlab_widgets.workbench_code import cells
from spreadlab_widgets.workbench_page import page
from spreadlab_widgets.workbench_pages import Pages
from spreadlab_widgets.workbench_screen import SHORTEST, Screen, scan_spec
from spreadlab_widgets.workbench_stages import SETTINGS, STAGES
from spreadlab_widgets.workbench_state import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from spreadlab.live.session import Session
    from spreadlab_widgets.stages import Update

_PACE = 0.05  # seconds between two times that work that goes on changes the page
_SCRATCH = "on the way"  # the study of what nobody has looked at yet


class Workbench(View, ipywidgets.VBox):  # type: ignore[misc]
    """Pairs, spread, fit, policy and backtest, linked: a change anywhere redoes what hangs on it.

    Choose a pair in the table or on the map; drag the window at the top or over the spread, or
    press ``[`` and ``]``, to set what is in sample: all pairs are scanned again while it moves (up
    to 200 symbols; more when it is let go). Move the policy's sliders; click a cell of the sweep to
    trade that rule instead of the policy. Work happens in threads, so that the kernel's cells go
    on; the newest change wins. ``?`` shows the keys.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray, shape (T, N)
        Closes; rows with gaps are left out.
    source : str
        Code that makes `prices`, for "Copy as code", such as
        ``'prices = sl.data.load_sp500()'``.
    state : dict, optional
        A `state` saved before, of the same prices.
    session : sl.live.Session, optional
        Puts `LiveMonitor` and, if it has a book, `PortfolioView` on pages beside the research. A
        watched pair that is chosen in the research is chosen there, too.
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
    runs : Counter
        How often each stage was computed: "scan" and those of ``pipeline``.
    pairs, table, map, spread, fit_view, heatmap, result, engine_panel
        The views, each of which works alone as well.
    pages : Pages or None
        With a session: ``live``, ``portfolio`` and the ``tabs`` that they are on.

    Notes
    -----
    Backtests and sweeps are trials of the study in force where the workbench is made. What a slider
    passes on its way is not one: a result is written to the ledger once it has stood still for a
    second, or when it is taken away (``settle``, code, page, state), and the same request once.

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
    pages: Pages | None = None
    _screen: Screen | None = None
    _looked_at: LookedAt | None = None

    def __init__(
        self,
        prices: Any,
        *,
        source: str = "",
        state: dict[str, Any] | None = None,
        session: Session | None = None,
        **traits: Any,
    ) -> None:
        ensure_session(session)
        transform = traits.get("transform", "log")
        self.panel = ensure_panel(
            prices,
            transform=transform if transform in ("log", "none") else "log",
            align="inner",
            constant="allow",
            min_symbols=2,
            min_obs=SHORTEST,
        )
        self.source = source
        super().__init__(**{"window": (0, 2 * self.panel.n_obs // 3), **traits})
        if state is not None:
            self._set_all(unpacked(state, self.panel))
        study = current_study()
        self._screen = screen = Screen(
            self.panel, self._settings(), study, self._hear_page, self._load
        )
        self.pairs, self.table, self.map = screen.pairs, screen.pairs.table, screen.pairs.map
        self.spread, self.fit_view, self.heatmap = screen.spread, screen.fit, screen.heatmap
        self.result, self.engine_panel = screen.result, screen.engine
        self.top, self.bottom = screen.top, screen.bottom
        if state is not None:
            self._set_shown(state)
        self.children = screen.children
        if session is not None:
            self.pages = Pages(screen.children, session)
            self.pages.follow(self)
            self.children = [self.pages.tabs]
        self.add_class("jp-SpreadlabWorkbench")
        screen.follow_theme(self)
        self._looked_at = LookedAt(study, self.result.judge)
        # The pipeline keeps the context that it is made in.
        with sl.study(_SCRATCH, in_memory=True):
            self.pipeline = Pipeline(
                STAGES,
                {"panel": self.panel, **self._settings()},
                self._hear,
                quiet=0.001,
                pace=_PACE,
                around=screen.at_once,
            )
        self.observe(self._follow, SETTINGS)
        self._link_views(screen)
        self._show_settings()

    # Traits

    @t.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> tuple[int, int]:
        start, stop = proposal["value"] or (0, self.panel.n_obs)
        if not (start >= 0 and start + SHORTEST <= stop <= self.panel.n_obs):
            raise InvalidTraitError(
                "window",
                f"got {(start, stop)!r}",
                f"0 <= start, stop <= {self.panel.n_obs}, and {SHORTEST} bars between them",
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

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SETTINGS}

    def _follow(self, change: dict[str, Any]) -> None:
        screen, pipeline = self._screen, self.pipeline
        if screen is None or pipeline is None or screen.showing:
            return
        moved = {change["name"]: change["new"]}
        if change["name"] == "selected" and self.point is not None:
            # A cell of another pair's sweep means nothing here.
            with screen.quietly():
                self.point = None
            moved["point"] = None
        self._change(pipeline, screen, moved)

    def _change(self, pipeline: Pipeline, screen: Screen, moved: dict[str, Any]) -> None:
        if self._looked_at is not None:
            self._looked_at.leave()
        screen.busy.begin()
        pipeline.change(**moved)
        if moved.keys() & {"transform", "alpha"}:
            screen.pairs.spec = scan_spec(self._settings())
        if "window" in moved and screen.spread.pair is not None:
            with screen.quietly():
                screen.spread.window = self.window
        self._show_settings()

    # State

    @property
    def state(self) -> dict[str, Any]:
        """All settings, as plain numbers and words that JSON holds; setting it restores them."""
        return packed(self._settings(), self.panel, mode=self.heatmap.mode, hedge=self.spread.hedge)

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        settings, screen, pipeline = unpacked(state, self.panel), self._screen, self.pipeline
        if screen is None or pipeline is None:
            return
        before = self.state
        with screen.quietly():
            try:
                self._set_all(settings)
                self._set_shown(state)
            except Exception:
                self._set_all(unpacked(before, self.panel))
                self._set_shown(before)
                raise
        self._change(pipeline, screen, self._settings())

    def _set_all(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            setattr(self, name, value)

    def _set_shown(self, state: dict[str, Any]) -> None:
        self.heatmap.mode = state.get("mode", self.heatmap.mode)
        self.spread.hedge = state.get("hedge", self.spread.hedge)

    # What it answers

    @property
    def answers(self) -> dict[str, Any]:
        """Answers of all stages by name; None where there is none for the settings in force."""
        if self.pipeline is None or self._screen is None:
            return {}
        answers = {stage.name: self.pipeline.answer(stage.name) for stage in STAGES}
        return {**answers, "scan": self._screen.pairs.answer}

    @property
    def runs(self) -> Counter[str]:
        """How often each stage was computed."""
        if self.pipeline is None or self._screen is None:
            return Counter()
        return self.pipeline.runs + Counter(scan=self._screen.pairs.scans.runs)

    @property
    def cells(self) -> list[str]:
        """The code that computes what is shown, a cell at a time."""
        return cells(self.panel, self._settings(), self.answers, self.source)

    @property
    def code(self) -> str:
        """All cells in one text."""
        return "\n\n".join(self.cells) + "\n"

    def settle(self, timeout: float = 120.0) -> None:
        """Wait until everything shown is up to date; what is shown counts as looked at.

        Raises
        ------
        TimeoutError
            If the work goes on for longer.
        """
        if self.pipeline is not None and self._looked_at is not None:
            self.pipeline.settle(timeout)
            self.heatmap.settle(timeout)
            if not self.pairs.wait(timeout):
                raise TimeoutError(f"still scanning after {timeout:g} s")
            self._looked_at.count()

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

    def _link_views(self, screen: Screen) -> None:
        t.link((self, "selected"), (screen.pairs, "selected"))
        t.link((self, "window"), (screen.pairs, "window"))
        screen.spread.observe(self._take_window, "window")
        screen.spread.observe(self._take_brush, "brushing")
        for name in ("discount", "risk_penalty", "horizon"):
            screen.heatmap.observe(self._take(name), name)
        screen.heatmap.observe(self._take_cost, "cost")
        screen.engine.observe(self._show_engine, "address")
        self._show_engine()

    def _take(self, name: str) -> Callable[[dict[str, Any]], None]:
        """Return what takes a setting over from the view that the reader changed it in."""

        def take(change: dict[str, Any]) -> None:
            value = change["new"]
            if self._is_reader(value is not None or name == "horizon"):
                with self.reporting():
                    setattr(self, name, value)

        return take

    def _is_reader(self, means_something: bool) -> bool:  # noqa: FBT001
        return means_something and self._screen is not None and not self._screen.showing

    def _take_window(self, change: dict[str, Any]) -> None:
        if self._is_reader(self.spread.pair is not None):
            with self.reporting():
                if self.spread.brushing:
                    self.pairs.hold(held=True)
                self.window = change["new"]

    def _take_brush(self, change: dict[str, Any]) -> None:
        self.pairs.hold(held=change["new"])

    def _take_cost(self, change: dict[str, Any]) -> None:
        pair = self.answers.get("pair")
        if self._is_reader(change["new"] is not None) and pair is not None:
            # Cost is linear in basis points: what the slider says, less what slippage takes.
            unit = sl.spread_cost(pair, cost_bps=1.0)
            with self.reporting():
                self.cost_bps = max(round(change["new"] / unit - self.slippage_bps, 3), 0.0)

    def _load(self, point: int) -> None:
        """Trade a cell of the sweep; its results come through the pipeline."""
        self.point = int(point)

    def _show_settings(self) -> None:
        with self.bottom.updating():
            self.bottom.code = self.code

    def _show_engine(self, _change: Any = None) -> None:
        self.top.engine = current_engine().address

    # The pipeline's answers, on the kernel's own thread.

    def _hear(self, update: Update) -> None:
        screen = self._screen
        if screen is None:
            return
        with self.reporting(), self.updating(), screen.quietly():
            answers = self.answers
            if update.state != "idle":
                screen.show(update, answers, self._settings())
                return
            screen.rest()
            self._show_settings()
            if self._looked_at is not None:
                # A cell of the sweep was counted with the sweep.
                inside = answers["inside"] if self.point is None else None
                self._looked_at.show(
                    inside=inside, outside=answers["outside"], sweep=answers["sweep"]
                )

    # The page

    def _hear_page(self, content: dict[str, Any]) -> None:
        kind = content.get("kind")
        if kind == "engine":
            shown = self.engine_panel.layout.display == "none"
            self.engine_panel.layout.display = "" if shown else "none"
        elif kind == "refresh" and self.pipeline is not None:
            self.pipeline.refresh("panel")
            self.pairs.rescan()
        elif kind == "policy":
            self.point = None
        elif kind == "restore":
            self.state = dict(content["state"])
        elif kind in ("copied", "export", "state") and self._looked_at is not None:
            self._looked_at.count()
            if kind == "export":
                self.bottom.send({"kind": "file", "name": "workbench.html", "text": self._page()})
            elif kind == "state":
                self.bottom.send({"kind": "state", "state": self.state})

    def close(self) -> None:
        """Stop what runs, and remove the workbench and everything in it."""
        if self._looked_at is not None:
            self._looked_at.leave()
        if self.pipeline is not None:
            self.pipeline.close()
        if self._screen is not None:
            self._screen.close()
        if self.pages is not None:
            self.pages.close()
        super().close()

    def _facts(self) -> str:
        panel = self.panel
        return f"{panel.n_symbols} symbols, {panel.n_obs} bars, selected={self.selected!r}"

    def _static_html(self) -> str:
        chosen = [self.answers.get(name) for name in ("pair", "fit", "policy", "inside", "outside")]
        results = "".join(answer._repr_html_() for answer in chosen if answer is not None)
        return f"<p>{escape(repr(self))}</p>{results}"

    def _static_png(self) -> bytes | None:
        answers = self.answers
        traded = answers.get("outside") or answers.get("inside")
        if traded is not None:
            return bytes(traded.plot().to_png())
        scan = answers.get("scan")
        return None if scan is None or scan.counts is not None else picture(scan)
