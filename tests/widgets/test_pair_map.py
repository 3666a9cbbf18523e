"""The map holds the p-values of all tests, related symbols side by side."""

import io
import itertools

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.discovery.maps import coarse, pvalue_map, similarity_order
from spreadlab_widgets import PairMap, pair_map
from spreadlab_widgets.codec import from_wire


def cells(view):
    """Return the N x N map as the page draws it, and its symbols in that order."""
    wire = view.get_state()["_cells"]
    order, pvalues = from_wire(wire["order"]), from_wire(wire["pvalues"])
    symbols = [wire["symbols"][k] for k in order]
    return pvalue_map(pvalues, len(symbols))[np.ix_(order, order)], symbols


def test_every_cell_is_the_p_value_of_its_test(scan, prices):
    drawn, symbols = cells(PairMap(scan))
    assert sorted(symbols) == sorted(prices.columns)
    for row, dependent in enumerate(symbols):
        for column, hedge in enumerate(symbols):
            if row == column:
                assert np.isnan(drawn[row, column])
            else:
                expected = sl.test_pair(prices[dependent], prices[hedge]).pvalue
                assert drawn[row, column] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_adjusted_cells_are_those_of_the_scan(scan):
    view = PairMap(scan)
    frame = scan.to_frame()
    for adjustment, column in (("bh", "pvalue_bh"), ("by", "pvalue_by")):
        view.adjustment = adjustment
        drawn, symbols = cells(view)
        for row in frame.itertuples():
            cell = drawn[symbols.index(row.dependent), symbols.index(row.hedge)]
            assert cell == getattr(row, column)


def test_related_symbols_stand_together():
    # Two groups that only have small p-values among themselves, dealt out in turns.
    n = 12
    i, j = np.triu_indices(n, 1)
    pvalues = np.where(i % 2 == j % 2, 0.001, 0.9)[np.newaxis]
    order = similarity_order(pvalues, n)
    parities = [k % 2 for k in order]
    assert sorted(order) == list(range(n))
    assert sum(a != b for a, b in itertools.pairwise(parities)) == 1


def test_a_window_that_moves_keeps_the_symbols_where_they_are(prices):
    view = PairMap(sl.discover_pairs(prices, progress=False))
    before = cells(view)[1]
    later = sl.discover_pairs(prices[:200], progress=False)
    view.show(later, keep_order=True, stamp="0:200")
    drawn, symbols = cells(view)
    assert symbols == before
    assert view.get_state()["_cells"]["stamp"] == "0:200"
    order = [later.symbols.index(s) for s in symbols]
    np.testing.assert_array_equal(drawn, pvalue_map(later.all_pvalues, 5)[np.ix_(order, order)])
    view.show(later, keep_order=False)
    assert cells(view)[1] == [later.symbols[k] for k in similarity_order(later.all_pvalues, 5)]


def test_of_too_many_symbols_the_best_are_shown(many_prices, monkeypatch):
    monkeypatch.setattr(pair_map, "MOST_SYMBOLS", 9)
    scan = sl.discover_pairs(many_prices, progress=False)
    view = PairMap(scan)
    drawn, symbols = cells(view)
    assert view.get_state()["_cells"]["hidden"] == 61
    full = pvalue_map(scan.all_pvalues, 70)
    best = np.nanmin(np.fmin(full, full.T), axis=1)
    assert set(symbols) == {scan.symbols[k] for k in np.argsort(best)[:9]}
    places = [scan.symbols.index(s) for s in symbols]
    np.testing.assert_array_equal(drawn, full[np.ix_(places, places)])


def test_a_coarse_map_keeps_the_smallest():
    fine = np.arange(49.0).reshape(7, 7)
    fine[0, 0] = np.nan
    assert coarse(fine, 7) is fine
    np.testing.assert_array_equal(coarse(fine, 3), [[1, 3, 6], [21, 24, 27], [42, 45, 48]])


def test_the_picture_without_a_kernel_shows_small_p_values_dark(scan):
    from matplotlib.image import imread

    data, _ = PairMap(scan)._repr_mimebundle_()
    assert isinstance(data["image/png"], str)
    picture = imread(io.BytesIO(pair_map.picture(scan)))[:, :, :3].sum(axis=2)
    scale = len(picture) // 5
    drawn, _ = cells(PairMap(scan))
    brightness = picture[scale // 2 :: scale, scale // 2 :: scale][:5, :5]
    seen = ~np.isnan(drawn)
    ranks = np.argsort(drawn[seen])
    assert (np.diff(brightness[seen][ranks]) >= 0).all()
    assert brightness[seen][ranks[0]] < brightness[seen][ranks[-1]] - 1


def test_selected_is_a_listed_pair(scan):
    view = PairMap(scan)
    view.set_state({"selected": ["A", "B"]})
    assert view.selected == ("A", "B")
    with pytest.raises(sl.InvalidInputError, match="which the scan does not list"):
        view.selected = ("A", "Q")


def test_only_scans_are_shown():
    with pytest.raises(sl.InvalidInputError, match=r"must be a result of sl\.discover_pairs"):
        PairMap([1, 2])
