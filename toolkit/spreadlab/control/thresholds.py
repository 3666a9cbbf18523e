"""Levels of the spread at which a position changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from spreadlab._canonical import wire

if TYPE_CHECKING:
    from numpy.typing import NDArray


@wire("Thresholds")
@dataclass(frozen=True, slots=True)
class Thresholds(Mapping[str, float]):
    """Where an optimal policy trades, in units of the spread.

    Levels are attributes and items alike: ``thresholds.exit_long``, ``thresholds["exit_long"]``.
    As a mapping it holds those that exist.

    Attributes
    ----------
    enter_long, exit_long : float
        Become long at or below the first, give the long position up at or above the second.
    enter_short, exit_short : float
        Become short at or above the first, give the short position up at or below the second.
    first_entry : float or None
        With a fixed fee, the distance from the mean at which a flat position is left (half the
        width of the region in which it waits, where that is not centred); None without a fee.
    flat_to_long, flat_to_short, long_to_short, short_to_long : float or None
        With a fixed fee, the levels at which each single switch is made, since they differ by the
        position one comes from. `enter_long` is then the level at which the rule becomes long
        again and again: from short if a position given up is reversed, else from flat. None
        without a fee, where all switches into a position share one level.
    """

    enter_long: float
    exit_long: float
    enter_short: float
    exit_short: float
    first_entry: float | None = None
    flat_to_long: float | None = None
    flat_to_short: float | None = None
    long_to_short: float | None = None
    short_to_long: float | None = None

    def __getitem__(self, name: str) -> float:
        if name not in _LEVELS:
            raise KeyError(name)
        level: float | None = getattr(self, name)
        if level is None:
            raise KeyError(f"{name} (there is none without a fixed cost)")
        return level

    def __iter__(self) -> Iterator[str]:
        return (name for name in _LEVELS if getattr(self, name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def switches(self) -> NDArray[np.float64]:
        """Return the levels of all single switches, in the order of `SWITCHES`."""

        def or_else(level: float | None, fallback: float) -> float:
            return fallback if level is None else level

        return np.array(
            [
                or_else(self.flat_to_long, self.enter_long),
                or_else(self.flat_to_short, self.enter_short),
                self.exit_long,
                or_else(self.long_to_short, self.enter_short),
                self.exit_short,
                or_else(self.short_to_long, self.enter_long),
            ]
        )


_LEVELS = tuple(field.name for field in fields(Thresholds))

SWITCHES = (
    "flat_to_long",
    "flat_to_short",
    "leave_long",
    "long_to_short",
    "leave_short",
    "short_to_long",
)


def thresholds_from_switches(switches: NDArray[np.float64], *, fee: bool) -> Thresholds:
    """Return the thresholds that six levels of single switches amount to.

    Parameters
    ----------
    switches : ndarray, shape (6,)
        In the order of `SWITCHES`, NaN for never.
    fee : bool
        Whether there is a fixed fee.
    """
    to_long, to_short, leave_long, reverse_long, leave_short, reverse_short = map(float, switches)
    if not fee:
        return Thresholds(to_long, leave_long, to_short, leave_short)
    return Thresholds(
        enter_long=reverse_short if reverse_short == leave_short else to_long,
        exit_long=leave_long,
        enter_short=reverse_long if reverse_long == leave_long else to_short,
        exit_short=leave_short,
        first_entry=0.5 * (to_short - to_long),
        flat_to_long=to_long,
        flat_to_short=to_short,
        long_to_short=reverse_long,
        short_to_long=reverse_short,
    )
