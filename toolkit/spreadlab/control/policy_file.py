"""A policy as a JSON file: what was asked and what was solved, from which all else follows.

Thresholds and boundaries stand in it too, for other readers; reading it back computes the
thresholds again and refuses a file in which they differ. Numbers that JSON lacks are the words NaN
and Infinity.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.control.solution import policy_result
from spreadlab.control.spec import SwitchingSpec
from spreadlab.errors import InvalidInputError
from spreadlab.task import NO_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray

    from spreadlab.control.result import PolicyResult

FORMAT, VERSION = "spreadlab.policy", 1
_WORDS = ("NaN", "Infinity", "-Infinity")
_WRITTEN = "a file that to_json wrote"
_MOST_BYTES = 2**31  # of one array, unpacked: a solver makes none as large


def write_policy(result: PolicyResult, path: str | PathLike[str]) -> None:
    """Write a policy; `read_policy` gives an equal one back, number by number."""
    parts: dict[str, Any] = {
        "method": result.method,
        "error": result.error_estimate,
        "iterations": result.iterations,
        "gain": result.gain,
    }
    if result.method == "exact":
        parts["levels"] = result.levels
    else:
        parts |= {"x": result.grid, "time_to_go": result.time_to_go, "switches": result.levels}
        parts["values"] = {"shape": result.values.shape, "zlib": _packed(result.values)}
    boundaries = result.boundaries()
    content = {
        "format": FORMAT,
        "version": VERSION,
        "spec": dataclasses.asdict(result.spec),
        "thresholds": dict(result.thresholds),
        "boundaries": {name: boundaries[name].to_numpy() for name in boundaries},
        "parts": parts,
        "provenance": {k: v for k, v in result.provenance.items() if k != "spec"},
    }
    text = json.dumps(_plain(content), indent=1, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def read_policy(path: str | PathLike[str]) -> PolicyResult:
    """Return the policy in a file that `write_policy` wrote.

    Raises
    ------
    InvalidInputError
        If it is missing, of another kind or version, damaged, or was changed by hand.
    """
    name = Path(path).name
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError("path", f"{name}: {error.strerror}", "an existing file") from None
    except ValueError as error:
        raise InvalidInputError("path", f"{name} is no JSON ({error})", _WRITTEN) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InvalidInputError("path", f"{name} is no policy", _WRITTEN)
    if content.get("version") != VERSION:
        raise InvalidInputError(
            "path", f"{name} is of version {content.get('version')!r}", f"version {VERSION}"
        )
    try:
        result = _restore(content)
    except (TypeError, KeyError, ValueError, IndexError, binascii.Error, zlib.error) as error:
        raise InvalidInputError("path", f"{name} is damaged ({error})", _WRITTEN) from None
    told = {key: _number(value) for key, value in content["thresholds"].items()}
    found = dict(result.thresholds)
    if told.keys() != found.keys() or not all(
        math.isclose(told[key], found[key], rel_tol=1e-9) or math.isnan(told[key] + found[key])
        for key in found
    ):
        raise InvalidInputError(
            "path", f"the thresholds in {name} are not those of its solution", _WRITTEN
        )
    return result


def _restore(content: Mapping[str, Any]) -> PolicyResult:
    names = {field.name for field in dataclasses.fields(SwitchingSpec)}
    asked = content["spec"]
    if set(asked) != names:
        raise ValueError(f"spec has {sorted(set(asked) ^ names)} too many or too few")
    spec = SwitchingSpec(**asked)
    spec.check(NO_INPUTS)
    told = content["parts"]
    parts: dict[str, Any] = {
        "method": told["method"],
        "error": _number(told["error"]),
        "iterations": int(told["iterations"]),
        "gain": _number(told["gain"]),
    }
    if told["method"] == "exact":
        parts["levels"] = _array(told["levels"], (2, 2))
        if not np.isfinite(parts["levels"]).all():
            raise ValueError("levels are not finite")
    elif told["method"] == "grid":
        x, time = _array(told["x"], (-1,)), _array(told["time_to_go"], (-1,))
        if x.size < 2 or not (np.diff(x) > 0.0).all() or not (np.diff(time) > 0.0).all():
            raise ValueError("x or time_to_go does not increase")
        shape = (3, time.size, x.size)
        parts |= {"x": x, "time_to_go": time, "switches": _array(told["switches"], (time.size, 6))}
        parts["values"] = _unpacked(told["values"], shape)
    else:
        raise ValueError(f"method {told['method']!r}")
    return policy_result(spec, parts, {**content["provenance"], "spec": spec})


def _packed(array: NDArray[np.float64]) -> str:
    return base64.b64encode(zlib.compress(array.astype("<f8").tobytes(), 6)).decode("ascii")


def _unpacked(told: Mapping[str, Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    size = 8 * math.prod(shape)
    if tuple(told["shape"]) != shape or size > _MOST_BYTES:
        raise ValueError(f"values of shape {told['shape']}, not {shape}")
    # No more than that is unpacked, whatever the text holds.
    unpacking = zlib.decompressobj()
    raw = unpacking.decompress(base64.b64decode(told["zlib"], validate=True), size + 1)
    if len(raw) != size:
        raise ValueError("values are not as many as their shape says")
    return np.frombuffer(raw, "<f8").astype(np.float64).reshape(shape)


def _array(told: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return nested lists of numbers as an array of a shape, of which -1 fits any length."""
    array = np.array(
        [_number(value) for value in told]
        if len(shape) == 1
        else [[_number(value) for value in row] for row in told],
        dtype=np.float64,
    )
    if array.ndim != len(shape) or any(
        want not in (-1, got) for want, got in zip(shape, array.shape, strict=True)
    ):
        raise ValueError(f"an array of shape {array.shape}, not {shape}")
    return array


def _number(value: Any) -> float:
    if isinstance(value, bool) or not (isinstance(value, int | float) or value in _WORDS):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _plain(value: Any) -> Any:
    """Return `value` as JSON has it: a float that JSON lacks as its word."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value
