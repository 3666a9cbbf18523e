"""The table holds the rows of the scan, number by number."""

import json
from pathlib import Path

import numpy as np
import pytest

import spreadlab as sl
from spreadlab_widgets import PairTable, pair_rows
from spreadlab_widgets.codec import from_wire
from spreadlab_widgets.conditions import is_condition

STRAIGHT = ("statistic", "pvalue", "pvalue_bh", "pvalue_by", "hedge_ratio", "half_life", "hurst")


def columns(view):
    """Return the columns that the page gets, with NaN where a byte says that there is none."""
    sent = {}
    for spec in view.get_state()["_pairs"]["columns"]:
        values = from_wire(spec["values"])
        sent[spec["name"]] = (
            np.where(values < 0, np.nan, values) if values.dtype == np.int8 else values
        )
    return sent


def test_numbers_are_the_scans(scan):
    sent, frame = columns(PairTable(scan)), scan.to_frame()
    for name in (*STRAIGHT, "lags"):
        np.testing.assert_array_equal(sent[name], frame[name])


def test_symbols_are_the_scans(scan):
    wire, frame = PairTable(scan).get_state()["_pairs"], scan.to_frame()
    for name in ("dependent", "hedge"):
        assert [wire["symbols"][k] for k in from_wire(wire[name])] == list(frame[name])


def test_passes_counts_the_strictest_p_below_alpha(scan):
    frame = scan.to_frame()
    expected = [
        3 * (row.pvalue_by < 0.05) or 2 * (row.pvalue_bh < 0.05) or 1 * (row.pvalue < 0.05)
        for row in frame.itertuples()
    ]
    assert columns(PairTable(scan))["passes"].tolist() == expected
    assert 3 in expected  # the planted pair


def test_flags_are_the_scans(prices):
    stale = prices["A"].where(np.arange(400) % 3 == 0).ffill()
    noise = np.exp(np.random.default_rng(1).normal(0, 0.01, 400))
    odd = prices.assign(F=1.0, S=stale, W=noise)
    scan = sl.discover_pairs(odd, progress=False)
    wire, frame = PairTable(scan).get_state()["_pairs"], scan.to_frame()
    marks = dict(zip(wire["symbols"], from_wire(wire["odd"]), strict=True))
    assert (marks["S"] & 2, marks["W"] & 1) == (2, 1)
    for row in frame.itertuples():
        for leg, name in ((row.dependent, "dependent"), (row.hedge, "hedge")):
            assert (f"stationary {name}" in row.flags) == bool(marks[leg] & 1)
            assert (f"stale {name}" in row.flags) == bool(marks[leg] & 2)
    [flags] = [spec for spec in wire["columns"] if spec["name"] == "flags"]
    reasons = [flags["words"][code] for code in from_wire(flags["values"])]
    assert [r.replace(" ", "_") for r in reasons] == list(frame["reason"])
    assert "constant" in reasons


def test_either_direction_of_a_listed_pair_may_be_selected(scan, prices):
    best = scan.best
    view = PairTable(scan, selected=(best.hedge, best.dependent))
    assert view.selected == (best.hedge, best.dependent)
    with pytest.raises(sl.InvalidInputError):
        view.selected = ("A", "A")
    forward = PairTable(sl.discover_pairs(prices, direction="forward", progress=False))
    forward.selected = ("A", "B")
    with pytest.raises(sl.InvalidInputError):
        forward.selected = ("B", "A")


def test_what_is_listed_is_what_the_scan_lists(prices):
    scan = sl.discover_pairs(prices, keep=3, progress=False)
    listed = {frozenset((row.dependent, row.hedge)) for row in scan.top(10)}
    view = PairTable(scan)
    for one in prices:
        for other in prices:
            if one == other:
                continue
            try:
                view.selected = (one, other)
            except sl.InvalidInputError:
                assert frozenset((one, other)) not in listed
            else:
                assert frozenset((one, other)) in listed


def test_a_new_scan_of_the_same_universe_keeps_the_selection(prices):
    view = PairTable(sl.discover_pairs(prices, progress=False))
    view.selected = ("C", "D")
    view.scan = sl.discover_pairs(prices, keep=1, progress=False)
    assert len(view.scan) == 1
    assert view.selected == ("C", "D")


def test_filters_are_conditions_on_columns(scan):
    view = PairTable(scan, filters={"half_life": "5 .. 30", "pair": "ko"}, search="a")
    assert view.get_state()["filters"] == {"half_life": "5 .. 30", "pair": "ko"}
    with pytest.raises(sl.InvalidInputError, match=r"filters: no column 'sharpe'; must be of pair"):
        view.filters = {"sharpe": "> 1"}
    with pytest.raises(sl.InvalidInputError, match=r"filters\['pvalue'\]: got 'small'; must be"):
        view.filters = {"pvalue": "small"}
    assert view.filters == {"half_life": "5 .. 30", "pair": "ko"}


CASES = json.loads(Path(__file__).with_name("condition_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("text", CASES["valid"])
def test_conditions_that_can_be_read(text):
    assert is_condition("number", text)


@pytest.mark.parametrize("text", CASES["invalid"])
def test_conditions_that_can_not_be_read(text):
    assert not is_condition("number", text)
    assert is_condition("flags", text)


def test_more_rows_than_a_page_can_hold_are_left_out_and_counted(scan, monkeypatch):
    monkeypatch.setattr(pair_rows, "MOST_ROWS", 4)
    view = PairTable(scan)
    assert view.get_state()["_pairs"]["unlisted"] == len(scan) - 4
    np.testing.assert_array_equal(columns(view)["pvalue"], scan.pvalue[:4])


def test_a_pair_without_an_answer_has_no_numbers(prices):
    flat = prices.assign(F=1.0)
    sent = columns(PairTable(sl.discover_pairs(flat, progress=False)))
    failed = np.isnan(sent["pvalue"])
    assert failed.sum() == 5
    for name in ("lags", "passes", "statistic"):
        assert np.isnan(sent[name][failed]).all()


def test_an_empty_scan_is_a_table_without_rows(prices):
    scan = sl.discover_pairs(prices[["C", "D"]], keep=1e-9, progress=False)
    assert len(scan) == 0
    view = PairTable(scan)
    assert view.error == ""
    assert {values.size for values in columns(view).values()} == {0}


def test_selected_is_a_listed_pair(scan):
    view = PairTable(scan)
    first = tuple(scan.to_frame().loc[0, ["dependent", "hedge"]])
    view.set_state({"selected": list(first)})  # as the browser sends it
    assert view.selected == first
    with pytest.raises(sl.InvalidInputError, match="which the scan does not list"):
        view.selected = ("Q", "A")
    assert view.selected == first
    view.selected = None


def test_selected_may_be_given_at_the_start(scan):
    first = tuple(scan.to_frame().loc[0, ["dependent", "hedge"]])
    assert PairTable(scan, selected=first).selected == first
    with pytest.raises(sl.InvalidInputError):
        PairTable(scan, selected=("Q", "A"))


def test_a_new_scan_drops_a_selection_it_does_not_list(prices, scan):
    view = PairTable(scan)
    frame = scan.to_frame()
    row = next(r for r in frame.itertuples() if {"C", "D"} & {r.dependent, r.hedge})
    view.selected = (row.dependent, row.hedge)
    view.scan = sl.discover_pairs(prices[["A", "B"]], progress=False)
    assert view.selected is None


def test_sort_by_is_a_column(scan):
    view = PairTable(scan, sort_by="half_life", ascending=False)
    assert (view.sort_by, view.ascending) == ("half_life", False)
    with pytest.raises(Exception, match="sort_by"):
        view.sort_by = "sharpe"


def test_only_scans_are_shown():
    with pytest.raises(sl.InvalidInputError, match=r"must be a result of sl\.discover_pairs"):
        PairTable([1, 2])
