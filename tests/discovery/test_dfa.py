"""Detrended fluctuation analysis against polynomial fits box by box."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.discovery.dfa import dfa_exponent
from spreadlab.discovery.kernels.dfa import box_sizes_nb


def slow_dfa(series: np.ndarray) -> float:
    n = len(series)
    sizes = sorted({round(8 * (max(n // 4, 8) / 8) ** (k / 9)) for k in range(10)})
    logs = []
    for size in sizes:
        boxes = [series[k * size : (k + 1) * size] for k in range(n // size)]
        t = np.arange(size)
        residuals = [box - np.polyval(np.polyfit(t, box, 1), t) for box in boxes]
        logs.append(np.log(np.sqrt(np.mean(np.square(residuals)))))
    return float(np.polyfit(np.log(sizes), logs, 1)[0])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), n=st.integers(64, 900), phi=st.floats(-0.5, 1.0))
def test_equals_the_slow_version(seed, n, phi):
    rng = np.random.default_rng(seed)
    series = np.zeros(n)
    for t in range(1, n):
        series[t] = phi * series[t - 1] + rng.normal()
    series = 50.0 + 3.0 * series
    assert dfa_exponent(series) == pytest.approx(slow_dfa(series), rel=1e-7, abs=1e-9)


def test_known_exponents():
    rng = np.random.default_rng(0)
    walks = rng.normal(size=(30, 4000)).cumsum(axis=1)
    assert np.mean([dfa_exponent(walk) for walk in walks]) == pytest.approx(0.5, abs=0.03)
    noise = rng.normal(size=(30, 4000))
    assert np.mean([dfa_exponent(series) for series in noise]) == pytest.approx(0.0, abs=0.03)
    assert np.isnan(dfa_exponent(walks[0, :63]))
    assert np.isnan(dfa_exponent(np.full(100, 3.0)))
    assert (np.diff(box_sizes_nb(64)) > 0).all()


def test_the_best_pairs_of_a_scan_get_it():
    rng = np.random.default_rng(1)
    logs = np.cumsum(rng.normal(size=(300, 9)) * 0.01, axis=0)
    prices = pd.DataFrame(np.exp(logs), columns=[f"S{i}" for i in range(9)])
    scan = sl.discover_pairs(prices, dfa=10, progress=False)
    frame = scan.to_frame()
    assert frame["hurst_dfa"].notna().tolist() == [True] * 10 + [False] * 26
    for row in frame.head(10).itertuples():
        pair = sl.test_pair(prices[row.dependent], prices[row.hedge])
        assert row.hurst_dfa == pytest.approx(pair.hurst_dfa, rel=1e-9)
    assert sl.discover_pairs(prices, dfa=0, progress=False).to_frame()["hurst_dfa"].isna().all()
    assert sl.discover_pairs(prices, progress=False).to_frame()["hurst_dfa"].notna().all()
    with pytest.raises(sl.InvalidInputError, match="dfa"):
        sl.discover_pairs(prices, dfa=-1)
