"""What decides in a strategy: the rules that it may name, and the parameters of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.backtest.kalman_rule import KalmanRule
from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.errors import InvalidInputError
from spreadlab.strategy.sections import check_known, check_text

Objective = Literal["discounted", "ergodic"]
Accounting = Literal["mtm", "cash"]


@dataclass(frozen=True, slots=True)
class OptimalTerms:
    """What the optimal policy of the fitted spread is optimal for, as in `sl.solve_hjb`.

    Parameters
    ----------
    discount : float
        Rate at which later profits count less, a year.
    fixed_cost : float
        Of a change of position, whatever its size, in units of the spread.
    risk_penalty : float
        On the variance of an open position.
    objective : {"discounted", "ergodic"}
        Discounted profit, or profit a year in the long run.
    accounting : {"mtm", "cash"}
        Whether a position's profit counts as it comes or when it is closed.
    horizon : float, optional
        Years that the policy is solved over, given with a deadline.
    deadline : int, optional
        Most bars of a trade, given with a horizon.
    """

    discount: float = 0.05
    fixed_cost: float = 0.0
    risk_penalty: float = 0.0
    objective: Objective = "discounted"
    accounting: Accounting = "mtm"
    horizon: float | None = None
    deadline: int | None = None

    def __post_init__(self) -> None:
        for name in ("discount", "fixed_cost", "risk_penalty"):
            ensure_float(getattr(self, name), name, low=0)
        check_choice(self.objective, "objective", get_args(Objective))
        check_choice(self.accounting, "accounting", get_args(Accounting))
        if self.horizon is not None:
            ensure_float(self.horizon, "horizon", low=0, low_open=True)
        if (self.horizon is None) != (self.deadline is None):
            raise InvalidInputError(
                "deadline",
                f"got {self.deadline!r} with a horizon of {self.horizon!r}",
                "bars, with a horizon in years, or neither",
            )
        if self.deadline is not None:
            ensure_int(self.deadline, "deadline", low=1)


RULES: dict[str, type[Any]] = {
    "optimal": OptimalTerms,
    "zscore": ZScoreRule,
    "kalman": KalmanRule,
    "threshold": ThresholdRule,
}
KINDS = (*RULES, "installed")


def defaults_of(kind: str) -> dict[str, Any]:
    """Return the parameters of a rule with their defaults; MISSING where there is none."""
    made = RULES[kind]
    never = None if made is ThresholdRule else MISSING  # a level that is not given is never met
    return {f.name: never if f.default is MISSING else f.default for f in fields(made)}


@dataclass(frozen=True, slots=True)
class RuleSection:
    """What decides.

    Parameters
    ----------
    kind : {"optimal", "zscore", "kalman", "threshold", "installed"}
        An optimal policy of the fitted spread, a rule of levels, or an installed rule.
    parameters : mapping
        Of the rule: for "optimal" those of `OptimalTerms`; for rules of levels their own; for
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
        check_known(given, tuple(defaults_of(self.kind)), "rule")
        self.made()

    def made(self) -> Any:
        """Return the rule, or the terms of an optimal policy; an error names the file's key."""
        values = {**defaults_of(self.kind), **self.parameters}
        for name, value in values.items():
            if value is MISSING:
                raise InvalidInputError(f"rule.{name}", "missing", f"given for {self.kind!r}")
        try:
            return RULES[self.kind](**values)
        except InvalidInputError as error:
            raise InvalidInputError(
                f"rule.{error.argument}", error.got, error.allowed, error.next_step
            ) from None

    def optimal(self) -> dict[str, Any]:
        """Return every parameter of an optimal policy, with its default."""
        return asdict(self.made())
