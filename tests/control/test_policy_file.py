"""A policy that was saved reads back number by number, and a file that was changed is refused."""

import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.control import PolicyResult
from spreadlab.control.result import LEVEL_NAMES
from spreadlab.errors import InvalidInputError

REQUESTS = {
    "exact": {"discount": 0.04, "cost": 0.001},
    "ergodic": {"discount": 0.0, "cost": 0.001, "objective": "ergodic"},
    "cash": {"discount": 0.04, "cost": 0.001, "accounting": "cash", "risk_penalty": 0.01},
    "fee": {"discount": 0.04, "cost": 0.001, "fixed_cost": 0.002, "method": "grid", "n_grid": 301},
    "deadline": {"discount": 0.04, "cost": 0.001, "horizon": 0.25, "n_grid": 201, "n_time": 40},
}


@pytest.fixture(params=REQUESTS)
def policy(request, ou):
    return sl.solve_hjb(ou, **REQUESTS[request.param])


def test_reads_back_number_by_number(policy, tmp_path):
    path = tmp_path / "ko-pep.policy.json"
    policy.to_json(path)
    again = PolicyResult.from_json(str(path))
    assert again.spec == policy.spec
    assert again.method == policy.method
    for name in ("grid", "time_to_go", "policy", "levels", "values"):
        ours, theirs = getattr(policy, name), getattr(again, name)
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)  # NaN is NaN, whatever its sign
        assert not theirs.flags.writeable
    np.testing.assert_equal(dict(again.thresholds), dict(policy.thresholds))
    np.testing.assert_equal(
        [again.error_estimate, again.iterations, again.gain],
        [policy.error_estimate, policy.iterations, policy.gain],
    )
    assert dict(again.provenance) == dict(policy.provenance)
    x = policy.spec.theta + np.linspace(-0.1, 0.1, 7) * policy.spec.sigma
    np.testing.assert_array_equal(again.value(1, x), policy.value(1, x))
    np.testing.assert_array_equal(again.action(-1, x), policy.action(-1, x))
    assert repr(again) == repr(policy)


def test_other_readers_find_numbers_in_plain_json(policy, tmp_path):
    path = tmp_path / "p.policy.json"
    policy.to_json(path)

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    content = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    boundaries = policy.boundaries()
    assert list(content["boundaries"]) == ["time_to_go", *LEVEL_NAMES]
    for name, column in content["boundaries"].items():
        np.testing.assert_array_equal([float(x) for x in column], boundaries[name])
    assert {k: float(v) for k, v in content["thresholds"].items()} == pytest.approx(
        dict(policy.thresholds), nan_ok=True
    )
    assert content["spec"]["kappa"] == policy.spec.kappa


@pytest.fixture
def saved(ou, tmp_path):
    path = tmp_path / "p.policy.json"
    sl.solve_hjb(ou, **REQUESTS["deadline"]).to_json(path)
    return path, json.loads(path.read_text("utf-8"))


def packed(array):
    return base64.b64encode(zlib.compress(array.astype("<f8").tobytes())).decode()


CHANGES = {
    "no policy": (lambda c: c.update(format="other"), "is no policy"),
    "later version": (lambda c: c.update(version=2), "version 2"),
    "no part": (lambda c: c.pop("parts"), "damaged"),
    "unknown setting": (lambda c: c["spec"].update(leverage=3), "leverage"),
    "impossible request": (lambda c: c["spec"].update(kappa=-1.0), "kappa"),
    "text for a number": (lambda c: c["parts"].update(error="small"), "'small' is no number"),
    "true for a number": (lambda c: c["parts"].update(gain=True), "True is no number"),
    "unknown method": (lambda c: c["parts"].update(method="guess"), "guess"),
    "fewer levels": (lambda c: c["parts"]["switches"].pop(), "shape"),
    "uneven levels": (lambda c: c["parts"]["switches"][0].pop(), "damaged"),
    "nodes that go back": (lambda c: c["parts"]["x"].reverse(), "does not increase"),
    "values of another shape": (
        lambda c: c["parts"]["values"].update(shape=[3, 1, 1]),
        "values of shape",
    ),
    "too few values": (
        lambda c: c["parts"]["values"].update(zlib=packed(np.zeros(3))),
        "as many as their shape",
    ),
    "too many values": (
        lambda c: c["parts"]["values"].update(zlib=packed(np.zeros(10**6))),
        "as many as their shape",
    ),
    "values that are no base64": (lambda c: c["parts"]["values"].update(zlib="é"), "damaged"),
    "values that are not packed": (lambda c: c["parts"]["values"].update(zlib="AAAA"), "damaged"),
    "thresholds by hand": (lambda c: c["thresholds"].update(enter_long=-1.0), "not those of its"),
    "a threshold less": (lambda c: c["thresholds"].pop("enter_long"), "not those of its"),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_file_is_refused(saved, change, words):
    path, content = saved
    change(content)
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InvalidInputError, match=words):
        PolicyResult.from_json(path)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="No such file"):
        PolicyResult.from_json(tmp_path / "none.policy.json")
    for text in ("", "{", "[]", "null", '{"format": 1}'):
        (tmp_path / "p.policy.json").write_text(text, "utf-8")
        with pytest.raises(InvalidInputError, match=r"no JSON|no policy"):
            PolicyResult.from_json(tmp_path / "p.policy.json")


@settings(max_examples=25, deadline=None)
@given(
    kappa=st.floats(0.5, 60.0),
    theta=st.floats(-2.0, 2.0),
    sigma=st.floats(0.01, 5.0),
    share=st.floats(0.001, 0.2),
)
def test_any_policy_reads_back(tmp_path_factory, kappa, theta, sigma, share):
    ou = sl.OUParams(kappa=kappa, theta=theta, sigma=sigma)
    policy = sl.solve_hjb(ou, discount=0.05, cost=share * sigma / np.sqrt(2.0 * kappa))
    path = tmp_path_factory.mktemp("any") / "p.policy.json"
    policy.to_json(path)
    again = PolicyResult.from_json(path)
    assert again.levels.tobytes() == policy.levels.tobytes()
    assert again.policy.tobytes() == policy.policy.tobytes()
