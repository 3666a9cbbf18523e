"""The local engine: tiles on a thread pool of this process.

Kernels release the interpreter lock, so plain threads use every core; they never start threads
of their own, which is what lets a server or a cluster worker host the same tiles.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from spreadlab._validation import ensure_int
from spreadlab._version import __version__
from spreadlab.engines.blas import one_blas_thread
from spreadlab.engines.job import Job
from spreadlab.errors import EngineUnavailableError, InvalidInputError, ScanCancelledError
from spreadlab.task import Capabilities, run_tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from spreadlab.engines.order import PlannedTiles
    from spreadlab.task import Inputs, Partial, ResultT, Task, Tile

_TILES_AHEAD = 2  # queued per thread: enough to keep it busy, few enough to cancel at once


class _Running:
    """Tiles that run or wait in the pool, taken as they end.

    Futures say themselves when they end: `concurrent.futures.wait` never hears of one that was
    cancelled in the queue of a pool that is shut down.
    """

    def __init__(self) -> None:
        self._futures: set[Future[Partial]] = set()
        self._ended: SimpleQueue[Future[Partial]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._futures)

    def add(self, future: Future[Partial]) -> None:
        self._futures.add(future)
        future.add_done_callback(self._ended.put)

    def take(self) -> Partial:
        """Wait for the next one that ends and return what it found."""
        future = self._ended.get()
        self._futures.remove(future)
        try:
            return future.result()
        except CancelledError:  # closing the engine drops the tiles still in its queue
            raise ScanCancelledError("the engine was closed; no result exists") from None

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()


class LocalEngine:
    """Runs tiles on `threads` threads of this process.

    Parameters
    ----------
    threads : int, optional
        Tiles that run at once; by default the cores that this process may use.
    address : str
        The address that is written into the provenance of results.
    """

    def __init__(self, threads: int | None = None, address: str = "local") -> None:
        self._address = address
        self._threads = len(os.sched_getaffinity(0)) if threads is None else threads
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="spreadlab-tile")
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"LocalEngine(threads={self._threads})"

    @property
    def address(self) -> str:
        """The address given to connect."""
        return self._address

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Start `task`; see `Engine.submit`."""
        if self._closed.is_set():
            raise EngineUnavailableError("this engine was closed; sl.connect('local') opens one")
        return Job(
            task,
            inputs,
            self._run_tiles,
            address=self._address,
            done=done,
            max_buffered=max_buffered,
        )

    def capabilities(self) -> Capabilities:
        """Return version and threads; a local engine refuses nothing."""
        return Capabilities(self._address, __version__, self._threads)

    def close(self) -> None:
        """Cancel what runs and free the threads."""
        self._closed.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run_tiles(
        self,
        task: Task[Any],
        inputs: Inputs,
        tiles: PlannedTiles,
        cancelled: Callable[[], bool],
    ) -> Iterator[Partial]:
        def stopped() -> bool:
            return cancelled() or self._closed.is_set()

        def run(tile: Tile) -> Partial:
            with one_blas_thread:
                return run_tile(task, inputs.view(tile), tile, stopped)

        running = _Running()
        try:
            for tile in tiles:
                while running and tiles.on_hold():
                    yield running.take()
                running.add(self._start(run, tile))
                if len(running) >= self._threads * _TILES_AHEAD:
                    yield running.take()
            while running:
                yield running.take()
        finally:
            running.cancel()

    def _start(self, run: Callable[[Tile], Partial], tile: Tile) -> Future[Partial]:
        try:
            return self._pool.submit(run, tile)
        except RuntimeError:  # the pool was shut down between two tiles
            raise ScanCancelledError("the engine was closed; no result exists") from None


def open_local(address: str) -> LocalEngine:
    """Return the engine of ``"local"`` or ``"local?threads=N"``."""
    parts = urlsplit(address)
    options = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme or parts.netloc or parts.fragment or set(options) - {"threads"}:
        raise InvalidInputError("engine", f"got {address!r}", '"local" or "local?threads=N"')
    threads = options.get("threads")
    if threads is None:
        return LocalEngine(address=address)
    if not threads[0].isdecimal():
        raise InvalidInputError("engine", f"threads={threads[0]!r}", "a whole number from 1")
    return LocalEngine(ensure_int(int(threads[0]), "threads", low=1), address)
