"""Choose a pair of a universe: table and map of a scan that follows a window of dates."""

from __future__ import annotations

import dataclasses
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

import spreadlab as sl
from spreadlab.data.panel import ensure_panel
from spreadlab.discovery.result import DiscoveryResult
from spreadlab.discovery.rules import MIN_OBS
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.engines.registry import current_engine
from spreadlab.errors import InvalidInputError, ScanCancelledError
from spreadlab_widgets.pair_map import PairMap, picture
from spreadlab_widgets.pair_table import ADJUSTMENTS, PairTable, ensure_scan
from spreadlab_widgets.scan_run import ScanRun
from spreadlab_widgets.scan_status import ScanStatus
from spreadlab_widgets.spread_chart import SpreadChart
from spreadlab_widgets.view import InvalidTraitError, View
from spreadlab_widgets.window_control import WindowControl
from spreadlab_widgets.worker import NewestWins

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.pair_result import PairResult
    from spreadlab.task import Progress

_SCANNED = "the prices that were scanned"
_MOST_LIVE = 200  # symbols; a scan of more takes longer than a hand moves


class PairSelector(View, ipywidgets.VBox):  # type: ignore[misc]
    """The pairs of a universe in a table and a map, and the spread of the selected one below.

    Given prices, a window of dates can be moved: the scan follows while it moves, for up to 200
    symbols, or when it is let go. Scans run in the background; the kernel's cells go on.

    Keys: arrows move through table and map, Enter selects, ``[`` ``]`` move the end of the window
    and ``{`` ``}`` its start, ``?`` shows all keys.

    Parameters
    ----------
    scan : DiscoveryResult, or prices
        What ``sl.discover_pairs`` returned. Prices alone are scanned in the background, shown as
        they come.
    prices : pandas or polars frame, ndarray, or PricePanel, optional
        The prices that were scanned: a selected pair is tested on them again for its spread.
    engine : Engine, optional
        Where to test; the engine in use by default.
    **traits
        ``selected``, ``window``, ``adjustment``, ``spec``, ``theme``, ``layout``.

    Attributes
    ----------
    scan : DiscoveryResult or None
        The scan that is shown: of the rows in `window`.
    selected : tuple of str or None
        (dependent, hedge); may be set, observed, and linked to other widgets.
    pair : PairResult or None
        The test of the selected pair on the rows in `window`.
    window : tuple of int or None
        (start, stop) in rows of the prices; setting it starts a scan. None without prices.
    adjustment : {"none", "bh", "by"}
        Which p-value table and map show.
    spec : PairScanSpec or None
        How windows are scanned; as `scan` was, or as ``sl.discover_pairs`` would.
    table : PairTable
        The table, with ``sort_by``, ``ascending``, ``search`` and ``filters``.
    map : PairMap
        The map.
    chart : SpreadChart
        The spread.

    Examples
    --------
    >>> from spreadlab_widgets import PairSelector
    >>> PairSelector()
    PairSelector(no scan)
    """

    scan = t.Any(None, help="Result of sl.discover_pairs.")
    prices = t.Any(None, help="The prices that were scanned.")
    engine = t.Any(None, help="Where to test.")
    spec = t.Any(None, help="How windows are scanned.")
    selected: Any = t.Tuple(
        t.Unicode(), t.Unicode(), default_value=None, allow_none=True, help="(dependent, hedge)."
    )
    window: Any = t.Tuple(
        t.Int(), t.Int(), default_value=None, allow_none=True, help="[start, stop) in rows."
    )
    adjustment = t.Enum(ADJUSTMENTS, "none", help="Which p-value is shown.")
    pair = t.Any(None, help="Test of the selected pair.")

    _panel: PricePanel | None = None

    def __init__(self, scan: Any = None, prices: Any = None, **traits: Any) -> None:
        if prices is None and scan is not None and not isinstance(scan, DiscoveryResult):
            scan, prices = None, scan
        self.status = ScanStatus()
        self.control = WindowControl()
        self.table = PairTable(scan, layout=ipywidgets.Layout(flex="1 1 500px", min_width="0"))
        self.map = PairMap(scan, layout=ipywidgets.Layout(flex="0 1 380px", min_width="0"))
        self.chart = SpreadChart()
        self.words = ipywidgets.HTML()
        self._worker = NewestWins("spreadlab-selector")
        self._run: ScanRun | None = None
        self._given: DiscoveryResult | None = scan
        self._arrived: DiscoveryResult | None = None
        self._arrived_window: tuple[int, int] | None = None
        self._closed = False
        self._whole = False  # until then the traits that are set are those of the constructor
        self._spec = _spec_of(scan, traits.get("spec"))
        self._set_panel(_panel_of(self._spec, scan, prices))
        super().__init__(**{"scan": scan, "prices": prices, **traits})
        self.children = [
            self.status,
            self.control,
            ipywidgets.Box(
                [self.table, self.map],
                layout=ipywidgets.Layout(
                    display="flex", flex_flow="row wrap", align_items="flex-start"
                ),
            ),
            self.chart,
            self.words,
        ]
        self.add_class("jp-SpreadlabSelector")
        t.link((self, "selected"), (self.table, "selected"))
        t.link((self, "selected"), (self.map, "selected"))
        t.link((self, "adjustment"), (self.table, "adjustment"))
        t.link((self, "adjustment"), (self.map, "adjustment"))
        for name in ("theme", "loading"):
            for part in (self.table, self.map):
                t.dlink((self, name), (part, name))
        t.dlink((self, "error"), (self.table, "error"))
        for part in (self.status, self.control):
            t.dlink((self, "theme"), (part, "theme"))
        self.status.on_ask("cancel", self.cancel)
        self.status.on_ask("again", partial(self._rescan, live=False))
        self.status.words = "" if scan is None else scan.verdict()
        if self.window is None and self._panel is not None:
            self.window = (0, self._panel.n_obs)
        elif self.window is not None:
            self.control.window = self.window
        t.link((self, "window"), (self.control, "window"))
        self.control.observe(self._let_go, "dragging")
        self._whole = True
        moved = self._panel is not None and self.window != (0, self._panel.n_obs)
        if scan is None or moved:
            self._rescan(live=False)

    # What the reader or the program changes.

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        return ensure_scan(proposal["value"])

    @t.validate("spec")
    def _check_spec(self, proposal: dict[str, Any]) -> Any:
        _spec_of(None, proposal["value"])
        return proposal["value"]

    @t.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:
        window = proposal["value"]
        if window is None and self._panel is not None:
            return (0, self._panel.n_obs)
        return self.control.checked(window)

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        return self.table.checked(proposal["value"])

    @t.observe("theme")
    def _show_theme(self, change: dict[str, Any]) -> None:
        # The chart has no theme of its own: it takes the colours that this class sets.
        self.remove_class(f"jp-mod-{change['old']}")
        if change["new"] != "auto":
            self.add_class(f"jp-mod-{change['new']}")

    @t.observe("scan", "prices", "spec")
    def _take(self, change: dict[str, Any]) -> None:
        arrived = self.scan is not None and self.scan is self._arrived
        if not self._whole or (change["name"] == "scan" and arrived):
            return
        if change["name"] == "scan":
            self._given, self._arrived_window = self.scan, None
            self.table.scan = self.map.scan = self.scan
            self.status.words = "" if self.scan is None else self.scan.verdict()
        with self.reporting():
            self._set_panel(None)
            self._spec = _spec_of(self._given, self.spec)
            self._set_panel(_panel_of(self._spec, self._given, self.prices))
        self._show_pair()
        if self._given is None:
            self._rescan(live=False)

    @t.observe("selected", "engine")
    def _show_selected(self, _change: dict[str, Any]) -> None:
        self._show_pair()

    @t.observe("window")
    def _follow_window(self, change: dict[str, Any]) -> None:
        if self._whole and change["new"] is not None:
            self._rescan(live=self.control.dragging)

    def _let_go(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            self._rescan(live=False)

    def cancel(self) -> None:
        """Stop the scan that runs; what it found until then stays."""
        run = self._run
        if run is not None:
            run.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no scan runs, or `timeout` seconds; return whether that is so."""
        return self._worker.wait(timeout)

    def close(self) -> None:
        """Close the view and everything in it; a scan that runs is cancelled."""
        self._closed = True  # what still runs finds it so
        self._worker.close()
        self.cancel()
        middle = [part for part in self.children if isinstance(part, ipywidgets.Box)]
        for part in (*self.children, *middle, self.table, self.map):
            part.close()
        super().close()

    # Scans, in the background.

    def _set_panel(self, panel: PricePanel | None) -> None:
        self._panel = panel
        lags = self._spec.lags
        self.control.min_bars = max(MIN_OBS, 0 if isinstance(lags, str) else 2 * (lags + 3))
        self.control.panel = panel
        self.control.layout.display = "none" if panel is None else None

    def _rescan(self, *, live: bool) -> None:
        """Scan the window: while it moves, or when it has come to rest."""
        panel, window = self._panel, self.window
        if panel is None or window is None:
            return
        if live and panel.n_symbols > _MOST_LIVE:
            self.loading = True  # what is shown is of another window
            return
        if not live:
            self.cancel()
            self.loading = self.scan is None or panel.n_symbols > _MOST_LIVE
        with self.reporting():
            rows = panel.rows(*window)
            run = ScanRun(current_engine(self.engine), self._spec, rows.inputs)
            self._run = run
            self._worker.submit(partial(self._work, run, window, live))

    def _work(self, run: ScanRun, window: tuple[int, int], live: bool) -> None:  # noqa: FBT001
        with self.reporting():
            try:
                result = self._result(run, window, live)
            except ScanCancelledError:
                return
            self._arrive(result, window, live=live)
            if not self._worker.newer_waits():
                self._show_pair()
        if self.error:
            with self.updating():
                self.loading = False
                self.status.state = "idle"

    def _result(self, run: ScanRun, window: tuple[int, int], live: bool) -> DiscoveryResult:  # noqa: FBT001
        if self._given is not None and self._panel and window == (0, self._panel.n_obs):
            return self._given
        shown = self._arrived
        complete = shown is not None and not shown.n_pending
        if shown is not None and complete and not live and self._arrived_window == window:
            return shown
        if live:
            return run.answer()
        return run.follow(
            partial(self._tell, run), lambda found: self._arrive(found, window, live=True)
        )

    def _tell(self, run: ScanRun, progress: Progress) -> None:
        done = round(progress.fraction * run.n_pairs)
        known = progress.fraction > 0
        with self.status.updating():
            if self._closed:
                return
            self.status.state = "running"
            self.status.done, self.status.planned = done, run.n_pairs
            self.status.rate = done / progress.elapsed if known else None
            self.status.time_left = progress.time_left if known else None

    def _arrive(self, result: DiscoveryResult, window: tuple[int, int], *, live: bool) -> None:
        with self.updating():
            if self._closed:
                return
            self._arrived, self._arrived_window = result, window
            self.map.show(result, keep_order=live, stamp="{}:{}".format(*window))
            self.table.scan = result
            self.scan = result
            self.loading = False
            with self.status.updating():
                self.status.words = result.verdict()
                if not live:
                    self.status.state = "cancelled" if result.n_pending else "idle"

    # The selected pair.

    def _show_pair(self) -> None:
        """Test the selected pair and draw it; without one, say what is missing."""
        selected, panel, window = self.selected, self._panel, self.window
        pair: PairResult | None = None
        with self.reporting():
            if selected is not None and panel is not None:
                rows = panel if window is None else panel.rows(*window)
                pair = self._tested(rows, selected)
        with self.updating():
            if self._closed or self.selected != selected:
                return
            self.pair = pair
            if pair is not None:
                self.chart.show(pair, _heading(pair))
            elif self.error:
                self.chart.clear("This pair has no spread to draw.")
            elif selected is None:
                self.chart.clear()
            else:
                self.chart.clear("No prices to draw: set .prices to the prices that were scanned.")
            self.words.value = "" if pair is None else _paragraph(pair.explain())

    def _tested(self, panel: PricePanel, selected: tuple[str, str]) -> PairResult:
        spec = self._spec
        frame = panel.select(selected).to_frame().dropna()
        return sl.test_pair(
            frame[selected[0]],
            frame[selected[1]],
            transform=spec.transform,  # type: ignore[arg-type]
            lags=spec.lags,  # type: ignore[arg-type]
            alpha=spec.alpha,
            engine=self.engine,
        )

    # What a reader sees without a kernel.

    def _facts(self) -> str:
        if self._given is not None:
            return f"{len(self._given)} pairs, selected={self.selected!r}"
        if self._panel is not None:
            return f"{self._panel.n_symbols} symbols, selected={self.selected!r}"
        return "no scan"

    def _static_html(self) -> str:
        if self.scan is None:
            return f"<p>{escape(repr(self))}</p>"
        chosen = "" if self.pair is None else self.pair._repr_html_()
        return f"{self.scan._repr_html_()}{chosen}"

    def _static_png(self) -> bytes | None:
        return None if self.scan is None or self.scan.counts is not None else picture(self.scan)


def _spec_of(scan: DiscoveryResult | None, spec: Any) -> PairScanSpec:
    """Return how windows are scanned: without the second look that no view shows."""
    if spec is not None and not isinstance(spec, PairScanSpec):
        raise InvalidTraitError(
            "spec", f"got a {type(spec).__name__}", "a PairScanSpec such as scan.spec, or None"
        )
    chosen = spec or (PairScanSpec() if scan is None else scan.spec)
    return dataclasses.replace(chosen, dfa=0)


def _panel_of(spec: PairScanSpec, scan: Any, prices: Any) -> PricePanel | None:
    """Return the scanned prices as a panel, None without prices."""
    if prices is None:
        return None
    panel = ensure_panel(
        prices,
        transform=spec.transform,  # type: ignore[arg-type]
        align="pairwise" if spec.align == "pairwise" else "inner",
        constant="allow",
        min_obs=MIN_OBS,
        min_symbols=2,
    )
    if scan is None:
        return panel
    missing = [symbol for symbol in scan.symbols if symbol not in panel.symbols]
    if missing:
        raise InvalidInputError("prices", f"no column {', '.join(missing)}", _SCANNED)
    if panel.n_obs != scan.n_obs:
        raise InvalidInputError(
            "prices", f"{panel.n_obs} complete rows, the scan had {scan.n_obs}", _SCANNED
        )
    return panel.select(scan.symbols)


def _paragraph(words: str) -> str:
    return f'<div class="jp-SpreadlabSelector-words">{escape(words)}</div>'


def _heading(pair: PairResult) -> str:
    kind = "spread of log prices" if pair.transform == "log" else "spread"
    return (
        f"<b>{escape(pair.dependent)} – {escape(pair.hedge)}</b>: "
        f"{kind} with its mean and two standard deviations either side"
    )
