"""Work that must not hold up the kernel: done in a thread, shown on the kernel's own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from spreadlab_widgets.kernel_loop import on_kernel_loop

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Background(Generic[T]):
    """Runs one piece of work at a time for its latest asker.

    Parameters
    ----------
    show : callable
        Called with what the work answered, or with the exception that it raised; not called for
        work that newer work has overtaken.
    """

    def __init__(self, show: Callable[[T | Exception], None]) -> None:
        self._show = show
        self._number = 0
        self._thread: threading.Thread | None = None
        self._answers: list[tuple[int, T | Exception]] = []

    def start(self, work: Callable[[], T]) -> None:
        """Begin, and return at once."""
        self._number += 1
        self._thread = threading.Thread(
            target=self._run, args=(self._number, work), name="spreadlab-background", daemon=True
        )
        self._thread.start()

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until the latest work is done and shown.

        Raises
        ------
        TimeoutError
            If it goes on for longer.
        """
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError(f"still busy after {timeout:g} s")
        self._tell()

    def drop(self) -> None:
        """Show nothing of what still runs."""
        self._number += 1

    def _run(self, number: int, work: Callable[[], T]) -> None:
        try:
            answer: T | Exception = work()
        except Exception as error:  # noqa: BLE001 - handed to whoever shows it
            answer = error
        self._answers.append((number, answer))
        if not on_kernel_loop(self._tell):
            self._tell()

    def _tell(self) -> None:
        while self._answers:
            number, answer = self._answers.pop(0)
            if number == self._number:
                self._show(answer)
