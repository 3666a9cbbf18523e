"""The table holds the rows of the scan, number by number."""

import numpy as np
import pytest

import spreadlab as sl
from spreadlab_widgets import PairTable
from spreadlab_widgets.codec import from_wire

STRAIGHT = ("statistic", "pvalue", "pvalue_bh", "pvalue_by", "hedge_ratio", "half_life", "hurst")


def columns(view):
    wire = view.get_state()["_pairs"]
    values = from_wire(wire["values"])
    return {spec["name"]: values[k] for k, spec in enumerate(wire["columns"])}


def test_numbers_are_the_scans(scan):
    sent, frame = columns(PairTable(scan)), scan.to_frame()
    for name in STRAIGHT:
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
    assert view.get_state()["_pairs"]["values"]["shape"][1] == 0


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
