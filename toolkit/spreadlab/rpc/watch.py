"""Cancels calls whose job was cancelled: a thread that reads a stream can't look by itself."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_POLL_SECONDS = 0.02
_IDLE_POLLS = 50


class CancelWatch:
    """Asks about every 20 ms whether the calls under way are still wanted.

    Its one thread exists while there are calls.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[Any, Callable[[], bool]]] = {}
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watching(self, call: Any, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Cancel `call` as soon as ``cancelled()`` is true, or when the block ends."""
        with self._lock:
            self._watched[id(call)] = (call, cancelled)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="spreadlab-cancel-watch", daemon=True
                )
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(id(call), None)
            call.cancel()  # harmless when it ended

    def _watch(self) -> None:
        pause = threading.Event()
        idle = 0
        while True:
            pause.wait(_POLL_SECONDS)
            with self._lock:
                watched = list(self._watched.values())
                idle = 0 if watched else idle + 1
                if idle > _IDLE_POLLS:
                    self._thread = None
                    return
            for call, cancelled in watched:
                if cancelled():
                    call.cancel()
