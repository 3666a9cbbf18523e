"""The server as a whole: one to a port, drained on SIGTERM, watched by health and metrics."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import threading
import urllib.request

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import spreadlab as sl
from spreadlab._canonical import encode
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.errors import EngineUnavailableError, InvalidInputError
from spreadlab.rpc import codec
from spreadlab.rpc.errors import error_of
from spreadlab.rpc.v1 import info_pb2, info_pb2_grpc, task_pb2, task_pb2_grpc
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import ServerConfig
from spreadlab.server.lab import Lab
from spreadlab.server.tiles import EngineTiles
from spreadlab.task import Inputs, Tile
from tests.engines.cases_core import SumsSpec, sums_inputs
from tests.engines.test_conformance import assert_same, plain_loop

from .probes import metrics, wait_until
from .servers import ServerProcess, make_token, secure_server

SERVING = health_pb2.HealthCheckResponse.SERVING
HANG = 120


@pytest.fixture(scope="module")
def server():
    with start_in_thread(ServerConfig(port=0, threads=2, metrics_port=0)) as started:
        yield started


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.server.port}") as opened:
        yield opened


def refused(call):
    """Return the exception that a call stands for."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    return error_of(raised.value)


def test_every_service_is_healthy(server, channel):
    stub = health_pb2_grpc.HealthStub(channel)
    assert "spreadlab.rpc.v1.TaskService" in server.server.services
    for name in ("", *server.server.services):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=HANG)
        assert answer.status == SERVING


def test_a_second_server_on_the_port_refuses_to_start(server):
    with pytest.raises(EngineUnavailableError, match="the port is taken"):
        start_in_thread(ServerConfig(port=server.server.port))


def test_a_second_process_on_the_port_says_so_and_ends(server):
    with pytest.raises(RuntimeError, match="the port is taken"):
        ServerProcess("--port", str(server.server.port))


def test_certificates_that_cant_be_read_are_named():
    with pytest.raises(InvalidInputError, match="tls_key: can't read none"):
        start_in_thread(ServerConfig(port=0, tls_cert="none", tls_key="none"))


def test_figures_for_prometheus(server):
    engine = open_engine(server.address)
    engine.submit(SumsSpec(), sums_inputs()).result(HANG)
    engine.close()
    url = f"http://127.0.0.1:{server.server.metrics_port}/metrics"
    with urllib.request.urlopen(url, timeout=HANG) as answer:
        text = answer.read().decode()
    assert float(re.search(r"^spreadlab_tiles_total (\S+)$", text, re.MULTILINE)[1]) >= 8
    assert 'spreadlab_calls_total{code="OK",method="/spreadlab.rpc.v1.TaskService/Run"}' in text


def test_reflection_is_off_unless_asked_for(server, channel):
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    def services(opened):
        stub = reflection_pb2_grpc.ServerReflectionStub(opened)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        [answer] = stub.ServerReflectionInfo(iter([asked]), timeout=HANG)
        return {service.name for service in answer.list_services_response.service}

    with pytest.raises(grpc.RpcError) as raised:
        services(channel)
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with start_in_thread(ServerConfig(port=0, reflection=True)) as open_server:
        address = f"127.0.0.1:{open_server.server.port}"
        with grpc.insecure_channel(address) as opened:
            assert services(opened) >= set(server.server.services)


def run_request(task, tiles, inputs=None):
    inputs = sums_inputs() if inputs is None else inputs
    return task_pb2.RunRequest(
        inline=codec.inline_panel(inputs),
        canonical_task=encode(task),
        tiles=[encode(tile) for tile in tiles],
    )


PLAN = SumsSpec().plan(sums_inputs(), None, 0)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (run_request({"a": 1}, []), "task: a dict"),
        (run_request(SumsSpec(), [{"a": 1}]), "tiles: something else"),
        (run_request(SumsSpec(), [PLAN[0], PLAN[0]]), "the same id twice"),
        (run_request(SumsSpec(), [Tile(0, args={"low": 10**9})]), "tile 0 is not of this task"),
        (run_request(SumsSpec(), [Tile(77)]), "tile 77 is not of this task"),
        (task_pb2.RunRequest(canonical_task=b"\x00" * 99), "payload: malformed"),
        (run_request(SumsSpec(), [Tile(0)], codec.NO_INPUTS), "inputs: no prices"),
    ],
)
def test_requests_that_no_client_of_ours_makes_are_refused(channel, request_, words):
    stub = task_pb2_grpc.TaskServiceStub(channel)
    error = refused(lambda: list(stub.Run(request_, timeout=HANG)))
    assert isinstance(error, InvalidInputError)
    assert words in str(error)


LATER = {
    "pair": np.arange(2),
    "dependent": np.array([0, 1]),
    "hedge": np.array([1, 2]),
    "ratio": np.ones(2),
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"dependent": np.array([0, 10**9])},
        {"hedge": np.array([-5, 1])},
        {"hedge": np.array([1])},
        {"ratio": np.ones(1)},
        {"dependent": np.array([0.5, 1.0])},
    ],
)
def test_tiles_of_later_stages_point_at_their_own_columns(channel, wrong):
    """The plan of a later stage is the client's alone: the task checks what kernels would trust."""
    inputs = Inputs({"prices": np.exp(np.zeros((100, 3)))}, {"symbols": ["A", "B", "C"]})
    tile = Tile(1, 1, 2.0, None, ((0, 1), (1, 2), (2, 3)), LATER | wrong)
    stub = task_pb2_grpc.TaskServiceStub(channel)
    request = run_request(PairScanSpec(), [tile], inputs)
    error = refused(lambda: list(stub.Run(request, timeout=HANG)))
    assert isinstance(error, InvalidInputError)
    assert error.argument == "tile"


def test_an_unknown_digest_is_refused(channel):
    stub = task_pb2_grpc.TaskServiceStub(channel)
    request = task_pb2.RunRequest(digest="0" * 64, canonical_task=encode(SumsSpec()))
    assert refused(lambda: list(stub.Run(request, timeout=HANG))).reason == "PANEL_MISSING"


def test_termination_drains():
    """Health says so, new calls are refused, what runs ends, the process ends with 0."""
    with ServerProcess("--threads", "1", "--grace", "60", "--metrics-port", "0") as server:
        engine = open_engine(server.address, patience=0.0)
        channel = grpc.insecure_channel(f"localhost:{server.port}")
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), timeout=HANG)
        assert next(watch).status == SERVING
        job = engine.submit(SumsSpec(width=1, spin=1500), sums_inputs(60), max_buffered=1)
        events = job.events()
        first = [next(events)]
        # One tile ends before the next begins; what is told to drain is to be in the midst of one.
        port = int(server.first["metrics_port"])
        wait_until(lambda: metrics(port)["spreadlab_tiles_running"] == 1)
        server.send(signal.SIGTERM)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        info = info_pb2_grpc.InfoServiceStub(channel)
        error = refused(lambda: info.GetInfo(info_pb2.GetInfoRequest(), timeout=HANG))
        assert isinstance(error, EngineUnavailableError)
        with pytest.raises(EngineUnavailableError):
            first.extend(events)
        assert server.wait() == 0
        assert 1 < len(first) < 60
        channel.close()
        engine.close()
    with contextlib.closing(LocalEngine(1)) as local:
        done = local.submit(SumsSpec(width=1), sums_inputs(60), done=first).result(HANG)
    assert_same(done.sums, plain_loop(SumsSpec(width=1), sums_inputs(60)).sums)


def test_the_log_is_json_without_tokens_or_prices(tmp_path):
    server, options = secure_server(tmp_path)
    with server:
        engine = open_engine(server.address, **options)
        walks = np.random.default_rng(1).normal(size=(2, 80)).cumsum(axis=1)
        sl.test_pair(1234.5678 + walks[0], 99 + walks[1], engine=engine)
        with pytest.raises(EngineUnavailableError) as raised:
            open_engine(server.address, token="x" * 50, ca=options["ca"])
        assert "not valid" in str(raised.value)
        engine.close()
        assert server.stop() == 0
        text = "".join(server.lines)
        entries = [json.loads(line) for line in server.lines]
    codes = {(e["method"].rpartition("/")[2], e["code"]) for e in entries if e["event"] == "call"}
    assert {("Run", "OK"), ("GetInfo", "OK"), ("GetInfo", "UNAUTHENTICATED")} <= codes
    assert options["token"] not in text
    assert "x" * 50 not in text
    assert "1234.5" not in text


def test_a_token_changes_while_the_server_runs(tmp_path):
    server, options = secure_server(tmp_path)
    with server:
        new = "0123456789" + "abcdefghij" * 4
        (tmp_path / "token").write_text(new + "\n")
        server.send(signal.SIGHUP)
        assert "refused" not in server.event("reload")
        open_engine(server.address, token=new, ca=options["ca"]).close()
        with pytest.raises(EngineUnavailableError, match="not valid"):
            open_engine(server.address, **options)
        (tmp_path / "token").write_text("weak\n")
        server.send(signal.SIGHUP)
        assert "easy to guess" in server.event("reload")["refused"]
        open_engine(server.address, token=new, ca=options["ca"]).close()


def test_an_engine_behind_the_server_runs_the_tiles():
    """The server as a front of another engine: here one of this process, as a cluster would be."""
    lab = Lab(ServerConfig(port=0))
    tiles = EngineTiles(LocalEngine(2))
    spec, inputs = SumsSpec(width=1), sums_inputs(9)
    expected = {t.id: encode(spec.run(inputs.view(t), t)) for t in spec.plan(inputs, None, 0)}
    got, all_here = {}, threading.Event()

    def deliver(number, answer):
        got[number] = answer
        run.taken()
        if len(got) == len(expected):
            all_here.set()

    ready = threading.Event()

    def first_ready(number, answer):
        ready.wait(HANG)
        deliver(number, answer)

    run = tiles.open(spec, inputs, spec.plan(inputs, None, 0), first_ready)
    ready.set()
    assert all_here.wait(HANG)
    assert got == expected
    run.close()
    lab.close()


def test_whole_server_in_front_of_an_engine(monkeypatch):
    monkeypatch.setattr("spreadlab.server.lab.open_engine", lambda _: LocalEngine(2))
    with (
        start_in_thread(ServerConfig(port=0, engine="dask://somewhere:1")) as server,
        contextlib.closing(open_engine(server.address)) as engine,
    ):
        assert_same(
            engine.submit(SumsSpec(width=1), sums_inputs()).result(HANG),
            plain_loop(SumsSpec(width=1), sums_inputs()),
        )
        with pytest.raises(InvalidInputError, match="asked to fail at 3"):
            engine.submit(SumsSpec(width=1, fail_at=3), sums_inputs()).result(HANG)


def test_token_files_are_checked_at_the_start(tmp_path):
    _, path = make_token(tmp_path)
    path.chmod(0o644)
    with pytest.raises(InvalidInputError, match="chmod 600"):
        start_in_thread(ServerConfig(port=0, token_file=str(path)))
