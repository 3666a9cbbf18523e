"""Linear algebra on one thread while tiles run.

Tiles run side by side, so threads inside their matrix products would only fight; and OpenBLAS
cuts a product differently for two threads than for one, which moves the last digit. Every
engine runs its tiles so, and therefore they agree to the last bit.
"""

from __future__ import annotations

import sys
import threading
from typing import Any


class _OneBlasThread:
    """Hold BLAS to one thread while anybody is inside.

    The setting belongs to the process, so what was is remembered by the first in and put back by
    the last out: each doing so for itself would restore it under another's feet.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._libraries: list[Any] = []
        self._modules = 0
        self._before: dict[str, int] = {}

    def __enter__(self) -> None:
        with self._lock:
            libraries = self._loaded()
            self._users += 1
            for library in libraries:
                self._before.setdefault(library.filepath, library.num_threads)
                _set_threads(library, 1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for library in self._libraries:
                _set_threads(library, self._before[library.filepath])
            self._before.clear()

    def _loaded(self) -> list[Any]:
        """Return the BLAS libraries of this process; looked for when modules were imported."""
        if self._modules != len(sys.modules):
            from threadpoolctl import ThreadpoolController

            self._modules = len(sys.modules)
            self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        return self._libraries


def _set_threads(library: Any, number: int) -> None:
    """Set the number, whichever thread set it before.

    threadpoolctl lets one thread alone set the number of OpenBLAS, as long as that thread lives,
    and ignores the others without a word. Jobs come and go on threads of their own and keep one
    count for all, so each takes the control, and none keeps it.
    """
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread(force=True)
        library.set_num_threads(number)
        library.clear_controlling_thread(force=True)
    else:
        library.set_num_threads(number)


one_blas_thread = _OneBlasThread()
