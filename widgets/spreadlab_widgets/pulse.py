"""The newest state of something that moves by itself, as often as a page can draw it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 0.07  # seconds between two messages: a tick waits half of it, on average
_IDLE = 1.0  # seconds between two looks at what stands still
_PATIENCE = 10.0  # longest wait for a page that doesn't answer
_LOST = 30  # messages without an answer after which nobody is taken to listen


class Pulse:
    """Calls `beat` while a page listens and something moves, and never faster than it draws.

    A page says `opened` when it begins to listen and `drawn` when it has drawn a message; the next
    one goes out then, so that a slow page gets fewer messages and always the newest state. Without
    an answer the waits double: a kernel that runs a long cell hears no page, a page that was
    reloaded is gone.

    Parameters
    ----------
    name : str
        Of the thread, which begins with the first page.
    beat : callable
        Sends what is new; returns whether there was anything.
    moving : callable
        Whether something may change by itself; else only `wake` brings a beat.
    failed : callable
        Called with what `beat` raised; nothing beats after that before a page is opened.
    interval : float
        Seconds between two beats.
    """

    def __init__(
        self,
        name: str,
        beat: Callable[[], bool],
        moving: Callable[[], bool],
        failed: Callable[[Exception], None],
        interval: float = INTERVAL,
    ) -> None:
        self._name, self._beat, self._moving, self._failed = name, beat, moving, failed
        self._interval = interval
        self._changed = threading.Condition()
        self._pages: set[str] = set()
        self._unanswered = 0
        self._sent_at = 0.0
        self._due = False
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def watched(self) -> bool:
        """Whether a page listens."""
        return bool(self._pages)

    @property
    def unanswered(self) -> int:
        """Messages since the page last said that it had drawn one."""
        return self._unanswered

    def hears(self, kind: object, page: str) -> bool:
        """Take what a page says of itself; return False for anything else that it says."""
        known = {"open": self.opened, "drawn": self.drawn, "leave": self.left}
        if kind not in known:
            return False
        known[str(kind)](page)
        return True

    def opened(self, page: str) -> None:
        """Begin to send to a page: it listens from now on."""
        self._heard(page, due=True)
        with self._changed:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def drawn(self, page: str) -> None:
        """Take note that a page has drawn what it was sent."""
        self._heard(page)

    def left(self, page: str) -> None:
        """Take note that a page listens no more."""
        with self._changed:
            self._pages.discard(page)

    def _heard(self, page: str, *, due: bool = False) -> None:
        with self._changed:
            self._pages.add(page)
            self._unanswered = 0
            self._due |= due
            self._changed.notify_all()

    def wake(self) -> None:
        """Take note of a change: beat as soon as the page may have another message."""
        with self._changed:
            self._due = True
            self._changed.notify_all()

    def close(self) -> None:
        """Beat no more."""
        with self._changed:
            self._closed = True
            self._pages.clear()
            self._changed.notify_all()

    def wait_before(self, now: float) -> float:
        """Return the seconds until the next message may go out."""
        wait = self._interval
        if self._unanswered:
            wait = min(self._interval * 2.0**self._unanswered, _PATIENCE)
        return max(self._sent_at + wait - now, 0.0)

    def step(self, now: float) -> float:
        """Beat if it is time; return the seconds after which to look again."""
        wait = self.wait_before(now)
        if not self._pages:
            return _PATIENCE  # `opened` ends the wait
        if wait > 0.0:
            return wait
        with self._changed:
            due, self._due = self._due, False
        if not (due or self._moving()):
            return _IDLE
        if self._beat():
            with self._changed:
                self._sent_at = now
                self._unanswered += 1
                if self._unanswered > _LOST:
                    self._pages.clear()
        return self._interval

    def _run(self) -> None:
        while not self._closed:
            try:
                wait = self.step(time.monotonic())
            except Exception as error:  # noqa: BLE001 - shown by the view; nobody waits for it
                with self._changed:
                    self._thread = None
                    self._pages.clear()
                self._failed(error)
                return
            with self._changed:
                if self._due and self._pages:
                    wait = self.wait_before(time.monotonic())
                if wait > 0.0 and not self._closed:
                    self._changed.wait(wait)
