"""Arrays on the wire: ``{view, dtype, shape}``, C order, little endian, bytes as a binary buffer.

The TypeScript side is ``widgets/frontend/src/shared/codec.ts``. float64 stays float64: a number
that a reader copies from a view is the number that was computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

DTYPES = {"float64": "<f8", "int8": "i1", "int32": "<i4"}


class WireArray(TypedDict):
    """An array as a comm carries it; ``view`` travels beside the JSON, as bytes."""

    view: memoryview
    dtype: str
    shape: list[int]


def to_wire(array: NDArray[Any]) -> WireArray:
    """Return the wire form of an array of one of the types in ``DTYPES``.

    Parameters
    ----------
    array : ndarray
        Of any shape and memory order; copied only where it is not C-ordered little endian.

    Raises
    ------
    TypeError
        If its type is not one that crosses: nothing is rounded on the way.
    """
    name = array.dtype.name
    if name not in DTYPES:
        raise TypeError(f"array of dtype {name}: must be one of {', '.join(DTYPES)}")
    ordered = np.ascontiguousarray(array, dtype=DTYPES[name])
    # An array without elements has strides that memoryview.cast refuses.
    view = ordered.reshape(-1).data.cast("B") if ordered.size else memoryview(b"")
    return {"view": view, "dtype": name, "shape": list(array.shape)}


class WireRuns(TypedDict):
    """An array that seldom changes along itself: each run's value, and the index it ends before."""

    values: WireArray
    ends: WireArray
    shape: list[int]


def runs_to_wire(array: NDArray[np.int8]) -> WireRuns:
    """Return the wire form of an array of few runs: a hundredth of its bytes where it is a map.

    Raises
    ------
    TypeError
        If it is not of int8.
    """
    if array.dtype != np.int8:
        raise TypeError(f"array of dtype {array.dtype.name}: must be int8")
    flat = np.ascontiguousarray(array).reshape(-1)
    last = np.ones(flat.size, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=last[:-1])
    values, ends = flat[last], np.flatnonzero(last) + 1
    return {
        "values": to_wire(values),
        "ends": to_wire(ends.astype(np.int32)),
        "shape": list(array.shape),
    }


def runs_from_wire(wire: WireRuns) -> NDArray[np.int8]:
    """Return the array behind `runs_to_wire`."""
    ends = from_wire(wire["ends"])
    return np.repeat(from_wire(wire["values"]), np.diff(ends, prepend=0)).reshape(wire["shape"])


def to_message(
    content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> tuple[dict[str, Any], list[memoryview]]:
    """Return a message's content and buffers: arrays by name, each with its place among them.

    A message is heard once and kept by nobody, where a trait is part of the widget's state.
    """
    wires = {name: to_wire(array) for name, array in arrays.items()}
    described = {
        name: {"dtype": wire["dtype"], "shape": wire["shape"], "buffer": place}
        for place, (name, wire) in enumerate(wires.items())
    }
    return {**content, "arrays": described}, [wire["view"] for wire in wires.values()]


def from_wire(wire: WireArray) -> NDArray[Any]:
    """Return the array behind a wire form, read-only and without a copy.

    Raises
    ------
    TypeError
        If the type is not one that crosses.
    ValueError
        If the bytes do not fill the shape.
    """
    name, shape = wire["dtype"], wire["shape"]
    if name not in DTYPES:
        raise TypeError(f"array of dtype {name}: must be one of {', '.join(DTYPES)}")
    dtype = np.dtype(DTYPES[name])
    view = memoryview(wire["view"])
    needed = _size(shape) * dtype.itemsize
    if view.nbytes != needed:
        raise ValueError(
            f"array of shape {tuple(shape)} and dtype {name}: "
            f"needs {needed} bytes, got {view.nbytes}"
        )
    array: NDArray[Any] = np.frombuffer(view, dtype=dtype).reshape(shape)
    array.flags.writeable = False
    return array


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))
