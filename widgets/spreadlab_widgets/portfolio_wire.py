"""A book as its view sends it to the browser: numbers as buffers, the rest in words."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.live.book.account import Attribution
from spreadlab_widgets.live_alerts import plain
from spreadlab_widgets.portfolio_words import (
    KINDS,
    blocked_words,
    event_row,
    limit_rows,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.book.views import PairPosition

PARTS = tuple(part.name for part in fields(Attribution))
NUMBERS = ("position", "pending", "gross", "net", "pnl", *PARTS, "trades", "size")
CURVE = 2000
"""Bars of equity that the view draws."""
EVENTS = 200
"""Events that the view lists."""


class BookNews:
    """What a page has of a book, and what it lacks.

    Parameters
    ----------
    book : PaperBook
    """

    def __init__(self, book: PaperBook) -> None:
        self.book = book
        self._number = -1
        self._seen = 0
        self._last = -1

    @property
    def stale(self) -> bool:
        """Whether something has happened since the last `read`."""
        return self.book.n_events != self._number

    def read(self, *, again: bool = False) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """Return content and arrays of what is new, None if nothing is."""
        if not (again or self.stale):
            return None
        book = self.book
        if again:
            self._seen, self._last = 0, -1
        events, number = book.events_since(self._seen, *KINDS, most=EVENTS)
        # What is written while we read is read again with the next message.
        self._number = self._seen = number
        positions, exposures = book.positions(), book.exposures()
        names, total = book.by_name(), book.attribution()
        content = {
            "kind": "book",
            "again": again,
            "summary": {
                "capital": plain(book.capital),
                "equity": plain(book.equity),
                "pnl": plain(total.total),
                "day": plain(book.day_pnl),
                "time": None if book.time is None else book.time / 1e6,
                "held": sum(held.position != 0 for held in positions),
                **{part: plain(getattr(exposures, part)) for part in exposures.__slots__},
            },
            "attribution": {part: plain(getattr(total, part)) for part in PARTS},
            "limits": limit_rows(book, exposures, positions),
            "pairs": [_pair(held) for held in positions],
            "names": [{"symbol": name.symbol, "pairs": list(name.pairs)} for name in names],
            "events": [event_row(event) for event in events],
        }
        arrays: dict[str, NDArray[Any]] = {
            "positions": np.array([_numbers(held) for held in positions]).reshape(
                len(positions), len(NUMBERS)
            ),
            "name_numbers": np.array(
                [(name.shares, name.price, name.exposure) for name in names]
            ).reshape(len(names), 3),
        }
        curve = self._curve(again=again)
        if curve is not None:
            content["curve"], added = curve
            arrays |= added
        return content, arrays

    def _curve(self, *, again: bool) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        known = self.book.curve(CURVE)
        times = known["time"].astype(np.int64)
        first = int(np.searchsorted(times, self._last, side="right"))
        whole = again or self._last < 0 or first == 0
        if first == times.size and not whole:
            return None
        self._last = int(times[-1]) if times.size else -1
        first = 0 if whole else first
        lines = np.stack([known[name][first:] for name in ("equity", "gross", "net")])
        return {"whole": whole, "most": CURVE}, {
            "curve_times": times[first:] / 1e6,
            "curve_lines": lines,
        }


def _pair(held: PairPosition) -> dict[str, Any]:
    return {
        "name": held.pair,
        "symbols": list(held.symbols),
        "automatic": held.automatic,
        "blocked": held.blocked,
        "words": blocked_words(held.blocked, automatic=held.automatic, pending=held.pending),
    }


def _numbers(held: PairPosition) -> tuple[float, ...]:
    return (
        held.position,
        np.nan if held.pending is None else held.pending,
        sum(map(abs, held.exposures)),
        sum(held.exposures),
        held.pnl,
        *(getattr(held.attribution, part) for part in PARTS),
        held.n_trades,
        held.size,
    )
