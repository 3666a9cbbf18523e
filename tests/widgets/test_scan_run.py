"""A scan in the background: what it found so far is true, and it stops when asked."""

import threading

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.data.panel import ensure_panel
from spreadlab.discovery.maps import pvalue_map
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.errors import ScanCancelledError
from spreadlab_widgets.scan_run import ScanRun


@pytest.fixture
def inputs(many_prices):
    return ensure_panel(many_prices).inputs


@pytest.fixture
def whole(many_prices):
    return sl.discover_pairs(many_prices, dfa=0, progress=False)


def in_background(run, **options):
    answer = {"partials": [], "progress": []}

    def follow():
        answer["result"] = run.follow(
            answer["progress"].append, answer["partials"].append, **options
        )

    thread = threading.Thread(target=follow)
    thread.start()
    return thread, answer


def test_partial_results_are_parts_of_the_whole(gated_engine, inputs, whole, until):
    run = ScanRun(gated_engine, PairScanSpec(dfa=0), inputs)
    thread, answer = in_background(run, first_look=0.0)
    until(lambda: answer["progress"], "progress before the first tile")
    assert (answer["progress"][0].done, answer["partials"]) == (0, [])
    gated_engine.allow(1)
    until(lambda: answer["partials"], "a partial result")
    partial = answer["partials"][-1]
    assert 0 < partial.n_tests < whole.n_tests
    assert partial.n_tests + partial.n_pending == whole.n_tests
    assert "still to be run" in partial.verdict()
    found = ~np.isnan(partial.all_pvalues)
    np.testing.assert_array_equal(partial.all_pvalues[found], whole.all_pvalues[found])
    gated_engine.allow(10)
    thread.join(60)
    np.testing.assert_array_equal(answer["result"].all_pvalues, whole.all_pvalues)
    assert answer["result"].n_pending == 0
    # What was shown before stays as it was.
    assert partial.n_tests < whole.n_tests


def test_a_cancelled_scan_answers_with_what_it_found(gated_engine, inputs, whole, until):
    run = ScanRun(gated_engine, PairScanSpec(dfa=0), inputs)
    thread, answer = in_background(run)
    gated_engine.allow(2)
    until(lambda: gated_engine.jobs and gated_engine.jobs[0].progress.done == 2, "two tiles")
    run.cancel()
    thread.join(60)
    result = answer["result"]
    assert gated_engine.jobs[0].state == "cancelled"
    assert result.n_tests + result.n_pending == whole.n_tests
    drawn, full = (pvalue_map(r.all_pvalues, 70) for r in (result, whole))
    found = ~np.isnan(drawn)
    assert found.any()
    np.testing.assert_array_equal(drawn[found], full[found])


def test_cancelled_before_it_began(gated_engine, inputs):
    run = ScanRun(gated_engine, PairScanSpec(dfa=0), inputs)
    run.cancel()
    result = run.follow(lambda _: None, lambda _: None)
    assert (result.n_tests, gated_engine.jobs) == (0, [])
    assert result.n_pending == result.all_pvalues.size
    with pytest.raises(ScanCancelledError, match="before it began"):
        run.answer()


def test_an_answer_is_the_scan(inputs, whole):
    from spreadlab.engines.registry import current_engine

    run = ScanRun(current_engine(), PairScanSpec(dfa=0), inputs)
    np.testing.assert_array_equal(run.answer().all_pvalues, whole.all_pvalues)
    assert run.n_pairs == whole.n_pairs == 70 * 69 // 2


def test_what_the_engine_raises_is_raised(inputs, monkeypatch):
    from spreadlab.engines.local import LocalEngine

    def broken(*_):
        raise RuntimeError("no such tile")
        yield

    engine = LocalEngine(threads=1)
    monkeypatch.setattr(engine, "_run_tiles", broken)
    run = ScanRun(engine, PairScanSpec(dfa=0), inputs)
    with pytest.raises(RuntimeError, match="no such tile"):
        run.follow(lambda _: None, lambda _: None)
    engine.close()
