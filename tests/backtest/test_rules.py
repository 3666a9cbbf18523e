"""Rules: which values they take, and what they decide, against comparisons bar by bar."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backtest import cases
from tests.oracles.backtest_slow import forecast_errors

import spreadlab as sl
from spreadlab._canonical import decode, encode
from spreadlab.backtest.user_rules import History, decide_all


@given(rule=cases.RULES, seed=st.integers(0, 2**32 - 1))
def test_paths_equal_plain_comparisons(rule, seed):
    steps = np.random.default_rng(seed).normal(0, 0.02, 80)
    spread = np.cumsum(steps) - steps.sum() / 2
    if isinstance(rule, sl.ThresholdRule):
        spread = np.round(spread, 2)  # levels are hit exactly
    targets, _ = rule.path(spread)
    assert targets.tolist() == cases.slow_targets(rule, spread.tolist())


@given(rule=cases.RULES)
def test_rules_survive_the_wire(rule):
    assert decode(encode(rule)) == rule


def test_reasons_say_why():
    rule = sl.ZScoreRule(20, 1.0, 0.0, stop_z=1.5, max_hold=4, cooldown=2)
    bt = sl.backtest(cases.make_panel(3000, 7), pair=cases.make_pair(), policy=rule)
    reasons = set(bt.trades["reason"].tolist())
    assert {"exit", "stop", "max_hold"} <= reasons <= {"exit", "stop", "max_hold", "end"}
    assert bt.trades["holding"].max() == 4
    gaps = bt.trades["entry"][1:] - bt.trades["exit"][:-1]
    assert gaps.min() == 3  # two bars of rest, then the fill of the first decision
    reverse = sl.backtest(
        cases.make_panel(500, 7), pair=cases.make_pair(), policy=sl.ThresholdRule(-1, 1, 1, -1)
    )
    assert set(reverse.trades["reason"].tolist()) <= {"reverse", "end"}


def test_thresholds_meet_at_the_level():
    rule = sl.ThresholdRule(-1.0, 1.0, 1.0, -1.0)
    targets, _ = rule.path(np.array([-1.0, 0.0, 1.0, 0.0, -1.0]))
    assert targets.tolist() == [1, 1, -1, -1, 1]


def test_zscore_levels_are_strict():
    spread = np.array([0.0, 2.0, 1.0, 0.0, 1.0, 2.0])  # z over two bars is +-sqrt(1/2) exactly
    level = 1 / math.sqrt(2)
    z = sl.ZScoreRule(2, 0.5, 0.0).signal(spread)
    assert np.nanmax(z) == pytest.approx(level)
    at = float(np.nanmax(z))
    assert sl.ZScoreRule(2, at, 0.0).path(spread)[0].tolist() == [0] * 6
    below = math.nextafter(at, 0.0)
    assert sl.ZScoreRule(2, below, 0.0).path(spread)[0].tolist()[1] == -1


def test_a_missing_signal_decides_nothing():
    spread = np.concatenate([np.full(30, 5.0), [4.0, 4.5, 5.5, 9.0]])
    targets, _ = sl.ZScoreRule(10, 1.0, 0.0).path(spread)
    assert targets[:30].tolist() == [0] * 30


def test_none_means_never():
    rule = sl.ThresholdRule(-1.0, None, None, None)
    assert rule.path(np.array([-2.0, 50.0]))[0].tolist() == [1, 1]
    assert rule.marks() == {"enter long": -1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, -1.0, 1.0, 0.0), "enter_long: got 0.0; must be below exit_long, which is -1.0"),
        ((-1.0, 0.0, 1.0, 1.0), "exit_short: got 1.0; must be below enter_short"),
        ((2.0, 3.0, 1.0, 0.0), "enter_long: got 2.0; must be below enter_short"),
        ((math.nan, 0.0, 1.0, 0.0), "enter_long: got nan"),
        ((math.inf, 0.0, 1.0, 0.0), "enter_long: got inf"),
        (("a", 0.0, 1.0, 0.0), "enter_long: got 'a'"),
    ],
)
def test_threshold_rule_refuses(arguments, message):
    with pytest.raises(sl.InvalidInputError) as error:
        sl.ThresholdRule(*arguments)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"lookback": 1}, "lookback"),
        ({"lookback": 2.5}, "lookback"),
        ({"entry_z": 0.0}, "entry_z"),
        ({"entry_z": math.nan}, "entry_z"),
        ({"entry_z": 1.0, "exit_z": 1.5}, "exit_z"),
        ({"entry_z": 2.0, "stop_z": 2.0}, "stop_z"),
        ({"max_hold": 0}, "max_hold"),
        ({"cooldown": -1}, "cooldown"),
    ],
)
def test_zscore_rule_refuses(options, argument):
    with pytest.raises(sl.InvalidInputError) as error:
        sl.ZScoreRule(**({"lookback": 20} | options))
    assert error.value.argument == argument


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"signal_to_noise": 0.0}, "signal_to_noise"),
        ({"signal_to_noise": math.inf}, "signal_to_noise"),
        ({"warmup": 1}, "warmup"),
        ({"entry_z": -1.0}, "entry_z"),
        ({"exit_z": 3.0}, "exit_z"),
        ({"stop_z": 1.0}, "stop_z"),
    ],
)
def test_kalman_rule_refuses(options, argument):
    with pytest.raises(sl.InvalidInputError) as error:
        sl.KalmanRule(**options)
    assert error.value.argument == argument


@given(
    seed=st.integers(0, 2**32 - 1),
    ratio=st.sampled_from([1e-6, 1e-3, 0.3, 50.0]),
    warmup=st.integers(2, 12),
)
def test_forecast_errors_equal_generalised_least_squares(seed, ratio, warmup):
    spread = 3.0 + np.cumsum(np.random.default_rng(seed).normal(0, 0.02, 40))
    z = sl.KalmanRule(signal_to_noise=ratio, warmup=warmup).signal(spread)
    np.testing.assert_allclose(z, forecast_errors(spread, ratio, warmup), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("ratio", [1e-6, 0.01, 3.0])
def test_forecast_errors_of_a_local_level_are_standard_normal(ratio):
    """On a spread that follows the rule's own model, z has mean 0, variance 1 and no memory."""
    rng = np.random.default_rng(1)
    spread = np.cumsum(rng.normal(0, math.sqrt(ratio), 20_000)) + rng.normal(0, 1.0, 20_000)
    z = sl.KalmanRule(signal_to_noise=ratio).signal(1e-3 * spread + 40.0)
    assert np.isnan(z[:20]).all()
    known = z[20:]
    assert abs(known.mean()) < 0.03
    assert known.std() == pytest.approx(1.0, abs=0.03)
    assert abs(np.mean(known[1:] * known[:-1])) < 0.03


def test_a_filter_waits_through_missing_values_and_constants():
    z = sl.KalmanRule(warmup=2).signal(np.array([np.nan, 1.0, 1.0, 1.0, np.nan, 2.0, 1.0]))
    assert np.isnan(z[:6]).all()  # no error has been seen, so no error is large
    assert z[6] < 0


@given(rule=cases.RULES, seed=st.integers(0, 2**32 - 1))
def test_bar_by_bar_equals_the_whole_path(rule, seed):
    spread = np.cumsum(np.random.default_rng(seed).normal(0, 0.02, 60))
    history = History(np.ones((60, 2)), spread, ("A", "B"))
    np.testing.assert_array_equal(decide_all(rule, history), rule.path(spread)[0])
