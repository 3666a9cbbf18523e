"""Null universes are what they say, and what a calibration makes of them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.api_discovery import calibrate
from spreadlab.discovery.calibration import LEVELS, count_below
from spreadlab.discovery.null_universe import METHODS, default_block_length, null_universe
from spreadlab.discovery.scan_spec import PairScanSpec


def walks(n_symbols: int, n_obs: int, seed: int, common: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(n_obs, n_symbols)) + common * rng.normal(size=(n_obs, 1))
    return np.exp(np.cumsum(0.01 * steps, axis=0))


def planted(n_pairs: int, n_obs: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    logs = np.cumsum(rng.normal(size=(n_obs, 2 * n_pairs)) * 0.01, axis=0)
    for k in range(n_pairs):
        e = np.zeros(n_obs)
        for t in range(1, n_obs):
            e[t] = 0.8 * e[t - 1] + 0.005 * rng.normal()
        logs[:, 2 * k + 1] = logs[:, 2 * k] + e
    return np.exp(logs)


@pytest.mark.parametrize("method", METHODS)
def test_null_universes_have_the_covariance_and_no_relation(method):
    values = np.log(planted(3, 1500, 1))
    rng = np.random.default_rng(5)
    drawn = [null_universe(values, method, 12, rng) for _ in range(40)]
    assert all(universe.shape == values.shape for universe in drawn)
    np.testing.assert_array_equal(drawn[0][0], values[0])
    expected = np.cov(np.diff(values, axis=0).T)
    got = np.mean([np.cov(np.diff(universe, axis=0).T) for universe in drawn], axis=0)
    np.testing.assert_allclose(got, expected, atol=0.04 * expected.max())
    scan = PairScanSpec(lags=1, direction="forward")
    real = count_below(scan, values)
    null = np.mean([count_below(scan, universe) for universe in drawn], axis=0)
    at_1_percent = int(np.argmin(np.abs(LEVELS - 0.01)))
    assert real[at_1_percent] >= 3
    assert null[at_1_percent] < 1.0
    assert null[-1] == 15


def test_phase_keeps_each_spectrum_of_unrelated_symbols():
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(4001, 2))
    steps = noise[1:] + 0.8 * noise[:-1]
    values = np.cumsum(steps, axis=0)
    drawn = np.diff(null_universe(values, "phase", 1, rng), axis=0)
    for column in range(2):
        for series, name in ((drawn[:, column], "drawn"), (np.diff(values[:, column]), "given")):
            centred = series - series.mean()
            memory = centred[1:] @ centred[:-1] / (centred @ centred)
            assert memory == pytest.approx(0.8 / 1.64, abs=0.05), name


def test_block_bootstrap_keeps_rows_and_blocks():
    values = np.cumsum(np.arange(60.0).reshape(30, 2) ** 1.5, axis=0)
    drawn = np.diff(null_universe(values, "block-bootstrap", 7, np.random.default_rng(0)), axis=0)
    given = np.diff(values, axis=0)
    rows = [int(np.argmin(np.abs(given[:, 0] - step[0]))) for step in drawn]
    np.testing.assert_allclose(drawn, given[rows], rtol=1e-9)
    following = [(b - a) % 29 == 1 for a, b in itertools.pairwise(rows)]
    assert sum(following) >= 28 - 4
    assert default_block_length(1000) == 10


def test_independent_walks_lie_inside_the_range_of_chance():
    result = calibrate(walks(64, 500, 3), n_universes=200, seed=1, progress=False)
    low, high = result.interval(0.99)
    assert ((low <= result.observed) & (result.observed <= high)).all()
    assert result.n_tests == 64 * 63
    assert result.null.shape == (200, LEVELS.size)
    assert "inside that range" in result.verdict()
    assert np.nanmin(result.pvalue()) > 0.005


def test_planted_pairs_are_more_than_chance_explains():
    prices = planted(4, 800, 7)
    scan = sl.discover_pairs(prices, lags=1, progress=False)
    result = calibrate(prices, spec=scan.spec, n_universes=60, seed=2, progress=False)
    k = int(np.argmin(np.abs(LEVELS - 1e-4)))
    assert result.observed[k] == (scan.all_pvalues <= 1e-4).sum() >= 8
    assert result.expected[k] < 0.5
    assert result.fdr[k] < 0.1
    assert result.threshold(0.1) >= 1e-4
    assert result.pvalue()[k] == pytest.approx(1 / 61)


def test_more_universes_keep_those_there_are():
    prices = walks(5, 100, 4)
    few = calibrate(prices, n_universes=20, seed=9, progress=False)
    more = calibrate(prices, n_universes=25, seed=9, progress=False)
    np.testing.assert_array_equal(few.null, more.null[:20])
    other = calibrate(prices, n_universes=20, seed=10, progress=False)
    assert not np.array_equal(few.null, other.null)


def test_calibration_shows_itself():
    result = calibrate(walks(5, 100, 4), n_universes=20, progress=False)
    assert repr(result).startswith("CalibrationResult(random-walk, 20 universes: ")
    assert "empirical FDR" in result._repr_html_()
    assert list(result.to_frame().columns)[:3] == ["level", "observed", "expected"]
    left, right = result.plot().axes
    curves = {line.get_label(): line.get_ydata() for line in left.lines}
    np.testing.assert_array_equal(curves["observed"], result.observed)
    np.testing.assert_array_equal(curves["chance, mean"], result.expected)
    np.testing.assert_array_equal(right.lines[0].get_ydata(), result.fdr)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "shuffle"}, "method"),
        ({"n_universes": 5}, "n_universes"),
        ({"block_length": 0}, "block_length"),
        ({"block_length": 5000}, "block_length"),
        ({"seed": -1}, "seed"),
        ({"spec": "aic"}, "spec"),
        ({"spec": PairScanSpec(align="pairwise")}, "pairwise"),
    ],
)
def test_options_that_mean_nothing_are_refused(change, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        calibrate(pd.DataFrame(walks(3, 100, 0)).add_prefix("S"), **change)
