"""Whole tasks on the server for one call: its jobs end when the call does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from spreadlab.errors import ScanCancelledError
from spreadlab.task import NO_INPUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spreadlab.engines.base import Engine
    from spreadlab.engines.job import Job
    from spreadlab.task import Capabilities, Inputs, Partial, ResultT, Task


class CallEngine:
    """An engine for as long as one call lasts.

    Parameters
    ----------
    engine : Engine
        What runs the jobs.
    admit : callable
        ``admit(task, inputs)`` raises for a task that is too large for this server.
    """

    def __init__(self, engine: Engine, admit: Callable[[Task[Any], Inputs], None]) -> None:
        self._engine, self._admit = engine, admit
        self._lock = threading.Lock()
        self._jobs: list[Job[Any]] = []
        self._ended = False

    @property
    def address(self) -> str:
        """The address of the engine below."""
        return self._engine.address

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Start `task`; see `Engine.submit`."""
        given = NO_INPUTS if inputs is None else inputs
        task.check(given)
        self._admit(task, given)
        with self._lock:
            if self._ended:
                raise ScanCancelledError("the call has ended; no result exists")
            job = self._engine.submit(task, inputs, done=done, max_buffered=max_buffered)
            self._jobs.append(job)
        return job

    def capabilities(self) -> Capabilities:
        """Return those of the engine below."""
        return self._engine.capabilities()

    def close(self) -> None:
        """Cancel the jobs; the engine below stays open."""
        with self._lock:
            self._ended = True
            for job in self._jobs:
                job.cancel()
