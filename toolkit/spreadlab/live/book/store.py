"""Events in a SQLite file: appended in whole transactions, never changed."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spreadlab._validation import check_choice
from spreadlab.errors import InvalidInputError, SpreadlabError

MEMORY = ":memory:"
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
)
"""


class BookConflictError(SpreadlabError):
    """Another process wrote to the book since this one read it; open it anew."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a book.

    Attributes
    ----------
    id : str
        Made of what happened, when and to which pair: the same happening has the same id.
    time : int
        End of the bar it belongs to, nanoseconds since 1970 UTC.
    kind : str
        "opened", "pair", "bar", "order", "fill", "refused", "mark", "equity", "limit",
        "released", "mode" or "alert".
    body : mapping
        The rest, as JSON has it.
    """

    id: str
    time: int
    kind: str
    body: Mapping[str, Any]


class EventStore:
    """The events of one book.

    Parameters
    ----------
    path : str or Path
        SQLite file; ``":memory:"`` keeps the events in this object.
    sync : {"normal", "full"}
        What a commit waits for. A process that is killed at any point loses no commit under
        either; a machine that loses power may lose the last ones under "normal".

    Notes
    -----
    The file is in WAL mode: readers never block the writer. A transaction is there wholly or not.
    """

    def __init__(self, path: str | Path, *, sync: str = "normal") -> None:
        check_choice(sync, "sync", ("normal", "full"))
        self.path = str(path)
        self._lock = threading.Lock()
        if self.path != MEMORY and not Path(self.path).parent.is_dir():
            raise InvalidInputError(
                "path", f"no such folder: {Path(self.path).parent}", "a file in an existing folder"
            )
        try:
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(f"PRAGMA synchronous={sync.upper()}")
            self._connection.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise InvalidInputError("path", f"{self.path}: {error}", "a file of a book") from None
        self.seq = 0
        """Number of the last event that was read or written here."""

    def read(self) -> Iterator[Event]:
        """Yield the events after `seq`, oldest first, counting them as read."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT seq, id, time, kind, body FROM events WHERE seq > ? ORDER BY seq",
                (self.seq,),
            ).fetchall()
        for seq, key, time, kind, body in rows:
            self.seq = seq
            yield Event(key, time, kind, json.loads(body))

    def append(self, events: Sequence[Event]) -> None:
        """Write `events`, all or none.

        Raises
        ------
        BookConflictError
            If another process has written since.
        """
        rows = [
            (
                self.seq + i + 1,
                event.id,
                event.time,
                event.kind,
                json.dumps(event.body, separators=(",", ":"), sort_keys=True, allow_nan=False),
            )
            for i, event in enumerate(events)
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                (last,) = self._connection.execute(
                    "SELECT coalesce(max(seq), 0) FROM events"
                ).fetchone()
                self._check_last(last)
                self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self.seq += len(rows)

    def _check_last(self, last: int) -> None:
        if last != self.seq:
            raise BookConflictError(
                f"{self.path}: another process wrote {last - self.seq} events; open the book "
                "anew, and let one process trade it"
            )

    def find(self, key: str) -> Event | None:
        """Return the event with an id, None if there is none."""
        with self._lock:
            row = self._connection.execute(
                "SELECT id, time, kind, body FROM events WHERE id = ?", (key,)
            ).fetchone()
        return None if row is None else Event(row[0], row[1], row[2], json.loads(row[3]))

    def all(self, kinds: Sequence[str] = ()) -> list[Event]:
        """Return every event, or those of some kinds, oldest first."""
        where = f" WHERE kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        with self._lock:
            rows = self._connection.execute(
                f"SELECT id, time, kind, body FROM events{where} ORDER BY seq",  # noqa: S608
                tuple(kinds),
            ).fetchall()
        return [Event(key, time, kind, json.loads(body)) for key, time, kind, body in rows]

    def last(self, n: int, kinds: Sequence[str], after: int) -> list[Event]:
        """Return the last `n` events of some kinds whose number is above `after`, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, time, kind, body FROM events "  # noqa: S608
                f"WHERE seq > ? AND seq <= ? AND kind IN ({','.join('?' * len(kinds))}) "
                "ORDER BY seq DESC LIMIT ?",
                (after, self.seq, *kinds, n),
            ).fetchall()
        return [Event(key, time, kind, json.loads(body)) for key, time, kind, body in rows[::-1]]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
