"""Johansen's test against statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.coint_tables import c_sja, c_sjt
from statsmodels.tsa.vector_ar.vecm import coint_johansen

from spreadlab import InvalidInputError
from spreadlab.api_discovery import johansen
from spreadlab.discovery.johansen import critical_table, johansen_test

ORDERS = {"n": -1, "c": 0, "ct": 1}


def basket(seed: int) -> tuple[np.ndarray, int]:
    """Random walks, of which some combinations may be stationary; random units."""
    rng = np.random.default_rng(seed)
    n_series, n_obs = int(rng.integers(2, 13)), int(rng.integers(120, 500))
    steps = rng.standard_t(5, size=(n_obs, n_series))
    series = np.cumsum(steps, axis=0)
    for k in range(1, n_series):
        if rng.random() < 0.4:
            series[:, k] = series[:, :k] @ rng.normal(size=k) + 3.0 * steps[:, k]
    return series * 10.0 ** rng.uniform(-1, 3, size=n_series), int(rng.integers(0, 4))


@pytest.mark.parametrize("seed", range(200))
def test_equals_statsmodels(seed):
    series, lags = basket(seed)
    trend = ("n", "c", "ct")[seed % 3]
    expected = coint_johansen(series, ORDERS[trend], lags)
    got = johansen_test(series, trend=trend, lags=lags)
    np.testing.assert_allclose(got.eigenvalues, expected.eig.real, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(got.trace, expected.lr1.real, rtol=1e-7)
    np.testing.assert_allclose(got.max_eigenvalue, expected.lr2.real, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(got.trace_critical, expected.cvt)
    np.testing.assert_allclose(got.max_critical, expected.cvm)
    ours = got.vectors / np.linalg.norm(got.vectors, axis=0)
    theirs = expected.evec.real / np.linalg.norm(expected.evec.real, axis=0)
    cosine = np.abs((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(cosine, 1.0, atol=1e-6)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_tables_equal_statsmodels(trend):
    for n in range(1, 13):
        assert critical_table(trend, "trace")[n - 1].tolist() == list(c_sjt(n, ORDERS[trend]))
        assert critical_table(trend, "max")[n - 1].tolist() == list(c_sja(n, ORDERS[trend]))


def prices(n_obs: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    x = np.cumsum(rng.normal(size=(n_obs, 2)), axis=0) * 0.01
    e = np.zeros(n_obs)
    for t in range(1, n_obs):
        e[t] = 0.7 * e[t - 1] + 0.01 * rng.normal()
    logs = np.column_stack([x[:, 0] + 0.5 * x[:, 1] + e, x])
    return pd.DataFrame(50 * np.exp(logs), columns=["Y", "A", "B"])


def test_finds_the_planted_relation():
    result = johansen(prices())
    assert (result.rank, result.rank_max) == (1, 1)
    np.testing.assert_allclose(result.weights(), [1.0, -1.0, -0.5], atol=0.1)
    spread = result.spread()
    assert abs(spread.mean()) < 1e-12
    assert spread.std() < 0.05
    assert "1 relation holds the 3 legs" in result.explain()
    assert repr(result).startswith("JohansenResult(Y, A, B: rank=1")
    assert "r &lt;= 2" in result._repr_html_()
    assert list(result.to_frame().columns)[:2] == ["eigenvalue", "trace"]
    assert result.plot().to_png().startswith(b"\x89PNG")
    assert johansen(prices()[["A", "B"]]).rank == 0
    with pytest.raises(InvalidInputError, match="relation"):
        result.weights(3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p[["Y"]], "1 symbol"),
        (lambda p: pd.concat([p.add_suffix(str(k)) for k in range(5)], axis=1), "2 to 12"),
        (lambda p: p.assign(C=p["A"] * 2.0), "collinear"),
        (lambda p: p.assign(C=3.0), "constant"),
        (lambda p: p.iloc[:20], "too short"),
        (lambda p: p.assign(C=1.0 + np.arange(600) % 2), "without error"),
    ],
)
def test_baskets_that_have_no_answer(change, words):
    with pytest.raises(InvalidInputError, match=words):
        johansen(change(prices()))


def test_options_are_checked():
    with pytest.raises(InvalidInputError, match="trend"):
        johansen(prices(), trend="ctt")
    with pytest.raises(InvalidInputError, match="lags"):
        johansen(prices(), lags=200)
    with pytest.raises(InvalidInputError, match="lags"):
        johansen(prices(), lags=-1)
