"""The pairs of a universe in a table and a map, of a scan that follows a window of dates."""

from __future__ import annotations

import time
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from spreadlab.discovery.result import DiscoveryResult
from spreadlab_widgets.pair_map import PairMap, picture
from spreadlab_widgets.pair_table import ADJUSTMENTS, PairTable, ensure_scan
from spreadlab_widgets.scan_inputs import panel_of, shortest_window, spec_of
from spreadlab_widgets.scan_status import ScanStatus
from spreadlab_widgets.view import InvalidTraitError, View
from spreadlab_widgets.window_control import WindowControl
from spreadlab_widgets.window_scans import Universe, WindowScans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spreadlab.data.panel import PricePanel
    from spreadlab.task import Progress

_MAP_FIRST = 0.08  # seconds in which the next window may come, before the table is sent
_TABLE_LATEST = 0.25  # seconds that the table may be behind a map that moves on
_MOST_LIVE = 200  # symbols; a scan of more takes longer than a hand moves


class ScanView(View, ipywidgets.VBox):  # type: ignore[misc]
    """Base of views that scan: `PairSelector`, and the pairs of the `Workbench`.

    Parameters
    ----------
    scan : DiscoveryResult, or prices
        What ``sl.discover_pairs`` returned. Prices alone are scanned in the background, shown as
        they come.
    prices : pandas or polars frame, ndarray, or PricePanel, optional
        The prices that were scanned.
    **traits
        ``selected``, ``window``, ``adjustment``, ``engine``, ``spec``, ``theme``, ``layout``.

    Attributes
    ----------
    scan : DiscoveryResult or None
        The scan that is shown: of the rows in `window`.
    selected : tuple of str or None
        (dependent, hedge); may be set, observed, and linked to other widgets.
    window : tuple of int or None
        (start, stop) in rows of the prices; setting it starts a scan. None without prices.
    adjustment : {"none", "bh", "by"}
        Which p-value table and map show.
    spec : PairScanSpec or None
        How windows are scanned; as `scan` was, or as ``sl.discover_pairs`` would.
    table, map, status, control
        The parts.
    scans : WindowScans
        What scans; ``scans.runs`` counts.
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

    shortest = 0
    """Bars of the shortest window that its owner can use."""
    shown_window: tuple[int, int] | None = None
    """The window that `scan` is of, None for one that was given."""

    _panel: PricePanel | None = None
    # Closing works at any time: Python closes what failed to be made, too.
    _closed = False
    scans: Any = None
    _parts: tuple[ipywidgets.Widget, ...] = ()

    def __init__(self, scan: Any = None, prices: Any = None, **traits: Any) -> None:
        if prices is None and scan is not None and not isinstance(scan, DiscoveryResult):
            scan, prices = None, scan
        self.status = ScanStatus()
        self.control = WindowControl()
        self.table = PairTable(scan, layout=ipywidgets.Layout(flex="1 1 500px", min_width="0"))
        self.map = PairMap(scan, layout=ipywidgets.Layout(flex="0 1 380px", min_width="0"))
        self.both = ipywidgets.Box(
            [self.table, self.map],
            layout=ipywidgets.Layout(
                display="flex", flex_flow="row wrap", align_items="flex-start"
            ),
        )
        self._parts = (self.status, self.control, self.table, self.map, self.both)
        self.both.add_class("jp-SpreadlabSelector-both")
        self.scans = WindowScans(self)
        self._given: DiscoveryResult | None = scan
        self._arrived: DiscoveryResult | None = None
        self._marking = False
        self._table_due = 0.0
        self._held = False
        self._whole = False  # until then the traits that are set are those of the constructor
        self._spec = spec_of(scan, traits.get("spec"))
        self._set_panel(panel_of(self._spec, scan, prices))
        super().__init__(**{"scan": scan, "prices": prices, **traits})
        self.children = [self.status, self.control, self.both]
        self.add_class("jp-SpreadlabSelector")
        self._link_parts()
        self.status.words = "" if scan is None else scan.verdict()
        if self.window is None and self._panel is not None:
            self.window = (0, self._panel.n_obs)
        elif self.window is not None:
            self.control.window = self.window
        t.link((self, "window"), (self.control, "window"))
        self.control.observe(self._let_go, "dragging")
        self._mark()
        self._whole = True
        moved = self._panel is not None and self.window != (0, self._panel.n_obs)
        if scan is None or moved:
            self._rescan(live=False)

    def _link_parts(self) -> None:
        for part in (self.table, self.map):
            part.observe(self._take_selected, "selected")
            t.link((self, "adjustment"), (part, "adjustment"))
            t.dlink((self, "loading"), (part, "loading"))
        for part in (self.table, self.map, self.status, self.control):
            t.dlink((self, "theme"), (part, "theme"))
        t.dlink((self, "error"), (self.table, "error"))
        self.status.on_ask("cancel", self.cancel)
        self.status.on_ask("again", self.rescan)

    # What the reader or the program changes.

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        return ensure_scan(proposal["value"])

    @t.validate("spec")
    def _check_spec(self, proposal: dict[str, Any]) -> Any:
        spec_of(None, proposal["value"])
        return proposal["value"]

    @t.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:
        window = proposal["value"]
        if window is None and self._panel is not None:
            return (0, self._panel.n_obs)
        return self.control.checked(window)

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        pair = proposal["value"]
        if pair is None or self._panel is None:
            return self.table.checked(pair)
        # Not every scan lists every pair, nor does one that still runs.
        if pair[0] == pair[1] or not set(pair) <= set(self._panel.symbols):
            raise InvalidTraitError(
                "selected", f"got {tuple(pair)!r}", "two symbols of the prices, or None"
            )
        return pair

    @t.observe("theme")
    def _show_theme(self, change: dict[str, Any]) -> None:
        # What has no theme of its own takes the colours that this class sets.
        self.remove_class(f"jp-mod-{change['old']}")
        if change["new"] != "auto":
            self.add_class(f"jp-mod-{change['new']}")

    @t.observe("selected")
    def _follow_selected(self, _change: dict[str, Any]) -> None:
        self._mark()

    def _take_selected(self, change: dict[str, Any]) -> None:
        if not self._marking:
            self.selected = change["new"]

    def _mark(self) -> None:
        """Have table and map mark the selected pair, if they list it."""
        with self._quietly():
            for part in (self.table, self.map):
                try:
                    part.selected = self.selected
                except InvalidTraitError:
                    part.selected = None

    @t.observe("scan", "prices", "spec")
    def _take(self, change: dict[str, Any]) -> None:
        arrived = self.scan is not None and self.scan is self._arrived
        if not self._whole or (change["name"] == "scan" and arrived):
            return
        if change["name"] == "scan":
            self._given = self.scan
            self._show_given()
            self.status.words = "" if self.scan is None else self.scan.verdict()
        with self.reporting():
            try:
                self._spec = spec_of(self._given, self.spec)
                panel = panel_of(self._spec, self._given, self.prices)
            except Exception:
                self._set_panel(None)
                raise
            known = self._panel
            # The same prices leave the window where it is.
            same = known is not None and panel is not None and panel.digest == known.digest
            self._set_panel(known if same else panel)
        self._taken()
        if self._panel is not None and (
            self._known() is None or self.window != (0, self._panel.n_obs)
        ):
            self._rescan(live=False)

    def _taken(self) -> None:
        """Follow what was taken: another scan, other prices or another spec."""

    def _known(self) -> DiscoveryResult | None:
        """Return the scan that was given, if it is one of the kind that is asked for."""
        given = self._given
        return given if given is not None and spec_of(given, None) == self._spec else None

    @t.observe("window")
    def _follow_window(self, change: dict[str, Any]) -> None:
        if self._whole and change["new"] is not None:
            self._rescan(live=self.control.dragging or self._held)

    def hold(self, *, held: bool) -> None:
        """Say whether a hand moves the window, in another view than `control`."""
        let_go = self._held and not held
        self._held = held
        if let_go:
            self._rescan(live=False)

    def _let_go(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            self._rescan(live=False)

    def rescan(self) -> None:
        """Scan the window again."""
        self.scans.forget()
        self._rescan(live=False)

    def cancel(self) -> None:
        """Stop the scan that runs; what it found until then stays."""
        self.scans.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no scan runs, or `timeout` seconds; return whether that is so."""
        return bool(self.scans.wait(timeout))

    def close(self) -> None:
        """Close the view and everything in it; a scan that runs is cancelled."""
        self._closed = True  # what still runs finds it so
        if self.scans is not None:
            self.scans.close()
        for part in (*self.children, *self._parts):
            part.close()
        super().close()

    @property
    def answer(self) -> DiscoveryResult | None:
        """The scan of the window and the spec in force, None until it is complete."""
        scan = self.scan
        if scan is None or scan.n_pending or self.shown_window != self.window:
            return None
        return scan if spec_of(scan, None) == self._spec else None

    # Scans, in the background.

    def _set_panel(self, panel: PricePanel | None) -> None:
        self._panel = panel
        self.control.min_bars = max(shortest_window(self._spec), self.shortest)
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
            self.loading = self.scan is None or panel.n_symbols > _MOST_LIVE
        universe = Universe(panel, self._spec, self._known(), self.engine)
        self.scans.ask(universe, window, live=live)

    def scan_progress(self, n_pairs: int, progress: Progress) -> None:
        """Hear how far the scan is."""
        done = round(progress.fraction * n_pairs)
        known = progress.fraction > 0
        with self.status.updating():
            if self._closed:
                return
            self.status.state = "running"
            self.status.done, self.status.planned = done, n_pairs
            self.status.rate = done / progress.elapsed if known else None
            self.status.time_left = progress.time_left if known else None

    def scan_found(self, found: DiscoveryResult, window: tuple[int, int], *, live: bool) -> None:
        """Show a scan, unless the view was closed meanwhile.

        The map follows each window of a hand that moves. The table, ten times as many numbers, is
        left out where the next window comes at once, but never falls far behind.
        """
        with self.updating():
            if self._closed:
                return
            with self._quietly():
                self.map.show(found, keep_order=live, stamp="{}:{}".format(*window))
            self.shown_window = window
            self._arrived = found  # which no observer takes for one that was given
            self.scan = found
            self.error = ""
            self.loading = False
        moves = live and found.n_pending == 0 and time.monotonic() < self._table_due
        if not (moves and self.scans.newer_within(_MAP_FIRST)):
            self._complete(found, live=live)

    def _complete(self, found: DiscoveryResult, *, live: bool) -> None:
        """Show what goes with the map of a scan, unless it is another's by now."""
        with self.updating():
            if self._closed or self.scan is not found:
                return
            self._show_table()
            with self.status.updating():
                self.status.words = found.verdict()
                if not live:
                    self.status.state = "cancelled" if found.n_pending else "idle"

    def scan_failed(self, error: Exception) -> None:
        """Show why there is no scan."""
        self.report(error)
        with self.updating():
            if not self._closed:
                self._show_table()
                self.loading = False
                self.status.state = "idle"

    def _show_given(self) -> None:
        """Show a scan that was not made here, or none."""
        with self._quietly():
            if self.scan is None:
                self.map.scan = None
            else:
                self.map.show(self.scan, keep_order=False)
        self._show_table()

    def _show_table(self) -> None:
        """Bring the table up to the scan, and mark the selected pair if it is of its universe."""
        scan = self.scan
        with self._quietly():
            self.table.scan = scan
        self._table_due = time.monotonic() + _TABLE_LATEST
        if self.selected is not None and not (
            scan is not None and set(self.selected) <= set(scan.symbols)
        ):
            self.selected = None
        self._mark()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change the parts without taking what they select for the reader's word."""
        self._marking = True
        try:
            yield
        finally:
            self._marking = False

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
        return str(self.scan._repr_html_())

    def _static_png(self) -> bytes | None:
        return None if self.scan is None or self.scan.counts is not None else picture(self.scan)
