"""A trial is what somebody looked at.

While a hand drags a slider, a workbench runs dozens of backtests that nobody judges. Written to the
ledger, each of them would deflate the Sharpe ratio of what was chosen in the end as if it had been
a candidate. So a result counts once it has stood still for `LOOK` seconds, or as soon as somebody
takes it away (code, page, state, or `Workbench.settle`); the ledger knows a request by the digest
of its data and spec, and counts it once.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from spreadlab.backtest.study import Study, record_backtest, record_sweep
from spreadlab_widgets.kernel_loop import on_kernel_loop

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK = 1.0  # seconds


class LookedAt:
    """Writes what stood still to a study.

    Parameters
    ----------
    study : Study
        Whose trials they are.
    written : callable
        Called after something was written, on the kernel's own thread.
    look : float
        Seconds that a result has to stand still.
    """

    def __init__(self, study: Study, written: Callable[[], None], look: float = LOOK) -> None:
        self._study = study
        self._written = written
        self._look = look
        self._lock = threading.Lock()
        self._shown: dict[str, Any] = {}
        self._counted: dict[str, Any] = {}
        self._timer: threading.Timer | None = None

    def show(self, **results: Any) -> None:
        """Begin to look at results of backtests and sweeps, by name; None counts nothing."""
        with self._lock:
            self._stop()
            self._shown = {name: result for name, result in results.items() if result is not None}
            self._timer = threading.Timer(self._look, self._stood)
            self._timer.daemon = True
            self._timer.start()

    def leave(self) -> None:
        """Stop looking: what is shown changes, and counts only if it was counted before."""
        with self._lock:
            self._stop()

    def count(self) -> None:
        """Count what is looked at, now."""
        with self._lock:
            new = {n: r for n, r in self._shown.items() if self._counted.get(n) is not r}
            self._stop()
            self._counted |= new
        if new:
            # One of its own: a study is entered and left by one thread.
            with Study(self._study.name, self._study.ledger, []):
                for result in new.values():
                    (record_sweep if hasattr(result, "n_points") else record_backtest)(result)
            self._written()

    def _stop(self) -> None:
        self._shown = {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stood(self) -> None:
        if not on_kernel_loop(self.count):
            self.count()
