"""What a book is after its events: the one place where an event changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spreadlab.errors import SpreadlabError
from spreadlab.live.alerts import Alert
from spreadlab.live.book.account import Account, Order, Terms
from spreadlab.live.book.store import Event
from spreadlab.strategy.limits import Limits

_KEPT_ALERTS = 1000


class BookCorruptError(SpreadlabError):
    """The events of a book contradict each other."""


@dataclass(slots=True)
class BookState:
    """Everything that follows from the events so far.

    Attributes
    ----------
    capital : float
        The book's money at the start: what limits are fractions of.
    limits : Limits
        In force.
    accounts : dict of str to Account
        By pair.
    prices : dict of str to float
        Last close of each symbol.
    time : int or None
        End of the last bar.
    day : int or None
        Trading day of the last bar.
    day_equity : float
        Equity before the first bar of that day.
    blocked : dict of str to str
        Pairs that may enter nothing, and why.
    blocked_day : int or None
        Day on which the whole book may enter nothing.
    curve : list of tuple
        Time, equity, gross and net exposure of each bar.
    alerts : list of Alert
        The last ones.
    """

    capital: float = 0.0
    limits: Limits = field(default_factory=Limits)
    accounts: dict[str, Account] = field(default_factory=dict)
    prices: dict[str, float] = field(default_factory=dict)
    opens: dict[str, float] = field(default_factory=dict)
    time: int | None = None
    day: int | None = None
    day_equity: float = 0.0
    blocked: dict[str, str] = field(default_factory=dict)
    blocked_day: int | None = None
    curve: list[tuple[int, float, float, float]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    @property
    def equity(self) -> float:
        """Capital plus every pair's profit."""
        return self.capital + sum(account.pnl for account in self.accounts.values())

    def net_shares(self) -> dict[str, float]:
        """Return the shares held of each symbol, all pairs together."""
        net: dict[str, float] = {}
        for account in self.accounts.values():
            for symbol, quantity in zip(account.terms.symbols, account.shares, strict=False):
                net[symbol] = net.get(symbol, 0.0) + quantity
        return net

    def exposures(self) -> dict[str, float]:
        """Return the market value of each symbol that is held, at the last closes."""
        return {
            symbol: shares * self.prices[symbol]
            for symbol, shares in self.net_shares().items()
            if shares != 0.0
        }

    def why_blocked(self, pair: str) -> str | None:
        """Return why a pair may enter nothing now, None if it may."""
        if self.blocked_day is not None and self.blocked_day == self.day:
            return "daily_loss"
        return self.blocked.get(pair)

    def apply(self, event: Event) -> None:
        """Take an event in."""
        change = _CHANGES.get(event.kind)
        if change is None:
            raise BookCorruptError(f"event {event.id}: unknown kind {event.kind!r}")
        change(self, event, event.body)


def _opened(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    state.capital = state.day_equity = float(body["capital"])
    state.limits = Limits.read(body["limits"])


def _pair(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    terms = Terms.read(body["terms"])
    state.accounts[terms.name] = Account(terms, automatic=bool(body["automatic"]))


def _bar(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    if body["day"] != state.day:
        state.day, state.day_equity = int(body["day"]), state.equity
    state.time = event.time
    state.prices.update(body["closes"])
    state.opens = dict(body.get("opens", {}))


def _order(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    state.accounts[body["pair"]].pending = Order(
        event.id, int(body["target"]), body["source"], body["reason"]
    )


def _fill(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    account = state.accounts[body["pair"]]
    account.fill(body)
    account.pending = None


def _refused(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    account = state.accounts[body["pair"]]
    if account.pending is not None and account.pending.id == body["order"]:
        account.pending = None
    _remember(state, event, "refused", body)


def _mark(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    for pair, borrow in body["borrow"].items():
        account = state.accounts[pair]
        account.mark([state.prices[s] for s in account.terms.symbols], float(borrow))


def _equity(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    if state.equity != body["equity"]:
        raise BookCorruptError(
            f"event {event.id}: equity was {body['equity']!r}, and is {state.equity!r} by the "
            "events before it; the file was changed, or written by another version"
        )
    state.curve.append((event.time, body["equity"], body["gross"], body["net"]))


def _limit(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    if body["pair"]:
        state.blocked[body["pair"]] = body["limit"]
    else:
        state.blocked_day = int(body["day"])
    _remember(state, event, "limit", body)


def _released(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    state.blocked.pop(body["pair"], None)
    account = state.accounts[body["pair"]]
    account.base = account.pnl


def _mode(state: BookState, event: Event, body: Mapping[str, Any]) -> None:  # noqa: ARG001
    state.accounts[body["pair"]].automatic = bool(body["automatic"])


def _alert(state: BookState, event: Event, body: Mapping[str, Any]) -> None:
    _remember(state, event, body["kind"], body)


def _remember(state: BookState, event: Event, kind: str, body: Mapping[str, Any]) -> None:
    alert = Alert(body["pair"], event.time, kind, body["numbers"], body["words"])
    state.alerts.append(alert)
    if len(state.alerts) > 2 * _KEPT_ALERTS:
        del state.alerts[:-_KEPT_ALERTS]


_CHANGES: dict[str, Callable[[BookState, Event, Mapping[str, Any]], None]] = {
    "opened": _opened,
    "pair": _pair,
    "bar": _bar,
    "order": _order,
    "fill": _fill,
    "refused": _refused,
    "mark": _mark,
    "equity": _equity,
    "limit": _limit,
    "released": _released,
    "mode": _mode,
    "alert": _alert,
}
