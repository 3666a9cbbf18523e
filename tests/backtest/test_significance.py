"""Sharpe ratios and what they are worth: published figures, other libraries, simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.sandwich_covariance import S_hac_simple
from tests.backtest import cases

import spreadlab as sl
from spreadlab.backtest.significance import (
    deflated_sharpe_ratio,
    effective_trials,
    expected_best_sharpe,
    moments_of,
    newey_west_lags,
    probabilistic_sharpe_ratio,
    sharpe_stderr,
)


def test_worked_example_of_bailey_and_lopez_de_prado():
    """Annual 2.5 on 1250 days, skew -3, kurtosis 10, variance of annual ratios 1/2."""
    example = {"sharpe": 2.5 / math.sqrt(250), "n_obs": 1250, "variance": 0.5 / 250}
    tails = {"skew": -3.0, "kurtosis": 10.0}
    assert expected_best_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(**example, n_trials=100, **tails) == pytest.approx(
        0.9004, abs=5e-5
    )
    assert deflated_sharpe_ratio(**example, n_trials=46, **tails) == pytest.approx(0.9505, abs=5e-4)
    assert deflated_sharpe_ratio(**example, n_trials=88) == pytest.approx(0.9505, abs=5e-4)


def test_expected_best_is_close_to_the_mean_of_the_maximum():
    random = np.random.default_rng(0)
    for n in (10, 100, 1000):
        best = random.normal(0, 2.0, (4000, n)).max(axis=1).mean()
        assert expected_best_sharpe(n, 4.0) == pytest.approx(best, rel=0.03)
    assert expected_best_sharpe(1, 4.0) == 0.0
    assert expected_best_sharpe(1.01, 4.0) == 0.0
    assert math.isnan(expected_best_sharpe(5, math.nan))


@given(st.integers(3, 200), st.integers(0, 8), st.integers(0, 2**32 - 1))
def test_standard_error_equals_the_sandwich_of_statsmodels(n_obs, lags, seed):
    r = np.random.default_rng(seed).standard_t(5, n_obs) * 0.01 + 0.002
    lags = min(lags, n_obs - 1)
    mean, sd = r.mean(), r.std()
    moments = np.column_stack([r - mean, (r - mean) ** 2 - sd**2])
    slope = np.array([1 / sd, -mean / (2 * sd**3)])
    omega = S_hac_simple(moments, nlags=lags) / n_obs
    expected = math.sqrt(slope @ omega @ slope / n_obs)
    assert sharpe_stderr(r, lags) == pytest.approx(expected, rel=1e-8)


def test_standard_error_without_lags_is_the_moment_formula():
    r = np.random.default_rng(1).standard_t(6, 500) * 0.01 + 0.001
    ratio = r.mean() / r.std()
    skew, kurtosis = moments_of(r)
    assert skew == pytest.approx(stats.skew(r))
    assert kurtosis == pytest.approx(stats.kurtosis(r, fisher=False))
    expected = math.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / 500)
    assert sharpe_stderr(r, 0) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_standard_error_is_the_spread_of_ratios_in_simulation(phi):
    random = np.random.default_rng(3)
    noise = random.normal(0, 1, (1500, 1200))
    r = np.empty_like(noise)
    r[:, 0] = noise[:, 0]
    for t in range(1, r.shape[1]):
        r[:, t] = phi * r[:, t - 1] + noise[:, t]
    r = r[:, 200:] + 0.1
    ratios = r.mean(axis=1) / r.std(axis=1, ddof=1)
    claimed = np.median([sharpe_stderr(row) for row in r])
    assert claimed == pytest.approx(ratios.std(), rel=0.1)


def test_probabilistic_ratio_by_formula():
    value = probabilistic_sharpe_ratio(0.1, 250, -0.5, 5.0, 0.02)
    z = 0.08 * math.sqrt(249) / math.sqrt(1 + 0.05 + 0.01)
    assert value == pytest.approx(stats.norm.cdf(z), rel=1e-12)
    assert math.isnan(probabilistic_sharpe_ratio(math.nan, 250, 0, 3))
    assert math.isnan(probabilistic_sharpe_ratio(2.0, 250, 1.0, 1.5))  # no positive variance


def test_a_backtest_knows_its_own():
    bt = sl.backtest(
        cases.make_panel(500, 3), pair=cases.make_pair(), policy=sl.ZScoreRule(20, 1.0, 0.0)
    )
    m, year = bt.metrics, math.sqrt(252)
    assert m.sharpe_stderr == pytest.approx(sharpe_stderr(bt.returns) * year)
    expected = probabilistic_sharpe_ratio(m.sharpe / year, 500, m.skew, m.kurtosis, 1.0 / year)
    assert bt.probabilistic_sharpe(1.0) == expected
    assert bt.probabilistic_sharpe(bt.sharpe) == pytest.approx(0.5)


def test_where_there_is_no_answer():
    assert math.isnan(sharpe_stderr(np.full(20, 0.01)))
    assert math.isnan(sharpe_stderr(np.array([0.1, 0.2])))
    assert all(math.isnan(value) for value in moments_of(np.full(5, 1.0)))
    assert newey_west_lags(100) == 4
    with pytest.raises(sl.InvalidInputError, match="n_trials"):
        deflated_sharpe_ratio(0.1, 100, n_trials=0.5, variance=0.1)
    with pytest.raises(sl.InvalidInputError, match="kurtosis"):
        deflated_sharpe_ratio(0.1, 100, n_trials=5, variance=0.1, kurtosis=0.0)


def test_effective_trials_between_one_and_all():
    assert effective_trials(100, 1.0) == 1.0
    assert effective_trials(100, 0.0) == effective_trials(100, -0.3) == 100.0
    assert effective_trials(100, 0.5) == 50.5


def test_the_best_of_many_random_strategies_is_significant_until_deflated():
    """200 strategies of pure noise: the best looks good alone, and not once it is one of 200."""
    random = np.random.default_rng(8)
    returns = random.normal(0, 0.01, (200, 1000))
    ratios = returns.mean(axis=1) / returns.std(axis=1, ddof=1)
    best = int(np.argmax(ratios))
    skew, kurtosis = moments_of(returns[best])
    naive = probabilistic_sharpe_ratio(ratios[best], 1000, skew, kurtosis)
    deflated = deflated_sharpe_ratio(
        ratios[best],
        1000,
        n_trials=200,
        variance=float(ratios.var(ddof=1)),
        skew=skew,
        kurtosis=kurtosis,
    )
    assert naive > 0.99
    assert deflated < 0.9
