"""Work that follows a reader's hand: in the background, one piece at a time, the newest wins."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from spreadlab_widgets.kernel_loop import on_kernel_loop

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
        self._number = 0
        self._answers: list[tuple[int, Callable[[], None]]] = []
        self._telling = threading.RLock()
        self._busy = False
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether work runs or waits."""
        return self._busy

    def newer_waits(self) -> bool:
        """Return whether the work that runs will be followed by newer work."""
        return self._waiting is not None

    def newer_within(self, seconds: float) -> bool:
        """Wait for newer work, at most so long; return whether there is some."""
        with self._changed:
            return self._changed.wait_for(self.newer_waits, seconds)

    def submit(
        self, work: Callable[[], Any], show: Callable[[Any | Exception], None] | None = None
    ) -> None:
        """Run `work` as soon as what runs now has ended, unless something newer comes before.

        Parameters
        ----------
        work : callable
            What to do. Without `show` it reports its own errors: nobody waits for an answer.
        show : callable, optional
            Called with what the work answered, or with the exception that it raised, on the
            kernel's own thread; not called once newer work was submitted.
        """
        with self._changed:
            if self._closed:
                return
            self._number += 1
            answered = None if show is None else partial(self._answer, self._number, work, show)
            self._waiting = answered or work
            self._changed.notify_all()
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._drain, name=self._name, daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs or waits, or `timeout` seconds; return whether that is so.

        What was answered until then has been shown.
        """
        with self._changed:
            rests = self._changed.wait_for(lambda: not self._busy, timeout)
        self._tell()
        return rests

    def close(self) -> None:
        """Drop what waits and take nothing more; what runs ends by itself and shows nothing."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._number += 1

    def _answer(
        self, number: int, work: Callable[[], Any], show: Callable[[Any | Exception], None]
    ) -> None:
        try:
            answer: Any | Exception = work()
        except Exception as error:  # noqa: BLE001 - handed to whoever shows it
            answer = error
        self._answers.append((number, partial(show, answer)))
        if not on_kernel_loop(self._tell):
            self._tell()

    def _tell(self) -> None:
        with self._telling:
            while self._answers:
                number, show = self._answers.pop(0)
                if number == self._number:
                    show()

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
