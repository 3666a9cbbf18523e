"""The linear systems behind every time step, against dense algebra."""

import numpy as np
import pytest

from spreadlab.control.kernels_mesh import rates_nb
from spreadlab.control.kernels_obstacle import _howard_nb, _linear_nb

SIZES = [3, 4, 5, 6, 7, 40, 41]
MASS, COST = 3.0, 0.4


def system(n):
    """Return nodes with uneven steps, the scheme's rates, and mass - L as a matrix."""
    rng = np.random.default_rng(n)
    z = np.sort(rng.uniform(-3.0, 3.0, n))
    up, down = rates_nb(z)
    matrix = np.diag(MASS + up + down) - np.diag(up[:-1], 1) - np.diag(down[1:], -1)
    return z, up, down, matrix


@pytest.mark.parametrize("n", SIZES)
def test_elimination_from_both_ends_solves_the_system(n):
    z, up, down, matrix = system(n)
    right = np.cos(3.0 * z)
    value = np.empty(n)
    _linear_nb(up, down, MASS, right, value, np.empty(n))
    np.testing.assert_allclose(value, np.linalg.solve(matrix, right), rtol=1e-12)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("first", [-1, 0, 1])
def test_policy_iteration_ends_where_the_obstacles_are_kept(n, first):
    z, up, down, matrix = system(n)
    right = -4.0 * z
    value, state = np.empty(n), np.full(n, first, dtype=np.int8)
    count = _howard_nb(up, down, MASS, right, COST, 0.3, state, value, np.zeros(n))
    assert count > 0
    assert (value[0], value[-1]) == (0.3, -COST)
    inner = np.arange(1, n - 1)
    assert (np.abs(value[inner]) <= COST).all()
    push = (right - matrix @ value)[inner]  # what an obstacle takes: of its own sign, or nothing
    np.testing.assert_allclose(push[state[inner] == 0], 0.0, atol=1e-11)
    assert (push * state[inner] >= -1e-11).all()
    np.testing.assert_array_equal(
        value[inner][state[inner] != 0], COST * state[inner][state[inner] != 0]
    )
