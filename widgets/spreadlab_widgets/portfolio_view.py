"""A paper book: what it holds, what it earned and with what, what it may, and orders by hand."""

from __future__ import annotations

import threading
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab.display import html
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.live.book.paper import PaperBook
from spreadlab.live.session import Session
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_message
from spreadlab_widgets.portfolio_asked import ASKED, FORMATS
from spreadlab_widgets.portfolio_wire import PARTS, BookNews
from spreadlab_widgets.portfolio_words import KINDS, SIDES, event_row, limit_rows
from spreadlab_widgets.pulse import Pulse
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from spreadlab.live.book.store import Event

_INTERVAL = 0.2  # seconds between two messages: a book changes with bars, not with ticks
_LISTED = 12  # events without a kernel


class PortfolioView(View, anywidget.AnyWidget):
    """A paper book as it trades: positions by pair and by name, exposures, profit and its parts.

    The form orders by hand; an order is filled at the pair's next bar, in the size of its model.
    What a limit refuses or flattens is said in words. Tables are saved as CSV or Parquet.

    Parameters
    ----------
    source : Session or PaperBook, optional
        A session with a book, or a book alone: one that was opened again after a stop, for
        instance. May be given later. Closing the view closes neither.
    **traits
        ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    source : Session, PaperBook or None
        Setting it shows another one.
    book : PaperBook or None
        What is shown.

    Examples
    --------
    >>> from spreadlab_widgets import PortfolioView
    >>> PortfolioView()
    PortfolioView(no book)
    """

    _esm = bundle("portfolio-view.js")
    _css = bundle("portfolio-view.css")

    source = t.Any(None, help="A session with a book, or a book.")
    _open: Any = t.Bool(default_value=False, help="Whether there is a book.").tag(sync=True)

    _pulse: Pulse | None = None
    _end: Callable[[], None] | None = None
    _news: BookNews | None = None

    def __init__(self, source: Session | PaperBook | None = None, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._again = False  # whether the page wants all once more
        _book_of(source)
        super().__init__(**traits)
        self._pulse = Pulse(
            "spreadlab-portfolio-view", self.refresh, self._moves, self.report, _INTERVAL
        )
        self.on_msg(self._hear_page)
        self.source = source

    @property
    def book(self) -> PaperBook | None:
        """The book that is shown."""
        return _book_of(self.source)

    @t.validate("source")
    def _check_source(self, proposal: dict[str, Any]) -> Any:
        _book_of(proposal["value"])
        return proposal["value"]

    @t.observe("source")
    def _show_source(self, change: dict[str, Any]) -> None:
        source = change["new"]
        with self._lock:
            if self._end is not None:
                self._end()
                self._end = None
            book = _book_of(source)
            self._news = None if book is None else BookNews(book)
            self._again = True
            if isinstance(source, Session):
                self._end = source.subscribe(lambda _update: self._wake())
        self._open = book is not None
        self._wake()

    # What it does

    def order(self, pair: str, target: int, *, id: str | None = None) -> Event:  # noqa: A002
        """Order by hand, as `PaperBook.order` does, and show it."""
        event = self._needed().order(pair, target, id=id)
        self._wake()
        return event

    def flatten(self, pair: str | None = None) -> list[Event]:
        """Order flat what is held: of one pair, or of all."""
        orders = self._needed().flatten(pair)
        self._wake()
        return orders

    def set_automatic(self, pair: str, automatic: bool) -> None:  # noqa: FBT001
        """Let a pair follow its rule, or be traded by hand alone."""
        self._needed().set_automatic(pair, automatic)
        self._wake()

    def release(self, pair: str) -> None:
        """Let a pair enter again that the limit on its loss has closed."""
        self._needed().release(pair)
        self._wake()

    def export(self, path: str | PathLike[str], table: str = "events") -> None:
        """Write a table as CSV or Parquet, as the file's name ends.

        Parameters
        ----------
        path : path
            Ends in ``.csv`` or ``.parquet``.
        table : {"positions", "names", "equity", "fills", "events"}
            What to write.

        Raises
        ------
        InvalidInputError
            If there is no such table or format.
        """
        book, suffix = self._needed(), Path(path).suffix
        if suffix not in FORMATS:
            raise InvalidInputError("path", f"got {str(path)!r}", "a name in .csv or .parquet")
        (book.to_csv if suffix == ".csv" else book.to_parquet)(path, table)

    def _needed(self) -> PaperBook:
        book = self.book
        if book is None:
            raise InvalidInputError("source", "is None", "a session with a book, or a book")
        return book

    def refresh(self) -> bool:
        """Send the page what is new; return whether there was anything."""
        with self._lock:
            if self._news is None or self.comm is None:
                return False
            again, self._again = self._again, False
            made = self._news.read(again=again)
        if made is None:
            return False
        with self.updating():
            self.send(*to_message(*made))
        return True

    def close(self) -> None:
        """Remove the view and listen no more; session and book stay open."""
        if self._pulse is not None:
            self._pulse.close()
        if self._end is not None:
            self._end()
            self._end = None
        super().close()

    def _wake(self) -> None:
        if self._pulse is not None:
            self._pulse.wake()

    def _moves(self) -> bool:
        news = self._news
        return news is not None and news.stale

    # The page

    def _hear_page(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        kind, page = content.get("kind"), str(content.get("page", ""))
        pulse = self._pulse
        if pulse is None:
            return
        if kind == "open":
            with self._lock:
                self._again = True
        if pulse.hears(kind, page):
            return
        if kind in ASKED:
            self._answer(str(kind), content)

    def _answer(self, kind: str, content: dict[str, Any]) -> None:
        """Do what the page asks for, and answer it: with words, or with what is wrong."""
        answer: dict[str, Any] = {"kind": "answer", "to": kind, "error": False}
        buffers: list[bytes] = []
        try:
            said = ASKED[kind](self, content)
        except Exception as error:  # noqa: BLE001 - a callback has no caller to tell
            answer |= {"error": True, "words": str(error)}
            if not isinstance(error, InvalidInputError):
                self.report(error)
        else:
            answer["words"] = said.words
            if said.data is not None:
                answer |= {"name": said.name, "mime": FORMATS[Path(said.name).suffix]}
                buffers = [said.data]
        self.send(answer, buffers)

    # Without a page

    def _facts(self) -> str:
        return "no book" if self.book is None else repr(self.book)

    def _static_html(self) -> str:
        book = self.book
        if book is None:
            return f"<p>{escape(repr(self))}</p>"
        positions = book.positions()
        pairs = html.table(
            ["pair", "position", "P&L", *PARTS, "trades", "state"],
            [
                [
                    held.pair,
                    SIDES[held.position],
                    short(held.pnl),
                    *(short(getattr(held.attribution, part)) for part in PARTS),
                    str(held.n_trades),
                    "" if held.blocked is None else f"{held.blocked} limit",
                ]
                for held in positions
            ],
        )
        limits = "".join(
            f"<li>{escape(row['words'])}</li>"
            for row in limit_rows(book, book.exposures(), positions)
        )
        events, _ = book.events_since(0, *KINDS, most=_LISTED)
        listed = "".join(
            f"<li>{escape(str(event_row(event)['words']))}</li>" for event in events[::-1]
        )
        return f"<p>{escape(repr(book))}</p>{pairs}<ul>{limits}</ul><ul>{listed}</ul>"


def _book_of(source: Any) -> PaperBook | None:
    """Return the book of a source, or raise if it has none."""
    if isinstance(source, Session) and source.book is not None:
        return source.book
    if source is None or isinstance(source, PaperBook):
        return source
    got = "a session without a book" if isinstance(source, Session) else type(source).__name__
    raise InvalidTraitError(
        "source", f"got {got}", "a session with a book, an sl.live.PaperBook, or None"
    )
