"""Run one request to its result: the three lines behind every public function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.engines.registry import current_engine
from spreadlab.progress import check_progress, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Progress, ResultT, Task


def run(
    task: Task[ResultT],
    inputs: Inputs | None = None,
    *,
    engine: Any = None,
    progress: bool | Callable[[Progress], Any] | None = None,
    label: str = "",
) -> ResultT:
    """Submit `task` to the engine in use, follow it with a progress bar, return its result."""
    check_progress(progress)
    job = current_engine(engine).submit(task, inputs, max_buffered=0)
    follow(job, progress, label)
    return job.result()
