"""Selections are explicit, counted and recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab._canonical import decode, encode
from spreadlab.api_discovery import calibrate, preselect, read_scan
from spreadlab.discovery.selection import Selection, count_pairs


def universe(n_symbols: int = 12, n_obs: int = 300, seed: int = 0) -> pd.DataFrame:
    """S0-S1 (one sector) and S2-S7 (two sectors) are cointegrated."""
    rng = np.random.default_rng(seed)
    logs = np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0)
    for first, second in ((0, 1), (2, 7)):
        e = np.zeros(n_obs)
        for t in range(1, n_obs):
            e[t] = 0.5 * e[t - 1] + 0.003 * rng.normal()
        logs[:, second] = logs[:, first] + e
    return pd.DataFrame(20 * np.exp(logs), columns=[f"S{i}" for i in range(n_symbols)])


def sectors(n_symbols: int = 12) -> dict[str, str]:
    return {f"S{i}": "old" if i < n_symbols // 2 else "new" for i in range(n_symbols)}


def test_pairs_inside_groups_are_found_and_others_are_not():
    prices = universe()
    every = sl.discover_pairs(prices, progress=False)
    selection = preselect(prices, groups=sectors())
    scan = sl.discover_pairs(prices, selection=selection, progress=False)
    found = {frozenset(row.name.split("-")) for row in every.top(2)}
    assert found == {frozenset(("S0", "S1")), frozenset(("S2", "S7"))}
    assert scan.best.name in ("S0-S1", "S1-S0")
    frame = scan.to_frame()
    assert len(frame) == scan.n_kept == 30
    for row in frame.itertuples():
        assert sectors()[row.dependent] == sectors()[row.hedge]
    assert (scan.n_pairs, scan.n_excluded, scan.n_tests, scan.n_failed) == (66, 36, 60, 0)
    assert scan.spec.selection.steps == (("group", 36),)
    same = every.to_frame().merge(frame, on=["dependent", "hedge"])
    np.testing.assert_array_equal(same["pvalue_x"], same["pvalue_y"])
    assert scan.best.pvalue_bh < every.best.pvalue_bh  # fewer tests, a smaller adjustment
    assert "of 60 tests" in scan.verdict()
    assert "no answer" not in scan.verdict()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    labels=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=10, max_size=10),
    history=st.integers(1, 80),
    zeros=st.floats(0, 1),
)
def test_excluded_counts_add_up(labels, history, zeros):
    rng = np.random.default_rng(3)
    prices = pd.DataFrame(
        np.exp(np.cumsum(rng.normal(size=(80, 10)), axis=0) * 0.01).round(2),
        columns=[f"S{i}" for i in range(10)],
    )
    prices.iloc[:40, 3] = np.nan
    groups = dict(zip(prices.columns, labels, strict=True))
    selection = preselect(prices, groups=groups, min_history=history, max_zero_share=zeros)
    assert len(selection.steps) == 3
    assert all(count >= 0 for _, count in selection.steps)
    assert sum(count for _, count in selection.steps) == selection.n_excluded
    assert selection.n_selected + selection.n_excluded == selection.n_pairs == 45
    assert decode(encode(selection)) == selection


def test_history_and_liquidity():
    prices = universe()
    prices.iloc[:200, 0] = np.nan
    prices["S3"] = np.repeat(prices["S3"].to_numpy()[::3], 3)
    selection = preselect(prices, min_history=150, max_zero_share=0.5)
    assert selection.steps == (
        ("fewer than 150 prices", 11),
        ("more than 50 % zero returns", 10),
    )
    assert selection.groups[0] == selection.groups[3] == -1
    scan = sl.discover_pairs(prices, align="pairwise", selection=selection, progress=False)
    assert scan.n_tests == 2 * 45
    assert not {"S0", "S3"} & set(scan.to_frame()["dependent"])
    assert "45 of 66 pairs are tested: 11 by fewer than 150 prices" in selection.explain()
    assert "tested" in selection._repr_html_()
    assert repr(selection).startswith("Selection(45 of 66")
    assert list(selection.to_frame().columns) == ["symbol", "group"]


@pytest.mark.parametrize("method", ["hdbscan", "optics"])
def test_clusters_of_correlated_symbols(method):
    rng = np.random.default_rng(8)
    factors = rng.normal(size=(600, 2))
    steps = np.repeat(factors, 5, axis=1) + 0.3 * rng.normal(size=(600, 10))
    prices = np.exp(np.cumsum(0.01 * np.column_stack([steps, rng.normal(size=(600, 3))]), axis=0))
    selection = preselect(prices, cluster=method, min_cluster_size=3)
    groups = np.array(selection.groups)
    assert len(set(groups[:5])) == len(set(groups[5:10])) == 1
    assert groups[0] != groups[5]
    assert count_pairs(groups) == selection.n_selected


def test_large_universes_skip_tiles(tmp_path):
    prices = universe(300, 100)
    groups = {symbol: i // 100 for i, symbol in enumerate(prices.columns)}
    selection = preselect(prices, groups=groups)
    scan = sl.discover_pairs(prices, selection=selection, progress=False, sink=tmp_path)
    assert scan.n_tests + scan.n_failed == 2 * 3 * 100 * 99 // 2
    again = read_scan(tmp_path)
    assert again.n_pending == 0
    assert again.verdict() == scan.verdict()
    assert again.spec == scan.spec
    result = calibrate(prices.iloc[:, :6], n_universes=20, progress=False)
    few = preselect(prices.iloc[:, :6], groups={f"S{i}": i // 3 for i in range(6)})
    inside = sl.discover_pairs(prices.iloc[:, :6], selection=few, progress=False)
    selected = calibrate(prices.iloc[:, :6], spec=inside.spec, n_universes=20, progress=False)
    assert (result.n_tests, selected.n_tests) == (30, 12)


def test_selections_that_do_not_fit_are_refused(monkeypatch):
    prices = universe()
    selection = preselect(prices, groups=sectors())
    with pytest.raises(sl.InvalidInputError, match="other symbols"):
        sl.discover_pairs(prices.iloc[:, ::-1], selection=selection)
    with pytest.raises(sl.InvalidInputError, match="preselect"):
        sl.discover_pairs(prices, selection=sectors())
    with pytest.raises(sl.InvalidInputError, match="no group for 'S11'"):
        preselect(prices, groups={f"S{i}": 1 for i in range(11)})
    for change in ({"min_history": 0}, {"max_zero_share": 2}, {"cluster": "kmeans"}):
        with pytest.raises(sl.InvalidInputError, match=next(iter(change))):
            preselect(prices, **change)
    with pytest.raises(sl.InvalidInputError, match="missing"):
        preselect(prices.reindex(range(301)), cluster="hdbscan")
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cluster", None)
    with pytest.raises(sl.DataUnavailableError, match="pip install"):
        preselect(prices, cluster="hdbscan")
    assert isinstance(selection, Selection)
