"""A running task: what a progress bar, a widget, a sidebar and a stream need of it.

The driver here is the same for every engine: it plans the stages, hands the tiles to the
engine, folds each partial into the state exactly once and finishes. An engine contributes one
function that turns tiles into partials.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal

from spreadlab._validation import check_choice
from spreadlab.engines.order import PlannedTiles, TileOrder
from spreadlab.errors import InvalidInputError, ScanCancelledError
from spreadlab.task import NO_INPUTS, Inputs, Partial, Progress, ResultT, Task, Tile, stamp, task_id

if TYPE_CHECKING:
    from typing import Self

RunTiles = Callable[[Task[Any], Inputs, PlannedTiles, Callable[[], bool]], Iterable[Partial]]
JobState = Literal["running", "done", "failed", "cancelled"]

_POLL_SECONDS = 0.05
_log = logging.getLogger(__name__)
_numbers = itertools.count(1)
_recent: list[weakref.ref[Job[Any]]] = []
_recent_lock = threading.Lock()
_watchers: list[Callable[[Job[Any]], None]] = []


class Job(Generic[ResultT]):
    """One submitted task.

    Parameters
    ----------
    task, inputs, done, max_buffered
        As in `Engine.submit`.
    run_tiles : callable
        The engine's part: ``(task, inputs, tiles, cancelled) -> iterable of Partial``, in any
        order, stopping early once ``cancelled()`` is true. It starts tiles in their order, and no
        new one while others run and ``tiles.on_hold()`` is true.
    address : str
        The engine's address, for the provenance.

    """

    def __init__(
        self,
        task: Task[ResultT],
        inputs: Inputs | None,
        run_tiles: RunTiles,
        *,
        address: str,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> None:
        self.task = task
        self.inputs = NO_INPUTS if inputs is None else inputs
        task.check(self.inputs)
        self._number = next(_numbers)
        self._digest: str | None = None
        self._run_tiles = run_tiles
        self._address = address
        self._done = {partial.tile_id: partial for partial in done}
        self._keep_events = max_buffered != 0
        self._events: queue.Queue[Partial] = queue.Queue(max_buffered or 0)
        self._order = TileOrder(max_buffered)
        self._read_in: str | None = None
        self._cancel = threading.Event()
        self._ended = threading.Event()
        self._outcome: JobState = "running"
        self._result: ResultT | None = None
        self._error: BaseException | None = None
        self._started = time.monotonic()
        self._progress = Progress()
        self._remember()
        name = f"spreadlab-job-{self._number}"
        threading.Thread(target=self._drive, name=name, daemon=True).start()

    @property
    def number(self) -> int:
        """Running number of this process: names the job here, and costs no digest as `id` does."""
        return self._number

    @property
    def address(self) -> str:
        """Address of the engine that runs it."""
        return self._address

    @property
    def id(self) -> str:
        """Digest of the request and a running number of this process."""
        if self._digest is None:  # what a short job would mostly spend its time on
            self._digest = task_id(self.task, self.inputs)
        return f"{self._digest}-{self._number}"

    def __repr__(self) -> str:
        p = self.progress
        return f"Job({type(self.task).__name__}, {self.state}, {p.done}/{p.planned} tiles)"

    def _remember(self) -> None:
        with _recent_lock:
            _recent[:] = [ref for ref in _recent if ref() is not None]
            _recent.append(weakref.ref(self))
        self._tell()

    def _tell(self) -> None:
        for tell in tuple(_watchers):
            try:
                tell(self)
            except Exception:  # noqa: BLE001 - who looks on must not end a job
                _log.exception("a watcher of jobs failed")

    @property
    def state(self) -> JobState:
        """``"running"``, ``"done"``, ``"failed"`` or ``"cancelled"``."""
        if self._outcome == "running" and self._cancel.is_set():
            return "cancelled"
        return self._outcome

    @property
    def progress(self) -> Progress:
        """Tiles done and planned, time so far, share of the work done."""
        return self._progress

    def cancel(self) -> None:
        """Ask the job to stop; tiles that run end within about 150 ms. Harmless when it ended."""
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job ended, or `timeout` seconds; return whether it ended."""
        return self._ended.wait(timeout)

    def result(self, timeout: float | None = None) -> ResultT:
        """Return the result; partials not read by `events` are dropped from here on.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Raises
        ------
        TimeoutError
            If the job has not ended in time; it goes on.
        ScanCancelledError
            If it was cancelled. A KeyboardInterrupt while waiting cancels it and is re-raised.
        SpreadlabError
            Whatever the task raised.
        """
        self._keep_events = False
        try:
            deadline = None if timeout is None else time.monotonic() + timeout
            while not self._ended.is_set():
                if self._cancel.is_set():
                    raise ScanCancelledError("the job was cancelled; no result exists")
                left = _POLL_SECONDS if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"no result after {timeout:g} s; the job goes on")
                self._ended.wait(min(left, _POLL_SECONDS))
        except KeyboardInterrupt:
            self.cancel()
            raise
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def events(self, order: Literal["arrival", "tile"] = "arrival") -> Iterator[Partial]:
        """Yield the partials, each once, until the job ends.

        Parameters
        ----------
        order : {"arrival", "tile"}
            As they come, or in the order in which the tiles were planned, stage after stage. In
            order, up to ``max_buffered`` partials wait here for an earlier one before the engine
            stops starting tiles, whose own few come on top; a tile that was given up is left out.
            A server is not told to stop: it starts tiles in order as well, so that few wait.

        Raises
        ------
        InvalidInputError
            If `order` is another word, or partials were read in the other order before.
        SpreadlabError
            Whatever ended the job early, after the partials that came before it; in order, after
            those before the first one that is missing.
        """
        check_choice(order, "order", ("arrival", "tile"))
        if self._read_in not in (None, order):
            raise InvalidInputError("order", f"got {order!r}", f"{self._read_in!r}, as before")
        self._read_in = order
        return self._read(order)

    def _read(self, order: str) -> Iterator[Partial]:
        arrivals = self._arrivals()
        yield from self._order.sort(arrivals) if order == "tile" else arrivals
        if self._error is not None:
            raise self._error

    def _arrivals(self) -> Iterator[Partial]:
        while True:
            try:
                yield self._events.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if self._ended.is_set() and self._events.empty():
                    return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    # The driver, in a thread of its own.

    def _drive(self) -> None:
        try:
            result = stamp(self._fold(), self._address)
        except ScanCancelledError as error:
            self._end("cancelled", error=error)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._end("failed", error=error)
        else:
            self._end("done", result=result)

    def _end(
        self,
        outcome: JobState,
        *,
        result: ResultT | None = None,
        error: BaseException | None = None,
    ) -> None:
        self._result, self._error, self._outcome = result, error, outcome
        self._ended.set()
        self._tell()

    def _fold(self) -> ResultT:
        task, inputs = self.task, self.inputs
        state = task.start(inputs)
        done_tiles, planned_tiles, done_weight, planned_weight = 0, 0, 0.0, 0.0
        for stage in itertools.count():
            tiles = task.plan(inputs, state, stage)
            if not tiles:
                break
            weights = {tile.id: tile.weight for tile in tiles}
            self._order.plan(tiles)
            planned_tiles += len(tiles)
            planned_weight += sum(weights.values())
            for partial in self._partials(tiles):
                if weights.get(partial.tile_id) is None:  # a tile that came back twice
                    continue
                task.absorb(state, partial)
                done_tiles += 1
                done_weight += weights.pop(partial.tile_id)
                self._progress = Progress(
                    done_tiles,
                    planned_tiles,
                    stage,
                    time.monotonic() - self._started,
                    done_weight / planned_weight if planned_weight else 1.0,
                )
                self._publish(partial)
            self._stop_if_cancelled()
            if weights:
                raise RuntimeError(f"the engine lost tiles {sorted(weights)[:5]} of stage {stage}")
        return task.finish(inputs, state)

    def _partials(self, tiles: Sequence[Tile]) -> Iterator[Partial]:
        missing = []
        for tile in tiles:
            if tile.id in self._done:
                yield self._done.pop(tile.id)
            else:
                missing.append(tile)
        if missing:
            self._stop_if_cancelled()
            handed = PlannedTiles(missing, self._on_hold, self._order.give_up)
            yield from self._run_tiles(self.task, self.inputs, handed, self._cancel.is_set)

    def _on_hold(self) -> bool:
        return self._keep_events and self._order.full()

    def _publish(self, partial: Partial) -> None:
        while self._keep_events:
            try:
                self._events.put(partial, timeout=_POLL_SECONDS)
            except queue.Full:
                self._stop_if_cancelled()
            else:
                return

    def _stop_if_cancelled(self) -> None:
        if self._cancel.is_set():
            raise ScanCancelledError("the job was cancelled; no result exists")


def watch_jobs(tell: Callable[[Job[Any]], None]) -> None:
    """Have every job of this process told of twice: when it begins, and when it has ended.

    Parameters
    ----------
    tell : callable
        Takes the job, in whatever thread begins or ends it, and returns at once; it must not raise.
    """
    if tell not in _watchers:
        _watchers.append(tell)


def jobs() -> list[Job[Any]]:
    """Return the jobs of this process that are running or whose owner still holds them.

    Returns
    -------
    list of Job
        Oldest first.
    """
    with _recent_lock:
        alive = [ref() for ref in _recent]
    return [job for job in alive if job is not None]
