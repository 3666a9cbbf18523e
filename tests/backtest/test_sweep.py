"""Every point of a sweep against a backtest of its own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases

import spreadlab as sl
from spreadlab.api_backtest import sweep
from spreadlab.backtest.sweep import SweepSpec, mean_correlation
from spreadlab.backtest.sweep_result import METRICS

SEEDS = st.integers(0, 2**32 - 1)
ZGRIDS = st.fixed_dictionaries(
    {"entry_z": st.sampled_from([[0.5, 1.0], [1.3, 0.7]])},
    optional={
        "exit_z": st.just([0.0, -0.5, 0.6]),
        "lookback": st.just([5, 9]),
        "stop_z": st.just([None, 1.6]),
        "max_hold": st.just([None, 2, 5]),
        "cooldown": st.just([0, 3]),
    },
)


def assert_points_equal_backtests(sw, panel, pair, options, indices):
    for index in indices:
        try:
            rule = sw.spec.rule_at(index)
        except sl.InvalidInputError:
            assert all(np.isnan(getattr(sw, name).ravel()[index]) for name in METRICS)
            continue
        bt = sl.backtest(panel, pair=pair, policy=rule, **options)
        closed = bt.trades[bt.trades["reason"] != "open"]
        assert sw.n_trades.ravel()[index] == len(closed)
        for name in METRICS:
            expected = getattr(bt.metrics, name)
            np.testing.assert_allclose(
                getattr(sw, name).ravel()[index], expected, rtol=1e-8, atol=1e-10, err_msg=name
            )


@settings(max_examples=60)
@given(seed=SEEDS, options=cases.OPTIONS, grid=ZGRIDS)
def test_zscore_points_equal_single_backtests(seed, options, grid):
    panel, pair = cases.make_panel(60, seed), cases.make_pair()
    sw = sweep(panel, pair=pair, rule=sl.ZScoreRule(7, 1.0, 0.0), grid=grid, **options)
    indices = np.random.default_rng(seed).integers(0, sw.n_points, 6).tolist()
    assert_points_equal_backtests(sw, panel, pair, options, indices)


@settings(max_examples=40)
@given(seed=SEEDS, options=cases.OPTIONS)
def test_threshold_points_equal_single_backtests(seed, options):
    panel, pair = cases.make_panel(60, seed), cases.make_pair()
    grid = {"enter_long": [-0.05, -0.02, -0.005], "exit_long": [-0.01, 0.02], "enter_short": [0.03]}
    rule = sl.ThresholdRule(-0.05, 0.0, 0.05, None)
    sw = sweep(panel, pair=pair, rule=rule, grid=grid, **options)
    assert sw.sharpe.shape == (3, 2, 1)
    assert_points_equal_backtests(sw, panel, pair, options, range(6))


@settings(max_examples=25)
@given(seed=SEEDS, options=cases.OPTIONS)
def test_kalman_points_equal_single_backtests(seed, options):
    panel, pair = cases.make_panel(60, seed), cases.make_pair()
    grid = {"signal_to_noise": [1e-3, 0.2], "entry_z": [0.5, 1.0], "warmup": [5, 9]}
    sw = sweep(panel, pair=pair, rule=sl.KalmanRule(), grid=grid, **options)
    assert sw.sharpe.shape == (2, 2, 2)
    assert_points_equal_backtests(sw, panel, pair, options, range(8))


def test_points_that_make_no_rule_are_missing():
    grid = {"entry_z": [0.5, 1.5], "exit_z": [0.0, 1.0]}
    sw = sweep(
        cases.make_panel(300, 1), pair=cases.make_pair(), rule=sl.ZScoreRule(20, 2.0), grid=grid
    )
    assert np.isnan(sw.sharpe[0, 1])
    assert np.isfinite(sw.sharpe[[0, 1, 1], [0, 0, 1]]).all()
    assert sw.n_trials == 3
    with pytest.raises(sl.InvalidInputError, match="exit_z"):
        sw.backtest({"entry_z": 0.5, "exit_z": 1.0})


@pytest.mark.parametrize(
    "name", ["entry_z", "exit_z", "stop_z", "max_hold", "cooldown", "lookback"]
)
def test_points_are_missing_exactly_where_the_rule_refuses(name):
    values = {"stop_z": [1.0, 1.2, 3.0], "max_hold": [1, 4], "lookback": [2, 30]}.get(
        name, [-1.0, 0.0, 0.9, 1.0, 1.1, 5.0] if name.endswith("z") else [0, 2]
    )
    base = sl.ZScoreRule(20, 1.0, 0.9)
    spec = SweepSpec(
        sweep(
            cases.make_panel(60, 1), pair=cases.make_pair(), rule=base, grid={"cooldown": [0]}
        ).spec.base,
        (name,),
        (np.array(values, dtype=float),),
    )
    _, _, allowed = spec._table(0, len(values))
    for i in range(len(values)):
        if allowed[i]:
            spec.rule_at(i)
        else:
            with pytest.raises(sl.InvalidInputError):
                spec.rule_at(i)


def test_equity_curves_on_demand():
    panel, pair = cases.make_panel(400, 2), cases.make_pair()
    grid = {"entry_z": [0.5, 1.0, 1.5], "lookback": [10, 20]}
    sw = sweep(panel, pair=pair, rule=sl.ZScoreRule(20, 2.0), grid=grid, cost_bps=3.0)
    best = sw.best()
    assert best["sharpe"] == np.nanmax(sw.sharpe)
    assert sw.backtest().sharpe == pytest.approx(best["sharpe"], rel=1e-9)
    point = {"entry_z": 1.5, "lookback": 10}
    rule = sl.ZScoreRule(10, 1.5, 0.0)
    expected = sl.backtest(panel, pair=pair, policy=rule, cost_bps=3.0)
    for way in (point, 4):
        np.testing.assert_array_equal(sw.backtest(way).equity, expected.equity)
    for wrong in ({"entry_z": 7.0, "lookback": 10}, {"entry_z": 1.5}, 6, -1):
        with pytest.raises(sl.InvalidInputError, match="point"):
            sw.backtest(wrong)


def test_mean_correlation_is_that_of_the_matrix():
    panel, pair = cases.make_panel(300, 3), cases.make_pair()
    grid = {"entry_z": [0.5, 1.0, 1.5], "exit_z": [-0.2, 0.2]}
    sw = sweep(panel, pair=pair, rule=sl.ZScoreRule(20, 2.0), grid=grid)
    returns = [sw.backtest(i).returns for i in range(6)]
    matrix = np.corrcoef(returns)
    expected = matrix[np.triu_indices(6, 1)].mean()
    assert sw.mean_correlation == pytest.approx(expected, rel=1e-8)
    assert sw.effective_trials == pytest.approx(expected + (1 - expected) * 6)
    assert math.isnan(mean_correlation(np.ones(5), 1))


def test_result_shows_itself():
    grid = {"entry_z": [0.5, 1.0, 1.5], "exit_z": [-0.2, 0.2], "lookback": [10, 20]}
    sw = sweep(
        cases.make_panel(300, 3), pair=cases.make_pair(), rule=sl.ZScoreRule(20, 2.0), grid=grid
    )
    assert repr(sw).startswith("SweepResult(12 points over {entry_z: 3, exit_z: 2, lookback: 2}")
    frame = sw.to_frame()
    assert list(frame.columns) == [*grid, *METRICS]
    assert frame["sharpe"].max() == sw.best()["sharpe"]
    assert frame.loc[1, "lookback"] == 20
    heat = sw.plot(x="entry_z", y="lookback").axes[0].images[0].get_array()
    place = np.unravel_index(np.nanargmax(sw.sharpe), sw.sharpe.shape)
    np.testing.assert_array_equal(heat, sw.sharpe[:, place[1], :].T)
    assert len(sw.plot("total_return").axes) == 2
    assert "Sharpe ratio" in sw._repr_html_()
    line = sweep(
        cases.make_panel(300, 3),
        pair=cases.make_pair(),
        rule=sl.ZScoreRule(20, 2.0),
        grid={"entry_z": [1.0, 2.0]},
    )
    np.testing.assert_array_equal(line.plot().axes[0].lines[0].get_ydata(), line.sharpe)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"rule": "z"}, "rule"),
        ({"grid": {}}, "grid"),
        ({"grid": [1.0]}, "grid"),
        ({"grid": {"entry": [1.0]}}, 'grid["entry"]'),
        ({"grid": {"entry_z": []}}, 'grid["entry_z"]'),
        ({"grid": {"entry_z": ["a"]}}, 'grid["entry_z"]'),
        ({"grid": {"entry_z": [np.nan]}}, 'grid["entry_z"]'),
        ({"grid": {"entry_z": [np.inf]}}, 'grid["entry_z"]'),
        ({"grid": {"lookback": [1]}}, 'grid["lookback"]'),
        ({"grid": {"lookback": [10.5]}}, 'grid["lookback"]'),
        ({"grid": {"entry_z": [-1.0]}}, "grid"),
        ({"rule": sl.KalmanRule(), "grid": {"warmup": [1]}}, 'grid["warmup"]'),
        ({"rule": sl.KalmanRule(), "grid": {"signal_to_noise": [-1.0]}}, "grid"),
        (
            {"rule": sl.KalmanRule(), "grid": {"signal_to_noise": [np.inf]}},
            'grid["signal_to_noise"]',
        ),
        ({"rule": sl.KalmanRule(), "grid": {"lookback": [9]}}, 'grid["lookback"]'),
        ({"cost_bps": -1.0}, "cost_bps"),
    ],
)
def test_refuses(options, argument):
    given_ = {"rule": sl.ZScoreRule(20), "grid": {"entry_z": [1.0]}} | options
    with pytest.raises(sl.InvalidInputError) as error:
        sweep(cases.make_panel(60, 1), pair=cases.make_pair(), **given_)
    assert error.value.argument == argument
