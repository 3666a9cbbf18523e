"""Where the tiles of a client run: in the fair pool here, or on an engine behind this server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from spreadlab._canonical import encode
from spreadlab.server.pool import ANSWERS_WAITING
from spreadlab.task import TileSubset, run_tile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spreadlab.engines.base import Engine
    from spreadlab.server.pool import FairPool
    from spreadlab.task import Inputs, Task, Tile

    # Tile id, and its encoded partial or what it raised.
    Deliver = Callable[[int, bytes | BaseException], None]


class TilesUnderWay(Protocol):
    """Tiles under way."""

    def taken(self) -> None:
        """Say that one answer has left."""

    def drain(self) -> int:
        """Start no further tile; return how many answers still come."""

    def close(self) -> None:
        """Stop."""


class TileSource(Protocol):
    """Runs tiles of a task that was planned elsewhere."""

    def open(
        self, task: Task[Any], inputs: Inputs, tiles: Sequence[Tile], deliver: Deliver
    ) -> TilesUnderWay:
        """Start; `deliver` is called on other threads."""


class PoolTiles:
    """Tiles in the fair pool of this process."""

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool

    def open(
        self, task: Task[Any], inputs: Inputs, tiles: Sequence[Tile], deliver: Deliver
    ) -> TilesUnderWay:
        """Queue the tiles."""
        stopped = threading.Event()

        def work(tile: Tile) -> bytes:
            return encode(run_tile(task, inputs.view(tile), tile, stopped.is_set))

        return self._pool.open(tiles, work, lambda tile, answer: deliver(tile.id, answer), stopped)


class EngineTiles:
    """Tiles on another engine, such as a cluster: each run is a job there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(
        self, task: Task[Any], inputs: Inputs, tiles: Sequence[Tile], deliver: Deliver
    ) -> TilesUnderWay:
        """Submit the tiles."""
        return _EngineRun(self._engine, TileSubset(task, tuple(tiles)), inputs, deliver)


class _EngineRun:
    def __init__(
        self, engine: Engine, subset: TileSubset, inputs: Inputs, deliver: Deliver
    ) -> None:
        self._room = threading.Semaphore(ANSWERS_WAITING)
        self._left = len(subset.tiles)
        self._stopped = threading.Event()
        self._job = engine.submit(subset, inputs, max_buffered=ANSWERS_WAITING)
        threading.Thread(target=self._read, args=(deliver,), daemon=True).start()

    def taken(self) -> None:
        self._left -= 1
        self._room.release()

    def drain(self) -> int:
        # A cluster is asked for whole runs of tiles: what it has begun is dropped with the rest.
        self.close()
        return 0

    def close(self) -> None:
        self._stopped.set()
        self._job.cancel()
        self._room.release()

    def _read(self, deliver: Deliver) -> None:
        try:
            for partial in self._job.events():
                self._room.acquire()
                if self._stopped.is_set():
                    return
                deliver(partial.tile_id, encode(partial))
        except BaseException as error:  # noqa: BLE001 - the reader gets it
            if not self._stopped.is_set():
                deliver(-1, error)
