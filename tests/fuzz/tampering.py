"""Requests that somebody tampered with, made of a source of choices: a random one or a fuzzer."""

from __future__ import annotations

import importlib
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from spreadlab._canonical import MAGIC
from spreadlab.task import NO_INPUTS, Inputs
from tests import engines

if TYPE_CHECKING:
    import random

CASES = {
    f"{path.stem}: {label}": make
    for path in sorted(Path(engines.__file__).parent.glob("cases_*.py"))
    if path.stem != "cases_core"  # a toy
    for label, make in importlib.import_module(f"tests.engines.{path.stem}").CASES.items()
}
LARGEST = 60_000  # bytes of inputs: larger ones cost time and find no more


class Choices(Protocol):
    """Where a tampered request takes its chances from."""

    def below(self, n: int) -> int:
        """Return a whole number in [0, n)."""

    def some_bytes(self, n: int) -> bytes:
        """Return at most `n` bytes."""


class Drawn:
    """Choices of a pseudo-random generator."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator

    def below(self, n: int) -> int:
        return self._generator.randrange(n)

    def some_bytes(self, n: int) -> bytes:
        return self._generator.randbytes(self._generator.randrange(n + 1))


def case(label: str) -> tuple[Any, Inputs] | None:
    """Return the task and inputs of a case, None if they are large."""
    task, inputs = CASES[label]()
    inputs = NO_INPUTS if inputs is None else inputs
    large = sum(array.nbytes for array in inputs.arrays.values()) > LARGEST
    return None if large else (task, inputs)


def pick(choices: Choices, options: list[Any] | tuple[Any, ...]) -> Any:
    """Return one of `options`."""
    return options[choices.below(len(options))]


_INTS = (0, 1, -1, 2, 7, 10**6, -(10**6), 2**31, 2**53 + 1, 2**63, -(2**63), 2**70, 10**400)
_FLOATS = ("nan", "inf", "-inf", "0x1p1023", "0x0p0", "-0x1p0", "0x1p-1074", "0x1.8p1", "zz")
_TEXTS = ("", "x", "log", "none", "aic", "0", "\u00e9", "0" * 300)
_CLASSES = ("PairScanSpec", "Tile", "TileSubset", "OUFitSpec", "OptimalRule", "object")


def value(choices: Choices) -> Any:
    """Return the canonical form of something."""
    kinds = (
        lambda: None,
        lambda: choices.below(2) == 1,
        lambda: pick(choices, _INTS),
        lambda: choices.below(2000) - 1000,
        lambda: pick(choices, _TEXTS),
        lambda: {"f": pick(choices, _FLOATS)},
        lambda: {"f": struct.unpack("<d", choices.some_bytes(8).ljust(8, b"\1"))[0].hex()},
        lambda: pick(choices, [{"l": []}, {"l": [1, None, {"l": []}]}, {"d": {}}, [], {"l": 3}]),
        lambda: {"a": choices.below(7) - 3},
        lambda: {"t": pick(choices, _CLASSES), "v": {}},
    )
    return pick(choices, kinds)()


def _ways(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside: Any = ()
    if isinstance(node, dict | list):
        inside = node.items() if isinstance(node, dict) else enumerate(node)
    found = [path] if path else []
    for key, inner in inside:
        found += _ways(inner, (*path, key))
    return found


def opened(payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of canonical bytes, and their buffers."""
    end = 12 + int.from_bytes(payload[4:12], "little")
    return json.loads(payload[12:end]), payload[end:]


def closed(header: dict[str, Any], buffers: bytes) -> bytes:
    """Return canonical bytes of a header and buffers."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + len(text).to_bytes(8, "little") + text + buffers


def replaced(payload: bytes, way: tuple[Any, ...], new: Any) -> bytes:
    """Return canonical bytes in which the value at the end of `way` is another one."""
    header, buffers = opened(payload)
    node = header
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = new
    return closed(header, buffers)


def tampered(payload: bytes, choices: Choices) -> bytes:
    """Return canonical bytes with a value replaced, a key gone, a shape wrong, or bytes flipped."""
    kind = pick(choices, ("value", "value", "value", "value", "key", "shape", "bytes", "cut"))
    if kind == "cut":
        return payload[: choices.below(len(payload))]
    if kind == "bytes":
        flipped = bytearray(payload)
        for _ in range(1 + choices.below(4)):
            flipped[choices.below(len(flipped))] ^= 1 + choices.below(255)
        return bytes(flipped)
    header, buffers = opened(payload)
    if kind == "shape" and header["arrays"]:
        array = pick(choices, header["arrays"])
        shape = array[1]
        array[1] = pick(choices, ([1, *shape], [*shape, 1], shape[::-1], [0], [0, 10**30], []))
        return closed(header, buffers)
    way = pick(choices, _ways(header))
    if kind == "key":
        node = header
        for step in way[:-1]:
            node = node[step]
        del node[way[-1]]
        return closed(header, buffers)
    return replaced(payload, way, value(choices))


def tampered_inputs(inputs: Inputs, choices: Choices) -> Inputs:
    """Return inputs with an array or labels gone, of another shape, or of odd values."""
    arrays, labels = dict(inputs.arrays), dict(inputs.labels)
    if not arrays:
        return inputs
    name = pick(choices, sorted(arrays))
    array = arrays[name]
    one = array.copy()
    if one.size:
        one.flat[choices.below(one.size)] *= pick(choices, (0.0, -1.0, 1e200, 1e-200, 1e5))
    kinds = {
        "flat": lambda: array.reshape(-1),
        "short": lambda: array[: pick(choices, (0, 1, 2, 3, 30))],
        "narrow": lambda: array[:, : choices.below(3)] if array.ndim == 2 else array[:, None],
        "scaled": lambda: array * pick(choices, (0.0, 1e-300, 1e300, -1.0, 1e90, 1e-90, 1e-320)),
        "level": lambda: np.full(array.shape, pick(choices, (0.0, 1.0, 5e-324, 1e308))),
        "one": lambda: one,
    }
    kind = pick(choices, (*kinds, "gone", "unlabelled", "fewer labels"))
    if kind == "gone":
        del arrays[name]
    elif kind in kinds:
        arrays[name] = kinds[kind]()
    elif labels:
        label = pick(choices, sorted(labels))
        kept = 0 if kind == "unlabelled" else choices.below(len(labels[label]))
        labels[label] = labels[label][:kept]
    return Inputs(arrays, labels)
