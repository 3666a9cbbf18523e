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
