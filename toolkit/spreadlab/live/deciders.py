"""Rules bar by bar: the decisions of a backtest, made as the bars come.

Every decider takes the compiled step of the backtest's kernels, so that its targets are the
backtest's. It never sees a bar before it is closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from spreadlab.backtest.kalman_rule import KalmanRule
from spreadlab.backtest.policy_rule import PolicyRule, cycle_rule, policy_rule
from spreadlab.backtest.rules import LevelRule, locked
from spreadlab.backtest.trades import REASONS
from spreadlab.backtest.user_rules import History, Rule, reasons_of, rule_name
from spreadlab.errors import InvalidInputError
from spreadlab.live.series import Tail
from spreadlab.live.ticks import to_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.live.model import PairModel
    from spreadlab.live.schedule import Schedule

_LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule wants after one bar.

    Attributes
    ----------
    target : int
        -1, 0 or 1, to be filled at the next bar.
    reason : str
        Why it changed: "hold" if it did not, "entry", "exit", "reverse", "stop", "max_hold" or
        "deadline".
    signal : float
        What the levels were compared with; NaN where the rule has none yet.
    """

    target: int
    reason: str
    signal: float


class Decider(Protocol):
    """A rule that goes bar by bar."""

    def decide(self, time: int, prices: NDArray[np.float64], spread: float) -> Decision:
        """Return the decision at the close of a bar, and remember it."""

    def peek(self, spread: float) -> float:
        """Return the signal that `spread` would give as the next bar, changing nothing."""

    def marks(self) -> dict[str, float]:
        """Return the levels in force, by name."""


class _Signal:
    """The signal of a rule of levels, value by value."""

    def __init__(self, rule: LevelRule) -> None:
        self._rule = rule
        self._window = rule.window()
        self._spread = Tail(self._window)

    def push(self, spread: float) -> float:
        self._spread.push(spread)
        return float(self._rule.signal(self._spread.last()[:, 0])[-1])

    def peek(self, spread: float) -> float:
        before = self._spread.last()[max(len(self._spread) - self._window + 1, 0) :, 0]
        return float(self._rule.signal(np.append(before, spread))[-1])


class _KalmanSignal:
    """The forecast errors of a filter, whose memory is its state."""

    def __init__(self, rule: KalmanRule) -> None:
        from spreadlab.backtest.kernels_kalman import N_STATE

        self._options = (rule.signal_to_noise, rule.warmup)
        self._state = np.zeros(N_STATE)

    def push(self, spread: float) -> float:
        from spreadlab.backtest.kernels_kalman import kalman_step_nb

        return float(kalman_step_nb(spread, *self._options, self._state))

    def peek(self, spread: float) -> float:
        from spreadlab.backtest.kernels_kalman import kalman_step_nb

        return float(kalman_step_nb(spread, *self._options, self._state.copy()))


class LevelDecider:
    """A built-in rule of levels."""

    def __init__(self, rule: LevelRule) -> None:
        self._signal = _KalmanSignal(rule) if isinstance(rule, KalmanRule) else _Signal(rule)
        self._levels = locked(rule.levels()[0])
        self._limits = rule.limits()
        self._state = (0, 0, 0)
        self._marks: dict[str, float] = rule.marks()  # type: ignore[attr-defined]

    def decide(self, time: int, prices: NDArray[np.float64], spread: float) -> Decision:  # noqa: ARG002
        """Return the decision at the close of a bar, and remember it."""
        from spreadlab.backtest.kernels import step_nb

        signal = self._signal.push(spread)
        target, held, resting, reason = step_nb(signal, *self._state, self._levels, *self._limits)
        self._state = (target, held, resting)
        return Decision(target, REASONS[reason], signal)

    def peek(self, spread: float) -> float:
        """Return the signal that `spread` would give as the next bar."""
        return self._signal.peek(spread)

    def marks(self) -> dict[str, float]:
        """Return the levels, by name."""
        return self._marks


class PolicyDecider:
    """An optimal policy: rows of levels, picked by nothing, by the bars held, or by a date.

    Parameters
    ----------
    rule : PolicyRule
        Its rows; for a date those of `left` bars, `left` - 1 bars, ... to go.
    schedule : Schedule, optional
        What counts the bars to a date.
    deadline : int, optional
        The date, nanoseconds since 1970 UTC.
    """

    def __init__(
        self, rule: PolicyRule, schedule: Schedule | None = None, deadline: int | None = None
    ) -> None:
        from spreadlab.backtest.kernels import EXIT, EXIT_LONG, ROW_HELD

        self._table = locked(rule.table)
        self._by_hold = deadline is None and rule.row_mode == ROW_HELD
        self._schedule, self._deadline = schedule, deadline
        self._is_over = np.isneginf(rule.table[:, EXIT_LONG]).tolist()
        self._exit = EXIT
        self._state = (0, 0, 0)
        self._row = 0

    def _pick(self, time: int) -> int:
        rows = int(self._table.shape[0])
        if self._deadline is not None and self._schedule is not None:
            left = self._schedule.count(time, self._deadline)
            return rows - 1 - min(max(left, 0), rows - 1)
        position, held, _ = self._state
        return min(held, rows - 1) if self._by_hold and position != 0 else 0

    def decide(self, time: int, prices: NDArray[np.float64], spread: float) -> Decision:  # noqa: ARG002
        """Return the decision at the close of a bar, and remember it."""
        from spreadlab.backtest.kernels import step_nb

        self._row = self._pick(time)
        target, held, resting, reason = step_nb(spread, *self._state, self._table[self._row], 0, 0)
        self._state = (target, held, resting)
        over = reason == self._exit and self._has_deadline() and self._is_over[self._row]
        return Decision(target, "deadline" if over else REASONS[reason], spread)

    def _has_deadline(self) -> bool:
        return self._by_hold or self._deadline is not None

    def peek(self, spread: float) -> float:
        """Return the spread itself."""
        return spread

    def marks(self) -> dict[str, float]:
        """Return the finite levels of the row in force, by name."""
        row = self._table[self._row, :4].tolist()
        named = zip(_LEVELS, row, strict=True)
        return {name.replace("_", " "): x for name, x in named if math.isfinite(x)}


class UserDecider:
    """A rule that a user wrote: asked anew at every bar, with all bars so far.

    `prepare` sees the bars that have come and no others, and every decision since is made again:
    a rule whose earlier decisions come out otherwise looks ahead, or answers by chance.
    """

    def __init__(self, rule: Rule, symbols: tuple[str, ...]) -> None:
        self._rule, self._symbols = rule, symbols
        self._prices = Tail(None, len(symbols))
        self._spread, self._times = Tail(None), Tail(None)
        self._targets: list[int] = []

    def decide(self, time: int, prices: NDArray[np.float64], spread: float) -> Decision:
        """Return the decision at the close of a bar, and remember it."""
        from spreadlab.backtest.user_rules import decide_all

        self._prices.push(prices)
        self._spread.push(spread)
        self._times.push(time * 1e-9)  # as the backtest counts seconds
        history = History(
            self._prices.last(), self._spread.last()[:, 0], self._symbols, self._times.last()[:, 0]
        )
        targets = decide_all(self._rule, history)
        moved = np.flatnonzero(targets[:-1] != np.array(self._targets, np.int8))
        if moved.size:
            raise InvalidInputError(
                "policy",
                f"{rule_name(self._rule)} decides otherwise on bar {int(moved[0])} now that there "
                f"are {targets.size} bars",
                "a rule whose decisions depend on the past alone",
                "try it with sl.check_causal",
            )
        self._targets.append(int(targets[-1]))
        reason = REASONS[int(reasons_of(targets[-2:] if targets.size > 1 else targets)[-1])]
        return Decision(int(targets[-1]), reason, spread)

    def peek(self, spread: float) -> float:
        """Return the spread: the rule's own signal is not known."""
        return spread

    def marks(self) -> dict[str, float]:
        """Return no levels."""
        return {}


def make_decider(model: PairModel, schedule: Schedule | None = None, start: int = 0) -> Decider:
    """Return what decides for a model.

    Parameters
    ----------
    model : PairModel
    schedule : Schedule, optional
        Counts the bars to a deadline that is a date.
    start : int
        Time from which bars come: rows are made for the bars from there to such a deadline.

    Raises
    ------
    InvalidInputError
        If its policy is none, or has no use for the deadline.
    """
    policy = model.policy
    if isinstance(policy, LevelRule) and model.deadline is None:
        return LevelDecider(policy)
    if isinstance(policy, PolicyRule) and model.deadline is None:
        return PolicyDecider(_placed(policy))
    thresholds = getattr(policy, "thresholds", None)
    if thresholds is not None and all(hasattr(thresholds, name) for name in _LEVELS):
        return _optimal(model, schedule, start)
    if model.deadline is not None:
        raise InvalidInputError(
            "deadline", f"got {model.deadline!r}", "None: the rule has no horizon"
        )
    cycle = cycle_rule(policy)
    if cycle is not None:
        return PolicyDecider(cycle) if isinstance(cycle, PolicyRule) else LevelDecider(cycle)
    if isinstance(policy, Rule):
        return UserDecider(policy, model.symbols)
    raise InvalidInputError(
        "policy",
        f"got {type(policy).__name__}",
        "a policy of sl.solve_hjb, a rule of levels, or an object with prepare and decide",
    )


def _placed(rule: PolicyRule) -> PolicyRule:
    from spreadlab.backtest.kernels import ROW_TIME

    if rule.row_mode == ROW_TIME:
        raise InvalidInputError(
            "policy",
            "its rows belong to the bars of a backtest",
            "the policy itself, with deadline=...",
        )
    return rule


def _optimal(model: PairModel, schedule: Schedule | None, start: int) -> Decider:
    """Return the decider of an optimal policy, whatever its deadline is."""
    bars, nothing = model.deadline, History(np.empty((0, 0)), np.empty(0), model.symbols)
    counted = bars is None or (isinstance(bars, int | np.integer) and not isinstance(bars, bool))
    date = None
    if not counted:
        date = to_time(bars, "deadline")
        # Without a schedule only the policy is looked at: one row will do.
        bars = 1 if schedule is None else max(schedule.count(start, date), 1)
    rule = policy_rule(
        model.policy, nothing, deadline=bars, periods_per_year=model.periods_per_year
    )
    if isinstance(rule, PolicyRule):
        return PolicyDecider(rule, schedule, date)
    return LevelDecider(rule)
