"""Metrics against empyrical, and their answers where there is none."""

import math

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases

import spreadlab as sl
from spreadlab.backtest import kernels_metrics
from spreadlab.backtest.metrics import drawdown_of, longest_run, returns_of, sharpe_of
from spreadlab.backtest.significance import moments_of, sharpe_stderr


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), rule=cases.RULES, options=cases.OPTIONS)
def test_plain_metrics_equal_empyrical(seed, rule, options):
    panel = cases.make_panel(60, seed)
    bt = sl.backtest(panel, pair=cases.make_pair(), policy=rule, **options)
    m, years = bt.metrics, {"annualization": options["periods_per_year"]}
    growth = np.diff(bt.equity, prepend=bt.capital) / np.concatenate([[bt.capital], bt.equity[:-1]])
    if options["compounding"]:
        np.testing.assert_allclose(bt.returns, growth, rtol=1e-12, atol=1e-15)
    assert m.volatility == pytest.approx(
        empyrical.annual_volatility(bt.returns, **years), rel=1e-10
    )
    assert m.total_return == pytest.approx(empyrical.cum_returns_final(growth), rel=1e-9, abs=1e-12)
    assert m.cagr == pytest.approx(empyrical.cagr(growth, **years), rel=1e-8, abs=1e-10)
    assert m.max_drawdown == pytest.approx(empyrical.max_drawdown(growth), rel=1e-8, abs=1e-12)
    if bt.trades.size and np.ptp(bt.returns) > 0:
        assert m.sharpe == pytest.approx(
            empyrical.sharpe_ratio(bt.returns, **years), rel=1e-9, abs=1e-10
        )
        assert m.sortino == pytest.approx(
            empyrical.sortino_ratio(bt.returns, **years), rel=1e-9, abs=1e-10
        )
    if m.max_drawdown < -1e-9:
        assert m.calmar == pytest.approx(empyrical.calmar_ratio(growth, **years), rel=1e-6)


def test_trade_metrics_by_hand():
    bt = sl.backtest(
        cases.make_panel(400, 2),
        pair=cases.make_pair(),
        policy=sl.ZScoreRule(20, 1.0, 0.0),
        cost_bps=5.0,
    )
    pnl = bt.trades["pnl"]
    m = bt.metrics
    assert m.n_trades == len(pnl) > 5
    assert m.hit_rate == pytest.approx((pnl > 0).mean())
    assert m.profit_factor == pytest.approx(pnl[pnl > 0].sum() / -pnl[pnl < 0].sum())
    assert m.average_holding == pytest.approx((bt.trades["exit"] - bt.trades["entry"]).mean())
    assert m.exposure == pytest.approx((bt.positions != 0).mean())
    before = np.vstack([np.zeros(2), bt.shares[:-1]])
    prices = cases.make_panel(400, 2).prices
    traded = (np.abs(bt.shares - before) * prices).sum() / bt.capital
    assert m.turnover == pytest.approx(traded / (400 / 252), rel=1e-10)


def test_without_a_trade_nothing_is_made_up():
    bt = sl.backtest(
        cases.make_panel(50, 1), pair=cases.make_pair(), policy=sl.ThresholdRule(-9, 0, 9, 0)
    )
    for name in ("sharpe", "sortino", "calmar", "hit_rate", "profit_factor", "average_holding"):
        assert math.isnan(getattr(bt.metrics, name)), name
    assert bt.metrics.total_return == bt.metrics.max_drawdown == bt.metrics.turnover == 0
    assert "sharpe=n/a" in repr(bt)


def test_returns_have_no_value_once_the_base_is_gone():
    returns = returns_of(np.array([100.0, -5.0, 10.0]), 100.0, compounding=True)
    np.testing.assert_array_equal(returns, [0.0, -1.05, np.nan])
    assert math.isnan(sharpe_of(returns, 252))
    np.testing.assert_allclose(
        returns_of(np.array([100.0, -5.0, 10.0]), 100.0, compounding=False), [0, -1.05, 0.15]
    )


def test_drawdown_counts_the_capital_as_the_first_peak():
    equity = np.array([90.0, 100.0, 80.0, 120.0, 114.0])
    np.testing.assert_allclose(drawdown_of(equity, 100.0), [-0.1, 0, -0.2, 0, -0.05])
    assert longest_run(np.array([True, True, False, True, True, True])) == 3
    assert longest_run(np.array([False, False])) == 0


def test_sharpe_of_constant_returns_does_not_exist():
    assert math.isnan(sharpe_of(np.full(50, 0.1), 252))
    assert math.isnan(sharpe_of(np.array([0.1]), 252))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_obs=st.integers(1, 150),
    compounding=st.booleans(),
    drift=st.sampled_from([0.0, 30.0, -30.0]),
)
def test_the_fused_pass_equals_the_formulas_one_by_one(seed, n_obs, compounding, drift):
    rng = np.random.default_rng(seed)
    equity = 1000.0 + np.cumsum(rng.normal(drift, 20.0, n_obs) * rng.integers(0, 2, n_obs))
    positions, traded = rng.integers(-1, 2, n_obs).astype(float), rng.uniform(0, 50, n_obs)
    returns, drawdown, m = kernels_metrics.summary_nb(
        equity, positions, traded, 1000.0, compounding, 3
    )
    expected = returns_of(equity, 1000.0, compounding=compounding)
    np.testing.assert_allclose(returns, expected, rtol=1e-12)
    np.testing.assert_allclose(drawdown, drawdown_of(equity, 1000.0), rtol=1e-12, atol=1e-15)
    tight = {"rel": 1e-8, "abs": 1e-13, "nan_ok": True}
    if not math.isnan(m[kernels_metrics.SKEW]):  # returns that never move have no ratio
        ratio = m[kernels_metrics.MEAN] / math.sqrt(m[kernels_metrics.VARIANCE])
        assert ratio == pytest.approx(sharpe_of(expected, 1.0), **tight)
    assert m[kernels_metrics.STDERR] == pytest.approx(sharpe_stderr(expected, 3), **tight)
    skew, kurtosis = moments_of(expected)
    assert m[kernels_metrics.SKEW] == pytest.approx(skew, **tight)
    assert m[kernels_metrics.KURTOSIS] == pytest.approx(kurtosis, **tight)
    assert m[kernels_metrics.LONGEST] == longest_run(drawdown < 0)
    assert m[kernels_metrics.EXPOSURE] == np.mean(positions != 0)
