"""What a workbench says while it computes: at once that it does, and what, once that takes long.

Most changes are answered before a reader could read a word. Telling of each stage, and dimming its
view, would have the browser paint the page anew for each, which takes longer than the stages do.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spreadlab_widgets.kernel_loop import on_kernel_loop

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 0.15  # seconds that work may take before it is told of in detail
_DOING = {
    "in_sample": "cutting the window",
    "after": "cutting the window",
    "pair": "testing the pair",
    "fit": "fitting the spread",
    "policy": "solving for the policy",
    "sweep": "sweeping rules",
    "rule": "choosing the rule",
    "inside": "backtesting",
    "outside": "backtesting",
}


class Busy:
    """Follows the stages of a pipeline, on the kernel's own thread.

    Parameters
    ----------
    say : callable
        Called with the words to show; "" when all is up to date.
    grow_late : callable
        Called with the stage that runs when the work has taken longer than `PATIENCE`.

    Attributes
    ----------
    late : bool
        Whether it has.
    """

    def __init__(self, say: Callable[[str], None], grow_late: Callable[[str], None]) -> None:
        self.late = False
        self._say, self._grow_late = say, grow_late
        self._stage = ""
        self._timer: threading.Timer | None = None

    def begin(self, stage: str = "") -> None:
        """Hear that something changed, or that a stage runs."""
        self._stage = stage
        if self.late:
            self._say(words(stage))
        elif self._timer is None:
            self._say(words(""))
            self._timer = threading.Timer(PATIENCE, self._look)
            self._timer.daemon = True
            self._timer.start()

    def rest(self) -> None:
        """Hear that nothing runs any more."""
        self._stage, self.late = "", False
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._say("")

    def _look(self) -> None:
        if not on_kernel_loop(self._take_time):
            self._take_time()

    def _take_time(self) -> None:
        if self._timer is not None and not self.late:
            self.late = True
            self._say(words(self._stage))
            self._grow_late(self._stage)


def words(stage: str) -> str:
    """Return what a stage does, in words."""
    return f"{_DOING.get(stage, 'computing')} …"
