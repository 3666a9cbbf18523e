"""The queue of tiles: fair, bounded, stoppable."""

import queue
import threading

import pytest

from spreadlab.errors import EngineUnavailableError
from spreadlab.server.pool import ANSWERS_WAITING, FairPool, PoolEngine
from tests.engines.cases_core import SumsSpec, sums_inputs
from tests.engines.test_conformance import assert_same, plain_loop

HANG = 60


@pytest.fixture
def pool():
    made = FairPool(1)
    yield made
    made.close()


class Gate:
    """Work that waits for leave; `order` is what ran."""

    def __init__(self):
        self.leave, self.order = threading.Semaphore(0), []

    def __call__(self, item):
        assert self.leave.acquire(timeout=HANG)
        self.order.append(item)
        return item


def test_scans_take_turns(pool):
    """Whoever comes later waits for one tile of each other scan, not for all of them."""
    gate, answers = Gate(), queue.Queue()
    lanes = {}

    def deliver(item, _):
        answers.put(item)

    lanes["a"] = pool.open([("a", i) for i in range(6)], gate, deliver)
    lanes["b"] = pool.open([("b", i) for i in range(6)], gate, deliver)
    lanes["c"] = pool.open([("c", i) for i in range(6)], gate, deliver)
    for _ in range(18):
        gate.leave.release()
        lanes[answers.get(timeout=HANG)[0]].taken()
    for turn in range(1, 6):
        ran = [name for name, _ in gate.order[: 3 * turn]]
        assert max(ran.count(n) for n in "abc") - min(ran.count(n) for n in "abc") <= 1


def test_a_reader_that_pauses_stops_its_own_scan_only(pool):
    delivered = []
    slow = pool.open(range(100), lambda item: item, lambda item, _: delivered.append(item))
    done = queue.Queue()
    for _ in range(3):  # others go on however long the first one rests
        other = pool.open([1], lambda item: item, lambda item, _: done.put(item))
        assert done.get(timeout=HANG) == 1
        other.taken()
    assert len(delivered) <= pool.threads + ANSWERS_WAITING
    slow.close()


def test_draining_lets_what_runs_end(pool):
    gate, answers = Gate(), queue.Queue()
    started = threading.Event()

    def work(item):
        started.set()
        return gate(item)

    lane = pool.open(range(5), work, lambda item, _: answers.put(item))
    assert started.wait(HANG)
    assert lane.drain() == 1
    gate.leave.release(5)
    assert answers.get(timeout=HANG) == 0
    lane.taken()
    assert lane.drain() == 0
    assert gate.order == [0]


def test_what_the_work_raises_is_delivered(pool):
    answers = queue.Queue()

    def fail(_):
        raise ValueError("broken")

    pool.open([1], fail, lambda _, answer: answers.put(answer))
    assert str(answers.get(timeout=HANG)) == "broken"


def test_a_closed_lane_delivers_nothing_more(pool):
    gate, answers = Gate(), queue.Queue()
    started = threading.Event()

    def work(item):
        started.set()
        return gate(item)

    lane = pool.open(range(3), work, lambda item, _: answers.put(item))
    assert started.wait(HANG)
    lane.close()
    gate.leave.release(3)
    after = pool.open([9], lambda item: item, lambda item, _: answers.put(item))
    assert answers.get(timeout=HANG) == 9
    after.taken()
    assert lane.stopped.is_set()


def test_whole_tasks_run_among_the_tiles(pool):
    engine = PoolEngine(pool)
    expected = plain_loop(SumsSpec(), sums_inputs())
    assert_same(engine.submit(SumsSpec(), sums_inputs()).result(HANG), expected)
    engine.close()
    with pytest.raises(EngineUnavailableError):
        engine.submit(SumsSpec(), sums_inputs())


def test_a_closed_pool_takes_nothing():
    pool = FairPool(1)
    pool.close()
    with pytest.raises(EngineUnavailableError):
        pool.open([1], print, print)
