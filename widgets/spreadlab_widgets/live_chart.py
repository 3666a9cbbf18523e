"""The bars of one pair as a live chart takes them: all of them once, then what is new."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.live.monitor import Monitor, PairState

_NUMBERS = ("spread", "signal", "z")
_CODES = ("position", "target")


class Levels:
    """The levels of each pair's signal, and since when: those of a deadline move bar by bar.

    Parameters
    ----------
    keep : int
        Changes to remember for each pair.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._changes: dict[str, deque[tuple[int, Mapping[str, float]]]] = {}

    def take(self, state: PairState) -> None:
        """Remember the levels of a state, if they are not those that were there before."""
        known = self._changes.setdefault(state.name, deque(maxlen=self._keep))
        if not known or known[-1][1] != state.marks:
            known.append((state.time, state.marks))

    def at(self, pair: str, times: NDArray[np.int64]) -> tuple[list[str], NDArray[np.float64]]:
        """Return the levels' names and values (levels, T); NaN where a level was not in force.

        Bars before the first levels that are known have those.
        """
        changes = list(self._changes.get(pair, ()))
        names = list(dict.fromkeys(name for _, marks in changes for name in marks))
        values = np.full((len(names), times.size), np.nan)
        if changes and times.size:
            starts = np.array([start for start, _ in changes], dtype=np.int64)
            which = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
            table = np.array(
                [[marks.get(name, np.nan) for name in names] for _, marks in changes]
            ).reshape(len(changes), len(names))
            values[:] = table[which].T
        return names, values


class Bars:
    """What a page has of the chosen pair, and what it lacks.

    Parameters
    ----------
    monitor : Monitor
        Whose bars they are.
    levels : Levels
        Of its pairs.
    most : int
        Bars that a chart holds.
    """

    def __init__(self, monitor: Monitor, levels: Levels, most: int) -> None:
        self._monitor, self._levels, self._most = monitor, levels, most
        self._pair = ""
        self._last = -1

    def new(
        self, pair: str, *, again: bool = False
    ) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """Return content and arrays of the bars since the last call, None if there are none.

        All bars are given once more for another pair, or if `again`; so they are where the page
        missed one that is no longer remembered.
        """
        known = self._monitor.history(pair, self._most)
        times = known["time"].astype(np.int64)
        first = int(np.searchsorted(times, self._last, side="right"))
        whole = again or pair != self._pair or (first == 0 and self._last >= 0)
        if whole:
            first = 0
        if first == times.size and not whole:
            return None
        self._pair, self._last = pair, int(times[-1]) if times.size else -1
        names, levels = self._levels.at(pair, times[first:])
        content = {"pair": pair, "whole": whole, "levels": names, "most": self._most}
        arrays: dict[str, NDArray[Any]] = {
            "bar_times": times[first:] / 1e6,
            "bar_numbers": np.stack([known[name][first:] for name in _NUMBERS]),
            "bar_codes": np.stack([known[name][first:] for name in _CODES]).astype(np.int8),
            "bar_levels": levels,
        }
        return content, arrays
