"""The heatmap holds what the solver answered, number by number."""

from types import SimpleNamespace

import numpy as np
import pytest

import spreadlab as sl
from spreadlab_widgets import PolicyHeatmap
from spreadlab_widgets.codec import from_wire, runs_from_wire


def arrays(view):
    wire = view.get_state()["_policy"]
    plain = {name: from_wire(wire[name]) for name in ("x", "time_to_go", "value")}
    return {**plain, "action": runs_from_wire(wire["action"])}


def test_what_is_sent_is_the_result(policy):
    sent = arrays(PolicyHeatmap(policy))
    np.testing.assert_array_equal(sent["x"], policy.grid)
    np.testing.assert_array_equal(sent["action"], policy.policy)
    assert sent["time_to_go"].tolist() == [np.inf]
    for position in (-1, 0, 1):
        expected = policy.value(position, policy.grid)
        np.testing.assert_array_equal(sent["value"][position + 1, 0], expected)


def test_mean_and_thresholds_are_the_results_own(policy):
    state = PolicyHeatmap(policy).get_state()
    assert state["_policy"]["mean"] == policy.spec.theta
    levels = policy.thresholds
    assert state["_thresholds"] == [
        levels.enter_long,
        levels.exit_long,
        levels.enter_short,
        levels.exit_short,
    ]


def test_arrays_travel_as_buffers(policy):
    from ipywidgets.widgets.widget import _remove_buffers

    state, paths, buffers = _remove_buffers(PolicyHeatmap(policy).get_state())
    sent = {tuple(path): buffer for path, buffer in zip(paths, buffers, strict=True)}
    assert {path[1] for path in sent} == {"x", "time_to_go", "action", "value"}
    assert bytes(sent["_policy", "x", "view"]) == policy.grid.tobytes()
    assert "view" not in state["_policy"]["x"]


def test_a_solved_deadline_is_sent_row_by_row(dated_policy):
    view = PolicyHeatmap(dated_policy)
    assert view.error == ""
    sent = arrays(view)
    rows = [list(dated_policy.time_to_go).index(t) for t in view.times]
    assert rows[0] == 0
    assert rows[-1] == len(dated_policy.time_to_go) - 1
    np.testing.assert_array_equal(sent["action"], dated_policy.policy[:, rows, :])
    for row in (0, len(rows) // 2, len(rows) - 1):
        for position in (-1, 0, 1):
            expected = dated_policy.value(
                position, dated_policy.grid, time_to_go=float(view.times[row])
            )
            np.testing.assert_allclose(sent["value"][position + 1, row], expected, rtol=1e-13)


def with_horizon(policy, rows):
    """A policy with a deadline, by its protocol: values are 10 t + position."""
    times = np.linspace(0.0, 1.0, rows)
    return SimpleNamespace(
        grid=policy.grid,
        time_to_go=times,
        policy=np.repeat(policy.policy, rows, axis=1),
        thresholds=SimpleNamespace(enter_long=np.zeros(rows), exit_long=np.nan),
        spec=policy.spec,
        value=lambda position, x, time_to_go: np.full(len(x), 10 * time_to_go + position),
    )


def test_a_deadline_adds_rows(policy):
    view = PolicyHeatmap(with_horizon(policy, 5))
    sent = arrays(view)
    assert sent["action"].shape == (3, 5, len(policy.grid))
    np.testing.assert_array_equal(view.times, np.linspace(0, 1, 5))
    np.testing.assert_allclose(sent["value"][2, :, 0], 10 * view.times + 1)
    assert view.get_state()["_thresholds"] == []


def test_more_rows_than_pixels_are_thinned_with_both_ends(policy):
    view = PolicyHeatmap(with_horizon(policy, 1001))
    assert len(view.times) == 240
    assert (view.times[0], view.times[-1]) == (0.0, 1.0)
    assert np.all(np.diff(view.times) > 0)
    np.testing.assert_allclose(arrays(view)["value"][1, :, 0], 10 * view.times)


def test_a_new_policy_replaces_all_in_one_message(policy):
    view = PolicyHeatmap()
    sent = []
    view.send_state = lambda key=None: sent.append(set(key))
    view.policy = policy
    assert len(sent) == 1
    assert {"_policy", "_thresholds"} <= sent[0]
    view.policy = None
    assert view.get_state()["_policy"] is None


def test_a_new_policy_hides_the_crosshair(policy):
    view = PolicyHeatmap(policy)
    view.set_state({"cursor": [1, 0, 500]})
    assert view.cursor == (1, 0, 500)
    view.policy = None
    assert view.cursor is None


def test_a_cursor_may_be_given_at_the_start(policy):
    assert PolicyHeatmap(policy, cursor=(0, 0, 10)).cursor == (0, 0, 10)


def test_repr_and_html_are_those_of_the_result(policy):
    view = PolicyHeatmap(policy)
    assert repr(view) == f"PolicyHeatmap({policy!r})"
    data, _ = view._repr_mimebundle_()
    assert data["text/html"].startswith(policy._repr_html_())
    assert data["text/plain"] == repr(view)
    assert data["image/png"].startswith("iVBOR")  # PNG in base64
    assert "image/png" not in PolicyHeatmap()._repr_mimebundle_()[0]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id


def test_a_result_that_fails_to_answer_is_reported(policy):
    broken = with_horizon(policy, 3)
    broken.value = lambda position, x, time_to_go: 1 / 0
    view = PolicyHeatmap(broken)
    assert view.error == "ZeroDivisionError: division by zero"
    view.policy = policy
    assert view.error == ""


def test_other_things_are_refused_and_leave_the_view_as_it_was(policy):
    view = PolicyHeatmap(policy)
    with pytest.raises(sl.InvalidInputError, match=r"must be a result of sl\.solve_hjb"):
        view.policy = 3
    assert view.policy is policy
