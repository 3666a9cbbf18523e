"""Tiles in, partials out: keeps the cluster busy, survives what it loses, leaves nothing behind."""

from __future__ import annotations

import contextlib
import itertools
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import decode, wire_modules
from spreadlab.engines.cluster.blocks import Blocks, ScatteredBlocks
from spreadlab.engines.cluster.failures import Failures
from spreadlab.engines.cluster.layout import BlockId, Layout
from spreadlab.engines.cluster.runs import RunCutter
from spreadlab.engines.cluster.worker import RunAnswer, run_tiles, tiles_bytes
from spreadlab.errors import EngineUnavailableError, ScanCancelledError, SpreadlabError

if TYPE_CHECKING:
    from distributed import Client, Future

    from spreadlab.engines.order import PlannedTiles
    from spreadlab.task import Inputs, Partial, Task, Tile

_IN_FLIGHT = 3  # runs a thread: one runs, the next has its blocks, one more in reserve
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 1.0  # between two looks at the scheduler and its workers
_ANSWER_SECONDS = 5.0  # to wait for one answer of the scheduler
_GONE_SECONDS = 4.0  # without a connection before the scheduler counts as lost
_SILENT_SECONDS = 60.0  # connected but without an answer: busy, until it is too long
_GATHER_SECONDS = 60.0
_GATHER_STEP_SECONDS = 1.0
_HEADER_BYTES = 64 << 10  # a longer header is sent to the workers once, not with every run
_MOST_LOSSES = 20
_SUSPICIOUS = 3  # losses after which the tiles of a run are tried one by one
_HEADER: BlockId = ("", 0)


@dataclass(frozen=True, slots=True)
class FlowOptions:
    """What a cluster engine asks of every job.

    Attributes
    ----------
    seconds : float
        How long a run of tiles should last.
    retries : int
        How often a tile or a load is tried again after an error that may pass.
    patience : float
        Seconds to wait for a worker when there is none.
    """

    seconds: float = 1.5
    retries: int = 3
    patience: float = 60.0


@dataclass(slots=True, eq=False)
class _Run:
    tiles: list[Tile]
    blocks: list[BlockId]
    losses: int = 0
    suspect: bool = False  # ran when a worker died: runs on its own the next time
    unknown: bool = False  # the scheduler did not know it when last asked


class Flow:
    """The tiles of one stage on their way through a cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected, not asynchronous.
    task, inputs, tiles, cancelled
        As an engine gets them from a job.
    header : bytes
        From `make_header`.
    layout : Layout
        Of the inputs.
    blocks : Blocks
        How the columns get to the workers.
    options : FlowOptions
        Sizes and patience.
    """

    def __init__(
        self,
        client: Client,
        task: Task[Any],
        inputs: Inputs,
        tiles: PlannedTiles,
        cancelled: Callable[[], bool],
        *,
        header: bytes,
        layout: Layout,
        blocks: Blocks,
        options: FlowOptions,
    ) -> None:
        self._client, self._cancelled = client, cancelled
        self._modules = tuple(sorted(wire_modules(task)))
        self._scheduler: Any = client.scheduler
        self._header, self._layout, self._blocks, self._options = header, layout, blocks, options
        self._headers = ScatteredBlocks(client, lambda _: header, "request")
        self._tiles = tiles
        self._cutter = RunCutter(tiles, layout, options.seconds)
        self._again: deque[_Run] = deque()
        self._suspects: deque[_Run] = deque()
        self._running: dict[Future[Any], _Run] = {}
        self._finished: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._failures = Failures(inputs, options.retries)
        # The dashboard groups tasks by this name, and shows how many of each are done.
        self._name = f"{type(task).__name__}-{id(self):x}-{time.monotonic_ns():x}"
        self._numbers = itertools.count()
        self._call: Future[Any] | None = None
        self._threads = 0
        self._looked = self._connected = self._answered = self._seen_workers = time.monotonic()

    def partials(self) -> Iterator[Partial]:
        """Yield each partial as it comes.

        Raises
        ------
        EngineUnavailableError
            Within 10 s if the scheduler is gone, or if there is no worker for `patience` seconds.
        SpreadlabError
            After all other tiles are done, if some failed again and again.
        ScanCancelledError
            If the job was cancelled.
        """
        try:
            self._look()
            while True:
                if not self._fill():
                    break
                for future in self._wait() if self._running else ():
                    run = self._running.pop(future, None)
                    if run is not None:
                        yield from self._take(future, run)
            self._failures.raise_any()
        finally:
            self._release()

    # Sending.

    def _fill(self) -> bool:
        """Send what there is room for; return whether anything is on its way or yet to be sent."""
        while len(self._running) < _IN_FLIGHT * max(self._threads, 1):
            if self._client.status != "running" or not self._threads:
                self._await_cluster()
                return True
            run = self._next()
            if run is None:
                break
            self._send(run)
        return bool(self._running or (self._again and not self._failures.hopeless))

    def _await_cluster(self) -> None:
        """Wait a moment for a scheduler or a worker, where a send would hang."""
        if self._client.status == "running" and self._call is None:
            # A cluster that grows on demand has to see a demand.
            self._call = self._client.submit(bool, key=f"call-{self._name}")
        time.sleep(_POLL_SECONDS)
        self._look()

    def _next(self) -> _Run | None:
        self._stop_if_cancelled()
        if self._failures.hopeless:
            return None
        if self._again:
            return self._again.popleft()
        # A reader waits for a tile that is under way, as a suspect perhaps.
        waits = self._tiles.on_hold() and (self._running or self._suspects)
        if self._cutter and not waits:
            return _Run(*self._cutter.next_run(self._threads))
        # A suspect runs alone in the cluster: if a worker dies now, it is to blame.
        return self._suspects.popleft() if self._suspects and not self._running else None

    def _send(self, run: _Run) -> None:
        try:
            blocks = self._blocks.futures(run.blocks)
            header: Any = self._header
            if len(self._header) > _HEADER_BYTES:
                [header] = self._headers.futures([_HEADER])
            future = self._client.submit(
                run_tiles,
                self._modules,
                header,
                tiles_bytes(run.tiles),
                run.blocks,
                *blocks,
                key=(self._name, next(self._numbers)),
                retries=self._options.retries,
            )
        except (OSError, TimeoutError, CancelledError) as error:
            # The connection broke or no worker took the blocks: the next look tells which.
            self._lose(run, error)
            time.sleep(_POLL_SECONDS)
            self._look()
            return
        self._running[future] = run
        future.add_done_callback(self._finished.put)

    # Receiving.

    def _wait(self) -> list[Future[Any]]:
        """Return futures that ended one way or another; keep an eye on the cluster meanwhile."""
        while True:
            self._stop_if_cancelled()
            ended = []
            with contextlib.suppress(queue.Empty):
                ended.append(self._finished.get(timeout=_POLL_SECONDS))
                while True:
                    ended.append(self._finished.get_nowait())
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look()
                ended += self._forgotten()
            if ended:
                return ended

    def _forgotten(self) -> list[Future[Any]]:
        """Return futures that will never end: the scheduler dropped them, with a block perhaps."""
        lost = [f for f in self._running if f.status in ("lost", "cancelled")]
        asked = {f.key: f for f in self._running if f.status == "pending"}
        with contextlib.suppress(OSError, TimeoutError, CancelledError):
            states = self._client.sync(
                self._scheduler.get_task_status,
                keys=list(asked),
                callback_timeout=_ANSWER_SECONDS,
            )
            for key, state in states.items():
                run = self._running[asked[key]]
                gone = state in (None, "forgotten")
                if gone and run.unknown:  # twice: the first time it may still be on its way there
                    lost.append(asked[key])
                run.unknown = gone
        return lost

    def _result(self, future: Future[Any]) -> RunAnswer:
        """Return what a run gave, unless it gets lost while it is being fetched."""
        for _ in range(round(_GATHER_SECONDS / _GATHER_STEP_SECONDS)):
            try:
                return future.result(timeout=_GATHER_STEP_SECONDS)  # type: ignore[no-any-return]
            except TimeoutError:
                self._stop_if_cancelled()
                if future.status != "finished":
                    break
        raise TimeoutError(f"the answer to {future.key} did not come")

    def _take(self, future: Future[Any], run: _Run) -> Iterator[Partial]:
        if future.status == "error":
            error = future.exception()
            future.release()
            self._judge(error, run)
            return
        try:
            answer = self._result(future)
        except (OSError, TimeoutError, CancelledError) as error:
            self._lose(run, error)
            self._look()
            return
        finally:
            future.release()
        weights = {tile.id: tile.weight for tile in run.tiles}
        done = 0.0
        for text in answer.partials:
            partial: Partial = decode(text)
            done += weights.pop(partial.tile_id)
            yield partial
        self._cutter.took(done, answer.seconds, sum(map(len, answer.partials)))
        for tile_id, why in answer.failures:
            weights.pop(tile_id)
            tile = next(tile for tile in run.tiles if tile.id == tile_id)
            if self._failures.record(tile, why):
                self._again.append(self._single(tile, run.losses))
            else:
                self._tiles.give_up(tile_id)
        if weights:  # the run was cut short, by a worker that was being closed
            rest = [tile for tile in run.tiles if tile.id in weights]
            self._lose(_Run(rest, run.blocks, run.losses), None)

    def _judge(self, error: BaseException | None, run: _Run) -> None:
        """Decide what the error of a whole run means."""
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            if not run.suspect:
                self._suspects.extend(self._single(tile, suspect=True) for tile in run.tiles)
            else:
                self._record_death(run.tiles[0], error.allowed_failures + 1)
            return
        if isinstance(error, SpreadlabError):
            raise error
        if isinstance(error, ImportError):
            raise EngineUnavailableError(
                f"a worker can't import what it was sent ({error}); install the same spreadlab "
                "there: pip install 'spreadlab[cluster]'"
            ) from error
        if isinstance(error, (CancelledError, OSError)):
            self._lose(run, error)
            return
        raise EngineUnavailableError(f"a worker could not run tiles: {error!r}") from error

    def _single(self, tile: Tile, losses: int = 0, *, suspect: bool = False) -> _Run:
        return _Run([tile], self._layout.blocks_of(tile), losses, suspect)

    def _record_death(self, tile: Tile, deaths: int) -> None:
        self._failures.record_death(tile, deaths)
        self._tiles.give_up(tile.id)

    def _lose(self, run: _Run, error: BaseException | None) -> None:
        """Send a run again whose worker, blocks or connection was lost."""
        run.losses += 1
        run.unknown = False
        died = isinstance(error, (CancelledError, TimeoutError))
        if run.suspect and died and run.losses >= _SUSPICIOUS:
            self._record_death(run.tiles[0], run.losses)
            return
        if not run.suspect and died and run.losses >= _SUSPICIOUS:
            # The blocks went with the worker time and again, and perhaps because of this run.
            self._suspects.extend(self._single(tile, suspect=True) for tile in run.tiles)
            return
        if run.losses > _MOST_LOSSES:
            raise EngineUnavailableError(
                f"the cluster lost one run of tiles {run.losses} times, the last time with "
                f"{error!r}; what is done is kept"
            )
        (self._suspects if run.suspect else self._again).appendleft(run)

    # The state of the cluster.

    def _look(self) -> None:
        """Count the threads and find out whether scheduler and workers are still there."""
        now = time.monotonic()
        self._looked = now
        if self._client.status == "running":
            self._connected = now
            try:
                threads = self._client.sync(
                    self._scheduler.ncores, workers=None, callback_timeout=_ANSWER_SECONDS
                )
            except (OSError, TimeoutError, CancelledError):
                pass  # the time since the last answer decides
            else:
                self._threads = sum(threads.values())
                self._answered = now
                if threads:
                    self._seen_workers = now
                self._replace_lost_workers(len(threads))
        self._stop_if_cancelled()
        gone = now - self._connected > _GONE_SECONDS or now - self._answered > _SILENT_SECONDS
        if gone or self._client.status in ("closed", "closing"):
            raise EngineUnavailableError(
                f"the scheduler at {self._scheduler.address} is gone; the tiles that are "
                "done are kept: connect again and repeat the call (with a sink it goes on from "
                "there)"
            )
        if now - self._seen_workers > self._options.patience:
            raise EngineUnavailableError(
                f"no worker for {self._options.patience:g} s at "
                f"{self._scheduler.address}; start some and repeat the call"
            )

    def _replace_lost_workers(self, workers: int) -> None:
        """Have a cluster of processes start again what it gave up.

        It waits 15 s for a worker that died to come back, which is short on a busy machine, and
        is content with fewer from then on.
        """
        cluster: Any = self._client.cluster
        wanted = len(getattr(cluster, "worker_spec", ()))
        if workers < wanted:
            cluster.scale(wanted)

    def _stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise ScanCancelledError("the job was cancelled; no result exists")

    def _release(self) -> None:
        """Give up what runs and let scheduler and workers forget everything of this job."""
        running = [*self._running, *([] if self._call is None else [self._call])]
        self._running.clear()
        if running and self._client.status == "running":
            with contextlib.suppress(OSError, TimeoutError, CancelledError):
                self._client.cancel(running, force=True)
        for future in running:
            future.release()
        self._headers.release()
