"""A server whose tiles run on a cluster: `spreadlab serve --engine dask://...`."""

from __future__ import annotations

import contextlib

import grpc
import numpy as np
import pytest

from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.rpc.v1 import pair_pb2, pair_pb2_grpc
from tests.server.servers import ServerProcess

from .test_conformance import CASES, assert_same

HANG = 120


@pytest.fixture(scope="module")
def server(cluster_client):
    place = cluster_client.scheduler.address.removeprefix("tcp://")
    with ServerProcess("--engine", f"dask://{place}") as server:
        yield server
        assert server.stop() == 0


def tasks_seen(client):
    """Return how many changes of state of tasks the scheduler has counted."""
    return client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)


@pytest.mark.parametrize("label", ["discovery: scan", "backtest: sweep", "ou: fit"])
def test_same_answer_as_here_computed_over_there(server, cluster_client, label):
    task, inputs = CASES[label]()
    before = tasks_seen(cluster_client)
    with contextlib.closing(open_engine(server.address)) as engine:
        got = engine.submit(task, inputs).result(timeout=HANG)
    with contextlib.closing(LocalEngine(1)) as local:
        assert_same(got, local.submit(task, inputs).result(timeout=HANG))
    assert got.provenance["engine"] == server.address
    assert tasks_seen(cluster_client) > before


def test_the_server_says_where_its_tiles_run(server):
    assert server.first["engine"].startswith("dask://")
    assert server.first["threads"] == 2
    with contextlib.closing(open_engine(server.address)) as engine:
        assert engine.capabilities().threads == 2


def test_whole_tasks_go_there_too(server, cluster_client):
    walk = np.exp(0.01 * np.random.default_rng(3).normal(size=(200, 2)).cumsum(axis=0))
    y, x = (np.ascontiguousarray(column) for column in walk.T)
    request = pair_pb2.TestPairRequest(y=y.tobytes(), x=x.tobytes(), lags="1")
    before = tasks_seen(cluster_client)
    with grpc.insecure_channel(f"localhost:{server.port}") as channel:
        got = pair_pb2_grpc.PairServiceStub(channel).TestPair(request, timeout=HANG)
    import spreadlab as sl

    assert got.pvalue == sl.test_pair(y, x, lags=1).pvalue
    assert tasks_seen(cluster_client) > before
