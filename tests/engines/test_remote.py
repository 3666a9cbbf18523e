"""The remote engine beyond the conformance suite: sending once, going on after a loss, stopping."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import spreadlab as sl
from spreadlab._canonical import decode
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.discovery.selection import Selection
from spreadlab.engines import remote
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.engines.run import run
from spreadlab.errors import (
    EngineUnavailableError,
    InvalidInputError,
    NotMeanRevertingError,
    ScanCancelledError,
)
from spreadlab.rpc import codec
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import ServerConfig
from spreadlab.task import Inputs
from tests.server.servers import ServerProcess

from .cases_core import SumsSpec, sums_inputs
from .test_conformance import assert_same, plain_loop

PATIENT = 120.0  # a slow machine takes its time to start a server
WIDE = 12_000  # columns of thirty rows: too large to travel inside a request


@pytest.fixture(scope="module")
def server():
    with start_in_thread(ServerConfig(port=0, threads=2, max_scans=4)) as started:
        yield started


@pytest.fixture
def engine(server):
    with contextlib.closing(open_engine(server.address)) as opened:
        yield opened


def random_walks(n_symbols, n_obs=200, seed=3):
    rng = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(0.01 * rng.normal(size=(n_obs, n_symbols)), axis=0))
    return Inputs({"prices": prices}, {"symbols": [f"S{i}" for i in range(n_symbols)]})


class Counting:
    """Wraps a stub and counts its calls."""

    def __init__(self, stub):
        self._stub, self.calls = stub, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self._stub(*args, **kwargs)

    def future(self, *args, **kwargs):
        self.calls += 1
        return self._stub.future(*args, **kwargs)


def count(engine, stub, method):
    counting = Counting(getattr(getattr(engine, stub), method))
    setattr(getattr(engine, stub), method, counting)
    return counting


def test_large_inputs_are_sent_once_for_all_jobs(engine):
    inputs = sums_inputs(WIDE)
    assert codec.size_of(inputs) > codec.INLINE_BYTES
    uploads = count(engine, "_panels", "UploadPanel")
    spec = SumsSpec(width=1000)
    jobs = [engine.submit(spec, inputs) for _ in range(3)]
    for job in jobs:
        assert_same(job.result(60), plain_loop(spec, inputs))
    assert uploads.calls == 1


def test_inputs_that_the_server_dropped_are_sent_again(server, engine):
    inputs = sums_inputs(WIDE + 1)
    spec = SumsSpec(width=1000)
    engine.submit(spec, inputs).result(60)
    store = server.server.lab.panels
    with store._lock:
        for key in list(store._panels):
            store._drop(key)
    assert_same(engine.submit(spec, inputs).result(60), plain_loop(spec, inputs))


def test_a_server_that_keeps_nothing_is_named(engine, monkeypatch):
    monkeypatch.setattr(engine, "_upload", lambda *_: None)
    with pytest.raises(EngineUnavailableError, match="quota is too small"):
        engine.submit(SumsSpec(), sums_inputs(WIDE + 2)).result(60)


def test_tiles_asked_for_in_several_calls_come_all(engine, monkeypatch):
    monkeypatch.setattr(remote, "_REQUEST_BYTES", 400)
    runs = count(engine, "_tasks", "Run")
    assert_same(
        engine.submit(SumsSpec(width=1), sums_inputs()).result(60),
        plain_loop(SumsSpec(width=1), sums_inputs()),
    )
    assert runs.calls > 2


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (lambda e: e.submit(SumsSpec(fail_at=2), sums_inputs()).result(60), InvalidInputError),
        (
            lambda e: sl.estimate_ou(np.cumsum(np.ones(300)) ** 1.5, dt=1 / 252, engine=e),
            NotMeanRevertingError,
        ),
        (lambda e: sl.test_pair([1.0, 2.0], [2.0, 4.0], engine=e), InvalidInputError),
    ],
)
def test_errors_are_those_of_a_local_run(engine, work, kind):
    with contextlib.closing(LocalEngine(1)) as local, pytest.raises(kind) as here:
        work(local)
    with pytest.raises(kind) as there:
        work(engine)
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)
    assert vars(there.value) == vars(here.value)


def test_a_restarted_server_costs_no_tile_and_doubles_none():
    """Killed at a random tile, again and again, on the same port."""
    inputs, spec = random_walks(260), PairScanSpec(lags=1, dfa=100)
    expected = plain_loop(spec, inputs)
    draw = random.Random(5)
    server = ServerProcess("--threads", "1")
    port = str(server.port)
    with contextlib.closing(open_engine(server.address, patience=PATIENT)) as engine:
        job = engine.submit(spec, inputs, max_buffered=1)
        seen = []
        kills = set(draw.sample(range(1, 6), 2))
        for number, partial in enumerate(job.events()):
            seen.append((partial.stage, partial.tile_id))
            if number in kills:
                server.kill()
                server = ServerProcess("--threads", "1", "--port", port)
        result = job.result(PATIENT)
    server.kill()
    assert len(seen) == len(set(seen))
    assert_same(result, expected)


def test_a_server_that_stays_away_is_named_and_what_came_can_be_used():
    inputs, spec = random_walks(260), PairScanSpec(lags=1, dfa=0)
    with ServerProcess("--threads", "1") as server:
        engine = open_engine(server.address, patience=0.5)
        job = engine.submit(spec, inputs, max_buffered=1)
        events = job.events()
        done = [next(events)]
        server.kill()
        with pytest.raises(
            EngineUnavailableError, match=rf"lost the server at localhost:{server.port}"
        ):
            done.extend(events)
    engine.close()
    with contextlib.closing(LocalEngine(1)) as local:
        assert_same(local.submit(spec, inputs, done=done).result(60), plain_loop(spec, inputs))


def test_a_hung_server_is_named():
    """Its kernel goes on acknowledging: only pings that nobody answers tell."""
    with ServerProcess("--threads", "1") as server:
        engine = open_engine(server.address, patience=2.0)
        job = engine.submit(SumsSpec(spin=10**7), sums_inputs())
        while job.progress.done == 0 and not server_busy(engine):
            time.sleep(0.05)
        server.send(signal.SIGSTOP)
        with pytest.raises(EngineUnavailableError, match="lost the server"):
            job.result(PATIENT)
        engine.close()


def server_busy(engine):
    return bool(engine._watch._watched)


def test_a_request_that_is_too_large_is_not_sent_again_and_again(engine):
    symbols = tuple(f"{i:0300000}" for i in range(40))
    inputs = Inputs(random_walks(40, 40).arrays, {"symbols": symbols})
    spec = PairScanSpec(lags=1, selection=Selection(symbols, (0,) * 40))
    runs = count(engine, "_tasks", "Run")
    with pytest.raises(EngineUnavailableError, match=r"refuses this request.*larger than max"):
        engine.submit(spec, inputs).result(60)
    assert runs.calls == 1


def test_no_server_is_named(server):
    with pytest.raises(EngineUnavailableError, match="spreadlab serve"):
        open_engine("grpc://localhost:1")


def test_a_server_of_another_version_is_refused(server, monkeypatch):
    monkeypatch.setattr(remote, "__version__", "9.1.0")
    with pytest.raises(EngineUnavailableError, match=r"runs spreadlab .*, this is 9\.1\.0"):
        open_engine(server.address)


def test_cancel_ends_the_work_on_the_server(server, engine):
    job = engine.submit(SumsSpec(spin=10**7), sums_inputs())
    wait_until(lambda: server.server.lab.scans_running == 1)
    job.cancel()
    with pytest.raises(ScanCancelledError):
        job.result(60)
    wait_until(lambda: server.server.lab.scans_running == 0)
    wait_until(lambda: not running_tiles())


def running_tiles():
    return [
        frame
        for thread, frame in sys._current_frames().items()
        if any(t.ident == thread and t.name.startswith("spreadlab-tile-") for t in threads())
        and frame.f_code.co_name not in {"wait", "_serve"}
    ]


def threads():
    return threading.enumerate()


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_an_interrupt_cancels(server, engine):
    main = threading.main_thread().ident
    job = engine.submit(SumsSpec(spin=10**7), sums_inputs())
    wait_until(lambda: server.server.lab.scans_running == 1)
    threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        job.result(60)
    wait_until(lambda: server.server.lab.scans_running == 0)


def test_closing_cancels_what_runs(server):
    engine = open_engine(server.address)
    job = engine.submit(SumsSpec(spin=10**7), sums_inputs())
    wait_until(lambda: server.server.lab.scans_running == 1)
    engine.close()
    engine.close()
    with pytest.raises(ScanCancelledError):
        job.result(60)
    with pytest.raises(EngineUnavailableError, match="was closed"):
        engine.submit(SumsSpec(), sums_inputs())


def test_more_scans_than_allowed_wait_for_a_place(server, engine):
    long = [engine.submit(SumsSpec(spin=10**7), sums_inputs()) for _ in range(4)]
    wait_until(lambda: server.server.lab.scans_running == 4)
    with (
        contextlib.closing(open_engine(server.address, patience=0.2)) as hasty,
        pytest.raises(EngineUnavailableError, match="4 scans run here already"),
    ):
        hasty.submit(SumsSpec(), sums_inputs()).result(60)
    waiting = engine.submit(SumsSpec(), sums_inputs())
    for job in long:
        job.cancel()
    assert_same(waiting.result(60), plain_loop(SumsSpec(), sums_inputs()))


def test_a_paused_reader_holds_back_its_own_scan_only(server, engine):
    inputs, spec = sums_inputs(60), SumsSpec(width=1)
    tiles = server.server.lab.metrics.tiles._value
    before = tiles.get()
    job = engine.submit(spec, inputs, max_buffered=1)
    next(job.events())
    other = engine.submit(SumsSpec(), sums_inputs()).result(60)
    assert_same(other, plain_loop(SumsSpec(), sums_inputs()))
    assert tiles.get() - before < 200
    assert_same(job.result(60), plain_loop(spec, inputs))


def test_many_threads_share_an_engine(engine):
    answers, spec = {}, SumsSpec(width=1)
    expected = plain_loop(spec, sums_inputs())

    def work(number):
        answers[number] = engine.submit(spec, sums_inputs()).result(60)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 3
    for answer in answers.values():
        assert_same(answer, expected)


def test_works_in_an_event_loop(engine):
    """As in a notebook, whose cells run inside the kernel's loop."""

    async def cell():
        await asyncio.sleep(0)
        return run(SumsSpec(), sums_inputs(), engine=engine)

    assert_same(asyncio.run(cell()), plain_loop(SumsSpec(), sums_inputs()))


FORKING = """
import os, subprocess, sys
import spreadlab as sl
from spreadlab.engines.registry import open_engine
engine = open_engine(sys.argv[1])
import numpy as np
rng = np.random.default_rng(1)
series, other = np.exp(rng.normal(size=(2, 100)))
first = sl.test_pair(series, other, engine=engine).statistic
subprocess.run(["true"], check=True)
assert os.system("true") == 0
child = os.fork()
if child == 0:
    try:
        sl.test_pair(series, other, engine=engine)
    except sl.EngineUnavailableError as error:
        os._exit(7 if "forked" in str(error) else 8)
    os._exit(9)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert sl.test_pair(series, other, engine=engine).statistic == first
engine.close()
"""


def test_goes_on_after_forks(server):
    """`!ls` in a notebook forks; so do careless users of multiprocessing."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING, server.address],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_capabilities_are_those_of_the_server(engine):
    capabilities = engine.capabilities()
    assert capabilities.threads == 2
    assert capabilities.limits["max_scans"] == 4
    assert decode(sl._canonical.encode(capabilities)).limits["max_scans"] == 4


def test_connect_by_address(server):
    try:
        assert repr(sl.connect(server.address)) == f"RemoteEngine('{server.address}')"
        rng = np.random.default_rng(2)
        result = sl.test_pair(np.exp(rng.normal(size=50)), np.exp(rng.normal(size=50)))
        assert result.provenance["engine"] == server.address
    finally:
        sl.connect("local")
