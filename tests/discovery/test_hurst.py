"""The Hurst exponent of one series against slow versions, known processes and its errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.discovery.dfa import dfa_exponent


def slow(series, max_lag):
    steps = np.arange(1, max_lag + 1)
    late = series[max_lag:]
    squares = [np.mean((late - series[max_lag - h : len(series) - h]) ** 2) for h in steps]
    return np.polyfit(np.log(steps), np.log(squares), 1)[0] / 2


def autoregression(seed, n, phi):
    rng = np.random.default_rng(seed)
    series = np.zeros(n)
    for t in range(1, n):
        series[t] = phi * series[t - 1] + rng.normal()
    return series


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(64, 500),
    phi=st.floats(-0.5, 1.0),
    max_lag=st.integers(2, 32),
    scale=st.floats(1e-3, 1e3),
)
def test_both_equal_the_slow_versions_in_any_unit(seed, n, phi, max_lag, scale):
    series = autoregression(seed, n, phi)
    result = sl.hurst(5.0 + scale * series, max_lag=max_lag)
    assert result.exponent == pytest.approx(slow(series, max_lag), rel=1e-6, abs=1e-8)
    assert float(sl.hurst(series, method="dfa")) == pytest.approx(dfa_exponent(series), rel=1e-12)


def test_known_processes():
    walk = np.random.default_rng(0).normal(size=20_000).cumsum()
    noise = np.random.default_rng(1).normal(size=20_000)
    for method in ("generalized", "dfa"):
        assert sl.hurst(walk, method=method).exponent == pytest.approx(0.5, abs=0.05)
        assert sl.hurst(noise, method=method).exponent == pytest.approx(0.0, abs=0.02)
    assert sl.hurst(3.0 * np.arange(100.0)).exponent == pytest.approx(1.0, abs=1e-12)


def test_equals_the_exponent_of_a_pair_on_the_same_window():
    rng = np.random.default_rng(3)
    x = np.exp(0.01 * rng.normal(size=300).cumsum())
    pair = sl.test_pair(x * np.exp(0.01 * autoregression(4, 300, 0.8)), x, lags=0)
    # With fixed lags a pair's sample starts at bar 10, like that of max_lag=10.
    assert sl.hurst(pair.spread, max_lag=10).exponent == pytest.approx(pair.hurst, rel=1e-9)


def test_the_result_shows_what_it_was_read_from():
    result = sl.hurst(autoregression(0, 200, 0.9), max_lag=5)
    assert repr(result).startswith("HurstResult(exponent=0.")
    assert "0.5 for a random walk" in result._repr_html_()
    frame = result.to_frame()
    assert frame["scale"].tolist() == [1, 2, 3, 4, 5]
    logs = np.log(frame)
    assert np.polyfit(logs["scale"], logs["mean_square"], 1)[0] / 2 == pytest.approx(
        result.exponent
    )
    with pytest.raises(ValueError, match="read-only"):
        result.mean_squares[0] = 0.0
    assert result.plot().to_png().startswith(b"\x89PNG")
    assert result.provenance["spec"].max_lag == 5


@pytest.mark.parametrize(
    ("series", "options", "words"),
    [
        (np.arange(29.0), {}, "series: too short, 29 observations; must be at least 30"),
        (np.arange(63.0), {"method": "dfa"}, "at least 64"),
        (np.arange(60.0), {"max_lag": 31}, "max_lag: got 31 with 60 observations"),
        (np.arange(60.0), {"max_lag": 1}, "max_lag: got 1"),
        (np.arange(60.0), {"method": "rs"}, "method: got 'rs'"),
        (np.ones(60), {}, "constant"),
        (np.where(np.arange(60) == 7, np.nan, np.arange(60.0)), {}, "position 7|1 missing value"),
    ],
)
def test_bad_input_is_named(series, options, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        sl.hurst(series, **options)
