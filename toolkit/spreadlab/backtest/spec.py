"""The request for one backtest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_float
from spreadlab.backtest.legs import read_legs, spread_of
from spreadlab.backtest.rules import locked
from spreadlab.backtest.user_rules import as_rule
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.backtest.result import BacktestResult

FILLS = ("next_close", "next_open")
BPS = 1e-4
# Far beyond any use, and short of where squares of money leave float64.
_HIGHEST = {"capital": 1e100, "gross": 1e6, "periods_per_year": 1e9}
_HIGHEST_BORROW_BPS = 1e8
_NUMBERS = ("capital", "gross", "cost_bps", "slippage_bps", "borrow_bps", "periods_per_year")
_OPENS = "pass a PricePanel that has opens"
_NAMES = ("equity", "positions", "shares", "flows", "trades", "legs")


@wire("BacktestSpec")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BacktestSpec(SingleTile):
    """One rule on one spread of L legs.

    Attributes
    ----------
    rule : SpreadRule
        What to hold.
    weights : ndarray, shape (1, L) or (T, L)
        Weight of each leg in the spread; a pair has (1, -hedge_ratio). T rows hold at their bar.
    intercept : ndarray, shape (1,) or (T,)
        Subtracted from the weighted legs.
    transform : {"log", "none"}
        Whether the spread is of log prices, and so sized in value, or of prices, and in shares.
    capital, gross, cost_bps, slippage_bps, borrow_bps, fill, compounding, periods_per_year, \
close_at_end
        As in `sl.backtest`.
    """

    rule: Any
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    transform: str = "log"
    capital: float = 1_000_000.0
    gross: float = 1.0
    cost_bps: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps: float = 0.0
    fill: str = "next_close"
    compounding: bool = False
    periods_per_year: float = 252.0
    close_at_end: bool = True

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless every option and array has a meaning."""
        _check_options(self)
        prices = inputs.matrix("prices")
        n_obs, n_legs = prices.shape
        if n_obs < 2:
            raise InvalidInputError("prices", f"{n_obs} observations", "at least 2 observations")
        if self.fill == "next_open" and "opens" not in inputs.arrays:
            raise InvalidInputError("fill", "'next_open' without opens", "'next_close'", _OPENS)
        _check_positive(inputs)
        for name, array, shapes in (
            ("hedge_ratio", self.weights, ((1, n_legs), (n_obs, n_legs))),
            ("intercept", self.intercept, ((1,), (n_obs,))),
        ):
            if array.shape not in shapes:
                raise InvalidInputError(
                    f"pair.{name}",
                    f"got an array of shape {array.shape}",
                    f"one value, or one for each of the {n_obs} bars",
                )
            known = np.isfinite(array)
            if not known[-1].all() or np.isinf(array).any():
                raise InvalidInputError(f"pair.{name}", "not finite", "finite from some bar on")
        if not np.abs(self.weights).sum(axis=1).all():
            raise InvalidInputError("pair.weights", "all zero", "at least one leg to trade")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Decide, then account."""
        from spreadlab.backtest.kernels import account_nb

        spread = spread_of(view["prices"], self.weights, self.intercept, self.transform)
        prices = locked(view["prices"])
        fills = locked(view["opens"]) if self.fill == "next_open" else prices
        targets, reasons = self.rule.path(spread)
        books = account_nb(
            prices,
            fills,
            locked(targets),
            locked(reasons),
            locked(self.weights),
            self.transform == "none",
            self.capital,
            self.gross,
            self.cost_bps * BPS,
            self.slippage_bps * BPS,
            self.borrow_bps * BPS / self.periods_per_year,
            self.compounding,
            self.close_at_end,
        )
        return Partial(tile.id, {"spread": spread, **dict(zip(_NAMES, books, strict=True))})

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> BacktestResult:
        """Return the result with its metrics."""
        from spreadlab.backtest.result import build_result

        return build_result(self, inputs, state[0], provenance_of(self, inputs))


def _check_positive(inputs: Inputs) -> None:
    shape = inputs["prices"].shape
    for name in ("prices", "opens"):
        array = inputs.arrays.get(name, inputs["prices"])
        if array.shape != shape:
            raise InvalidInputError(name, f"got shape {array.shape}", f"that of prices, {shape}")
        if not (array.min() > 0 and array.max() < np.inf):
            raise InvalidInputError(name, "a leg is not positive throughout", "positive")


def check_money(spec: Any) -> None:
    """Raise InvalidInputError unless capital, gross, bars a year and borrowing are in range."""
    for name, highest in _HIGHEST.items():
        ensure_float(getattr(spec, name), name, low=1 / highest, high=highest)
    ensure_float(spec.borrow_bps, "borrow_bps", low=0, high=_HIGHEST_BORROW_BPS)


def account_options(**options: Any) -> dict[str, Any]:
    """Return options of a pair's account with every number as a float."""
    return {
        name: ensure_float(value, name) if name in _NUMBERS else value
        for name, value in options.items()
    }


def check_account(spec: Any) -> None:
    """Raise InvalidInputError unless sizing, costs and fills of a pair's account have a meaning."""
    check_choice(spec.fill, "fill", FILLS)
    check_choice(spec.compounding, "compounding", (True, False))
    check_money(spec)
    for name in ("cost_bps", "slippage_bps"):
        ensure_float(getattr(spec, name), name, low=0, high=1 / BPS, high_open=True)


def _check_options(spec: BacktestSpec) -> None:
    check_choice(spec.transform, "transform", ("log", "none"))
    check_choice(spec.close_at_end, "close_at_end", (True, False))
    check_account(spec)
    if not callable(getattr(spec.rule, "path", None)):  # a protocol's isinstance is slow
        raise InvalidInputError("policy", f"got {type(spec.rule).__name__}", "a rule")


def make_backtest_request(
    prices: Any,
    *,
    pair: Any,
    policy: Any,
    transform: Literal["log", "none"] | None = None,
    deadline: Any = None,
    **options: Any,
) -> tuple[BacktestSpec, Inputs]:
    """Return the request behind `sl.backtest`; `options` are the fields of BacktestSpec."""
    legs = read_legs(prices, pair, transform, opens=options.get("fill") == "next_open")
    options = account_options(**options)
    periods = ensure_float(
        options.get("periods_per_year", 252.0), "periods_per_year", low=0, low_open=True
    )
    spec = BacktestSpec(
        rule=as_rule(policy, legs.history(), deadline=deadline, periods_per_year=float(periods)),
        weights=legs.weights,
        intercept=legs.intercept,
        transform=legs.transform,
        **options,
    )
    _check_options(spec)
    return spec, legs.inputs
