"""The parabolic cylinder integral against mpmath."""

import math

import mpmath as mp
import pytest
from tests.oracles.control_slow import log_parabolic_integral

from spreadlab.control.kernels_special import (
    integral_moments_nb,
    log_integral_nb,
    log_kummer_nb,
)

ORDERS = (1e-7, 1e-3, 0.1, 0.7, 1.0, 1.3, 2.0, 5.0, 30.0)
POINTS = (-40.0, -12.0, -5.0, -2.0, -1.0, -0.01, 0.0, 0.01, 0.5, 2.0, 7.0, 20.0)


@pytest.mark.parametrize("nu", ORDERS)
def test_log_integral_equals_mpmath(nu):
    for z in POINTS:
        expected = float(log_parabolic_integral(nu, z))
        got = log_integral_nb(nu, z)
        assert got == pytest.approx(expected, rel=1e-14, abs=1e-13), z


@pytest.mark.parametrize("nu", [1.0133, 40.0])
@pytest.mark.parametrize("z", [-9.0, 0.0, 6.0])
@pytest.mark.parametrize("width", [1e-6, 0.3, 8.0])
def test_moments_equal_ratios_of_integrals(nu, z, width):
    _, slope, drop, far_slope, area = integral_moments_nb(nu, z, width)
    here = log_parabolic_integral(nu, z)
    there = mp.exp(log_parabolic_integral(nu, mp.mpf(z) + mp.mpf(width)) - here)
    assert slope == pytest.approx(
        float(mp.exp(log_parabolic_integral(nu + 1, z) - here)), rel=1e-12
    )
    assert drop == pytest.approx(float(1 - there), rel=1e-12)
    beyond = mp.exp(log_parabolic_integral(nu + 1, mp.mpf(z) + mp.mpf(width)) - here)
    assert far_slope == pytest.approx(float(beyond), rel=1e-12, abs=1e-15 * slope)
    inside = mp.quad(
        lambda t: mp.exp(log_parabolic_integral(nu, t) - here),
        mp.linspace(mp.mpf(z), mp.mpf(z) + mp.mpf(width), 4),
        maxdegree=4,
    )
    assert area == pytest.approx(float(inside), rel=1e-12)


@pytest.mark.parametrize("a", [0.0, 1e-6, 0.5, 1.7, 25.0])
@pytest.mark.parametrize("b", [0.5, 1.5, 7.0])
@pytest.mark.parametrize("x", [0.0, 1e-8, 0.4, 12.0, 900.0])
def test_log_kummer_equals_mpmath(a, b, x):
    expected = float(mp.log(mp.hyp1f1(a, b, x)))
    assert log_kummer_nb(a, b, x) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_far_points_stay_finite():
    assert math.isfinite(log_integral_nb(0.01, -1e5))
    assert math.isfinite(log_integral_nb(0.01, 1e5))
    assert math.isfinite(log_integral_nb(1e5, 3.0))


def test_plain_python_twin_agrees():
    assert integral_moments_nb.py_func(1.2, -0.7, 0.4) == pytest.approx(
        integral_moments_nb(1.2, -0.7, 0.4), rel=1e-14
    )
