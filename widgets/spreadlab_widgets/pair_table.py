"""The pairs of a scan as a table that sorts, filters, searches and selects."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets as t

from spreadlab.discovery.result import DiscoveryResult
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.conditions import ALLOWED, is_condition
from spreadlab_widgets.pair_rows import COLUMNS, NAMES, Listing, wire_rows
from spreadlab_widgets.view import InvalidTraitError, View

ADJUSTMENTS = ("none", "bh", "by")
_KINDS = {"pair": "level", **{name: kind for name, _, kind, _ in COLUMNS}}


def ensure_scan(scan: Any) -> DiscoveryResult | None:
    """Return `scan`, or raise if it is no scan."""
    if scan is not None and not isinstance(scan, DiscoveryResult):
        raise InvalidTraitError(
            "scan", f"got a {type(scan).__name__}", "a result of sl.discover_pairs(), or None"
        )
    return scan


class PairTable(View, anywidget.AnyWidget):
    """Table of the pairs of a scan.

    A header sorts by its column, a second time the other way. Up, Down, Page Up, Page Down, Home
    and End move, Enter selects; a click does both. The field above searches symbols, *Filter* opens
    a field under each header, and p, BH and BY say which p-value is shown.

    Parameters
    ----------
    scan : DiscoveryResult, optional
        What ``sl.discover_pairs`` returned; may be given later.
    **traits
        ``selected``, ``sort_by``, ``ascending``, ``search``, ``filters``, ``adjustment``,
        ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    scan : DiscoveryResult or None
        Setting it redraws the table.
    selected : tuple of str or None
        (dependent, hedge) of the selected row; where both directions were tested, either of them.
    sort_by : str
        ``"pair"`` or a column: ``"pvalue"``, ``"pvalue_bh"``, ``"pvalue_by"``, ``"passes"``,
        ``"statistic"``, ``"hedge_ratio"``, ``"half_life"``, ``"hurst"``, ``"lags"``, ``"flags"``.
    ascending : bool
        Direction of the order; pairs without an answer come last either way.
    search : str
        Words that the symbols of a shown pair contain.
    filters : dict of str to str
        Column to condition: ``{"half_life": "5 .. 30", "pvalue": "< .05", "flags": "none"}``.
    adjustment : {"none", "bh", "by"}
        Which p-value the table shows.
    """

    _esm = bundle("pair-table.js")
    _css = bundle("pair-table.css")

    scan = t.Any(None, help="Result of sl.discover_pairs.")
    selected: Any = t.Tuple(
        t.Unicode(), t.Unicode(), default_value=None, allow_none=True, help="(dependent, hedge)."
    ).tag(sync=True)
    sort_by = t.Enum(NAMES, "pvalue", help="Column that orders the rows.").tag(sync=True)
    ascending = t.Bool(default_value=True, help="Direction of the order.").tag(sync=True)
    search = t.Unicode("", help="Words that the symbols contain.").tag(sync=True)
    filters = t.Dict(value_trait=t.Unicode(), key_trait=t.Unicode(), help="Conditions.").tag(
        sync=True
    )
    adjustment = t.Enum(ADJUSTMENTS, "none", help="Which p-value is shown.").tag(sync=True)
    _pairs = t.Any(None).tag(sync=True)

    def __init__(self, scan: Any = None, **traits: Any) -> None:
        self._listing = Listing(None)
        super().__init__(**{"scan": scan, **traits})

    @t.validate("scan")
    def _check_scan(self, proposal: dict[str, Any]) -> Any:
        return ensure_scan(proposal["value"])

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        return self.checked(proposal["value"])

    def checked(self, pair: tuple[str, str] | None) -> tuple[str, str] | None:
        """Return a pair as it would be selected, or raise InvalidTraitError.

        Before there is a scan, any pair may be selected: the scan shows whether it lists it.
        """
        # While the constructor runs, the scan is set but not yet shown.
        listing = self._listing if self._listing.scan is self.scan else Listing(self.scan)
        if pair is not None and self.scan is not None and (pair[0], pair[1]) not in listing:
            raise InvalidTraitError(
                "selected",
                f"got {tuple(pair)!r}, which the scan does not list",
                "(dependent, hedge) of a listed pair, or None",
            )
        return pair

    @t.validate("filters")
    def _check_filters(self, proposal: dict[str, Any]) -> Any:
        for name, text in proposal["value"].items():
            if name not in _KINDS:
                raise InvalidTraitError("filters", f"no column {name!r}", f"of {', '.join(NAMES)}")
            if not is_condition(_KINDS[name], text):
                raise InvalidTraitError(f"filters[{name!r}]", f"got {text!r}", ALLOWED)
        return proposal["value"]

    @t.observe("scan")
    def _show_scan(self, change: dict[str, Any]) -> None:
        scan = change["new"]
        listing = Listing(scan)
        with self.reporting():
            pairs = None if scan is None else wire_rows(scan)
            with self.updating():
                self._listing = listing
                if not listing.may_keep(self.selected, change["old"]):
                    self.selected = None
                self._pairs = pairs

    def _facts(self) -> str:
        if self.scan is None:
            return "no scan"
        return f"{len(self._listing)} pairs, selected={self.selected!r}"

    def _static_html(self) -> str:
        return "" if self.scan is None else str(self.scan._repr_html_())
