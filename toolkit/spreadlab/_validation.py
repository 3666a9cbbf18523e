"""Checks at the public edge: `ensure_*` coerce and return, `check_*` only raise.

Public functions call these once, before any work; kernels behind them trust their input.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SEED = 2**63 - 1  # an int64, as every whole number of a task


def quoted(argument: str, key: str) -> str:
    """Return `argument["key"]`, cut where it gets long: how errors name a part of an argument."""
    return f'{argument}["{key if len(key) <= 60 else key[:57] + "..."}"]'


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def ensure_float(
    value: object,
    argument: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    low_open: bool = False,
    high_open: bool = False,
) -> float:
    """Return `value` as a finite float inside an interval.

    Parameters
    ----------
    value : object
        Anything that numpy reads as one real number; booleans and strings are refused.
    argument : str
        Name used in the error.
    low, high : float
        Ends of the allowed interval.
    low_open, high_open : bool
        Whether that end itself is excluded.

    Raises
    ------
    InvalidInputError
        If `value` is not one finite real number inside the interval.
    """
    left = "(" if low_open or np.isinf(low) else "["
    right = ")" if high_open or np.isinf(high) else "]"
    allowed = f"a finite number in {left}{low:g}, {high:g}{right}"
    if isinstance(value, bool | np.bool_ | str | bytes) or value is None:
        raise InvalidInputError(argument, f"got {_shorten(value)}", allowed)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        raise InvalidInputError(argument, f"got {_shorten(value)}", allowed) from None
    inside = (number > low if low_open else number >= low) and (
        number < high if high_open else number <= high
    )
    if not (np.isfinite(number) and inside):
        raise InvalidInputError(argument, f"got {number!r}", allowed)
    return number


def ensure_int(
    value: object, argument: str, *, low: int | None = None, high: int | None = None
) -> int:
    """Return `value` as an int inside [`low`, `high`]; floats are taken only when whole.

    Raises
    ------
    InvalidInputError
        If `value` is not one whole number inside the interval.
    """
    ends = f" in [{'-inf' if low is None else low}, {'inf' if high is None else high}]"
    allowed = "an integer" + (ends if low is not None or high is not None else "")
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        raise InvalidInputError(argument, f"got {_shorten(value)}", allowed)
    if not np.isfinite(value) or value != int(value):
        raise InvalidInputError(argument, f"got {value!r}", allowed)
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidInputError(argument, f"got {number}", allowed)
    return number


def check_choice(value: object, argument: str, choices: Collection[object]) -> None:
    """Raise InvalidInputError unless `value` equals one of `choices`."""
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        allowed = "one of " + ", ".join(repr(choice) for choice in choices)
        raise InvalidInputError(argument, f"got {_shorten(value)}", allowed)


def ensure_1d(values: Any, argument: str, *, min_obs: int = 1) -> NDArray[np.float64]:
    """Return `values` as a read-only, contiguous, finite float64 vector.

    Parameters
    ----------
    values : array_like, shape (T,)
        A sequence, array or Series of real numbers.
    argument : str
        Name used in the error.
    min_obs : int
        Fewest observations that make sense to the caller.

    Raises
    ------
    InvalidInputError
        If it is not one-dimensional and numeric, is too short, or holds NaN or inf.
    """
    array = _as_float(values, argument)
    if array.ndim != 1:
        raise InvalidInputError(argument, f"got an array of shape {array.shape}", "one-dimensional")
    if array.size < min_obs:
        raise InvalidInputError(
            argument, f"{array.size} observations", f"at least {min_obs} observations"
        )
    check_finite(array, argument)
    return read_only(array)


def _as_float(values: Any, argument: str) -> NDArray[np.float64]:
    try:
        raw = np.asarray(values)
        if raw.dtype.kind == "c":
            raise InvalidInputError(argument, "got complex numbers", "real numbers")
        if raw.dtype.kind in "USmMb":
            raise InvalidInputError(argument, f"got values of type {raw.dtype}", "real numbers")
        if raw.dtype.kind == "O" and any(isinstance(v, str | bytes | bool) for v in raw.flat):
            # numpy would read "3" and True as numbers.
            raise InvalidInputError(argument, "got text or booleans among numbers", "real numbers")
        return np.ascontiguousarray(raw, dtype=np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(argument, f"got {_shorten(values)}", "real numbers") from None


def check_finite(array: NDArray[np.float64], argument: str) -> None:
    """Raise InvalidInputError that names the first NaN or infinite position of a vector."""
    bad = ~np.isfinite(array)
    if bad.any():
        first = int(np.argmax(bad))
        kind = "missing (NaN)" if np.isnan(array[first]) else "infinite"
        raise InvalidInputError(
            argument,
            f"{int(bad.sum())} values are not finite, the first at position {first} is {kind}",
            "finite",
            "fill or drop them",
        )


def check_not_constant(array: NDArray[np.float64], argument: str) -> None:
    """Raise InvalidInputError if a vector has no variation beyond rounding."""
    spread = float(array.max() - array.min())
    scale = float(np.abs(array).max())
    if spread <= 1e-13 * scale:
        raise InvalidInputError(
            argument, f"constant ({float(array[0])!r} throughout)", "a series that varies"
        )


def read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `array` that can't be written through, copied if the caller could still write it."""
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array
