"""Choose a pair of a universe: table and map of a scan, and the spread of the chosen pair."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

import spreadlab as sl
from spreadlab_widgets.scan_view import ScanView
from spreadlab_widgets.spread_chart import SpreadChart

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.pair_result import PairResult
    from spreadlab.discovery.result import DiscoveryResult


class PairSelector(ScanView):
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

    pair = t.Any(None, help="Test of the selected pair.")

    def __init__(self, scan: Any = None, prices: Any = None, **traits: Any) -> None:
        self.chart = SpreadChart()
        self.words = ipywidgets.HTML()
        super().__init__(scan, prices, **traits)
        self.children = [*self.children, self.chart, self.words]

    @t.observe("selected", "engine")
    def _show_selected(self, _change: dict[str, Any]) -> None:
        self._show_pair()

    def _taken(self) -> None:
        self._show_pair()

    def scan_found(self, found: DiscoveryResult, window: tuple[int, int], *, live: bool) -> None:
        """Show a scan, and the selected pair in its window."""
        super().scan_found(found, window, live=live)
        partial = live and found.n_pending > 0
        if not partial and not self.scans.newer_waits():
            self._show_pair()

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

    def _static_html(self) -> str:
        chosen = "" if self.pair is None else self.pair._repr_html_()
        return f"{super()._static_html()}{chosen}"


def _paragraph(words: str) -> str:
    return f'<div class="jp-SpreadlabSelector-words">{escape(words)}</div>'


def _heading(pair: PairResult) -> str:
    kind = "spread of log prices" if pair.transform == "log" else "spread"
    return (
        f"<b>{escape(pair.dependent)} – {escape(pair.hedge)}</b>: "
        f"{kind} with its mean and two standard deviations either side"
    )
