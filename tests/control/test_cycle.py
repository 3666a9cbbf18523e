"""Bertram's cycle against his series, the renewal formula and brute force."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import erfi
from tests.oracles.control_slow import cycle_variance

import spreadlab as sl
from spreadlab.control.kernels_cycle import passage_nb

OU = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
SD = 0.2 / math.sqrt(6.0)


def test_worked_example():
    cycle = sl.control.bertram(OU, cost=0.002)
    assert cycle.enter == pytest.approx(-0.0273469549, abs=5e-11)
    assert cycle.exit == pytest.approx(0.0273469549, abs=5e-11)
    assert cycle.mean_cycle == pytest.approx(0.570340169, abs=5e-10)
    assert cycle.return_rate == pytest.approx(0.0923903183, abs=2e-10)


@pytest.mark.parametrize("z", [1e-4, 0.1, 0.7, 2.0, 4.0])
def test_moments_of_the_cycle(z):
    mean, variance, mean_slope, variance_slope = passage_nb(z)
    assert mean == pytest.approx(math.pi * erfi(z / math.sqrt(2)), rel=1e-12)
    assert 2 * variance == pytest.approx(float(cycle_variance(z)), rel=1e-11)
    h = 1e-5 * z
    up, down = passage_nb(z + h), passage_nb(z - h)
    assert mean_slope == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6)
    assert variance_slope == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("cost", [1e-5, 0.002, 0.05, 0.4])
def test_no_other_width_returns_more(cost):
    cycle = sl.control.bertram(OU, cost=cost)

    def rate(u):
        return (2 * u - cost) * 3.0 / (2 * math.pi * erfi(u * math.sqrt(3.0) / 0.2))

    best = minimize_scalar(
        lambda u: -rate(u),
        bounds=(cost / 2, 3 * cycle.exit),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert cycle.exit == pytest.approx(best.x, rel=1e-5)
    assert cycle.return_rate == pytest.approx(-best.fun, rel=1e-9)


@pytest.mark.parametrize(
    ("cost", "rate"), [(0.002, 0.001), (0.002, 1e-5), (1e-4, 0.01), (0.1, 0.05)]
)
def test_no_other_width_has_a_larger_sharpe_ratio(cost, rate):
    cycle = sl.control.bertram(OU, cost=cost, objective="sharpe", rate_per_cycle=rate)

    def sharpe(u):
        mean, variance, _, _ = passage_nb(u / SD)
        return (1 - rate / (2 * u - cost)) * math.sqrt(3.0 * mean / variance)

    best = minimize_scalar(
        lambda u: -sharpe(u),
        bounds=((cost + rate) / 2, 3 * cycle.exit),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert cycle.exit == pytest.approx(best.x, rel=1e-5)
    assert cycle.sharpe == pytest.approx(-best.fun, rel=1e-9)
    # The definition: (mu - rate/E) over the standard deviation per unit of time.
    net = cycle.exit - cycle.enter - cost
    sigma = net * math.sqrt(cycle.var_cycle / cycle.mean_cycle**3)
    assert cycle.sharpe == pytest.approx((cycle.return_rate - rate / cycle.mean_cycle) / sigma)


@pytest.mark.parametrize("cost", [1e-4, 0.002, 0.1])
def test_equals_the_ergodic_switching_rule_with_half_the_cost(cost):
    ou = sl.OUParams(kappa=3.0, theta=0.7, sigma=0.2)
    cycle = sl.control.bertram(ou, cost=cost)
    policy = sl.solve_hjb(ou, discount=0.0, cost=cost / 2, objective="ergodic")
    assert cycle.exit == pytest.approx(policy.thresholds.exit_long, rel=1e-12)
    # Switching earns on the way back too: two half cycles, each worth 2 (A - c).
    assert policy.gain == pytest.approx(2 * cycle.return_rate, rel=1e-11)


def test_vanishing_rate_approaches_the_limit_of_the_sharpe_ratio():
    cycle = sl.control.bertram(OU, cost=1e-9, objective="sharpe", rate_per_cycle=1e-12)
    assert cycle.sharpe == pytest.approx(math.sqrt(3.0 / (2 * math.log(2.0))), rel=1e-2)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"cost": 0.0}, "cost"),
        ({"cost": -0.1}, "cost"),
        ({"cost": 5.0}, "cost"),
        ({"objective": "gain"}, "objective"),
        ({"objective": "sharpe"}, "rate_per_cycle"),
        ({"objective": "sharpe", "rate_per_cycle": 0.0}, "rate_per_cycle"),
        ({"objective": "sharpe", "rate_per_cycle": -0.1}, "rate_per_cycle"),
        ({"rate_per_cycle": math.nan}, "rate_per_cycle"),
    ],
)
def test_bad_argument_is_named(change, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.control.bertram(OU, **{"cost": 0.002, **change})
    assert caught.value.argument == argument


def test_shows_itself():
    cycle = sl.control.bertram(OU, cost=0.002)
    assert repr(cycle).startswith("BertramResult(enter=-0.0273470")
    assert "mean cycle" in cycle._repr_html_()
    assert cycle.plot().to_png()[:4] == b"\x89PNG"
    assert cycle.to_frame().exit.iloc[0] == cycle.exit


def test_simulated_cycles_take_the_mean_time():
    rng = np.random.default_rng(5)
    cycle = sl.control.bertram(OU, cost=0.1)
    dt, paths = 1e-4, 2000
    phi, noise = math.exp(-3 * dt), 0.2 * math.sqrt((1 - math.exp(-6 * dt)) / 6)
    # The passage from enter to exit is half a cycle; a discrete clock sees it a little late.
    late = 0.5826 * 0.2 * math.sqrt(dt)
    x = np.full(paths, cycle.enter)
    time = np.zeros(paths)
    alive = np.ones(paths, dtype=bool)
    while alive.any():
        x[alive] = phi * x[alive] + noise * rng.standard_normal(alive.sum())
        time[alive] += dt
        alive &= x < cycle.exit - late
    error = time.std() / math.sqrt(paths)
    assert abs(2 * time.mean() - cycle.mean_cycle) < 6 * error
    assert 2 * time.var() == pytest.approx(cycle.var_cycle, rel=0.15)
