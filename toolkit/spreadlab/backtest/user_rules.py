"""Rules that users write, and how any policy becomes a rule.

A user's rule is Python, so it runs where the caller is; what travels to an engine is the path of
targets that it decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from spreadlab._canonical import wire
from spreadlab.backtest.rules import LevelRule, SpreadRule
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from numpy.typing import NDArray

ENTRY_POINTS = "spreadlab.rules"
_LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")
_TARGETS = (-1, 0, 1)
N_CHECKS = 4  # a backtest asks each user's rule this often; sl.check_causal asks more
_ALLOWED = (
    "a policy of sl.solve_hjb, sl.ThresholdRule, sl.ZScoreRule, sl.KalmanRule, an object with "
    "prepare(history) and decide(t, history, state), or the name of an installed rule"
)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The bars that a rule may look at; in `decide` up to the bar of the decision.

    Attributes
    ----------
    prices : ndarray, shape (t + 1, L)
        Closes of the legs, read-only.
    spread : ndarray, shape (t + 1,)
        The spread of the pair, read-only.
    symbols : tuple of str
        The legs.
    times : ndarray, shape (t + 1,), or None
        Seconds since 1970 UTC, where the prices have dates.
    """

    prices: NDArray[np.float64]
    spread: NDArray[np.float64]
    symbols: tuple[str, ...]
    times: NDArray[np.float64] | None = None

    @property
    def n_obs(self) -> int:
        """Bars in sight."""
        return int(self.spread.size)

    def until(self, t: int) -> History:
        """Return the history up to and with bar `t`."""
        times = None if self.times is None else self.times[: t + 1]
        return History(self.prices[: t + 1], self.spread[: t + 1], self.symbols, times)


@runtime_checkable
class Rule(Protocol):
    """What a user writes: a rule with a memory, decided bar by bar.

    `prepare` sees every bar of the backtest, so that indicators can be computed at once over whole
    columns. It must use each value only for decisions at or after its bar: `sl.check_causal` finds
    out, and `sl.backtest` asks it. Both must give the same answer every time they are called.
    """

    def prepare(self, history: History) -> Any:
        """Return the state before the first bar."""

    def decide(self, t: int, history: History, state: Any) -> tuple[int, Any]:
        """Return (target in {-1, 0, 1}, next state) from `history` up to bar t."""


@wire("TargetPath")
@dataclass(frozen=True, slots=True, eq=False)
class TargetPath:
    """Decisions already made, one a bar: what a user's rule is to an engine.

    Attributes
    ----------
    name : str
        The rule that decided.
    targets, reasons : ndarray of int8, shape (T,)
        Target decided at each bar, and why (the codes of `spreadlab.backtest.kernels`).
    """

    name: str
    targets: NDArray[np.int8]
    reasons: NDArray[np.int8]

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the stored targets and reasons."""
        if self.targets.shape != spread.shape or self.reasons.shape != spread.shape:
            raise InvalidInputError(
                "policy", f"{self.targets.size} decisions", f"one for each of {spread.size} bars"
            )
        return self.targets, self.reasons

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spread: the rule's own signal is not known."""
        return spread

    def marks(self) -> dict[str, float]:
        """Return no levels."""
        return {}


def decide_all(rule: Rule, history: History) -> NDArray[np.int8]:
    """Return the targets (T,) that `rule` decides, showing it one more bar at a time.

    Raises
    ------
    InvalidInputError
        If it decides anything but (-1, 0 or 1, state).
    """
    state = rule.prepare(history)
    targets = np.zeros(history.n_obs, np.int8)
    for t in range(history.n_obs):
        answer: Any = rule.decide(t, history.until(t), state)
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise _wrong_answer(rule, t, answer, "a tuple (target, state)")
        target, state = answer
        if target not in _TARGETS:
            raise _wrong_answer(rule, t, target, "a target of -1, 0 or 1")
        targets[t] = int(target)
    return targets


def _wrong_answer(rule: Rule, t: int, answer: object, allowed: str) -> InvalidInputError:
    shown = repr(answer)[:60]
    return InvalidInputError("policy", f"{rule_name(rule)}.decide gave {shown} at bar {t}", allowed)


def rule_name(rule: Any) -> str:
    """Return the name of a rule: its `name`, or its class's."""
    return str(getattr(rule, "name", type(rule).__name__))


def reasons_of(targets: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return why each target differs from the one before it: entry, exit, reverse or hold."""
    from spreadlab.backtest.kernels import ENTRY, EXIT, HOLD, REVERSE

    before = np.concatenate([np.zeros(1, np.int8), targets[:-1]])
    reasons = np.full(targets.size, HOLD, np.int8)
    changed = targets != before
    reasons[changed & (before == 0)] = ENTRY
    reasons[changed & (targets == 0)] = EXIT
    reasons[changed & (before != 0) & (targets != 0)] = REVERSE
    return reasons


def load_rule(name: str, **parameters: Any) -> Any:
    """Return an installed rule by its name in the entry point group ``spreadlab.rules``.

    Parameters
    ----------
    name : str
        Name of the entry point. It points to a rule, or to a class or function that makes one.
    **parameters
        Passed to that class or function.

    Returns
    -------
    Rule
        What `policy` of `sl.backtest` takes.

    Raises
    ------
    InvalidInputError
        If no installed package offers that name.
    """
    return installed_rule(name, "name", **parameters)


def installed_rules() -> dict[str, EntryPoint]:
    """Return the entry points of the group ``spreadlab.rules`` by name."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def installed_rule(name: str, argument: str, /, **parameters: Any) -> Any:
    """Return `load_rule`'s rule; an error names the `argument` that the name came by."""
    found = installed_rules()
    if name not in found:
        known = ", ".join(sorted(found)) or "none is installed"
        raise InvalidInputError(argument, f"no rule named {name!r}", f"an installed rule ({known})")
    loaded = found[name].load()
    is_rule = not isinstance(loaded, type) and isinstance(loaded, Rule | LevelRule)
    return loaded if is_rule and not parameters else loaded(**parameters)


def as_rule(
    policy: Any, history: History, *, deadline: Any = None, periods_per_year: float = 252.0
) -> SpreadRule:
    """Return the rule behind `policy`, decided already if it is a user's.

    Parameters
    ----------
    policy : PolicyResult, built-in rule, user's rule, or str
        Anything with `thresholds` (enter_long, exit_long, enter_short, exit_short, in units of
        the spread) trades these.
    history : History
        Every bar of the backtest, shown to a user's rule one by one.
    deadline, periods_per_year
        As in `spreadlab.backtest.policy_rule.policy_rule`.

    Raises
    ------
    InvalidInputError
        If it is none of these, decides nonsense, or looks ahead.
    """
    if isinstance(policy, str):
        policy = installed_rule(policy, "policy")
    if isinstance(policy, LevelRule | TargetPath) and deadline is None:
        return policy  # type: ignore[return-value]
    from spreadlab.backtest.policy_rule import cycle_rule, policy_rule

    thresholds = getattr(policy, "thresholds", None)
    if thresholds is not None and all(hasattr(thresholds, name) for name in _LEVELS):
        return policy_rule(policy, history, deadline=deadline, periods_per_year=periods_per_year)
    cycle = cycle_rule(policy)
    if cycle is not None and deadline is None:
        return cycle
    if deadline is not None:
        raise InvalidInputError("deadline", f"got {deadline!r}", "None: the rule has no horizon")
    if isinstance(policy, Rule) and not isinstance(policy, type):
        from spreadlab.backtest.causality import causal_targets

        targets = causal_targets(policy, history, n_checks=N_CHECKS)
        return TargetPath(rule_name(policy), targets, reasons_of(targets))
    raise InvalidInputError("policy", f"got {type(policy).__name__}", _ALLOWED)
