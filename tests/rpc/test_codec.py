"""Panels and answers as messages, and what is refused before memory is taken."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadlab._canonical import encode
from spreadlab.errors import InvalidInputError
from spreadlab.rpc import codec
from spreadlab.rpc.v1 import panel_pb2, task_pb2
from spreadlab.task import Inputs, Partial

LIMITS = {"max_bytes": 1 << 20, "max_symbols": 100}


def header(*shapes, digest="", labels=()):
    return panel_pb2.PanelHeader(
        digest=digest,
        arrays=[panel_pb2.ArrayShape(name=f"a{i}", shape=s) for i, s in enumerate(shapes)],
        labels=[panel_pb2.Labels(name=name, values=values) for name, values in labels],
    )


@given(
    rows=st.integers(0, 40),
    columns=st.integers(1, 5),
    cuts=st.lists(st.integers(0, 2000), max_size=5),
    seed=st.integers(0, 99),
)
def test_a_panel_survives_pieces_of_any_size(rows, columns, cuts, seed):
    rng = np.random.default_rng(seed)
    inputs = Inputs(
        {"prices": rng.normal(size=(rows, columns)), "times": rng.normal(size=rows)},
        {"symbols": [f"S{i}" for i in range(columns)]},
    )
    first, *rest = codec.upload_messages(inputs)
    values = b"".join(message.chunk for message in rest)
    builder = codec.PanelBuilder(first.header, **LIMITS)
    ends = sorted({*(min(cut, len(values)) for cut in cuts), len(values)})
    for low, high in zip([0, *ends], ends, strict=False):
        builder.write(values[low:high])
    got = builder.finish()
    assert got.digest == inputs.digest
    assert got.labels == inputs.labels
    for name, array in inputs.arrays.items():
        np.testing.assert_array_equal(got[name], array)
        assert not got[name].flags.writeable
    inline = codec.inputs_from(codec.inline_panel(inputs), **LIMITS)
    assert inline.digest == inputs.digest


@pytest.mark.parametrize(
    "bad",
    [
        header((10**9, 10**9)),
        header((1 << 40,)),
        header((0, 1 << 40)),
        header((10, 101)),
        header((1 << 18, 1)),
        header((2, 2, 2)),
        header(()),
        header(*[(1,)] * 65),
        header((1,), labels=[("symbols", ["S"] * 101)]),
        header((1,), labels=[("symbols", ["S" * 257])]),
        header((1,), labels=[("a", ["x"]), ("a", ["y"])]),
        panel_pb2.PanelHeader(arrays=[panel_pb2.ArrayShape(name="a", shape=[1])] * 2),
    ],
)
def test_headers_that_claim_too_much_are_refused_without_memory(bad):
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInputError):
            codec.PanelBuilder(bad, **LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 1 << 18
    finally:
        tracemalloc.stop()


def test_values_must_be_what_was_announced():
    inputs = Inputs({"prices": np.arange(6.0)})
    first, piece = codec.upload_messages(inputs)
    wrong = panel_pb2.PanelHeader()
    wrong.CopyFrom(first.header)
    wrong.digest = "0" * 64
    builder = codec.PanelBuilder(wrong, **LIMITS)
    builder.write(piece.chunk)
    with pytest.raises(InvalidInputError, match="digest"):
        builder.finish()
    builder = codec.PanelBuilder(first.header, **LIMITS)
    builder.write(piece.chunk[:-1])
    with pytest.raises(InvalidInputError, match="47 bytes came; must be 48"):
        builder.finish()
    builder = codec.PanelBuilder(first.header, **LIMITS)
    with pytest.raises(InvalidInputError, match="more than the 48 bytes"):
        builder.write(piece.chunk + b"x")


@pytest.mark.parametrize("size", [0, 1, 200_000, 300_000])
def test_answers_survive_pieces(size):
    partial = Partial(7, {"values": np.arange(float(size))})
    pieces = list(codec.partial_pieces(7, encode(partial)))
    assert all(len(piece.data) <= codec.PIECE_BYTES for piece in pieces)
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    stream = [task_pb2.RunResponse(progress=task_pb2.RunProgress(tiles_done=1))]
    stream += [task_pb2.RunResponse(partial=piece) for piece in pieces]
    [got] = codec.partials_of(stream)
    assert got.tile_id == 7
    np.testing.assert_array_equal(got.values["values"], partial.values["values"])


def test_an_answer_that_is_none_is_refused():
    stream = [task_pb2.RunResponse(partial=p) for p in codec.partial_pieces(1, encode({"a": 1}))]
    with pytest.raises(InvalidInputError, match="answer: a dict"):
        list(codec.partials_of(stream))
