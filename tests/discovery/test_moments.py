"""The moment path against statsmodels, against the direct path, and in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.stattools import adfuller, coint
from tests.oracles import discovery_slow as slow

from spreadlab.discovery import plan, tile
from spreadlab.discovery.kernels import block, factor, lanes, moments, scan
from spreadlab.discovery.pair_test import engle_granger
from spreadlab.discovery.products import Side, cross_products, padded_width
from spreadlab.discovery.rules import REASONS, hurst_weights, inflation, moment_lag, search_lag
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.task import Tile


def mixed_universe(seed: int, n_symbols: int, n_obs: int) -> np.ndarray:
    """Columns of every kind: heavy tails, drifts, units from 0.01 to 1e6, related or not."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_t(rng.uniform(2.2, 8.0), size=(n_obs, n_symbols))
    steps += rng.normal(size=n_symbols) * 0.2
    series = np.cumsum(steps, axis=0)
    for k in range(2, n_symbols, 3):  # a third follow the column before them
        e = np.zeros(n_obs)
        phi = rng.uniform(0.0, 0.98)
        for t in range(1, n_obs):
            e[t] = phi * e[t - 1] + rng.normal() * rng.uniform(0.2, 2.0)
        series[:, k] = rng.uniform(0.3, 2.0) * series[:, k - 1] + e
    series += rng.normal(size=n_symbols) * 30
    return series * 10.0 ** rng.uniform(-2.0, 6.0, size=n_symbols)


def answers_of(series: np.ndarray, lags: object, direction: str = "both") -> np.ndarray:
    """All answers of one tile that holds the whole universe, (directions, fields, I, J)."""
    K = moment_lag(lags, len(series))
    side = Side.of(series, K)
    return tile._scan(PairScanSpec(lags=lags, direction=direction), side, side, K)


def finished(series: np.ndarray, lags: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(directions, fields, pairs) answers of all pairs i < j, p-values and reasons."""
    spec = PairScanSpec(transform="none", lags=lags)
    n_symbols = series.shape[1]
    values = tile.run_tile_pairs(spec, series, one_tile(n_symbols))
    side = Side.of(series, moment_lag(lags, len(series)))
    found = tile._scan(spec, side, side, moment_lag(lags, len(series)))
    answers, reasons = tile._finished(spec, series, side, side, found)
    return answers, values["pvalues"], reasons


def one_tile(n_symbols: int) -> Tile:
    args = {"i": 0, "j": 0, "rows": n_symbols, "columns": n_symbols}
    return Tile(0, columns=((0, n_symbols),), args=args)


@pytest.mark.parametrize("seed", range(101))
def test_equals_statsmodels(seed):
    """Both directions of the pairs of 101 universes: 301 pairs of 60 to 5,000 rows."""
    rng = np.random.default_rng(500 + seed)
    n_obs = (5000, 1500)[seed] if seed < 2 else int(60 * (800 / 60) ** rng.random())
    series = mixed_universe(seed, 3 if seed else 2, n_obs)
    lags = ("aic", "bic", int(rng.integers(0, 12)))[seed % 3]
    options = {"autolag": lags} if isinstance(lags, str) else {"maxlag": lags, "autolag": None}
    answers, pvalues, reasons = finished(series, lags)
    assert not reasons.any()
    for pair, (i, j) in enumerate(zip(*np.triu_indices(series.shape[1], 1), strict=True)):
        for direction, (y, x) in enumerate(((i, j), (j, i))):
            expected, pvalue, _ = coint(series[:, y], series[:, x], **options)
            got = answers[direction, :, pair]
            assert got[block.STATISTIC] == pytest.approx(expected, rel=1e-9)
            assert pvalues[direction, pair] == pytest.approx(pvalue, abs=1e-9)
            residual = slow.step_one(series[:, y], series[:, x])[1]
            order = adfuller(residual, regression="n", result_object=False, **options)[2]
            assert got[block.LAGS] == order


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_obs=st.integers(30, 600),
    lags=st.sampled_from(["aic", "bic", 0, 3, 9]),
    n_symbols=st.integers(2, 12),
)
def test_equals_the_direct_path(seed, n_obs, lags, n_symbols):
    series = mixed_universe(seed, n_symbols, n_obs)
    found = answers_of(series, lags)
    rows = np.ascontiguousarray(series.T)
    direct = np.empty(block.N_FIELDS)
    for i in range(n_symbols):
        for j in range(i + 1, n_symbols):
            for direction, (y, x) in enumerate(((i, j), (j, i))):
                got = found[direction, :, i, j]
                if got[scan.LAGS] == scan.UNSAFE:
                    continue
                block.pair_direct_nb(
                    rows[y],
                    rows[x],
                    search_lag(lags, n_obs),
                    {"aic": 1, "bic": 2}.get(lags, 0),
                    moment_lag(lags, n_obs) + 1,
                    10,
                    direct,
                )
                assert got[scan.LAGS] == direct[block.LAGS]
                assert got[scan.STATISTIC] == pytest.approx(direct[block.STATISTIC], rel=1e-9)
                assert got[scan.HEDGE_RATIO] == pytest.approx(direct[block.HEDGE_RATIO], rel=1e-9)
                assert got[scan.HURST] == pytest.approx(direct[block.HURST], rel=1e-8, abs=1e-10)
                if 0 < got[scan.PHI] < 1:
                    half_life = np.log(2) / -np.log(got[scan.PHI])
                    assert half_life == pytest.approx(direct[block.HALF_LIFE], rel=1e-8)
                else:
                    assert np.isnan(direct[block.HALF_LIFE])


def test_most_pairs_are_safe():
    """The fallback is for the ill-conditioned few, not what makes the tests above pass."""
    found = answers_of(mixed_universe(3, 24, 500), "aic")
    upper = np.triu_indices(24, 1)
    unsafe = found[:, scan.LAGS][:, upper[0], upper[1]] == scan.UNSAFE
    assert unsafe.mean() < 0.02


def test_cancelling_pairs_take_the_direct_path():
    rng = np.random.default_rng(9)
    x = np.cumsum(rng.normal(size=400)) + 100
    near = x + 1e-3 * rng.normal(size=400) * x.std()  # unexplained share 1e-6 .. 1e-5
    smooth = np.cumsum(np.cumsum(rng.normal(size=400)))  # its lags are nearly collinear
    series = np.column_stack([x, near, smooth, 2 * x + 1, np.full(400, 3.0)])
    found = answers_of(series, "aic")
    assert found[0, scan.LAGS, 0, 1] == scan.UNSAFE
    answers, pvalues, reasons = finished(series, "aic")
    for pair, (i, j) in enumerate(zip(*np.triu_indices(5, 1), strict=True)):
        for direction, (y, x_) in enumerate(((i, j), (j, i))):
            expected = engle_granger(series[:, y], series[:, x_])
            got = answers[direction, :, pair]
            assert REASONS[reasons[direction, pair]] == expected.reason
            np.testing.assert_allclose(got[block.STATISTIC], expected.statistic, rtol=1e-8)
            np.testing.assert_allclose(got[block.HALF_LIFE], expected.half_life, rtol=1e-6)
            np.testing.assert_allclose(pvalues[direction, pair], expected.pvalue, atol=1e-9)


def test_kernels_equal_their_plain_python():
    """The same source in plain Python, where eight lanes are an array of eight."""
    series = mixed_universe(1, 9, 60)
    K = moment_lag("aic", 60)
    side = Side.of(series, K)
    cross, products = cross_products(side, side, K)
    own, head, tail = side.turned(padded_width(9))
    sides = (side.own, side.head, side.tail, own, head, tail, cross, products)
    options = (60, K, -1, inflation("aic", 60), 0, 2, True, 9, 2)
    compiled, plain = np.full((2, 2, scan.N_FIELDS, 9, 9), np.nan)
    scan.scan_rows_nb(*options, *sides, hurst_weights(), compiled)
    with pytest.MonkeyPatch.context() as patch:
        for module in (scan, moments, factor):
            for name, function in vars(module).copy().items():
                if name.endswith("_nb"):
                    patch.setattr(module, name, function.py_func)
        with np.errstate(all="ignore"):  # the lanes beyond the last pair divide by zero
            scan.scan_rows_nb(*options, *sides, hurst_weights(), plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-9)
    assert np.isfinite(compiled[:, :, 0, 1:]).all()


@pytest.mark.parametrize("n_obs", [30, 80, 301])
def test_products_are_what_they_say(n_obs):
    series = mixed_universe(2, 5, n_obs)
    K = 12
    left, right = Side.of(series[:, :2], K), Side.of(series[:, 2:], K)
    p = series - series.mean(axis=0)
    d = np.diff(p, axis=0)
    scale = np.abs(d).max(axis=0)
    for a, b, i, j in ((left, right, slice(0, 2), slice(2, 5)), (right, right, *[slice(2, 5)] * 2)):
        cross, sums = cross_products(a, b, K)
        width = b.size
        np.testing.assert_allclose(cross[:, :width], p[:, i].T @ p[:, j], rtol=1e-9)
        for lag in range(K + 1):
            now, then = d[K:], d[K - lag : len(d) - lag]
            both = now[:, i].T @ then[:, j] + then[:, i].T @ now[:, j]
            size = n_obs * np.outer(scale[i], scale[j])
            np.testing.assert_allclose(sums[lag, :, :width] / size, both / size, atol=1e-13)
            own = (now * then)[:, :2].sum(axis=0)
            np.testing.assert_allclose(left.own[:, lag], own, rtol=1e-9)
        assert (cross[:, width:] == 0).all()


def test_lanes_are_as_wide_as_the_plan_thinks():
    assert lanes.WIDTH == plan._ABREAST
