"""The listed pairs of a scan as the table reads them: columns of numbers, no strings per row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.legs import STALE, STATIONARY
from spreadlab.discovery.plan import pair_number, pair_symbols
from spreadlab.discovery.rules import REASONS
from spreadlab_widgets.codec import to_wire

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.result import DiscoveryResult

# Name, label with its unit, kind, what it means.
COLUMNS = (
    ("pvalue", "p", "pvalue", "p-value of this test alone"),
    ("pvalue_bh", "p (BH)", "pvalue", "adjusted by Benjamini-Hochberg over all tests of the scan"),
    ("pvalue_by", "p (BY)", "pvalue", "adjusted by Benjamini-Yekutieli over all tests of the scan"),
    ("passes", "passes", "level", "the strictest of p, BH and BY that is below alpha"),
    (
        "statistic",
        "statistic",
        "number",
        "Engle-Granger t-ratio: the lower, the more mean-reverting",
    ),
    ("hedge_ratio", "hedge ratio", "number", "units of the hedge per unit of the dependent"),
    ("half_life", "half-life, bars", "number", "bars in which an expected deviation halves"),
    ("hurst", "Hurst", "number", "0.5 for a random walk, lower for a spread that reverts"),
    ("lags", "lags", "integer", "lagged differences in the test"),
    ("flags", "flags", "flags", "what is odd about a leg, or why a pair has no answer"),
)
NAMES = ("pair", *(name for name, *_ in COLUMNS))
LEVELS = ("–", "p", "BH", "BY")
MOST_ROWS = 500_000  # a browser lays out no element higher than about 17 million pixels
_MISSING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Which pairs a scan lists.

    Attributes
    ----------
    scan : DiscoveryResult or None
        The scan; nothing is listed without one.
    """

    scan: DiscoveryResult | None
    _places: dict[str, int] = field(init=False)
    _sorted: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        symbols = () if self.scan is None else self.scan.symbols
        pairs = np.empty(0, np.int64) if self.scan is None else self.scan.pair[:MOST_ROWS]
        object.__setattr__(self, "_places", {symbol: k for k, symbol in enumerate(symbols)})
        object.__setattr__(self, "_sorted", np.sort(pairs))

    def __len__(self) -> int:
        return int(self._sorted.size)

    def may_keep(self, pair: tuple[str, str] | None, old: DiscoveryResult | None) -> bool:
        """Return whether a pair stays selected as this scan takes the place of an old one.

        A scan of the same universe may not list it yet, or not in this window.
        """
        if pair is None or pair in self:
            return True
        if self.scan is None or not set(pair) <= self._places.keys():
            return False
        return old is None or self.scan.symbols == old.symbols

    def __contains__(self, pair: tuple[str, str]) -> bool:
        """Return whether the two symbols are listed, in a direction that was tested."""
        places = [self._places.get(symbol, _MISSING) for symbol in pair]
        if self.scan is None or _MISSING in places or places[0] == places[1]:
            return False
        if self.scan.spec.direction == "forward" and places[0] > places[1]:
            return False
        low, high = np.array([min(places)]), np.array([max(places)])
        number = pair_number(low, high, len(self._places))[0]
        at = int(np.searchsorted(self._sorted, number))
        return at < self._sorted.size and bool(self._sorted[at] == number)


def wire_rows(scan: DiscoveryResult) -> dict[str, Any]:
    """Return the rows of a scan, by rising p-value, as the view reads them."""
    shown = slice(0, MOST_ROWS)
    i, j = pair_symbols(scan.pair[shown], scan.n_symbols)
    swapped = scan.swapped[shown]
    return {
        "symbols": list(scan.symbols),
        "dependent": to_wire(np.where(swapped, j, i).astype(np.int32)),
        "hedge": to_wire(np.where(swapped, i, j).astype(np.int32)),
        "odd": to_wire(_odd_symbols(scan)),
        "alpha": float(scan.alpha),
        "unlisted": max(scan.n_kept - MOST_ROWS, 0),
        "columns": [
            {
                "name": name,
                "label": label,
                "kind": kind,
                "title": title,
                "values": to_wire(_column(scan, name, shown)),
                **({"words": list(LEVELS)} if kind == "level" else {}),
                **({"words": [r.replace("_", " ") for r in REASONS]} if kind == "flags" else {}),
            }
            for name, label, kind, title in COLUMNS
        ],
    }


def _odd_symbols(scan: DiscoveryResult) -> NDArray[np.int8]:
    """Return what is odd about each symbol: 1 may be stationary, 2 has stale prices, 3 both."""
    stationary, stale = scan.leg_pvalue < STATIONARY, scan.zero_share > STALE
    return np.asarray(stationary + 2 * stale.astype(np.int8), dtype=np.int8)


def _column(scan: DiscoveryResult, name: str, shown: slice) -> NDArray[Any]:
    if name == "flags":
        return scan.reason[shown]
    if name == "lags":
        return scan.lags[shown].astype(np.int8)  # -1 without an answer; at most 64
    if name == "passes":
        below = [getattr(scan, p)[shown] < scan.alpha for p in ("pvalue", "pvalue_bh", "pvalue_by")]
        level: NDArray[np.int8] = np.asarray(below).sum(axis=0, dtype=np.int8)
        level[np.isnan(scan.pvalue[shown])] = _MISSING
        return level
    values: NDArray[np.float64] = getattr(scan, name)[shown]
    return values
