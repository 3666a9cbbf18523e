"""Built-in rules: levels of the spread, levels of its rolling z-score."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float, ensure_int
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.backtest.user_rules import History

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


class LevelRule:
    """A rule that compares one causal signal with one row of levels, by one kernel.

    Its bar-by-bar form (`prepare`, `decide`) and its form over a whole history (`path`) call the
    same compiled step, so that a live book decides what the backtest decided.
    """

    __slots__ = ()

    signal_parameters: ClassVar[tuple[str, ...]] = ()
    """Parameters that the signal depends on; the others only move the levels."""

    if TYPE_CHECKING:

        def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
            """Return the series (T,) that the levels are compared with."""

        @staticmethod
        def level_table(
            columns: Mapping[str, Any],
        ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
            """Return the levels (n, 10) of n rules as columns, and which are allowed."""

    def columns(self) -> dict[str, Any]:
        """Return the parameters as numbers that columns can hold: None becomes never."""
        never = {"stop_z": INF, "max_hold": 0}
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {k: never.get(k) if value is None else value for k, value in values.items()}

    def levels(self) -> NDArray[np.float64]:
        """Return the row of levels (1, 10) that the kernel reads."""
        return self.level_table({k: np.array([float(v)]) for k, v in self.columns().items()})[0]

    def limits(self) -> tuple[int, int]:
        """Return most bars to hold (0: no limit) and bars of rest after an exit."""
        return 0, 0

    def window(self) -> int:
        """Return how many values of the spread the signal of one bar needs."""
        return 1

    def path(self, spread: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Return the target decided at each bar and why, both (T,)."""
        from spreadlab.backtest.kernels import ROW_FIXED, decide_path_nb

        targets, reasons = decide_path_nb(
            locked(self.signal(spread)), locked(self.levels()), ROW_FIXED, *self.limits()
        )
        return targets, reasons

    def prepare(self, history: History) -> tuple[int, int, int]:  # noqa: ARG002
        """Return the state before the first bar: position, bars held, bars to rest."""
        return 0, 0, 0

    def decide(
        self,
        t: int,  # noqa: ARG002
        history: History,
        state: tuple[int, int, int],
    ) -> tuple[int, tuple[int, int, int]]:
        """Return the target after the last bar of `history`, and the next state."""
        from spreadlab.backtest.kernels import step_nb

        x = float(self.signal(history.spread[-self.window() :])[-1])
        target, held, resting, _ = step_nb(x, *state, locked(self.levels()[0]), *self.limits())
        return target, (target, held, resting)


@wire("ThresholdRule")
@dataclass(frozen=True, slots=True)
class ThresholdRule(LevelRule):
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

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spread itself."""
        return spread

    @staticmethod
    def level_table(columns: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the levels (n, 10) of n rules given as columns, and which of them are allowed."""
        enter_long, exit_long, enter_short, exit_short = (
            columns[name] for name in ("enter_long", "exit_long", "enter_short", "exit_short")
        )
        allowed = (enter_long < exit_long) & (exit_short < enter_short) & (enter_long < enter_short)
        return _stack(enter_long, exit_long, enter_short, exit_short, -INF, INF), allowed

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


class ZLevels(LevelRule):
    """Levels of a signal whose unit is a standard deviation: the same for long and short."""

    __slots__ = ()

    if TYPE_CHECKING:
        entry_z: float
        exit_z: float
        stop_z: float | None
        max_hold: int | None
        cooldown: int

    def _check_levels(self) -> None:
        entry = ensure_float(self.entry_z, "entry_z", low=0, low_open=True)
        values: dict[str, Any] = {
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

    def limits(self) -> tuple[int, int]:
        """Return `max_hold` (0: no limit) and `cooldown`."""
        return self.max_hold or 0, self.cooldown

    @staticmethod
    def level_table(columns: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the levels (n, 10) of n rules given as columns, and which of them are allowed.

        The kernel's >= and <= one float further on are > and <.
        """
        entry, exit_, stop = columns["entry_z"], columns["exit_z"], columns["stop_z"]
        table = _stack(
            np.nextafter(-entry, -INF),
            np.nextafter(-exit_, INF),
            np.nextafter(entry, INF),
            np.nextafter(exit_, -INF),
            -stop,
            stop,
        )
        return table, (entry > 0) & (exit_ <= entry) & (stop > entry)

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


@wire("ZScoreRule")
@dataclass(frozen=True, slots=True)
class ZScoreRule(ZLevels):
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

    signal_parameters: ClassVar[tuple[str, ...]] = ("lookback",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lookback", ensure_int(self.lookback, "lookback", low=2))
        self._check_levels()

    def window(self) -> int:
        """Return `lookback`."""
        return self.lookback

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rolling z-score, NaN where there is none."""
        from spreadlab.backtest.kernels import zscore_nb

        return zscore_nb(locked(spread), self.lookback)


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


def _stack(
    enter_long: Any, exit_long: Any, enter_short: Any, exit_short: Any, low: Any, high: Any
) -> NDArray[np.float64]:
    """Return rows of levels for the kernel.

    A position is turned where it is left and the opposite one would be entered.
    """
    to_short = np.maximum(exit_long, enter_short)
    to_long = np.minimum(exit_short, enter_long)
    four = (enter_long, exit_long, enter_short, exit_short)
    columns = (*four, low, high, to_short, to_long, low, high)
    return np.column_stack(np.broadcast_arrays(*columns)).astype(np.float64)


def _finite(marks: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in marks.items() if math.isfinite(value)}
