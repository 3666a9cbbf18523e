"""A cluster of processes: losing the scheduler, going on from a sink, TLS."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.discovery.sink import ScanSink
from spreadlab.engines.cluster import open_cluster
from spreadlab.engines.local import LocalEngine
from spreadlab.errors import EngineUnavailableError
from tests.engines.test_conformance import assert_same
from tests.server.certificates import Authority

from .fault_tasks import FaultySums, faulty_inputs
from .processes import ClusterProcesses

OPTIONS = {"lags": 1, "direction": "forward", "keep": 20, "dfa": 0, "progress": False}


def walks(n_symbols=900, n_obs=60):
    steps = np.random.default_rng(8).normal(size=(n_obs, n_symbols)) * 0.01
    return np.exp(np.cumsum(steps, axis=0))


def scan_until_the_scheduler_is_killed(prices, folder, tmp_path, monkeypatch):
    """Kill it after three tiles; return how long it took until the call said so."""
    killed = []
    write = ScanSink.write

    def write_three_and_kill(self, partial):
        write(self, partial)
        if len(list(folder.glob("tile-*.parquet"))) == 3 and not killed:
            killed.append(time.monotonic())
            os.kill(cluster.scheduler.pid, signal.SIGKILL)

    monkeypatch.setattr(ScanSink, "write", write_three_and_kill)
    with ClusterProcesses(tmp_path) as cluster, sl.use_engine(f"dask://{cluster.place}"):
        with pytest.raises(EngineUnavailableError, match="is gone; the tiles that are done are"):
            sl.discover_pairs(prices, sink=folder, **OPTIONS)
        waited = time.monotonic() - killed[0]
    monkeypatch.undo()
    return waited


def test_a_scan_goes_on_from_its_sink_when_the_scheduler_is_killed(tmp_path, monkeypatch):
    prices, folder = walks(), tmp_path / "scan"
    with sl.use_engine(LocalEngine(2)):
        expected = sl.discover_pairs(prices, **OPTIONS)
    scan_until_the_scheduler_is_killed(prices, folder, tmp_path, monkeypatch)
    tiles = {path.name: path.stat().st_mtime_ns for path in folder.glob("tile-*")}
    assert len(tiles) >= 6
    resumed = tmp_path / "second"
    resumed.mkdir()
    with ClusterProcesses(resumed) as cluster, sl.use_engine(f"dask://{cluster.place}"):
        result = sl.discover_pairs(prices, sink=folder, **OPTIONS)
    assert_same(result, expected)
    again = {name: (folder / name).stat().st_mtime_ns for name in tiles}
    assert again == tiles  # what was done was not done again
    assert_same(
        sl.read_scan(folder).to_frame().to_dict("list"), expected.to_frame().to_dict("list")
    )


@pytest.mark.certify
def test_a_killed_scheduler_is_said_within_ten_seconds(tmp_path, monkeypatch):
    """The same with a clock of this machine: 4 to 5 s by design, later on a busy one."""
    waited = scan_until_the_scheduler_is_killed(walks(), tmp_path / "scan", tmp_path, monkeypatch)
    assert waited <= 10


def test_a_cluster_with_tls_refuses_a_plain_client(tmp_path):
    authority = Authority(tmp_path / "ca")
    pair = authority.sign("localhost", "localhost", "127.0.0.1")
    stranger = Authority(tmp_path / "stranger")
    other = stranger.sign("localhost", "localhost", "127.0.0.1")
    files = (str(authority.path), str(pair.cert), str(pair.key))
    words = ("--tls-ca-file", files[0], "--tls-cert", files[1], "--tls-key", files[2])
    with ClusterProcesses(tmp_path, *words, workers=1) as cluster:
        with pytest.raises(EngineUnavailableError, match=r"no scheduler answers .* use TLS"):
            open_cluster(f"dask://{cluster.place}", timeout=2)
        with pytest.raises(EngineUnavailableError, match=r"no scheduler answers"):
            open_cluster(
                f"dask+tls://{cluster.place}",
                ca=stranger.path, client_cert=other.cert, client_key=other.key, timeout=2,
            )  # fmt: skip
        engine = open_cluster(
            f"dask+tls://{cluster.place}",
            ca=files[0],
            client_cert=files[1],
            client_key=files[2],
            timeout=30,
        )
        inputs = faulty_inputs(4)
        result = engine.submit(FaultySums(str(tmp_path)), inputs).result(timeout=60)
        engine.close()
    assert result.provenance["engine"] == f"dask+tls://{cluster.place}"
    assert not np.isnan(result.sums).any()
