"""Blocks, folders, interrupts and what is picked up again."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab import api_discovery as api
from spreadlab.discovery.scan_spec import make_scan_request
from spreadlab.discovery.sink import ScanSink
from spreadlab.engines.job import Job
from spreadlab.engines.local import LocalEngine


def walks(n_symbols: int, n_obs: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0))
    return pd.DataFrame(prices, columns=[f"S{i:03d}" for i in range(n_symbols)])


def assert_same_scan(got, expected):
    pd.testing.assert_frame_equal(got.to_frame(), expected.to_frame(), check_exact=True)
    np.testing.assert_array_equal(got.all_pvalues, expected.all_pvalues)
    np.testing.assert_array_equal(got.leg_pvalue, expected.leg_pvalue)
    np.testing.assert_array_equal(got.zero_share, expected.zero_share)
    assert got.verdict() == expected.verdict()
    assert got.symbols == expected.symbols


@pytest.fixture(scope="module")
def prices():
    frame = walks(70, 90)
    frame["twin"] = frame["S003"] * 2
    return frame


@pytest.mark.parametrize("keep", [None, 0.05, 7])
def test_blocks_hold_what_the_scan_holds(prices, keep):
    scan = sl.discover_pairs(prices, progress=False, keep=keep)
    blocks = list(api.iter_pairs(prices, keep=keep))
    assert sum(block.n_tests for block in blocks) == scan.n_tests
    assert all(repr(block).startswith("PairBlock(") for block in blocks)
    frame = pd.concat([block.to_frame() for block in blocks])
    frame = frame.sort_values(["pvalue", "statistic"], kind="stable")
    if isinstance(keep, int):  # each block lists its own best
        frame = frame.head(keep)
    assert len(frame) == scan.n_kept
    np.testing.assert_array_equal(frame["pvalue"], scan.pvalue)
    key = ["dependent", "hedge"]
    pd.testing.assert_frame_equal(
        frame.sort_values(key)[[*key, "statistic", "lags"]].reset_index(drop=True),
        scan.to_frame().sort_values(key)[[*key, "statistic", "lags"]].reset_index(drop=True),
    )


def test_bad_prices_are_refused_at_the_call():
    with pytest.raises(sl.InvalidInputError, match="too short"):
        api.iter_pairs(walks(3, 5))


@pytest.mark.parametrize("keep", [None, 0.1])
def test_sink_reads_back(prices, tmp_path, keep):
    expected = sl.discover_pairs(prices, progress=False, keep=keep)
    got = sl.discover_pairs(prices, progress=False, keep=keep, sink=tmp_path / "scan")
    assert_same_scan(got, expected)
    again = api.read_scan(tmp_path / "scan")
    assert_same_scan(again, expected)
    assert again.n_pending == 0
    written = pd.read_parquet(tmp_path / "scan" / "pairs.parquet")
    pd.testing.assert_frame_equal(written, expected.to_frame(), check_dtype=False)
    names = {path.suffix for path in (tmp_path / "scan").iterdir()}
    assert names == {".json", ".npz", ".parquet"}


def test_interrupted_scan_is_valid_and_resumes(prices, tmp_path):
    expected = sl.discover_pairs(prices, progress=False)
    spec, inputs = make_scan_request(prices)
    sink = ScanSink.open(tmp_path, spec, inputs)
    with contextlib.closing(LocalEngine(1)) as engine:
        for count, partial in enumerate(engine.submit(spec, inputs).events()):
            if count < 1:
                sink.write(partial)
    partial_scan = api.read_scan(tmp_path)
    assert 0 < partial_scan.n_pending < expected.all_pvalues.size
    assert "not complete" in partial_scan.verdict()
    done = ~np.isnan(partial_scan.all_pvalues)
    np.testing.assert_array_equal(partial_scan.all_pvalues[done], expected.all_pvalues[done])
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("tile-*")}
    resumed = sl.discover_pairs(prices, progress=False, sink=tmp_path)
    assert_same_scan(resumed, expected)
    assert_same_scan(api.read_scan(tmp_path), expected)
    assert list(tmp_path.glob("dfa-*.npz"))
    for name, stamp in before.items():
        assert (tmp_path / name).stat().st_mtime_ns == stamp


def test_cancelled_call_leaves_a_valid_folder(tmp_path, monkeypatch):
    """An interrupt of the caller: what was written reads back and the next call goes on.

    The writer waits for the interrupt, so that the scan can't end before it: one block is
    buffered, and the tiles that run ahead of the writer are fewer than the tiles of the scan.
    """
    prices = walks(900, 120)
    written, interrupted = threading.Event(), threading.Event()
    write, cancel = ScanSink.write, Job.cancel

    def patient_write(self, partial):
        write(self, partial)
        written.set()
        assert interrupted.wait(60.0)

    def tell(self):
        cancel(self)
        interrupted.set()

    def stop(progress):
        if written.is_set():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ScanSink, "write", patient_write)
        patch.setattr(Job, "cancel", tell)
        patch.setattr(api, "_BLOCKS_AHEAD", 1)
        with pytest.raises(KeyboardInterrupt):
            sl.discover_pairs(prices, sink=tmp_path, progress=stop, keep=0.01)
    assert not any(path.name.endswith(".part") for path in tmp_path.iterdir())
    part = api.read_scan(tmp_path)
    assert part.n_pending > 0
    assert part.n_tests > 0
    resumed = sl.discover_pairs(prices, sink=tmp_path, progress=False, keep=0.01)
    assert_same_scan(resumed, sl.discover_pairs(prices, progress=False, keep=0.01))


def test_cancelling_a_large_scan_ends_it():
    """A full buffer holds the scan back, so that it can't end before it is cancelled."""
    spec, inputs = make_scan_request(walks(1500, 300), keep=10)
    with contextlib.closing(LocalEngine(2)) as engine:
        job = engine.submit(spec, inputs, max_buffered=1)
        next(job.events())
        job.cancel()
        assert job.wait(60.0)  # a hang, not a speed, is what this finds
        assert job.state == "cancelled"
        assert 0 < job.progress.done < job.progress.planned / 2


def test_folders_that_are_no_scan_of_this_are_refused(prices, tmp_path):
    sl.discover_pairs(prices.iloc[:, :3], progress=False, sink=tmp_path / "a")
    with pytest.raises(sl.InvalidInputError, match="other prices or options"):
        sl.discover_pairs(prices.iloc[:, :4], progress=False, sink=tmp_path / "a")
    with pytest.raises(sl.InvalidInputError, match="other prices or options"):
        sl.discover_pairs(prices.iloc[:, :3], progress=False, lags=1, sink=tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(sl.InvalidInputError, match="not empty"):
        sl.discover_pairs(prices.iloc[:, :3], progress=False, sink=tmp_path / "b")
    with pytest.raises(sl.InvalidInputError, match="manifest"):
        api.read_scan(tmp_path / "b")
    (tmp_path / "b" / "manifest.json").write_text('{"format": 99}', "utf-8")
    with pytest.raises(sl.InvalidInputError, match="format 99"):
        api.read_scan(tmp_path / "b")


def test_a_sink_that_can_not_be_written_stops_the_scan(prices, tmp_path, monkeypatch):
    def full(self, partial):
        raise OSError("no space left on device")

    monkeypatch.setattr(ScanSink, "write", full)
    with pytest.raises(OSError, match="no space"):
        sl.discover_pairs(prices, progress=False, sink=tmp_path / "full")
