"""The pairs of a scan as a table that sorts, searches and selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Name, label with its unit, kind, what it means.
_COLUMNS = (
    (
        "statistic",
        "statistic",
        "number",
        "Engle-Granger t-ratio: the lower, the more mean-reverting",
    ),
    ("pvalue", "p", "pvalue", "p-value of this test alone"),
    ("pvalue_bh", "p (BH)", "pvalue", "adjusted by Benjamini-Hochberg over all tests of the scan"),
    ("pvalue_by", "p (BY)", "pvalue", "adjusted by Benjamini-Yekutieli over all tests of the scan"),
    ("passes", "passes", "level", "the strictest of p, BH and BY that is below alpha"),
    ("hedge_ratio", "hedge ratio", "number", "units of the hedge per unit of the dependent"),
    ("half_life", "half-life, bars", "number", "bars in which an expected deviation halves"),
    ("hurst", "Hurst", "number", "0.5 for a random walk, lower for a spread that reverts"),
    ("lags", "lags", "integer", "lagged differences in the test"),
)
_LEVELS = ("–", "p", "BH", "BY")
NAMES = ("pair", *(name for name, *_ in _COLUMNS))


class PairTable(View, anywidget.AnyWidget):
    """Table of the pairs of a scan.

    A header sorts by its column, a second time the other way. Up, Down, Page Up, Page Down, Home
    and End move, Enter selects; a click does both.

    Parameters
    ----------
    scan : DiscoveryResult, optional
        What ``sl.discover_pairs`` returned; may be given later.
    **traits
        ``selected``, ``sort_by``, ``ascending``, ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    scan : DiscoveryResult or None
        Setting it redraws the table.
    selected : tuple of str or None
        (dependent, hedge) of the selected row.
    sort_by : str
        ``"pair"`` or a column: ``"statistic"``, ``"pvalue"``, ``"pvalue_bh"``, ``"pvalue_by"``,
        ``"passes"``, ``"hedge_ratio"``, ``"half_life"``, ``"hurst"``, ``"lags"``.
    ascending : bool
        Direction of the order; pairs without an answer come last either way.
    """

    _esm = bundle("pair-table.js")
    _css = bundle("pair-table.css")

    scan = t.Any(None, help="Result of sl.discover_pairs.")
    selected: Any = t.Tuple(
        t.Unicode(), t.Unicode(), default_value=None, allow_none=True, help="(dependent, hedge)."
    ).tag(sync=True)
    sort_by = t.Enum(NAMES, "pvalue", help="Column that orders the rows.").tag(sync=True)
    ascending = t.Bool(default_value=True, help="Direction of the order.").tag(sync=True)
    _pairs = t.Any(None).tag(sync=True)

    def __init__(self, scan: Any = None, **traits: Any) -> None:
        self._known: frozenset[tuple[str, str]] = frozenset()
        super().__init__(**{"scan": scan, **traits})

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        scan = proposal["value"]
        if scan is not None and not (hasattr(scan, "to_frame") and hasattr(scan, "alpha")):
            raise InvalidTraitError(
                "scan", f"got a {type(scan).__name__}", "a result of sl.discover_pairs(), or None"
            )
        return scan

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        pair = proposal["value"]
        # While the constructor runs, the scan is set but not yet shown.
        if pair is not None and tuple(pair) not in (self._known or _pairs_of(self.scan)):
            raise InvalidTraitError(
                "selected",
                f"got {tuple(pair)!r}, which the scan does not list",
                "(dependent, hedge) of a listed pair, or None",
            )
        return pair

    @t.observe("scan")
    def _show_scan(self, change: dict[str, Any]) -> None:
        scan = change["new"]
        self._known = _pairs_of(scan)
        with self.reporting(), self.hold_sync():
            if self.selected is not None and self.selected not in self._known:
                self.selected = None
            self._pairs = None if scan is None else _wire(scan)

    def _facts(self) -> str:
        if self.scan is None:
            return "no scan"
        return f"{len(self._known)} pairs, selected={self.selected!r}"

    def _static_html(self) -> str:
        return "" if self.scan is None else str(self.scan._repr_html_())


def _pairs_of(scan: Any) -> frozenset[tuple[str, str]]:
    if scan is None:
        return frozenset()
    frame = scan.to_frame()
    return frozenset(zip(frame["dependent"], frame["hedge"], strict=True))


def _wire(scan: Any) -> dict[str, Any]:
    """Return the rows of a scan as the view reads them."""
    frame = scan.to_frame()
    symbols = sorted({*frame["dependent"], *frame["hedge"]})
    index = {symbol: k for k, symbol in enumerate(symbols)}
    numbers = [_column(frame, name, float(scan.alpha)) for name, *_ in _COLUMNS]
    return {
        "symbols": symbols,
        "dependent": to_wire(np.array([index[s] for s in frame["dependent"]], dtype=np.int32)),
        "hedge": to_wire(np.array([index[s] for s in frame["hedge"]], dtype=np.int32)),
        "values": to_wire(np.array(numbers, dtype=np.float64).reshape(len(_COLUMNS), len(frame))),
        "columns": [
            {
                "name": name,
                "label": label,
                "kind": kind,
                "title": title,
                **({"levels": list(_LEVELS)} if kind == "level" else {}),
            }
            for name, label, kind, title in _COLUMNS
        ],
    }


def _column(frame: pd.DataFrame, name: str, alpha: float) -> NDArray[np.float64]:
    if name == "passes":
        below = [frame[p].to_numpy() < alpha for p in ("pvalue", "pvalue_bh", "pvalue_by")]
        level: NDArray[np.float64] = np.asarray(below).sum(axis=0, dtype=np.float64)
        level[np.isnan(frame["pvalue"].to_numpy())] = np.nan
        return level
    values = frame[name].to_numpy(dtype=np.float64, copy=True)
    if name == "lags":
        values[values < 0] = np.nan
    return np.asarray(values)
