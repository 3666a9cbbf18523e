"""Every change runs what hangs on it and nothing else, and the code says what the screen says."""

import json
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import traitlets as t

import spreadlab as sl
from spreadlab_widgets import Workbench

ALL = ("in_sample", "after", "pair", "fit", "policy", "sweep", "rule", "inside", "outside", "scan")
# What runs for a change of each setting, a pair being chosen and the policy traded.
TOUCHED = {
    "selected": ("pair", "fit", "policy", "sweep", "rule", "inside", "outside"),
    "window": ALL,
    "transform": ("pair", "fit", "policy", "sweep", "rule", "inside", "outside", "scan"),
    "alpha": ("pair", "fit", "policy", "sweep", "rule", "inside", "outside", "scan"),
    "cost_bps": ("policy", "sweep", "rule", "inside", "outside"),
    "slippage_bps": ("policy", "sweep", "rule", "inside", "outside"),
    "borrow_bps": ("sweep", "rule", "inside", "outside"),
    "discount": ("policy", "rule", "inside", "outside"),
    "risk_penalty": ("policy", "rule", "inside", "outside"),
    "horizon": ("policy", "rule", "inside", "outside"),
    "point": ("rule", "inside", "outside"),
}
NEW = {
    "selected": ("C", "D"),
    "window": (0, 250),
    "transform": "none",
    "alpha": 0.1,
    "cost_bps": 9.0,
    "slippage_bps": 1.0,
    "borrow_bps": 30.0,
    "discount": 0.2,
    "risk_penalty": 0.01,
    "horizon": 0.5,
    "point": 20,
}


@pytest.fixture
def bench(prices):
    made = Workbench(prices)
    made.selected = ("B", "A")
    made.settle()
    yield made
    made.close()


def test_it_scans_at_once_and_waits_for_a_pair(prices):
    bench = Workbench(prices)
    bench.settle()
    assert bench.runs["scan"] == 1
    assert len(bench.table.scan) == 10
    assert bench.answers["policy"] is None
    assert repr(bench) == "Workbench(5 symbols, 400 bars, selected=None)"
    bench.close()


def test_a_chosen_pair_fills_every_view_with_the_answers_of_the_toolkit(bench, prices):
    inside = prices.iloc[:266]
    pair = sl.test_pair(inside["B"], inside["A"])
    ou = sl.estimate_ou(pair.spread, dt=1 / 252)
    cost = sl.spread_cost(pair, cost_bps=5, slippage_bps=2)
    policy = sl.solve_hjb(ou, cost=cost, discount=0.05)
    traded = sl.backtest(prices.iloc[266:], pair=pair, policy=policy, cost_bps=5, slippage_bps=2)
    assert bench.spread.pair.statistic == pair.statistic
    assert bench.fit_view.fit.kappa == ou.kappa
    assert bench.heatmap.policy.thresholds == policy.thresholds
    np.testing.assert_array_equal(bench.result.out_of_sample.equity, traded.equity)
    assert bench.result.sweep.n_points == 77
    errors = [view.error for view in bench._screen.views.values()]
    assert errors == [""] * len(errors)
    assert not any(view.loading for view in bench._screen.views.values())
    assert bench.bottom.busy == ""


@pytest.mark.parametrize("name", sorted(TOUCHED))
def test_a_change_runs_what_hangs_on_it_and_no_more(bench, name):
    before = bench.runs
    setattr(bench, name, NEW[name])
    bench.settle()
    assert bench.runs - before == Counter(TOUCHED[name])
    before = bench.runs
    setattr(bench, name, NEW[name])
    bench.settle()
    assert bench.runs == before


def test_while_a_cell_of_the_sweep_is_traded_the_policy_moves_alone(bench):
    bench.point = 20
    bench.settle()
    before = bench.runs
    bench.discount = 0.2
    bench.settle()
    assert bench.runs - before == Counter(
        ["policy", "rule"]
    )  # the rule is found to be the same, and the wave ends


def test_what_the_reader_does_in_a_view_reaches_the_others(bench):
    listed = bench.table.scan.to_frame()
    pair = tuple(listed[["dependent", "hedge"]].iloc[-1])
    bench.table.set_state({"selected": list(pair)})
    bench.settle()
    assert bench.selected == pair
    assert bench.spread.pair.dependent == pair[0]
    bench.spread.set_state({"window": [20, 300]})
    bench.settle()
    assert bench.window == (20, 300)
    assert bench.answers["in_sample"].n_obs == 280
    bench.heatmap.set_state({"discount": 0.3})
    bench.settle()
    assert bench.discount == bench.heatmap.policy.spec.discount == 0.3


def test_the_cost_slider_moves_what_the_backtest_pays(bench):
    before = bench.heatmap.policy.spec.cost
    bench.heatmap.set_state({"cost": 2 * before})
    bench.settle()
    assert bench.cost_bps == pytest.approx(2 * 7.0 - 2.0, abs=1e-3)
    assert bench.heatmap.policy.spec.cost == pytest.approx(2 * before, rel=1e-3)
    assert bench.result.in_sample.provenance["spec"].cost_bps == bench.cost_bps


def test_the_crosshair_and_the_sliders_stay_while_the_policy_moves(bench):
    bench.heatmap.cursor = (0, 0, 5)
    ends = bench.heatmap._ranges
    bench.heatmap.set_state({"risk_penalty": 0.02})
    bench.settle()
    assert bench.heatmap.cursor == (0, 0, 5)
    assert bench.heatmap._ranges is ends
    assert bench.heatmap.get_state()["_value"] is not None


def test_a_cell_of_the_sweep_is_loaded(bench):
    bench.result.set_state({"point": 20})
    bench.settle()
    assert bench.point == 20
    expected = bench.result.sweep.backtest(20)
    np.testing.assert_array_equal(bench.result.in_sample.equity, expected.equity)
    bench.bottom._handle_custom_msg({"kind": "policy"}, [])
    bench.settle()
    assert bench.point is None
    assert bench.result.in_sample.rule == bench.answers["inside"].rule


def test_another_pair_goes_back_to_the_policy(bench):
    bench.point = 20
    bench.settle()
    bench.selected = ("C", "D")
    bench.settle()
    assert bench.point is None


def test_a_spread_that_does_not_revert_is_an_answer_in_words_and_the_rest_waits(bench, prices):
    bench.selected = ("D", "C")
    bench.settle()
    for stage in ("fit", "policy", "inside"):
        view = bench._screen.views[stage]
        answered = bench.answers[stage] is not None
        assert answered or view.error or bench.fit_view.error


@pytest.mark.parametrize(
    ("point", "horizon", "transform"), [(None, 0.5, "log"), (20, None, "log"), (None, None, "none")]
)
def test_the_code_gives_the_same_numbers_in_a_new_process(
    prices, tmp_path, point, horizon, transform
):
    path = tmp_path / "prices.parquet"
    prices.rename_axis("date").reset_index().to_parquet(path)
    bench = Workbench(
        sl.data.read_prices(path), source=f"prices = sl.data.read_prices({str(path)!r})"
    )
    bench.selected, bench.window, bench.horizon = ("B", "A"), (10, 290), horizon
    bench.transform = transform
    bench.settle()
    bench.point = point
    bench.settle()
    numbers = (
        "import json; print(json.dumps([float(scan.pvalue.sum()), pair.statistic, ou.kappa, "
        "policy.thresholds.exit_long, inside.sharpe, outside.sharpe, float(outside.equity[-1])]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{bench.code}\n{numbers}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SPREADLAB_LEDGER": ":memory:"},
    )
    assert done.returncode == 0, done.stderr
    a = bench.answers
    assert json.loads(done.stdout) == [
        float(a["scan"].pvalue.sum()),
        a["pair"].statistic,
        a["fit"].kappa,
        a["policy"].thresholds.exit_long,
        a["inside"].sharpe,
        a["outside"].sharpe,
        float(a["outside"].equity[-1]),
    ]
    bench.close()


def test_the_code_tells_of_prices_that_only_the_reader_knows(bench):
    assert "# prices: the table of 400 x 5 given to Workbench" in bench.code
    assert bench.bottom.code == bench.code
    assert "test_pair" in bench.code
    bench.selected = None
    bench.settle()
    assert "test_pair" not in bench.code


def test_state_is_saved_and_restored(bench, prices):
    bench.window, bench.cost_bps, bench.horizon = (5, 300), 3.0, 0.25
    bench.heatmap.mode = "uncertainty"
    bench.settle()
    state = json.loads(json.dumps(bench.state))
    other = Workbench(prices, state=state)
    other.settle()
    assert other.state == bench.state
    assert other.heatmap.mode == "uncertainty"
    assert other.answers["inside"].sharpe == bench.answers["inside"].sharpe
    other.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "version 1"),
        ({"prices": "0" * 64}, "other prices"),
        ({"window": [0, 9999]}, "window"),
        ({"selected": ["A", "nobody"]}, "two symbols"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(bench, change, message):
    before = bench.state
    with pytest.raises((sl.InvalidInputError, t.TraitError), match=message):
        bench.state = {**bench.state, **change}
    assert bench.state == before


def test_the_page_needs_nothing_else(bench, tmp_path):
    path = tmp_path / "page.html"
    bench.to_html(path)
    text = path.read_text("utf-8")
    for heading in ("Pairs", "Chosen pair", "Policy", "Backtest, out of sample", "Code"):
        assert heading in text
    assert text.count("data:image/png;base64,") >= 5
    assert 'src="http' not in text
    assert "sl.solve_hjb(" in text


def test_without_a_kernel_a_reader_sees_what_was_chosen(bench, prices):
    data, _ = bench._repr_mimebundle_()
    assert data["text/plain"] == repr(bench)
    for name in ("pair", "policy", "outside"):
        assert bench.answers[name]._repr_html_() in data["text/html"]
    assert data["image/png"].startswith("iVBOR")  # PNG in base64
    new = Workbench(prices)
    new.settle()
    data, _ = new._repr_mimebundle_()
    assert "<p>Workbench(" in data["text/html"]
    assert data["image/png"].startswith("iVBOR")  # the map
    new.close()


def test_the_window_at_the_top_moves_within_its_bounds(bench):
    control = bench.pairs.control
    control.set_state({"window": [0, 265]})
    assert bench.window == (0, 265)
    with pytest.raises(t.TraitError, match="at least 60"):
        control.set_state({"window": [390, 395]})
    assert bench.window == control.window == (0, 265)
    assert bench.spread.window == (0, 265)
    bench.window = (335, 395)
    assert control.window == (335, 395)


def test_the_engine_panel_is_shown_and_hidden(bench):
    assert bench.engine_panel.layout.display == "none"
    bench.top._handle_custom_msg({"kind": "engine"}, [])
    assert bench.engine_panel.layout.display == ""
    assert bench.top.engine == "local"


def test_refresh_runs_everything_again(bench):
    before = bench.runs
    bench.top._handle_custom_msg({"kind": "refresh"}, [])
    bench.settle()
    assert bench.runs - before == Counter(ALL)


def test_bad_settings_are_refused(bench, prices):
    for name, value in {"window": (0, 9), "selected": ("A", "A"), "cost_bps": -1.0}.items():
        with pytest.raises(t.TraitError):
            setattr(bench, name, value)
    with pytest.raises(sl.InvalidInputError, match="at least 60"):
        Workbench(prices.iloc[:30])


def test_close_leaves_nothing_open(prices, open_widgets):
    bench = Workbench(prices)
    bench.selected = ("B", "A")
    bench.settle()
    threads = [bench.pipeline._thread]
    bench.close()
    left = [w for w in open_widgets() if type(w).__name__ not in {"Layout", "HTMLStyle"}]
    assert left == []
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_session_gets_pages_of_its_own(prices, open_widgets):
    pair = sl.test_pair(prices["B"], prices["A"])
    other = sl.test_pair(prices["C"], prices["D"])
    models = [sl.live.freeze_pair(p, sl.ZScoreRule(20)) for p in (other, pair)]
    session = sl.live.Session(
        sl.live.ReplayFeed(prices), sl.live.Monitor(models), sl.live.PaperBook()
    )
    bench = Workbench(prices, session=session, theme="dark")
    pages = bench.pages
    assert [pages.tabs.get_title(k) for k in range(3)] == ["Research", "Live", "Portfolio"]
    assert pages.live.session is session
    assert pages.portfolio.book is session.book
    assert (pages.live.theme, pages.portfolio.theme) == ("dark", "dark")
    assert pages.live.selected == "C-D"
    bench.selected = ("A", "B")
    assert pages.live.selected == "B-A"
    bench.selected = ("A", "E")
    assert pages.live.selected == "B-A"
    bench.settle()
    assert bench.answers["pair"].dependent == "A"
    bench.close()
    left = [w for w in open_widgets() if type(w).__name__ not in {"Layout", "HTMLStyle"}]
    assert left == []
    assert session._subscribers == []

    monitored = sl.live.Session(sl.live.ReplayFeed(prices), sl.live.Monitor(models))
    bench = Workbench(prices, session=monitored)
    assert bench.pages.portfolio is None
    assert len(bench.pages.tabs.children) == 2
    bench.close()
    assert Workbench.pages is None
    with pytest.raises(sl.errors.InvalidInputError, match="session: got a str"):
        Workbench(prices, session="live")


def test_all_pairs_are_scanned_while_the_window_is_dragged(bench, prices):
    control = bench.pairs.control
    for stop in (300, 290, 280):
        control.set_state({"window": [0, stop], "dragging": True})
        assert bench.pairs.wait(60)
        expected = sl.discover_pairs(prices[:stop], dfa=0, progress=False)
        np.testing.assert_array_equal(bench.table.scan.all_pvalues, expected.all_pvalues)
        assert bench.map.get_state()["_cells"]["stamp"] == f"0:{stop}"
    control.set_state({"dragging": False})
    bench.settle()
    assert bench.answers["pair"].n_obs == 280
    assert bench.answers["scan"] is bench.pairs.scan


def test_a_window_brushed_over_the_spread_scans_too(bench, monkeypatch):
    monkeypatch.setattr("spreadlab_widgets.scan_view._MOST_LIVE", 4)
    before = bench.runs["scan"]
    bench.spread.set_state({"window": [0, 300], "brushing": True})
    bench.pipeline.settle()
    assert bench.pairs.wait(60)
    assert bench.runs["scan"] == before  # so many symbols wait until the hand lets go
    assert bench.pairs.loading
    bench.spread.set_state({"window": [0, 290], "brushing": False})
    bench.settle()
    assert bench.runs["scan"] == before + 1
    assert bench.answers["scan"].n_obs == bench.answers["pair"].n_obs == 290
    assert not bench.pairs.loading


def test_a_pair_is_chosen_while_the_scan_still_runs(gated_engine, many_prices, until):
    with sl.use_engine(gated_engine):
        bench = Workbench(many_prices)
    until(lambda: gated_engine.jobs, "a scan")
    assert bench.pairs.scans.busy
    assert bench.answers["scan"] is None
    bench.selected = ("S01", "S00")  # its work waits for the same engine, not for the scan
    until(lambda: len(gated_engine.jobs) >= 2, "the pair's own test")
    gated_engine.allow(1000)
    bench.settle()
    assert bench.answers["pair"].dependent == "S01"
    assert bench.table.selected == bench.map.selected == ("S01", "S00")
    bench.close()


def test_a_scan_is_cancelled_from_the_workbench(gated_engine, many_prices, until):
    with sl.use_engine(gated_engine):
        bench = Workbench(many_prices)
    until(lambda: bench.pairs.status.state == "running", "a bar")
    bench.pairs.status._handle_custom_msg({"ask": "cancel"}, [])
    assert bench.pairs.wait(60)
    assert bench.pairs.status.state == "cancelled"
    assert bench.answers["scan"] is None
    gated_engine.allow(1000)
    bench.pairs.status._handle_custom_msg({"ask": "again"}, [])
    bench.settle()
    assert bench.answers["scan"].n_pending == 0
    bench.close()


def test_a_switch_of_the_engine_runs_nothing_and_the_next_change_runs_there(bench):
    before = bench.runs
    try:
        bench.engine_panel.connect("local?threads=1")
        bench.engine_panel.wait()
        bench.settle()
        assert bench.runs == before
        assert bench.top.engine == "local?threads=1"
        bench.discount = 0.2
        bench.settle()
        assert bench.answers["policy"].provenance["engine"] == "local?threads=1"
    finally:
        sl.connect("local")


def test_a_hedge_ratio_that_moves_is_shown_and_computes_nothing_else(bench):
    before = bench.runs
    bench.spread.set_state({"hedge": "kalman"})
    bench.settle()
    assert bench.runs == before
    assert bench.spread.hedge_series.method == "kalman"


def test_both_parts_of_a_backtest_change_at_once(bench):
    seen = []
    bench.result.observe(lambda _: seen.append(len(bench.result._metrics["parts"])), "_metrics")
    seen.clear()
    bench.cost_bps = 9.0
    bench.settle()
    assert set(seen) == {2}
