"""One bar of a book: fill what was ordered, charge, mark, look at the limits, order anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spreadlab.display.numbers import percent, short
from spreadlab.live.alerts import Alert
from spreadlab.live.bars import Bar
from spreadlab.live.book.account import Account, Order
from spreadlab.live.book.state import BookState
from spreadlab.live.book.store import Event
from spreadlab.live.monitor import PairState

_SIDES = {-1: "short", 0: "flat", 1: "long"}


class Batch:
    """Events of one transaction, each applied as it is made.

    Parameters
    ----------
    state : BookState
        What they change.
    time : int
        End of the bar they belong to.
    """

    def __init__(self, state: BookState, time: int) -> None:
        self.state, self.time = state, time
        self.events: list[Event] = []

    def emit(self, key: str, kind: str, body: Mapping[str, Any]) -> Event:
        """Make an event with the id `key` and apply it."""
        event = Event(key, self.time, kind, body)
        self.state.apply(event)
        self.events.append(event)
        return event


def trade_bar(batch: Batch, bar: Bar, day: int, states: Sequence[PairState]) -> None:
    """Take a bar in: what was ordered before it is filled in it, what is decided now waits."""
    state = batch.state
    wanted = {s for account in state.accounts.values() for s in account.terms.symbols}
    closes = {symbol: price for symbol, price in bar.closes.items() if symbol in wanted}
    body: dict[str, Any] = {"closes": closes, "day": day}
    if any(account.terms.fill == "next_open" for account in state.accounts.values()):
        body["opens"] = {s: price for s, price in bar.opens.items() if s in closes}
    at = bar.time
    batch.emit(f"bar:{at}", "bar", body)
    ready = [
        account
        for account in state.accounts.values()
        if all(symbol in closes for symbol in account.terms.symbols)
    ]
    for account in ready:
        if account.pending is not None:
            _fill(batch, account, account.pending)
    borrow = {
        account.terms.name: account.borrow_of([closes[s] for s in account.terms.symbols])
        for account in ready
    }
    if borrow:
        batch.emit(f"mark:{at}", "mark", {"borrow": borrow})
        values = state.exposures().values()
        body = {
            "equity": state.equity,
            "gross": sum(abs(v) for v in values),
            "net": sum(values),
            "pnl": {account.terms.name: account.pnl for account in ready},
        }
        batch.emit(f"equity:{at}", "equity", body)
    _look_at_losses(batch)
    for pair in states:
        account_of = state.accounts.get(pair.name)
        if account_of is not None and account_of.automatic and pair.target != pair.position:
            key = f"order:{pair.name}:{at}"
            order(batch, account_of, pair.target, "rule", pair.reason, key)


def record_alerts(batch: Batch, alerts: Iterable[Alert]) -> None:
    """Write the monitor's alerts beside what was traded on the bar."""
    for number, alert in enumerate(alerts):
        numbers = {
            name: value for name, value in alert.numbers.items() if abs(value) < float("inf")
        }
        body = alert.to_dict() | {"numbers": numbers}
        batch.emit(f"alert:{number}:{batch.time}", "alert", body)


def order(
    batch: Batch, account: Account, target: int, source: str, reason: str, key: str
) -> Event | None:
    """Order a position or refuse it; None where a rule or a limit has nothing to change.

    An order by hand always leaves an event, so that it can't be given twice.
    """
    name = account.terms.name
    why = batch.state.why_blocked(name)
    if why is not None and target != 0:
        words = (
            f"{name}: {_SIDES[target]} refused, the pair may enter nothing"
            f"{' today' if why == 'daily_loss' else ' before it is released'} ({why} limit)"
        )
        body = _refusal(name, key, target, why, words, {})
        return batch.emit(f"refused:{key}", "refused", body)
    if target == account.position and account.pending is None:
        if source != "hand":
            return None
        words = f"{name}: {_SIDES[target]} already, there is nothing to order"
        body = _refusal(name, key, target, "position", words, {})
        return batch.emit(f"refused:{key}", "refused", body)
    body = {"pair": name, "target": target, "source": source, "reason": reason}
    return batch.emit(key, "order", body)


def _refusal(
    pair: str, order_id: str, target: int, limit: str, words: str, numbers: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "pair": pair,
        "order": order_id,
        "target": target,
        "limit": limit,
        "words": words,
        "numbers": dict(numbers),
    }


def _fill(batch: Batch, account: Account, pending: Order) -> None:
    terms, state = account.terms, batch.state
    source = state.opens if terms.fill == "next_open" else state.prices
    prices = [source[symbol] for symbol in terms.symbols]
    body = account.plan(pending.target, prices) | {
        "order": pending.id,
        "source": pending.source,
        "reason": pending.reason,
        "from": account.position,
    }
    refusal = _breach(state, account, body, prices) if "open" in body else None
    if refusal is not None:
        limit, words, numbers = refusal
        body.pop("open")
        body["to"] = 0
        if "close" in body:
            batch.emit(f"fill:{terms.name}:{batch.time}", "fill", body)
        refused = _refusal(terms.name, pending.id, pending.target, limit, words, numbers)
        batch.emit(f"refused:fill:{terms.name}:{batch.time}", "refused", refused)
        return
    batch.emit(f"fill:{terms.name}:{batch.time}", "fill", body)


def _breach(
    state: BookState, account: Account, body: Mapping[str, Any], prices: Sequence[float]
) -> tuple[str, str, dict[str, float]] | None:
    """Return the limit that a fill would go beyond, with words and numbers."""
    limits, name = state.limits, account.terms.name
    if limits.gross is None and limits.name is None:
        return None
    before = state.exposures()  # without what this pair holds, which is closed first
    for symbol, quantity in zip(account.terms.symbols, account.shares, strict=False):
        before[symbol] -= quantity * state.prices[symbol]
    values = dict(before)
    for symbol, quantity, price in zip(
        account.terms.symbols, body["open"]["shares"], prices, strict=True
    ):
        values[symbol] = values.get(symbol, 0.0) + quantity * price
    side = _SIDES[body["to"]]
    gross, old = sum(map(abs, values.values())), sum(map(abs, before.values()))
    if limits.gross is not None and gross > limits.gross * state.capital and gross > old:
        words = (
            f"{name}: {side} refused, it would bring the gross exposure to "
            f"{percent(gross / state.capital)} of capital, above {percent(limits.gross)}"
        )
        return "gross", words, {"gross": gross / state.capital, "limit": limits.gross}
    for symbol in account.terms.symbols:
        value, was = abs(values[symbol]), abs(before.get(symbol, 0.0))
        if limits.name is not None and value > limits.name * state.capital and value > was:
            words = (
                f"{name}: {side} refused, it would bring {symbol} to "
                f"{percent(value / state.capital)} of capital, above {percent(limits.name)}"
            )
            return "name", words, {"exposure": value / state.capital, "limit": limits.name}
    return None


def _look_at_losses(batch: Batch) -> None:
    state = batch.state
    limits, capital = state.limits, state.capital
    if limits.pair_loss is not None:
        for name, account in state.accounts.items():
            lost = account.base - account.pnl
            if name not in state.blocked and lost >= limits.pair_loss * capital:
                words = (
                    f"{name}: lost {short(lost)}, {percent(lost / capital)} of capital, at the "
                    f"limit of {percent(limits.pair_loss)}: flattened at the next bar, and closed "
                    "until it is released"
                )
                _block(batch, name, "pair_loss", lost / capital, limits.pair_loss, words)
                _flatten(batch, account, "pair_loss")
    lost = state.day_equity - state.equity
    if limits.daily_loss is None or lost < limits.daily_loss * capital:
        return
    if state.blocked_day == state.day:
        return
    words = (
        f"book: lost {short(lost)} today, {percent(lost / capital)} of capital, at the limit of "
        f"{percent(limits.daily_loss)}: everything is flattened at the next bar, and nothing is "
        "entered before the next day"
    )
    _block(batch, "", "daily_loss", lost / capital, limits.daily_loss, words)
    for account in state.accounts.values():
        _flatten(batch, account, "daily_loss")


def _block(batch: Batch, pair: str, limit: str, lost: float, allowed: float, words: str) -> None:
    body = {
        "pair": pair,
        "limit": limit,
        "day": batch.state.day,
        "words": words,
        "numbers": {"lost": lost, "limit": allowed},
    }
    batch.emit(f"limit:{limit}:{pair}:{batch.time}", "limit", body)


def _flatten(batch: Batch, account: Account, limit: str) -> None:
    if account.position != 0 or account.pending is not None:
        name = account.terms.name
        order(batch, account, 0, "limit", limit, f"order:{limit}:{name}:{batch.time}")
