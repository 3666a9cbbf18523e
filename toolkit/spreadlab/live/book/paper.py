"""The paper book: no broker, the backtest's fills, and nothing lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import check_choice, ensure_float
from spreadlab.backtest.frames import to_frame as frame_of
from spreadlab.backtest.frames import write_parquet
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.live.alerts import Alert
from spreadlab.live.bars import Bar
from spreadlab.live.book import views
from spreadlab.live.book.account import Attribution, Terms
from spreadlab.live.book.state import BookState
from spreadlab.live.book.store import MEMORY, Event, EventStore
from spreadlab.live.book.trading import Batch, order, record_alerts, trade_bar
from spreadlab.live.model import PairModel
from spreadlab.live.monitor import MonitorStep
from spreadlab.live.ticks import time_text
from spreadlab.strategy.limits import Limits

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

TABLES = ("positions", "names", "equity", "fills", "events")
_TARGETS = (-1, 0, 1)


class PaperBook:
    """A portfolio on paper: orders are filled at the next bar by the backtest's cost model.

    Everything that happens is an event in a file, written in one transaction a bar; what the book
    holds follows from the events. A process that is killed at any point opens the file again and
    goes on: bars that are in it already change nothing.

    Parameters
    ----------
    path : str or Path
        SQLite file, made if missing; ``":memory:"`` keeps the book in this object.
    capital : float, optional
        Money at the start, by default 1,000,000: what limits are fractions of. Each pair is sized
        by its own model. A file that exists keeps its capital.
    limits : Limits, optional
        A file that exists keeps the limits it has.
    sync : {"normal", "full"}
        See `EventStore`.

    Raises
    ------
    InvalidInputError
        If the file is no book, or was opened with another capital or other limits.
    """

    def __init__(
        self,
        path: str | PathLike[str] = MEMORY,
        *,
        capital: float | None = None,
        limits: Limits | None = None,
        sync: str = "normal",
    ) -> None:
        if capital is not None:
            capital = ensure_float(capital, "capital", low=0, low_open=True)
        if limits is not None and not isinstance(limits, Limits):
            raise InvalidInputError("limits", f"got {type(limits).__name__}", "sl.live.Limits")
        self._lock = threading.RLock()
        self._store = EventStore(str(path) if path == MEMORY else Path(path), sync=sync)
        self._state = BookState()
        self._load()
        if self._store.seq == 0:
            body = {
                "capital": 1_000_000.0 if capital is None else capital,
                "limits": (limits or Limits()).to_dict(),
            }
            self._write(lambda batch: batch.emit("opened", "opened", body))
        elif capital is not None and capital != self._state.capital:
            raise InvalidInputError(
                "capital", f"got {capital!r}", f"the book's own, {self._state.capital!r}, or None"
            )
        elif limits is not None and limits != self._state.limits:
            raise InvalidInputError(
                "limits", f"got {limits!r}", f"the book's own, {self._state.limits!r}, or None"
            )

    def _load(self) -> None:
        for event in self._store.read():
            self._state.apply(event)

    def _write(self, make: Callable[[Batch], Any]) -> tuple[Event, ...]:
        """Make events and write them, all or none."""
        batch = Batch(self._state, self._state.time or 0)
        try:
            make(batch)
            self._store.append(batch.events)
        except BaseException:
            # What was not written has not happened.
            self._state = BookState()
            self._store.seq = 0
            self._load()
            raise
        return tuple(batch.events)

    @property
    def path(self) -> str:
        """The file, or ``":memory:"``."""
        return self._store.path

    @property
    def capital(self) -> float:
        """Money at the start."""
        return self._state.capital

    @property
    def limits(self) -> Limits:
        """What it may hold and lose."""
        return self._state.limits

    @property
    def time(self) -> int | None:
        """End of the last bar that is in the book, None before the first."""
        return self._state.time

    @property
    def equity(self) -> float:
        """Capital plus the profit of every pair, at the last closes."""
        with self._lock:
            return self._state.equity

    @property
    def day_pnl(self) -> float:
        """Profit since the close of the trading day before: what the daily loss is taken of."""
        with self._lock:
            return self._state.equity - self._state.day_equity

    @property
    def n_events(self) -> int:
        """How many events it holds: another number, and something has happened."""
        return self._store.seq

    @property
    def pairs(self) -> tuple[str, ...]:
        """Names of its pairs."""
        return tuple(self._state.accounts)

    def __repr__(self) -> str:
        with self._lock:
            state = self._state
            held = sum(account.position != 0 for account in state.accounts.values())
            at = "no bar yet" if state.time is None else f"at {time_text(state.time)}"
            return (
                f"PaperBook({len(state.accounts)} pairs, {held} held, "
                f"equity={short(state.equity, 6)}, {at})"
            )

    def add(self, model: PairModel, *, automatic: bool = True) -> None:
        """Take a pair on; nothing happens if it is in the book already.

        Parameters
        ----------
        model : PairModel
            From `sl.live.freeze_pair`.
        automatic : bool
            Whether it follows its rule; else it is traded by hand alone.

        Raises
        ------
        InvalidInputError
            If another model of that name is in the book.
        """
        terms = Terms.of(model)
        with self._lock:
            known = self._state.accounts.get(terms.name)
            if known is not None and known.terms != terms:
                raise InvalidInputError(
                    "model",
                    f"the book trades another {terms.name!r}",
                    "the model that it was begun with",
                    "give the new one a name of its own",
                )
            if known is None:
                body = {"terms": terms.to_dict(), "automatic": bool(automatic)}
                self._write(lambda batch: batch.emit(f"pair:{terms.name}", "pair", body))

    def on_step(self, step: MonitorStep, *, day: int) -> tuple[Event, ...]:
        """Take a bar in with what the monitor made of it; return the events.

        A bar that is not later than the last one is in the book already: nothing happens.

        Parameters
        ----------
        step : MonitorStep
            From `Monitor.on_bar`.
        day : int
            Trading day of the bar: `Schedule.day_of`.
        """
        return self._on_bar(step.bar, day, step.states, step.alerts)

    def _on_bar(
        self, bar: Bar, day: int, states: Any, alerts: Iterable[Alert]
    ) -> tuple[Event, ...]:
        with self._lock:
            if self._state.time is not None and bar.time <= self._state.time:
                return ()

            def make(batch: Batch) -> None:
                batch.time = bar.time
                trade_bar(batch, bar, day, states)
                record_alerts(batch, alerts)

            return self._write(make)

    def order(self, pair: str, target: int, *, id: str | None = None) -> Event:  # noqa: A002
        """Order a position by hand, to be filled at the pair's next bar.

        Parameters
        ----------
        pair : str
            Its name.
        target : int
            -1, 0 or 1; the size is that of the pair's model.
        id : str, optional
            An id of your own: the same order given twice is one.

        Returns
        -------
        Event
            An "order", or a "refused" that says why in its words.

        Raises
        ------
        InvalidInputError
            If there is no such pair, no such target, or the id belongs to another order.
        """
        check_choice(target, "target", _TARGETS)
        key = f"hand:{uuid.uuid4().hex if id is None else id}"
        with self._lock:
            account = self._account(pair)
            known = self._store.find(key) or self._store.find(f"refused:{key}")
            if known is not None:
                if (known.body["pair"], known.body["target"]) != (pair, target):
                    raise InvalidInputError("id", f"{id!r} is another order's", "an id of its own")
                return known
            (event,) = self._write(
                lambda batch: order(batch, account, target, "hand", "by hand", key)
            )
            return event

    def flatten(self, pair: str | None = None) -> list[Event]:
        """Order flat, by hand, what is held or ordered: of one pair, or of all.

        A rule goes on and may enter again, unless `set_automatic` keeps it from it.

        Returns
        -------
        list of Event
            The orders.
        """
        with self._lock:
            found = list(self._state.accounts.values()) if pair is None else [self._account(pair)]
            return [
                self.order(account.terms.name, 0)
                for account in found
                if account.position != 0 or account.pending is not None
            ]

    def set_automatic(self, pair: str, automatic: bool) -> None:  # noqa: FBT001
        """Let a pair follow its rule, or be traded by hand alone."""
        with self._lock:
            account = self._account(pair)
            if account.automatic != automatic:
                body = {"pair": pair, "automatic": bool(automatic)}
                key = f"mode:{pair}:{self._store.seq}"
                self._write(lambda batch: batch.emit(key, "mode", body))

    def release(self, pair: str) -> None:
        """Let a pair enter again that was closed by the limit on its loss; its loss counts anew."""
        with self._lock:
            self._account(pair)
            if pair in self._state.blocked:
                key = f"released:{pair}:{self._store.seq}"
                self._write(lambda batch: batch.emit(key, "released", {"pair": pair}))

    def _account(self, pair: str) -> Any:
        account = self._state.accounts.get(pair)
        if account is None:
            known = ", ".join(list(self._state.accounts)[:8]) or "none yet"
            raise InvalidInputError("pair", f"no pair {pair!r}", f"one of the book's: {known}")
        return account

    def positions(self) -> list[views.PairPosition]:
        """Return every pair: position, exposures, profit and where it comes from."""
        with self._lock:
            return views.pair_positions(self._state)

    def by_name(self) -> list[views.NamePosition]:
        """Return every symbol that is held, all pairs together."""
        with self._lock:
            return views.name_positions(self._state)

    def exposures(self) -> views.Exposures:
        """Return the exposures of the net book."""
        with self._lock:
            return views.exposures_of(self._state)

    def attribution(self) -> Attribution:
        """Return where the profit of all pairs together comes from."""
        with self._lock:
            total = Attribution()
            for account in self._state.accounts.values():
                total = total + account.attribution
            return total

    def alerts(self, n: int = 50) -> list[Alert]:
        """Return the last `n` alerts, the newest first."""
        with self._lock:
            return self._state.alerts[: -n - 1 : -1]

    def curve(self, n: int | None = None) -> dict[str, NDArray[Any]]:
        """Return time, equity, gross and net exposure of every bar, or of the last `n`."""
        with self._lock:
            return views.equity_columns(self._state, n)

    def events(self, *kinds: str) -> list[Event]:
        """Return the events, or those of some kinds, oldest first."""
        return self._store.all(kinds)

    def events_since(self, number: int, *kinds: str, most: int = 200) -> tuple[list[Event], int]:
        """Return the events of some kinds after the first `number`, oldest first, and a new number.

        Parameters
        ----------
        number : int
            The `n_events` of an earlier look, 0 for all.
        *kinds : str
            As `Event.kind` has them.
        most : int
            No more than the last so many.
        """
        with self._lock:
            return self._store.last(most, kinds, number), self._store.seq

    def bars(self) -> list[Bar]:
        """Return the bars that are in the book, oldest first."""
        return [
            Bar(event.time, event.body["closes"], event.body.get("opens", {}))
            for event in self._store.all(("bar",))
        ]

    def _columns(self, table: str) -> dict[str, Any]:
        check_choice(table, "table", TABLES)
        with self._lock:
            if table == "fills":
                return views.fill_columns(self._store.all(("fill",)))
            if table == "events":
                return views.event_columns(self._store.all())
            made = {
                "positions": views.position_columns,
                "names": views.name_columns,
                "equity": views.equity_columns,
            }
            return made[table](self._state)

    def to_frame(self, table: str = "positions") -> pd.DataFrame:
        """Return a table: "positions", "names", "equity", "fills" or "events"."""
        return frame_of(self._columns(table), index_name="row")

    def to_parquet(self, path: str | PathLike[str], table: str = "events") -> None:
        """Write a table as a Parquet file."""
        write_parquet(path, {name: np.array(c) for name, c in self._columns(table).items()})

    def to_csv(self, path: str | PathLike[str], table: str = "events") -> None:
        """Write a table as a CSV file."""
        self.to_frame(table).to_csv(path, index=False)

    def close(self) -> None:
        """Close the file."""
        self._store.close()
