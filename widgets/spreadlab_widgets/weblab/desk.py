"""What a page trades: strategies, the paper book, and the session that joins them to a replay."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import spreadlab as sl
from spreadlab.errors import InvalidInputError
from spreadlab.live.book.paper import PaperBook
from spreadlab.live.book.store import MEMORY
from spreadlab.live.feeds.replay import ReplayFeed
from spreadlab.live.monitor import Monitor
from spreadlab.live.session import Session
from spreadlab.live.strategies import freeze_strategy
from spreadlab.strategy.limits import Limits
from spreadlab.strategy.spec import Strategy, load_strategy
from spreadlab_widgets.weblab.lease import BookLease
from spreadlab_widgets.weblab.prices import first_replayed

if TYPE_CHECKING:
    from spreadlab.live.model import PairModel
    from spreadlab_widgets.weblab.config import PageSettings

_SAMPLES = 3
_HISTORY = 750  # bars before the replay that fill the windows of rules and watches
_PATIENCE = 5.0  # seconds: the page before, of which this one is a reload, ends in less


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """A strategy that can be traded.

    Attributes
    ----------
    strategy : Strategy or None
        None if its file is wrong.
    source : str
        Name of the file, empty for a sample.
    problem : str
        What is wrong with the file.
    """

    strategy: Strategy | None
    source: str = ""
    problem: str = ""


class Desk:
    """Strategies in, a running session out.

    Parameters
    ----------
    prices : pandas.DataFrame
        Closes with dates.
    settings : PageSettings
        Where book and strategies are, when the replay begins and how fast it is.

    Attributes
    ----------
    begins : datetime
        First bar that is traded: models are formed on what lies before it.
    book : PaperBook or None
        Opened by `open`.
    session : Session or None
        What trades, or traded last.
    own_book : bool
        Whether the book is the file of the settings; else another page has that, and this one's
        is in memory.
    """

    def __init__(self, prices: Any, settings: PageSettings) -> None:
        self.prices, self._settings = prices, settings
        self.begins = first_replayed(prices, settings.replay_from)
        self.book: PaperBook | None = None
        self.session: Session | None = None
        self.own_book = False
        self._lease = BookLease(settings.book)
        self._samples: list[Strategy] | None = None

    @property
    def folder(self) -> Path:
        """Where strategies are saved."""
        return Path(self._settings.strategies)

    @property
    def speed(self) -> float:
        """Bars a second at first."""
        return self._settings.speed

    # Strategies

    def samples(self) -> list[Strategy]:
        """Return strategies for those who have none yet: the best pairs before the replay."""
        if self._samples is None:
            before = self.prices.loc[: self.begins].iloc[:-1]
            best = sl.discover_pairs(before, keep=_SAMPLES, progress=False).to_frame()
            self._samples = [
                Strategy.from_dict(
                    {
                        "name": f"{row.dependent}-{row.hedge}",
                        "pair": {"dependent": row.dependent, "hedge": row.hedge},
                        "window": {"split": f"{self.begins:%Y-%m-%d}"},
                        "rule": {"kind": "zscore", "lookback": 60},
                        "costs": {"cost_bps": 5.0, "slippage_bps": 2.0},
                    }
                )
                for row in best.itertuples()
            ]
        return self._samples

    def offers(self) -> dict[str, Offer]:
        """Return what can be traded, by name: the folder's files first, then samples."""
        found: dict[str, Offer] = {}
        for path in sorted(self.folder.glob("*.toml")):
            try:
                strategy = load_strategy(path)
            except InvalidInputError as error:
                found[path.name] = Offer(None, path.name, str(error))
                continue
            if strategy.name in found:
                words = f"{found[strategy.name].source} has the name {strategy.name!r}, too"
                found[path.name] = Offer(None, path.name, words)
            else:
                found[strategy.name] = Offer(strategy, path.name)
        for strategy in self.samples():
            found.setdefault(strategy.name, Offer(strategy))
        return found

    def model_of(self, strategy: Strategy) -> PairModel:
        """Return a strategy's pair and rule, formed on bars before the replay and its own split."""
        end = min(self.begins, self._day(strategy.window.split or str(self.begins)))
        before = self.prices.loc[self.prices.index < end]
        window = dataclasses.replace(strategy.window, split=None)
        return freeze_strategy(dataclasses.replace(strategy, window=window), before)

    def _day(self, text: str) -> Any:
        import pandas as pd

        day, zone = pd.Timestamp(text), self.prices.index.tz
        return day.tz_localize(zone) if zone is not None and day.tz is None else day

    # The book

    def open(self, patience: float = _PATIENCE) -> None:
        """Open the book: the file if no other page has it, else one in memory."""
        if self.book is not None:
            return
        self.own_book = self._lease.acquire(patience)
        if self.own_book and Path(self._settings.book).is_file():
            self.book = PaperBook(self._settings.book)

    def traded(self) -> tuple[str, ...]:
        """Return the names of the pairs that the book has."""
        return () if self.book is None else self.book.pairs

    def _opened(self, strategies: Sequence[Strategy]) -> PaperBook:
        """Return the book, made with the tightest limits of the strategies if it is new."""
        if self.book is None:
            path = self._settings.book if self.own_book else MEMORY
            self.book = PaperBook(path, limits=tightest(s.limits for s in strategies))
        return self.book

    # The session

    def prepare(self, names: Sequence[str]) -> Session:
        """Return a new session of these strategies, which goes on where the book ends.

        Raises
        ------
        InvalidInputError
            If there are none, one can't be traded, or the book trades another of its name.
        """
        offers = self.offers()
        if not names:
            raise InvalidInputError("strategies", "none is chosen", "one or more")
        strategies = [_offered(offers, name) for name in names]
        models = [self.model_of(strategy) for strategy in strategies]
        self._check_held(names)
        self.end()
        book = self._opened(strategies)
        symbols = list(dict.fromkeys(s for model in models for s in model.symbols))
        prices = self.prices[symbols]
        start = self.begins if book.time is None else np.datetime64(book.time, "ns")
        feed = ReplayFeed(prices, speed=self.speed, start=start)
        history = prices.loc[prices.index < self.begins].iloc[-_HISTORY:]
        self.session = Session(feed, Monitor(models), book, history=history)
        return self.session

    def _check_held(self, names: Sequence[str]) -> None:
        """Refuse to leave a position behind: nobody would price it or close it."""
        held = [] if self.book is None else [p.pair for p in self.book.positions() if p.position]
        left = [name for name in held if name not in names]
        if left:
            raise InvalidInputError(
                "strategies",
                f"the book holds a position in {left[0]}, which is not among them",
                "those of all open positions, and others",
                "choose it too, or start over",
            )

    def end(self) -> None:
        """Stop the session, if one runs, and wait until it has."""
        session = self.session
        if session is not None and session.running:
            session.stop()
            session.join(30.0)
        self.session = None

    def start_over(self) -> str:
        """Begin with an empty book; return where the old one is kept, empty if there was none."""
        self.end()
        kept = ""
        if self.book is not None:
            self.book.close()
            self.book = None
            if self.own_book:
                kept = _kept(Path(self._settings.book))
        return kept

    def close(self) -> None:
        """Stop, and let another page have the book."""
        self.end()
        if self.book is not None:
            self.book.close()
            self.book = None
        self._lease.release()


def tightest(limits: Any) -> Limits:
    """Return the smallest of each limit, None where none is given."""
    rows: list[Mapping[str, Any]] = [limit.to_dict() for limit in limits]
    given = {
        name: [row[name] for row in rows if row[name] is not None] for name in Limits.__slots__
    }
    return Limits(**{name: min(values) for name, values in given.items() if values})


def _offered(offers: Mapping[str, Offer], name: str) -> Strategy:
    offer = offers.get(name)
    if offer is None:
        raise InvalidInputError(
            "strategies", f"no strategy {name!r}", f"one of {', '.join(list(offers)[:8])}"
        )
    if offer.strategy is None:
        raise InvalidInputError("strategies", f"{name}: {offer.problem}", "a file that is in order")
    return offer.strategy


def _kept(path: Path) -> str:
    """Move a closed book out of the way; closing has put all of it into the one file."""
    stem = f"{path.stem}-until-{time.strftime('%Y%m%d-%H%M%S')}"
    to, number = path.with_name(f"{stem}{path.suffix}"), 1
    while to.exists():
        number += 1
        to = path.with_name(f"{stem}-{number}{path.suffix}")
    path.replace(to)
    return str(to)
