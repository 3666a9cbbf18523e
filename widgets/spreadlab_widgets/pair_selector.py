"""Choose a pair of a scan and see its spread."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

import spreadlab as sl
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.pair_table import PairTable
from spreadlab_widgets.spread_chart import SpreadChart
from spreadlab_widgets.view import View

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.pair_result import PairResult


_SCANNED = "the prices that were scanned"


class PairSelector(View, ipywidgets.VBox):  # type: ignore[misc]
    """The pairs of a scan in a table, and the spread of the selected one below.

    Parameters
    ----------
    scan : DiscoveryResult, optional
        What ``sl.discover_pairs`` returned; may be given later.
    prices : pandas or polars frame, ndarray, or PricePanel, optional
        The prices that were scanned: a selected pair is tested on them again for its spread.
    engine : Engine, optional
        Where to test; the engine in use by default.
    **traits
        ``selected``, ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    selected : tuple of str or None
        (dependent, hedge); may be set, observed, and linked to other widgets.
    pair : PairResult or None
        The test of the selected pair.
    table : PairTable
        The table, with ``sort_by`` and ``ascending``.
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
    selected: Any = t.Tuple(
        t.Unicode(), t.Unicode(), default_value=None, allow_none=True, help="(dependent, hedge)."
    )
    pair = t.Any(None, help="Test of the selected pair.")

    def __init__(self, scan: Any = None, prices: Any = None, **traits: Any) -> None:
        self.summary = ipywidgets.HTML()
        self.table = PairTable(scan)  # raises for what is no scan
        self.chart = SpreadChart()
        self.words = ipywidgets.HTML()
        self._panel = _panel_of(scan, prices)
        super().__init__(**{"scan": scan, "prices": prices, **traits})
        self.children = [self.summary, self.table, self.chart, self.words]
        self.add_class("jp-SpreadlabSelector")
        t.link((self, "selected"), (self.table, "selected"))
        for name in ("theme", "loading", "error"):
            t.dlink((self, name), (self.table, name))

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        self.table.scan = proposal["value"]
        return proposal["value"]

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        self.table.selected = proposal["value"]
        return proposal["value"]

    @t.observe("theme")
    def _show_theme(self, change: dict[str, Any]) -> None:
        # The chart has no theme of its own: it takes the colours that this class sets.
        self.remove_class(f"jp-mod-{change['old']}")
        if change["new"] != "auto":
            self.add_class(f"jp-mod-{change['new']}")

    @t.observe("scan", "prices")
    def _show_scan(self, _change: dict[str, Any]) -> None:
        self.summary.value = "" if self.scan is None else _paragraph(self.scan.verdict())
        with self.reporting():
            self._panel = None
            self._panel = _panel_of(self.scan, self.prices)
        self._show_pair()

    @t.observe("selected", "engine")
    def _show_selected(self, _change: dict[str, Any]) -> None:
        self._show_pair()

    def _show_pair(self) -> None:
        """Test the selected pair and draw it; without one, say what is missing."""
        with self.reporting():
            self.pair = None
            if self.selected is None:
                self.chart.clear()
            elif self._panel is None:
                self.chart.clear("No prices to draw: set .prices to the prices that were scanned.")
            else:
                self.pair = self._tested(self._panel, self.selected)
                self.chart.show(self.pair, _heading(self.pair))
        if self.error:
            self.chart.clear("This pair has no spread to draw.")
        self.words.value = "" if self.pair is None else _paragraph(self.pair.explain())

    def _tested(self, panel: PricePanel, selected: tuple[str, str]) -> PairResult:
        spec = self.scan.spec
        frame = panel.select(selected).to_frame()
        return sl.test_pair(
            frame[selected[0]],
            frame[selected[1]],
            transform=spec.transform,
            lags=spec.lags,
            alpha=spec.alpha,
            engine=self.engine,
        )

    def close(self) -> None:
        """Close the view and everything in it."""
        for part in self.children:
            part.close()
        super().close()

    def _facts(self) -> str:
        if self.scan is None:
            return "no scan"
        return f"{len(self.scan)} pairs, selected={self.selected!r}"

    def _static_html(self) -> str:
        if self.scan is None:
            return f"<p>{escape(repr(self))}</p>"
        chosen = "" if self.pair is None else self.pair._repr_html_()
        return f"{self.scan._repr_html_()}{chosen}"


def _panel_of(scan: Any, prices: Any) -> PricePanel | None:
    """Return the scanned prices as a panel, None while either is missing."""
    if scan is None or prices is None:
        return None
    panel = ensure_panel(
        prices, transform=scan.spec.transform, align="inner", constant="allow", min_symbols=2
    )
    missing = [symbol for symbol in scan.symbols if symbol not in panel.symbols]
    if missing:
        raise InvalidInputError("prices", f"no column {', '.join(missing)}", _SCANNED)
    if panel.n_obs != scan.n_obs:
        raise InvalidInputError(
            "prices", f"{panel.n_obs} complete rows, the scan had {scan.n_obs}", _SCANNED
        )
    return panel


def _paragraph(words: str) -> str:
    return f'<div class="jp-SpreadlabSelector-words">{escape(words)}</div>'


def _heading(pair: PairResult) -> str:
    kind = "spread of log prices" if pair.transform == "log" else "spread"
    return (
        f"<b>{escape(pair.dependent)} – {escape(pair.hedge)}</b>: "
        f"{kind} with its mean and two standard deviations either side"
    )
