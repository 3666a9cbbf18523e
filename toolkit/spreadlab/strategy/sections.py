"""The sections of a strategy, each checked when it is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.backtest.spec import BPS
from spreadlab.errors import InvalidInputError

# What a value is, beyond its type: a form has a field of its own for each.
Symbol = Annotated[str, "symbol"]
Day = Annotated[str, "date"]
Transform = Literal["log", "none"]
Lags = Literal["aic", "bic"] | int
Fill = Literal["next_close", "next_open"]


def check_text(value: object, argument: str, allowed: str = "a symbol, in quotes") -> None:
    """Raise InvalidInputError unless `value` is a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(argument, f"got {value!r}"[:80], allowed)


def _day(value: object, argument: str) -> str | None:
    """Return a day as text; TOML has dates without quotes too."""
    if value is None:
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    try:
        dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InvalidInputError(argument, f"got {value!r}"[:80], "a date like 2020-01-01") from None
    return str(value)


@dataclass(frozen=True, slots=True)
class PairSection:
    """Which pair.

    Parameters
    ----------
    dependent : str
        The symbol whose price is explained.
    hedge : str
        The symbol that explains it.
    transform : {"log", "none"}
        Whether the spread is of log prices.
    hedge_ratio, intercept : float, optional
        Given, both are used as they are; else both are estimated in the formation window.
    lags : {"aic", "bic"} or int
        Of the test that estimates hedge ratio and intercept.
    """

    dependent: Symbol
    hedge: Symbol
    transform: Transform = "log"
    hedge_ratio: float | None = None
    intercept: float | None = None
    lags: Lags = "aic"

    def __post_init__(self) -> None:
        for name in ("dependent", "hedge"):
            check_text(getattr(self, name), f"pair.{name}")
        if self.dependent == self.hedge:
            raise InvalidInputError("pair.hedge", f"got {self.hedge!r} twice", "two symbols")
        check_choice(self.transform, "pair.transform", get_args(Transform))
        given = [getattr(self, name) is not None for name in ("hedge_ratio", "intercept")]
        if any(given) and not all(given):
            missing = "intercept" if given[0] else "hedge_ratio"
            raise InvalidInputError(
                f"pair.{missing}", "missing", "given with the other, or neither"
            )
        if all(given):
            for name in ("hedge_ratio", "intercept"):
                value = ensure_float(getattr(self, name), f"pair.{name}")
                object.__setattr__(self, name, value)
        if isinstance(self.lags, str):
            check_choice(self.lags, "pair.lags", ("aic", "bic"))
        else:
            ensure_int(self.lags, "pair.lags", low=0)


@dataclass(frozen=True, slots=True)
class WindowSection:
    """What is fitted and what is traded.

    Parameters
    ----------
    start : str, optional
        First date of the formation window, by default that of the prices.
    split : str, optional
        First date of trading; fits use what is before it. Without one everything is both.
    """

    start: Day | None = None
    split: Day | None = None

    def __post_init__(self) -> None:
        for name in ("start", "split"):
            object.__setattr__(self, name, _day(getattr(self, name), f"window.{name}"))


@dataclass(frozen=True, slots=True)
class CostSection:
    """What trading costs, as in `sl.backtest`.

    Parameters
    ----------
    cost_bps : float
        Fees, one way.
    slippage_bps : float
        How much worse prices are, one way.
    borrow_bps : float
        Fee on short legs, a year.
    """

    cost_bps: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps: float = 0.0

    def __post_init__(self) -> None:
        for name in ("cost_bps", "slippage_bps"):
            value = ensure_float(
                getattr(self, name), f"costs.{name}", low=0, high=1 / BPS, high_open=True
            )
            object.__setattr__(self, name, value)
        borrow = ensure_float(self.borrow_bps, "costs.borrow_bps", low=0, high=1e8)
        object.__setattr__(self, "borrow_bps", borrow)


@dataclass(frozen=True, slots=True)
class SizingSection:
    """How much is traded, as in `sl.backtest`.

    Parameters
    ----------
    capital : float
        Money at the start.
    gross : float
        Value of both legs at entry, over the capital.
    compounding : bool
        Size entries on equity, not on the capital.
    fill : {"next_close", "next_open"}
        Price of the next bar that fills.
    periods_per_year : float
        Bars a year.
    """

    capital: float = 1_000_000.0
    gross: float = 1.0
    compounding: bool = False
    fill: Fill = "next_close"
    periods_per_year: float = 252.0

    def __post_init__(self) -> None:
        for name in ("capital", "gross", "periods_per_year"):
            value = ensure_float(getattr(self, name), f"sizing.{name}", low=0, low_open=True)
            object.__setattr__(self, name, value)
        check_choice(self.compounding, "sizing.compounding", (True, False))
        check_choice(self.fill, "sizing.fill", get_args(Fill))


def check_known(given: Mapping[str, Any], allowed: tuple[str, ...], section: str) -> None:
    """Raise InvalidInputError that names the first key which means nothing."""
    for key in given:
        if key not in allowed:
            where = f"{section}.{key}" if section else key
            raise InvalidInputError(where, "unknown", f"one of {', '.join(allowed)}")
