"""One fair queue of tiles over all scans: threads take one tile of each scan in turn.

A scan gets no further ahead of its reader than the tiles that run and a few answers that wait,
so a reader that pauses stops its own scan and nobody's else, and the server does not grow.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from spreadlab._version import __version__
from spreadlab.engines.blas import one_blas_thread
from spreadlab.engines.job import Job
from spreadlab.errors import EngineUnavailableError, ScanCancelledError
from spreadlab.task import Capabilities, run_tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from spreadlab.task import Inputs, Partial, ResultT, Task, Tile

ItemT = TypeVar("ItemT")
_LAST_SECONDS = 0.2
ANSWERS_WAITING = 2  # of each scan, besides the tiles that run


class Lane(Generic[ItemT]):
    """The place of one scan in the queue; made by `FairPool.open`.

    Attributes
    ----------
    stopped : threading.Event
        Set when nobody wants the answers any more; the work should look at it.
    """

    def __init__(
        self,
        pool: FairPool,
        items: Iterable[ItemT],
        work: Callable[[ItemT], Any],
        deliver: Callable[[ItemT, Any], None],
        stopped: threading.Event,
    ) -> None:
        self.stopped = stopped
        self._pool = pool
        self._waiting = deque(items)
        self._work = work
        self._deliver = deliver
        self._running = 0
        self._untaken = 0
        self._queued = False

    def taken(self) -> None:
        """Say that one answer has left: the next tile may start."""
        with self._pool.changed:
            self._untaken -= 1
            self._pool.enqueue(self)

    def close(self) -> None:
        """Drop what waits and stop what runs; answers that still come are dropped."""
        self.stopped.set()
        self.drain()

    def drain(self) -> int:
        """Drop what waits, let what runs end; return how many answers are still to be taken."""
        with self._pool.changed:
            self._waiting.clear()
            return self._running + self._untaken

    # Called by the pool with its lock held.

    def ready(self) -> bool:
        """Whether a tile of this scan may start now."""
        ahead = self._running + self._untaken
        return bool(self._waiting) and ahead < self._pool.threads + ANSWERS_WAITING

    def begin(self) -> ItemT:
        """Return the next tile."""
        self._running += 1
        return self._waiting.popleft()

    def run(self, item: ItemT) -> None:
        """Run one tile and hand its answer, or what it raised, to the reader."""
        try:
            with one_blas_thread:
                answer = self._work(item)
        except BaseException as error:  # noqa: BLE001 - the reader gets it
            answer = error
        with self._pool.changed:
            self._running -= 1
            self._untaken += 1
        if not self.stopped.is_set():
            self._deliver(item, answer)


class FairPool:
    """Threads that serve the lanes in turn.

    Parameters
    ----------
    threads : int
        Tiles that run at once.

    Attributes
    ----------
    busy : int
        Tiles that run now.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.changed = threading.Condition()
        self.busy = 0
        self._lanes: deque[Lane[Any]] = deque()
        self._closed = False
        self._workers = [
            threading.Thread(target=self._serve, name=f"spreadlab-tile-{i}", daemon=True)
            for i in range(threads)
        ]
        for worker in self._workers:
            worker.start()

    def open(
        self,
        items: Iterable[ItemT],
        work: Callable[[ItemT], Any],
        deliver: Callable[[ItemT, Any], None],
        stopped: threading.Event | None = None,
    ) -> Lane[ItemT]:
        """Queue `items` and return their lane.

        Parameters
        ----------
        items : iterable
            What to work on, one at a time, in this order.
        work : callable
            ``work(item)``, called on a thread of the pool.
        deliver : callable
            ``deliver(item, answer or exception)``, called on a thread of the pool. Whoever
            receives it calls `Lane.taken` once the answer has left.
        stopped : threading.Event, optional
            Set by `Lane.close`, for the work to look at.
        """
        lane = Lane(self, items, work, deliver, stopped or threading.Event())
        with self.changed:
            if self._closed:
                raise EngineUnavailableError("this server is shutting down")
            self.enqueue(lane)
        return lane

    def enqueue(self, lane: Lane[Any]) -> None:
        """Put `lane` at the end of the queue if a tile of it may start (with the lock held)."""
        if not lane._queued and lane.ready():  # noqa: SLF001 - lane and pool are one mechanism
            lane._queued = True  # noqa: SLF001
            self._lanes.append(lane)
            self.changed.notify()

    def close(self) -> None:
        """End the threads once their tiles are done; tiles that wait are dropped.

        A tile that does not end soon is left behind: its thread dies with the process.
        """
        with self.changed:
            self._closed = True
            self._lanes.clear()
            self.changed.notify_all()
        for worker in self._workers:
            worker.join(_LAST_SECONDS)

    def _serve(self) -> None:
        while True:
            with self.changed:
                while not self._lanes:
                    if self._closed:
                        return
                    self.changed.wait()
                lane = self._lanes.popleft()
                lane._queued = False  # noqa: SLF001
                if not lane.ready():
                    continue
                item = lane.begin()
                self.busy += 1
                self.enqueue(lane)
            lane.run(item)
            with self.changed:
                self.busy -= 1
                self.enqueue(lane)


class PoolEngine:
    """The pool as an engine, for services that run whole tasks on the server.

    Parameters
    ----------
    pool : FairPool
        The queue that all scans share.
    """

    address = "local"

    def __init__(self, pool: FairPool) -> None:
        self._pool = pool
        self._closed = threading.Event()

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
            raise EngineUnavailableError("this server is shutting down")
        return Job(
            task,
            inputs,
            self._run_tiles,
            address=self.address,
            done=done,
            max_buffered=max_buffered,
        )

    def capabilities(self) -> Capabilities:
        """Return version and threads."""
        return Capabilities(self.address, __version__, self._pool.threads)

    def close(self) -> None:
        """Cancel what runs; the pool belongs to the server and stays."""
        self._closed.set()

    def _run_tiles(
        self,
        task: Task[Any],
        inputs: Inputs,
        tiles: Sequence[Tile],
        cancelled: Callable[[], bool],
    ) -> Iterator[Partial]:
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def stopped() -> bool:
            return cancelled() or self._closed.is_set()

        def run(tile: Tile) -> Partial:
            return run_tile(task, inputs.view(tile), tile, stopped)

        lane = self._pool.open(tiles, run, lambda _, answer: answers.put(answer))
        try:
            for _ in tiles:
                answer = _next_answer(answers, stopped)
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
                lane.taken()
        finally:
            lane.close()


def _next_answer(answers: Any, stopped: Callable[[], bool]) -> Any:
    while True:
        try:
            return answers.get(timeout=0.05)
        except queue.Empty:
            if stopped():
                raise ScanCancelledError("the work was cancelled; no result exists") from None
