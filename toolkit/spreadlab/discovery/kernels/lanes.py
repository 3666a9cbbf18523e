"""Eight numbers side by side: one vector register value, for kernels that run tests abreast.

The compiler does not find this by itself: a loop over eight neighbours inside a recursion is
left scalar. So a vector is a type of its own here, and each function below is one instruction on
it. In plain Python the same functions work on arrays of eight, which is what tests compare with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import extending, types
from numba.core import cgutils

WIDTH = 8
# numba.extending carries no types that a checker could use.
_numba: Any = extending
_build: Any = cgutils
_ir = _build.ir
_VECTOR = _ir.VectorType(_ir.DoubleType(), WIDTH)
_INDEX = _ir.IntType(32)


class LanesType(types.Type):
    """Numba's name for eight float64 side by side."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({WIDTH})")


@_numba.register_model(LanesType)
class _LanesModel(_numba.models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


_LANES = LanesType()


def load(array: Any, start: int) -> Any:
    """Return array[start : start + 8] of a flat array."""
    return array[start : start + WIDTH].copy()


def store(array: Any, start: int, value: Any) -> None:
    """Write array[start : start + 8] = value."""
    array[start : start + WIDTH] = value


def splat(number: float) -> Any:
    """Return eight times the same number."""
    return np.full(WIDTH, number)


def add(a: Any, b: Any) -> Any:
    """Return a + b."""
    return a + b


def sub(a: Any, b: Any) -> Any:
    """Return a - b."""
    return a - b


def mul(a: Any, b: Any) -> Any:
    """Return a b."""
    return a * b


def div(a: Any, b: Any) -> Any:
    """Return a / b."""
    return a / b


def muladd(a: Any, b: Any, c: Any) -> Any:
    """Return a b + c, rounded once where the processor can."""
    return a * b + c


def submul(c: Any, a: Any, b: Any) -> Any:
    """Return c - a b, rounded once where the processor can."""
    return c - a * b


def root(a: Any) -> Any:
    """Return the square root."""
    return np.sqrt(a)


def smaller(a: Any, b: Any) -> Any:
    """Return the smaller of a and b, b where a is NaN."""
    return np.where(a < b, a, b)


def _declare(function: Any, n_arguments: int, result: Any) -> None:
    def typer_of(context: Any) -> Any:  # noqa: ARG001 - numba passes it by name
        # numba reads the names of the arguments, so each count needs a signature of its own.
        typers = (lambda a: result, lambda a, b: result, lambda a, b, c: result)  # noqa: ARG005
        return typers[n_arguments - 1]

    _numba.type_callable(function)(typer_of)


for _function, _n in (
    (splat, 1),
    (root, 1),
    (load, 2),
    (add, 2),
    (sub, 2),
    (mul, 2),
    (div, 2),
    (smaller, 2),
    (muladd, 3),
    (submul, 3),
):
    _declare(_function, _n, _LANES)
_declare(store, 3, types.none)


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = builder.gep(array.data, [arguments[1]])
    return builder.bitcast(place, _VECTOR.as_pointer())


@_numba.lower_builtin(load, types.Array, types.Integer)
def _load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    value = builder.load(_address(context, builder, signature, arguments))
    value.align = 8  # arrays are aligned to their items only
    return value


@_numba.lower_builtin(store, types.Array, types.Integer, LanesType)
def _store(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    place = _address(context, builder, signature, arguments)
    builder.store(arguments[2], place).align = 8
    return context.get_dummy_value()


@_numba.lower_builtin(splat, types.Float)
def _splat(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    nothing = _ir.Constant(_VECTOR, _ir.Undefined)
    first = builder.insert_element(nothing, arguments[0], _ir.Constant(_INDEX, 0))
    places = _ir.Constant(_ir.VectorType(_INDEX, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, nothing, places)


@_numba.lower_builtin(add, LanesType, LanesType)
def _add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return builder.fadd(*arguments)


@_numba.lower_builtin(sub, LanesType, LanesType)
def _sub(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return builder.fsub(*arguments)


@_numba.lower_builtin(mul, LanesType, LanesType)
def _mul(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return builder.fmul(*arguments)


@_numba.lower_builtin(div, LanesType, LanesType)
def _div(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return builder.fdiv(*arguments)


@_numba.lower_builtin(smaller, LanesType, LanesType)
def _smaller(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return builder.select(builder.fcmp_ordered("<", *arguments), *arguments)


def _call(builder: Any, name: str, arguments: Any) -> Any:
    kind = _ir.FunctionType(_VECTOR, [_VECTOR] * len(arguments))
    function = _build.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f64")
    return builder.call(function, arguments)


@_numba.lower_builtin(muladd, LanesType, LanesType, LanesType)
def _muladd(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return _call(builder, "fmuladd", arguments)


@_numba.lower_builtin(submul, LanesType, LanesType, LanesType)
def _submul(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    c, a, b = arguments
    return _call(builder, "fmuladd", [builder.fneg(a), b, c])


@_numba.lower_builtin(root, LanesType)
def _root(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return _call(builder, "sqrt", arguments)
