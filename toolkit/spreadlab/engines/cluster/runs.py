"""How many consecutive tiles make one Dask task: enough to last, few enough to balance."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Sequence

from spreadlab.engines.cluster.layout import BlockId, Layout
from spreadlab.task import Tile

_GROWTH = 6.0  # a first tile that compiled or warmed says little: later runs grow step by step
_SHARES = 4  # runs that each thread still gets, so that all end at about the same time
_MOST_ANSWER_BYTES = 32 << 20
_MOST_BLOCK_BYTES = 64 << 20
_REMEMBERED = 9


class RunCutter:
    """Cuts tiles into runs, by what the runs so far have taken.

    Parameters
    ----------
    tiles : sequence of Tile
        In the order in which they are run.
    layout : Layout
        Which blocks a tile reads.
    seconds : float
        How long a run should last.
    """

    def __init__(self, tiles: Sequence[Tile], layout: Layout, seconds: float) -> None:
        self._tiles = deque(tiles)
        self._layout = layout
        self._seconds = seconds
        self._left = sum(tile.weight for tile in tiles)
        self._rates: deque[float] = deque(maxlen=_REMEMBERED)  # weight a second
        self._sizes: deque[float] = deque(maxlen=_REMEMBERED)  # answer bytes a weight
        self._largest = 0.0

    def __bool__(self) -> bool:
        return bool(self._tiles)

    def took(self, weight: float, seconds: float, answer_bytes: int) -> None:
        """Learn from a run that is done."""
        if weight > 0 and seconds > 0:
            self._rates.append(weight / seconds)
            self._sizes.append(answer_bytes / weight)
            self._largest = max(self._largest, weight)

    def next_run(self, threads: int) -> tuple[list[Tile], list[BlockId]]:
        """Return the next tiles, at least one, and the blocks that they read."""
        most = self._most_weight(threads)
        run: list[Tile] = []
        blocks: dict[BlockId, None] = {}
        weight, held = 0.0, 0
        while self._tiles:
            tile = self._tiles[0]
            fresh = [block for block in self._layout.blocks_of(tile) if block not in blocks]
            more = sum(map(self._layout.block_bytes, fresh))
            if run and (weight + tile.weight > most or held + more > _MOST_BLOCK_BYTES):
                break
            run.append(self._tiles.popleft())
            blocks |= dict.fromkeys(fresh)
            weight, held = weight + tile.weight, held + more
        self._left -= weight
        return run, list(blocks)

    def _most_weight(self, threads: int) -> float:
        if not self._rates:
            return 0.0
        limits = [
            statistics.median(self._rates) * self._seconds,
            self._largest * _GROWTH,
            self._left / (_SHARES * max(threads, 1)),
        ]
        size = max(self._sizes)
        if size > 0:
            limits.append(_MOST_ANSWER_BYTES / size)
        return min(limits)
