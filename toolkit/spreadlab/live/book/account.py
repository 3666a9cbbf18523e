"""The money of one pair, fill by fill: the account of the backtest, one bar at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.legs import spread_of

if TYPE_CHECKING:
    from spreadlab.live.model import PairModel


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pair is and how it is sized and charged: all of a model but its rule.

    Attributes
    ----------
    name, symbols, weights, intercept, transform
        The spread.
    capital, gross, cost, slip, borrow, fill, compounding
        Sizing and costs; `cost`, `slip` and `borrow` (a bar) are fractions.
    digest : str
        Of the model, its rule included.
    """

    name: str
    symbols: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    transform: str
    capital: float
    gross: float
    cost: float
    slip: float
    borrow: float
    fill: str
    compounding: bool
    digest: str

    @classmethod
    def of(cls, model: PairModel) -> Terms:
        """Return the terms of a model."""
        return cls(
            name=model.name,
            symbols=model.symbols,
            weights=tuple(model.weights[0].tolist()),
            intercept=model.intercept,
            transform=model.transform,
            capital=model.capital,
            gross=model.gross,
            cost=model.cost,
            slip=model.slip,
            borrow=model.borrow,
            fill=model.fill,
            compounding=model.compounding,
            digest=model.digest,
        )

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Terms:
        """Return the terms that `to_dict` wrote."""
        values = dict(body)
        values["symbols"], values["weights"] = tuple(body["symbols"]), tuple(body["weights"])
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "symbols": list(self.symbols),
            "weights": list(self.weights),
        }

    def spread_of(self, prices: Sequence[float]) -> float:
        """Return the spread of one price a leg."""
        one = spread_of(
            np.array([prices]),
            np.array([self.weights]),
            np.array([self.intercept]),
            self.transform,
        )
        return float(one[0])


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a profit comes from; the parts add up to the total.

    Attributes
    ----------
    spread : float
        Units of the spread held times its moves.
    drift : float
        The rest of what prices brought: shares held while the hedge in value moves away from the
        weights, and the curvature of logs. 0 for spreads of prices.
    commission, slippage, borrow : float
        Costs, negative or zero.
    """

    spread: float = 0.0
    drift: float = 0.0
    commission: float = 0.0
    slippage: float = 0.0
    borrow: float = 0.0

    @property
    def total(self) -> float:
        """All together: the profit after costs."""
        return self.spread + self.drift + self.commission + self.slippage + self.borrow

    def __add__(self, other: Attribution) -> Attribution:
        return Attribution(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))


@dataclass(frozen=True, slots=True)
class Order:
    """A position that is wanted, to be filled at the pair's next bar.

    Attributes
    ----------
    id : str
        Of its event.
    target : int
        -1, 0 or 1.
    source : {"rule", "hand", "limit"}
        Who wants it.
    reason : str
        Why.
    """

    id: str
    target: int
    source: str
    reason: str


@dataclass(slots=True)
class Account:
    """One pair's position and profit.

    Attributes
    ----------
    terms : Terms
        What is traded.
    position : int
        -1, 0 or 1.
    shares, entry : list of float
        Of each leg: shares held, and the price paid for them with slippage.
    units : float
        Units of the spread held, negative when short.
    realised, floating : float
        Profit of closed trades, and of the open one at the last close, both after costs.
    pending : Order or None
        What the next bar fills.
    automatic : bool
        Whether the pair follows its rule.
    base : float
        Profit from which the limit on its loss counts.
    """

    terms: Terms
    position: int = 0
    shares: list[float] = field(default_factory=list)
    entry: list[float] = field(default_factory=list)
    units: float = 0.0
    realised: float = 0.0
    floating: float = 0.0
    pending: Order | None = None
    automatic: bool = True
    base: float = 0.0
    n_trades: int = 0
    commission: float = 0.0
    slippage: float = 0.0
    borrow: float = 0.0
    by_spread: float = 0.0
    by_prices: float = 0.0
    _trade_commission: float = 0.0
    _trade_borrow: float = 0.0
    _prices: list[float] = field(default_factory=list)
    _spread: float = 0.0

    @property
    def pnl(self) -> float:
        """Profit after all costs, at the last close."""
        return self.realised + self.floating

    @property
    def attribution(self) -> Attribution:
        """Where the profit comes from."""
        return Attribution(
            self.by_spread,
            self.by_prices - self.by_spread,
            -self.commission,
            -self.slippage,
            -self.borrow,
        )

    def plan(self, target: int, prices: Sequence[float]) -> dict[str, Any]:
        """Return the fill that brings the position to `target` at these prices: what `fill` takes.

        Sizes and costs are those of the backtest, by its own compiled functions. Nothing is
        entered on an equity of zero or less when compounding.
        """
        from spreadlab.backtest.kernels import fill_nb, quantity_nb, unit_nb

        terms = self.terms
        body: dict[str, Any] = {"pair": terms.name, "prices": list(prices), "to": 0}
        if target == self.position:
            return body | {"to": target}
        realised = self.realised
        if self.position != 0:
            legs = [
                fill_nb(price, -quantity, terms.cost, terms.slip)
                for price, quantity in zip(prices, self.shares, strict=True)
            ]
            paid, fees, slipped, _ = (list(column) for column in zip(*legs, strict=True))
            body["close"] = {"paid": paid, "fees": fees, "slippage": slipped}
            realised += self._closing_pnl(paid, fees)
        base = terms.capital + realised if terms.compounding else terms.capital
        if target == 0 or (terms.compounding and not base > 0.0):
            return body
        weights, fills = np.array(terms.weights), np.array(prices)
        in_shares = terms.transform == "none"
        unit = unit_nb(weights, fills, in_shares, terms.gross * base)
        shares = [
            quantity_nb(target, unit, weight, price, in_shares)
            for weight, price in zip(terms.weights, prices, strict=True)
        ]
        legs = [
            fill_nb(price, quantity, terms.cost, terms.slip)
            for price, quantity in zip(prices, shares, strict=True)
        ]
        paid, fees, slipped, _ = (list(column) for column in zip(*legs, strict=True))
        body["to"] = target
        body["open"] = {
            "shares": shares,
            "units": target * unit,
            "paid": paid,
            "fees": fees,
            "slippage": slipped,
        }
        return body

    def _closing_pnl(self, paid: Sequence[float], fees: Sequence[float]) -> float:
        pnl = -self._trade_commission - self._trade_borrow
        for quantity, out, back, fee in zip(self.shares, paid, self.entry, fees, strict=True):
            pnl += quantity * (out - back) - fee
        return pnl

    def fill(self, body: Mapping[str, Any]) -> None:
        """Take a fill in."""
        prices = body["prices"]
        self._move(prices)
        closing = body.get("close")
        if closing is not None:
            self.realised += self._closing_pnl(closing["paid"], closing["fees"])
            self.commission += sum(closing["fees"])
            self.slippage += sum(closing["slippage"])
            self._trade_commission = self._trade_borrow = self.floating = 0.0
            self.position, self.units = 0, 0.0
            self.shares, self.entry = [], []
        opening = body.get("open")
        if opening is not None:
            self.position = int(body["to"])
            self.shares, self.entry = list(opening["shares"]), list(opening["paid"])
            self.units = float(opening["units"])
            self._trade_commission = sum(opening["fees"])
            self.commission += self._trade_commission
            self.slippage += sum(opening["slippage"])
            self.n_trades += 1

    def _move(self, prices: Sequence[float]) -> None:
        """Book what prices brought since the last ones."""
        spread = self.terms.spread_of(prices)
        if self.position != 0:
            for quantity, now, before in zip(self.shares, prices, self._prices, strict=True):
                self.by_prices += quantity * (now - before)
            self.by_spread += self.units * (spread - self._spread)
        self._prices, self._spread = list(prices), spread

    def borrow_of(self, prices: Sequence[float]) -> float:
        """Return the fee of one bar on the short legs, at its close."""
        fee = 0.0
        for quantity, price in zip(self.shares, prices, strict=False):
            if quantity < 0.0:
                fee -= self.terms.borrow * quantity * price
        return fee

    def mark(self, prices: Sequence[float], borrow: float) -> None:
        """Charge the borrow fee and mark what is held at a close."""
        self._move(prices)
        if self.position == 0:
            self.floating = 0.0
            return
        self.borrow += borrow
        self._trade_borrow += borrow
        floating = 0.0
        for quantity, price, entry in zip(self.shares, prices, self.entry, strict=True):
            floating += quantity * (price - entry)
        self.floating = floating - (self._trade_commission + self._trade_borrow)
