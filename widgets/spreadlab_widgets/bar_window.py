"""A stretch of bars as a trait: two bars, or two dates of a view that has dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets as t

from spreadlab_widgets.view import InvalidTraitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A window holds at least what a fit needs and a reader can see.
SHORTEST = 30
_DAY = 86_400_000_000_000
_MEANING = "two bars (first, one past the last) or two dates of the prices"


class BarWindow(t.TraitType):  # type: ignore[type-arg]
    """Two ints, the first bar and one past the last, like a slice.

    Two dates are taken as well, both of them included, and become bars. Its owner has `n_obs` and
    `dates`.
    """

    default_value = (0, 0)
    info_text = _MEANING

    def validate(self, obj: Any, value: Any) -> tuple[int, int]:
        """Return the window as two bars, or raise InvalidTraitError."""
        return ensure_window(value, obj.n_obs, obj.dates, self.name or "window")


def ensure_window(
    value: Any, n_obs: int, dates: NDArray[np.datetime64] | None, argument: str
) -> tuple[int, int]:
    """Return a window as two bars.

    Raises
    ------
    InvalidTraitError
        If it is no pair of bars or dates, leaves the prices, or is shorter than `SHORTEST` bars.
    """
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != 2:
        raise InvalidTraitError(argument, f"got {value!r}", _MEANING)
    low, high = value
    if _is_bar(low) and _is_bar(high):
        first, end = int(low), int(high)
    else:
        first, end = _bars_of(low, high, dates, argument)
    shortest = min(SHORTEST, n_obs)
    if not 0 <= first <= end <= n_obs or end - first < shortest:
        raise InvalidTraitError(
            argument,
            f"got {value!r}, bars {first} to {end}",
            f"within 0 and {n_obs}, at least {shortest} bars long",
        )
    return first, end


def _is_bar(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _bars_of(
    low: Any, high: Any, dates: NDArray[np.datetime64] | None, argument: str
) -> tuple[int, int]:
    if dates is None:
        raise InvalidTraitError(
            argument, f"got {(low, high)!r} for prices without dates", "two bars"
        )
    stamps = dates.astype("datetime64[ns]").astype(np.int64)
    last = _stamp(high, argument)
    if _is_day(high):  # all of it
        last += _DAY - 1
    first = int(np.searchsorted(stamps, _stamp(low, argument), side="left"))
    return first, int(np.searchsorted(stamps, last, side="right"))


def _is_day(value: Any) -> bool:
    return not (hasattr(value, "hour") or (isinstance(value, str) and len(value) > 10))


def _stamp(value: Any, argument: str) -> int:
    """Return a date as nanoseconds since 1970, UTC."""
    from pandas import Timestamp, isna

    try:
        stamp = Timestamp(value)
    except (TypeError, ValueError) as error:
        raise InvalidTraitError(argument, f"got {value!r}", _MEANING) from error
    if isna(stamp):
        raise InvalidTraitError(argument, f"got {value!r}", _MEANING)
    return int(stamp.as_unit("ns").value)
