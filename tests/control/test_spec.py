"""Requests that have no finite, non-trivial answer are refused by name."""

import math

import pytest

import spreadlab as sl
from spreadlab.control.spec import SwitchingSpec
from spreadlab.task import NO_INPUTS

GOOD = {"discount": 0.04, "cost": 0.001}


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"cost": 0.0}, "cost"),
        ({"cost": -0.1}, "cost"),
        ({"cost": math.nan}, "cost"),
        ({"cost": math.inf}, "cost"),
        ({"cost": None}, "cost"),
        ({"discount": 0.0}, "discount"),
        ({"discount": -0.01}, "discount"),
        ({"discount": math.nan}, "discount"),
        ({"risk_penalty": -1e-9}, "risk_penalty"),
        ({"objective": "best"}, "objective"),
        ({"objective": "ergodic"}, "discount"),
        ({"objective": "ergodic", "discount": 0.0, "accounting": "cash"}, "accounting"),
        ({"accounting": "gross"}, "accounting"),
        ({"method": "guess"}, "method"),
        ({"n_grid": 10}, "n_grid"),
        ({"n_grid": 100.5}, "n_grid"),
        ({"discount": 1e300}, "discount"),
        ({"discount": 1e-300}, "discount"),
        ({"cost": 1e300}, "cost"),
        ({"fixed_cost": 1e300}, "fixed_cost"),
        ({"risk_penalty": 1e300}, "risk_penalty"),
        ({"horizon": 1e-300}, "horizon"),
        ({"horizon": 1.0, "cost": 1e4}, "cost"),
    ],
)
def test_bad_argument_is_named(ou, change, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.solve_hjb(ou, **{**GOOD, **change})
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("name", "value"),
    [("kappa", 0.0), ("kappa", -1.0), ("sigma", 0.0), ("sigma", math.nan), ("theta", math.inf)],
)
def test_process_that_does_not_revert_is_refused(name, value):
    class Fit:
        kappa, theta, sigma = 3.0, 0.0, 0.2

    setattr(Fit, name, value)
    with pytest.raises(sl.InvalidInputError, match=name):
        sl.solve_hjb(Fit(), **GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [("kappa", 1e-160), ("kappa", 1e160), ("sigma", 1e-300), ("theta", -1e300), ("theta", 1e300)],
)
def test_process_beyond_the_range_of_floats_is_refused(name, value):
    ou = sl.OUParams(**{"kappa": 3.0, "theta": 0.0, "sigma": 0.2, name: value})
    for solve in (
        lambda: sl.solve_hjb(ou, accounting="cash", **GOOD),
        lambda: sl.control.bertram(ou, cost=0.01),
        lambda: sl.control.optimal_stopping(ou, discount=0.05, cost_exit=0.01),
        lambda: sl.control.jurek_yang(ou, rate=0.04, risk_aversion=2.0, horizon=1.0),
    ):
        with pytest.raises(sl.InvalidInputError, match=f"^ou.{name}: "):
            solve()
    many = {"kappa": ou.kappa, "theta": ou.theta, "sigma": [0.1, ou.sigma]}
    with pytest.raises(sl.InvalidInputError, match=f"^{name}: "):
        sl.control.thresholds_over(**many, discount=0.04, cost=0.001)


def test_costs_far_beyond_the_spread_are_refused_for_tiny_spreads_too():
    ou = sl.OUParams(kappa=3.0, theta=0.0, sigma=1e-29)
    with pytest.raises(sl.InvalidInputError, match=r"^cost: "):
        sl.solve_hjb(ou, **GOOD)
    scale = 1e-29 / 0.2
    small = sl.solve_hjb(ou, discount=GOOD["discount"], cost=GOOD["cost"] * scale)
    plain = sl.solve_hjb(sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2), **GOOD)
    assert small.thresholds.exit_long == pytest.approx(scale * plain.thresholds.exit_long, rel=1e-9)


def test_object_without_parameters_is_refused():
    with pytest.raises(sl.InvalidInputError, match="without kappa, theta, sigma"):
        sl.solve_hjb(3.0, **GOOD)


def test_spec_from_elsewhere_is_checked_too():
    spec = SwitchingSpec(kappa=-1.0, theta=0.0, sigma=0.2, discount=0.04, cost=0.001)
    with pytest.raises(sl.InvalidInputError, match="kappa"):
        spec.check(NO_INPUTS)
