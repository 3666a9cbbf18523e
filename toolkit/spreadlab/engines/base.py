"""The Engine protocol: where a task's tiles run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spreadlab.engines.job import Job
    from spreadlab.task import Capabilities, Inputs, Partial, ResultT, Task


@runtime_checkable
class Engine(Protocol):
    """Runs the tiles of any task; knows nothing of what they compute."""

    @property
    def address(self) -> str:
        """The address given to connect; it goes into the provenance of every result."""

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Check the request and start it.

        Parameters
        ----------
        task : Task
            What to compute.
        inputs : Inputs, optional
            The arrays it reads; None for a task that needs none.
        done : iterable of Partial
            Partials of an earlier run of the same task and inputs: absorbed, not run again.
        max_buffered : int, optional
            Partials kept for `Job.events` until they are read. None keeps all, 0 keeps none, any
            other number makes the job wait for its reader once that many are unread.

        Raises
        ------
        InvalidInputError
            Before any work, if the task refuses its inputs.
        EngineUnavailableError
            If this engine can't run the task now.
        """

    def capabilities(self) -> Capabilities:
        """Return version, threads and limits, and what is refused and why."""

    def close(self) -> None:
        """Cancel what runs and free what the engine holds; closing twice is harmless."""


def is_engine(value: Any) -> bool:
    """Return whether `value` looks like an engine (its methods, not its class)."""
    return isinstance(value, Engine)
