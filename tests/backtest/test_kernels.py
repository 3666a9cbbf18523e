"""The compiled simulation against the slow cash account, over every option."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases
from tests.oracles import backtest_slow

import spreadlab as sl
from spreadlab.backtest import kernels

PAIRS = st.builds(
    cases.make_pair,
    hedge_ratio=st.sampled_from([0.8, 1.0, 0.0, -0.5, 1.7]),
    intercept=st.sampled_from([0.0, 0.1, -0.05]),
)


def assert_same(result, book, spread, capital):
    tight = {"rtol": 1e-10, "atol": 1e-10 * capital}
    np.testing.assert_allclose(result.spread, spread, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(result.positions, book.positions)
    np.testing.assert_allclose(result.shares, book.shares, **tight)
    np.testing.assert_allclose(result.equity, book.equity, **tight)
    for kind in ("commission", "slippage", "borrow"):
        np.testing.assert_allclose(getattr(result.costs, kind), getattr(book, kind), **tight)
    assert result.trades["entry"].tolist() == [trade["entry"] for trade in book.trades]
    assert result.trades["exit"].tolist() == [trade["exit"] for trade in book.trades]
    assert result.trades["direction"].tolist() == [trade["direction"] for trade in book.trades]
    for name in ("pnl", "entry_prices", "exit_prices", "shares"):
        expected = [trade[name] for trade in book.trades]
        if expected:
            np.testing.assert_allclose(result.trades[name], expected, **tight)
    for row, trade in zip(result.trades, book.trades, strict=True):
        marks = [*trade.get("marks", []), trade["pnl"], 0.0]
        np.testing.assert_allclose([row["mae"], row["mfe"]], [min(marks), max(marks)], **tight)
        assert (row["reason"] == "end") == (trade["reason"] == "end")
        assert (row["reason"] == "open") == (trade["reason"] == "open")


@settings(max_examples=500)
@given(
    n_obs=st.integers(2, 60),
    seed=st.integers(0, 2**32 - 1),
    pair=PAIRS,
    rule=cases.RULES,
    options=cases.OPTIONS,
)
def test_kernel_equals_the_cash_account(n_obs, seed, pair, rule, options):
    panel = cases.make_panel(n_obs, seed)
    result = sl.backtest(panel, pair=pair, policy=rule, **options)
    spread, _, book = cases.slow_backtest(panel, pair, rule, options)
    assert_same(result, book, spread, options["capital"])
    profit = sum(result.trades["pnl"].tolist())
    assert result.equity[-1] == pytest.approx(options["capital"] + profit, rel=1e-12, abs=1e-9)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), options=cases.OPTIONS, steps=st.integers(1, 3))
def test_raw_spreads_are_sized_in_shares(seed, options, steps):
    panel = cases.make_panel(50, seed)
    pair = cases.make_pair(0.6, 20.0, "none")
    middle = float(np.median(panel.prices @ [1, -0.6]) - 20.0)
    rule = sl.ThresholdRule(middle - steps, middle, middle + steps, middle)
    result = sl.backtest(panel, pair=pair, policy=rule, **options)
    spread, _, book = cases.slow_backtest(panel, pair, rule, options)
    assert_same(result, book, spread, options["capital"])
    held = result.shares[result.positions != 0]
    np.testing.assert_allclose(held[:, 1], -0.6 * held[:, 0], rtol=1e-12)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), options=cases.OPTIONS, rule=cases.RULES)
def test_a_hedge_ratio_that_moves_counts_at_the_decision(seed, options, rule):
    panel = cases.make_panel(50, seed)
    rng = np.random.default_rng(seed)
    pair = cases.make_pair(0.8 + rng.normal(0, 0.005, 50), 0.1 + rng.normal(0, 0.005, 50))
    result = sl.backtest(panel, pair=pair, policy=rule, **options)
    spread, _, book = cases.slow_backtest(panel, pair, rule, options)
    assert_same(result, book, spread, options["capital"])


@pytest.mark.parametrize("compounding", [False, True])
def test_an_account_that_is_ruined_enters_nothing_more_when_compounding(compounding):
    b = np.full(9, 100.0)
    x = np.array([0.0, -0.1, -0.1, -1.5, 0.0, -0.1, -0.1, 0.0, 0.0])
    panel = sl.data.PricePanel(np.column_stack([b * np.exp(x), b]), ("KO", "PEP"))
    rule = sl.ThresholdRule(-0.05, 0.5, 0.6, -0.4)
    pair = cases.make_pair(1.0, 0.0)
    options = {"gross": 6.0, "compounding": compounding, "cost_bps": 100.0}
    stop = sl.backtest(panel, pair=pair, policy=rule, **options)
    _, _, book = cases.slow_backtest(panel, pair, rule, options)
    np.testing.assert_allclose(stop.equity, book.equity, rtol=1e-10)
    assert stop.equity.min() < 0
    assert np.isnan(stop.sharpe) == compounding


def test_more_than_two_legs_trade_with_their_weights():
    rng = np.random.default_rng(5)
    prices = np.exp(np.cumsum(rng.normal(0, 0.02, (80, 3)), axis=0)) * 40
    weights = (1.0, -0.7, 0.4)
    spread = np.log(prices) @ weights
    levels = np.quantile(spread, [0.2, 0.5, 0.8])
    targets = backtest_slow.threshold_targets(spread, levels[0], levels[1], levels[2], levels[1])
    book = backtest_slow.simulate(
        prices.tolist(),
        targets,
        [weights] * 80,
        transform="log",
        capital=1e6,
        gross=1.5,
        cost_bps=3.0,
        slippage_bps=2.0,
        borrow_bps=60.0,
        compounding=True,
        periods_per_year=252,
        close_at_end=True,
    )
    same = kernels.spread_nb(np.log(prices), np.array([weights]), np.zeros(1))
    np.testing.assert_allclose(same, spread, rtol=1e-12, atol=1e-12)
    equity, positions, shares, *_ = kernels.account_nb(
        prices,
        prices,
        np.array(targets, np.int8),
        np.zeros(80, np.int8),
        np.array([weights]),
        False,
        1e6,
        1.5,
        3e-4,
        2e-4,
        60e-4 / 252,
        True,
        True,
    )
    np.testing.assert_allclose(equity, book.equity, rtol=1e-10)
    np.testing.assert_array_equal(positions, book.positions)
    np.testing.assert_allclose(shares, book.shares, rtol=1e-10)


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), lookback=st.integers(2, 20))
def test_zscore_equals_the_definition(seed, lookback):
    spread = np.random.default_rng(seed).normal(1e3, 1e-3, 40)
    spread[10:20] = spread[10]
    fast = kernels.zscore_nb(spread, lookback)
    np.testing.assert_allclose(
        fast, backtest_slow.zscores(spread.tolist(), lookback), rtol=1e-7, atol=1e-7
    )
    np.testing.assert_allclose(fast, kernels.zscore_nb.py_func(spread, lookback), rtol=1e-9)


def test_compiled_account_equals_its_python_twin():
    panel = cases.make_panel(40, 3)
    spread = np.log(panel.prices) @ [1, -0.8] - 0.1
    targets, reasons = sl.ZScoreRule(10, 1.0, 0.0).path(spread)
    arguments = (
        panel.prices,
        panel.opens,
        targets,
        reasons,
        np.array([[1.0, -0.8]]),
        False,
        1e6,
        1.0,
        1e-4,
        1e-4,
        1e-5,
        True,
        False,
    )
    compiled = kernels.account_nb(*arguments)
    plain = kernels.account_nb.py_func(*arguments)
    for a, b in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-9)
