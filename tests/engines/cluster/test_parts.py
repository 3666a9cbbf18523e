"""Blocks, runs and addresses: what needs no cluster to be checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadlab._canonical import decode, encode
from spreadlab.discovery.plan import scan_tiles
from spreadlab.engines.cluster import layout as layout_module
from spreadlab.engines.cluster import open_cluster
from spreadlab.engines.cluster.layout import Layout
from spreadlab.engines.cluster.runs import RunCutter
from spreadlab.engines.cluster.worker import read_block, write_block
from spreadlab.errors import EngineUnavailableError, InvalidInputError
from spreadlab.task import Inputs, Tile


def inputs_of(n_rows, n_columns):
    rng = np.random.default_rng(n_rows + n_columns)
    return Inputs(
        {"prices": rng.normal(size=(n_rows, n_columns)), "times": np.arange(float(n_rows))},
        {"symbols": [f"S{i}" for i in range(n_columns)]},
    )


@given(data=st.data(), n_columns=st.integers(1, 400), whole=st.sampled_from([0, 1 << 12, 1 << 30]))
def test_blocks_give_the_view_of_a_tile(data, n_columns, whole):
    inputs = inputs_of(7, n_columns)
    edges = st.integers(0, n_columns - 1)
    columns = data.draw(
        st.none()
        | st.lists(
            st.tuples(edges, st.integers(1, 200)).map(lambda c: (c[0], min(sum(c), n_columns))),
            min_size=1,
            max_size=4,
        ).map(tuple)
    )
    rows = data.draw(st.none() | st.sampled_from([(0, 3), (2, 7), (4, 5)]))
    tile = Tile(0, rows=rows, columns=columns)
    before, layout_module._WHOLE_BYTES = layout_module._WHOLE_BYTES, whole
    try:
        layout = Layout.of(inputs)
    finally:
        layout_module._WHOLE_BYTES = before
    held = {block: layout.cut(inputs, block) for block in layout.blocks_of(tile)}
    for block, values in held.items():
        assert layout.block_bytes(block) == values.nbytes
    got, expected = layout.view(held, inputs.labels, tile), inputs.view(tile)
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(got[name], array)
    assert got.labels == expected.labels


def test_a_tile_of_a_large_panel_reads_two_blocks():
    layout = Layout({"prices": (1000, 5000)}, {"prices": 128})
    tiles = scan_tiles(5000)
    assert max(len(layout.blocks_of(tile)) for tile in tiles) == 2
    assert Layout.of(inputs_of(1000, 5000)).widths == {"prices": 128, "times": 0}


def test_long_panels_have_narrow_blocks():
    class Shape:
        ndim, shape = 2, (1_000_000, 1000)

    class Long:
        def __init__(self):
            self.arrays = {"prices": Shape()}

    layout = Layout.of(Long())
    assert layout.block_bytes(("prices", 0)) <= 32 << 20


@given(
    weights=st.lists(st.floats(1.0, 100.0), min_size=1, max_size=300),
    rate=st.floats(1.0, 1e6),
    threads=st.integers(0, 9),
)
def test_runs_hold_each_tile_once_in_order(weights, rate, threads):
    tiles = [Tile(i, weight=w, columns=((i, i + 1),)) for i, w in enumerate(weights)]
    cutter = RunCutter(tiles, Layout({"x": (9, 300)}, {"x": 1}), 1.5)
    order = []
    while cutter:
        run, blocks = cutter.next_run(threads)
        assert run
        assert blocks == [("x", tile.id) for tile in run]
        order += [tile.id for tile in run]
        weight = sum(tile.weight for tile in run)
        cutter.took(weight, weight / rate, 100)
    assert order == list(range(len(weights)))


def run_sizes(n_tiles, seconds_a_tile, answer_bytes=100, threads=2):
    tiles = [Tile(i, columns=((0, 1),)) for i in range(n_tiles)]
    cutter = RunCutter(tiles, Layout({"x": (9, 1)}, {"x": 1}), 1.5)
    sizes = []
    while cutter:
        run, _ = cutter.next_run(threads)
        sizes.append(len(run))
        cutter.took(len(run), len(run) * seconds_a_tile, len(run) * answer_bytes)
    return sizes


def test_runs_grow_to_the_time_asked_for_and_shrink_at_the_end():
    sizes = run_sizes(5000, 0.03)
    assert sizes[0] == 1
    assert max(sizes) == 50  # 1.5 s
    assert sizes.count(50) > 60
    assert sizes[-1] == 1


def test_few_tiles_still_make_several_runs_a_thread():
    assert len(run_sizes(136, 0.03)) >= 16


def test_runs_with_large_answers_are_shorter():
    assert max(run_sizes(5000, 0.001, answer_bytes=4 << 20)) <= 8


def test_runs_read_at_most_some_blocks():
    tiles = [Tile(i, columns=((i * 128, i * 128 + 128),)) for i in range(400)]
    layout = Layout({"x": (20_000, 400 * 128)}, {"x": 128})
    cutter = RunCutter(tiles, layout, 1.5)
    cutter.took(100.0, 1e-6, 10)
    _, blocks = cutter.next_run(1)
    assert sum(map(layout.block_bytes, blocks)) <= 64 << 20


@pytest.mark.parametrize("shape", [(5, 3), (4,), (1, 1)])
def test_a_block_survives_its_file_bit_by_bit(tmp_path, shape):
    from spreadlab._canonical import array_digest

    block = np.random.default_rng(0).normal(size=shape)
    block.ravel()[-1] = 0.1 + 0.2
    path = tmp_path / "digest" / "prices-000000.parquet"
    write_block(path, block)
    written = path.read_bytes()
    write_block(path, block + 1)
    assert path.read_bytes() == written
    np.testing.assert_array_equal(read_block(str(path), shape, array_digest(block)), block)
    with pytest.raises(InvalidInputError, match="holds other values"):
        read_block(str(path), shape, array_digest(block + 1))
    gaps = np.full(shape, np.nan)
    write_block(path.with_name("gaps.parquet"), gaps)
    read = read_block(str(path.with_name("gaps.parquet")), shape, array_digest(gaps))
    np.testing.assert_array_equal(read, gaps)
    assert {p.name for p in path.parent.iterdir()} == {path.name, "gaps.parquet"}


@pytest.mark.parametrize(
    "address",
    [
        "dask://",
        "dask://host",
        "dask://host:x",
        "dask://host:8786/path",
        "dask://host:8786?workers=2",
        "dask://local?workers=0",
        "dask://local?workers=two",
        "dask://local?memory=none",
        "dask://local?cores=2",
        "dask+tls://local?workers=2",
        "dask://host:8786?panels=/no/such/folder",
    ],
)
def test_malformed_addresses_are_refused(address):
    with pytest.raises(InvalidInputError, match=r"engine|panels"):
        open_cluster(address)


@pytest.mark.parametrize(
    "options",
    [{"retries": -1}, {"run_seconds": 0.0}, {"patience": -1.0}, {"timeout": 0.0}, {"ca": "x"}],
)
def test_bad_options_are_refused_by_name(options):
    with pytest.raises(InvalidInputError, match=next(iter(options))):
        open_cluster("dask://127.0.0.1:1", **options)


def test_a_missing_certificate_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"ca: no such file: .*nothing\.pem"):
        open_cluster("dask+tls://127.0.0.1:1", ca=tmp_path / "nothing.pem")


def test_no_scheduler_is_said_at_once():
    with pytest.raises(EngineUnavailableError, match=r"no scheduler answers at dask://127.0.0.1:1"):
        open_cluster("dask://127.0.0.1:1", timeout=0.5)


def test_the_vocabulary_of_a_task_is_known_by_module():
    from spreadlab._canonical import wire_modules
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.discovery.selection import Selection

    spec = PairScanSpec(selection=Selection(("A", "B"), (0, 0)))
    assert wire_modules({"task": (spec,)}) == {
        "spreadlab.discovery.scan_spec",
        "spreadlab.discovery.selection",
    }
    assert decode(encode(spec)) == spec
