"""Bytes that nobody of ours would send: an error each, no crash, no memory, others are served."""

from __future__ import annotations

import contextlib
import resource
import select
import socket

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import given, settings
from hypothesis import strategies as st

from spreadlab._canonical import MAGIC, encode
from spreadlab.backtest.rules import ZScoreRule
from spreadlab.backtest.sweep import SweepSpec
from spreadlab.backtest.walk_spec import WalkForwardSpec
from spreadlab.control.spec import SwitchingSpec
from spreadlab.discovery.calibration import CalibrationSpec
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.rpc import codec
from spreadlab.rpc.errors import RefusedError, error_of
from spreadlab.rpc.v1 import panel_pb2, panel_pb2_grpc, task_pb2, task_pb2_grpc
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import ServerConfig
from spreadlab.task import NO_INPUTS, Inputs, Tile
from tests.fuzz.tampering import CASES, LARGEST, tampered

from .probes import HANG_SECONDS, Method, methods_of, wait_until
from .servers import ServerProcess

MIB = 1 << 20
GROWS_AT_MOST = 32 * MIB
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPLOAD = Method("/spreadlab.rpc.v1.PanelService/UploadPanel", True, False)
RUN = Method("/spreadlab.rpc.v1.TaskService/Run", False, True)


@pytest.fixture(scope="module")
def port():
    with start_in_thread(ServerConfig(port=0, threads=2, reflection=True)) as server:
        yield server.server.port


@pytest.fixture(scope="module")
def channel(port):
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        yield channel


@pytest.fixture(scope="module")
def methods(channel):
    return methods_of(channel, ())


@pytest.fixture(scope="module")
def alone():
    """A server in a process of its own, whose memory can be told, and a channel to it."""
    large = [("grpc.max_send_message_length", 128 * MIB)]
    with (
        ServerProcess("--max-panel-bytes", str(256 * MIB)) as server,
        grpc.insecure_channel(f"localhost:{server.port}", large) as channel,
    ):
        assert is_healthy(channel)
        yield server, channel


def is_healthy(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(), timeout=HANG_SECONDS).status == 1


def assert_no_accident(error):
    """The call was refused for a reason, and nothing broke inside the server."""
    code, details = error.code(), error.details() or ""
    if "Error parsing message" in details:  # bytes that are no message
        return
    assert code not in {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }, f"{code}: {details}"


@settings(max_examples=150, deadline=None)
@given(payload=st.binary(max_size=300), which=st.integers(0, 10**6))
def test_random_bytes_on_every_rpc(channel, methods, payload, which):
    method = methods[which % len(methods)]
    if method.path.endswith("Health/Watch"):
        return  # answers for ever by design
    try:
        method.call(channel, payload)
    except grpc.RpcError as error:
        assert_no_accident(error)


def run_bytes(task, inputs, tiles):
    request = task_pb2.RunRequest(canonical_task=task, tiles=tiles)
    if inputs is not NO_INPUTS:
        request.inline.CopyFrom(codec.inline_panel(inputs))
    return request.SerializeToString()


class Chosen:
    """Choices of hypothesis, which then finds the least that breaks."""

    def __init__(self, data):
        self._data = data

    def below(self, n):
        return self._data.draw(st.integers(0, n - 1))

    def some_bytes(self, n):
        return self._data.draw(st.binary(max_size=n))


def check_tampered(channel, data, case):
    task, inputs = CASES[case]()
    inputs = NO_INPUTS if inputs is None else inputs
    if codec.size_of(inputs) > LARGEST:
        return
    tiles = [encode(tile) for tile in task.plan(inputs, None, 0)[:1]]
    task_bytes = encode(task)
    choices = Chosen(data)
    if data.draw(st.booleans()):
        task_bytes = tampered(task_bytes, choices)
    else:
        tiles = [tampered(tile, choices) for tile in tiles]
    try:
        RUN.call(channel, run_bytes(task_bytes, inputs, tiles), timeout=20)
    except grpc.RpcError as error:
        assert_no_accident(error)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), case=st.sampled_from(sorted(CASES)))
def test_tasks_and_tiles_that_were_tampered_with(channel, data, case):
    check_tampered(channel, data, case)


@pytest.mark.certify
@settings(max_examples=1500, deadline=None)
@given(data=st.data(), case=st.sampled_from(sorted(CASES)))
def test_thousands_of_tasks_that_were_tampered_with(channel, data, case):
    check_tampered(channel, data, case)


BOMBS = {
    "more nodes than memory": lambda: (
        SwitchingSpec(
            kappa=3.0,
            theta=0.0,
            sigma=0.2,
            discount=0.04,
            cost=0.01,
            horizon=1.0,
            n_grid=100_001,
            n_time=100_000,
        ),
        NO_INPUTS,
    ),
    "a billion universes": lambda: (
        CalibrationSpec(PairScanSpec(lags=1), 10**9),
        CASES["cases_discovery: calibration"]()[1],
    ),
    "more rules than anybody compares": lambda: (
        WalkForwardSpec(
            rule=ZScoreRule(10),
            grid_names=("entry_z", "exit_z", "lookback"),
            grid_values=(np.arange(1.0, 2000.0),) * 2 + (np.arange(2.0, 2000.0),),
        ),
        CASES["cases_backtest: walk forward"]()[1],
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_requests_beyond_any_machine_are_refused_at_once(alone, bomb):
    server, channel = alone
    before = server.memory()
    task, inputs = BOMBS[bomb]()
    with pytest.raises(grpc.RpcError) as refused:
        RUN.call(channel, run_bytes(encode(task), inputs, [encode(Tile(0))]))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert server.memory() - before <= GROWS_AT_MOST


def long_panel(n_obs, n_symbols=2):
    walk = np.random.default_rng(0).normal(size=(n_obs, n_symbols)).cumsum(axis=0)
    return Inputs({"prices": np.exp(1e-4 * walk)}, {"symbols": [f"S{k}" for k in range(n_symbols)]})


def many_folds():
    folds = {"formation": 60, "trading": 2, "step": 2}
    return WalkForwardSpec(**folds, cost_bps=1.0), long_panel(500_000)


def many_points():
    sweep, _ = CASES["cases_backtest: sweep"]()
    axes = (np.linspace(0.5, 2.5, 2000), np.arange(2.0, 1002.0))
    return SweepSpec(sweep.base, ("entry_z", "lookback"), axes), long_panel(700_000)


@pytest.mark.parametrize("many", [many_folds, many_points])
def test_a_plan_that_is_too_long_is_refused_before_it_is_made(alone, many):
    server, channel = alone
    task, inputs = many()
    sent = panel_pb2_grpc.PanelServiceStub(channel).UploadPanel(codec.upload_messages(inputs))
    before = server.memory()
    request = task_pb2.RunRequest(
        canonical_task=encode(task), digest=sent.digest, tiles=[encode(Tile(0))]
    )
    with pytest.raises(grpc.RpcError) as refused:
        RUN.call(channel, request.SerializeToString())
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert isinstance(error_of(refused.value), RefusedError)
    assert error_of(refused.value).reason == "PLAN_TOO_LARGE"
    assert server.memory() - before <= GROWS_AT_MOST


def test_tiles_of_a_later_stage_are_checked_where_they_run(channel):
    """Their indices go into kernels that trust them."""
    task, inputs = PairScanSpec(lags=1, dfa=5), CASES["cases_discovery: scan"]()[1]
    columns = tuple((k, k + 1) for k in range(3))
    good = {"pair": [0], "dependent": [0], "hedge": [1], "ratio": [1.0]}
    wrong = [{"dependent": [10**9]}, {"hedge": [-1]}, {"ratio": [1]}, {"pair": [0, 1]}, None]
    for change in [{}, *wrong]:
        args = {} if change is None else {**good, **change}
        tile = Tile(99, 1, 1.0, None, columns, {k: np.asarray(v) for k, v in args.items()})
        request = run_bytes(encode(task), inputs, [encode(tile)])
        if change == {}:
            assert RUN.call(channel, request)
            continue
        with pytest.raises(grpc.RpcError) as refused:
            RUN.call(channel, request)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("case", CASES)
def test_numbers_that_are_none_are_refused(channel, case, value):
    task, inputs = CASES[case]()
    if inputs is None or not inputs.arrays or (np.isnan(value) and "pairwise" in case):
        return
    for name, clean in inputs.arrays.items():
        if name == "times" and "pair" in case:
            continue  # dates of a result, which no tile reads
        array = clean.copy()
        array.flat[array.size // 2] = value
        hostile = Inputs({**inputs.arrays, name: array}, inputs.labels)
        if codec.size_of(hostile) > 4 * MIB:
            continue
        tiles = [encode(tile) for tile in task.plan(inputs, task.start(inputs), 0)]
        with pytest.raises(grpc.RpcError) as refused:
            RUN.call(channel, run_bytes(encode(task), hostile, tiles))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, name


CLAIMS = {
    "a billion rows": [panel_pb2.ArrayShape(name="prices", shape=[10**9, 1])],
    "more than memory has addresses for": [
        panel_pb2.ArrayShape(name="prices", shape=[2**62, 2**62])
    ],
    "a shape that overflows to nothing": [
        panel_pb2.ArrayShape(name="prices", shape=[2**32, 2**32])
    ],
    "many panels that are small each": [
        panel_pb2.ArrayShape(name=f"a{k}", shape=[100_000, 10]) for k in range(64)
    ],
    "no shape": [panel_pb2.ArrayShape(name="prices")],
    "three dimensions": [panel_pb2.ArrayShape(name="prices", shape=[2, 2, 2])],
    "a million columns": [panel_pb2.ArrayShape(name="prices", shape=[2, 10**6])],
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_sizes_are_checked_before_memory_is_taken(alone, claim):
    header = panel_pb2.PanelHeader(arrays=CLAIMS[claim])
    first = panel_pb2.UploadPanelRequest(header=header).SerializeToString()
    allowed = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}
    server, channel = alone
    before = server.memory()
    for _ in range(3):
        with pytest.raises(grpc.RpcError) as refused:
            UPLOAD.call(channel, first)
        assert refused.value.code() in allowed
    assert server.memory() - before <= GROWS_AT_MOST
    assert is_healthy(channel)


def test_a_message_of_64_mb_is_refused_unread(alone):
    payload = task_pb2.RunRequest(canonical_task=b"\0" * (64 * MIB)).SerializeToString()
    server, channel = alone
    before = server.memory()
    for method in (RUN, Method("/pair_discovery.PairDiscoveryService/TestPair", False, False)):
        with pytest.raises(grpc.RpcError) as refused:
            method.call(channel, payload)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert is_healthy(channel)
    assert server.memory() - before <= GROWS_AT_MOST


def test_an_upload_that_is_larger_than_it_said_is_refused(alone):
    header = panel_pb2.PanelHeader(arrays=[panel_pb2.ArrayShape(name="prices", shape=[30, 2])])
    pieces = [panel_pb2.UploadPanelRequest(header=header).SerializeToString()]
    pieces += [panel_pb2.UploadPanelRequest(chunk=b"\0" * MIB).SerializeToString()] * 64
    server, channel = alone
    before = server.memory()
    with pytest.raises(grpc.RpcError) as refused:
        UPLOAD.call(channel, *pieces)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert server.memory() - before <= GROWS_AT_MOST


@contextlib.contextmanager
def sockets(port, count, first):
    """Connections that send `first` and then nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = count + 300
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    opened = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS)
            opened.append(connection)
            connection.sendall(first)
        yield opened
    finally:
        for connection in opened:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def hung_up(connection):
    """Whether the server has closed a connection; what it said before is read."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    return True


def test_500_idle_sockets_and_slow_ones_hinder_nobody(alone):
    server, channel = alone
    before = server.memory()
    with sockets(server.port, 500, b"") as idle, sockets(server.port, 50, PREFACE[:9]) as slow:
        assert is_healthy(channel)
        with grpc.insecure_channel(f"localhost:{server.port}") as another:
            assert is_healthy(another)
        assert server.memory() - before <= GROWS_AT_MOST
        # They never finish their handshake, so the server hangs up.
        wait_until(lambda: all(hung_up(connection) for connection in [*idle, *slow]))
    assert is_healthy(channel)


def talk(port, payload):
    """Send bytes after the greeting of HTTP/2 and read until the server hangs up."""
    place = ("127.0.0.1", port)
    with (
        socket.create_connection(place, timeout=HANG_SECONDS) as connection,
        contextlib.suppress(ConnectionError),
    ):
        connection.sendall(payload)
        connection.shutdown(socket.SHUT_WR)
        while select.select([connection], [], [], HANG_SECONDS)[0]:
            if not connection.recv(65536):
                return
        raise AssertionError("the server neither answered nor hung up")


def frame(kind, flags, stream, body):
    return (
        len(body).to_bytes(3, "big")
        + bytes([kind, flags])
        + (stream & 0xFFFFFFFF).to_bytes(4, "big")
        + body
    )


FRAMES = st.lists(
    st.builds(
        frame,
        st.integers(0, 12),
        st.integers(0, 255),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=64),
    ),
    max_size=6,
).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(start=st.sampled_from([b"", PREFACE, PREFACE + frame(4, 0, 0, b"")]), rest=FRAMES)
def test_broken_http2_ends_its_connection_alone(channel, port, start, rest):
    talk(port, start + rest)
    assert is_healthy(channel)


def test_a_reader_of_what_nobody_wrote_gets_an_error(channel):
    stub = task_pb2_grpc.TaskServiceStub(channel)
    for payload in (b"", MAGIC, MAGIC + (2**62).to_bytes(8, "little"), b"\x80\x04K\x01."):
        with pytest.raises(grpc.RpcError) as refused:
            list(stub.Run(task_pb2.RunRequest(canonical_task=payload), timeout=HANG_SECONDS))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    header = b'{"arrays":[["float64",[1000000000000]]],"body":{"a":0}}'
    payload = MAGIC + len(header).to_bytes(8, "little") + header
    with pytest.raises(grpc.RpcError) as refused:
        list(stub.Run(task_pb2.RunRequest(canonical_task=payload), timeout=HANG_SECONDS))
    assert "truncated" in refused.value.details()
