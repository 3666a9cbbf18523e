"""Jobs: events, bounded buffers, cancellation, errors, progress."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import spreadlab as sl
from spreadlab.engines.job import watch_jobs
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.run import run
from spreadlab.errors import EngineUnavailableError, InvalidInputError, ScanCancelledError
from spreadlab.progress import follow
from spreadlab.server.pool import FairPool, PoolEngine

from .cases_core import SumsSpec, sums_inputs

LONG = SumsSpec(width=1, spin=100_000)


@pytest.fixture
def engine():
    opened = LocalEngine(2)
    yield opened
    opened.close()


def test_a_refused_request_never_starts(engine):
    with pytest.raises(InvalidInputError, match="no prices"):
        engine.submit(SumsSpec(), None)


def test_events_give_each_partial_once(engine):
    job = engine.submit(SumsSpec(), sums_inputs())
    assert sorted(partial.tile_id for partial in job.events()) == [
        0,
        1,
        2,
        3,
        1000,
        1001,
        1002,
        1003,
    ]
    assert job.state == "done"
    assert job.progress.done == job.progress.planned == 8
    assert job.progress.fraction == 1.0


def test_a_slow_reader_holds_the_job_back(engine):
    job = engine.submit(SumsSpec(width=1), sums_inputs(200), max_buffered=3)
    time.sleep(0.3)
    assert job.state == "running"
    assert job.progress.done <= 5
    assert len(list(job.events())) == 400


def test_result_does_not_wait_for_a_reader(engine):
    result = engine.submit(SumsSpec(width=1), sums_inputs(50), max_buffered=1).result(timeout=60)
    np.testing.assert_allclose(result.sums, sums_inputs(50)["prices"].sum(axis=0))


def test_max_buffered_zero_keeps_no_partials(engine):
    job = engine.submit(SumsSpec(), sums_inputs(), max_buffered=0)
    job.result(timeout=60)
    assert list(job.events()) == []


def test_an_error_in_a_tile_reaches_the_caller(engine):
    job = engine.submit(SumsSpec(fail_at=1001), sums_inputs())
    with pytest.raises(InvalidInputError, match="asked to fail at 1001"):
        job.result(timeout=60)
    assert job.state == "failed"
    with pytest.raises(InvalidInputError, match="asked to fail"):
        list(job.events())


def test_cancel_stops_running_tiles(engine):
    job = engine.submit(LONG, sums_inputs(4))
    time.sleep(0.1)
    job.cancel()
    with pytest.raises(ScanCancelledError):
        job.result(timeout=60)
    assert job.wait(60)
    assert job.state == "cancelled"


def test_result_times_out_and_the_job_goes_on(engine):
    job = engine.submit(LONG, sums_inputs(4))
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        job.result(timeout=0.05)
    assert job.state == "running"
    job.cancel()


def test_keyboard_interrupt_cancels(engine, monkeypatch):
    job = engine.submit(LONG, sums_inputs(4))
    monkeypatch.setattr(job._ended, "wait", _raise_interrupt)
    with pytest.raises(KeyboardInterrupt):
        job.result()
    monkeypatch.undo()
    assert job.wait(60)
    assert job.state == "cancelled"


def _raise_interrupt(timeout=None):
    raise KeyboardInterrupt


def test_leaving_the_block_cancels(engine):
    with engine.submit(LONG, sums_inputs(4)) as job:
        assert job.state == "running"
    assert job.wait(60)
    assert job.state == "cancelled"


def test_jobs_lists_live_jobs_oldest_first(engine):
    first = engine.submit(SumsSpec(), sums_inputs())
    first.result(timeout=60)
    second = engine.submit(LONG, sums_inputs())
    assert [job for job in sl.jobs() if job in (first, second)] == [first, second]
    assert first.id.split("-")[0] != second.id.split("-")[0]
    known = first.id
    del first
    gc.collect()
    second.cancel()
    assert known not in [job.id for job in sl.jobs()]


def test_the_same_request_has_the_same_digest(engine):
    a, b = engine.submit(SumsSpec(), sums_inputs()), engine.submit(SumsSpec(), sums_inputs())
    other = engine.submit(SumsSpec(), sums_inputs(6))
    assert a.id.split("-")[0] == b.id.split("-")[0] != other.id.split("-")[0]


def test_a_job_ends_whose_last_tiles_were_in_the_queue_of_an_engine_that_closes(monkeypatch):
    begun, go_on, closing = threading.Event(), threading.Event(), threading.Event()
    run_before, shut_down = SumsSpec.run, ThreadPoolExecutor.shutdown

    def waits(self, view, tile):
        begun.set()
        go_on.wait()
        return run_before(self, view, tile)

    def shuts_down(self, wait=True, **options):
        shut_down(self, wait=False, **options)  # what waits in the queue is dropped here
        closing.set()
        shut_down(self, wait=wait)

    monkeypatch.setattr(SumsSpec, "run", waits)
    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", shuts_down)
    engine = LocalEngine(1)
    job = engine.submit(SumsSpec(width=10), sums_inputs(20))
    begun.wait()
    closer = threading.Thread(target=engine.close)
    closer.start()
    closing.wait()
    go_on.set()
    closer.join()
    assert job.wait(60.0)
    with pytest.raises(ScanCancelledError, match="engine was closed"):
        job.result()


def test_a_closed_engine_cancels_and_refuses():
    engine = LocalEngine(1)
    job = engine.submit(LONG, sums_inputs(4))
    engine.close()
    engine.close()
    with pytest.raises(ScanCancelledError):
        job.result(timeout=60)
    with pytest.raises(EngineUnavailableError, match="closed"):
        engine.submit(SumsSpec(), sums_inputs())


def test_follow_reports_progress_to_a_callable(engine):
    seen = []
    job = engine.submit(SumsSpec(width=1), sums_inputs(20), max_buffered=0)
    follow(job, seen.append, "sums")
    assert seen[-1].done == seen[-1].planned == 40
    assert seen[-1].rate > 0


def test_follow_shows_a_bar_and_ends_it(engine, capsys):
    job = engine.submit(SumsSpec(width=1), sums_inputs(20), max_buffered=0)
    follow(job, True, "sums")
    assert "sums" in capsys.readouterr().err


def blas_threads():
    """Threads of each BLAS library of this process, by its file."""
    found = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    return {lib["filepath"]: lib["num_threads"] for lib in found}


@pytest.fixture
def a_thread_that_controls_blas():
    """A thread that set the number of BLAS threads and lives on: others are then not obeyed."""
    ready, done = threading.Event(), threading.Event()

    def control():
        with threadpool_limits(limits=2, user_api="blas"):
            ready.set()
            done.wait()

    thread = threading.Thread(target=control)
    thread.start()
    ready.wait()
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("a_thread_that_controls_blas")
@pytest.mark.parametrize("width", [1, 1000], ids=["many tiles", "one tile"])
@pytest.mark.parametrize("served", [False, True], ids=["local", "server"])
def test_tiles_run_on_one_blas_thread_whoever_set_the_number(monkeypatch, width, served):
    numbers = set()
    run_before = SumsSpec.run

    def watched(self, view, tile):
        numbers.update(blas_threads().values())
        return run_before(self, view, tile)

    monkeypatch.setattr(SumsSpec, "run", watched)
    pool = FairPool(2)
    engine = PoolEngine(pool) if served else LocalEngine(2)
    engine.submit(SumsSpec(width=width), sums_inputs(20)).result()
    engine.close()
    pool.close()
    assert numbers == {1}


def test_blas_threads_come_back(engine):
    before = blas_threads()
    jobs = [engine.submit(SumsSpec(width=1), sums_inputs(20)) for _ in range(4)]
    threads = [threading.Thread(target=job.result) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blas_threads() == before


def test_progress_of_another_kind_is_refused_before_any_work(engine):
    before = sl.jobs()
    with pytest.raises(InvalidInputError, match="progress: got 'x'"):
        run(SumsSpec(), sums_inputs(), engine=engine, progress="x")
    assert sl.jobs() == before


def test_watchers_hear_of_every_job_when_it_begins_and_when_it_has_ended(engine, monkeypatch):
    heard = []
    monkeypatch.setattr("spreadlab.engines.job._watchers", [])
    watch_jobs(tell := lambda job: heard.append((job.number, job.wait(0))))
    watch_jobs(tell)  # once is enough
    done = engine.submit(SumsSpec(), sums_inputs())
    done.result()
    stopped = engine.submit(LONG, sums_inputs())
    stopped.cancel()
    assert stopped.wait(60)
    deadline = time.monotonic() + 60
    while len(heard) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)  # a result is there a moment before its watchers are told
    for job in (done, stopped):
        assert [ended for number, ended in heard if number == job.number] == [False, True]
        assert job.address == engine.address
    with pytest.raises(InvalidInputError):
        engine.submit(SumsSpec(), None)
    assert len(heard) == 4  # a request that was refused is no job


def test_a_watcher_that_fails_is_logged_and_keeps_nobody_from_hearing(engine, monkeypatch, caplog):
    heard = []

    def fail(job):
        raise LookupError(f"no words for {job.number}")

    monkeypatch.setattr("spreadlab.engines.job._watchers", [])
    watch_jobs(fail)
    watch_jobs(lambda job: heard.append(job.number))
    job = engine.submit(SumsSpec(), sums_inputs())
    job.result()
    deadline = time.monotonic() + 60
    while len(heard) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert heard == [job.number] * 2
    assert f"no words for {job.number}" in caplog.text
