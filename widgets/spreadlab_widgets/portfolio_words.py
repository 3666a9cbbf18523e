"""Events and limits of a book, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.display.numbers import percent, short

if TYPE_CHECKING:
    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.book.store import Event
    from spreadlab.live.book.views import Exposures, PairPosition

KINDS = ("opened", "pair", "order", "fill", "refused", "limit", "released", "mode")
"""Events that a reader looks for; bars and marks are many, alerts are the monitor's."""
SIDES = {-1: "short", 0: "flat", 1: "long"}
_LIMITS = {
    "gross": "gross exposure",
    "name": "largest name",
    "pair_loss": "loss of one pair",
    "daily_loss": "loss today",
}


def event_row(event: Event) -> dict[str, Any]:
    """Return an event in plain values that JSON holds; its time in ms."""
    return {
        "id": event.id,
        "time": event.time / 1e6,
        "kind": event.kind,
        "pair": str(event.body.get("pair", "")),
        "words": event_words(event),
    }


def event_words(event: Event) -> str:
    """Return what happened, in a sentence without a full stop."""
    body = event.body
    match event.kind:
        case "opened":
            return f"the book was opened with {body['capital']:,.0f}"
        case "pair":
            terms = body["terms"]
            legs = " and ".join(terms["symbols"])
            return f"{terms['name']} taken on: {legs}, {_mode(body['automatic'])}"
        case "order":
            return f"{body['pair']}: {SIDES[body['target']]} ordered {_by(body)}"
        case "fill":
            return _fill(body)
        case "released":
            return f"{body['pair']}: released, may enter again"
        case "mode":
            return f"{body['pair']}: {_mode(body['automatic'])} from now on"
        case _:
            return str(body.get("words", event.kind))


def _mode(automatic: bool) -> str:  # noqa: FBT001
    return "follows its rule" if automatic else "traded by hand alone"


def _by(body: Any) -> str:
    if body["source"] == "hand":
        return "by hand"
    if body["source"] == "limit":
        return f"by the {body['reason'].replace('_', ' ')} limit"
    return f"by the rule ({body['reason']})"


def _fill(body: Any) -> str:
    prices = " and ".join(short(price, 5) for price in body["prices"])
    parts = [body[part] for part in ("close", "open") if part in body]
    fees = sum(sum(part["fees"]) for part in parts)
    slipped = sum(sum(part["slippage"]) for part in parts)
    costs = f"commission {short(fees)}, slippage {short(slipped)}"
    sides = f"{SIDES[body['from']]} to {SIDES[body['to']]}"
    return f"{body['pair']}: {sides} at {prices}, {_by(body)}; {costs}"


def limit_rows(
    book: PaperBook, exposures: Exposures, positions: list[PairPosition]
) -> list[dict[str, Any]]:
    """Return each limit with how much of it is used, and in words."""
    limits, capital = book.limits, book.capital
    values = {
        "gross": exposures.gross,
        "name": exposures.largest,
        "pair_loss": max((held.lost for held in positions), default=0.0),
        "daily_loss": -book.day_pnl,
    }
    rows = []
    for name, label in _LIMITS.items():
        limit, used = getattr(limits, name), max(values[name], 0.0) / capital
        words = f"{label} {percent(used)} of capital, "
        words += "no limit" if limit is None else f"limit {percent(limit)}"
        share = None if limit is None else used / limit
        rows.append(
            {
                "name": name,
                "label": label,
                "used": used,
                "limit": limit,
                "share": share,
                "words": words,
            }
        )
    return rows


def blocked_words(blocked: str | None, *, automatic: bool, pending: int | None) -> str:
    """Return what holds of a pair beside its position."""
    found = []
    if pending is not None:
        found.append(f"{SIDES[pending]} at the next bar")
    if blocked == "daily_loss":
        found.append("closed until tomorrow by the daily loss limit")
    elif blocked is not None:
        found.append(f"closed by the {blocked.replace('_', ' ')} limit until it is released")
    if not automatic:
        found.append("by hand alone")
    return "; ".join(found)
