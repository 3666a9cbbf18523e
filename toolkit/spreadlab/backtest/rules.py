"""Rules that say which position to hold: levels of the spread, levels of a rolling z-score.

Every built-in rule is one row (or table) of levels on one causal signal, decided by one kernel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float, ensure_int
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

INF = math.inf


@runtime_checkable
class SpreadRule(Protocol):
    """What the backtest asks of a rule, whatever it is made of."""

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the target decided at the close of each bar, from data up to it, and why."""

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the series (T,) that the levels are compared with."""

    def marks(self) -> dict[str, float]:
        """Return the levels of the signal that a figure shows, by name."""


@wire("ThresholdRule")
@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """Fixed levels of the spread.

    Flat: go long at spread <= `enter_long`, short at spread >= `enter_short`. Long: leave at
    spread >= `exit_long`, straight into a short position if `enter_short` is reached too. Short:
    mirrored with `exit_short`. None (or an infinite level) means never.

    Parameters
    ----------
    enter_long, exit_long, enter_short, exit_short : float or None
        Levels in units of the spread, with ``enter_long < exit_long``,
        ``exit_short < enter_short`` and ``enter_long < enter_short``.

    Raises
    ------
    InvalidInputError
        If a level is NaN or the order is broken.
    """

    enter_long: float
    exit_long: float
    enter_short: float
    exit_short: float

    def __post_init__(self) -> None:
        never = {"enter_long": -INF, "exit_long": INF, "enter_short": INF, "exit_short": -INF}
        for name, away in never.items():
            object.__setattr__(self, name, _ensure_level(getattr(self, name), name, away))
        for low, high in (
            ("enter_long", "exit_long"),
            ("exit_short", "enter_short"),
            ("enter_long", "enter_short"),
        ):
            left, right = getattr(self, low), getattr(self, high)
            if not left < right:
                raise InvalidInputError(low, f"got {left!r}", f"below {high}, which is {right!r}")

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return targets and reasons, both (T,)."""
        return decide_path(spread, self.levels())

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spread itself."""
        return spread

    def levels(self) -> NDArray[np.float64]:
        """Return the row of levels (1, 6) that the kernel reads."""
        four = (self.enter_long, self.exit_long, self.enter_short, self.exit_short)
        return np.array([[*four, -INF, INF]])

    def marks(self) -> dict[str, float]:
        """Return the finite levels by name."""
        return _finite(
            {
                "enter long": self.enter_long,
                "exit long": self.exit_long,
                "enter short": self.enter_short,
                "exit short": self.exit_short,
            }
        )


@wire("ZScoreRule")
@dataclass(frozen=True, slots=True)
class ZScoreRule:
    """Levels of the spread's rolling z-score.

    z is the spread less its mean, over its standard deviation (ddof 1), both over the window of
    `lookback` bars that ends with the bar of the decision. Long when z < -`entry_z`, out when
    z > -`exit_z`; short when z > `entry_z`, out when z < `exit_z`. A bar without a z (too early,
    or a constant window) decides nothing.

    Parameters
    ----------
    lookback : int
        Bars of the window, at least 2.
    entry_z : float
        Positive.
    exit_z : float
        At most `entry_z`; negative waits for the spread to cross its mean and go beyond.
    stop_z : float, optional
        Above `entry_z`: a long position is left when z < -`stop_z`, a short one when
        z > `stop_z`, and none is entered beyond it.
    max_hold : int, optional
        Most bars from fill to fill.
    cooldown : int
        Bars after an exit in which no entry is decided; a position is turned straight into its
        opposite only when it is 0.

    Raises
    ------
    InvalidInputError
        If a parameter is outside its range.
    """

    lookback: int
    entry_z: float = 2.0
    exit_z: float = 0.0
    stop_z: float | None = None
    max_hold: int | None = None
    cooldown: int = 0

    def __post_init__(self) -> None:
        entry = ensure_float(self.entry_z, "entry_z", low=0, low_open=True)
        values: dict[str, Any] = {
            "lookback": ensure_int(self.lookback, "lookback", low=2),
            "entry_z": entry,
            "exit_z": ensure_float(self.exit_z, "exit_z", high=entry),
            "cooldown": ensure_int(self.cooldown, "cooldown", low=0),
        }
        if self.stop_z is not None:
            values["stop_z"] = ensure_float(self.stop_z, "stop_z", low=entry, low_open=True)
        if self.max_hold is not None:
            values["max_hold"] = ensure_int(self.max_hold, "max_hold", low=1)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return targets and reasons, both (T,)."""
        return decide_path(
            self.signal(spread),
            self.levels(),
            max_hold=self.max_hold or 0,
            cooldown=self.cooldown,
        )

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rolling z-score, NaN where there is none."""
        from spreadlab.backtest.kernels import zscore_nb

        return zscore_nb(locked(spread), self.lookback)

    def levels(self) -> NDArray[np.float64]:
        """Return the row of levels (1, 6): the kernel's >= and <= one float off are > and <."""
        stop = INF if self.stop_z is None else self.stop_z
        row = (
            math.nextafter(-self.entry_z, -INF),
            math.nextafter(-self.exit_z, INF),
            math.nextafter(self.entry_z, INF),
            math.nextafter(self.exit_z, -INF),
            -stop,
            stop,
        )
        return np.array([row])

    def marks(self) -> dict[str, float]:
        """Return the levels by name."""
        marks = {
            "enter long": -self.entry_z,
            "exit long": -self.exit_z,
            "enter short": self.entry_z,
            "exit short": self.exit_z,
        }
        if self.stop_z is not None:
            marks |= {"stop long": -self.stop_z, "stop short": self.stop_z}
        return marks


def as_rule(policy: Any) -> SpreadRule:
    """Return the rule behind `policy`.

    Parameters
    ----------
    policy : ThresholdRule, ZScoreRule or PolicyResult
        Anything with `thresholds` (enter_long, exit_long, enter_short, exit_short, in units of
        the spread) trades these.

    Raises
    ------
    InvalidInputError
        If it is none of these.
    """
    if isinstance(policy, ThresholdRule | ZScoreRule):
        return policy
    thresholds = getattr(policy, "thresholds", None)
    names = ("enter_long", "exit_long", "enter_short", "exit_short")
    if thresholds is not None and all(hasattr(thresholds, name) for name in names):
        return ThresholdRule(*(getattr(thresholds, name) for name in names))
    raise InvalidInputError(
        "policy",
        f"got {type(policy).__name__}",
        "a policy of sl.solve_hjb, sl.ThresholdRule or sl.ZScoreRule",
    )


def decide_path(
    signal: NDArray[np.float64],
    levels: NDArray[np.float64],
    *,
    max_hold: int = 0,
    cooldown: int = 0,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Run the decision kernel over a signal with one fixed row of levels."""
    from spreadlab.backtest.kernels import ROW_FIXED, decide_path_nb

    targets, reasons = decide_path_nb(locked(signal), locked(levels), ROW_FIXED, max_hold, cooldown)
    return targets, reasons


def locked(array: NDArray[Any]) -> NDArray[Any]:
    """Return a contiguous read-only view: kernels are compiled once, for arrays of this kind."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _ensure_level(value: object, name: str, away: float) -> float:
    if value is None:
        return away
    if isinstance(value, float | np.floating) and value == away:
        return away
    return ensure_float(value, name)


def _finite(marks: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in marks.items() if math.isfinite(value)}
