"""The portfolio against a slow netting account; caps, attribution and the split of capital."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases
from tests.oracles import portfolio_slow

import spreadlab as sl
from spreadlab.api_backtest import backtest_portfolio
from spreadlab.backtest.allocation import risk_parity_weights, split_capital, unit_returns
from spreadlab.backtest.portfolio_result import round_trips
from spreadlab.backtest.study import study

SYMBOLS = ("A", "B", "C", "D")
LEGS = (("A", "B", 0.8), ("C", "B", 0.5), ("B", "D", 1.2), ("A", "C", -0.4))
OPTIONS = st.fixed_dictionaries(
    {
        "gross": st.sampled_from([0.5, 1.0, 3.0]),
        "gross_cap": st.sampled_from([None, 0.4, 1.0]),
        "name_cap": st.sampled_from([None, 0.1, 0.5]),
        "cost_bps": st.sampled_from([0.0, 20.0]),
        "slippage_bps": st.sampled_from([0.0, 10.0]),
        "borrow_bps": st.sampled_from([0.0, 500.0]),
        "close_at_end": st.booleans(),
        "transform": st.sampled_from(["log", "none"]),
        "allocation": st.sampled_from(["equal", "inverse_volatility", "risk_parity"]),
    }
)


def make_frame(n_obs=70, seed=0):
    rng = np.random.default_rng(seed)
    logs = 3.0 + np.cumsum(rng.normal(0, 0.02, (n_obs, 4)), axis=0)
    return pd.DataFrame(np.exp(logs), columns=list(SYMBOLS))


def make_pairs(frame, transform):
    pairs = []
    for y, x, h in LEGS:
        values = np.log(frame) if transform == "log" else frame
        middle = float((values[y] - h * values[x]).median())
        pairs.append(
            SimpleNamespace(
                dependent=y, hedge=x, hedge_ratio=h, intercept=middle, transform=transform
            )
        )
    return pairs


RULES = [sl.ZScoreRule(8, 0.8, 0.0), sl.ZScoreRule(5, 1.0, 0.2, max_hold=4)] * 2


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS)
def test_equals_the_slow_netting_account(seed, options):
    frame, transform = make_frame(seed=seed), options["transform"]
    pairs = make_pairs(frame, transform)
    result = backtest_portfolio(frame, pairs=pairs, policy=RULES, lookback=12, **options)
    spec = result.provenance["spec"]
    values = np.log(frame) if transform == "log" else frame
    targets = np.column_stack(
        [
            cases.slow_targets(rule, (values[y] - h * values[x] - pair.intercept).tolist())
            for rule, (y, x, h), pair in zip(RULES, LEGS, pairs, strict=True)
        ]
    )
    changed = np.diff(targets, axis=0, prepend=0) != 0
    returns = unit_returns(frame.to_numpy(), spec.weights, np.full(4, transform == "none"))
    split = split_capital(
        options["allocation"], returns, (changed & (targets != 0)).any(axis=1), 12
    )
    slow = {name: options[name] for name in ("cost_bps", "slippage_bps", "borrow_bps")}
    equity, shares, costs = portfolio_slow.simulate(
        frame.to_dict("records"),
        targets.tolist(),
        [{y: 1.0, x: -h} for y, x, h in LEGS],
        [transform] * 4,
        (split * options["gross"]).tolist(),
        capital=1e6,
        gross_cap=options["gross_cap"] or np.inf,
        name_cap=options["name_cap"] or np.inf,
        periods_per_year=252,
        close_at_end=options["close_at_end"],
        **slow,
    )
    np.testing.assert_allclose(result.equity, equity, rtol=1e-10)
    np.testing.assert_allclose(result.shares, pd.DataFrame(shares)[list(SYMBOLS)], atol=1e-5)
    np.testing.assert_allclose(result.costs.total, costs, rtol=1e-9, atol=1e-6)
    exposures = np.abs(result.exposures)
    assert (exposures.sum(axis=1) <= (options["gross_cap"] or np.inf) * 1e6 * (1 + 1e-12)).all()
    assert (exposures <= (options["name_cap"] or np.inf) * 1e6 * (1 + 1e-12)).all()
    np.testing.assert_allclose(
        result.pair_pnl.sum(axis=1), np.diff(result.equity, prepend=1e6), rtol=0, atol=1e-6
    )


def test_one_pair_is_a_backtest():
    frame = make_frame(300, 3)
    [pair, *_] = make_pairs(frame, "log")
    rule = sl.ZScoreRule(20, 1.0, 0.0)
    costs = {"cost_bps": 5.0, "slippage_bps": 3.0, "borrow_bps": 50.0}
    one = sl.backtest(frame, pair=pair, policy=rule, **costs)
    same = backtest_portfolio(frame, pairs=[pair], policy=rule, **costs)
    np.testing.assert_allclose(same.equity, one.equity, rtol=1e-12)
    np.testing.assert_allclose(same.shares, one.shares, rtol=1e-12)
    assert same.sharpe == pytest.approx(one.sharpe, rel=1e-9)
    assert same.metrics.n_trades == one.metrics.n_trades
    assert same.metrics.average_holding == pytest.approx(one.metrics.average_holding)


def test_opposite_legs_of_two_pairs_cost_nothing():
    """A on B and B on A, both long, with a hedge ratio of one: the book is empty."""
    frame = make_frame(100, 1)
    pairs = [
        SimpleNamespace(dependent=y, hedge=x, hedge_ratio=1.0, intercept=0.0, transform="log")
        for y, x in (("A", "B"), ("B", "A"))
    ]
    always = sl.ThresholdRule(99.0, None, None, None)
    result = backtest_portfolio(frame, pairs=pairs, policy=always, cost_bps=50.0, borrow_bps=99.0)
    assert (result.positions[1:-1] == 1).all()
    np.testing.assert_allclose(result.exposures, 0.0, atol=1e-9)
    np.testing.assert_allclose(result.equity, 1e6, rtol=1e-14)


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS, t=st.integers(15, 66))
def test_noise_in_the_future_changes_nothing_before_it(seed, options, t):
    frame = make_frame(seed=seed)
    noisy = frame.copy()
    noisy.iloc[t + 1 :] *= np.exp(np.random.default_rng(seed).normal(0, 0.2, (69 - t, 4)))
    pairs = make_pairs(frame, options["transform"])
    a, b = (
        backtest_portfolio(f, pairs=pairs, policy=RULES, lookback=12, **options)
        for f in (frame, noisy)
    )
    for name in ("equity", "shares", "pair_pnl"):
        np.testing.assert_array_equal(getattr(a, name)[: t + 1], getattr(b, name)[: t + 1])
    np.testing.assert_array_equal(a.positions[t + 1], b.positions[t + 1])


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 8))
def test_risk_parity_gives_equal_parts_in_the_risk(seed, n):
    random = np.random.default_rng(seed)
    root = random.normal(0, 1, (n, n + 3)) * random.uniform(0.001, 10.0, (n, 1))
    covariance = root @ root.T
    weights = risk_parity_weights(covariance)
    parts = weights * (covariance @ weights)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(parts / parts.sum(), 1 / n, rtol=1e-5)
    if n == 2:
        inverse = 1 / np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(weights, inverse / inverse.sum(), rtol=1e-6)


def test_split_by_inverse_volatility_by_hand():
    returns = np.random.default_rng(0).normal(0, [0.01, 0.03], (50, 2))
    wanted = np.zeros(50, bool)
    wanted[[3, 30]] = True
    split = split_capital("inverse_volatility", returns, wanted, 20)
    np.testing.assert_array_equal(split[3], 0.5)
    inverse = 1 / returns[11:31].std(axis=0, ddof=1)
    np.testing.assert_allclose(split[30], inverse / inverse.sum())
    returns[:, 1] = 0.0
    np.testing.assert_array_equal(split_capital("risk_parity", returns, wanted, 20), 0.5)


def test_round_trips_by_hand():
    positions = np.array([[0, 1, 1, -1, 0, 1]], float).T
    pnl = np.array([[0.0, 1, 2, 3, 4, 5]]).T
    profits, lengths = round_trips(positions, pnl)
    assert profits.tolist() == [6.0, 4.0]
    assert lengths.tolist() == [2.0, 1.0]


def test_result_shows_itself_and_is_a_trial():
    frame = make_frame(200, 2)
    with study("p", in_memory=True) as mine:
        result = backtest_portfolio(frame, pairs=make_pairs(frame, "log"), policy=RULES)
    assert [row.kind for row in mine.ledger.trials("p")] == ["portfolio"]
    assert repr(result).startswith("PortfolioResult(4 spreads: sharpe=")
    assert "A-B" in result._repr_html_()
    np.testing.assert_array_equal(result.to_frame()["pnl_A-B"], result.pair_pnl[:, 0])
    assert result.attribution()["pnl"].sum() == pytest.approx(result.equity[-1] - 1e6)
    assert len(result.plot().axes) == 3


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"prices": make_frame().to_numpy()}, "prices"),
        ({"prices": make_frame()[["A", "B", "C"]]}, "prices"),
        ({"pairs": []}, "pairs"),
        ({"pairs": None}, "pairs"),
        ({"policy": RULES[:2]}, "policy"),
        ({"policy": 3}, "policy"),
        ({"allocation": "best"}, "allocation"),
        ({"lookback": 1}, "lookback"),
        ({"allocation": "risk_parity", "lookback": 4}, "lookback"),
        ({"gross_cap": 0.0}, "gross_cap"),
        ({"name_cap": -1.0}, "name_cap"),
        ({"capital": 0.0}, "capital"),
        ({"cost_bps": -1.0}, "cost_bps"),
        ({"close_at_end": 1}, "close_at_end"),
    ],
)
def test_refuses(options, argument):
    frame = make_frame()
    given_ = {"prices": frame, "pairs": make_pairs(frame, "log"), "policy": RULES} | options
    with pytest.raises(sl.InvalidInputError) as error:
        backtest_portfolio(**given_)
    assert error.value.argument == argument


def test_a_hedge_that_moves_is_refused():
    frame = make_frame()
    pairs = make_pairs(frame, "log")
    pairs[1].hedge_ratio = np.linspace(0.4, 0.6, 70)
    with pytest.raises(sl.InvalidInputError, match=r"pairs\[1\]: its hedge ratio moves"):
        backtest_portfolio(frame, pairs=pairs, policy=RULES)
