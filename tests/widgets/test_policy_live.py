"""Moved sliders solve anew, and the modes show what the control package answers."""

from dataclasses import replace

import numpy as np
import pytest

import spreadlab as sl
from spreadlab_widgets import PolicyHeatmap
from spreadlab_widgets.codec import from_wire, runs_from_wire
from spreadlab_widgets.policy_stages import live, ranges

LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")


@pytest.fixture(scope="module")
def fit():
    x, spread = 0.02, []
    for shock in np.random.default_rng(3).standard_normal(1500):
        x += 12.0 * (0.02 - x) / 252 + 0.25 * shock / 252**0.5
        spread.append(x)
    return sl.estimate_ou(np.array(spread), dt=1 / 252)


@pytest.fixture
def view(policy):
    made = PolicyHeatmap(policy)
    yield made
    made.close()


def drag(view, **moved):
    """Set what the page sets."""
    view.set_state(moved)
    view.settle()


def test_the_sliders_start_at_the_policys_own_parameters(view, policy):
    spec = policy.spec
    assert (view.cost, view.discount, view.risk_penalty, view.horizon) == (
        spec.cost,
        spec.discount,
        0.0,
        None,
    )
    assert view._pipeline is None  # nothing was asked, so no thread runs


@pytest.mark.parametrize(
    "moved",
    [{"cost": 0.01}, {"discount": 0.2}, {"risk_penalty": 0.05}, {"cost": 0.002, "discount": 0.1}],
)
def test_a_moved_slider_shows_what_solve_hjb_answers(view, policy, moved):
    drag(view, **moved)
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    expected = sl.solve_hjb(ou, **({"cost": 0.003, "discount": 0.05} | moved))
    assert view.policy.thresholds == expected.thresholds
    assert view.policy is not policy
    np.testing.assert_array_equal(
        runs_from_wire(view.get_state()["_policy"]["action"]), expected.policy
    )
    assert view._answered == 1


def test_values_follow_when_the_slider_rests(view):
    drag(view, cost=0.01)
    state = view.get_state()
    assert state["_policy"]["value"] is None
    np.testing.assert_array_equal(
        from_wire(state["_value"])[1, 0], view.policy.value(0, view.policy.grid)
    )
    view.policy = replace(view.policy)
    assert view.get_state()["_value"] is None
    assert view.get_state()["_policy"]["value"] is not None


def test_a_moved_slider_is_not_said_back_before_its_policy_and_all_pages_know_in_the_end(
    view, monkeypatch
):
    said = []
    monkeypatch.setattr(view.comm, "send", lambda data, *_, **__: said.append(data), raising=False)
    view.set_state({"cost": 0.01, "horizon": 1.0})
    view.pipeline.settle()
    keys = [set(message["state"]) for message in said]
    assert [message["method"] for message in said] == ["update"] * len(said)
    assert "_policy" in keys[0]  # the first that any page hears
    assert not any({"cost", "horizon"} & found for found in keys)
    view.settle()
    assert {"cost": 0.01, "horizon": 1.0}.items() <= said[-1]["state"].items()
    said.clear()
    view.settle()
    assert said == []  # once is enough


def test_values_come_with_the_policy_where_they_are_the_picture(view):
    view.mode = "value"
    drag(view, cost=0.01)
    assert view.get_state()["_policy"]["value"] is not None


def test_a_deadline_is_switched_on_and_off(view):
    drag(view, horizon=0.5)
    assert view.policy.policy.shape == (3, 201, 401)
    exact = sl.solve_hjb(
        sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3), cost=0.003, discount=0.05, horizon=0.5
    )
    scale = 0.3 / 12**0.5
    for name in LEVELS:
        live_level, level = (getattr(p.thresholds, name) for p in (view.policy, exact))
        assert abs(live_level - level) < 2e-3 * scale
    drag(view, horizon=None)
    assert view.policy.spec.horizon is None
    assert view.policy.method == "exact"


def test_a_grid_that_was_asked_for_is_kept(policy):
    spec = replace(policy.spec, horizon=1.0, n_grid=801)
    assert live(spec) == spec
    assert live(policy.spec) == policy.spec


def test_moving_solves_once_for_each_step_and_not_for_what_was_set(view, policy):
    for cost in (0.004, 0.005, 0.006):
        drag(view, cost=cost)
    assert view.pipeline.runs == {"policy": 3}
    view.policy = policy
    view.settle()
    assert view.pipeline.runs == {"policy": 3}
    assert view.cost == policy.spec.cost


def test_the_crosshair_stays_while_a_slider_moves(view):
    view.cursor = (0, 0, 10)
    drag(view, cost=0.01)
    assert view.cursor == (0, 0, 10)


def test_what_has_no_answer_is_told_and_the_picture_stays(view, policy):
    drag(view, cost=-1.0)
    assert "cost" in view.error
    assert view.policy is policy
    assert view._answered == 1
    drag(view, cost=0.01)
    assert view.error == ""


def test_an_owner_that_solves_itself_is_told_and_left_to_it(policy):
    view, heard = PolicyHeatmap(policy, live=False), []
    view.observe(heard.append, "cost")
    drag(view, cost=0.01)
    assert [change["new"] for change in heard] == [0.01]
    assert view._pipeline is None
    view.close()


def test_the_map_is_one_call_of_thresholds_over(view, policy):
    view.mode = "map"
    view.settle()
    wire = view.get_state()["_surface"]
    cost, kappa, levels = (from_wire(wire[name]) for name in ("cost", "kappa", "levels"))
    assert (wire["at_cost"], wire["at_kappa"]) == (policy.spec.cost, policy.spec.kappa)
    assert levels.shape == (4, kappa.size, cost.size)
    for row, column in ((0, 0), (20, 20), (5, 33)):
        ou = sl.OUParams(kappa=kappa[row], theta=0.05, sigma=0.3)
        solved = sl.solve_hjb(ou, cost=cost[column], discount=0.05)
        expected = [getattr(solved.thresholds, name) for name in LEVELS]
        np.testing.assert_allclose(levels[:, row, column], expected, rtol=1e-9)
    assert view.pipeline.runs == {"surface": 1}
    view.mode = "action"
    drag(view, cost=0.01)
    assert view.pipeline.runs == {"surface": 1, "policy": 1}
    view.mode = "map"
    view.settle()
    assert view.get_state()["_surface"]["at_cost"] == 0.01


def test_the_map_refuses_what_it_cannot_answer():
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    view = PolicyHeatmap(sl.solve_hjb(ou, cost=0.003, fixed_cost=0.001, discount=0.05), mode="map")
    view.settle()
    assert "fixed cost" in view.error
    assert view.get_state()["_surface"] is None
    view.close()


def test_uncertainty_is_the_policy_distribution_of_the_fit(fit):
    policy = sl.solve_hjb(fit, cost=0.003, discount=0.05)
    view = PolicyHeatmap(policy, ou=fit, mode="uncertainty")
    view.settle()
    expected = sl.control.policy_distribution(fit, cost=0.003, discount=0.05)
    wire = view.get_state()["_uncertainty"]
    x, probability = from_wire(wire["x"]), from_wire(wire["probability"])
    for position in (-1, 0, 1):
        np.testing.assert_array_equal(
            probability[position + 1].T, expected.action_probability(position, x)
        )
    np.testing.assert_allclose(probability.sum(axis=1), 1.0)
    assert [row[0] for row in wire["rows"]] == list(LEVELS)
    assert wire["rows"][1][2:4] == list(expected.interval("exit_long"))
    view.close()


def test_without_a_fit_there_is_no_uncertainty_to_choose(view, fit):
    assert view.get_state()["_uncertain"] is False
    view.ou = fit
    assert view.get_state()["_uncertain"] is True


def test_the_sliders_reach_around_the_policy(policy):
    found = ranges(policy.spec)
    for name in ("cost", "discount"):
        value = getattr(policy.spec, name)
        assert found[name]["low"] <= value <= found[name]["high"]
        assert found[name]["log"]
    assert found["risk_penalty"]["low"] == 0.0
    ergodic = ranges(replace(policy.spec, objective="ergodic", discount=0.0))
    assert ergodic["discount"] is None
    assert ergodic["horizon"] is None


def test_a_closed_view_solves_no_more(policy):
    view = PolicyHeatmap(policy)
    drag(view, cost=0.01)
    thread = view.pipeline._thread
    view.close()
    thread.join(60)
    assert not thread.is_alive()
