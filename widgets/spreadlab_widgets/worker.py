"""Work that follows a reader's hand: in the background, one piece at a time, the newest wins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class NewestWins:
    """Runs what it is given in a thread of its own, so that the kernel's cells go on.

    While one piece runs, one other may wait; a newer one takes the place of the one that waits.
    What runs is never stopped from here: a reader who drags a slider sees picture after picture,
    where starting anew with every step would show none. Work that can be cancelled is cancelled by
    whoever gives the next piece.

    Parameters
    ----------
    name : str
        Of the thread, which exists only while there is work.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._waiting: Callable[[], None] | None = None
        self._busy = False
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether work runs or waits."""
        return self._busy

    def newer_waits(self) -> bool:
        """Return whether the work that runs will be followed by newer work."""
        return self._waiting is not None

    def submit(self, work: Callable[[], None]) -> None:
        """Run `work` as soon as what runs now has ended, unless something newer comes before.

        Work reports its own errors: nobody waits for an answer.
        """
        with self._changed:
            if self._closed:
                return
            self._waiting = work
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._drain, name=self._name, daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs or waits, or `timeout` seconds; return whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout)

    def close(self) -> None:
        """Drop what waits and take nothing more; what runs ends by itself."""
        with self._changed:
            self._closed = True
            self._waiting = None

    def _drain(self) -> None:
        while True:
            with self._changed:
                work, self._waiting = self._waiting, None
                if work is None:
                    self._busy = False
                    self._changed.notify_all()
                    return
            try:
                work()
            except BaseException:
                with self._changed:
                    self._busy = False
                    self._waiting = None
                    self._changed.notify_all()
                raise
