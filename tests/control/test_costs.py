"""Basis points in units of the spread."""

from types import SimpleNamespace

import pytest

import spreadlab as sl

LOG = SimpleNamespace(hedge_ratio=-0.5, transform="log")
RAW = SimpleNamespace(hedge_ratio=2.0, transform="none")


def test_log_spread_counts_both_legs():
    assert sl.spread_cost(LOG, 10.0, 5.0) == pytest.approx(15e-4 * 1.5)


def test_raw_spread_counts_shares_at_mean_prices():
    prices = [[10.0, 20.0], [14.0, 40.0]]
    assert sl.spread_cost(RAW, 10.0, prices=prices) == pytest.approx(1e-3 * (12.0 + 2 * 30.0))
    pair = SimpleNamespace(hedge_ratio=2.0, transform="none", prices=prices)
    assert sl.spread_cost(pair, 10.0) == sl.spread_cost(RAW, 10.0, prices=prices)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: sl.spread_cost(LOG, -1.0), "cost_bps"),
        (lambda: sl.spread_cost(LOG, 1.0, float("nan")), "slippage_bps"),
        (lambda: sl.spread_cost(RAW, 1.0), "prices"),
        (lambda: sl.spread_cost(RAW, 1.0, prices=[1.0, -1.0]), "prices"),
        (lambda: sl.spread_cost(RAW, 1.0, prices=[1.0, 2.0, 3.0]), "prices"),
        (lambda: sl.spread_cost(object(), 1.0), "pair"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        call()
    assert caught.value.argument == argument
