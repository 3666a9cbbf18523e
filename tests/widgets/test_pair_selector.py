"""The selector shows the test of the pair that is selected."""

import numpy as np
import polars as pl
import pytest
import traitlets as t

import spreadlab as sl
from spreadlab.data import PricePanel
from spreadlab_widgets import PairSelector


@pytest.fixture
def selector(scan, prices):
    return PairSelector(scan, prices)


def rows(scan):
    return [(row.dependent, row.hedge) for row in scan.top(len(scan))]


def test_the_selected_pair_is_tested_on_the_prices(selector, scan, prices):
    for dependent, hedge in rows(scan)[:3]:
        selector.selected = (dependent, hedge)
        expected = sl.test_pair(prices[dependent], prices[hedge])
        assert selector.error == ""
        assert (selector.pair.dependent, selector.pair.hedge) == (dependent, hedge)
        assert selector.pair.statistic == expected.statistic
        np.testing.assert_array_equal(selector.pair.spread, expected.spread)


def test_the_chart_is_the_spread_with_its_bands(selector, scan):
    selector.selected = rows(scan)[0]
    spread = selector.pair.spread
    chart = selector.chart
    np.testing.assert_array_equal(chart.spread.y, spread)
    np.testing.assert_array_equal(chart.spread.x, selector.pair.times)
    low, high = chart.band.y[:, 0]
    deviation = np.sqrt(np.sum((spread - spread.mean()) ** 2) / (len(spread) - 1))
    np.testing.assert_allclose([low, high], spread.mean() + deviation * np.array([-2, 2]))
    np.testing.assert_allclose(chart.mean.y, spread.mean())
    assert chart.figure.layout.visibility == "visible"


def test_every_pair_has_a_chart_of_its_own(selector, scan):
    lines = set()
    for pair in rows(scan):
        selector.selected = pair
        lines.add(selector.chart.spread.y.tobytes())
        assert " – ".join(pair) in selector.chart.title.value
    assert len(lines) == len(scan)


def test_the_test_uses_the_options_of_the_scan(prices):
    scan = sl.discover_pairs(prices, transform="none", lags=2, alpha=0.01, progress=False)
    selector = PairSelector(scan, prices)
    selector.selected = rows(scan)[0]
    pair = selector.pair
    assert (pair.transform, pair.lags, pair.alpha) == ("none", 2, 0.01)
    assert pair.statistic == pytest.approx(scan.best.statistic, rel=1e-9)


def test_table_and_selector_select_together(selector, scan):
    first, second = rows(scan)[:2]
    selector.table.set_state({"selected": list(first)})  # as the browser sends it
    assert selector.selected == first
    assert selector.pair.dependent == first[0]
    selector.selected = second
    assert selector.table.selected == second
    selector.selected = None
    assert selector.table.selected is None
    assert selector.pair is None
    assert selector.chart.figure.layout.visibility == "hidden"


def test_others_can_observe_and_link(selector, scan):
    class Other(t.HasTraits):
        chosen = t.Any()

    other, seen = Other(), []
    selector.observe(lambda change: seen.append(change["new"]), "selected")
    t.dlink((selector, "selected"), (other, "chosen"))
    selector.table.selected = rows(scan)[0]
    assert seen == [rows(scan)[0]]
    assert other.chosen == rows(scan)[0]


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: pl.from_pandas(frame.reset_index(names="date")),
        lambda frame: PricePanel(
            frame.to_numpy(), tuple(frame.columns), frame.index.as_unit("ns").asi8
        ),
    ],
    ids=["polars", "panel"],
)
def test_prices_come_as_the_scan_takes_them(scan, prices, convert):
    selector = PairSelector(scan, convert(prices), selected=rows(scan)[0])
    assert selector.error == ""
    assert selector.pair.statistic == pytest.approx(scan.best.statistic, rel=1e-9)


def test_bare_arrays_have_bars_instead_of_dates(prices):
    scan = sl.discover_pairs(prices.to_numpy(), progress=False)
    selector = PairSelector(scan, prices.to_numpy())
    selector.selected = rows(scan)[0]
    assert selector.error == ""
    assert selector.chart.x_axis.label == "bar"
    np.testing.assert_array_equal(selector.chart.spread.x, np.arange(400))


def test_other_prices_are_refused_at_once(scan, prices):
    with pytest.raises(sl.InvalidInputError, match="300 complete rows, the scan had 400"):
        PairSelector(scan, prices[:300])
    with pytest.raises(sl.InvalidInputError, match="no column E"):
        PairSelector(scan, prices.drop(columns="E"))


def test_without_prices_the_table_still_works(scan):
    selector = PairSelector(scan)
    selector.selected = rows(scan)[0]
    assert selector.pair is None
    assert ".prices" in selector.chart.title.value


def test_prices_may_come_later(scan, prices):
    selector = PairSelector(scan)
    selector.selected = rows(scan)[0]
    selector.prices = prices
    assert selector.pair is not None


def test_a_pair_that_cannot_be_tested_is_reported(prices):
    flat = prices.assign(F=1.0)
    selector = PairSelector(sl.discover_pairs(flat, progress=False), flat)
    selector.selected = next(pair for pair in rows(selector.scan) if "F" in pair)
    assert "InvalidInputError" in selector.error
    assert selector.table.error == selector.error
    assert selector.pair is None
    assert selector.chart.figure.layout.visibility == "hidden"
    assert "Traceback" in selector.errors.outputs[0]["text"]
    selector.selected = rows(selector.scan)[0]
    assert selector.error == ""


def test_the_engine_is_the_one_asked_for(scan, prices):
    asked = []

    class Recording:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def submit(self, *args, **options):
            asked.append(args[0])
            return self._inner.submit(*args, **options)

    from spreadlab.engines.registry import current_engine

    selector = PairSelector(scan, prices, engine=Recording(current_engine(None)))
    selector.selected = rows(scan)[0]
    assert selector.error == ""
    assert len(asked) == 1


def test_a_theme_of_its_own_reaches_every_part(scan, prices):
    selector = PairSelector(scan, prices, theme="dark")
    assert selector.table.theme == "dark"
    assert "jp-mod-dark" in selector._dom_classes
    selector.theme = "light"
    assert selector.table.theme == "light"
    assert [c for c in selector._dom_classes if c.startswith("jp-mod-")] == ["jp-mod-light"]
    selector.theme = "auto"
    assert [c for c in selector._dom_classes if c.startswith("jp-mod-")] == []


def test_repr_and_html_read_without_a_kernel(selector, scan):
    assert repr(selector) == "PairSelector(10 pairs, selected=None)"
    selector.selected = rows(scan)[0]
    data, _ = selector._repr_mimebundle_()
    assert scan._repr_html_() in data["text/html"]
    assert selector.pair._repr_html_() in data["text/html"]


def test_words_are_escaped(prices):
    odd = prices.rename(columns={"A": "<b>A", "B": "B&C"})
    scan = sl.discover_pairs(odd, progress=False)
    selector = PairSelector(scan, odd)
    selector.selected = next(pair for pair in rows(scan) if set(pair) == {"<b>A", "B&C"})
    for html in (selector.chart.title.value, selector.words.value):
        assert "<b>A" not in html.replace("<b>&lt;b&gt;A", "")
        assert "B&amp;C" in html


# The window, and scans in the background.

LONG = 60  # seconds, only ever waited for by a test that fails


def direct(prices, window, **options):
    return sl.discover_pairs(prices.iloc[slice(*window)], dfa=0, progress=False, **options)


def same(one, other):
    np.testing.assert_array_equal(one.all_pvalues, other.all_pvalues)
    np.testing.assert_array_equal(one.pair, other.pair)
    return True


def test_prices_alone_are_scanned_in_the_background(prices):
    selector = PairSelector(prices)
    assert selector.wait(LONG)
    assert selector.error == ""
    assert same(selector.scan, direct(prices, (0, 400)))
    assert selector.table.scan is selector.map.scan is selector.scan
    assert selector.status.words == selector.scan.verdict()
    assert (selector.loading, selector.status.state) == (False, "idle")
    assert repr(selector) == "PairSelector(5 symbols, selected=None)"


def test_prices_that_make_no_sense_are_refused_at_once(prices):
    with pytest.raises(sl.InvalidInputError, match="prices"):
        PairSelector(prices[:10])
    with pytest.raises(sl.InvalidInputError, match="at least 2 symbols"):
        PairSelector(prices[["A"]])


@pytest.mark.parametrize("dragging", [False, True])
def test_a_window_is_scanned(selector, prices, dragging):
    selector.control.set_state({"window": [50, 300], "dragging": dragging})  # as the page sends it
    assert selector.window == (50, 300)
    assert selector.wait(LONG)
    assert selector.error == ""
    assert same(selector.scan, direct(prices, (50, 300)))
    assert selector.map.get_state()["_cells"]["stamp"] == "50:300"
    assert selector.status.words == selector.scan.verdict()


def test_scans_of_windows_use_the_options_of_the_scan(prices):
    scan = sl.discover_pairs(prices, transform="none", lags=2, direction="forward", progress=False)
    selector = PairSelector(scan, prices, window=(0, 200))
    assert selector.wait(LONG)
    options = {"transform": "none", "lags": 2, "direction": "forward"}
    assert same(selector.scan, direct(prices, (0, 200), **options))
    assert selector.control.min_bars == 30
    with pytest.raises(sl.InvalidInputError, match="spec: got a str"):
        PairSelector(scan, prices, spec="aic")


def test_a_fixed_lag_needs_a_longer_window(prices):
    scan = sl.discover_pairs(prices, lags=20, progress=False)
    selector = PairSelector(scan, prices)
    with pytest.raises(sl.InvalidInputError, match="at least 46 bars"):
        selector.window = (0, 45)
    selector.window = (0, 46)
    assert selector.wait(LONG)
    assert selector.error == ""


def test_the_whole_window_shows_the_scan_that_was_given(selector, scan):
    selector.window = (0, 300)
    assert selector.wait(LONG)
    assert selector.scan is not scan
    selector.window = (0, 400)
    assert selector.wait(LONG)
    assert selector.scan is scan


def test_the_selected_pair_is_tested_in_the_window(selector, prices):
    selector.selected = ("A", "B")
    selector.window = (100, 400)
    assert selector.wait(LONG)
    assert selector.selected == ("A", "B")
    part = prices.iloc[100:400]
    assert selector.pair.statistic == sl.test_pair(part["A"], part["B"]).statistic
    assert len(selector.chart.spread.y) == 300


def test_scans_that_come_too_fast_leave_the_newest(gated_engine, prices, until):
    selector = PairSelector(direct(prices, (0, 400)), prices, engine=gated_engine)
    windows = [(0, stop) for stop in range(399, 379, -1)]
    for window in windows:
        selector.control.set_state({"window": list(window), "dragging": True})
    until(lambda: gated_engine.jobs, "the first job")
    gated_engine.allow(100)
    assert selector.wait(LONG)
    assert same(selector.scan, direct(prices, windows[-1]))
    assert len(gated_engine.jobs) <= 3  # the first, perhaps a second, and the newest


def test_a_large_universe_is_scanned_when_the_window_is_let_go(gated_engine, prices, monkeypatch):
    monkeypatch.setattr("spreadlab_widgets.scan_view._MOST_LIVE", 4)
    selector = PairSelector(direct(prices, (0, 400)), prices, engine=gated_engine)
    gated_engine.allow(100)
    selector.control.set_state({"window": [0, 350], "dragging": True})
    assert selector.wait(LONG)
    assert (gated_engine.jobs, selector.loading) == ([], True)
    selector.control.set_state({"dragging": False})
    assert selector.wait(LONG)
    assert same(selector.scan, direct(prices, (0, 350)))
    assert not selector.loading


def test_a_scan_can_be_watched_and_cancelled(gated_engine, many_prices, until):
    selector = PairSelector(many_prices, engine=gated_engine)
    assert selector.scan is None
    assert selector.loading
    until(lambda: selector.status.state == "running", "a bar")
    gated_engine.allow(1)
    until(lambda: selector.scan is not None, "a partial result")
    assert 0 < selector.scan.n_tests < 70 * 69
    assert not selector.loading
    until(lambda: "still to be run" in selector.status.words, "words about what is missing")
    until(lambda: selector.status.done > 0, "progress")
    assert selector.status.planned == 70 * 69 // 2
    assert selector.status.rate > 0
    assert selector.status.time_left > 0
    selector.status._handle_custom_msg({"ask": "cancel"}, [])  # as the page's button does
    assert selector.wait(LONG)
    assert gated_engine.jobs[0].state == "cancelled"
    assert selector.status.state == "cancelled"
    assert selector.scan.n_pending > 0
    gated_engine.allow(100)
    selector.status._handle_custom_msg({"ask": "again"}, [])
    assert selector.wait(LONG)
    assert selector.status.state == "idle"
    assert same(selector.scan, direct(many_prices, (0, 120)))


def test_the_kernel_goes_on_while_a_scan_runs(gated_engine, many_prices):
    selector = PairSelector(many_prices, engine=gated_engine)
    assert not selector.wait(0.01)
    selector.adjustment = "bh"
    assert (selector.table.adjustment, selector.map.adjustment) == ("bh", "bh")
    selector.cancel()
    assert selector.wait(LONG)


def test_closing_stops_the_scan_and_shows_nothing_more(gated_engine, many_prices, until):
    selector = PairSelector(many_prices, engine=gated_engine)
    until(lambda: gated_engine.jobs, "a job")
    selector.close()
    assert selector.wait(LONG)
    assert gated_engine.jobs[0].wait(LONG)
    assert gated_engine.jobs[0].state == "cancelled"
    assert selector.scan is None


def test_a_scan_that_fails_says_so(prices, monkeypatch):
    from spreadlab.engines.local import LocalEngine

    engine = LocalEngine(threads=1)
    engine.close()
    selector = PairSelector(prices, engine=engine)
    assert selector.wait(LONG)
    assert "EngineUnavailableError" in selector.error
    assert "EngineUnavailableError" in selector.table.error
    assert not selector.loading


def test_other_prices_are_scanned_anew(prices):
    selector = PairSelector(prices)
    assert selector.wait(LONG)
    selector.prices = prices[:200]
    assert selector.wait(LONG)
    assert selector.window == (0, 200)
    assert same(selector.scan, direct(prices, (0, 200)))


def test_map_and_table_select_together(selector, scan):
    first, second = rows(scan)[:2]
    selector.map.set_state({"selected": list(first)})
    assert selector.table.selected == selector.selected == first
    selector.table.set_state({"selected": list(second)})
    assert selector.map.selected == second


def test_pairs_with_gaps_are_tested_where_both_have_prices(prices):
    gappy = prices.copy()
    gappy.iloc[:60, 0] = np.nan
    scan = sl.discover_pairs(gappy, align="pairwise", progress=False)
    selector = PairSelector(scan, gappy, selected=("A", "B"))
    assert selector.error == ""
    assert len(selector.pair.spread) == 340
    selector.window = (0, 390)
    assert selector.wait(LONG)
    assert selector.scan.n_obs == 390


def test_while_a_hand_moves_the_table_may_wait_for_the_map_but_not_for_long(selector, monkeypatch):
    another_comes = []
    monkeypatch.setattr(selector.scans, "newer_within", lambda _: another_comes[-1])

    def move(stop):
        selector.control.set_state({"window": [0, stop], "dragging": True})
        assert selector.wait(60)
        assert selector.map.scan is selector.scan

    selector._table_due = float("inf")
    before = selector.table.scan
    another_comes.append(True)
    move(300)
    assert selector.table.scan is before
    selector._table_due = float("inf")
    another_comes.append(False)
    move(310)
    assert selector.table.scan is selector.scan
    another_comes.append(True)
    selector._table_due = 0.0
    move(320)
    assert selector.table.scan is selector.scan
    selector._table_due = float("inf")
    move(330)
    assert selector.table.scan is not selector.scan
    selector.control.set_state({"dragging": False})
    assert selector.wait(60)
    assert selector.table.scan is selector.scan
