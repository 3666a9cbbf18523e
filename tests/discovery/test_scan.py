"""The scan against single tests, and what it says about many of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, false_discovery_control

import spreadlab as sl
from spreadlab.discovery.plan import pair_number, pair_symbols, scan_tiles, tile_pairs


def walks(n_symbols: int, n_obs: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0))
    return pd.DataFrame(prices, columns=[f"S{i:02d}" for i in range(n_symbols)])


@pytest.fixture(scope="module")
def large_caps():
    return sl.data.load_sp500(start="2014-01-01", end="2022-12-28")


def test_coke_and_pepsi_equal_statsmodels(large_caps):
    from statsmodels.tsa.stattools import coint

    pair = sl.test_pair(large_caps["KO"], large_caps["PEP"])
    expected = coint(np.log(large_caps["KO"]), np.log(large_caps["PEP"]))
    assert pair.statistic == pytest.approx(expected[0], rel=1e-9)
    assert pair.pvalue == pytest.approx(expected[1], abs=1e-9)
    assert list(pair.critical_values.values()) == pytest.approx(list(expected[2]))
    assert (pair.name, pair.dependent, pair.hedge) == ("KO-PEP", "KO", "PEP")
    assert str(pair.times[0])[:10] == "2014-01-02"


def test_no_large_cap_pair_survives(large_caps):
    """17 of 190 raw p-values below 5 %, KO on PEP the best, none left after the adjustment."""
    scan = sl.discover_pairs(large_caps, direction="forward", lags="bic", progress=False)
    assert (scan.n_pairs, scan.n_tests, scan.n_failed) == (190, 190, 0)
    assert scan.best.name == "KO-PEP"
    assert scan.best.pvalue == pytest.approx(0.0016, abs=5e-5)
    assert int((scan.all_pvalues < 0.05).sum()) == 17
    assert not (scan.pvalue_bh < 0.05).any()
    assert scan.verdict() == (
        "17 of 190 tests have p < .05; about 9.5 would by chance alone; "
        "none survives Benjamini-Hochberg."
    )


@pytest.mark.parametrize("lags", ["aic", "bic", 0, 4])
@pytest.mark.parametrize("transform", ["log", "none"])
def test_every_row_is_the_single_test(lags, transform):
    prices = walks(7, 150)
    scan = sl.discover_pairs(prices, lags=lags, transform=transform, progress=False)
    frame = scan.to_frame()
    assert len(frame) == 21
    assert scan.n_tests == 42
    assert frame["pvalue"].is_monotonic_increasing
    for row in frame.itertuples():
        pair = sl.test_pair(
            prices[row.dependent], prices[row.hedge], lags=lags, transform=transform
        )
        reverse = sl.test_pair(
            prices[row.hedge], prices[row.dependent], lags=lags, transform=transform
        )
        assert pair.pvalue <= reverse.pvalue + 1e-12
        for name in (
            "statistic",
            "pvalue",
            "hedge_ratio",
            "intercept",
            "half_life",
            "hurst",
            "hedge_ratio_stderr",
        ):
            expected = getattr(pair, name)
            assert getattr(row, name) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
        assert (row.lags, row.n_obs, row.reason) == (pair.lags, 150, "")


@pytest.mark.parametrize("lags", ["aic", "bic", 3])
def test_pairs_across_tiles_are_single_tests_too(lags):
    """Two sides of a tile that are different symbols: 80 symbols fall into two blocks."""
    prices = walks(80, 130, seed=7)
    prices["S70"] *= 1e5
    assert {tile.args["i"] == tile.args["j"] for tile in scan_tiles(80)} == {True, False}
    scan = sl.discover_pairs(prices, lags=lags, progress=False)
    symbols = list(prices.columns)
    for i, j in [(0, 40), (3, 70), (39, 79), (12, 55), (38, 41), (70, 79), (1, 2)]:
        number = pair_number(np.array([i]), np.array([j]), 80)[0]
        for direction, (y, x) in enumerate(((i, j), (j, i))):
            pair = sl.test_pair(prices[symbols[y]], prices[symbols[x]], lags=lags)
            assert scan.all_pvalues[direction, number] == pytest.approx(pair.pvalue, abs=1e-10)
            row = np.flatnonzero((scan.pair == number) & (scan.swapped == bool(direction)))
            if row.size:
                assert scan.statistic[row[0]] == pytest.approx(pair.statistic, rel=1e-9)
                assert scan.hurst[row[0]] == pytest.approx(pair.hurst, rel=1e-8)
                assert scan.half_life[row[0]] == pytest.approx(pair.half_life, rel=1e-8)


def test_columns_of_the_frame():
    frame = sl.discover_pairs(walks(3, 60), progress=False).to_frame()
    assert list(frame.columns)[:12] == [
        "dependent",
        "hedge",
        "statistic",
        "pvalue",
        "pvalue_bh",
        "pvalue_by",
        "hedge_ratio",
        "intercept",
        "lags",
        "half_life",
        "hurst",
        "n_obs",
    ]


def test_adjustment_counts_every_test_whatever_is_listed():
    prices = walks(12, 120, seed=3)
    full = sl.discover_pairs(prices, progress=False)
    assert full.n_tests == 132
    bh = false_discovery_control(full.all_pvalues.ravel(), method="bh")
    by = false_discovery_control(full.all_pvalues.ravel(), method="by")
    where = full.swapped.astype(int) * full.n_pairs + full.pair
    np.testing.assert_allclose(full.pvalue_bh, bh[where], rtol=1e-12)
    np.testing.assert_allclose(full.pvalue_by, by[where], rtol=1e-12)
    for keep, expected in ((0.2, full.pvalue < 0.2), (5, np.arange(66) < 5)):
        some = sl.discover_pairs(prices, keep=keep, progress=False)
        assert some.n_kept == int(expected.sum())
        assert some.n_tests == 132
        assert some.verdict() == full.verdict()
        pd.testing.assert_frame_equal(
            some.to_frame(), full.to_frame()[expected].reset_index(drop=True)
        )
    assert sl.discover_pairs(prices, keep=1e-12, progress=False).best is None


def test_ill_columns_never_give_a_number():
    prices = walks(4, 100)
    prices["triple"] = prices["S00"] * 3.0
    prices["twin"] = prices["S01"]
    prices["flat"] = 9.0
    frame = sl.discover_pairs(prices, progress=False).to_frame()
    reasons = {
        frozenset((row.dependent, row.hedge)): row.reason
        for row in frame.itertuples()
        if np.isnan(row.pvalue)
    }
    assert reasons.pop(frozenset(("S00", "triple"))) == "near_duplicate"
    assert reasons.pop(frozenset(("S01", "twin"))) == "near_duplicate"
    assert all("flat" in pair for pair in reasons)
    assert len(reasons) == 6
    assert set(reasons.values()) == {"constant"}
    missing = frame[frame["reason"] != ""]
    numbers = ["statistic", "pvalue", "pvalue_bh", "pvalue_by", "hedge_ratio", "intercept", "hurst"]
    assert missing[numbers].isna().all().all()
    assert (missing["lags"] == -1).all()


@pytest.mark.parametrize("n_symbols", [2, 3, 7, 128, 300, 401])
def test_tiles_cover_every_pair_once(n_symbols):
    numbers = []
    for tile in scan_tiles(n_symbols):
        i, j = tile_pairs(tile)
        assert (i < j).all()
        assert tile.weight == i.size
        numbers.append(pair_number(i, j, n_symbols))
        back_i, back_j = pair_symbols(numbers[-1], n_symbols)
        np.testing.assert_array_equal(back_i, i)
        np.testing.assert_array_equal(back_j, j)
    every = np.sort(np.concatenate(numbers))
    np.testing.assert_array_equal(every, np.arange(n_symbols * (n_symbols - 1) // 2))


@pytest.mark.parametrize(("lags", "n_obs"), [("aic", 500), ("bic", 250)])
def test_false_positives_of_independent_walks(lags, n_obs):
    """Each direction alone is a level test; the smaller of the two p-values is not.

    With AIC the search itself makes the test of 250 rows reject about 6 % at a nominal 5 %, in
    statsmodels as here; from 500 rows on that is inside the band.
    """
    n_pairs = 2000
    prices = walks(2 * n_pairs, n_obs, seed=1)
    together = {symbol: k // 2 for k, symbol in enumerate(prices.columns)}
    selection = sl.preselect(prices, groups=together)
    scan = sl.discover_pairs(prices, selection=selection, lags=lags, keep=1, progress=False)
    pvalues = scan.all_pvalues[:, ~np.isnan(scan.all_pvalues[0])]
    assert pvalues.shape == (2, n_pairs)
    for direction in pvalues:
        for level in (0.01, 0.05, 0.10):
            low, high = binom.ppf([0.005, 0.995], n_pairs, level)
            assert low <= (direction < level).sum() <= high
    assert 0.07 < (pvalues.min(axis=0) < 0.05).mean() < 0.12


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transform": "sqrt"}, "transform"),
        ({"lags": "t-stat"}, "lags"),
        ({"lags": -1}, "lags"),
        ({"lags": 60}, "lags"),
        ({"direction": "backward"}, "direction"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"keep": 0}, "keep"),
        ({"keep": -0.1}, "keep"),
        ({"keep": "all"}, "keep"),
        ({"align": "pad"}, "align"),
    ],
)
def test_options_that_mean_nothing_are_refused(change, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        sl.discover_pairs(walks(3, 100), **change)


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (walks(3, 5), "too short"),
        (walks(1, 100), "1 symbol"),
        (walks(3, 100).iloc[:, :0], "empty"),
        (walks(3, 100).iloc[:0], "empty"),
        (walks(3, 100) - 2.0, "not positive"),
        (walks(3, 100).reindex(range(101)), "missing"),
        (walks(3, 100).replace(walks(3, 100).iloc[5, 1], np.inf), "infinite"),
        (walks(3, 100) * 1e300, "too large"),
        (walks(3, 100) * 1e-300, "1e-100"),
        (walks(3, 100).set_axis(["A", "B", "A"], axis=1), "A"),
    ],
)
def test_bad_prices_are_refused(prices, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        sl.discover_pairs(prices)


def test_rows_with_missing_values_are_dropped_on_request():
    prices = walks(4, 120)
    prices.iloc[17, 2] = np.nan
    scan = sl.discover_pairs(prices, align="inner", progress=False)
    assert scan.n_obs == 119
    whole = sl.discover_pairs(prices.drop(index=17), progress=False)
    pd.testing.assert_frame_equal(scan.to_frame(), whole.to_frame())


@pytest.mark.parametrize("lags", ["aic", 3])
def test_pairwise_is_a_test_on_the_overlap(lags):
    prices = walks(6, 200, seed=5)
    prices.iloc[:60, 0] = np.nan  # a late start
    prices.iloc[90:140, 1] = np.nan  # a gap
    prices.iloc[180:, 2] = np.nan  # a delisting
    prices.iloc[20:, 4] = np.nan  # too short
    prices["flat"] = 4.0
    frame = sl.discover_pairs(prices, lags=lags, align="pairwise", progress=False).to_frame()
    assert len(frame) == 21
    for row in frame.itertuples():
        both = prices[[row.dependent, row.hedge]].dropna()
        assert row.n_obs == len(both)
        if "S04" in (row.dependent, row.hedge):
            assert row.reason == "too_short"
        elif "flat" in (row.dependent, row.hedge):
            assert row.reason == "constant"
        else:
            pair = sl.test_pair(both[row.dependent], both[row.hedge], lags=lags)
            assert row.pvalue == pytest.approx(pair.pvalue, abs=1e-12)
            assert row.statistic == pytest.approx(pair.statistic, rel=1e-12)
            assert row.lags == pair.lags
            assert row.half_life == pytest.approx(pair.half_life, rel=1e-9, nan_ok=True)
            assert row.hurst == pytest.approx(pair.hurst, rel=1e-9)
            continue
        assert np.isnan(row.statistic)
        assert np.isnan(row.pvalue)


def test_pairwise_without_gaps_is_the_plain_scan():
    prices = walks(5, 100)
    plain = sl.discover_pairs(prices, progress=False).to_frame()
    other = sl.discover_pairs(prices, align="pairwise", progress=False).to_frame()
    pd.testing.assert_frame_equal(plain, other, rtol=1e-9)


def _with(column):
    prices = walks(3, 200, seed=2)
    prices["bad"] = column(prices)
    return prices


@pytest.mark.parametrize(
    ("column", "outcome"),
    [
        (lambda p: 3.0 * p["S00"] + 7.0, "near_duplicate"),
        (lambda p: p["S00"], "near_duplicate"),
        (lambda p: p["S00"] * 0.0 + 2.0, "constant"),
        (lambda p: p["S00"] * 1e-14 + 2.0, "constant"),
        (lambda p: p["S00"].where(p.index % 2 == 0).ffill(), ""),
        (lambda p: p["S00"] * 1e300, "error"),
        (lambda p: p["S00"] * 1e-300, "error"),
        (lambda p: p["S00"].where(p.index != 5), "error"),
        (lambda p: p["S00"] * np.nan, "error"),
        (lambda p: p["S00"].where(p.index != 5, np.inf), "error"),
        (lambda p: p["S00"] * 0.0, "constant"),
        (lambda p: -p["S00"], "near_duplicate"),
    ],
)
def test_hostile_columns(column, outcome):
    """Each gives the documented error, or NaN and a reason; a stale one is flagged."""
    prices = _with(column)
    if outcome == "error":
        with pytest.raises(sl.InvalidInputError, match="bad"):
            sl.discover_pairs(prices, transform="none")
        return
    frame = sl.discover_pairs(prices, transform="none", progress=False).to_frame()
    pairs = frame[(frame["dependent"] == "bad") | (frame["hedge"] == "bad")]
    assert len(pairs) == 3
    wrong = pairs[pairs["reason"] != ""]
    assert wrong[["statistic", "pvalue", "pvalue_bh", "hedge_ratio"]].isna().all().all()
    if outcome == "near_duplicate":
        assert set(wrong["reason"]) == {"near_duplicate"}
        assert len(wrong) == 1
    elif outcome == "constant":
        assert set(wrong["reason"]) == {"constant"}
        assert len(wrong) == 3
    else:
        assert wrong.empty
        assert pairs["flags"].str.contains("stale").all()
