"""Entry and exit of one round trip against high-precision solutions of the same equations."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles.control_slow import Trip

import spreadlab as sl
from spreadlab.control.kernels_stopping import ratio_nb

OU = sl.OUParams(kappa=8.0, theta=0.3, sigma=0.3)


def test_worked_example():
    trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02)
    assert trip.exit_level == pytest.approx(0.4668358699, abs=5e-11)
    assert trip.entry_level == pytest.approx(0.1156810990, abs=5e-11)
    assert trip.entry_interval == (-math.inf, trip.entry_level)


@pytest.mark.parametrize(
    ("kappa", "theta", "sigma", "rate", "entry_rate", "cost", "entry_cost"),
    [
        (8.0, 0.3, 0.3, 0.05, 0.05, 0.02, 0.02),
        (8.0, 0.3, 0.3, 0.05, 0.01, 0.02, 0.005),
        (16.0, 0.54, 0.16, 0.05, 0.05, 0.05, 0.05),
        (0.5, -1.0, 0.4, 0.3, 0.2, 0.1, 0.0),
        (100.0, 2.0, 0.5, 0.001, 0.001, 1e-3, 1e-3),
        (1.0, 5.0, 1.0, 1.0, 0.5, 0.1, -0.05),
    ],
)
def test_levels_solve_their_equations(kappa, theta, sigma, rate, entry_rate, cost, entry_cost):
    trip = sl.control.optimal_stopping(
        sl.OUParams(kappa=kappa, theta=theta, sigma=sigma),
        discount=rate,
        discount_entry=entry_rate,
        cost_exit=cost,
        cost_entry=entry_cost,
    )
    slow = Trip(kappa, theta, sigma, rate, entry_rate, cost, entry_cost)
    top = slow.exit_level(trip.exit_level)
    assert trip.exit_level == pytest.approx(float(top), rel=1e-10)
    entry = slow.entry_level(top, trip.entry_level)
    assert trip.entry_level == pytest.approx(float(entry), rel=1e-10, abs=1e-11)
    scale = (top - slow.cost) / slow.leave.f(top - slow.theta)
    x = 0.5 * (trip.entry_level + trip.exit_level)
    value = scale * slow.leave.f(x - slow.theta)
    assert trip.exit_value(x) == pytest.approx(float(value), rel=1e-10)


@settings(max_examples=200, deadline=None)
@given(st.floats(-6, 1), st.floats(-5, 5), st.floats(-3, 1))
def test_exit_level_solves_its_equation_to_rounding(log_nu, theta, log_cost):
    # kappa = 1/2, sigma = 1: the spread is in standard deviations.
    cost, rate = 10.0**log_cost, 0.5 * 10.0**log_nu
    trip = sl.control.optimal_stopping(
        sl.OUParams(kappa=0.5, theta=theta, sigma=1.0), discount=rate, cost_exit=cost
    )
    order, z = 1.0 + 2.0 * rate, trip.exit_level - theta
    ratio, nu = ratio_nb(order, -z), order - 1.0
    residual = z + theta - cost - ratio
    slope = z * ratio + nu * ratio**2
    assert abs(residual / slope) < 1e-12 * (1.0 + abs(z) + abs(theta))


def test_exit_level_is_exact_where_newton_meets_the_root():
    # Newton's last step is 0 here.
    ou = sl.OUParams(kappa=4.913076939971317, theta=0.0, sigma=0.03210563449624093)
    cost, rate = 0.0014778087294733263, 0.07151479585042077
    trip = sl.control.optimal_stopping(ou, discount=rate, cost_exit=cost)
    slow = Trip(ou.kappa, 0.0, ou.sigma, rate, rate, cost, cost)
    top = mp.mpf(trip.exit_level)
    residual = slow.leave.f(top) / slow.leave.df(top) - (top - slow.cost)
    assert abs(residual) < 1e-14  # a bisection that starts anew leaves 1e-11


@pytest.mark.parametrize("stop", [-0.1, 0.0, 0.05, 0.1])
def test_stop_loss_levels_solve_their_equations(stop):
    trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=stop)
    slow = Trip(8.0, 0.3, 0.3, 0.05, 0.05, 0.02, 0.02)
    top = slow.stopped_exit(stop, trip.exit_level)
    assert trip.exit_level == pytest.approx(float(top), abs=1e-10)
    low, high = trip.entry_interval
    value, slope = slow.stopped_value(stop, top)
    slow_low, slow_high = slow.stopped_entry(value, slope, low, high)
    assert low == pytest.approx(float(slow_low), abs=1e-10)
    assert high == pytest.approx(float(slow_high), abs=1e-10)
    assert trip.entry_level == high
    middle = 0.5 * (low + high)
    assert trip.exit_value(middle) == pytest.approx(float(value(mp.mpf(middle))), rel=1e-10)
    assert trip.entry_value(middle) == pytest.approx(trip.exit_value(middle) - middle - 0.02)


def test_stop_loss_gives_nothing_away_when_far():
    free = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02)
    far = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=-2.0)
    assert far.exit_level == pytest.approx(free.exit_level, rel=1e-12)
    assert far.entry_level == pytest.approx(free.entry_level, rel=1e-12)


def test_no_entry_is_an_answer():
    trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=0.2)
    assert trip.entry_interval is None
    assert trip.entry_level is None
    assert trip.best_gain < 0
    assert (trip.entry_value(np.linspace(-1, 1, 9)) == 0).all()
    assert "no entry" in repr(trip)
    # From a global search: nowhere on a fine net is buying worth its cost.
    x = np.linspace(0.2, trip.exit_level, 2001)
    assert (trip.exit_value(x) - x - 0.02).max() <= trip.best_gain + 1e-12


def test_stop_so_high_that_selling_at_once_is_best():
    trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=0.31)
    assert trip.exit_level == 0.31
    assert trip.entry_interval is None


def test_values_satisfy_the_variational_inequalities():
    for stop in (None, 0.0):
        trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=stop)
        x = np.linspace(-0.4, 0.8, 601)
        held, waiting = trip.exit_value(x), trip.entry_value(x)
        if stop is None:
            assert (held >= x - 0.02 - 1e-12).all()
        assert (waiting >= np.maximum(held - x - 0.02, 0.0) - 1e-12).all()
        levels = [trip.exit_level, *trip.entry_interval, 0.0 if stop is None else stop]
        for level in (level for level in levels if math.isfinite(level)):
            for value in (trip.exit_value, trip.entry_value):
                assert value(level - 1e-9) == pytest.approx(value(level + 1e-9), abs=1e-7)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"discount": 0.0}, "discount"),
        ({"discount": -0.1}, "discount"),
        ({"discount_entry": 0.0}, "discount_entry"),
        ({"discount_entry": 0.06}, "discount_entry"),
        ({"cost_exit": 0.0}, "cost_exit"),
        ({"cost_exit": -0.02, "cost_entry": 0.01}, "cost_exit"),
        ({"cost_entry": math.nan}, "cost_entry"),
        ({"stop_loss": 0.47}, "stop_loss"),
        ({"stop_loss": math.inf}, "stop_loss"),
        ({"stop_loss": -1e300}, "stop_loss"),
        ({"cost_exit": 1e300}, "cost_exit"),
        ({"discount": 1e300}, "discount"),
        ({"discount": 1e-300}, "discount"),
    ],
)
def test_bad_argument_is_named(change, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.control.optimal_stopping(OU, **{"discount": 0.05, "cost_exit": 0.02, **change})
    assert caught.value.argument == argument


def test_shows_itself():
    trip = sl.control.optimal_stopping(OU, discount=0.05, cost_exit=0.02, stop_loss=0.0)
    assert "sell at or above" in trip._repr_html_()
    assert trip.plot().to_png()[:4] == b"\x89PNG"
    assert trip.to_frame().exit_level.iloc[0] == trip.exit_level
    with pytest.raises(sl.InvalidInputError, match="NaN"):
        trip.exit_value(math.nan)
