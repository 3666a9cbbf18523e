"""Servers and clients that die, hang, pause or crowd: nothing is lost, and all is freed.

The targets in seconds are asserted in the long runs alone; the short ones look at what happens.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import spreadlab as sl
from spreadlab._canonical import encode
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.remote import open_remote
from spreadlab.rpc import codec
from spreadlab.rpc.v1 import info_pb2, info_pb2_grpc, task_pb2, task_pb2_grpc
from spreadlab.task import run_tile
from tests.engines.cases_core import SumsSpec, sums_inputs

from .probes import HANG_SECONDS, metrics, scan_request, wait_until
from .servers import ROOT, ServerProcess

ENDLESS = 10**9
MIB = 1 << 20
CLIENT = """
import sys
from spreadlab.engines.remote import open_remote
from spreadlab.task import run_tile
from tests.engines.cases_core import SumsSpec, sums_inputs
engine = open_remote(sys.argv[1])
engine.submit(SumsSpec(width=1, spin=int(sys.argv[2])), sums_inputs()).result()
"""

# Health as somebody else sees it, from a process of its own, until it is told to stop.
PROBER = """
import json, select, sys, time, grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
seconds = []
with grpc.insecure_channel(f"localhost:{sys.argv[1]}") as channel:
    stub = health_pb2_grpc.HealthStub(channel)
    assert stub.Check(health_pb2.HealthCheckRequest(), timeout=60).status == 1
    print("probing", flush=True)
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        started = time.perf_counter()
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=60).status == 1
        seconds.append(time.perf_counter() - started)
print(json.dumps(seconds))
"""


def start_server(*flags):
    return ServerProcess("--metrics-port", "0", "--threads", "2", *flags)


@pytest.fixture(scope="module")
def server():
    with start_server() as running:
        yield running


def seen(server):
    return metrics(int(server.first["metrics_port"]))


def is_busy(server):
    return seen(server)["spreadlab_tiles_running"] == 2.0


def is_free(server):
    now = seen(server)
    return now["spreadlab_tiles_running"] == now["spreadlab_scans"] == 0.0


def run_request(task, inputs):
    """The request of all tiles of the first stage, as one call."""
    tiles = task.plan(inputs, task.start(inputs), 0)
    return task_pb2.RunRequest(
        inline=codec.inline_panel(inputs),
        canonical_task=encode(task),
        tiles=[encode(tile) for tile in tiles],
    )


def stub_of(channel):
    return task_pb2_grpc.TaskServiceStub(channel)


# The server dies.


def frame_of(result):
    frame = result.to_frame()
    return {name: frame[name].to_numpy() for name in frame.columns}


def survive(kills, seed, n_symbols):
    """Scan while the server is killed and restarted; return the tile ids, result and local one."""
    chance = random.Random(seed)
    task, inputs = scan_request(n_symbols)
    planned = len(task.plan(inputs, task.start(inputs), 0))
    local = LocalEngine(2)
    expected = local.submit(task, inputs).result()
    local.close()
    moments = set(chance.sample(range(1, planned - 1), kills))
    server = start_server()
    port = str(server.port)
    try:
        engine = open_remote(server.address, patience=HANG_SECONDS)
        # Unread partials hold the job back, so every kill comes while it runs.
        job = engine.submit(task, inputs, max_buffered=1)
        ids = []
        for partial in job.events():
            ids.append(partial.tile_id)
            if len(ids) in moments:
                time.sleep(chance.uniform(0.0, 0.05))
                server.kill()
                server = start_server("--port", port)
        result = job.result()
        engine.close()
    finally:
        server.kill()
    return ids, planned, result, expected


def check_survival(ids, planned, result, expected):
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == planned
    ours, theirs = frame_of(result), frame_of(expected)
    assert set(ours) == set(theirs)
    for name, column in ours.items():
        np.testing.assert_array_equal(column, theirs[name])
    assert result.n_tests == expected.n_tests


def test_a_server_killed_at_random_loses_and_doubles_nothing():
    check_survival(*survive(1, seed=1, n_symbols=500))


@pytest.mark.certify
def test_a_server_killed_twenty_times_loses_and_doubles_nothing(record_property):
    ids, planned, result, expected = survive(20, seed=2, n_symbols=1415)
    check_survival(ids, planned, result, expected)
    record_property("blocks", planned)
    record_property("blocks_lost", planned - len(set(ids)))
    record_property("blocks_doubled", len(ids) - len(set(ids)))


# The client dies or hangs.


def client_on(server):
    command = [sys.executable, "-c", CLIENT, server.address, str(ENDLESS)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def freed_after(server, number):
    """Send the signal to a client whose work never ends; return when its work was freed."""
    with client_on(server) as client:
        try:
            wait_until(lambda: is_busy(server))
            client.send_signal(number)
            return wait_until(lambda: is_free(server))
        finally:
            client.kill()


def test_a_killed_client_frees_its_work(server):
    freed_after(server, signal.SIGKILL)


@pytest.mark.certify
def test_killed_clients_free_their_work_within_a_second(server, record_property):
    seconds = [freed_after(server, signal.SIGKILL) for _ in range(10)]
    record_property("slowest_seconds", round(max(seconds), 3))
    assert max(seconds) <= 1.0


@pytest.mark.certify
def test_a_stalled_client_frees_its_work_within_twenty_seconds(server, record_property):
    seconds = freed_after(server, signal.SIGSTOP)
    record_property("seconds", round(seconds, 2))
    assert seconds <= 20.0


# Cancels and deadlines.


def cancel_once(server, engine):
    job = engine.submit(SumsSpec(width=1, spin=ENDLESS), sums_inputs())
    wait_until(lambda: is_busy(server))
    job.cancel()
    return wait_until(lambda: seen(server)["spreadlab_tiles_running"] == 0.0)


def deadline_once(server, channel):
    seconds = 0.5
    ends = time.monotonic() + seconds
    request = run_request(SumsSpec(width=1, spin=ENDLESS), sums_inputs())
    with pytest.raises(grpc.RpcError) as late:
        list(stub_of(channel).Run(request, timeout=seconds))
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    wait_until(lambda: is_free(server))
    return time.monotonic() - ends


def test_a_cancel_and_a_deadline_stop_the_work(server):
    engine = open_remote(server.address)
    cancel_once(server, engine)
    engine.close()
    with grpc.insecure_channel(f"localhost:{server.port}") as channel:
        deadline_once(server, channel)


@pytest.mark.certify
def test_cancels_and_deadlines_stop_the_work_within_150_ms(server, record_property):
    engine = open_remote(server.address)
    cancels = [cancel_once(server, engine) for _ in range(50)]
    engine.close()
    with grpc.insecure_channel(f"localhost:{server.port}") as channel:
        deadlines = [deadline_once(server, channel) for _ in range(20)]
    worst = {"cancel": np.quantile(cancels, 0.99), "deadline": np.quantile(deadlines, 0.99)}
    for name, value in worst.items():
        record_property(f"{name}_p99_ms", round(1e3 * float(value), 1))
    assert max(worst.values()) <= 0.150


# A reader that pauses.


def test_a_paused_reader_does_not_grow_the_server(record_property):
    with start_server() as server:
        engine = open_remote(server.address)
        engine.submit(*scan_request(200, keep=10)).result()  # warm: code, kernels, pools
        idle = server.memory()
        task, inputs = scan_request(1415)  # a million pairs
        planned = len(task.plan(inputs, task.start(inputs), 0))
        assert 1415 * 1414 // 2 >= 1_000_000
        job = engine.submit(task, inputs, max_buffered=1)
        next(job.events())

        settled = []

        def is_settled():
            # Nothing runs, nothing is answered: the server waits for the reader.
            now = seen(server)
            settled.append((now["spreadlab_tiles_running"], now["spreadlab_tiles_total"]))
            time.sleep(0.05)
            return len(settled) > 30 and len(set(settled[-30:])) == 1 and settled[-1][0] == 0.0

        wait_until(is_settled)
        grown = server.memory() - idle
        answered = int(settled[-1][1])
        assert not job.wait(0)
        assert seen(server)["spreadlab_scans"] == 1.0
        record_property("memory_grown_mib", round(grown / MIB, 1))
        record_property("blocks_answered", f"{answered} of {planned}")
        assert answered < planned
        assert grown <= inputs["prices"].nbytes + 64 * MIB
        job.cancel()
        wait_until(lambda: is_free(server))
        engine.close()


# The server is asked to stop.


def health_of(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    status = stub.Check(health_pb2.HealthCheckRequest(), timeout=HANG_SECONDS).status
    return health_pb2.HealthCheckResponse.ServingStatus.Name(status)


def test_a_server_that_drains_says_so_and_ends_what_has_begun():
    with start_server("--grace", "100") as server:
        engine = open_remote(server.address, patience=0.0)
        with grpc.insecure_channel(f"localhost:{server.port}") as channel:
            assert health_of(channel) == "SERVING"
            task, inputs = scan_request(1415)
            job = engine.submit(task, inputs, max_buffered=1)
            events = job.events()
            got = [next(events)]
            server.send(signal.SIGTERM)
            assert server.event("draining")["scans"] == 1
            wait_until(lambda: health_of(channel) == "NOT_SERVING")
            with pytest.raises(grpc.RpcError) as refused:
                info_pb2_grpc.InfoServiceStub(channel).GetInfo(
                    info_pb2.GetInfoRequest(), timeout=HANG_SECONDS
                )
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            assert "shutting down" in refused.value.details()
            assert server.process.poll() is None  # the reader is slow, not gone
            with pytest.raises(sl.EngineUnavailableError):
                got.extend(events)
            assert server.wait() == 0
        engine.close()
    # What had begun came back whole: it need not be run again.
    assert len(got) > 1
    tiles = {tile.id: tile for tile in task.plan(inputs, task.start(inputs), 0)}
    for partial in got:
        tile = tiles[partial.tile_id]
        assert encode(partial) == encode(run_tile(task, inputs.view(tile), tile, lambda: False))


def stop_under_a_paused_reader(grace):
    with start_server("--grace", str(grace)) as server:
        engine = open_remote(server.address, patience=0.0)
        job = engine.submit(*scan_request(1415), max_buffered=1)
        next(job.events())
        started = time.monotonic()
        code = server.stop()
        seconds = time.monotonic() - started
        job.cancel()
        engine.close()
    return code, seconds


def test_a_server_ends_by_its_grace_whoever_reads():
    assert stop_under_a_paused_reader(0.5)[0] == 0


@pytest.mark.certify
def test_a_server_ends_within_its_grace_and_a_second(record_property):
    code, seconds = stop_under_a_paused_reader(3.0)
    record_property("seconds_of_grace_3", round(seconds, 2))
    assert code == 0
    assert seconds <= 4.0


@pytest.mark.certify
def test_a_hung_server_is_named_within_twenty_seconds(record_property):
    with start_server() as server:
        engine = open_remote(server.address)
        job = engine.submit(SumsSpec(width=1, spin=ENDLESS), sums_inputs())
        wait_until(lambda: is_busy(server))
        server.send(signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(sl.EngineUnavailableError, match=f"localhost:{server.port}"):
            job.result(timeout=60)
        seconds = time.monotonic() - started
        record_property("seconds", round(seconds, 2))
        engine.close()
    assert seconds <= 20.0


def test_a_second_server_on_the_port_refuses_to_start(server):
    command = [sys.executable, "-m", "spreadlab.cli", "serve", "--port", str(server.port)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False
    )
    assert done.returncode == 1
    assert f"can't listen on 127.0.0.1:{server.port}: the port is taken" in done.stderr
    with grpc.insecure_channel(f"localhost:{server.port}") as channel:
        assert health_of(channel) == "SERVING"


# Many clients.


class Crowd:
    """Clients with channels of their own that run the same endless kind of work."""

    def __init__(self, server, n_clients, spin):
        self.counts = [0] * n_clients
        self._engines = [open_remote(server.address) for _ in range(n_clients)]
        # Many small tiles: none of them ends while we look.
        inputs = sums_inputs(n_columns=4000)
        task = SumsSpec(width=1, spin=spin)
        self._jobs = [engine.submit(task, inputs) for engine in self._engines]
        self._threads = [
            threading.Thread(target=self._read, args=(k, job), daemon=True)
            for k, job in enumerate(self._jobs)
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, k, job):
        try:
            for _ in job.events():
                self.counts[k] += 1
        except sl.ScanCancelledError:
            pass

    def served(self, least):
        """Wait until each client got `least` blocks while all ran; return how many each got."""
        wait_until(lambda: min(self.counts) > 0)
        before = list(self.counts)

        def since():
            return [now - then for now, then in zip(self.counts, before, strict=True)]

        wait_until(lambda: min(since()) >= least)
        return since()

    def leave(self):
        for job in self._jobs:
            job.cancel()
        for thread in self._threads:
            thread.join()
        for engine in self._engines:
            engine.close()


def crowd_out(n_clients, least, spin):
    """Return blocks a client, the status of one client too many, and seconds of health probes."""
    with start_server("--max-scans", str(n_clients)) as server:
        crowd = Crowd(server, n_clients, spin)
        try:
            wait_until(lambda: seen(server)["spreadlab_scans"] == n_clients)
            with (
                grpc.insecure_channel(f"localhost:{server.port}") as channel,
                pytest.raises(grpc.RpcError) as refused,
            ):
                list(stub_of(channel).Run(run_request(SumsSpec(), sums_inputs()), timeout=60))
            prober = subprocess.Popen(
                [sys.executable, "-c", PROBER, str(server.port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            with prober:
                prober.stdout.readline()  # it has begun
                blocks = crowd.served(least)
                probes = json.loads(prober.communicate("stop\n", timeout=HANG_SECONDS)[0])
        finally:
            crowd.leave()
        wait_until(lambda: is_free(server))
        return blocks, refused.value.code(), probes


def test_clients_share_fairly_and_one_too_many_is_told():
    blocks, overflow, probes = crowd_out(5, least=20, spin=10)
    assert overflow is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert max(blocks) / min(blocks) <= 1.5
    assert probes


@pytest.mark.certify
def test_64_clients_share_fairly_and_health_is_answered(record_property):
    blocks, overflow, probes = crowd_out(64, least=30, spin=20)
    p99 = float(np.quantile(probes, 0.99))
    record_property("blocks_max_over_min", round(max(blocks) / min(blocks), 3))
    record_property("health_p99_ms", round(1e3 * p99, 1))
    record_property("health_probes", len(probes))
    assert overflow is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert max(blocks) / min(blocks) <= 1.5
    assert p99 <= 0.050
