"""Many policies at once equal the policies one by one."""

import numpy as np
import pytest

import spreadlab as sl

NAMES = ("enter_long", "exit_long", "enter_short", "exit_short")


@pytest.mark.parametrize("accounting", ["mtm", "cash"])
@pytest.mark.parametrize("penalty", [0.0, 0.05])
def test_heatmap_equals_single_solutions(accounting, penalty):
    kappa, cost = np.array([0.5, 3.0, 40.0]), np.array([1e-4, 1e-2])
    options = {"discount": 0.04, "risk_penalty": penalty, "accounting": accounting}
    many = sl.control.thresholds_over(
        kappa=kappa[:, None], theta=0.2, sigma=0.3, cost=cost, **options
    )
    for i, k in enumerate(kappa):
        for j, c in enumerate(cost):
            ou = sl.OUParams(kappa=k, theta=0.2, sigma=0.3)
            one = sl.solve_hjb(ou, cost=c, **options).thresholds
            for name in NAMES:
                assert getattr(many, name)[i, j] == pytest.approx(getattr(one, name), abs=1e-14)


def test_zero_discount_is_ergodic(ou):
    many = sl.control.thresholds_over(kappa=3.0, theta=0.0, sigma=0.2, discount=0.0, cost=0.001)
    one = sl.solve_hjb(ou, discount=0.0, cost=0.001, objective="ergodic").thresholds
    assert float(many.exit_long) == one.exit_long


def test_sensitivities_follow_the_scaling_laws(ou):
    cost, rho = 0.001, 0.04
    found = sl.control.sensitivities(ou, discount=rho, cost=cost)
    frame = found.to_frame()
    assert frame.loc["cost", "exit_long"] == found.cost.exit_long
    level = sl.solve_hjb(ou, discount=rho, cost=cost).thresholds.exit_long
    d = frame["exit_long"]
    # Homogeneous of degree one in (sigma, cost), of degree zero in (kappa, rho, sigma^2).
    assert 0.2 * d["sigma"] + cost * d["cost"] == pytest.approx(level, rel=1e-8)
    timely = 3.0 * d["kappa"] + rho * d["discount"] + 0.5 * 0.2 * d["sigma"]
    assert timely == pytest.approx(0.0, abs=1e-9 * level)
    h = 1e-6
    up = sl.solve_hjb(ou, discount=rho, cost=cost + h).thresholds.exit_long
    down = sl.solve_hjb(ou, discount=rho, cost=cost - h).thresholds.exit_long
    assert d["cost"] == pytest.approx((up - down) / (2 * h), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"kappa": [1.0, 0.0]}, "kappa"),
        ({"sigma": [1.0, np.nan]}, "sigma"),
        ({"theta": np.inf}, "theta"),
        ({"cost": 0.0}, "cost"),
        ({"discount": -0.1}, "discount"),
        ({"discount": 0.0, "accounting": "cash"}, "discount"),
        ({"risk_penalty": -1.0}, "risk_penalty"),
        ({"cost": [0.1, 1e300]}, "cost"),
        ({"discount": 1e300}, "discount"),
        ({"theta": 1e300, "accounting": "cash"}, "theta"),
        ({"accounting": "gross"}, "accounting"),
        ({"kappa": [1.0, 2.0], "cost": [1.0, 2.0, 3.0]}, "parameters"),
    ],
)
def test_bad_argument_is_named(change, argument):
    good = {"kappa": 3.0, "theta": 0.0, "sigma": 0.2, "discount": 0.04, "cost": 0.001}
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.control.thresholds_over(**{**good, **change})
    assert caught.value.argument == argument


def test_sensitivities_refuse_bad_input(ou):
    with pytest.raises(sl.InvalidInputError, match="discount"):
        sl.control.sensitivities(ou, discount=0.0, cost=0.001)
