"""Probability of backtest overfitting: against a slow version, on noise, and on a planted edge."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.backtest import cases
from tests.backtest.test_walk_forward import COSTS, OPTIONS, make_prices

import spreadlab as sl
from spreadlab.api_backtest import sweep, walk_forward
from spreadlab.backtest.overfitting import probability_of_overfitting


def slow(returns, n_blocks):
    """Concatenate the blocks of each half and rank with scipy."""
    blocks = np.array_split(np.arange(len(returns)), n_blocks)
    logits = []
    for chosen in itertools.combinations(range(n_blocks), n_blocks // 2):
        halves = [
            np.concatenate([blocks[i] for i in range(n_blocks) if (i in chosen) == inside])
            for inside in (True, False)
        ]
        inside, outside = (
            returns[rows].mean(axis=0) / returns[rows].std(axis=0, ddof=1) for rows in halves
        )
        rank = stats.rankdata(outside)[np.argmax(inside)]
        w = rank / (returns.shape[1] + 1)
        logits.append(math.log(w / (1 - w)))
    return np.array(logits)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_obs=st.integers(24, 90),
    n=st.integers(2, 9),
    n_blocks=st.sampled_from([4, 6, 8]),
)
def test_equals_the_slow_version(seed, n_obs, n, n_blocks):
    returns = np.random.default_rng(seed).normal(0.001, 0.01, (n_obs, n))
    result = probability_of_overfitting(returns, n_blocks=n_blocks)
    expected = slow(returns, n_blocks)
    np.testing.assert_allclose(result.logits, expected, atol=1e-12)
    assert result.probability == np.mean(expected <= 0)


def test_noise_is_about_one_half():
    random = np.random.default_rng(1)
    found = [
        probability_of_overfitting(random.normal(0, 0.01, (400, 50)), n_blocks=10).probability
        for _ in range(40)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.08)


def test_a_planted_edge_is_near_zero():
    returns = np.random.default_rng(2).normal(0, 0.01, (1000, 50))
    returns[:, 7] += 0.002
    result = probability_of_overfitting(returns)
    assert result.probability < 0.01
    assert result.loss_probability < 0.05
    assert np.mean(result.best == 7) > 0.9
    assert result.logits.size == math.comb(16, 8)


def test_strategies_that_never_vary_do_not_count():
    random = np.random.default_rng(3).normal(0, 0.01, (100, 4))
    padded = np.column_stack([random, np.zeros(100)])
    a, b = (probability_of_overfitting(r, n_blocks=6) for r in (random, padded))
    np.testing.assert_array_equal(a.logits, b.logits)
    idle = random.copy()
    idle[:50, 0] = 0.0  # no trade in half of the time: a ratio of 0 there
    assert np.isfinite(probability_of_overfitting(idle, n_blocks=4).logits).all()


def test_of_a_sweep():
    sw = sweep(
        cases.make_panel(400, 2),
        pair=cases.make_pair(),
        rule=sl.ZScoreRule(20),
        grid={"entry_z": [0.5, 1.0, 1.5, 2.0], "lookback": [10, 20, 9000]},
    )
    returns = np.column_stack([sw.backtest(i).returns for i in range(12) if i % 3 != 2])
    expected = probability_of_overfitting(returns, n_blocks=8)
    assert sw.overfitting(8).probability == expected.probability
    assert "probability of overfitting" in expected._repr_html_()
    assert repr(expected).startswith("OverfittingResult(probability=")
    assert len(expected.to_frame()) == math.comb(8, 4)
    assert len(expected.plot().axes) == 2


def test_of_a_walk_forward():
    prices = make_prices()
    grid = {"entry_z": [0.5, 1.0, 1.5], "exit_z": [0.0, 0.9]}
    rule = sl.ZScoreRule(10, 2.0, 0.0)
    wf = walk_forward(prices, select="raw", rule=rule, grid=grid, **OPTIONS, **COSTS)
    assert wf.grid_returns.shape == (wf.returns.size, 5)  # one point is no rule
    points = [(0.5, 0.0), (1.0, 0.0), (1.0, 0.9), (1.5, 0.0), (1.5, 0.9)]
    for i, (entry, exit_) in enumerate(points):
        one = walk_forward(
            prices, select="raw", rule=sl.ZScoreRule(10, entry, exit_), **OPTIONS, **COSTS
        )
        np.testing.assert_allclose(wf.grid_returns[:, i], one.returns, atol=1e-12)
        mine = wf.folds["setting"] == i
        np.testing.assert_allclose(
            wf.folds["in_sample_sharpe"][mine], one.folds["in_sample_sharpe"][mine], rtol=1e-9
        )
        assert (
            (wf.folds["in_sample_sharpe"] >= one.folds["in_sample_sharpe"] - 1e-12)
            | np.isnan(one.folds["in_sample_sharpe"])
        ).all()
        rows = np.isin(wf.fold, np.flatnonzero(mine))
        np.testing.assert_allclose(wf.returns[rows], one.returns[rows], atol=1e-12)
    expected = probability_of_overfitting(wf.grid_returns, n_blocks=6)
    assert wf.overfitting(6).probability == expected.probability
    with pytest.raises(sl.InvalidInputError, match="this walk-forward had one rule"):
        walk_forward(prices, select="raw", rule=rule, **OPTIONS, **COSTS).overfitting()


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"grid": {"entry_z": [1.0]}}, "rule"),
        ({"rule": sl.ZScoreRule(10), "grid": {"z": [1.0]}}, 'grid["z"]'),
        ({"rule": sl.ZScoreRule(10), "grid": {"entry_z": [-1.0]}}, "grid"),
    ],
)
def test_grids_that_walk_forward_refuses(options, argument):
    with pytest.raises(sl.InvalidInputError) as error:
        walk_forward(make_prices(), **OPTIONS, **COSTS, **options)
    assert error.value.argument == argument


@pytest.mark.parametrize(
    ("returns", "n_blocks", "argument"),
    [
        (np.zeros((100, 3)), 16, "returns"),
        (np.ones(100), 16, "returns"),
        (np.full((100, 3), np.nan), 16, "returns"),
        (np.eye(20), 16, "returns"),
        ("x", 16, "returns"),
        (np.eye(100), 7, "n_blocks"),
        (np.eye(100), 2, "n_blocks"),
        (np.eye(100), 22, "n_blocks"),
    ],
)
def test_refuses(returns, n_blocks, argument):
    with pytest.raises(sl.InvalidInputError) as error:
        probability_of_overfitting(returns, n_blocks=n_blocks)
    assert error.value.argument == argument
