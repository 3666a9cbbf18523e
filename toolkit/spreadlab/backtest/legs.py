"""From prices and a pair to the legs that are traded: their columns, weights and intercept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import check_choice
from spreadlab.backtest.rules import locked
from spreadlab.backtest.user_rules import History
from spreadlab.data.checks import LARGEST, SMALLEST
from spreadlab.data.panel import PricePanel, ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SECONDS = 1e-9
# A spread takes about ten roundings of numbers as large as its legs.
_ROUNDINGS = 32 * np.finfo(np.float64).eps
_PAIR = "a pair of sl.test_pair or of a scan"


@dataclass(frozen=True, slots=True)
class Legs:
    """What a backtest reads of its prices and its pair.

    Attributes
    ----------
    inputs : Inputs
        "prices" (T, L), "opens" (T, L) where asked for, and "times" (T,) in seconds where the
        prices have dates.
    weights : ndarray, shape (1, L) or (T, L)
    intercept : ndarray, shape (1,) or (T,)
    transform : str
    """

    inputs: Inputs
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    transform: str

    def history(self) -> History:
        """Return every bar, with the spread."""
        prices = self.inputs["prices"]
        spread = spread_of(prices, self.weights, self.intercept, self.transform)
        spread.flags.writeable = False
        return History(
            prices, spread, self.inputs.labels["symbols"], self.inputs.arrays.get("times")
        )


def spread_of(
    prices: NDArray[np.float64],
    weights: NDArray[np.float64],
    intercept: NDArray[np.float64],
    transform: str,
) -> NDArray[np.float64]:
    """Return the weighted legs (log prices or prices) less the intercept, (T,)."""
    from spreadlab.backtest.kernels import spread_nb

    values = np.log(prices) if transform == "log" else prices
    return spread_nb(locked(values), locked(weights), locked(intercept))


def read_legs(prices: Any, pair: Any, transform: str | None, *, opens: bool = False) -> Legs:
    """Return the legs of `pair` in `prices`.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray
        A frame or panel is read by symbol, whatever else it holds. An array has the legs as its
        columns, in order.
    pair : PairResult
        `dependent`, `hedge`, `hedge_ratio`, `intercept` and `transform`; or the `symbols` and
        `weights()` of a Johansen test.
    transform : str or None
        None takes the pair's.
    opens : bool
        Whether the opens of the panel are wanted too.

    Raises
    ------
    InvalidInputError
        If `pair` is no pair, a leg is missing, the prices have no meaning, or a hedge that moves
        leaves nothing of the spread but rounding.
    """
    if hasattr(pair, "symbols") and callable(getattr(pair, "weights", None)):
        return _read_basket(prices, pair, transform, opens=opens)
    if getattr(pair, "causal", True) is not True:
        raise InvalidInputError(
            "pair",
            "its hedge ratio at t knows bars after t",
            "a causal series",
            "take a series that uses data up to each bar alone",
        )
    needed = ("dependent", "hedge", "hedge_ratio", "intercept")
    missing = [name for name in needed if not hasattr(pair, name)]
    if missing:
        raise InvalidInputError("pair", f"got {type(pair).__name__} without {missing[0]}", _PAIR)
    symbols = (str(pair.dependent), str(pair.hedge))
    if symbols[0] == symbols[1]:
        raise InvalidInputError("pair", f"both legs are {symbols[0]!r}", "two symbols")
    chosen = getattr(pair, "transform", None) if transform is None else transform
    if chosen is None:
        got = f"a {type(pair).__name__} does not say whether its spread is of log prices"
        raise InvalidInputError("transform", got, "'log' or 'none'", "give the scan's transform")
    check_choice(chosen, "transform", ("log", "none"))
    if getattr(pair, "slope", 0.0) != 0.0:
        raise InvalidInputError(
            "pair",
            f"has a trend of {pair.slope!r} a bar, which bars after the test do not continue",
            "a pair without trend",
            'test it with trend="c"',
        )
    hedge_ratio = _coefficients(pair.hedge_ratio, "pair.hedge_ratio")
    weights = np.column_stack([np.ones_like(hedge_ratio), -hedge_ratio])
    intercept = _coefficients(pair.intercept, "pair.intercept")
    inputs = _read_prices(prices, symbols, opens=opens)
    n_obs = inputs["prices"].shape[0]
    for name, array in (("hedge_ratio", hedge_ratio), ("intercept", intercept)):
        if array.size not in (1, n_obs):
            raise InvalidInputError(
                f"pair.{name}",
                f"{array.size} values",
                f"one value, or one for each of {n_obs} bars",
            )
    legs = Legs(inputs, weights, intercept, chosen)
    if hedge_ratio.size > 1 or intercept.size > 1:
        _check_it_moves(legs)
    return legs


def _check_it_moves(legs: Legs) -> None:
    """Refuse a hedge that follows every move of the pair: what it leaves is rounding, no spread."""
    prices = legs.inputs["prices"]
    values = np.log(prices) if legs.transform == "log" else prices
    size = np.abs(legs.weights * values).sum(axis=1) + np.abs(legs.intercept)
    spread = spread_of(prices, legs.weights, legs.intercept, legs.transform)
    widest = np.nanmax(np.abs(spread), initial=0.0)
    if 0.0 < widest <= _ROUNDINGS * np.nanmax(size, initial=0.0):
        raise InvalidInputError(
            "pair",
            f"its spread is rounding alone, at most {widest:.1g}: the hedge follows every move",
            "a hedge that leaves a spread",
            "take another method or a longer window; a Kalman filter whose variance of the noise "
            "vanishes leaves none",
        )


def _read_basket(prices: Any, basket: Any, transform: str | None, *, opens: bool) -> Legs:
    """Return the legs of a Johansen vector: the strongest relation, less its mean in the test."""
    chosen = basket.transform if transform is None else transform
    check_choice(chosen, "transform", ("log", "none"))
    if chosen != basket.transform:
        raise InvalidInputError("transform", f"got {chosen!r}", f"{basket.transform!r}, the test's")
    weights = np.asarray(basket.weights(), dtype=np.float64)[np.newaxis]
    symbols = tuple(str(symbol) for symbol in basket.symbols)
    mean = spread_of(np.asarray(basket.prices), weights, np.zeros(1), chosen).mean()
    return Legs(_read_prices(prices, symbols, opens=opens), weights, np.array([mean]), chosen)


def _coefficients(value: Any, argument: str) -> NDArray[np.float64]:
    try:
        array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        array = np.full(1, np.nan)
    known = np.isfinite(array)
    # A series may start with NaN: there is no spread yet, and nothing is decided without one.
    if array.ndim != 1 or not known.any() or not known[int(np.argmax(known)) :].all():
        raise InvalidInputError(
            argument, f"got {value!r}"[:80], "one finite number, or one for each bar", _PAIR
        )
    return np.ascontiguousarray(array)


def _read_prices(prices: Any, symbols: tuple[str, ...], *, opens: bool) -> Inputs:
    by_position = isinstance(prices, np.ndarray | list | tuple)
    if not by_position and hasattr(prices, "loc") and hasattr(prices, "columns"):
        _check_present(symbols, [str(column) for column in prices.columns])
        keep = [column for column in prices.columns if str(column) in symbols]
        prices = prices[keep]  # what the other columns hold does not matter here
    panel = _as_it_is(prices) or ensure_panel(
        prices, min_obs=2, constant="allow", advice="fill or drop them"
    )
    if by_position:
        if panel.n_symbols != len(symbols):
            raise InvalidInputError(
                "prices",
                f"an array of {panel.n_symbols} columns",
                f"{len(symbols)} columns, {' and '.join(symbols)} in this order",
            )
        columns = list(range(len(symbols)))
    else:
        _check_present(symbols, list(panel.symbols))
        columns = [panel.symbols.index(symbol) for symbol in symbols]
    arrays: dict[str, NDArray[np.float64]] = {
        "prices": np.ascontiguousarray(panel.prices[:, columns])
    }
    if opens and panel.opens is not None:
        arrays["opens"] = np.ascontiguousarray(panel.opens[:, columns])
    if panel.timestamps is not None:
        arrays["times"] = np.asarray(panel.timestamps * _SECONDS, dtype=np.float64)
    return Inputs(arrays, {"symbols": symbols})


def _as_it_is(prices: Any) -> PricePanel | None:
    """Return a panel that nothing is wrong with, at a glance; None for all that needs a look."""
    if not isinstance(prices, PricePanel) or prices.n_obs < 2:
        return None
    values = prices.prices
    return prices if values.min() >= SMALLEST and values.max() <= LARGEST else None


def _check_present(symbols: tuple[str, ...], present: list[str]) -> None:
    for symbol in symbols:
        if symbol not in present:
            shown = ", ".join(present[:8]) + (", ..." if len(present) > 8 else "")
            raise InvalidInputError(
                "prices",
                f"no column for {symbol!r} (columns: {shown})",
                f"a frame with both legs, {' and '.join(symbols)}",
                "name the Series given to sl.test_pair, or pass an array with the two columns",
            )
