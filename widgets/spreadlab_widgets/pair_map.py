"""The p-values of a scan as an N x N map, to look at, to read off and to select from."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab.discovery.maps import coarse, pvalue_map, similarity_order
from spreadlab.discovery.multiplicity import Adjustment
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.pair_rows import Listing
from spreadlab_widgets.pair_table import ADJUSTMENTS, ensure_scan
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.result import DiscoveryResult

MOST_SYMBOLS = 1000
_MOST_IN_PICTURE = 320  # cells, and pixels of its side
_PALE, _DEEP = np.array([238.0, 240.0, 243.0]), np.array([8.0, 48.0, 107.0])


class PairMap(View, anywidget.AnyWidget):
    """Map of all p-values: dependent down, hedge across, related symbols side by side.

    The crosshair follows the mouse and, once the map has the focus, the arrow keys; a click or
    Enter selects. More than 1000 symbols are shown by those that have the smallest p-values.

    Parameters
    ----------
    scan : DiscoveryResult, optional
        What ``sl.discover_pairs`` returned; may be given later.
    **traits
        ``selected``, ``adjustment``, ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    scan : DiscoveryResult or None
        Setting it clusters the symbols and redraws the map.
    selected : tuple of str or None
        (dependent, hedge), a listed pair of the scan.
    adjustment : {"none", "bh", "by"}
        Which p-value is shown.
    """

    _esm = bundle("pair-map.js")
    _css = bundle("pair-map.css")

    scan = t.Any(None, help="Result of sl.discover_pairs.")
    selected: Any = t.Tuple(
        t.Unicode(), t.Unicode(), default_value=None, allow_none=True, help="(dependent, hedge)."
    ).tag(sync=True)
    adjustment = t.Enum(ADJUSTMENTS, "none", help="Which p-value is shown.").tag(sync=True)
    _cells = t.Any(None).tag(sync=True)

    def __init__(self, scan: Any = None, **traits: Any) -> None:
        self._listing = Listing(None)
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        self._keep_order = False
        super().__init__(**{"scan": scan, **traits})

    def show(self, scan: DiscoveryResult, *, keep_order: bool, stamp: str = "") -> None:
        """Show a scan; with `keep_order` the symbols stay where they are, if they are the same.

        `stamp` goes to the page with the numbers and says what they are of.
        """
        self._keep_order, self._stamp = keep_order, stamp
        try:
            if scan is self.scan:  # which no observer would hear of
                self._show_scan({"new": scan, "old": scan})
            else:
                self.scan = scan
        finally:
            self._keep_order = False

    _stamp = ""

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        return ensure_scan(proposal["value"])

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        pair = proposal["value"]
        listing = self._listing if self._listing.scan is self.scan else Listing(self.scan)
        if pair is not None and self.scan is not None and tuple(pair) not in listing:
            raise InvalidTraitError(
                "selected",
                f"got {tuple(pair)!r}, which the scan does not list",
                "(dependent, hedge) of a listed pair, or None",
            )
        return pair

    @t.observe("scan")
    def _show_scan(self, change: dict[str, Any]) -> None:
        scan, old = change["new"], change["old"]
        same = self._keep_order and _same_symbols(scan, old)
        with self.reporting():
            order = self._order if same else _order_of(scan)
            self._take(scan, order, old)

    @t.observe("adjustment")
    def _show_adjustment(self, _change: dict[str, Any]) -> None:
        if self.scan is not None:
            with self.reporting():
                self._take(self.scan, self._order, self.scan)

    def _take(
        self,
        scan: DiscoveryResult | None,
        order: NDArray[np.int64],
        old: DiscoveryResult | None,
    ) -> None:
        cells = None if scan is None else _wire(scan, order, self.adjustment, self._stamp)
        listing = Listing(scan)
        with self.updating():
            self._order, self._listing = order, listing
            if not listing.may_keep(self.selected, old):
                self.selected = None
            self._cells = cells

    def _facts(self) -> str:
        if self.scan is None:
            return "no scan"
        return f"{self.scan.n_symbols} symbols, selected={self.selected!r}"

    def _static_html(self) -> str:
        return "" if self.scan is None else str(self.scan._repr_html_())

    def _static_png(self) -> bytes | None:
        return None if self.scan is None or self.scan.counts is not None else picture(self.scan)


def _same_symbols(one: DiscoveryResult | None, other: DiscoveryResult | None) -> bool:
    return one is not None and other is not None and one.symbols == other.symbols


def _order_of(scan: DiscoveryResult | None) -> NDArray[np.int64]:
    """Return the symbols to show, related ones side by side."""
    if scan is None:
        return np.empty(0, np.int64)
    count = scan.n_symbols
    if scan.counts is not None:
        raise InvalidInputError(
            "scan", "so many p-values that they were counted, not kept", "a smaller one for a map"
        )
    if count <= MOST_SYMBOLS:
        return similarity_order(scan.all_pvalues, count)
    smaller = np.nan_to_num(np.fmin.reduce(scan.all_pvalues, axis=0), nan=np.inf)
    best, start = np.full(count, np.inf), 0
    for k in range(count - 1):
        row = smaller[start : start + count - 1 - k]
        best[k] = min(best[k], row.min())
        best[k + 1 :] = np.minimum(best[k + 1 :], row)
        start += row.size
    shown = np.sort(np.argsort(best, kind="stable")[:MOST_SYMBOLS])
    return shown[similarity_order(_among(scan.all_pvalues, shown, count), len(shown))]


def _among(
    pvalues: NDArray[np.float64], shown: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Return the p-values of the pairs among some symbols, given in rising order."""
    a, b = np.triu_indices(len(shown), 1)
    i, j = shown[a], shown[b]
    return pvalues[:, i * (2 * count - i - 1) // 2 + j - i - 1]


def _adjusted(scan: DiscoveryResult, adjustment: str) -> NDArray[np.float64]:
    if adjustment == "none":
        return scan.all_pvalues
    family = Adjustment(scan.all_pvalues.ravel())
    return (family.bh if adjustment == "bh" else family.by)(scan.all_pvalues)


def _wire(
    scan: DiscoveryResult, order: NDArray[np.int64], adjustment: str, stamp: str
) -> dict[str, Any]:
    """Return what the view draws: symbols in their universe's order, and where each is shown."""
    shown = np.sort(order)
    pvalues = _adjusted(scan, adjustment)
    if len(shown) < scan.n_symbols:
        pvalues = _among(pvalues, shown, scan.n_symbols)
    return {
        "symbols": [scan.symbols[k] for k in shown],
        "order": to_wire(np.searchsorted(shown, order).astype(np.int32)),
        "pvalues": to_wire(pvalues),
        "alpha": float(scan.alpha),
        "hidden": scan.n_symbols - len(shown),
        "stamp": stamp,
    }


def picture(scan: DiscoveryResult) -> bytes:
    """Return the map as PNG: what a page without a kernel shows."""
    from matplotlib.image import imsave

    order = _order_of(scan)
    shown, place = np.sort(order), np.searchsorted(np.sort(order), order)
    pvalues = _among(scan.all_pvalues, shown, scan.n_symbols)
    cells = coarse(pvalue_map(pvalues, len(order))[np.ix_(place, place)], _MOST_IN_PICTURE)
    shade = np.nan_to_num(-np.log10(np.maximum(cells, 1e-4)) / 4.0, nan=0.0)
    pixels = (_PALE + shade[..., np.newaxis] * (_DEEP - _PALE)).round().astype(np.uint8)
    scale = max(_MOST_IN_PICTURE // len(cells), 1)
    buffer = io.BytesIO()
    imsave(buffer, pixels.repeat(scale, 0).repeat(scale, 1), format="png")
    return buffer.getvalue()
