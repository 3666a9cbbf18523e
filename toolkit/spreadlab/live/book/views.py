"""What a book shows: positions by pair and by name, exposures, tables."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.live.book.account import Attribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spreadlab.live.book.state import BookState
    from spreadlab.live.book.store import Event


@dataclass(frozen=True, slots=True)
class PairPosition:
    """One pair of a book at the last close.

    Attributes
    ----------
    pair : str
        Its name.
    symbols : tuple of str
        The legs.
    position : int
        -1, 0 or 1.
    pending : int or None
        The target that the next bar fills, None if nothing is ordered.
    shares, exposures : tuple of float
        Of each leg; empty when flat.
    pnl : float
        After all costs.
    attribution : Attribution
        Where it comes from.
    n_trades : int
        Entries so far.
    automatic : bool
        Whether it follows its rule.
    blocked : str or None
        The limit that keeps it from entering.
    size : float
        Gross value of a full position, before any profit is compounded.
    lost : float
        Since the start or the last release, negative for a profit: what its limit is taken of.
    """

    pair: str
    symbols: tuple[str, ...]
    position: int
    pending: int | None
    shares: tuple[float, ...]
    exposures: tuple[float, ...]
    pnl: float
    attribution: Attribution
    n_trades: int
    automatic: bool
    blocked: str | None
    size: float
    lost: float


@dataclass(frozen=True, slots=True)
class NamePosition:
    """One symbol of a book, all pairs together.

    Attributes
    ----------
    symbol : str
        The name.
    shares, price, exposure : float
        Net shares, last close, and their product.
    pairs : tuple of str
        The pairs that hold it.
    """

    symbol: str
    shares: float
    price: float
    exposure: float
    pairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exposures:
    """Market values of the net book at the last closes.

    Attributes
    ----------
    long, short : float
        Of what is held and of what is sold short, the second as a positive number.
    gross, net : float
        Their sum and their difference.
    largest : float
        Of one symbol, in size.
    """

    long: float
    short: float
    gross: float
    net: float
    largest: float


def pair_positions(state: BookState) -> list[PairPosition]:
    """Return every pair."""
    found = []
    for name, account in state.accounts.items():
        prices = [state.prices.get(s, np.nan) for s in account.terms.symbols]
        found.append(
            PairPosition(
                pair=name,
                symbols=account.terms.symbols,
                position=account.position,
                pending=None if account.pending is None else account.pending.target,
                shares=tuple(account.shares),
                exposures=tuple(q * p for q, p in zip(account.shares, prices, strict=False)),
                pnl=account.pnl,
                attribution=account.attribution,
                n_trades=account.n_trades,
                automatic=account.automatic,
                blocked=state.why_blocked(name),
                size=account.terms.capital * account.terms.gross,
                lost=account.base - account.pnl,
            )
        )
    return found


def name_positions(state: BookState) -> list[NamePosition]:
    """Return every symbol that is held, in alphabetical order."""
    found = []
    for symbol, shares in sorted(state.net_shares().items()):
        holders = tuple(
            name
            for name, account in state.accounts.items()
            if symbol in account.terms.symbols and account.position != 0
        )
        price = state.prices[symbol]
        found.append(NamePosition(symbol, shares, price, shares * price, holders))
    return found


def exposures_of(state: BookState) -> Exposures:
    """Return the sums over symbols."""
    values = list(state.exposures().values())
    up, down = sum(v for v in values if v > 0), -sum(v for v in values if v < 0)
    return Exposures(up, down, up + down, up - down, max(map(abs, values), default=0.0))


def position_columns(state: BookState) -> dict[str, list[Any]]:
    """Return one entry a pair."""
    rows = pair_positions(state)
    columns: dict[str, list[Any]] = {
        "pair": [row.pair for row in rows],
        "position": [row.position for row in rows],
        "gross": [sum(map(abs, row.exposures)) for row in rows],
        "pnl": [row.pnl for row in rows],
    }
    for part in fields(Attribution):
        columns[part.name] = [getattr(row.attribution, part.name) for row in rows]
    columns["trades"] = [row.n_trades for row in rows]
    columns["blocked"] = [row.blocked or "" for row in rows]
    return columns


def name_columns(state: BookState) -> dict[str, list[Any]]:
    """Return one entry a symbol."""
    rows = name_positions(state)
    columns: dict[str, list[Any]] = {
        name: [getattr(row, name) for row in rows]
        for name in ("symbol", "shares", "price", "exposure")
    }
    return columns | {"pairs": [", ".join(row.pairs) for row in rows]}


def equity_columns(state: BookState, n: int | None = None) -> dict[str, Any]:
    """Return one entry a bar, of the last `n` bars or of all."""
    rows = state.curve if n is None else state.curve[max(len(state.curve) - n, 0) :]
    curve = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 3)
    times = np.array([row[0] for row in rows], dtype=np.int64)
    columns: dict[str, Any] = {"time": times.view("datetime64[ns]")}
    return columns | {name: curve[:, i] for i, name in enumerate(("equity", "gross", "net"))}


def fill_columns(events: Sequence[Event]) -> dict[str, Any]:
    """Return one entry a leg of each fill; a position turned around is closed, then opened."""
    rows: list[tuple[Any, ...]] = []
    for event in events:
        body = event.body
        for part in ("close", "open"):
            if part not in body:
                continue
            legs = body[part]
            parts = (body["prices"], legs["paid"], legs["fees"], legs["slippage"])
            head = (event.time, body["pair"], part, body["source"], body["reason"])
            rows += [(*head, leg, *row) for leg, row in enumerate(zip(*parts, strict=True))]
    names = ("time", "pair", "part", "source", "reason", "leg", "price", "paid", "fee", "slippage")
    columns: dict[str, Any] = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns["time"] = np.array(columns["time"], dtype=np.int64).view("datetime64[ns]")
    return columns


def event_columns(events: Sequence[Event]) -> dict[str, Any]:
    """Return one entry an event, its body as JSON."""
    import json

    return {
        "id": [event.id for event in events],
        "time": np.array([e.time for e in events], dtype=np.int64).view("datetime64[ns]"),
        "kind": [event.kind for event in events],
        "body": [json.dumps(event.body, sort_keys=True) for event in events],
    }
