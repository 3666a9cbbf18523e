"""Unit-root tests of single columns against statsmodels, and the flags they raise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.stattools import adfuller

import spreadlab as sl
from spreadlab.discovery.kernels.direct import adf_nb
from spreadlab.discovery.kernels.legs import leg_statistics_nb
from spreadlab.discovery.legs import leg_pvalues, zero_shares
from spreadlab.discovery.products import Side, padded_width
from spreadlab.discovery.rules import criterion_code, inflation, moment_lag, search_lag


def columns(n_obs: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(4, size=(n_obs, 9))
    series = np.cumsum(noise, axis=0)
    for t in range(1, n_obs):
        series[t, 3] = 0.7 * series[t - 1, 3] + noise[t, 3]
        series[t, 4] = 0.97 * series[t - 1, 4] + noise[t, 4]
    return series * 10.0 ** rng.uniform(-2, 4, size=9) + 100.0


@pytest.mark.parametrize("lags", ["aic", "bic", 0, 5])
@pytest.mark.parametrize("n_obs", [40, 300])
def test_equals_statsmodels(lags, n_obs):
    series = columns(n_obs, n_obs)
    options = {"autolag": lags} if isinstance(lags, str) else {"maxlag": lags, "autolag": None}
    expected = [adfuller(s, regression="c", result_object=False, **options)[:2] for s in series.T]
    K = moment_lag(lags, n_obs)
    side = Side.of(series, K)
    statistics = np.full(9, np.nan)
    longest, code = search_lag(lags, n_obs), criterion_code(lags)
    leg_statistics_nb(
        n_obs,
        K,
        -1 if code else longest,
        inflation(lags, n_obs),
        9,
        *side.turned(padded_width(9)),
        statistics,
    )
    np.testing.assert_allclose(statistics, [e[0] for e in expected], rtol=1e-9)
    direct = [adf_nb(np.ascontiguousarray(s), longest, code) for s in series.T]
    np.testing.assert_allclose(direct, [e[0] for e in expected], rtol=1e-9)
    pvalues = leg_pvalues(series, side, lags)
    np.testing.assert_allclose(pvalues, [e[1] for e in expected], atol=1e-9)


def test_a_constant_or_smooth_leg():
    rng = np.random.default_rng(1)
    smooth = np.cumsum(np.cumsum(np.cumsum(rng.normal(size=300))))
    series = np.column_stack([np.full(300, 2.0), smooth])
    pvalues = leg_pvalues(series, Side.of(series, moment_lag("aic", 300)), "aic")
    assert np.isnan(pvalues[0])
    expected = adfuller(smooth, result_object=False)[1]
    assert pvalues[1] == pytest.approx(expected, abs=1e-6)


def test_flags_name_stale_and_stationary_legs():
    rng = np.random.default_rng(3)
    walk = np.exp(np.cumsum(rng.normal(size=(400, 3)), axis=0) * 0.01)
    stale = walk[:, 1].copy()
    for t in range(1, 400):
        if rng.random() < 0.54:
            stale[t] = stale[t - 1]
    level = np.exp(rng.normal(size=400) * 0.01)
    names = ["walk", "stale", "level", "other"]
    prices = pd.DataFrame(np.column_stack([walk[:, 0], stale, level, walk[:, 2]]), columns=names)
    scan = sl.discover_pairs(prices, progress=False)
    assert scan.zero_share[1] == pytest.approx(0.54, abs=0.06)
    np.testing.assert_array_equal(zero_shares(prices.to_numpy()), scan.zero_share)
    for row in scan.to_frame().itertuples():
        for leg, symbol in (("dependent", row.dependent), ("hedge", row.hedge)):
            assert (f"stale {leg}" in row.flags) == (symbol == "stale")
            assert (f"stationary {leg}" in row.flags) == (
                scan.leg_pvalue[names.index(symbol)] < 0.05
            )
    assert scan.leg_pvalue[2] < 1e-6
    polars = scan.to_polars()
    assert polars.columns == list(scan.to_frame().columns)
