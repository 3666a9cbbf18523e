"""What the fields of a decoded dataclass may hold, read from their annotations.

Bytes from elsewhere can put anything anywhere. A field that holds another kind of value than its
class declares is refused as it is decoded, so that `check` methods and kernels meet only numbers
where they expect numbers. Which of the numbers, texts and lengths make sense is theirs to say.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Fits = Callable[[typing.Any], bool]

# Whole numbers go into kernels as int64; a float beyond 2^53 is not the integer it was.
_LARGEST_INT = 2**63
_LARGEST_WHOLE_FLOAT = 2**53
# Names that modules import for annotations alone.
_NAMES = {"NDArray": NDArray, "Mapping": Mapping, "Sequence": Sequence, "np": np, "Any": typing.Any}


def misfit(cls: type, values: Mapping[str, typing.Any]) -> tuple[str, str] | None:
    """Return the first field whose value has the wrong type and what its class declares."""
    for name, (fits, declared) in _fields_of(cls).items():
        if name in values and not fits(values[name]):
            return name, declared
    return None


@functools.cache
def _fields_of(cls: type) -> dict[str, tuple[Fits, str]]:
    hints = typing.get_type_hints(cls, localns=_NAMES)
    return {
        field.name: (_fitting(hints[field.name]), str(field.type))
        for field in dataclasses.fields(cls)
    }


def _fitting(hint: typing.Any) -> Fits:
    """Return the test of one annotation."""
    if (plain := _PLAIN.get(hint)) is not None:
        return plain
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [_fitting(part) for part in parts]
        return lambda value: any(fits(value) for fits in options)
    if origin is typing.Literal:  # which of them is said by `check`, in words of its own
        kinds = {type(part) for part in parts}
        return lambda value: type(value) in kinds
    if origin is tuple:
        return _tuple(parts)
    if origin is Mapping:
        inside = _fitting(parts[1])
        return lambda value: isinstance(value, dict) and all(map(inside, value.values()))
    if origin is np.ndarray:
        dtype = np.dtype(typing.get_args(parts[1])[0])
        return lambda value: isinstance(value, np.ndarray) and value.dtype == dtype
    if isinstance(hint, type):
        return lambda value: isinstance(value, hint)
    raise NotImplementedError(f"no rule says which values fit the annotation {hint!r}")


def _tuple(parts: tuple[typing.Any, ...]) -> Fits:
    if len(parts) == 2 and parts[1] is Ellipsis:
        inside = _fitting(parts[0])
        return lambda value: isinstance(value, tuple) and all(map(inside, value))
    each = [_fitting(part) for part in parts]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(each)
        and all(fits(item) for fits, item in zip(each, value, strict=True))
    )


def _is_int(value: object) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and -_LARGEST_INT <= value < _LARGEST_INT
    )


def _is_float(value: object) -> bool:
    if isinstance(value, float):
        return True
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and abs(typing.cast("int", value)) <= _LARGEST_WHOLE_FLOAT


_PLAIN: dict[typing.Any, Fits] = {
    typing.Any: lambda _: True,
    object: lambda _: True,
    types.NoneType: lambda value: value is None,
    bool: lambda value: isinstance(value, bool),
    int: _is_int,
    float: _is_float,
    str: lambda value: isinstance(value, str),
}
