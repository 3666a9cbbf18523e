"""Arrays cross to the browser and back bit by bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spreadlab_widgets.codec import DTYPES, from_wire, runs_from_wire, runs_to_wire, to_wire


@given(
    array=st.sampled_from(sorted(DTYPES)).flatmap(
        lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0))
    )
)
def test_round_trip_keeps_every_bit(array):
    back = from_wire(to_wire(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


def test_bytes_are_c_order_little_endian():
    array = np.array([[1.5, -2.0], [0.25, np.inf]])
    expected = b"".join(np.float64(x).astype("<f8").tobytes() for x in (1.5, -2.0, 0.25, np.inf))
    for form in (array, np.asfortranarray(array), array.astype(">f8"), array[::-1][::-1]):
        wire = to_wire(form)
        assert bytes(wire["view"]) == expected
        assert wire["dtype"] == "float64"
        assert wire["shape"] == [2, 2]


def test_ordered_arrays_are_not_copied():
    array = np.arange(6.0)
    assert np.shares_memory(array, np.frombuffer(to_wire(array)["view"]))


def test_what_comes_back_is_read_only():
    with pytest.raises(ValueError, match="read-only"):
        from_wire(to_wire(np.arange(3.0)))[0] = 1


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "object"])
def test_other_types_are_refused_not_rounded(dtype):
    with pytest.raises(TypeError, match="must be one of float64, int8, int32"):
        to_wire(np.zeros(3, dtype=dtype))


def test_a_wire_form_that_does_not_fit_is_refused():
    wire = to_wire(np.arange(6.0))
    with pytest.raises(ValueError, match="needs 56 bytes, got 48"):
        from_wire({**wire, "shape": [7]})
    with pytest.raises(TypeError, match="dtype float16"):
        from_wire({**wire, "dtype": "float16"})


@given(
    array=hnp.arrays(np.int8, hnp.array_shapes(max_dims=3, min_side=0), elements=st.integers(-1, 1))
)
def test_runs_come_back_as_they_were(array):
    wire = runs_to_wire(array)
    back = runs_from_wire(wire)
    assert back.dtype == np.int8
    np.testing.assert_array_equal(back, array)
    values = from_wire(wire["values"])
    assert not (values[1:] == values[:-1]).any()  # no run could be longer


def test_a_map_takes_a_fraction_of_its_bytes():
    table = np.repeat(np.array([-1, 0, 1], dtype=np.int8), 4000).reshape(3, 40, 100)
    wire = runs_to_wire(table)
    assert wire["values"]["view"].nbytes + wire["ends"]["view"].nbytes == 15
    with pytest.raises(TypeError, match="dtype int64: must be int8"):
        runs_to_wire(table.astype(np.int64))
