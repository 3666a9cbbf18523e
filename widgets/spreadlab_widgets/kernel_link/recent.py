"""The latest results of this process, without keeping any of them alive."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab_widgets.job_rows import task_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.engines.job import Job

_KEPT = 10
_WORDS = 160  # of a result's repr: a line of the sidebar and its tooltip


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job that ended. Of its result only the provenance is kept: digests and a spec."""

    number: int
    task: str
    state: str
    seconds: float
    at: float
    words: str
    provenance: Mapping[str, Any] | None


class Recent:
    """The jobs that ended last, and the names under which their results are kept."""

    def __init__(self) -> None:
        self._ended: deque[_Ended] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def hear_of(self, job: Job[Any]) -> None:
        """Remember a job that has ended; one that begins is not of interest yet."""
        if not job.wait(0):
            return
        result = _result_of(job)
        ended = _Ended(
            job.number,
            task_words(job),
            job.state,
            round(job.progress.elapsed, 1),
            round(time.time(), 1),
            _words(job, result),
            getattr(result, "provenance", None),
        )
        with self._lock:
            self._ended.append(ended)

    def rows(self, namespace: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the latest first, each with an expression that gives its result, if any does."""
        with self._lock:
            latest = list(reversed(self._ended))
        held = _held(namespace)
        return [
            {
                "result": ended.number,
                "task": ended.task,
                "state": ended.state,
                "seconds": ended.seconds,
                "at": ended.at,
                "words": ended.words,
                "name": held.get(id(ended.provenance)),
                "scan": ended.task == "pair scan" and ended.state == "done",
            }
            for ended in latest
        ]

    def cell_code(self, number: int, namespace: dict[str, Any]) -> str:
        """Return code that shows a result."""
        ended = self._find(number)
        name = _held(namespace).get(id(ended.provenance))
        if name is None:
            raise LookupError(
                f"no variable holds this {ended.task} any more, and no output shows it; run its "
                "cell again"
            )
        return name

    def workbench_code(self, number: int, namespace: dict[str, Any]) -> str:
        """Return code that opens the Workbench on the prices of a scan."""
        ended = self._find(number)
        digest = (ended.provenance or {}).get("data_digest")
        for name, value in _variables(namespace):
            if digest is not None and _digest(value) == digest:
                return (
                    "from spreadlab_widgets import Workbench\n\n"
                    f'Workbench({name}, source="{name} = ...")'
                )
        raise LookupError(
            f"no variable holds the prices of this {ended.task} any more; load them again"
        )

    def _find(self, number: int) -> _Ended:
        with self._lock:
            for ended in self._ended:
                if ended.number == number:
                    return ended
        raise LookupError("this result is no longer among the latest; show it from its own cell")


def _result_of(job: Job[Any]) -> Any:
    return job.result(0) if job.state == "done" else None


def _words(job: Job[Any], result: Any) -> str:
    if hasattr(result, "n_tests") and hasattr(result, "symbols"):
        # A scan: its own words would take a sort of millions of p-values.
        words = f"{len(result.symbols):,} symbols, {result.n_tests:,} tests"
    elif job.state == "done":
        words = " ".join(repr(result).split())
    elif job.state == "failed":
        try:
            job.result(0)
        except BaseException as error:  # noqa: BLE001 - the job's own, told as its outcome
            words = f"{type(error).__name__}: {error}"
    else:
        words = f"cancelled after {job.progress.done} of {job.progress.planned} tiles"
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"


def _variables(namespace: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the user's own variables."""
    return [(name, value) for name, value in list(namespace.items()) if not name.startswith("_")]


def _held(namespace: dict[str, Any]) -> dict[int, str]:
    """Return, by the identity of its provenance, an expression for every result that is held."""
    held = {}
    outputs = namespace.get("Out")
    if isinstance(outputs, dict):
        shown = [(f"Out[{number}]", value) for number, value in list(outputs.items())]
    else:
        shown = []
    for name, value in [*shown, *_variables(namespace)]:  # a name of its own comes last, and wins
        if type(value).__module__.startswith("spreadlab."):
            provenance = getattr(value, "provenance", None)
            if provenance is not None:
                held[id(provenance)] = name
    return held


def _digest(value: Any) -> str | None:
    """Return the digest of a price table; None for anything else."""
    from spreadlab.data.panel import ensure_panel
    from spreadlab.errors import InvalidInputError

    shape = getattr(value, "shape", None)
    is_table = isinstance(shape, tuple) and len(shape) == 2
    if not (is_table or hasattr(value, "symbols")):
        return None
    try:
        return ensure_panel(value).digest
    except InvalidInputError:  # a table of something else
        return None
