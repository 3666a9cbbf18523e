"""What was looked at is a trial; what a slider passed on its way is none."""

import threading

import pytest

import spreadlab as sl
from spreadlab_widgets import Workbench
from spreadlab_widgets.looked_at import LookedAt

NEVER = 3600.0  # seconds of looking that no test lasts


@pytest.fixture
def pair(prices):
    return sl.test_pair(prices["B"], prices["A"])


@pytest.fixture
def backtest(prices, pair):
    def run(level):
        rule = sl.ThresholdRule(-level, 0.0, level, 0.0)
        with sl.study("elsewhere", in_memory=True):
            return sl.backtest(prices[["B", "A"]], pair=pair, policy=rule)

    return run


def test_a_result_that_stood_still_is_a_trial(backtest):
    study, written = sl.study("still", in_memory=True), threading.Event()
    looked_at = LookedAt(study, written.set, look=0.01)
    looked_at.show(inside=backtest(0.02))
    assert written.wait(60)
    assert study.count().n_trials == 1
    [trial] = study.ledger.trials("still")
    assert trial.kind == "backtest"


def test_what_is_left_before_is_none(backtest):
    study, written = sl.study("drag", in_memory=True), threading.Event()
    looked_at = LookedAt(study, written.set, look=NEVER)
    for level in (0.01, 0.02, 0.03):
        looked_at.show(inside=backtest(level))
        looked_at.leave()
    looked_at.count()
    assert not written.is_set()
    assert study.count().n_trials == 0
    looked_at.show(inside=backtest(0.04), outside=None)
    looked_at.count()
    assert study.count().n_trials == 1


def test_the_same_request_counts_once(backtest):
    study, written = sl.study("again", in_memory=True), []
    looked_at = LookedAt(study, lambda: written.append(1), look=NEVER)
    first = backtest(0.02)
    for result in (first, first, backtest(0.03), backtest(0.02)):
        looked_at.show(inside=result)
        looked_at.count()
    assert len(written) == 3  # the same object is not even offered again
    assert study.count().n_trials == 2


def test_a_drag_through_the_workbench_is_the_trials_that_it_rests_at(prices):
    with sl.study("sliders", in_memory=True) as study:
        bench = Workbench(prices, selected=("B", "A"))
    bench._looked_at._look = NEVER
    bench.pipeline.settle()
    assert study.count().n_trials == 0
    for step in range(1, 9):
        bench.heatmap.set_state({"discount": 0.05 + 0.01 * step})
        bench.pipeline.settle()
    assert bench.pipeline.runs["inside"] > 1
    assert study.count().n_trials == 0
    bench.settle()
    kinds = [trial.kind for trial in study.ledger.trials("sliders")]
    assert sorted(kinds) == ["backtest", "backtest", "sweep"]
    assert bench.result._metrics["n_trials"] == study.count().n_trials
    bench.settle()
    assert len(study.ledger.trials("sliders")) == 3
    bench.close()


def test_a_cell_of_the_sweep_was_counted_with_the_sweep(prices):
    with sl.study("cells", in_memory=True) as study:
        bench = Workbench(prices, selected=("B", "A"))
    bench.settle()
    before = len(study.ledger.trials("cells"))
    bench.point = 20
    bench.settle()
    [new] = study.ledger.trials("cells")[before:]
    assert (new.kind, new.data_digest) == (
        "backtest",
        bench.result.out_of_sample.provenance["data_digest"],
    )
    bench.close()


@pytest.mark.parametrize("kind", ["copied", "export", "state"])
def test_what_is_taken_away_was_looked_at(prices, kind):
    with sl.study("taken", in_memory=True) as study:
        bench = Workbench(prices, selected=("B", "A"))
    bench._looked_at._look = NEVER
    bench.pipeline.settle()
    bench.bottom._handle_custom_msg({"kind": kind}, [])
    assert study.count().n_trials > 0
    bench.close()


def test_nothing_is_counted_elsewhere(prices):
    with sl.study("mine", in_memory=True):
        bench = Workbench(prices, selected=("B", "A"))
    with sl.study("others", in_memory=True) as others:
        bench.discount = 0.3
        bench.settle()
        assert others.count().n_trials == 0
    bench.close()
