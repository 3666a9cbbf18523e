"""Scans of so many tests that their p-values are counted: close, conservative, complete."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.discovery import counts as counts_module
from spreadlab.discovery.counts import N_BINS, PvalueCounts, count_partial
from spreadlab.discovery.multiplicity import Adjustment
from spreadlab.engines.local import LocalEngine


def counted(pvalues, alpha=0.05):
    family = PvalueCounts()
    for part in np.array_split(pvalues, 3):
        family.add(count_partial({"pvalues": part}, alpha))
    return family


@given(
    pvalues=st.lists(st.floats(0.0, 1.0) | st.floats(-300, 0).map(lambda e: 10**e), min_size=1),
    alpha=st.floats(0.001, 0.2),
)
def test_adjusted_values_are_never_below_the_exact_ones_and_hardly_above(pvalues, alpha):
    pvalues = np.array([*pvalues, np.nan])
    exact, family = Adjustment(pvalues), counted(pvalues, alpha)
    known = ~np.isnan(pvalues)
    for all_got, all_expected in zip(family.both(pvalues), exact.both(pvalues), strict=True):
        assert np.isnan(all_got[~known]).all()
        got, expected = all_got[known], all_expected[known]
        assert (got >= expected * (1 - 1e-12)).all()
        normal = expected > 1e-290
        assert (got[normal] <= expected[normal] * (1 + 1 / 256) * (1 + 1e-12)).all()
    assert family.n_tests == known.sum()
    assert family.below == (pvalues[known] < alpha).sum()
    for some, all_of_them in zip(family.survivors(alpha), exact.survivors(alpha), strict=True):
        assert some <= all_of_them


def test_edges_bound_their_bins_and_end_at_one():
    edges = PvalueCounts.edges()
    assert edges.shape == (N_BINS,)
    assert edges[-1] == 1.0
    assert (np.diff(edges) >= 0).all()
    p = np.random.default_rng(0).uniform(size=1000) ** 9
    upper = edges[p.view(np.int64) >> 44]
    assert (p <= upper).all()
    assert (upper <= p * (1 + 1 / 256)).all()


@pytest.mark.parametrize("direction", ["forward", "both"])
def test_a_counted_scan_lists_the_same_pairs(monkeypatch, tmp_path, direction):
    rng = np.random.default_rng(2)
    prices = np.exp(np.cumsum(rng.normal(size=(80, 60)) * 0.01, axis=0))
    prices[:, 1] = prices[:, 0] * np.exp(rng.normal(size=80) * 1e-3)
    prices[:, 5] = 3.0
    options = {"lags": 1, "keep": 0.3, "direction": direction, "progress": False}
    exact = sl.discover_pairs(prices, **options)
    monkeypatch.setattr(counts_module, "MOST_EXACT", 100)
    engine = LocalEngine(2)
    scan = sl.discover_pairs(prices, sink=tmp_path / "scan", engine=engine, **options)
    engine.close()
    assert scan.all_pvalues.size == 0
    assert (scan.n_tests, scan.n_failed, scan.n_pairs) == (
        exact.n_tests, exact.n_failed, exact.n_pairs,
    )  # fmt: skip
    for name in ("pair", "swapped", "pvalue", "statistic", "hurst_dfa"):
        np.testing.assert_array_equal(getattr(scan, name), getattr(exact, name))
    assert (scan.pvalue_bh >= exact.pvalue_bh * (1 - 1e-12)).all()
    assert (scan.pvalue_bh <= exact.pvalue_bh * (1 + 1 / 256)).all()
    assert scan.verdict().split(";")[:2] == exact.verdict().split(";")[:2]
    assert "Scan" in scan._repr_html_() or "scan" in scan._repr_html_()
    assert scan.plot() is not None
    again = sl.read_scan(tmp_path / "scan")
    np.testing.assert_array_equal(again.counts.counts, scan.counts.counts)
    np.testing.assert_array_equal(again.pvalue_bh, scan.pvalue_bh)
    blocks = list(sl.iter_pairs(prices, lags=1, keep=0.3, direction=direction))
    assert sum(block.n_tests for block in blocks) == exact.n_tests
    assert sum(map(len, blocks)) == exact.n_kept
