"""The sections of a strategy, each checked when it is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.backtest.kalman_rule import KalmanRule
from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.backtest.spec import BPS, FILLS
from spreadlab.errors import InvalidInputError

_LEVEL_RULES: dict[str, type[Any]] = {
    "zscore": ZScoreRule,
    "kalman": KalmanRule,
    "threshold": ThresholdRule,
}
_OPTIMAL = {
    "discount": 0.05,
    "fixed_cost": 0.0,
    "risk_penalty": 0.0,
    "objective": "discounted",
    "accounting": "mtm",
    "horizon": None,
    "deadline": None,
}
KINDS = ("optimal", *_LEVEL_RULES, "installed")


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
    dependent, hedge : str
        The symbols.
    transform : {"log", "none"}
        Whether the spread is of log prices.
    hedge_ratio, intercept : float, optional
        Given, they are used as they are; else both are estimated in the formation window.
    lags : {"aic", "bic"} or int
        Of the test, where they are estimated.
    """

    dependent: str
    hedge: str
    transform: str = "log"
    hedge_ratio: float | None = None
    intercept: float | None = None
    lags: str | int = "aic"

    def __post_init__(self) -> None:
        for name in ("dependent", "hedge"):
            check_text(getattr(self, name), f"pair.{name}")
        if self.dependent == self.hedge:
            raise InvalidInputError("pair.hedge", f"got {self.hedge!r} twice", "two symbols")
        check_choice(self.transform, "pair.transform", ("log", "none"))
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

    start: str | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        for name in ("start", "split"):
            object.__setattr__(self, name, _day(getattr(self, name), f"window.{name}"))


@dataclass(frozen=True, slots=True)
class RuleSection:
    """What decides.

    Parameters
    ----------
    kind : {"optimal", "zscore", "kalman", "threshold", "installed"}
        An optimal policy of the fitted spread, a rule of levels, or an installed rule.
    parameters : mapping
        Of the rule: for "optimal" those of `sl.solve_hjb` (discount, fixed_cost, risk_penalty,
        objective, accounting, horizon) and deadline in bars; for rules of levels their own; for
        "installed" its `name` and what it is made with.
    """

    kind: str = "optimal"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice(self.kind, "rule.kind", KINDS)
        given = dict(self.parameters)
        object.__setattr__(self, "parameters", given)
        if self.kind == "installed":
            check_text(given.get("name"), "rule.name")
            return
        allowed = (
            tuple(_OPTIMAL)
            if self.kind == "optimal"
            else tuple(f.name for f in fields(_LEVEL_RULES[self.kind]))
        )
        check_known(given, allowed, "rule")
        if self.kind == "optimal":
            _check_optimal({**_OPTIMAL, **given})
        else:
            self.levels()

    def levels(self) -> Any:
        """Return the rule of levels; an error names the parameter as the file does."""
        made = _LEVEL_RULES[self.kind]
        given = dict(self.parameters)
        if made is ThresholdRule:
            given = {f.name: None for f in fields(ThresholdRule)} | given
        try:
            return made(**given)
        except InvalidInputError as error:
            raise InvalidInputError(
                f"rule.{error.argument}", error.got, error.allowed, error.next_step
            ) from None
        except TypeError as error:
            raise InvalidInputError("rule", str(error).partition("() ")[2] or str(error)) from None

    def optimal(self) -> dict[str, Any]:
        """Return every parameter of an optimal policy, with its default."""
        return {**_OPTIMAL, **self.parameters}


def _check_optimal(values: Mapping[str, Any]) -> None:
    ensure_float(values["discount"], "rule.discount", low=0)
    for name in ("fixed_cost", "risk_penalty"):
        ensure_float(values[name], f"rule.{name}", low=0)
    check_choice(values["objective"], "rule.objective", ("discounted", "ergodic"))
    check_choice(values["accounting"], "rule.accounting", ("mtm", "cash"))
    if values["horizon"] is not None:
        ensure_float(values["horizon"], "rule.horizon", low=0, low_open=True)
    if (values["horizon"] is None) != (values["deadline"] is None):
        raise InvalidInputError(
            "rule.deadline",
            f"got {values['deadline']!r} with a horizon of {values['horizon']!r}",
            "bars, with a horizon in years, or neither",
        )
    if values["deadline"] is not None:
        ensure_int(values["deadline"], "rule.deadline", low=1)


@dataclass(frozen=True, slots=True)
class CostSection:
    """What trading costs, as in `sl.backtest`.

    Parameters
    ----------
    cost_bps, slippage_bps, borrow_bps : float
        Fees and worse prices one way, and the fee on short legs a year.
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
    capital, gross : float
        Money at the start, and value of both legs at entry over it.
    compounding : bool
        Size entries on equity.
    fill : {"next_close", "next_open"}
        Price of the next bar that fills.
    periods_per_year : float
        Bars a year.
    """

    capital: float = 1_000_000.0
    gross: float = 1.0
    compounding: bool = False
    fill: str = "next_close"
    periods_per_year: float = 252.0

    def __post_init__(self) -> None:
        for name in ("capital", "gross", "periods_per_year"):
            value = ensure_float(getattr(self, name), f"sizing.{name}", low=0, low_open=True)
            object.__setattr__(self, name, value)
        check_choice(self.compounding, "sizing.compounding", (True, False))
        check_choice(self.fill, "sizing.fill", FILLS)


def check_known(given: Mapping[str, Any], allowed: tuple[str, ...], section: str) -> None:
    """Raise InvalidInputError that names the first key which means nothing."""
    for key in given:
        if key not in allowed:
            where = f"{section}.{key}" if section else key
            raise InvalidInputError(where, "unknown", f"one of {', '.join(allowed)}")
