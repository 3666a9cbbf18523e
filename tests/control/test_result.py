"""A policy reads, draws and tabulates what it computed."""

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.control.result import LEVEL_NAMES


@pytest.fixture
def policy(ou):
    return sl.solve_hjb(ou, discount=0.04, cost=0.001, risk_penalty=0.05)


def test_policy_array_is_the_action_on_the_grid(policy):
    assert policy.policy.dtype == np.int8
    assert policy.policy.shape == (3, 1, policy.grid.size)
    for position in (-1, 0, 1):
        np.testing.assert_array_equal(
            policy.policy[position + 1, 0], policy.action(position, policy.grid)
        )


def test_actions_on_both_sides_of_every_level(policy):
    t = policy.thresholds
    assert policy.action(0, t.enter_long - 1e-9) == 1
    assert policy.action(0, t.enter_long + 1e-9) == 0
    assert policy.action(1, t.exit_long - 1e-9) == 1
    assert policy.action(1, t.exit_long + 1e-9) == 0
    assert policy.action(1, t.enter_short + 1e-9) == -1
    assert policy.action(-1, t.exit_short + 1e-9) == -1
    assert policy.action(-1, t.exit_short - 1e-9) == 0
    assert policy.action(-1, t.enter_long - 1e-9) == 1


def test_scalars_and_arrays(policy):
    assert isinstance(policy.value(0, 0.01), float)
    assert isinstance(policy.action(0, 0.01), int)
    assert policy.value(0, np.zeros((2, 3))).shape == (2, 3)
    assert policy.value(np.int64(1), 0.0) == policy.value(1, 0.0, np.inf)


def test_arrays_are_read_only(policy):
    for array in (policy.policy, policy.grid, policy.time_to_go, policy.levels):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_thresholds_are_attributes_and_items(ou, policy):
    t = policy.thresholds
    assert dict(t) == {name: getattr(t, name) for name in LEVEL_NAMES}
    assert t["enter_long"] == t.enter_long
    assert "first_entry" not in t
    with pytest.raises(KeyError, match="fixed cost"):
        t["first_entry"]
    with pytest.raises(KeyError, match="width"):
        t["width"]
    fee = sl.solve_hjb(ou, discount=0.04, cost=0.001, fixed_cost=0.002).thresholds
    assert fee["first_entry"] == fee.first_entry > fee["exit_long"]
    assert set(LEVEL_NAMES) < set(fee)
    assert len(fee) == len(list(fee))
    assert t == sl.solve_hjb(ou, discount=0.04, cost=0.001, risk_penalty=0.05).thresholds


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda p: p.value(2, 0.0), "position"),
        (lambda p: p.value(True, 0.0), "position"),
        (lambda p: p.value(0, np.nan), "x"),
        (lambda p: p.action(0, 0.0, 0.5), "time_to_go"),
    ],
)
def test_questions_without_an_answer_are_refused(policy, call, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        call(policy)
    assert caught.value.argument == argument


def test_shows_itself(policy):
    assert repr(policy).startswith("PolicyResult(enter_long=-0.0446592, ")
    assert "enter long" in policy._repr_html_()
    assert policy.plot().to_png()[:4] == b"\x89PNG"
    frame = policy.to_frame()
    assert len(frame) == policy.grid.size
    assert frame["value_flat"].iloc[500] == pytest.approx(policy.value(0, policy.grid[500]))


def test_fit_is_taken_as_it_is():
    fit = sl.estimate_ou(sl.simulate_ou(20.0, 0.1, 0.2, 1 / 252, 2520, seed=2))
    by_fit = sl.solve_hjb(fit, discount=0.04, cost=0.001)
    by_numbers = sl.solve_hjb(fit.params, discount=0.04, cost=0.001)
    assert by_fit.thresholds == by_numbers.thresholds
