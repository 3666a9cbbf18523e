"""What the services of one server share: engine, tiles, panels, callers, limits."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from spreadlab.engines.base import Engine
from spreadlab.engines.registry import open_engine
from spreadlab.rpc.errors import RefusedError
from spreadlab.server.auth import Authority
from spreadlab.server.calls import CallEngine
from spreadlab.server.metrics import Metrics
from spreadlab.server.panels import PanelStore
from spreadlab.server.pool import FairPool, PoolEngine
from spreadlab.server.tiles import EngineTiles, PoolTiles, TileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spreadlab.server.config import ServerConfig
    from spreadlab.task import Inputs, Task

T = TypeVar("T")
MAX_MESSAGE_BYTES = 8 << 20
_CALLERS_SHARE = 4  # times the quota of one caller is what all of them keep
_HELPERS = 4


class Lab:
    """Everything a service needs, made once for each server.

    Parameters
    ----------
    config : ServerConfig
        The settings.

    Attributes
    ----------
    engine : Engine
        Runs whole tasks on the server: ``lab.engine.submit(task, inputs)``; pass it as `engine=`
        to the public functions. Its tiles take their turn among those of all scans.
    tiles : TileSource
        Runs tiles that a client planned.
    panels : PanelStore
        What callers have sent.
    authority : Authority
        Who calls: ``lab.authority.principal(context)``.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.authority = Authority(config)
        self.metrics = Metrics()
        self.panels = PanelStore(
            config.panel_quota_bytes, _CALLERS_SHARE * config.panel_quota_bytes
        )
        self.engine: Engine
        self.tiles: TileSource
        self._pool: FairPool | None = None
        if config.engine == "local":
            self._pool = FairPool(config.threads)
            pool = self._pool
            self.metrics.running.set_function(lambda: pool.busy)
            self.engine, self.tiles = PoolEngine(self._pool), PoolTiles(self._pool)
        else:
            self.engine = open_engine(config.engine)
            self.tiles = EngineTiles(self.engine)
        self._helpers = ThreadPoolExecutor(_HELPERS, thread_name_prefix="spreadlab-helper")
        self._callers = ThreadPoolExecutor(config.max_scans, thread_name_prefix="spreadlab-call")
        self._scans: dict[object, Callable[[], None] | None] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self.draining = False

    async def aside(self, work: Callable[..., T], *args: Any) -> T:
        """Return ``work(*args)``, computed off the event loop: hashing, decoding, planning."""
        return await asyncio.get_running_loop().run_in_executor(self._helpers, work, *args)

    async def call(self, context: Any, work: Callable[[Engine], T]) -> T:
        """Return ``work(engine)``, computed on a thread; it may wait for jobs of that engine.

        It counts as one scan. When the call of `context` is cancelled or runs out of time, the
        jobs are cancelled.
        """
        engine = CallEngine(self.engine, self.check_size)
        context.add_done_callback(lambda _: engine.close())
        with self.admitted():
            try:
                return await asyncio.get_running_loop().run_in_executor(self._callers, work, engine)
            finally:
                engine.close()

    def check_size(self, task: Task[Any], inputs: Inputs) -> None:
        """Refuse a checked task that plans more tiles than are allowed, before it plans any.

        Raises
        ------
        RefusedError
            With reason PLAN_TOO_LARGE.
        """
        tiles = task.most_tiles(inputs, 0) + task.most_tiles(inputs, 1)
        if tiles > self.config.max_tiles:
            raise RefusedError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "PLAN_TOO_LARGE",
                f"{type(task).__name__} falls into {tiles:,} tiles, and this server plans at most "
                f"{self.config.max_tiles:,}; ask for less at once, or raise --max-tiles there",
            )

    @property
    def tiles_running(self) -> int:
        """Tiles that this process computes now."""
        return 0 if self._pool is None else self._pool.busy

    @property
    def scans_running(self) -> int:
        """Streams that run tiles now."""
        return len(self._scans)

    @contextlib.contextmanager
    def admitted(self, on_drain: Callable[[], None] | None = None) -> Iterator[None]:
        """Count one scan while the block lasts; call on the event loop.

        Parameters
        ----------
        on_drain : callable, optional
            Called when the server starts to shut down.

        Raises
        ------
        RefusedError
            If as many run as are allowed, or the server shuts down.
        """
        if self.draining:
            raise draining_error()
        if len(self._scans) >= self.config.max_scans:
            raise RefusedError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "TOO_MANY_SCANS",
                f"{self.config.max_scans} scans run here already; try again later",
                1.0,
            )
        mark = object()
        self._scans[mark] = on_drain
        self._idle.clear()
        self.metrics.scans.set(len(self._scans))
        try:
            yield
        finally:
            del self._scans[mark]
            if not self._scans:
                self._idle.set()
            self.metrics.scans.set(len(self._scans))

    async def drain(self, grace: float) -> None:
        """Refuse new calls; let the scans end with the tiles that have begun, or by `grace`."""
        self.draining = True
        for on_drain in list(self._scans.values()):
            if on_drain is not None:
                on_drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), grace)

    def close(self) -> None:
        """Stop what runs and free the threads."""
        self.engine.close()
        if self._pool is not None:
            self._pool.close()
        for threads in (self._helpers, self._callers):
            threads.shutdown(wait=False, cancel_futures=True)


def draining_error() -> RefusedError:
    """Return what callers are told while the server shuts down."""
    return RefusedError(
        grpc.StatusCode.UNAVAILABLE, "DRAINING", "this server is shutting down", 0.5
    )
