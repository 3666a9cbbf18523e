"""The request for a portfolio of spreads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.backtest.allocation import ALLOCATIONS, split_capital, unit_returns
from spreadlab.backtest.legs import read_legs, spread_of
from spreadlab.backtest.rules import SpreadRule, locked
from spreadlab.backtest.spec import BPS, check_money
from spreadlab.backtest.user_rules import as_rule
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.backtest.portfolio_result import PortfolioResult

_NAMES = ("equity", "positions", "shares", "flows", "pair_pnl")


@wire("PortfolioSpec")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PortfolioSpec(SingleTile):
    """Several rules, each on a spread of its own, on one capital.

    Attributes
    ----------
    rules : tuple of SpreadRule
        One a spread.
    names : tuple of str
        What the spreads are called.
    weights : ndarray, shape (P, N)
        Weight of each symbol in each spread.
    intercepts : ndarray, shape (P,)
        Subtracted from the weighted symbols.
    transforms : tuple of str
        "log" or "none", one a spread.
    allocation, lookback, capital, gross, gross_cap, name_cap, cost_bps, slippage_bps, borrow_bps, \
periods_per_year, close_at_end
        As in `sl.backtest_portfolio`; a cap of inf is none.
    """

    rules: tuple[Any, ...]
    names: tuple[str, ...]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    transforms: tuple[str, ...]
    allocation: str = "equal"
    lookback: int = 60
    capital: float = 1_000_000.0
    gross: float = 1.0
    gross_cap: float = float("inf")
    name_cap: float = float("inf")
    cost_bps: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps: float = 0.0
    periods_per_year: float = 252.0
    close_at_end: bool = True

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless every option and array has a meaning."""
        _check_options(self)
        prices = inputs.matrix("prices")
        if prices.shape[0] < 2:
            raise InvalidInputError("prices", f"{prices.shape[0]} observations", "at least 2")
        if not (prices.min() > 0 and prices.max() < np.inf):
            raise InvalidInputError("prices", "not positive throughout", "positive")
        if self.weights.shape != (len(self.rules), prices.shape[1]):
            raise InvalidInputError("pairs", f"weights of shape {self.weights.shape}", "P x N")
        for name in ("names", "transforms", "intercepts"):
            if np.shape(getattr(self, name)) != (len(self.rules),):
                raise InvalidInputError(f"pairs.{name}", "not one a pair", f"{len(self.rules)}")
        for transform in self.transforms:
            check_choice(transform, "transform", ("log", "none"))
        if not (np.isfinite(self.weights).all() and np.isfinite(self.intercepts).all()):
            raise InvalidInputError("pairs", "a weight or an intercept is not finite", "finite")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Decide for every spread, split the capital, account for the net book."""
        from spreadlab.backtest.kernels_portfolio import portfolio_nb

        prices = locked(view["prices"])
        columns = [
            rule.path(spread_of(prices, row[np.newaxis], np.array([intercept]), transform))[0]
            for rule, row, intercept, transform in zip(
                self.rules, self.weights, self.intercepts, self.transforms, strict=True
            )
        ]
        targets = np.ascontiguousarray(np.column_stack(columns))
        in_shares = np.array([transform == "none" for transform in self.transforms])
        changed = np.diff(targets, axis=0, prepend=np.zeros((1, targets.shape[1]), np.int8)) != 0
        wanted = (changed & (targets != 0)).any(axis=1)
        returns = unit_returns(prices, self.weights, in_shares)
        split = split_capital(self.allocation, returns, wanted, self.lookback)
        books = portfolio_nb(
            prices,
            locked(targets),
            locked(self.weights),
            locked(in_shares),
            locked(split * self.gross),
            self.capital,
            self.gross_cap,
            self.name_cap,
            self.cost_bps * BPS,
            self.slippage_bps * BPS,
            self.borrow_bps * BPS / self.periods_per_year,
            self.close_at_end,
        )
        return Partial(tile.id, dict(zip(_NAMES, books, strict=True)))

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> PortfolioResult:
        """Return the result with its metrics."""
        from spreadlab.backtest.portfolio_result import build_portfolio

        return build_portfolio(self, inputs, state[0], provenance_of(self, inputs))


def _check_options(spec: PortfolioSpec) -> None:
    check_choice(spec.allocation, "allocation", ALLOCATIONS)
    check_choice(spec.close_at_end, "close_at_end", (True, False))
    ensure_int(spec.lookback, "lookback", low=2)
    if spec.allocation == "risk_parity" and spec.lookback <= len(spec.rules):
        got = f"{spec.lookback} for {len(spec.rules)} pairs"
        raise InvalidInputError("lookback", got, "more bars than pairs")
    check_money(spec)
    for name in ("gross_cap", "name_cap"):
        if not getattr(spec, name) > 0:
            raise InvalidInputError(name, f"got {getattr(spec, name)!r}", "positive, or None")
    for name in ("cost_bps", "slippage_bps"):
        ensure_float(getattr(spec, name), name, low=0, high=1 / BPS, high_open=True)
    if not spec.rules or not all(isinstance(rule, SpreadRule) for rule in spec.rules):
        raise InvalidInputError("policy", "not a rule for each pair", "one rule a pair")


def make_portfolio_request(
    prices: Any,
    *,
    pairs: Any,
    policy: Any,
    transform: str | None = None,
    gross_cap: float | None = None,
    name_cap: float | None = None,
    **options: Any,
) -> tuple[PortfolioSpec, Inputs]:
    """Return the request behind `sl.backtest_portfolio`."""
    if isinstance(prices, np.ndarray | list | tuple):
        raise InvalidInputError(
            "prices",
            f"got {type(prices).__name__}, whose columns have no names",
            "a frame or a PricePanel with every leg",
        )
    if not isinstance(pairs, list | tuple) or not pairs:
        raise InvalidInputError("pairs", f"got {pairs!r}"[:80], "a list of pairs")
    policies = list(policy) if isinstance(policy, list | tuple) else [policy] * len(pairs)
    if len(policies) != len(pairs):
        got = f"{len(policies)} for {len(pairs)} pairs"
        raise InvalidInputError("policy", got, "one for all, or one for each pair")
    for name in ("capital", "gross", "cost_bps", "slippage_bps", "borrow_bps", "periods_per_year"):
        options[name] = ensure_float(options[name], name)
    options["lookback"] = ensure_int(options["lookback"], "lookback", low=2)
    caps = {
        name: float("inf") if cap is None else ensure_float(cap, name, low=0, low_open=True)
        for name, cap in (("gross_cap", gross_cap), ("name_cap", name_cap))
    }
    all_legs = [read_legs(prices, pair, transform) for pair in pairs]
    symbols = sorted({s for legs in all_legs for s in legs.inputs.labels["symbols"]})
    columns: dict[str, NDArray[np.float64]] = {}
    weights, intercepts = np.zeros((len(pairs), len(symbols))), np.zeros(len(pairs))
    for p, legs in enumerate(all_legs):
        if legs.weights.shape[0] > 1 or legs.intercept.size > 1:
            raise InvalidInputError(
                f"pairs[{p}]", "its hedge ratio moves", "frozen", "backtest it by itself"
            )
        for k, symbol in enumerate(legs.inputs.labels["symbols"]):
            weights[p, symbols.index(symbol)] += legs.weights[0, k]
            columns[symbol] = legs.inputs["prices"][:, k]
        intercepts[p] = legs.intercept[0]
    arrays = {"prices": np.column_stack([columns[symbol] for symbol in symbols])}
    if "times" in all_legs[0].inputs.arrays:
        arrays["times"] = all_legs[0].inputs["times"]
    spec = PortfolioSpec(
        rules=tuple(
            as_rule(rule, legs.history(), periods_per_year=options["periods_per_year"])
            for rule, legs in zip(policies, all_legs, strict=True)
        ),
        names=tuple("-".join(legs.inputs.labels["symbols"]) for legs in all_legs),
        weights=weights,
        intercepts=intercepts,
        transforms=tuple(legs.transform for legs in all_legs),
        gross_cap=caps["gross_cap"],
        name_cap=caps["name_cap"],
        **options,
    )
    _check_options(spec)
    return spec, Inputs(arrays, {"symbols": tuple(symbols)})
