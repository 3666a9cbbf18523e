"""Every watched pair as one row: the newest numbers, and in words what is the matter with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display.numbers import pvalue as pvalue_text
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.live.book.views import PairPosition
    from spreadlab.live.model import PairModel
    from spreadlab.live.monitor import PairState
    from spreadlab.live.session import Session
    from spreadlab.live.watch import Watch

NUMBERS = ("spread", "z", "signal", "half_life", "pvalue", "time")
CODES = ("position", "target", "stale", "breaking")
NONE = 2
"""Position or target of a pair that has had no bar yet."""


class Rows:
    """The rows of a session's pairs, in the order of its monitor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.models = session.monitor.models
        self._held: dict[str, PairPosition] = {}
        self._n_events = -1

    def _look(self) -> None:
        """Look at the book, if a bar or an order has changed it."""
        book = self._session.book
        if book is not None and book.n_events != self._n_events:
            self._n_events = book.n_events
            self._held = {held.pair: held for held in book.positions()}

    def read(self) -> tuple[NDArray[np.float64], NDArray[np.int8], list[str]]:
        """Return numbers (pairs, numbers), codes (pairs, codes) and words of every pair, now."""
        self._look()
        monitor, latest = self._session.monitor, self._session.latest
        states, silent = monitor.states(), self._session.silent
        numbers = np.full((len(self.models), len(NUMBERS)), np.nan)
        codes = np.zeros((len(self.models), len(CODES)), dtype=np.int8)
        words = []
        for row, model in enumerate(self.models):
            state = states[model.name]
            shown: Any = state
            if state is None or any(
                symbol in latest and latest[symbol].time > state.time for symbol in model.symbols
            ):
                shown = monitor.quote(model.name, latest) or state
            if shown is not None:
                numbers[row, :3] = shown.spread, shown.z, shown.signal
                numbers[row, 5] = shown.time / 1e6
            if state is not None:
                numbers[row, 3:5] = state.health.half_life, state.health.pvalue
            gaps = _gaps(model, monitor.missing(model.name), silent)
            doubts = _doubts(state, model, monitor.watch)
            held = self._held.get(model.name)
            codes[row] = (*_sides(state, held), bool(gaps), bool(doubts))
            words.append(_words(state, held, gaps, doubts))
        return numbers, codes, words


def _sides(state: PairState | None, held: PairPosition | None) -> tuple[int, int]:
    """Return what is held, and what is wanted: by an order that waits, else by the rule."""
    if state is None:
        return (NONE, NONE) if held is None else (held.position, NONE)
    if held is None:
        return state.position, state.target
    return held.position, state.target if held.pending is None else held.pending


def _gaps(model: PairModel, missing: Mapping[str, int], silent: frozenset[str]) -> list[str]:
    found = [
        f"no price of {symbol} for {bars} bar{'' if bars == 1 else 's'}"
        for symbol, bars in missing.items()
    ]
    return found + [f"{symbol} is silent" for symbol in model.symbols if symbol in silent]


def _doubts(state: PairState | None, model: PairModel, watch: Watch) -> list[str]:
    """Return what speaks against the relationship now, as the watch's alerts do."""
    if state is None:
        return []
    health, baseline, found = state.health, model.baseline, []
    if health.pvalue > watch.pvalue:
        found.append(f"looks like a random walk, p {pvalue_text(health.pvalue)}")
    if baseline is not None and health.half_life > watch.half_life_factor * baseline.half_life:
        bars = f"half-life {short(health.half_life)} bars"
        now = "no half-life" if math.isinf(health.half_life) else bars
        found.append(f"{now}, {short(baseline.half_life)} in the formation")
    if baseline is not None:
        limit = watch.out_of_band_half_lives * baseline.half_life
        if health.bars_out_of_band > limit:
            found.append(f"{health.bars_out_of_band} bars out of band")
    return found


def _words(
    state: PairState | None, held: PairPosition | None, gaps: list[str], doubts: list[str]
) -> str:
    found = list(gaps)
    if state is None:
        found.append("no bar yet")
    if held is not None and held.blocked is not None:
        found.append(f"closed by the {held.blocked.replace('_', ' ')} limit")
    if held is not None and not held.automatic:
        found.append("by hand alone")
    return "; ".join([*found, *doubts])
