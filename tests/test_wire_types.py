"""What a field of a decoded dataclass may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray  # noqa: TC002 - read by get_type_hints

from spreadlab._canonical import decode, encode, registered, wire
from spreadlab._wire_types import _fields_of, misfit
from spreadlab.engines.vocabulary import load_vocabulary
from spreadlab.errors import InvalidInputError

load_vocabulary()


@wire("test.Inner")
@dataclass(frozen=True)
class Inner:
    n: int = 1


@wire("test.Fields")
@dataclass(frozen=True, eq=False)
class Fields:
    whole: int = 1
    real: float = 1.5
    flag: bool = True
    text: str = "a"
    maybe: float | None = None
    choice: Literal["a", "b"] = "a"
    block: tuple[int, int] = (1, 2)
    many: tuple[str, ...] = ()
    table: NDArray[np.float64] = None  # type: ignore[assignment]
    named: Mapping[str, int] | None = None
    inner: Inner = Inner()
    anything: Any = None


GOOD = Fields(table=np.ones((2, 3)), named={"a": 1})
FITTING = [
    ("whole", -(2**63)),
    ("real", 3),
    ("real", float("nan")),
    ("maybe", None),
    ("maybe", 2.0),
    ("choice", "c"),  # a text: whether it is one of them, `check` says
    ("many", ("a", "b")),
    ("table", np.zeros(0)),
    ("named", {}),
    ("anything", (1, "a", {"b": None})),
]
MISFITS = [
    ("whole", 2**63),
    ("whole", 1.0),
    ("whole", True),
    ("whole", None),
    ("real", "1.5"),
    ("real", False),
    ("real", 2**53 + 1),
    ("real", 10**400),
    ("flag", 1),
    ("text", 3),
    ("maybe", "nan"),
    ("choice", 1),
    ("block", (1,)),
    ("block", (1, 2, 3)),
    ("block", (1, 2.0)),
    ("many", "ab"),
    ("many", ("a", 1)),
    ("table", np.zeros(2, np.int64)),
    ("table", (1.0, 2.0)),
    ("named", {"a": "b"}),
    ("inner", {"n": 1}),
    ("inner", None),
]


@pytest.mark.parametrize(("name", "value"), FITTING, ids=str)
def test_what_fits_is_decoded(name, value):
    again = decode(encode(replace(GOOD, **{name: value})))
    np.testing.assert_equal(getattr(again, name), value)


@pytest.mark.parametrize(("name", "value"), MISFITS, ids=str)
def test_what_does_not_fit_is_refused_by_name(name, value):
    with pytest.raises(InvalidInputError) as refused:
        decode(encode(replace(GOOD, **{name: value})))
    assert refused.value.argument == f"test.Fields.{name}"


def test_an_annotation_that_no_rule_knows_is_a_mistake_of_ours():
    @dataclass
    class Strange:
        x: set[int]

    with pytest.raises(NotImplementedError, match="set"):
        misfit(Strange, {"x": {1}})


@pytest.mark.parametrize("name", sorted(set(registered())))
def test_every_registered_class_has_rules_for_all_its_fields(name):
    cls = registered()[name]
    assert set(_fields_of(cls)) == {field.name for field in fields(cls)}
