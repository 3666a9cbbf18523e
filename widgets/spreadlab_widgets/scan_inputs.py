"""What a scan of windows needs to know before it begins: how to test, and on which prices."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from spreadlab.data.panel import ensure_panel
from spreadlab.discovery.rules import MIN_OBS
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.view import InvalidTraitError

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.result import DiscoveryResult

_SCANNED = "the prices that were scanned"


def spec_of(scan: DiscoveryResult | None, spec: Any) -> PairScanSpec:
    """Return how windows are scanned: without the second look that no view shows.

    Raises
    ------
    InvalidTraitError
        If `spec` is neither a PairScanSpec nor None.
    """
    if spec is not None and not isinstance(spec, PairScanSpec):
        raise InvalidTraitError(
            "spec", f"got a {type(spec).__name__}", "a PairScanSpec such as scan.spec, or None"
        )
    chosen = spec or (PairScanSpec() if scan is None else scan.spec)
    return dataclasses.replace(chosen, dfa=0)


def panel_of(spec: PairScanSpec, scan: Any, prices: Any) -> PricePanel | None:
    """Return the scanned prices as a panel, None without prices.

    Raises
    ------
    InvalidInputError
        If they can't be scanned so, or are not those of `scan`.
    """
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


def shortest_window(spec: PairScanSpec) -> int:
    """Return the bars of the shortest window that the test can be run on."""
    return max(MIN_OBS, 0 if isinstance(spec.lags, str) else 2 * (spec.lags + 3))
