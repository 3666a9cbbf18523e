"""One page trades a book at a time."""

from __future__ import annotations

import sqlite3
import time


class BookLease:
    """The right to write to a book: of one process, until that releases it or ends, however.

    Parameters
    ----------
    path : str
        Of the book's file; the lease is a file beside it.

    Notes
    -----
    An exclusive SQLite transaction on a file of its own: the system frees it with the process, on
    every platform, and readers of the book see nothing of it.
    """

    def __init__(self, path: str) -> None:
        self._path = f"{path}-lease"
        self._connection: sqlite3.Connection | None = None

    @property
    def held(self) -> bool:
        """Whether it is this process's."""
        return self._connection is not None

    def acquire(self, seconds: float = 0.0) -> bool:
        """Take it, waiting up to `seconds` for whoever has it; return whether it is ours."""
        until = time.monotonic() + seconds
        while not self._take():
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
        return True

    def _take(self) -> bool:
        if self._connection is not None:
            return True
        connection = sqlite3.connect(
            self._path, timeout=0.0, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self) -> None:
        """Give it back; harmless when it is not ours."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
