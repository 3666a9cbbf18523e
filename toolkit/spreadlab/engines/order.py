"""Partials in the order of their tiles, and how far an engine may run ahead of their reader.

Tiles are started in the order of the plan but end in any: some are quick, some are lost and run
again. A reader who wants them in order keeps those that came early; once it keeps too many, the
engine starts no new tile until the one that everybody waits for is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from spreadlab.task import Partial, Tile


class TileOrder:
    """The tiles that a reader has not had yet. One thread plans, another one reads.

    Parameters
    ----------
    most : int or None
        How many partials may wait for an earlier one before the order is `full`; None for any.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._expected: deque[int] = deque()
        self._held: dict[int, Partial] = {}
        self._given_up: set[int] = set()

    def plan(self, tiles: Iterable[Tile]) -> None:
        """Expect these tiles after those planned before."""
        self._expected.extend(tile.id for tile in tiles)

    def give_up(self, tile_id: int) -> None:
        """Wait no longer for a tile that will not come."""
        self._given_up.add(tile_id)

    def full(self) -> bool:
        """Return whether as many partials as allowed wait for an earlier one."""
        return self._most is not None and len(self._held) >= self._most

    def sort(self, partials: Iterable[Partial]) -> Iterator[Partial]:
        """Yield `partials` in order; what comes after a tile that never came is left out."""
        for partial in partials:
            self._held[partial.tile_id] = partial
            yield from self._ready()
        yield from self._ready()

    def _ready(self) -> Iterator[Partial]:
        while self._expected:
            first = self._expected[0]
            if first in self._held:
                self._expected.popleft()
                yield self._held.pop(first)
            elif first in self._given_up:
                self._expected.popleft()
            else:
                return


class PlannedTiles(Sequence["Tile"]):
    """Tiles as a job hands them to an engine.

    Parameters
    ----------
    tiles : sequence of Tile
        In the order in which they are to be started.
    on_hold : callable
        Returns whether no new tile should be started while others run: the reader has all it
        can keep, and waits for one of those.
    give_up : callable
        Takes the id of a tile that will not come although the engine goes on with the others.
    """

    def __init__(
        self,
        tiles: Sequence[Tile],
        on_hold: Callable[[], bool] = lambda: False,
        give_up: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._tiles = tiles
        self.on_hold = on_hold
        self.give_up = give_up

    @overload
    def __getitem__(self, index: int) -> Tile: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Tile]: ...

    def __getitem__(self, index: int | slice) -> Tile | Sequence[Tile]:
        return self._tiles[index]

    def __iter__(self) -> Iterator[Tile]:
        return iter(self._tiles)

    def __len__(self) -> int:
        return len(self._tiles)
