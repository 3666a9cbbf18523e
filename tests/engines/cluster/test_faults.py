"""What a cluster loses is done again, and the answer is the local one."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from spreadlab.engines.cluster import flow as flow_module
from spreadlab.engines.cluster import open_cluster
from spreadlab.engines.cluster.blocks import ScatteredBlocks
from spreadlab.engines.local import LocalEngine
from spreadlab.errors import EngineUnavailableError, ScanCancelledError, TileError

from .fault_tasks import HANG_SECONDS, FaultySums, faulty_inputs, wait_for


@pytest.fixture(scope="module")
def client():
    """A cluster of its own: its workers have little memory, and it gives up on a task soon."""
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        # A cluster drops a worker that has not come back by then, which depends on the machine.
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit="700MiB",
        ) as cluster,
        Client(cluster, set_as_default=False) as opened,
    ):
        yield opened


@pytest.fixture(autouse=True)
def _both_workers(client):
    client.wait_for_workers(2)


@pytest.fixture
def engine(client):
    opened = open_cluster(client)
    yield opened
    opened.close()


def assert_local_answer(result, inputs):
    with contextlib.closing(LocalEngine(1)) as local, tempfile.TemporaryDirectory() as folder:
        expected = local.submit(FaultySums(folder), inputs).result(timeout=HANG_SECONDS)
    np.testing.assert_array_equal(result.sums, expected.sums)


def collect(job, tile_ids):
    for partial in job.events():
        tile_ids.add(partial.tile_id)


def pids(client):
    return list(client.run(os.getpid).values())


def test_a_worker_killed_in_the_middle_of_a_run(engine, tmp_path):
    inputs = faulty_inputs()
    task = FaultySums(str(tmp_path), "die", once=(9,))
    assert_local_answer(engine.submit(task, inputs).result(timeout=HANG_SECONDS), inputs)
    assert (tmp_path / "did-9").exists()


def test_all_workers_killed_take_the_panel_along_and_it_is_sent_again(
    client, engine, tmp_path, monkeypatch
):
    sent = []
    futures = ScatteredBlocks.futures

    def counted(self, blocks):
        before = self.bytes_sent
        answer = futures(self, blocks)
        sent.append(self.bytes_sent - before)
        return answer

    monkeypatch.setattr(ScatteredBlocks, "futures", counted)
    inputs = faulty_inputs()
    everything = tuple(range(24))
    job = engine.submit(FaultySums(str(tmp_path), gated=everything), inputs)
    wait_for(tmp_path / "waiting-0")
    for pid in pids(client):
        os.kill(pid, signal.SIGKILL)
    (tmp_path / "open").touch()
    assert_local_answer(job.result(timeout=HANG_SECONDS), inputs)
    assert sum(size > 0 for size in sent) >= 2


def _kill_on_load(mark):
    """Let the worker die in its next load of a block, unless some worker did so already."""
    from spreadlab.engines.cluster import worker

    read = worker.read_block

    def read_block(*args):
        if not Path(mark).exists():
            Path(mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return read(*args)

    worker.read_block = read_block


def test_a_worker_killed_while_it_loads_the_panel(client, tmp_path):
    inputs = faulty_inputs()
    marks, panels = tmp_path / "marks", tmp_path / "panels"
    marks.mkdir()
    panels.mkdir()
    client.run(_kill_on_load, str(tmp_path / "killed"))
    engine = open_cluster(client, panels=panels)
    result = engine.submit(FaultySums(str(marks)), inputs).result(timeout=HANG_SECONDS)
    assert_local_answer(result, inputs)
    assert (tmp_path / "killed").exists()
    assert list(panels.glob(f"{inputs.digest}/prices-*.parquet"))


def test_a_stored_block_that_was_changed_is_refused(client, tmp_path):
    from spreadlab.errors import InvalidInputError

    marks, panels = tmp_path / "marks", tmp_path / "panels"
    marks.mkdir()
    panels.mkdir()
    inputs, other = faulty_inputs(), faulty_inputs(24, 31)
    engine = open_cluster(client, panels=panels)
    for each in (inputs, other):
        engine.submit(FaultySums(str(marks)), each).result(timeout=HANG_SECONDS)
    [mine] = panels.glob(f"{inputs.digest}/*.parquet")
    [theirs] = panels.glob(f"{other.digest}/*.parquet")
    mine.write_bytes(theirs.read_bytes())
    with pytest.raises(InvalidInputError, match="holds other values than were written"):
        engine.submit(FaultySums(str(marks)), inputs).result(timeout=HANG_SECONDS)


def test_a_worker_over_its_memory_limit(engine, tmp_path):
    inputs = faulty_inputs(6)
    task = FaultySums(str(tmp_path), "eat", once=(2,))
    assert_local_answer(engine.submit(task, inputs).result(timeout=HANG_SECONDS), inputs)
    assert (tmp_path / "did-2").exists()


def test_a_poison_tile_is_named_and_the_rest_is_done(engine, tmp_path):
    inputs = faulty_inputs()
    job = engine.submit(FaultySums(str(tmp_path), "fail", always=(7,)), inputs)
    got = set()
    with pytest.raises(TileError, match=r"tile 7 \(S7\): RuntimeError: asked to fail"):
        collect(job, got)
    assert got == set(range(24)) - {7}


def test_an_error_that_passes_is_tried_again(engine, tmp_path):
    inputs = faulty_inputs()
    task = FaultySums(str(tmp_path), "fail", once=(0, 7))
    assert_local_answer(engine.submit(task, inputs).result(timeout=HANG_SECONDS), inputs)


def test_many_failing_tiles_end_the_job_early(engine, tmp_path):
    task = FaultySums(str(tmp_path), "fail", always=tuple(range(400)))
    with pytest.raises(TileError, match=r"tile \d+ .* more tiles failed$"):
        engine.submit(task, faulty_inputs(400)).result(timeout=HANG_SECONDS)


def test_a_tile_that_kills_every_worker_is_found_among_its_neighbours(engine, tmp_path):
    inputs = faulty_inputs(12)
    job = engine.submit(FaultySums(str(tmp_path), "die", always=(7,)), inputs)
    got = set()
    with pytest.raises(
        TileError, match=r"tile 7 \(S7\): its worker was lost \d times while it ran alone"
    ):
        collect(job, got)
    assert got == set(range(12)) - {7}


class _Peak(dict):
    """Counts how many partials were ever kept at once."""

    most = 0

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.most = max(self.most, len(self))


def read_in_order(engine, task, inputs, **options):
    """Return the tile ids as they were read in order, and how many partials waited at most."""
    job = engine.submit(task, inputs, **options)
    kept = job._order._held = _Peak()
    got = []
    try:
        got.extend(partial.tile_id for partial in job.events("tile"))
    except TileError as error:
        got.append(str(error))
    return got, kept.most


@pytest.mark.parametrize("deed", ["die", "fail"])
def test_a_stream_in_order_waits_for_what_is_done_again(engine, tmp_path, deed):
    task = FaultySums(str(tmp_path), deed, once=(0, 9))
    got, _ = read_in_order(engine, task, faulty_inputs(40), max_buffered=4)
    assert got == list(range(40))
    assert (tmp_path / "did-0").exists()


def test_a_late_tile_holds_the_cluster_back(engine, tmp_path):
    """Tile 0 waits until nothing else moves; few of the others have run by then."""
    inputs = faulty_inputs(300)
    task = FaultySums(str(tmp_path), gated=(0,))
    opener = threading.Thread(target=_open_when_still, args=(tmp_path, 300))
    opener.start()
    got, most = read_in_order(engine, task, inputs, max_buffered=4)
    opener.join()
    assert got == list(range(300))
    assert most < 150  # the second thread's runs that were under way, and no more


def _open_when_still(folder, everything):
    seen, quiet = -1, 0
    while quiet < 40 and seen < everything - 1:
        ran = len((folder / "ran").read_text().splitlines()) if (folder / "ran").exists() else 0
        quiet = quiet + 1 if ran == seen and ran else 0
        seen = ran
        time.sleep(0.05)
    (folder / "open").touch()


@pytest.mark.parametrize("deed", ["die", "fail"])
def test_a_stream_in_order_leaves_out_what_was_given_up(engine, tmp_path, deed):
    task = FaultySums(str(tmp_path), deed, always=(3,))
    got, _ = read_in_order(engine, task, faulty_inputs(60), max_buffered=2)
    assert got[:-1] == [k for k in range(60) if k != 3]
    assert "tile 3 (S3)" in got[-1]


def _keys(dask_scheduler):
    return [str(key) for key in dask_scheduler.tasks]


def _busy(dask_worker):
    return dask_worker.state.executing_count


def wait_until(condition):
    for _ in range(HANG_SECONDS * 20):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError("it never came about")


def test_cancel_frees_threads_and_forgets_everything(client, engine, tmp_path):
    job = engine.submit(FaultySums(str(tmp_path), gated=tuple(range(24))), faulty_inputs())
    wait_for(tmp_path / "waiting-0")
    assert client.run_on_scheduler(_keys)
    job.cancel()
    with pytest.raises(ScanCancelledError):
        job.result(timeout=HANG_SECONDS)
    wait_until(lambda: not client.run_on_scheduler(_keys))
    wait_until(lambda: not any(client.run(_busy).values()))


def test_a_done_job_leaves_nothing_behind(client, engine, tmp_path):
    engine.submit(FaultySums(str(tmp_path)), faulty_inputs()).result(timeout=HANG_SECONDS)
    wait_until(lambda: not client.run_on_scheduler(_keys))


def test_closing_the_engine_cancels_and_leaves_a_given_client_open(client, tmp_path):
    engine = open_cluster(client)
    job = engine.submit(FaultySums(str(tmp_path), gated=tuple(range(24))), faulty_inputs())
    wait_for(tmp_path / "waiting-0")
    engine.close()
    engine.close()
    with pytest.raises(ScanCancelledError):
        job.result(timeout=HANG_SECONDS)
    with pytest.raises(EngineUnavailableError, match="closed"):
        engine.submit(FaultySums(str(tmp_path)), faulty_inputs())
    assert client.status == "running"


def test_a_run_that_is_lost_again_and_again_is_given_up(engine, tmp_path, monkeypatch):
    def broken(self, blocks):
        raise OSError("no worker takes it")

    monkeypatch.setattr(ScatteredBlocks, "futures", broken)
    monkeypatch.setattr(flow_module, "_MOST_LOSSES", 3)
    with pytest.raises(EngineUnavailableError, match=r"lost one run of tiles 4 times.*no worker"):
        engine.submit(FaultySums(str(tmp_path)), faulty_inputs()).result(timeout=HANG_SECONDS)


def test_an_error_of_a_task_reads_like_a_local_one(engine):
    from spreadlab.errors import InvalidInputError
    from tests.engines.cases_core import SumsSpec, sums_inputs

    said = []
    local = LocalEngine(1)
    for each in (local, engine):
        with pytest.raises(InvalidInputError) as caught:
            each.submit(SumsSpec(fail_at=1001), sums_inputs()).result(timeout=HANG_SECONDS)
        said.append(str(caught.value))
    local.close()
    assert said[0] == said[1]
    assert caught.value.__notes__ == ["in tile 1001 (column 2 .. column 3)"]
