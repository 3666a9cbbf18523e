"""The pipeline runs what a change touches, once, and drops what nobody asks for any more."""

import queue
import threading
from contextlib import contextmanager

import pytest

import spreadlab as sl
from spreadlab_widgets.pipeline import Pipeline
from spreadlab_widgets.stages import Stage


class Gate:
    """A stage that waits in the middle of its work until it is let on."""

    def __init__(self):
        self.entered = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)

    def __call__(self, x):
        self.entered.release()
        assert self.leave.acquire(timeout=60)
        return 10 * x


def diamond(listener=None, **options):
    """``a -> left, right -> both``; ``b`` touches only the right."""
    stages = [
        Stage("left", lambda a: a + 1, ("a",)),
        Stage("right", lambda a, b: a * b, ("a", "b")),
        Stage("both", lambda left, right: (left, right), ("left", "right")),
    ]
    return Pipeline(stages, {"a": 2, "b": 3}, listener, **options)


@pytest.fixture
def made():
    """Close what a test makes, however it ends."""
    pipelines = []
    yield pipelines.append
    for pipeline in pipelines:
        pipeline.close()


def test_all_stages_run_once_in_order(made):
    heard = []
    pipeline = diamond(heard.append)
    made(pipeline)
    pipeline.settle()
    assert pipeline.answer("both") == (3, 6)
    assert pipeline.runs == {"left": 1, "right": 1, "both": 1}
    assert [(u.stage, u.state) for u in heard if u.state == "done"] == [
        ("left", "done"),
        ("right", "done"),
        ("both", "done"),
    ]
    assert heard[-1].state == "idle"


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        ({"a": 5}, {"left": 2, "right": 2, "both": 2}),
        ({"b": 5}, {"left": 1, "right": 2, "both": 2}),
        ({"a": 2, "b": 3}, {"left": 1, "right": 1, "both": 1}),
        ({"a": 2.0}, {"left": 1, "right": 1, "both": 1}),
    ],
)
def test_a_change_runs_what_depends_on_it_and_no_more(made, change, ran):
    pipeline = diamond()
    made(pipeline)
    pipeline.settle()
    pipeline.change(**change)
    pipeline.settle()
    assert pipeline.runs == ran


def test_an_answer_that_is_equal_stops_the_wave(made):
    stages = [
        Stage("sign", lambda a: a > 0, ("a",)),
        Stage("words", lambda sign: "up" if sign else "down", ("sign",)),
    ]
    pipeline = Pipeline(stages, {"a": 1})
    made(pipeline)
    pipeline.settle()
    pipeline.change(a=2)
    pipeline.settle()
    assert pipeline.runs == {"sign": 2, "words": 1}
    assert pipeline.answer("words") == "up"
    pipeline.change(a=-2)
    pipeline.settle()
    assert pipeline.runs == {"sign": 3, "words": 2}


def test_refresh_runs_again_though_nothing_changed(made):
    pipeline = diamond()
    made(pipeline)
    pipeline.settle()
    pipeline.refresh("b")
    pipeline.settle()
    assert pipeline.runs == {"left": 1, "right": 2, "both": 1}


def test_stages_that_nobody_wants_rest_until_somebody_does(made):
    pipeline = diamond()
    made(pipeline)
    pipeline.settle()
    pipeline.want("left")
    pipeline.change(a=7)
    pipeline.settle()
    assert pipeline.runs == {"left": 2, "right": 1, "both": 1}
    assert pipeline.answer("right") is None
    pipeline.want("both")
    pipeline.settle()
    assert pipeline.answer("both") == (8, 21)
    assert pipeline.runs == {"left": 2, "right": 2, "both": 2}


def test_a_stage_waits_for_what_it_needs_and_takes_what_may_be_missing(made):
    heard = []
    stages = [
        Stage("sum", lambda a, b: (a, b), ("a",), ("b",)),
        Stage("next", lambda sum: sum[0], ("sum",)),  # noqa: A006
    ]
    pipeline = Pipeline(stages, {"a": None, "b": None}, heard.append)
    made(pipeline)
    pipeline.settle()
    assert pipeline.runs == {}
    assert [(u.stage, u.state) for u in heard] == [
        ("sum", "waiting"),
        ("next", "waiting"),
        ("", "idle"),
    ]
    pipeline.change(a=1)
    pipeline.settle()
    assert pipeline.answer("next") == 1


def test_an_error_is_told_and_what_follows_waits(made):
    heard = []
    stages = [
        Stage("divide", lambda a: 1 / a, ("a",)),
        Stage("after", lambda divide: divide, ("divide",)),
    ]
    pipeline = Pipeline(stages, {"a": 0}, heard.append)
    made(pipeline)
    pipeline.settle()
    [failed] = [u for u in heard if u.state == "failed"]
    assert isinstance(failed.error, ZeroDivisionError)
    assert ("after", "waiting") in [(u.stage, u.state) for u in heard]
    assert pipeline.runs == {"divide": 1}
    pipeline.change(a=4)
    pipeline.settle()
    assert pipeline.answer("after") == 0.25


def test_the_newest_wins_and_what_came_between_never_runs(made):
    gate, heard = Gate(), []
    pipeline = Pipeline([Stage("slow", gate, ("x",))], {"x": 1}, heard.append)
    made(pipeline)
    assert gate.entered.acquire(timeout=60)
    for x in (2, 3, 4):
        pipeline.change(x=x)
    gate.leave.release()
    assert gate.entered.acquire(timeout=60)
    gate.leave.release()
    pipeline.settle()
    assert [u.value for u in heard if u.state == "done"] == [40]
    assert pipeline.runs == {"slow": 2}
    assert pipeline.dropped == {"slow": 1}


def test_setting_returns_at_once_while_a_stage_works(made):
    gate = Gate()
    pipeline = Pipeline([Stage("slow", gate, ("x",))], {"x": 1})
    made(pipeline)
    assert gate.entered.acquire(timeout=60)
    pipeline.change(x=2)  # would hang here if it waited for the stage
    assert pipeline.running == "slow"
    assert pipeline.answer("slow") is None
    with pytest.raises(TimeoutError, match="still busy"):
        pipeline.settle(0.01)
    gate.leave.release(2)
    pipeline.settle()
    assert pipeline.answer("slow") == 20


def test_a_job_whose_answer_is_not_wanted_any_more_is_cancelled(made, job_that_waits):
    stages = [
        Stage("scan", lambda x: x if x > 1 else job_that_waits.run(), ("x",)),
    ]
    pipeline = Pipeline(stages, {"x": 1})
    made(pipeline)
    assert job_that_waits.started.wait(60)
    pipeline.change(x=2)
    pipeline.settle()
    assert job_that_waits.state() == "cancelled"
    assert pipeline.answer("scan") == 2


def test_a_burst_of_changes_is_one_when_there_is_a_quiet_time(made):
    pipeline = diamond(quiet=0.2)
    made(pipeline)
    pipeline.settle()
    for a in range(10, 20):
        pipeline.change(a=a)
    pipeline.settle()
    assert pipeline.answer("left") == 20
    assert pipeline.runs["left"] == 2


def test_work_happens_in_the_engine_in_use_and_in_a_thread_of_its_own(made):
    threads = []

    def fit(x):
        threads.append(threading.current_thread())
        ou = sl.OUParams(kappa=x, theta=0.0, sigma=0.2)
        return sl.solve_hjb(ou, cost=0.01, discount=0.05).provenance["engine"]

    with sl.use_engine("local?threads=1"):
        pipeline = Pipeline([Stage("fit", fit, ("x",))], {"x": 3.0})
        made(pipeline)
        pipeline.settle()
    assert pipeline.answer("fit") == "local?threads=1"
    assert threads[0] is not threading.current_thread()


def test_a_stage_whose_engine_is_closed_for_another_runs_again_on_that(made, job_that_waits):
    turns = iter([job_that_waits.run, lambda: "answered"])
    pipeline = Pipeline([Stage("scan", lambda x: next(turns)(), ("x",))], {"x": 1})
    made(pipeline)
    assert job_that_waits.started.wait(60)
    sl.connect("local?threads=1")
    pipeline.settle()
    assert pipeline.answer("scan") == "answered"
    sl.connect("local")


def test_a_stage_must_come_after_what_it_needs():
    with pytest.raises(ValueError, match="'late'"):
        Pipeline([Stage("early", lambda late: late, ("late",))], {})


def test_a_closed_pipeline_says_no_more(made):
    gate, heard = Gate(), []
    pipeline = Pipeline([Stage("slow", gate, ("x",))], {"x": 1}, heard.append)
    made(pipeline)
    assert gate.entered.acquire(timeout=60)
    pipeline.close()
    gate.leave.release()
    pipeline._thread.join(60)
    assert not pipeline._thread.is_alive()
    assert [u.state for u in heard] in ([], ["running"])


class Loop:
    """A kernel's loop that calls back when a test says so."""

    def __init__(self):
        self.asked = queue.SimpleQueue()

    def __call__(self, callback, delay=0.0):
        self.asked.put((callback, delay))
        return True

    def next(self):
        return self.asked.get(timeout=60)


def test_work_is_heard_of_at_its_first_its_last_and_at_its_pace(made, monkeypatch):
    loop, gate, heard, batches = Loop(), Gate(), [], []
    monkeypatch.setattr("spreadlab_widgets.pipeline.on_kernel_loop", loop)

    @contextmanager
    def around():
        batches.append([])
        yield
        batches[-1].extend(heard[sum(map(len, batches)) :])

    stages = [
        Stage("slow", gate, ("x",)),
        Stage("next", lambda slow: slow + 1, ("slow",)),
        Stage("last", lambda next: next + 1, ("next",)),  # noqa: A006 - named after its stage
    ]
    pipeline = Pipeline(stages, {"x": 1}, heard.append, pace=0.5, around=around)
    made(pipeline)
    (tell, at_once), (turn, later) = loop.next(), loop.next()
    assert (at_once, later) == (0.0, 0.5)
    assert gate.entered.acquire(timeout=60)
    tell()
    assert [(u.stage, u.state) for u in heard] == [("slow", "running")]
    turn()  # nothing new, but the work goes on
    turn, later = loop.next()
    assert later == 0.5
    assert len(batches) == 1
    gate.leave.release()
    tell, at_once = loop.next()  # the work is done, and was not told of stage by stage
    assert at_once == 0.0
    assert len(heard) == 1
    tell()
    assert len(batches) == 2
    assert [(u.stage, u.state) for u in batches[1]] == [
        ("slow", "done"),
        ("next", "running"),
        ("next", "done"),
        ("last", "running"),
        ("last", "done"),
        ("", "idle"),
    ]
    turn()  # of work that is over
    assert loop.asked.empty()


def test_what_is_found_meanwhile_is_heard_of_when_its_turn_comes(made, monkeypatch):
    loop, gate, heard = Loop(), Gate(), []
    monkeypatch.setattr("spreadlab_widgets.pipeline.on_kernel_loop", loop)
    stages = [
        Stage("quick", lambda x: x + 1, ("x",)),
        Stage("slow", lambda quick: gate(quick) + 1, ("quick",)),
    ]
    pipeline = Pipeline(stages, {"x": 1}, heard.append, pace=0.5)
    made(pipeline)
    (tell, _), (turn, _) = loop.next(), loop.next()
    assert gate.entered.acquire(timeout=60)
    turn()
    assert [(u.stage, u.state) for u in heard] == [
        ("quick", "running"),
        ("quick", "done"),
        ("slow", "running"),
    ]
    tell()
    assert len(heard) == 3
    gate.leave.release()
