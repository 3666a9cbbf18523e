"""The first design's messages with right numbers, each against another way to get them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.tsa.stattools import coint

import spreadlab as sl
from spreadlab.engines.local import LocalEngine
from spreadlab.rpc.legacy import pair_discovery_pb2 as pb
from spreadlab.server import legacy
from tests.client.cases import pair, universe
from tests.client.test_spread_trading import slow_trade
from tests.oracles.control_slow import symmetric_level
from tests.oracles.ou_slow import ar1_fit

ENGINE = LocalEngine(threads=2)
Y, X = pair()


def test_every_rpc_has_an_answer():
    service = pb.DESCRIPTOR.services_by_name["PairDiscoveryService"]
    streams = {method.name for method in service.methods if method.server_streaming}
    assert set(legacy.MANY_ANSWERS) == streams == {"DiscoverPairs"}
    assert set(legacy.ONE_ANSWER) == {method.name for method in service.methods} - streams


def test_test_pair():
    request = pb.PairTestRequest(symbol1="A", symbol2="B", prices1=Y, prices2=X)
    answer = legacy.answer_test_pair(request, ENGINE)
    assert (answer.success, answer.symbol1, answer.symbol2, answer.error) == (True, "A", "B", "")
    assert answer.beta == pytest.approx(np.polyfit(np.log(X), np.log(Y), 1)[0])
    assert answer.p_value == pytest.approx(coint(np.log(Y), np.log(X), autolag="aic")[1], abs=1e-9)
    assert answer.is_cointegrated
    assert answer.half_life == pytest.approx(math.log(2) / answer.kappa)
    cost = (1 + abs(answer.beta)) * 0.001
    level = float(symmetric_level(answer.kappa, answer.sigma, 0.04, cost))
    assert answer.upper_boundary - answer.theta == pytest.approx(level, rel=1e-8)
    assert answer.theta - answer.lower_boundary == pytest.approx(level, rel=1e-8)
    assert answer.total_return > 0
    assert answer.max_drawdown < 0
    assert answer.num_trades > 0
    assert answer.combined_score == pytest.approx(
        (1 - answer.p_value) * (0.5 - answer.hurst) / 0.2 * (1 + answer.total_return)
    )


def test_test_pair_takes_its_terms():
    plain = pb.PairTestRequest(prices1=Y, prices2=X)
    same = pb.PairTestRequest(
        prices1=Y, prices2=X, significance=0.05, min_hurst=0.45, transaction_cost=0.001
    )
    assert legacy.answer_test_pair(plain, ENGINE) == legacy.answer_test_pair(same, ENGINE)
    strict = pb.PairTestRequest(prices1=Y, prices2=X, significance=1e-12, transaction_cost=0.01)
    answer = legacy.answer_test_pair(strict, ENGINE)
    assert not answer.is_cointegrated
    assert answer.upper_boundary > legacy.answer_test_pair(plain, ENGINE).upper_boundary


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.PairTestRequest(prices1=[1, 2, 3], prices2=[2, 4, 6]), "3 observations"),
        (pb.PairTestRequest(prices1=Y, prices2=X, significance=2.0), "significance"),
        (pb.PairTestRequest(prices1=[math.nan, *Y[1:]], prices2=X), "prices1"),
        (pb.PairTestRequest(prices1=Y, prices2=[*X[1:], -1.0]), "prices2"),
        (pb.PairTestRequest(), "prices1"),
    ],
)
def test_a_pair_without_an_answer_is_no_success(request_, words):
    answer = legacy.answer_test_pair(request_, ENGINE)
    assert not answer.success
    assert words in answer.error
    assert answer.p_value == 0.0


def batch(prices, **terms):
    symbols = [pb.SymbolData(symbol=f"S{i}", prices=column) for i, column in enumerate(prices.T)]
    return pb.BatchDiscoveryRequest(symbols=symbols, **terms)


def test_discover_pairs_agrees_with_test_pair():
    prices = universe()
    updates = list(legacy.answer_discover_pairs(batch(prices, parallel_workers=4), ENGINE))
    assert [update.is_final for update in updates] == [False] * (len(updates) - 1) + [True]
    final = updates[-1]
    assert (final.pairs_tested, final.progress) == (28, 1.0)
    found = [update.result for update in updates if update.HasField("result")]
    assert final.pairs_found == len(found) >= 2
    for result in found:
        i, j = (int(symbol[1:]) for symbol in (result.symbol1, result.symbol2))
        alone = legacy.answer_test_pair(
            pb.PairTestRequest(
                symbol1=result.symbol1,
                symbol2=result.symbol2,
                prices1=prices[:, i],
                prices2=prices[:, j],
            ),
            ENGINE,
        )
        assert result == alone
        assert result.p_value < 0.05
        assert result.hurst < 0.45


def test_discover_pairs_sends_the_best_few():
    updates = legacy.answer_discover_pairs(
        batch(universe(), significance=0.3, min_hurst=0.5, max_pairs=1), ENGINE
    )
    [best] = [update.result for update in updates if update.HasField("result")]
    assert best.symbol1 in {"S0", "S2"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.BatchDiscoveryRequest(), "symbols: got 0; must be at least two"),
        (batch(universe(), max_pairs=-1), "max_pairs"),
        (batch(universe(), parallel_workers=-1), "parallel_workers"),
        (
            pb.BatchDiscoveryRequest(
                symbols=[
                    pb.SymbolData(symbol="A", prices=Y),
                    pb.SymbolData(symbol="B", prices=X[:-1]),
                ]
            ),
            r'symbols\["B"\]: 599 prices; must be as many as A has, 600',
        ),
        (
            pb.BatchDiscoveryRequest(symbols=[pb.SymbolData(symbol="A", prices=Y)] * 2),
            "symbols: .*A",
        ),
        (pb.BatchDiscoveryRequest(symbols=[pb.SymbolData(prices=Y)] * 2), "no name"),
    ],
)
def test_a_universe_without_an_answer_is_refused_at_the_call(request_, words):
    with pytest.raises(sl.InvalidInputError, match=words):
        legacy.answer_discover_pairs(request_, ENGINE)


def test_solve_hjb():
    answer = legacy.answer_solve_hjb(pb.HJBRequest(kappa=3.0, theta=0.1, sigma=0.2), ENGINE)
    level = float(symmetric_level(3.0, 0.2, 0.04, 0.001))
    assert answer.lower_boundary == pytest.approx(0.1 - level, rel=1e-9)
    assert answer.upper_boundary == pytest.approx(0.1 + level, rel=1e-9)
    assert 0 <= answer.residual < 1e-6
    assert answer.iterations > 0
    x, value = np.array(answer.x_grid), np.array(answer.value_function)
    assert len(x) == len(value) == 200
    reach = 4 * 0.2 / math.sqrt(6.0)
    assert (x[0], x[-1]) == pytest.approx((0.1 - reach, 0.1 + reach))
    assert value == pytest.approx(value[::-1])  # flat is symmetric about theta
    # Outside the bounds a flat position is opened at once: its value has the slope of what is
    # then held, and inside it solves rho v = kappa (theta - x) v' + sigma^2 / 2 v''.
    fine = legacy.answer_solve_hjb(
        pb.HJBRequest(kappa=3.0, theta=0.1, sigma=0.2, n_points=4001, n_std=0.15), ENGINE
    )
    x, v = np.array(fine.x_grid), np.array(fine.value_function)
    assert np.all((x > fine.lower_boundary) & (x < fine.upper_boundary))
    h = x[1] - x[0]
    first, second = (v[2:] - v[:-2]) / (2 * h), (v[2:] - 2 * v[1:-1] + v[:-2]) / h**2
    drift = 3.0 * (0.1 - x[1:-1])
    np.testing.assert_allclose(drift * first + 0.02 * second, 0.04 * v[1:-1], atol=1e-5)


def test_solve_hjb_takes_what_is_set():
    changed = pb.HJBRequest(
        kappa=3.0, sigma=0.2, rho=0.5, transaction_cost=0.01, n_points=11, n_std=2.0
    )
    answer = legacy.answer_solve_hjb(changed, ENGINE)
    level = float(symmetric_level(3.0, 0.2, 0.5, 0.01))
    assert answer.upper_boundary == pytest.approx(level, rel=1e-9)
    assert len(answer.x_grid) == 11
    for field, value, error in (
        ("n_points", 1, sl.InvalidInputError),
        ("n_std", -1.0, sl.InvalidInputError),
        ("tolerance", math.nan, sl.InvalidInputError),
        ("max_iter", -5, sl.InvalidInputError),
        ("kappa", -1.0, sl.InvalidInputError),
        ("rho", math.inf, sl.InvalidInputError),
        ("tolerance", 1e-300, sl.ConvergenceError),
    ):
        bad = pb.HJBRequest(kappa=3.0, sigma=0.2)
        setattr(bad, field, value)
        with pytest.raises(error, match="discount" if field == "rho" else field):
            legacy.answer_solve_hjb(bad, ENGINE)


@pytest.mark.parametrize("use_mle", [False, True])
def test_estimate_ou(use_mle):
    path = sl.simulate_ou(5.0, 1.0, 0.3, 1 / 52, 800, seed=1)
    request = pb.OUEstimationRequest(spread=path, dt=1 / 52, use_mle=use_mle)
    answer = legacy.answer_estimate_ou(request, ENGINE)
    phi, theta, variance = ar1_fit(path.tolist())
    kappa = -math.log(phi) * 52
    assert answer.kappa == pytest.approx(kappa, rel=1e-9)
    assert answer.theta == pytest.approx(theta, rel=1e-9)
    assert answer.sigma == pytest.approx(math.sqrt(2 * kappa * variance / (1 - phi**2)), rel=1e-9)
    assert answer.half_life == pytest.approx(math.log(2) / kappa, rel=1e-9)
    daily = legacy.answer_estimate_ou(pb.OUEstimationRequest(spread=path), ENGINE)
    assert daily.kappa == pytest.approx(kappa * 252 / 52, rel=1e-9)


def test_a_walk_has_no_ou_fit():
    with pytest.raises(sl.NotMeanRevertingError, match="spread"):
        legacy.answer_estimate_ou(pb.OUEstimationRequest(spread=np.arange(100.0) ** 2), ENGINE)


def test_test_cointegration():
    y, x = np.log(Y) - 7.0, np.log(X) - 7.0  # negative: nothing takes a logarithm
    answer = legacy.answer_test_cointegration(pb.CointegrationRequest(y=y, x=x), ENGINE)
    statistic, pvalue, _ = coint(y, x, autolag="aic")
    assert answer.adf_statistic == pytest.approx(statistic, rel=1e-8)
    assert answer.p_value == pytest.approx(pvalue, rel=1e-6, abs=1e-12)
    beta, intercept = np.polyfit(x, y, 1)
    assert answer.beta == pytest.approx(beta)
    np.testing.assert_allclose(answer.spread, y - beta * x - intercept, atol=1e-12)
    assert answer.is_cointegrated
    strict = pb.CointegrationRequest(y=y, x=x, significance=1e-15)
    assert not legacy.answer_test_cointegration(strict, ENGINE).is_cointegrated


def test_calculate_hurst():
    walk = np.random.default_rng(0).normal(size=4000).cumsum()

    def answer(**options):
        return legacy.answer_calculate_hurst(pb.HurstRequest(series=walk, **options), ENGINE).hurst

    assert answer() == sl.hurst(walk, max_lag=20).exponent == pytest.approx(0.5, abs=0.06)
    assert answer(max_lag=5) == sl.hurst(walk, max_lag=5).exponent != answer()
    assert answer(use_dfa=True) == sl.hurst(walk, method="dfa").exponent
    with pytest.raises(sl.InvalidInputError, match="max_lag"):
        answer(max_lag=-3)


def test_backtest_strategy():
    spread = np.random.default_rng(4).normal(size=400)
    request = pb.BacktestRequest(
        spread=spread, lower_bound=-1.0, upper_bound=1.0, transaction_cost=0.01
    )
    answer = legacy.answer_backtest_strategy(request, ENGINE)
    profits, _, trips = slow_trade(spread, -1.0, 1.0, 0.01)
    np.testing.assert_allclose(answer.pnl, profits, atol=1e-12)
    assert answer.total_return == pytest.approx(profits.sum())
    assert answer.num_trades == len(trips)
    assert answer.win_rate == pytest.approx(np.mean([trip > 0 for trip in trips]))
    assert answer.sharpe_ratio == pytest.approx(profits.mean() / profits.std(ddof=1) * 252**0.5)
    request.transaction_cost = 0.0  # the default, not free
    assert legacy.answer_backtest_strategy(request, ENGINE).total_return == pytest.approx(
        slow_trade(spread, -1.0, 1.0, 0.001)[0].sum()
    )
    with pytest.raises(sl.InvalidInputError, match="upper_bound"):
        legacy.answer_backtest_strategy(pb.BacktestRequest(spread=spread), ENGINE)
