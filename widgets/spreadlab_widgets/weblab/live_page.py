"""The page on which strategies are started and watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from spreadlab_widgets.live_monitor import LiveMonitor
from spreadlab_widgets.weblab.setup import TradeSetup
from spreadlab_widgets.worker import NewestWins

if TYPE_CHECKING:
    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.session import Session
    from spreadlab_widgets.weblab.desk import Desk, Offer


class LivePage:
    """Strategies to choose from, and the monitor of those that trade.

    Parameters
    ----------
    desk : Desk
        What is traded.
    show : callable
        Called with every new session, with a book that nothing trades, or None when there is
        neither any more.

    Attributes
    ----------
    setup : TradeSetup
        Chooses and starts.
    monitor : LiveMonitor
        Watches.
    box : ipywidgets.VBox
        Both.
    """

    def __init__(self, desk: Desk, show: Callable[[Session | PaperBook | None], None]) -> None:
        self._desk, self._show = desk, show
        self._worker = NewestWins("spreadlab-lab-desk")
        self.setup = TradeSetup(self.begin, self.start_over)
        self.monitor = LiveMonitor()
        self.monitor.layout.display = "none"
        self.box = ipywidgets.VBox([self.setup, self.monitor])
        self.box.add_class("jp-SpreadlabLab-page")
        self.refresh()

    def refresh(self) -> None:
        """Look at the folder again: another page, or the strategy page, may have saved there."""
        self.setup.offers = [_row(name, offer) for name, offer in self._desk.offers().items()]

    def best(self) -> tuple[str, str] | None:
        """Return the best pair before the replay, None if there is none."""
        pairs = [strategy.pair for strategy in self._desk.samples()]
        return (pairs[0].dependent, pairs[0].hedge) if pairs else None

    def open(self) -> None:
        """Open the book, and show what it trades; returns at once."""
        self._worker.submit(self._opened, self._show_opened)

    def _opened(self) -> Session | None:
        self._desk.open()
        traded = self._desk.traded()
        known = [name for name, offer in self._desk.offers().items() if offer.strategy is not None]
        names = [name for name in traded if name in known]
        return self._desk.prepare(names) if names else None

    def _show_opened(self, session: Session | Exception | None) -> None:
        setup = self.setup
        if isinstance(session, Exception):
            setup.report(session)
            session = None
        names = [model.name for model in session.monitor.models] if session is not None else []
        if not names:
            first = next((row["name"] for row in setup.offers if not row["problem"]), None)
            names = [] if first is None else [first]
        setup.chosen = names
        self._take(session, self._desk.book)

    def begin(self, names: Sequence[str]) -> None:
        """Trade these strategies from where the book ends; returns at once."""
        self.setup.state = "busy"
        self._worker.submit(lambda: self._desk.prepare(names), self._show_begun)

    def _show_begun(self, session: Session | Exception) -> None:
        if isinstance(session, Exception):
            self.setup.report(session)
            self._settle()
            return
        self.setup.error = ""
        self.setup.chosen = [model.name for model in session.monitor.models]
        self._take(session)
        self.monitor.start()

    def start_over(self) -> None:
        """Put the book away and begin an empty one; returns at once."""
        self.setup.state = "busy"
        self._take(None)
        self.setup.state = "busy"
        self._worker.submit(self._desk.start_over, self._show_over)

    def _show_over(self, kept: str | Exception) -> None:
        if isinstance(kept, Exception):
            self.setup.report(kept)
        self._settle()
        if isinstance(kept, str) and kept:
            self.setup.words = f"The book is empty. What was in it is kept in {kept}."

    def _take(self, session: Session | None, book: PaperBook | None = None) -> None:
        self.monitor.session = session
        self.monitor.layout.display = "none" if session is None else ""
        self._show(book if session is None else session)
        self._settle()

    def _settle(self) -> None:
        desk, setup = self._desk, self.setup
        with setup.hold_sync():
            setup.state = "ready"
            setup.can_start_over = bool(desk.traded())
            setup.action = "Trade these" if desk.traded() else "Start the replay"
            setup.words = _words(desk)

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until what was asked for is done.

        Raises
        ------
        TimeoutError
            If that takes longer.
        """
        if not self._worker.wait(timeout):
            raise TimeoutError(f"still {self.setup.state} after {timeout:g} s")

    def close(self) -> None:
        """Stop what trades, and remove the page."""
        self._worker.close()
        self._desk.close()
        for part in (self.setup, self.monitor, self.box):
            part.close()


def _row(name: str, offer: Offer) -> dict[str, Any]:
    strategy = offer.strategy
    words = ""
    if strategy is not None:
        rule = ", ".join(f"{key} {value}" for key, value in strategy.rule.parameters.items())
        words = f"{strategy.pair.dependent} on {strategy.pair.hedge}, {strategy.rule.kind} {rule}"
    return {
        "name": name,
        "words": words.strip(),
        "source": offer.source or "sample",
        "problem": offer.problem,
    }


def _words(desk: Desk) -> str:
    begins = f"Models are formed on closes before {desk.begins:%Y-%m-%d}; the replay begins there."
    if not desk.own_book:
        return (
            "Another page trades the book: what you trade here is kept in this page alone. Close "
            f"the other and reload to take it over. {begins}"
        )
    book = desk.book
    if book is None or book.time is None:
        return begins
    import numpy as np

    day = np.datetime64(book.time, "ns").astype("datetime64[D]")
    return f"The book goes on after {day}."
