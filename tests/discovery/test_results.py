"""What results say and show."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.discovery.maps import coarse
from spreadlab.discovery.verdict import verdict_of


def planted(n_obs: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    x = np.cumsum(rng.normal(size=n_obs)) * 0.01
    e = np.zeros(n_obs)
    for t in range(1, n_obs):
        e[t] = 0.8 * e[t - 1] + 0.01 * rng.normal()
    free = np.cumsum(rng.normal(size=(n_obs, 3)), axis=0) * 0.01
    logs = np.column_stack([1.2 * x + e, x, free])
    dates = pd.bdate_range("2020-01-01", periods=n_obs)
    return pd.DataFrame(20 * np.exp(logs), index=dates, columns=["Y", "X", "A", "B", "C"])


@pytest.fixture(scope="module")
def prices():
    return planted()


@pytest.fixture(scope="module")
def pair(prices):
    return sl.test_pair(prices["Y"], prices["X"])


@pytest.fixture(scope="module")
def scan(prices):
    return sl.discover_pairs(prices, progress=False)


def test_spread_is_dependent_minus_hedge_minus_intercept(pair, prices):
    logs = np.log(prices)
    expected = logs["Y"] - pair.hedge_ratio * logs["X"] - pair.intercept
    np.testing.assert_allclose(pair.spread, expected, atol=1e-12)
    assert abs(pair.spread.mean()) < 1e-12
    assert not pair.spread.flags.writeable


def test_spread_of_later_prices_keeps_the_hedge_ratio(prices):
    early, late = prices.iloc[:300], prices.iloc[300:]
    pair = sl.test_pair(early["Y"], early["X"])
    logs = np.log(late)
    expected = logs["Y"] - pair.hedge_ratio * logs["X"] - pair.intercept
    np.testing.assert_allclose(pair.spread_of(late), expected, atol=1e-12)
    np.testing.assert_allclose(pair.spread_of(late[["X", "Y"]]), expected, atol=1e-12)
    np.testing.assert_allclose(pair.spread_of(late[["Y", "X"]].to_numpy()), expected, atol=1e-12)
    np.testing.assert_allclose(pair.spread_of(late.iloc[:1]), expected[:1], atol=1e-12)


def test_spread_of_refuses_what_has_no_spread(pair, prices):
    with pytest.raises(sl.InvalidInputError, match="no column X"):
        pair.spread_of(prices[["Y", "A"]])
    with pytest.raises(sl.InvalidInputError, match="new_prices"):
        pair.spread_of(np.ones((5, 3)))
    with pytest.raises(sl.InvalidInputError, match="not positive"):
        pair.spread_of(prices - 100.0)
    with pytest.raises(sl.InvalidInputError, match="first_bar"):
        pair.spread_of(prices, first_bar=3)


def test_trend_goes_on_in_later_prices(prices):
    pair = sl.test_pair(prices["Y"], prices["X"], trend="ct")
    np.testing.assert_allclose(pair.spread_of(prices, first_bar=0), pair.spread, atol=1e-12)
    np.testing.assert_allclose(
        pair.spread_of(prices.iloc[50:], first_bar=50), pair.spread[50:], atol=1e-12
    )
    with pytest.raises(sl.InvalidInputError, match="first_bar"):
        pair.spread_of(prices)


def test_pair_in_words(pair, prices):
    words = pair.explain()
    assert pair.is_cointegrated
    assert "Y-X" in words
    assert "below alpha = 0.05" in words
    assert "halve in about" in words
    failed = sl.test_pair(prices["A"], prices["B"])
    assert not failed.is_cointegrated
    assert "not below alpha" in failed.explain()
    assert "short of the 5 % critical value" in failed.explain()


def test_pair_shows_itself(pair):
    assert repr(pair).startswith("PairResult('Y-X', statistic=")
    assert "Pair Y-X" in pair._repr_html_()
    frame = pair.to_frame()
    assert list(frame.columns) == ["Y", "X", "spread"]
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert pair.plot().to_png().startswith(b"\x89PNG")
    assert sl.test_pair(pair.prices[:, 0], pair.prices[:, 1], name="mine").name == "mine"


def test_pairs_that_are_no_pairs_are_refused(prices):
    for y, words in (
        (prices["X"] * 3.0, "near_duplicate"),
        (prices["X"] * 0.0 + 4.0, "constant"),
        (prices["X"].where(prices.index != prices.index[3]), "missing"),
        (prices["X"].iloc[1:], "as long as|same rows|observations"),
        (prices["X"].iloc[:20], "too short|as long as|observations"),
    ):
        with pytest.raises(sl.InvalidInputError, match=words):
            sl.test_pair(y, prices["X"])
    for change in ({"trend": "ctt"}, {"alpha": 2}, {"lags": "x"}, {"transform": "x"}, {"name": 3}):
        with pytest.raises(sl.InvalidInputError, match=next(iter(change))):
            sl.test_pair(prices["Y"], prices["X"], **change)


def test_scan_shows_itself(scan, tmp_path):
    assert scan.best.name in ("Y-X", "X-Y")
    assert [row.pvalue for row in scan.top(3)] == list(scan.pvalue[:3])
    assert scan.top(0) == ()
    assert "survive" in scan.verdict()
    assert html.escape(scan.verdict()) in scan._repr_html_()
    assert repr(scan).startswith("DiscoveryResult(5 symbols, 20 tests, 10 pairs listed")
    assert scan.plot().to_png().startswith(b"\x89PNG")
    assert len(scan) == scan.n_kept == 10
    scan.to_parquet(tmp_path / "scan.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "scan.parquet"), scan.to_frame(), check_dtype=False
    )


def test_the_figure_of_a_scan_holds_all_its_pvalues(scan):
    left, right = scan.plot().axes[:2]
    names = [label.get_text() for label in left.get_yticklabels()]
    assert sorted(names) == sorted(scan.symbols)
    assert {"Y", "X"} in ({names[k], names[k + 1]} for k in range(4))  # related ones together
    cells = np.asarray(left.images[0].get_array().filled(np.nan))
    for row in scan.to_frame().itertuples():
        shown = cells[names.index(row.dependent), names.index(row.hedge)]
        assert shown == pytest.approx(-np.log10(max(row.pvalue, 1e-6)))
    assert np.isnan(np.diag(cells)).all()
    heights = [bar.get_height() for bar in right.patches]
    expected, _ = np.histogram(scan.all_pvalues, bins=20, range=(0, 1))
    assert heights == expected.tolist()
    assert list(right.lines[0].get_ydata()) == [1.0, 1.0]  # 20 tests over 20 bins


def test_a_large_map_keeps_the_smallest_pvalue_of_each_block():
    cells = np.random.default_rng(0).uniform(size=(900, 900))
    cells[700, 3] = 1e-9
    blocks = coarse(cells, 400)
    assert blocks.shape == (300, 300)
    assert blocks[700 // 3, 1] == 1e-9
    assert blocks[5, 7] == cells[15:18, 21:24].min()


def test_the_figure_of_a_pair_holds_its_spread(pair):
    top, bottom = pair.plot().axes
    np.testing.assert_allclose(top.lines[0].get_ydata()[0], 100.0)
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), pair.spread)
    sd = pair.spread.std()
    levels = [line.get_ydata()[0] for line in bottom.lines[1:4]]
    np.testing.assert_allclose(sorted(levels), [-2 * sd, 0, 2 * sd], atol=1e-12)


def test_results_say_what_they_are_made_of(scan, pair):
    for result in (scan, pair):
        assert set(result.provenance) == {"data_digest", "spec", "version", "engine"}
    assert scan.provenance["spec"] == scan.spec
    for array in (scan.pvalue, scan.all_pvalues, scan.lags):
        with pytest.raises(ValueError, match="read-only"):
            array[..., 0] = 0


@pytest.mark.parametrize(
    ("pvalues", "words"),
    [
        ([0.2, 0.9], "0 of 2 tests have p < .05; about 0.1 would by chance alone; none survives"),
        ([0.001, 0.9], "1 of 2 tests has p < .05"),
        ([0.001, 0.9], "1 survives Benjamini-Hochberg, 1 Benjamini-Yekutieli."),
        ([0.001, np.nan], "1 more test had no answer."),
        ([np.nan], "None of 1 tests has an answer."),
    ],
)
def test_verdict(pvalues, words):
    assert words in verdict_of(np.array(pvalues), 0.05)


def test_a_negative_hedge_ratio_reads_as_a_sum():
    rng = np.random.default_rng(3)
    x = 5.0 + np.cumsum(0.01 * rng.normal(size=300))
    y = 20.0 - 2.0 * x + 0.01 * rng.normal(size=300)
    pair = sl.test_pair(y, x, name="Y-X", transform="none")
    assert pair.hedge_ratio < 0
    assert " + " in pair.explain()
    assert "- -" not in pair.explain()
