"""One pair from test to trade against the public functions, scores against their formulas."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from statsmodels.tsa.stattools import coint

import spreadlab as sl
from spreadlab.client.appraisal import Terms, appraise
from tests.client.cases import pair, walks
from tests.oracles.ou_slow import ar1_fit


def test_a_pair_that_reverts():
    y, x = pair()
    found = appraise(y, x, Terms(transaction_cost=0.002), symbols=("A", "B"))
    assert (found.symbol1, found.symbol2, found.is_cointegrated) == ("A", "B", True)
    beta, intercept = np.polyfit(np.log(x), np.log(y), 1)
    assert found.beta == pytest.approx(beta, rel=1e-9)
    assert found.p_value == pytest.approx(
        coint(np.log(y), np.log(x), autolag="aic")[1], rel=1e-6, abs=1e-12
    )
    spread = np.log(y) - beta * np.log(x) - intercept
    phi, theta, variance = ar1_fit(spread.tolist())
    kappa = -math.log(phi) * 252
    assert found.kappa == pytest.approx(kappa, rel=1e-6)
    assert found.theta == pytest.approx(theta, abs=1e-9)
    assert found.sigma == pytest.approx(math.sqrt(variance * 2 * kappa / (1 - phi**2)), rel=1e-6)
    assert found.half_life == pytest.approx(math.log(2) / kappa, rel=1e-6)
    assert found.lower_boundary < found.theta < found.upper_boundary

    tested = sl.test_pair(y, x)
    policy = sl.solve_hjb(
        sl.estimate_ou(tested.spread), discount=0.04, cost=sl.spread_cost(tested, 20.0)
    )
    traded = sl.backtest(tested.prices, pair=tested, policy=policy, cost_bps=20.0)
    assert found.hurst == tested.hurst
    assert found.upper_boundary == policy.thresholds.enter_short
    assert found.total_return == traded.total_return > 0
    assert (found.sharpe_ratio, found.max_drawdown) == (traded.sharpe, traded.max_drawdown)
    assert (found.num_trades, found.win_rate) == (len(traded.trades), traded.metrics.hit_rate)

    assert found.coint_score == 1 - found.p_value
    assert found.meanrev_score == pytest.approx((0.5 - found.hurst) / 0.2)
    assert found.profit_score == 1 + found.total_return
    assert found.combined_score == pytest.approx(
        (1 - found.p_value) * (0.5 - found.hurst) / 0.2 * (1 + max(0.0, found.total_return))
    )


def test_costs_are_taken_off():
    y, x = pair()
    earned = [
        appraise(y, x, Terms(transaction_cost=cost), symbols=("A", "B")).total_return
        for cost in (1e-5, 1e-3, 1e-2)
    ]
    assert earned == sorted(earned, reverse=True)


def test_a_loss_does_not_lower_the_score_below_one():
    y, x = pair()
    found = appraise(y, x, Terms(), symbols=("A", "B"))
    loser = dataclasses.replace(found, total_return=-0.3)
    assert loser.profit_score == 1.0
    assert loser.combined_score == pytest.approx(found.coint_score * found.meanrev_score)


def test_a_pair_without_a_mean_has_no_fit_and_says_why():
    rng = np.random.default_rng(0)
    x = walks(1)[:, 0]
    # The distance itself grows: phi of the residual is above one.
    y = np.exp(np.log(x) + np.cumsum(np.cumsum(1e-4 * rng.normal(size=len(x)))))
    found = appraise(y, x, Terms(), symbols=("A", "B"))
    assert not found.is_cointegrated
    assert "not mean-reverting" in found.reason
    assert np.isnan([found.kappa, found.half_life, found.total_return, found.combined_score]).all()
    assert 0.0 < found.p_value <= 1.0
    assert found.num_trades == 0


@pytest.mark.parametrize(
    ("y", "x", "words"),
    [
        ([1, 2, 3], [2, 4, 6], "prices1: too short, 3 observations; must be at least 30"),
        (np.ones(50), np.arange(1.0, 51), "prices1: constant"),
        (np.arange(1.0, 51), -np.arange(1.0, 51), "prices2: .*positive"),
        (np.arange(1.0, 51), np.arange(1.0, 40), "prices2: 39|lengths"),
        (2 * pair()[1], pair()[1], "near_duplicate"),
    ],
)
def test_prices_without_an_answer_are_named(y, x, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        appraise(y, x, Terms(), symbols=("A", "B"))


@pytest.mark.parametrize("name", ["significance", "min_hurst", "transaction_cost"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 3.0])
def test_terms_are_checked(name, value):
    with pytest.raises(sl.InvalidInputError, match=name):
        Terms(**{name: value})
