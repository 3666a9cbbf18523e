"""The engine in use, with a hand on the job that runs in it."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from spreadlab.engines.registry import current_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spreadlab.engines.base import Engine
    from spreadlab.engines.job import Job
    from spreadlab.task import Capabilities, Inputs, Partial, ResultT, Task


class WatchedEngine:
    """The engine in use where this is made, for one piece of work after the other.

    Implements `Engine`: work that runs under it asks the engine that is in use outside, and what it
    asks can be cancelled from another thread.
    """

    address = "watched"

    def __init__(self) -> None:
        # The context outside: inside, the engine in use is this one.
        self._outside = contextvars.copy_context()
        self._engine: Engine | None = None
        self._job: Job[Any] | None = None
        self._cancelled = False

    def begin(self) -> None:
        """Forget the work before."""
        self._engine, self._job, self._cancelled = None, None, False

    def cancel(self) -> None:
        """Cancel the job that runs, or the next one of the work that runs."""
        self._cancelled = True
        if self._job is not None:
            self._job.cancel()

    def was_replaced(self) -> bool:
        """Return whether the engine that the work asked is not in use any more."""
        return self._engine is not None and self._engine is not self._real()

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Pass a task on."""
        self._engine = self._real()
        job = self._engine.submit(task, inputs, done=done, max_buffered=max_buffered)
        self._job = job
        if self._cancelled:
            job.cancel()
        return job

    def capabilities(self) -> Capabilities:
        """Return those of the engine in use."""
        return self._real().capabilities()

    def close(self) -> None:
        """Nothing is its own."""

    def _real(self) -> Engine:
        return self._outside.run(current_engine)
