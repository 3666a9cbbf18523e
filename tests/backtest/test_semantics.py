"""What must hold for any rule and any prices: no look-ahead, symmetry, scale, costs that cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases

import spreadlab as sl
from spreadlab.backtest import kernels

SEEDS = st.integers(0, 2**32 - 1)
ARRAYS = ("equity", "returns", "positions", "shares", "exposures", "spread", "drawdown")


def noisy_after(panel, t, seed):
    """Return the panel with every price after bar t replaced by noise."""
    rng = np.random.default_rng(seed)
    prices, opens = panel.prices.copy(), panel.opens.copy()
    prices[t + 1 :] = np.exp(rng.normal(3.9, 0.3, prices[t + 1 :].shape))
    opens[t + 1 :] = np.exp(rng.normal(3.9, 0.3, opens[t + 1 :].shape))
    return sl.data.PricePanel(prices, panel.symbols, opens=opens)


@settings(max_examples=100)
@given(seed=SEEDS, t=st.integers(1, 58), rule=cases.RULES, options=cases.OPTIONS)
def test_noise_in_the_future_changes_nothing_before_it(seed, t, rule, options):
    panel = cases.make_panel(60, seed)
    pair = cases.make_pair()
    before = sl.backtest(panel, pair=pair, policy=rule, **options)
    after = sl.backtest(noisy_after(panel, t, seed), pair=pair, policy=rule, **options)
    for name in ARRAYS:
        a, b = getattr(before, name)[: t + 1], getattr(after, name)[: t + 1]
        np.testing.assert_array_equal(a, b, err_msg=name)
    np.testing.assert_array_equal(before.costs.total[: t + 1], after.costs.total[: t + 1])
    if t < 58 and options["fill"] == "next_close":  # what bar t + 1 holds was decided at t
        assert before.positions[t + 1] == after.positions[t + 1] or options["compounding"]


@settings(max_examples=60)
@given(seed=SEEDS, rule=cases.RULES, options=cases.OPTIONS)
def test_positions_are_the_targets_of_the_bar_before(seed, rule, options):
    panel = cases.make_panel(50, seed)
    options = options | {"compounding": False}
    result = sl.backtest(panel, pair=cases.make_pair(), policy=rule, **options)
    targets, _ = rule.path(result.spread)
    expected = np.concatenate([[0], targets[:-1]])
    if options["close_at_end"]:
        expected[-1] = 0
    np.testing.assert_array_equal(result.positions, expected)


@settings(max_examples=60)
@given(seed=SEEDS, rule=cases.zscores(), options=cases.OPTIONS, factor=st.sampled_from([0.01, 2.0]))
def test_the_unit_of_prices_changes_nothing(seed, rule, options, factor):
    panel = cases.make_panel(50, seed)
    scaled = sl.data.PricePanel(panel.prices * factor, panel.symbols, opens=panel.opens * factor)
    a = sl.backtest(panel, pair=cases.make_pair(), policy=rule, **options)
    b = sl.backtest(scaled, pair=cases.make_pair(), policy=rule, **options)
    np.testing.assert_allclose(a.equity, b.equity, rtol=1e-10)
    np.testing.assert_allclose(a.exposures, b.exposures, rtol=1e-9, atol=1e-9 * a.capital)


@settings(max_examples=60)
@given(seed=SEEDS, rule=cases.thresholds(), options=cases.OPTIONS)
def test_the_pair_seen_from_the_other_side_is_the_same_trade(seed, rule, options):
    panel = cases.make_panel(50, seed)
    flipped = sl.data.PricePanel(panel.prices[:, ::-1], panel.symbols, opens=panel.opens[:, ::-1])
    mirrored = sl.ThresholdRule(
        -rule.enter_short, -rule.exit_short, -rule.enter_long, -rule.exit_long
    )
    a = sl.backtest(panel, pair=cases.make_pair(1.0, 0.02), policy=rule, **options)
    b = sl.backtest(flipped, pair=cases.make_pair(1.0, -0.02), policy=mirrored, **options)
    np.testing.assert_array_equal(a.positions, -b.positions)
    np.testing.assert_allclose(a.equity, b.equity, rtol=1e-12)


@settings(max_examples=40)
@given(seed=SEEDS, rule=cases.RULES)
def test_without_costs_short_earns_what_long_loses(seed, rule):
    panel = cases.make_panel(60, seed)
    targets, reasons = rule.path(np.log(panel.prices) @ [1, -0.8] - 0.1)
    rest = (np.array([[1.0, -0.8]]), False, 1e6, 1.0, 0.0, 0.0, 0.0, False, True)
    long = kernels.account_nb(panel.prices, panel.prices, targets, reasons, *rest)[0]
    short = kernels.account_nb(panel.prices, panel.prices, -targets, reasons, *rest)[0]
    np.testing.assert_allclose(long - 1e6, 1e6 - short, rtol=0, atol=1e-6)


@settings(max_examples=60)
@given(
    seed=SEEDS,
    rule=cases.RULES,
    options=cases.OPTIONS,
    kind=st.sampled_from(["cost_bps", "slippage_bps", "borrow_bps"]),
)
def test_higher_costs_never_help(seed, rule, options, kind):
    panel = cases.make_panel(60, seed)
    options = options | {"compounding": False}
    cheap = sl.backtest(panel, pair=cases.make_pair(), policy=rule, **options)
    dear = sl.backtest(
        panel, pair=cases.make_pair(), policy=rule, **(options | {kind: options[kind] + 5.0})
    )
    assert (dear.equity <= cheap.equity + 1e-12 * cheap.capital).all()
    if cheap.trades.size and kind != "borrow_bps":
        assert dear.equity[-1] < cheap.equity[-1]


@settings(max_examples=40)
@given(seed=SEEDS, rule=cases.RULES, options=cases.OPTIONS)
def test_equity_is_what_holdings_earn_less_costs(seed, rule, options):
    panel = cases.make_panel(60, seed)
    options = options | {"fill": "next_close"}
    bt = sl.backtest(panel, pair=cases.make_pair(), policy=rule, **options)
    earned = (bt.shares[:-1] * np.diff(panel.prices, axis=0)).sum(axis=1)
    np.testing.assert_allclose(
        np.diff(bt.equity), earned - bt.costs.total[1:], rtol=0, atol=1e-10 * bt.capital
    )


def test_a_trade_by_hand():
    b = np.full(6, 50.0)
    a = np.array([50.0, 40.0, 42.0, 50.0, 55.0, 55.0])
    panel = sl.data.PricePanel(np.column_stack([a, b]), ("KO", "PEP"))
    bt = sl.backtest(
        panel,
        pair=cases.make_pair(1.0, 0.0),
        policy=sl.ThresholdRule(-0.1, 0.0, 0.5, 0.0),
        capital=1000.0,
        cost_bps=10.0,
        slippage_bps=100.0,
        borrow_bps=252.0,
    )
    shares_a, shares_b = 500 / 42, -500 / 50
    fee_in = 0.001 * (shares_a * 42 * 1.01 + 10 * 50 * 0.99)
    fee_out = 0.001 * (shares_a * 55 * 0.99 + 10 * 50 * 1.01)
    lent = 2 * 0.0001 * 10 * 50
    pnl = shares_a * (55 * 0.99 - 42 * 1.01) + shares_b * (50 * 1.01 - 50 * 0.99)
    [trade] = bt.trades
    assert (trade["entry"], trade["exit"], trade["holding"]) == (2, 4, 2)
    assert trade["pnl"] == pytest.approx(pnl - fee_in - fee_out - lent, rel=1e-12)
    assert bt.positions.tolist() == [0, 0, 1, 1, 0, 0]
    assert bt.equity[-1] == pytest.approx(1000 + trade["pnl"], rel=1e-14)
    assert trade["reason"] == "exit"
