"""An optimal policy as a rule: six switching levels, by time to a deadline where it has one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_int
from spreadlab.backtest.rules import INF, ThresholdRule, locked
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.backtest.user_rules import History

_LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")
_NO_MORE = (-INF, INF, -INF, INF, INF, -INF)  # in the order of Thresholds.switches: close all
_DEADLINE = "bars per trade (int) or a date"


@wire("PolicyRule")
@dataclass(frozen=True, slots=True, eq=False)
class PolicyRule:
    """Switching levels that differ by where one comes from, and by time to go.

    Attributes
    ----------
    table : ndarray, shape (R, 10)
        Rows of levels for the kernel.
    row_mode : int
        What picks the row: nothing (R = 1), the bar (R = T), or the bars held.
    """

    table: NDArray[np.float64]
    row_mode: int

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the target decided at each bar and why, both (T,)."""
        from spreadlab.backtest.kernels import DEADLINE, EXIT, ROW_TIME, decide_path_nb

        if self.row_mode == ROW_TIME and self.table.shape[0] != spread.size:
            raise InvalidInputError(
                "policy", f"levels for {self.table.shape[0]} bars", f"one row for {spread.size}"
            )
        targets, reasons = decide_path_nb(locked(spread), locked(self.table), self.row_mode, 0, 0)
        closing = (reasons == EXIT) & self._is_over(targets)
        reasons[closing] = DEADLINE
        return targets, reasons

    def _is_over(self, targets: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Return where the row that decided is that of the deadline itself."""
        from spreadlab.backtest.kernels import EXIT_LONG, ROW_HELD, ROW_TIME

        over = np.isneginf(self.table[:, EXIT_LONG])
        if self.row_mode == ROW_TIME:
            return over
        if self.row_mode != ROW_HELD:
            return np.zeros(targets.size, np.bool_)
        held = np.zeros(targets.size, np.int64)  # bars since the fill, at each decision
        for t in range(1, targets.size):
            same = t > 1 and targets[t - 1] == targets[t - 2] and targets[t - 1] != 0
            held[t] = held[t - 1] + 1 if same else 0
        return np.asarray(over[np.minimum(held, over.size - 1)])

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spread itself."""
        return spread

    def marks(self) -> dict[str, float]:
        """Return the levels of the first row that are finite, by name."""
        row = dict(zip(_LEVELS, self.table[0, :4].tolist(), strict=True))
        return {name.replace("_", " "): x for name, x in row.items() if math.isfinite(x)}


def policy_rule(
    policy: Any, history: History, *, deadline: Any, periods_per_year: float
) -> ThresholdRule | PolicyRule:
    """Return the rule that trades an optimal policy.

    Parameters
    ----------
    policy : PolicyResult
        Or anything with `thresholds`.
    history : History
        The bars of the backtest.
    deadline : int, date or None
        Bars from fill to the end of each trade's time, or the date at which all time is up: asked
        for by a policy with a horizon, refused by others.
    periods_per_year : float
        Bars a year: what turns bars into the policy's time.

    Raises
    ------
    InvalidInputError
        If the deadline is missing, of no use, or has no meaning.
    """
    from spreadlab.backtest.kernels import ROW_FIXED, ROW_HELD, ROW_TIME

    thresholds = policy.thresholds
    horizon = getattr(getattr(policy, "spec", None), "horizon", None)
    if horizon is None:
        if deadline is not None:
            raise InvalidInputError("deadline", f"got {deadline!r}", "None: the policy has none")
        if getattr(thresholds, "long_to_short", None) is None:
            return ThresholdRule(*(getattr(thresholds, name) for name in _LEVELS))
        return PolicyRule(_rows([thresholds.switches()]), ROW_FIXED)
    if deadline is None:
        raise InvalidInputError(
            "deadline", "missing, and the policy has a horizon", _DEADLINE, "pass deadline=..."
        )
    if isinstance(deadline, int | np.integer) and not isinstance(deadline, bool):
        bars = ensure_int(deadline, "deadline", low=1)
        left, mode = np.arange(bars, -1, -1.0), ROW_HELD
    else:
        left, mode = _deadline_bar(deadline, history) - np.arange(history.n_obs), ROW_TIME
    times = np.minimum(np.maximum(left, 0.0) / periods_per_year, horizon)
    return PolicyRule(_rows([_switches(policy, time) for time in times.tolist()]), mode)


def _switches(policy: Any, time: float) -> NDArray[np.float64]:
    from spreadlab.control.interpolate import switches_at

    if time <= 0:
        return np.array(_NO_MORE)
    return np.asarray(switches_at(time, policy.time_to_go, policy.levels))


def _rows(switches: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    to_long, to_short, leave_long, turn_short, leave_short, turn_long = np.array(switches).T
    turn_short, turn_long = np.maximum(leave_long, turn_short), np.minimum(leave_short, turn_long)
    low, high = np.full(to_long.size, -INF), np.full(to_long.size, INF)
    four = (to_long, leave_long, to_short, leave_short)
    return np.column_stack((*four, low, high, turn_short, turn_long, low, high))


def cycle_rule(policy: Any) -> ThresholdRule | PolicyRule | None:
    """Return the rule of a long cycle or of optimal stopping, None if `policy` is neither.

    A cycle (Bertram) buys at `enter` and sells at `exit`. Stopping buys at `entry_level` (with a
    stop-loss, inside `entry_interval`) and sells at `exit_level` or below the stop-loss; it is
    solved for one round trip and traded again and again. Both are long or flat.
    """
    from spreadlab.backtest.kernels import ROW_FIXED

    if all(hasattr(policy, name) for name in ("enter", "exit", "mean_cycle")):
        return ThresholdRule(float(policy.enter), float(policy.exit), None, None)  # type: ignore[arg-type]
    if not all(hasattr(policy, name) for name in ("entry_interval", "exit_level")):
        return None
    if policy.entry_interval is None:
        return ThresholdRule(None, None, None, None)  # type: ignore[arg-type]
    lowest, highest = (float(x) for x in policy.entry_interval)
    stop = getattr(policy.spec, "stop_loss", None)
    stop = -INF if stop is None else float(stop)
    levels = (highest, float(policy.exit_level), INF, -INF, stop, INF, INF, -INF, lowest, INF)
    return PolicyRule(np.array([levels]), ROW_FIXED)


def _deadline_bar(deadline: Any, history: History) -> float:
    """Return the bar of a date: the last one at or before it."""
    if history.times is None:
        raise InvalidInputError(
            "deadline", f"a date ({deadline!r}) and prices without dates", "bars per trade (int)"
        )
    try:
        stamp = np.datetime64(deadline).astype("datetime64[us]")
    except (TypeError, ValueError):
        stamp = np.datetime64("NaT")
    if np.isnat(stamp):
        raise InvalidInputError("deadline", f"got {deadline!r}"[:80], _DEADLINE)
    seconds = float(stamp.astype(np.int64)) / 1e6
    if seconds > history.times[-1]:
        raise InvalidInputError(
            "deadline",
            f"{deadline} is after the last bar",
            "a date inside the prices",
            "time to go is counted in bars, and bars that are not there can't be counted",
        )
    return float(np.searchsorted(history.times, seconds, side="right") - 1)
