"""The honest result on real prices: twenty large caps, 2014 to 2022, out of sample."""

import math

import pytest

import spreadlab as sl
from spreadlab.api_backtest import walk_forward


@pytest.fixture(scope="module")
def prices():
    return sl.data.load_sp500(start="2014-01-01", end="2022-12-28")


def test_after_adjustment_next_to_nothing_is_left_to_trade(prices):
    wf = walk_forward(prices)
    assert wf.n_folds == 13
    assert wf.folds["n_tests"].sum() == 13 * 380
    assert wf.folds["n_raw"].sum() > 200
    assert wf.folds["n_selected"].sum() == 2
    assert wf.in_sample_sharpe > 1.5
    assert wf.sharpe < 0.5
    assert wf.sharpe - 2 * wf.sharpe_stderr < 0  # not to be told from nothing


def test_without_adjustment_it_loses_money(prices):
    wf = walk_forward(prices, select="raw")
    assert wf.in_sample_sharpe > 2.5
    assert wf.sharpe < -0.5
    assert wf.survival < 0.4
    assert math.isclose(wf.folds["pnl"].sum(), wf.equity[-1] - wf.capital, rel_tol=1e-9)
