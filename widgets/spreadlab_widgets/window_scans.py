"""Scans of windows of a universe that follow a hand, or run to their end while one looks on."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from spreadlab.engines.registry import current_engine
from spreadlab.errors import ScanCancelledError
from spreadlab_widgets.scan_run import ScanRun
from spreadlab_widgets.worker import NewestWins

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.result import DiscoveryResult
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.task import Progress

    Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Universe:
    """What is scanned.

    Attributes
    ----------
    panel : PricePanel
        The prices.
    spec : PairScanSpec
        How.
    given : DiscoveryResult or None
        The scan of all rows, where somebody has it already.
    engine : Engine or None
        Where; None for the engine in use.
    """

    panel: PricePanel
    spec: PairScanSpec
    given: DiscoveryResult | None = None
    engine: Any = None


class Listener(Protocol):
    """What hears of scans, in the thread that they run in."""

    def scan_progress(self, n_pairs: int, progress: Progress) -> None:
        """Hear how far the scan of that many pairs is."""

    def scan_found(self, found: DiscoveryResult, window: Window, *, live: bool) -> None:
        """Take a scan: of a moving window or not yet complete (`live`), or the last word."""

    def scan_failed(self, error: Exception) -> None:
        """Hear why there is no answer."""


class WindowScans:
    """Scans one window at a time, in a thread of its own; the newest window wins.

    Parameters
    ----------
    listener : Listener
        What hears of them.

    Attributes
    ----------
    runs : int
        Scans that ran to an answer.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        # The engine in use where this is made is the one that it works under.
        self._outside = contextvars.copy_context()
        self._worker = NewestWins("spreadlab-scans")
        self._run: ScanRun | None = None
        self._follows = False  # whether the last window asked for was at rest
        self._number = self._cancelled = 0
        self._last: tuple[Universe, Window, DiscoveryResult] | None = None
        self.runs = 0

    def ask(self, universe: Universe, window: Window, *, live: bool) -> None:
        """Scan a window: one that moves (`live`), or one that has come to rest.

        What is scanned for a moving window ends by itself, so that a reader sees one picture after
        the other; a scan that one looks on at, or that is not wanted any more, is cancelled.
        """
        if not live or self._follows:
            self.cancel()
        self._follows = not live
        self._number += 1
        self._worker.submit(partial(self._work, self._number, universe, window, live=live))

    def forget(self) -> None:
        """Scan again what is asked for next, though it may have been answered already."""
        self._last = None

    def cancel(self) -> None:
        """Stop the scan that runs, or is about to; what it found until then stays."""
        self._cancelled = self._number
        run = self._run
        if run is not None:
            run.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no scan runs, or `timeout` seconds; return whether that is so."""
        return self._worker.wait(timeout)

    @property
    def busy(self) -> bool:
        """Whether a scan runs or waits."""
        return self._worker.busy

    def newer_waits(self) -> bool:
        """Return whether another window is scanned after this one."""
        return self._worker.newer_waits()

    def newer_within(self, seconds: float) -> bool:
        """Wait for another window, at most so long; return whether there is one."""
        return self._worker.newer_within(seconds)

    def close(self) -> None:
        """Cancel what runs, and take nothing more."""
        self._worker.close()
        self.cancel()

    def _work(self, number: int, universe: Universe, window: Window, *, live: bool) -> None:
        try:
            found = self._known(universe, window, live=live)
            if found is None:
                found = self._scan(number, universe, window, live=live)
        except ScanCancelledError:
            return
        except Exception as error:  # noqa: BLE001 - handed to whoever shows the scan
            self._listener.scan_failed(error)
            return
        if found.n_pending and self._worker.newer_waits():
            return  # cancelled for another window
        self._last = (universe, window, found)
        self._listener.scan_found(found, window, live=live)

    def _known(self, universe: Universe, window: Window, *, live: bool) -> DiscoveryResult | None:
        if universe.given is not None and window == (0, universe.panel.n_obs):
            return universe.given
        if live or self._last is None:
            return None
        asked, shown, found = self._last
        same = asked.panel is universe.panel and asked.spec == universe.spec and shown == window
        return found if same and not found.n_pending else None

    def _scan(
        self, number: int, universe: Universe, window: Window, *, live: bool
    ) -> DiscoveryResult:
        inputs = universe.panel.rows(*window).inputs
        while True:
            engine = self._outside.run(current_engine, universe.engine)
            self._run = run = ScanRun(engine, universe.spec, inputs)
            if number <= self._cancelled:
                run.cancel()
            try:
                found = (
                    run.answer()
                    if live
                    else run.follow(
                        partial(self._listener.scan_progress, run.n_pairs),
                        partial(self._listener.scan_found, window=window, live=True),
                    )
                )
            except ScanCancelledError:
                raise
            except Exception:
                # An engine that was closed for another one: the scan runs again on that.
                if self._outside.run(current_engine, universe.engine) is engine:
                    raise
            else:
                self.runs += 1
                return found
