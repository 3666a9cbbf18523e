"""Checks at the public edge: each refusal names the argument, the value and what is allowed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from spreadlab._validation import (
    check_choice,
    check_not_constant,
    ensure_1d,
    ensure_float,
    ensure_int,
)
from spreadlab.errors import InvalidInputError


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "3", None, True, [1.0, 2.0], 1j, b"1"]
)
def test_ensure_float_refuses(value):
    with pytest.raises(
        InvalidInputError, match=r"^cost: got .*must be a finite number in \(0, inf\)"
    ):
        ensure_float(value, "cost", low=0, low_open=True)


@pytest.mark.parametrize(
    ("value", "kwargs"), [(0, {"low_open": True}), (-1e-300, {}), (2.5, {"high": 2})]
)
def test_ensure_float_refuses_outside_the_interval(value, kwargs):
    with pytest.raises(InvalidInputError, match="cost"):
        ensure_float(value, "cost", low=0, **kwargs)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0)])
def test_ensure_float_takes_any_number(value):
    result = ensure_float(value, "cost", low=2, high=2)
    assert result == 2.0
    assert type(result) is float


@pytest.mark.parametrize("value", [2.5, "2", None, True, float("nan"), 0, 11])
def test_ensure_int_refuses(value):
    with pytest.raises(InvalidInputError, match=r"lags: got .*must be an integer in \[1, 10\]"):
        ensure_int(value, "lags", low=1, high=10)


def test_ensure_int_takes_whole_numbers():
    assert ensure_int(np.float64(3.0), "lags") == 3
    assert ensure_int(np.int64(3), "lags", low=3, high=3) == 3


def test_check_choice_tells_true_from_one():
    check_choice("aic", "lags", ("aic", "bic"))
    with pytest.raises(InvalidInputError, match="lags: got True; must be one of 1, 2"):
        check_choice(True, "lags", (1, 2))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, float("nan"), 3.0], "position 1 is missing"),
        ([1.0, 2.0, float("inf")], "position 2 is infinite"),
        ([[1.0, 2.0]], "one-dimensional"),
        (["a", "b"], "real numbers"),
        ([1j, 2j], "complex"),
        ([1.0], "at least 2"),
        ([], "at least 2"),
        ([{}, {}], "real numbers"),
        (np.array(["3", 4.0], dtype=object), "text or booleans"),
        (np.array([True, 4.0], dtype=object), "text or booleans"),
    ],
)
def test_ensure_1d_refuses(values, words):
    with pytest.raises(InvalidInputError, match=words):
        ensure_1d(values, "y", min_obs=2)


def test_ensure_1d_copies_what_the_caller_can_write():
    source = np.arange(3.0)
    result = ensure_1d(source, "y")
    source[0] = 9
    assert result[0] == 0
    assert not result.flags.writeable


def test_check_not_constant():
    check_not_constant(np.array([1.0, 1.0 + 1e-9]), "y")
    with pytest.raises(InvalidInputError, match="y: constant"):
        check_not_constant(np.full(5, 3.3), "y")


def test_errors_survive_pickling():
    error = InvalidInputError('prices["X"]', "3 missing", "finite", "drop them")
    restored = pickle.loads(pickle.dumps(error))
    assert str(restored) == str(error) == 'prices["X"]: 3 missing; must be finite; drop them'
