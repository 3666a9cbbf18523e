"""Partials in the order of their tiles, whatever order they come in, and in bounded memory."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.engines.job import Job
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.order import PlannedTiles, TileOrder
from spreadlab.errors import InvalidInputError
from spreadlab.task import Partial, Tile

from .byte_engine import ByteEngine
from .cases_core import SumsSpec, sums_inputs

HANG_SECONDS = 240  # tells a hang from a slow machine


@given(data=st.data(), stages=st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_any_order_of_arrival_is_sorted(data, stages):
    order = TileOrder(None)
    planned, arrivals, lost = [], [], []
    for stage, count in enumerate(stages):
        ids = data.draw(st.permutations(range(100 * stage, 100 * stage + count)))
        order.plan(Tile(tile_id, stage) for tile_id in ids)
        planned += ids
        kept = [tile_id for tile_id in ids if data.draw(st.booleans() | st.just(True))]
        lost += sorted(set(ids) - set(kept))
        arrivals += data.draw(st.permutations(kept))
    for tile_id in lost:
        order.give_up(tile_id)
    got = [partial.tile_id for partial in order.sort(Partial(i, {}) for i in arrivals)]
    assert got == [tile_id for tile_id in planned if tile_id not in lost]


def test_what_comes_after_a_tile_that_never_came_is_left_out():
    order = TileOrder(2)
    order.plan(Tile(i) for i in range(5))
    got = [partial.tile_id for partial in order.sort(Partial(i, {}) for i in (0, 2, 1, 4))]
    assert got == [0, 1, 2]
    assert not order.full()
    assert [partial.tile_id for partial in order.sort([Partial(3, {})])] == [3, 4]


def test_an_order_is_full_when_so_many_wait():
    order = TileOrder(2)
    order.plan(Tile(i) for i in range(5))
    partials = iter([Partial(4, {}), Partial(3, {})])
    assert list(order.sort(partials)) == []
    assert order.full()


def test_planned_tiles_are_a_sequence():
    tiles = [Tile(i) for i in range(4)]
    planned = PlannedTiles(tiles)
    assert list(planned) == tiles
    assert (len(planned), planned[1], planned[1:3]) == (4, tiles[1], tiles[1:3])
    assert not planned.on_hold()
    assert planned.give_up(3) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_shuffling_engine_is_read_in_order(seed):
    """This engine runs tiles in any order, loses some and sends some twice."""
    engine = ByteEngine(seed)
    job = engine.submit(SumsSpec(width=1), sums_inputs(30), max_buffered=2)
    got = [partial.tile_id for partial in job.events("tile")]
    assert got == [*range(30), *range(1000, 1030)]
    assert engine.tiles_run != got
    np.testing.assert_array_equal(
        job.result().sums, ByteEngine(9).submit(SumsSpec(width=1), sums_inputs(30)).result().sums
    )


def test_what_is_done_already_comes_in_its_place():
    engine = ByteEngine(1)
    whole = list(engine.submit(SumsSpec(width=1), sums_inputs(9)).events())
    done = [partial for partial in whole if partial.tile_id in (2, 3, 7, 1004)]
    job = engine.submit(SumsSpec(width=1), sums_inputs(9), done=done)
    got = [partial.tile_id for partial in job.events("tile")]
    assert got == [*range(9), *range(1000, 1009)]


def collect(job, got):
    for partial in job.events("tile"):
        got.append(partial.tile_id)


def wait_until(condition):
    for _ in range(HANG_SECONDS * 20):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError("it never came about")


class _Late:
    """Tile 0 is late: it runs when nothing else moves any more."""

    def __init__(self, engine):
        self.open = threading.Event()
        self.started = []
        self._run = engine._run_tiles

    def run_tiles(self, task, inputs, tiles, cancelled):
        late = self

        class LateTask(type(task)):
            __slots__ = ()

            def run(self, view, tile):
                late.started.append(tile.id)
                if tile.id == 0:
                    assert late.open.wait(HANG_SECONDS)
                return super().run(view, tile)

        yield from self._run(LateTask(task.width), inputs, tiles, cancelled)


@pytest.mark.parametrize("most", [1, 5])
def test_the_engine_runs_ahead_no_further_than_the_reader_can_keep(most):
    engine = LocalEngine(3)
    late = _Late(engine)
    job = Job(
        SumsSpec(width=1), sums_inputs(200), late.run_tiles, address="late", max_buffered=most
    )

    def open_when_still():
        seen, quiet = -1, 0
        while quiet < 10 and len(late.started) < 200:
            quiet = quiet + 1 if len(late.started) == seen else 0
            seen = len(late.started)
            job.wait(0.05)
        ahead.append(len(late.started))
        late.open.set()

    ahead: list[int] = []
    opener = threading.Thread(target=open_when_still)
    opener.start()
    got = [partial.tile_id for partial in job.events("tile")]
    opener.join()
    assert got == [*range(200), *range(1000, 1200)]
    # Those that wait in order, those that wait to be read, those under way, and the late one.
    assert ahead[0] <= most + most + 2 * 3 + 2
    engine.close()


def test_a_result_lets_the_engine_run_on():
    """Whoever asks for the result reads no more: nothing is held back for a reader."""
    engine = LocalEngine(3)
    late = _Late(engine)
    job = Job(SumsSpec(width=1), sums_inputs(60), late.run_tiles, address="late", max_buffered=1)
    threads = [
        threading.Thread(target=collect, args=(job, [])),
        threading.Thread(target=job.result, args=(HANG_SECONDS,)),
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(late.started) >= 60)
    late.open.set()
    for thread in threads:
        thread.join()
    assert job.state == "done"
    engine.close()


def test_an_error_comes_after_what_is_before_the_gap():
    engine = LocalEngine(1)
    job = engine.submit(SumsSpec(width=1, fail_at=4), sums_inputs(9))
    got = []
    with pytest.raises(InvalidInputError, match="asked to fail at 4"):
        collect(job, got)
    assert got == [0, 1, 2, 3][: len(got)]
    engine.close()


def test_one_job_is_read_in_one_order():
    engine = LocalEngine(1)
    job = engine.submit(SumsSpec(), sums_inputs())
    next(iter(job.events()))
    with pytest.raises(InvalidInputError, match=r"order: got 'tile'.*'arrival', as before"):
        job.events("tile")
    with pytest.raises(InvalidInputError, match="order: got 'size'"):
        job.events("size")
    engine.close()


def test_blocks_come_along_the_rows_of_the_map():
    prices = np.exp(np.cumsum(np.random.default_rng(0).normal(size=(60, 300)) * 0.01, axis=0))
    with sl.use_engine(ByteEngine(3)):
        shuffled = list(sl.iter_pairs(prices, lags=1, keep=3))
        ordered = list(sl.iter_pairs(prices, lags=1, keep=3, order="block"))
    with sl.use_engine(LocalEngine(1)):
        expected = list(sl.iter_pairs(prices, lags=1, keep=3))  # one thread: in order by itself
    assert [block.dependent for block in ordered] == [block.dependent for block in expected]
    assert [block.dependent for block in shuffled] != [block.dependent for block in expected]
    with pytest.raises(InvalidInputError, match="order: got 'tile'"):
        sl.iter_pairs(prices, order="tile")
