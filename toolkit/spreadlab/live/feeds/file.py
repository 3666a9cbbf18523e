"""A file that grows, as a feed."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from spreadlab._validation import ensure_float
from spreadlab.errors import InvalidInputError
from spreadlab.live.clock import Clock, SystemClock
from spreadlab.live.feeds.fields import FieldMap, ensure_symbols
from spreadlab.live.ticks import FeedItem, FeedStatus, Tick

_CHUNK = 1 << 16


class FileFeed:
    """The lines of a CSV or JSONL file, those that are there and those that are still written.

    A line counts once its end is written. A file that became shorter, or was replaced, is read
    from its beginning.

    Parameters
    ----------
    path : path
        Ends in .csv (with a header) or .jsonl (one object a line).
    symbols : iterable of str
        Those that are sent; others are passed over.
    fields : FieldMap, optional
        Where a line keeps symbol, time and price.
    follow : bool
        Whether to wait for more at the end, or to end there.
    poll : float
        Seconds between two looks at the end of the file.
    clock : Clock, optional
        What is slept on.

    Attributes
    ----------
    symbols : tuple of str
        As given.
    n_bad : int
        Lines that were no ticks; each is news of the feed.

    Raises
    ------
    InvalidInputError
        If the ending or an argument has no meaning, or the file is missing.
    """

    closes_only = False

    def __init__(
        self,
        path: str | PathLike[str],
        symbols: Iterable[str],
        *,
        fields: FieldMap | None = None,
        follow: bool = True,
        poll: float = 0.5,
        clock: Clock | None = None,
    ) -> None:
        self.path = Path(path)
        if self.path.suffix not in (".csv", ".jsonl"):
            raise InvalidInputError("path", f"got {self.path.name!r}", "a .csv or .jsonl file")
        if not self.path.is_file():
            raise InvalidInputError("path", f"no such file: {self.path}", "a file of ticks")
        self.symbols = ensure_symbols(symbols)
        self.n_bad = 0
        self._fields = FieldMap() if fields is None else fields
        self._follow = follow
        self._poll = ensure_float(poll, "poll", low=0, low_open=True)
        self._clock = SystemClock() if clock is None else clock
        self._closed = False

    def __repr__(self) -> str:
        return f"FileFeed({self.path.name!r}, {len(self.symbols)} symbols)"

    async def close(self) -> None:
        """End the stream at the next look."""
        self._closed = True

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        """Yield the ticks of the file, and news of lines that are none."""
        reader = _Lines(self.path)
        number = 0
        wanted = frozenset(self.symbols)
        while not self._closed:
            news = reader.look()
            if news is not None:
                number = 0
                yield FeedStatus(self._clock.now(), "connected", news)
            got = False
            for line in reader.lines():
                got = True
                number += 1
                item = self._item(reader, line, number)
                if isinstance(item, FeedStatus) or (item is not None and item.symbol in wanted):
                    yield item
            if got:
                continue
            if not self._follow:
                words = f"{self.path.name} is read to its end, {number} lines"
                yield FeedStatus(self._clock.now(), "ended", words)
                return
            await self._clock.sleep(self._poll)

    def _item(self, reader: _Lines, line: str, number: int) -> Tick | FeedStatus | None:
        if not line.strip():
            return None
        try:
            row = self._row(reader, line)
            return None if row is None else self._fields.read(row, number)
        except ValueError as error:
            self.n_bad += 1
            words = f"{self.path.name}, line {number}: {error}"
            return FeedStatus(self._clock.now(), "bad_message", words)

    def _row(self, reader: _Lines, line: str) -> dict[str, Any] | None:
        if self.path.suffix == ".jsonl":
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{line.strip()[:40]!r} is no object")
            return row
        cells = next(csv.reader([line]))
        if reader.header is None:
            reader.header = cells
            return None
        if len(cells) != len(reader.header):
            raise ValueError(f"{len(cells)} cells under {len(reader.header)} headings")
        return dict(zip(reader.header, cells, strict=True))


class _Lines:
    """The whole lines of a file, from where it was read to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._rest = b""
        self._identity: tuple[int, int] | None = None
        self.header: list[str] | None = None

    def look(self) -> str | None:
        """Return what happened to the file since the last look, None if it only grew."""
        found = self._path.stat()
        identity = (found.st_dev, found.st_ino)
        if self._identity == identity and found.st_size >= self._place:
            return None
        new = self._identity is None
        self._identity, self._place, self._rest, self.header = identity, 0, b"", None
        return f"reading {self._path.name}" if new else f"{self._path.name} was begun anew"

    def lines(self) -> Iterator[str]:
        """Yield the lines that were written since, a piece of the file at a time."""
        with self._path.open("rb") as file:
            file.seek(self._place)
            while piece := file.read(_CHUNK):
                self._place += len(piece)
                *whole, self._rest = (self._rest + piece).split(b"\n")
                for line in whole:
                    yield line.decode("utf-8", errors="replace")
