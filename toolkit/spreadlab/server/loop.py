"""The event loop of a server: it stays awake for a moment after each event.

A call reaches the loop in several steps, each handed over by a thread of gRPC. A loop that sleeps
between them is woken each time, and on an idle machine, whose cores sleep too, waking is most of
what a small call takes. So the loop looks for more for a moment before it sleeps; a client that
calls again at once finds it awake. While tiles run it does not: then the cores have work.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

AWAKE_SECONDS = 200e-6  # as long as the steps of a call are apart


class WakefulSelector(selectors.DefaultSelector):
    """A selector that asks again for `AWAKE_SECONDS` after an event before it blocks.

    Attributes
    ----------
    at_rest : callable
        Whether it should block at once instead.
    """

    def __init__(self) -> None:
        super().__init__()
        self.at_rest: Callable[[], bool] = lambda: False
        self._awake_until = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, after at most `timeout` seconds; see `selectors`."""
        if timeout is None or timeout > AWAKE_SECONDS:
            while time.monotonic() < self._awake_until and not self.at_rest():
                ready = super().select(0)
                if ready:
                    return self._seen(ready)
        return self._seen(super().select(timeout))

    def _seen(self, ready: list[Any]) -> list[Any]:
        if ready:
            self._awake_until = time.monotonic() + AWAKE_SECONDS
        return ready


class WakefulLoop(asyncio.SelectorEventLoop):
    """An event loop on a `WakefulSelector`."""

    def __init__(self) -> None:
        self._wakeful = WakefulSelector()
        super().__init__(self._wakeful)

    def rest_while(self, condition: Callable[[], bool]) -> None:
        """Let it sleep at once whenever `condition` holds."""
        self._wakeful.at_rest = condition


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end, as `asyncio.run` would, on such a loop where the platform has one."""
    factory = None if sys.platform == "win32" else WakefulLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)
