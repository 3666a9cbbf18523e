"""One scan in the background: what is found so far, how far it is, and how to stop it."""

from __future__ import annotations

import copy
import dataclasses
import threading
import time
from typing import TYPE_CHECKING, Any

from spreadlab.errors import ScanCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.discovery.result import DiscoveryResult
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.engines.base import Engine
    from spreadlab.engines.job import Job
    from spreadlab.task import Inputs, Progress

_TICK = 0.1  # seconds: the page hears of progress ten times a second
_QUIET = 0.25  # seconds; a bar that goes by faster only flickers
_REST = 10.0  # shown partial results take at most a tenth of the time
_TILES_AHEAD = 64


class ScanRun:
    """A scan that can be followed.

    Parameters
    ----------
    engine : Engine
        Where it runs.
    spec : PairScanSpec
        What is asked.
    inputs : Inputs
        The prices.
    """

    def __init__(self, engine: Engine, spec: PairScanSpec, inputs: Inputs) -> None:
        self.spec, self.inputs = spec, inputs
        self._engine = engine
        self._job: Job[DiscoveryResult] | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._state = spec.start(inputs)

    @property
    def n_pairs(self) -> int:
        """Pairs of the universe."""
        n = self.inputs["prices"].shape[1]
        return int(n * (n - 1) // 2)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stopped.is_set()

    def cancel(self) -> None:
        """Stop it, whether it has begun or not; harmless afterwards."""
        self._stopped.set()
        job = self._job
        if job is not None:
            job.cancel()

    def answer(self) -> DiscoveryResult:
        """Run it to its end and return the result, for scans that end before one could look.

        Raises
        ------
        ScanCancelledError
            If it was cancelled.
        """
        return self._submit(max_buffered=0).result()

    def follow(
        self,
        on_progress: Callable[[Progress], Any],
        on_partial: Callable[[DiscoveryResult], Any],
        first_look: float = 0.5,
    ) -> DiscoveryResult:
        """Run it, telling how far it is and what it found so far; return the result.

        A cancelled scan answers with what it found until then: `n_pending` counts the rest.

        Parameters
        ----------
        on_progress : callable
            Gets a `Progress` ten times a second, after the first quarter of a second.
        on_partial : callable
            Gets what was found so far now and then; the longer it takes, the more seldom.
        first_look : float
            Seconds to the first partial result.
        """
        try:
            job = self._submit(max_buffered=_TILES_AHEAD)
        except ScanCancelledError:
            return self._so_far()
        reader = threading.Thread(target=self._read, args=(job,), daemon=True)
        reader.start()
        started = time.monotonic()
        next_look = started + first_look
        while not job.wait(_TICK):
            began = time.monotonic()
            if self.cancelled or began < started + _QUIET:
                continue
            on_progress(job.progress)
            if began >= next_look and job.progress.done:
                on_partial(self._so_far())
                ended = time.monotonic()
                next_look = ended + max(first_look, _REST * (ended - began))
        reader.join()
        try:
            return job.result()
        except ScanCancelledError:
            return self._so_far()

    def _submit(self, max_buffered: int) -> Job[DiscoveryResult]:
        if self.cancelled:
            raise ScanCancelledError("the scan was cancelled before it began")
        self._job = job = self._engine.submit(self.spec, self.inputs, max_buffered=max_buffered)
        if self._stopped.is_set():  # between the question and the answer
            job.cancel()
        return job

    def _read(self, job: Job[DiscoveryResult]) -> None:
        try:
            for partial in job.events():
                with self._lock:
                    self._state.absorb(partial)
        except Exception:  # noqa: BLE001 - the job keeps it, and its result() raises it
            return

    def _so_far(self) -> DiscoveryResult:
        with self._lock:
            # A result freezes its arrays, and these go on being filled.
            state = copy.copy(self._state)
            for name in ("pvalues", "leg_pvalue", "zero_share"):
                setattr(state, name, getattr(state, name).copy())
            state.counts = copy.deepcopy(state.counts)
            result = self.spec.finish(self.inputs, state)
            return dataclasses.replace(result, n_pending=state.n_pending)
