"""Newton's method: minima known in closed form, ends of the range, what never settles."""

from __future__ import annotations

import math

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.ou.descent import derivatives, minimise


def rosenbrock(p):
    return float((1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)


def test_derivatives_of_a_polynomial():
    def cost(p):
        return float(3 * p[0] ** 2 + 2 * p[0] * p[1] + p[1] ** 2 + p[2] - 5 * p[2] * p[0])

    point = np.array([0.3, -0.2, 0.7])
    gradient, curves = derivatives(cost, point, cost(point))
    np.testing.assert_allclose(gradient, [1.8 - 0.4 - 3.5, 0.6 - 0.4, 1 - 1.5], atol=1e-8)
    np.testing.assert_allclose(curves, [[6, 2, -5], [2, 2, 0], [-5, 0, 0]], atol=1e-6)


def test_finds_the_bottom_of_a_bent_valley():
    """Up to the third derivatives that central differences of a thousandth leave in."""
    found = minimise(rosenbrock, np.array([-1.2, 1.0]), -5, 5)
    np.testing.assert_allclose(found, [1.0, 1.0], atol=1e-3)


def test_leaves_a_concave_stretch_downhill():
    found = minimise(lambda p: float(-math.exp(-((p[0] - 2) ** 2))), np.array([0.3]), -9.0, 9.0)
    assert found[0] == pytest.approx(2.0, abs=1e-4)


def test_holds_variables_at_the_ends_of_the_range():
    found = minimise(lambda p: float((p[0] - 7) ** 2 + (p[1] - p[0]) ** 2), np.zeros(2), -3.0, 3.0)
    np.testing.assert_allclose(found, [3.0, 3.0], atol=1e-4)


def test_says_so_when_it_does_not_settle():
    with pytest.raises(sl.ConvergenceError, match="did not settle"):
        minimise(lambda p: float(p[0]), np.zeros(1), -1e9, 1e9)
