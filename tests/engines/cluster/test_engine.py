"""The engine on a cluster that works: addresses, capabilities, every kind of study."""

from __future__ import annotations

import os

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.engines.cluster import open_cluster
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.errors import EngineUnavailableError, InvalidInputError
from tests.engines.test_conformance import assert_same

from .fault_tasks import HANG_SECONDS, FaultySums, faulty_inputs


@pytest.fixture
def engine(cluster_client):
    opened = open_engine(cluster_client)
    yield opened
    opened.close()


def walks(n_symbols, n_obs):
    steps = np.random.default_rng(8).normal(size=(n_obs, n_symbols)) * 0.01
    return np.exp(np.cumsum(steps, axis=0))


def both(engine, function, *args, **options):
    """Return what a public function answers on the cluster and locally."""
    answers = []
    for each in (engine, LocalEngine(2)):
        answers.append(function(*args, engine=each, **options))
        if each is not engine:
            each.close()
    return answers


def test_capabilities_tell_threads_workers_and_memory(engine):
    told = engine.capabilities()
    assert told.threads == 2
    assert told.limits == {"workers": 2, "memory_bytes": 2 * (2 << 30)}
    assert told.version == sl.__version__


def test_a_scan_over_many_blocks_is_the_local_one(engine, monkeypatch):
    prices = walks(700, 80)  # six blocks of columns, 21 tiles
    monkeypatch.setattr("spreadlab.engines.cluster.layout._WHOLE_BYTES", 0)
    options = {"lags": "bic", "keep": 0.2, "progress": False}
    got, expected = both(engine, sl.discover_pairs, prices, **options)
    assert_same(got, expected)


def test_blocks_stream_from_the_cluster(engine):
    prices = walks(300, 60)
    with sl.use_engine(engine):
        blocks = list(sl.iter_pairs(prices, lags=1, keep=5))
    assert sum(block.n_tests for block in blocks) == 300 * 299


def test_a_folder_that_workers_share_gives_the_same(cluster_client, tmp_path, monkeypatch):
    monkeypatch.setattr("spreadlab.engines.cluster.layout._WHOLE_BYTES", 0)
    engine = open_cluster(cluster_client, panels=tmp_path)
    prices = walks(300, 60)
    options = {"lags": 1, "keep": 0.2, "progress": False}
    got, expected = both(engine, sl.discover_pairs, prices, **options)
    assert_same(got, expected)
    [digest] = tmp_path.iterdir()
    assert digest.name == got.provenance["data_digest"]
    assert sorted(path.name for path in digest.iterdir()) == [
        f"prices-{low:06d}.parquet" for low in (0, 128, 256)
    ]
    engine.close()


def test_calibrate_sweep_and_walk_forward_run_there(engine):
    prices = walks(4, 330)
    got, expected = both(engine, sl.calibrate, prices, n_universes=20, seed=1, progress=False)
    assert_same(got, expected)
    rule = sl.ZScoreRule(20, 1.0)
    pair = sl.test_pair(prices[:, 0], prices[:, 1], lags=1)
    grid = {"entry_z": [0.8, 1.0, 1.2], "lookback": [10, 20]}
    got, expected = both(
        engine, sl.sweep, prices[:, :2], pair=pair, rule=rule, grid=grid, progress=False
    )
    assert_same(got.to_frame().to_dict("list"), expected.to_frame().to_dict("list"))
    got, expected = both(
        engine, sl.walk_forward, prices, formation=120, trading=60, select="raw", rule=rule,
        progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(got.equity, expected.equity)


def _malloc():
    names = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")
    return tuple(os.environ.get(name) for name in names)


def test_a_local_cluster_by_address_ends_with_its_engine(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")  # as a cluster before it leaves it
    engine = open_cluster("dask://local?workers=1&threads=2&memory=1GiB")
    told = engine.capabilities()
    assert (told.threads, told.limits["workers"]) == (2, 1)
    client = engine.client
    assert set(client.run(_malloc).values()) == {(str(128 << 20), str(32 << 20))}
    engine.close()
    assert client.status == "closed"
    with pytest.raises(EngineUnavailableError, match="closed"):
        engine.capabilities()


def test_a_worker_that_a_local_cluster_gave_up_is_started_again(tmp_path):
    """As the cluster itself does when a worker that died needs longer than 15 s to come back."""
    engine = open_cluster("dask://local?workers=1&threads=1&memory=1GiB")
    cluster = engine.client.cluster
    [nanny] = cluster.workers.values()
    cluster.workers.clear()
    cluster.sync(nanny.close)
    assert engine.capabilities().limits["workers"] == 0
    job = engine.submit(FaultySums(str(tmp_path)), faulty_inputs())
    assert not np.isnan(job.result(timeout=HANG_SECONDS).sums).any()
    engine.close()


def test_a_client_stays_open_and_names_its_scheduler(cluster_client):
    engine = open_engine(cluster_client)
    assert engine.address == "dask://" + cluster_client.scheduler.address.partition("://")[2]
    engine.close()
    assert cluster_client.status == "running"


def test_a_client_of_a_coroutine_is_refused(cluster_client, monkeypatch):
    monkeypatch.setattr(type(cluster_client), "asynchronous", True)
    with pytest.raises(InvalidInputError, match="asynchronous"):
        open_cluster(cluster_client)


def test_another_version_on_the_workers_is_refused(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("spreadlab.engines.cluster.worker.__version__", "0.0.1")
    with pytest.raises(EngineUnavailableError, match=r"request comes from 0\.0\.1"):
        engine.submit(FaultySums(str(tmp_path)), faulty_inputs()).result(timeout=HANG_SECONDS)


def test_a_cluster_without_workers_is_said(tmp_path):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        engine = open_cluster(client, patience=0.5)
        with pytest.raises(EngineUnavailableError, match=r"no worker for 0\.5 s"):
            engine.submit(FaultySums(str(tmp_path)), faulty_inputs()).result(timeout=HANG_SECONDS)


def test_the_dashboard_groups_the_runs_by_task(engine, tmp_path, cluster_client):
    engine.submit(FaultySums(str(tmp_path)), faulty_inputs()).result(timeout=HANG_SECONDS)
    prefixes = cluster_client.run_on_scheduler(
        lambda dask_scheduler: {
            name: dict(prefix.state_counts) for name, prefix in dask_scheduler.task_prefixes.items()
        }
    )
    assert prefixes["FaultySums"]["memory"] >= 1


def test_two_jobs_at_once_do_not_meet(engine, tmp_path):
    jobs = [engine.submit(FaultySums(str(tmp_path)), faulty_inputs(n)) for n in (5, 9)]
    for job, n in zip(jobs, (5, 9), strict=True):
        sums = job.result(timeout=HANG_SECONDS).sums
        assert len(sums) == n
        assert not np.isnan(sums).any()
