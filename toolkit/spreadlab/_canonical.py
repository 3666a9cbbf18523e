"""One byte form for every task, tile and partial: deterministic, self-describing, no pickle.

Layout: 4 bytes magic, 8 bytes little-endian header length, a JSON header (sorted keys, ASCII),
then the raw little-endian array buffers in the order the header names them. Floats travel as
hexadecimal text, so NaN, inf and every last bit survive. Only dataclasses registered with
`wire` can be decoded, so bytes from elsewhere can't build arbitrary objects.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spreadlab._wire_types import misfit
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAGIC = b"SLB1"
_DTYPES = ("float64", "int64", "int32", "int8", "bool")
_REGISTRY: dict[str, type] = {}
_PIECE = 1 << 22
T = TypeVar("T")
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)


def wire(name: str) -> Callable[[type[T]], type[T]]:
    """Register a dataclass under a stable wire name, so that it can be decoded."""

    def register(cls: type[T]) -> type[T]:
        if _REGISTRY.get(name, cls).__qualname__ != cls.__qualname__:
            raise ValueError(f"wire name {name!r} is taken by {_REGISTRY[name].__qualname__}")
        _REGISTRY[name] = cls
        cls.__wire_name__ = name  # type: ignore[attr-defined]
        return cls

    return register


def registered() -> Mapping[str, type]:
    """Return the classes that can be decoded so far, by wire name."""
    return dict(_REGISTRY)


def _pack(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return {"f": float(value).hex()}
    if isinstance(value, tuple | list):
        return {"l": [_pack(item, arrays) for item in value]}
    if isinstance(value, np.ndarray):
        if value.dtype.name not in _DTYPES:
            raise TypeError(f"arrays of {value.dtype} have no wire form; use one of {_DTYPES}")
        arrays.append(value)
        return {"a": len(arrays) - 1}
    name = getattr(type(value), "__wire_name__", None)
    if name is not None:
        fields = {f.name: _pack(getattr(value, f.name), arrays) for f in dataclasses.fields(value)}
        return {"t": name, "v": fields}
    if hasattr(value, "items"):
        return {"d": {str(key): _pack(value[key], arrays) for key in sorted(value)}}
    raise TypeError(f"{type(value).__qualname__} has no wire form; register it with `wire`")


def wire_modules(value: Any) -> set[str]:
    """Return the modules that have to be imported before the byte form of `value` can be read."""
    if hasattr(type(value), "__wire_name__"):
        parts = [getattr(value, f.name) for f in dataclasses.fields(value)]
        return {type(value).__module__}.union(*map(wire_modules, parts))
    if isinstance(value, tuple | list):
        return set().union(*map(wire_modules, value))
    if hasattr(value, "items"):
        return set().union(*(wire_modules(item) for _, item in value.items()))
    return set()


def _unpack(node: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    if not isinstance(node, dict):
        return node
    if "f" in node:
        return float.fromhex(node["f"])
    if "l" in node:
        return tuple(_unpack(item, arrays) for item in node["l"])
    if "a" in node:
        return arrays[node["a"]]
    if "d" in node:
        return {key: _unpack(item, arrays) for key, item in node["d"].items()}
    if node.get("t") not in _REGISTRY:
        raise InvalidInputError("payload", f"unknown type {node.get('t')!r}", "a registered type")
    cls = _REGISTRY[node["t"]]
    values = {key: _unpack(item, arrays) for key, item in node["v"].items()}
    if (wrong := misfit(cls, values)) is not None:
        name, declared = wrong
        kind = type(values[name]).__name__
        raise InvalidInputError(f"{node['t']}.{name}", f"got a value of type {kind}", declared)
    return cls(**values)


def _header(
    value: Any, describe: Callable[[np.ndarray[Any, Any]], Any]
) -> tuple[bytes, list[bytes]]:
    arrays: list[np.ndarray[Any, Any]] = []
    body = _pack(value, arrays)
    buffers = [_little_endian(array).tobytes() for array in arrays]
    shapes = [describe(array) for array in arrays]
    text = json.dumps({"arrays": shapes, "body": body}, sort_keys=True, separators=(",", ":"))
    return text.encode("ascii"), buffers


def _little_endian(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def array_digest(array: np.ndarray[Any, Any]) -> str:
    """Return the sha256 of an array's dtype, shape and little-endian values, as hex text.

    Beyond 4 MB the digests of pieces of that size stand for the values: pieces are hashed side by
    side, where one long chain would keep a single core busy for longer than many a fit takes.
    """
    digest = hashlib.sha256(f"{array.dtype.name}{array.shape}".encode("ascii"))
    values = _little_endian(array).reshape(-1).view(np.uint8).data  # hashed in place: no copy
    if len(values) <= _PIECE:
        digest.update(values)
        return digest.hexdigest()
    pieces = [values[low : low + _PIECE] for low in range(0, len(values), _PIECE)]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), "spreadlab-digest") as pool:
        for part in pool.map(lambda piece: hashlib.sha256(piece).digest(), pieces):
            digest.update(part)
    return digest.hexdigest()


def encode(value: Any) -> bytes:
    """Return the byte form of `value`; `decode` gives an equal object back.

    Raises
    ------
    TypeError
        If some part has no wire form.
    """
    header, buffers = _header(value, lambda a: [a.dtype.name, list(a.shape)])
    return b"".join([MAGIC, len(header).to_bytes(8, "little"), header, *buffers])


def decode(payload: bytes) -> Any:
    """Return the object that `encode` wrote; its arrays are read-only views of `payload`.

    Raises
    ------
    InvalidInputError
        If the bytes are truncated, malformed, or name a type that is not registered; if a field
        holds another type than its class declares, or a value that the class refuses.
    """
    try:
        return _decode(memoryview(payload))
    except _MALFORMED as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError("payload", f"malformed ({error})", "bytes made by encode") from None


def _decode(view: memoryview) -> Any:
    if bytes(view[:4]) != MAGIC:
        raise ValueError("wrong magic")
    end = 12 + int.from_bytes(view[4:12], "little")
    header = json.loads(bytes(view[12:end]))
    arrays = []
    for name, shape in header["arrays"]:
        if name not in _DTYPES or any(not isinstance(n, int) or n < 0 for n in shape):
            raise ValueError(f"array of {name} {shape}")
        dtype = np.dtype(name).newbyteorder("<")
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if end + size > len(view):
            raise ValueError("truncated")
        flat = np.frombuffer(view[end : end + size], dtype=dtype).astype(name, copy=False)
        array = flat.reshape(shape)
        array.flags.writeable = False
        arrays.append(array)
        end += size
    if end != len(view):
        raise ValueError("trailing bytes")
    return _unpack(header["body"], arrays)


def canonical_bytes(value: Any) -> bytes:
    """Return bytes that identify `value`: arrays stand in it by digest, not by content."""
    header, _ = _header(value, lambda a: [a.dtype.name, list(a.shape), array_digest(a)])
    return header


def digest_of(value: Mapping[str, Any] | Any) -> str:
    """Return the sha256 of `canonical_bytes(value)` as hex text."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
