"""Every trial that was made, in one SQLite file that several kernels may write at once.

The best of many backtests looks better than it is, and by how much depends on how many there were.
People do not count; this does.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

MEMORY = ":memory:"
PATH_VARIABLE = "SPREADLAB_LEDGER"
_BUSY_SECONDS = 120.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS trials (
    id INTEGER PRIMARY KEY,
    study TEXT NOT NULL,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    data_digest TEXT NOT NULL,
    n_obs INTEGER NOT NULL,
    sharpe REAL,
    skew REAL,
    kurtosis REAL,
    n_trials INTEGER NOT NULL,
    n_effective REAL NOT NULL,
    sharpe_mean REAL,
    sharpe_variance REAL,
    engine TEXT NOT NULL,
    version TEXT NOT NULL,
    recorded REAL NOT NULL,
    UNIQUE (study, request)
);
CREATE TABLE IF NOT EXISTS points (
    request TEXT NOT NULL,
    point INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    sharpe REAL,
    PRIMARY KEY (request, point)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """One row of the ledger.

    Attributes
    ----------
    study : str
        What it was part of.
    request : str
        Digest of data and spec: the same request counts once in a study.
    kind : str
        "backtest", "sweep", "portfolio" or "walk_forward".
    rule : str
        The rule that was tried.
    data_digest : str
        Digest of the prices.
    n_obs : int
        Bars.
    sharpe, skew, kurtosis : float or None
        Per period and raw, of the backtest or of the best point; None where there is none.
    n_trials : int
        Strategies behind the row that have a Sharpe ratio: 1, or the points of a sweep.
    n_effective : float
        Independent trials that they amount to.
    sharpe_mean, sharpe_variance : float or None
        Of the per-period Sharpe ratios of these strategies.
    engine, version : str
        Where and with which spreadlab.
    """

    study: str
    request: str
    kind: str
    rule: str
    data_digest: str
    n_obs: int
    sharpe: float | None
    skew: float | None
    kurtosis: float | None
    n_trials: int
    n_effective: float
    sharpe_mean: float | None
    sharpe_variance: float | None
    engine: str
    version: str


@dataclass(frozen=True, slots=True)
class TrialCount:
    """How much was tried in a study.

    Attributes
    ----------
    n_trials : int
        Strategies with a Sharpe ratio.
    n_effective : float
        Independent trials that they amount to.
    variance : float
        Variance of their per-period Sharpe ratios (ddof 1), 0 for fewer than two.
    """

    n_trials: int
    n_effective: float
    variance: float


_COLUMNS = tuple(field.name for field in fields(Trial))
_INSERT = (
    f"INSERT INTO trials ({', '.join(_COLUMNS)}, recorded) "  # noqa: S608 - our own names
    f"VALUES ({', '.join('?' * len(_COLUMNS))}, ?) ON CONFLICT (study, request) DO NOTHING"
)


def default_path() -> str:
    """Return the ledger's file: $SPREADLAB_LEDGER, else in the user's data folder."""
    given = os.environ.get(PATH_VARIABLE)
    if given:
        return given
    return str(data_folder() / "ledger.sqlite")


def data_folder() -> Path:
    """Return the folder in which a user's files of spreadlab are kept; it need not exist."""
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    folder = Path(base) if base else Path.home() / ".local" / "share"
    return folder / "spreadlab"


class Ledger:
    """A list of trials in a SQLite file (WAL mode), or in memory.

    Parameters
    ----------
    path : str or Path, optional
        The file; ``":memory:"`` keeps the trials in this object. By default `default_path` at the
        time of first use.

    Notes
    -----
    Safe for several threads and processes. A process killed while it writes leaves the rows that
    were there before; at most its last one is missing.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._given = None if path is None else str(path)
        self._local = threading.local()
        self._memory: sqlite3.Connection | None = None
        self._memory_lock = threading.RLock()

    @property
    def path(self) -> str:
        """The file, or ``":memory:"``."""
        return default_path() if self._given is None else self._given

    def __repr__(self) -> str:
        return f"Ledger({self.path!r})"

    def __len__(self) -> int:
        return sum(self.studies().values())

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials())

    def __bool__(self) -> bool:
        return True  # an empty ledger is a ledger

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        path = self.path
        if path == MEMORY:
            with self._memory_lock:
                if self._memory is None:
                    self._memory = sqlite3.connect(
                        MEMORY, check_same_thread=False, isolation_level=None
                    )
                    self._memory.executescript(_SCHEMA)
                yield self._memory
            return
        # A connection belongs to one thread of one process; a fork must not share its parent's.
        owner = (os.getpid(), path)
        if getattr(self._local, "owner", None) != owner:
            self._local.connection = _open(path)
            self._local.owner = owner
        yield self._local.connection

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._local.owner[0] == os.getpid():
            connection.close()
        self._local.owner = None
        with self._memory_lock:
            if self._memory is not None:
                self._memory.close()
                self._memory = None

    def add(self, trial: Trial) -> bool:
        """Write one trial; return whether it was new to its study."""
        with self._connection() as connection:
            values = [getattr(trial, name) for name in _COLUMNS]
            cursor = connection.execute(_INSERT, (*values, time.time()))
            return cursor.rowcount == 1

    def add_points(self, request: str, points: Sequence[tuple[str, float | None]]) -> None:
        """Write the points of a sweep: parameters as JSON, and per-period Sharpe ratio."""
        rows = [(request, i, text, sharpe) for i, (text, sharpe) in enumerate(points)]
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany("INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)", rows)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def trials(self, study: str | None = None, kind: str | None = None) -> list[Trial]:
        """Return the trials, oldest first.

        Parameters
        ----------
        study, kind : str, optional
            Only those.
        """
        where, values = _conditions(study=study, kind=kind)
        sql = f"SELECT {', '.join(_COLUMNS)} FROM trials{where} ORDER BY id"  # noqa: S608
        with self._connection() as connection:
            return [Trial(*row) for row in connection.execute(sql, values)]

    def studies(self) -> dict[str, int]:
        """Return the number of rows of each study, by name."""
        sql = "SELECT study, COUNT(*) FROM trials GROUP BY study ORDER BY study"
        with self._connection() as connection:
            return {str(name): int(count) for name, count in connection.execute(sql)}

    def count(self, study: str) -> TrialCount:
        """Return how much was tried in a study.

        The variance is of all strategies together: that within sweeps and that between rows.
        """
        where, values = _conditions(study=study)
        sql = (
            "SELECT n_trials, n_effective, sharpe_mean, COALESCE(sharpe_variance, 0.0) "  # noqa: S608
            f"FROM trials{where} AND n_trials > 0 AND sharpe_mean IS NOT NULL ORDER BY id"
        )
        with self._connection() as connection:
            rows = connection.execute(sql, values).fetchall()
        n = sum(many for many, *_ in rows)
        effective = float(sum(independent for _, independent, *_ in rows))
        if n < 2:
            return TrialCount(n, effective, 0.0)
        mean = sum(many * sharpe for many, _, sharpe, _ in rows) / n
        within = sum((many - 1) * variance for many, *_, variance in rows)
        between = sum(many * (sharpe - mean) ** 2 for many, _, sharpe, _ in rows)
        return TrialCount(n, effective, (within + between) / (n - 1))

    def clear(self, study: str | None = None, *, before: float | None = None) -> int:
        """Forget trials and return how many.

        Parameters
        ----------
        study : str, optional
            Only of this study.
        before : float, optional
            Only those recorded before this time, seconds since 1970.
        """
        where, values = _conditions(study=study)
        if before is not None:
            where += " AND recorded < ?" if where else " WHERE recorded < ?"
            values.append(before)
        with self._connection() as connection:
            gone = connection.execute(f"DELETE FROM trials{where}", values).rowcount  # noqa: S608
            orphans = "DELETE FROM points WHERE request NOT IN (SELECT request FROM trials)"
            connection.execute(orphans)
            return int(gone)

    def to_frame(self, study: str | None = None, kind: str | None = None) -> pd.DataFrame:
        """Return the trials as a frame with the time of each, oldest first."""
        import pandas as pd

        where, values = _conditions(study=study, kind=kind)
        names = (*_COLUMNS, "recorded")
        sql = f"SELECT {', '.join(names)} FROM trials{where} ORDER BY id"  # noqa: S608
        with self._connection() as connection:
            frame = pd.DataFrame(connection.execute(sql, values).fetchall(), columns=list(names))
        frame["recorded"] = pd.to_datetime(frame["recorded"], unit="s", utc=True)
        return frame

    def points(self, request: str) -> list[tuple[str, float | None]]:
        """Return the stored points of a sweep: parameters as JSON, per-period Sharpe ratio."""
        sql = "SELECT parameters, sharpe FROM points WHERE request = ? ORDER BY point"
        with self._connection() as connection:
            return [(str(text), sharpe) for text, sharpe in connection.execute(sql, (request,))]


def _conditions(**wanted: str | None) -> tuple[str, list[Any]]:
    given = {name: value for name, value in wanted.items() if value is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            raise InvalidInputError(name, f"got {value!r}", "a string")
    where = " AND ".join(f"{name} = ?" for name in given)
    return (f" WHERE {where}" if where else ""), list(given.values())


def _open(path: str) -> sqlite3.Connection:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    # The switch to WAL does not wait for a busy file, so several processes that open a new ledger
    # at once have to take turns by themselves.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                connection.close()
                raise
            time.sleep(0.01)
        else:
            return connection


ledger = Ledger()
