"""The kernel's side of the link: a thread that tells, and answers to what is asked."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from spreadlab._version import __version__
from spreadlab.engines.job import jobs, watch_jobs
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.job_rows import job_row
from spreadlab_widgets.kernel_link.engine_state import EngineState
from spreadlab_widgets.kernel_link.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.engines.job import Job

_GAP_SECONDS = 0.5  # between two messages: at most two a second, however fast things change
_LONGEST_WATCH = 600.0


class Link:
    """Tells a front end what runs in this process, and does what it asks for.

    Parameters
    ----------
    namespace : dict
        The user's variables, in which results are looked for.

    Attributes
    ----------
    send : callable
        Takes a state for the front end.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.send: Callable[[dict[str, Any]], Any] = lambda _: None
        self._namespace = namespace
        self._engine = EngineState(self.wake)
        self._recent = Recent()
        self._wake = threading.Event()
        self._sent: dict[str, Any] | None = None
        self._looking = threading.Lock()
        self._number = 0

    def start(self) -> None:
        """Tell from now on."""
        watch_jobs(self._hear_of)
        self.wake()
        threading.Thread(target=self._run, name="spreadlab-link", daemon=True).start()

    def wake(self) -> None:
        """Have the thread look whether something changed."""
        self._wake.set()

    def state(self) -> dict[str, Any]:
        """Return what the front end shows; its ``number`` grows from one look to the next.

        An answer and the news take different ways, and the older of two may arrive last.
        """
        with self._looking:
            self._number += 1
            return {
                "number": self._number,
                "version": __version__,
                "engine": self._engine.row(),
                "jobs": [_row(job) for job in _running()],
                "results": self._recent.rows(self._namespace),
            }

    def tell(self) -> None:
        """Send the state if it is not the one that was sent last."""
        state = self.state()
        shown = {name: value for name, value in state.items() if name != "number"}
        if shown != self._sent:
            self._sent = shown
            self.send(state)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question of the front end, or what is wrong with it.

        Parameters
        ----------
        question : dict
            ``kind``: ``"watch"`` (for so many ``seconds`` somebody looks), ``"cancel"`` (the
            ``job`` of that number), ``"connect"`` (to a ``profile`` of the settings), ``"ledger"``,
            ``"code"`` (that shows ``result``, ``where``).
        """
        try:
            answer = self._answering(question.get("kind"))(question)
        except Exception as error:  # noqa: BLE001 - shown to whoever asked
            return {"error": str(error) or type(error).__name__}
        self.wake()
        return answer

    def _run(self) -> None:
        while True:
            self._wake.wait(_GAP_SECONDS if _running() else self._engine.next_look())
            self._wake.clear()
            self._engine.look()
            self.tell()
            time.sleep(_GAP_SECONDS)

    def _hear_of(self, job: Job[Any]) -> None:
        self._recent.hear_of(job)
        self.wake()

    def _answering(self, kind: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
        known = {
            "watch": self._watch,
            "cancel": self._cancel,
            "connect": self._connect,
            "ledger": self._ledger,
            "code": self._code,
        }
        if kind not in known:
            raise InvalidInputError("kind", f"got {kind!r}", ", ".join(known))
        return known[str(kind)]

    def _watch(self, question: dict[str, Any]) -> dict[str, Any]:
        self._engine.watch(min(float(question["seconds"]), _LONGEST_WATCH))
        return {"state": self.state()}

    def _cancel(self, question: dict[str, Any]) -> dict[str, Any]:
        found = [job for job in _running() if job.number == question["job"]]
        for job in found:
            job.cancel()
        return {"cancelled": len(found)}

    def _connect(self, question: dict[str, Any]) -> dict[str, Any]:
        if running := len(_running()):
            raise RuntimeError(
                f"{running} job{'s' * (running > 1)} on the engine in use would be lost; cancel "
                f"{'them' if running > 1 else 'it'} first, or wait"
            )
        self._engine.connect(question["profile"])
        return {"state": self.state()}

    def _ledger(self, _question: dict[str, Any]) -> dict[str, Any]:
        from spreadlab_widgets.kernel_link.ledger_rows import ledger_rows

        return ledger_rows()

    def _code(self, question: dict[str, Any]) -> dict[str, Any]:
        shows = {"cell": self._recent.cell_code, "workbench": self._recent.workbench_code}
        return {"code": shows[question["where"]](question["result"], self._namespace)}


def _running() -> list[Job[Any]]:
    return [job for job in jobs() if job.state == "running"]


def _row(job: Job[Any]) -> dict[str, Any]:
    return {"job": job.number, "engine": job.address, **job_row(job)}
