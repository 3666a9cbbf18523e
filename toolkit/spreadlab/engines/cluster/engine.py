"""The engine itself: a client of a scheduler, and what jobs on it share."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial as bind
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab._version import __version__
from spreadlab.engines.cluster.blocks import Blocks, ScatteredBlocks, StoredBlocks
from spreadlab.engines.cluster.flow import Flow, FlowOptions
from spreadlab.engines.cluster.layout import Layout
from spreadlab.engines.cluster.worker import make_header
from spreadlab.engines.job import Job
from spreadlab.errors import EngineUnavailableError
from spreadlab.task import Capabilities

if TYPE_CHECKING:
    from distributed import Client

    from spreadlab.engines.order import PlannedTiles
    from spreadlab.task import Inputs, Partial, ResultT, Task

_CLOSE_SECONDS = 10.0


class ClusterEngine:
    """Runs tiles on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected to the scheduler, not asynchronous.
    address : str
        The address that is written into the provenance of results.
    owned : sequence of object
        What to close with this engine, first to last: client and cluster if they were made for it.
    panels : Path, optional
        Folder that this process and the workers share. Blocks of columns are written there as
        Parquet and read by the workers, who read them again after a loss; without it they are
        sent through the scheduler.
    options : FlowOptions
        Length of runs, retries, patience.
    """

    def __init__(
        self,
        client: Client,
        address: str,
        *,
        owned: Sequence[Any] = (),
        panels: Path | None = None,
        options: FlowOptions | None = None,
    ) -> None:
        self._client, self._address, self._owned = client, address, tuple(owned)
        self._panels = panels
        self._options = FlowOptions() if options is None else options
        self._closed = threading.Event()
        self._quiet = threading.Condition()
        self._active = 0

    def __repr__(self) -> str:
        return f"ClusterEngine({self._address!r})"

    @property
    def address(self) -> str:
        """The address given to connect."""
        return self._address

    @property
    def client(self) -> Client:
        """The Dask client, for its dashboard and for scaling the cluster."""
        return self._client

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Start `task`; see `Engine.submit`."""
        self._check_open()
        return Job(
            task,
            inputs,
            self._run_tiles,
            address=self._address,
            done=done,
            max_buffered=max_buffered,
        )

    def capabilities(self) -> Capabilities:
        """Return version, threads, workers and their memory as the scheduler reports them now.

        Raises
        ------
        EngineUnavailableError
            If the scheduler does not answer.
        """
        self._check_open()
        try:
            scheduler: Any = self._client.scheduler
            info = self._client.sync(scheduler.identity, n_workers=-1)
        except (OSError, TimeoutError) as error:
            raise EngineUnavailableError(f"{self._address} does not answer: {error}") from error
        workers = info["workers"].values()
        return Capabilities(
            self._address,
            __version__,
            sum(worker["nthreads"] for worker in workers),
            limits={
                "workers": len(workers),
                "memory_bytes": sum(worker["memory_limit"] or 0 for worker in workers),
            },
        )

    def close(self) -> None:
        """Cancel what runs, let the workers forget it, close what was opened for this engine."""
        if self._closed.is_set():
            return
        self._closed.set()
        with self._quiet:
            self._quiet.wait_for(lambda: not self._active, _CLOSE_SECONDS)
        for thing in self._owned:
            # A scheduler that is gone can't say goodbye.
            with contextlib.suppress(OSError, TimeoutError):
                thing.close()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise EngineUnavailableError("this engine was closed; sl.connect(address) opens one")
        if self._client.status in ("closed", "closing"):
            raise EngineUnavailableError(
                f"the connection to {self._address} is closed; sl.connect(address) opens a new one"
            )

    def _run_tiles(
        self,
        task: Task[Any],
        inputs: Inputs,
        tiles: PlannedTiles,
        cancelled: Callable[[], bool],
    ) -> Iterator[Partial]:
        layout = Layout.of(inputs)
        blocks = self._blocks(inputs, layout)
        with self._quiet:
            self._active += 1
        try:
            yield from Flow(
                self._client,
                task,
                inputs,
                tiles,
                lambda: cancelled() or self._closed.is_set(),
                header=make_header(task, inputs, layout),
                layout=layout,
                blocks=blocks,
                options=self._options,
            ).partials()
        finally:
            blocks.release()
            with self._quiet:
                self._active -= 1
                self._quiet.notify_all()

    def _blocks(self, inputs: Inputs, layout: Layout) -> Blocks:
        if self._panels is not None:
            return StoredBlocks(self._client, inputs, layout, self._panels, self._options.retries)
        return ScatteredBlocks(self._client, bind(layout.cut, inputs), "columns")
