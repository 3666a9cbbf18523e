"""A job as a row of a list: plain words and numbers that JSON holds."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.engines.job import Job


def task_words(job: Job[Any]) -> str:
    """Return what a job computes, in words: "pair scan"."""
    name = type(job.task).__name__.removesuffix("Spec")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def job_row(job: Job[Any]) -> dict[str, Any]:
    """Return what a job computes, how far it is, and how long it goes on; None for not known."""
    progress = job.progress
    return {
        "task": task_words(job),
        "done": progress.done,
        "planned": progress.planned,
        "fraction": progress.fraction,
        "seconds": round(progress.elapsed, 1),
        "rate": finite(progress.rate, 1),
        "left": finite(progress.time_left, 1),
    }


def finite(value: float, digits: int) -> float | None:
    """Return a rounded number, None for NaN and infinity, which JSON does not have."""
    return round(value, digits) if math.isfinite(value) else None
