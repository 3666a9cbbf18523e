"""The byte form of tasks: exact, deterministic, and closed to anything not registered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spreadlab._canonical import array_digest, canonical_bytes, decode, digest_of, encode, wire
from spreadlab.errors import InvalidInputError


@wire("test.Point")
@dataclass(frozen=True, slots=True, eq=False)
class Point:
    x: object
    y: object = None


arrays = st.sampled_from(["float64", "int64", "int32", "int8", "bool"]).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, float):
        return np.float64(a).tobytes() == np.float64(b).tobytes() or (a != a and b != b)
    return type(a) is type(b) and a == b


@given(values)
def test_decode_gives_back_what_was_encoded(value):
    # JSON sorts keys, so dictionaries come back sorted; compare as sorted ones.
    restored = decode(encode(Point(value)))
    assert same(_sorted(restored.x), _sorted(value))


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return tuple(_sorted(item) for item in value) if isinstance(value, tuple) else value


@given(values)
def test_encoding_is_deterministic_and_a_fixed_point(value):
    once = encode(Point(value))
    assert once == encode(Point(value)) == encode(decode(once))


@given(values, st.integers(1, 200))
def test_any_truncation_is_an_error(value, cut):
    payload = encode(Point(value))
    with pytest.raises(InvalidInputError, match="payload"):
        decode(payload[: max(0, len(payload) - cut)])


@given(st.binary(max_size=200))
def test_hostile_bytes_are_an_error(junk):
    for payload in (junk, b"SLB1" + junk):
        with pytest.raises(InvalidInputError, match="payload"):
            decode(payload)


def test_a_huge_claimed_size_is_refused_without_allocating():
    payload = encode(np.zeros(2)).replace(b"[2]", b"[9]")
    with pytest.raises(InvalidInputError, match="truncated"):
        decode(payload)


def test_an_unregistered_type_is_refused_both_ways():
    @dataclass(frozen=True)
    class Stranger:
        x: int

    with pytest.raises(TypeError, match="no wire form"):
        encode(Stranger(1))
    payload = encode(Point(1)).replace(b"test.Point", b"test.Other")
    with pytest.raises(InvalidInputError, match="unknown type"):
        decode(payload)


def test_arrays_without_a_wire_form_are_refused():
    with pytest.raises(TypeError, match="float32"):
        encode(np.zeros(2, dtype=np.float32))
    with pytest.raises(TypeError, match="object"):
        encode(np.array([{}]))


def test_a_wire_name_belongs_to_one_class():
    with pytest.raises(ValueError, match="taken"):

        @wire("test.Point")
        @dataclass
        class Impostor:
            x: int


def test_canonical_bytes_hold_digests_not_values():
    big = np.arange(100_000.0)
    assert len(canonical_bytes(Point(big))) < 300
    assert digest_of(Point(big)) == digest_of(Point(big.copy()))
    changed = big.copy()
    changed[-1] += 1e-9
    assert digest_of(Point(big)) != digest_of(Point(changed))


def test_digest_knows_shape_and_dtype():
    flat = np.zeros(4)
    assert array_digest(flat) != array_digest(flat.reshape(2, 2))
    assert array_digest(flat) != array_digest(flat.astype(np.int64))
    assert array_digest(np.asfortranarray(np.eye(3) + 1)) == array_digest(np.eye(3) + 1)


def test_digest_of_a_large_array_knows_every_piece():
    pieces = np.zeros((1 << 20) + 3)  # two full pieces and a rest
    plain = array_digest(pieces)
    assert plain == array_digest(pieces.copy())
    digests = {plain}
    for place in (0, (1 << 19) - 1, 1 << 19, (1 << 20) - 1, 1 << 20, pieces.size - 1):
        changed = pieces.copy()
        changed[place] = 1.0
        digests.add(array_digest(changed))
    assert len(digests) == 7
    assert array_digest(pieces[:-1]) not in digests


def test_decoded_arrays_are_read_only():
    array = decode(encode(np.ones(3)))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 2
