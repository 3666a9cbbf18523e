"""Variances of the Kalman hedge the obvious way: a general search from every point of a grid."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.optimize import minimize

from spreadlab.ou.kernels_hedge import kalman_filter_nb  # itself held against statsmodels

GRID = (-16.0, -8.0, -4.0, 0.0)
STARTS = tuple(itertools.product(GRID, GRID))


def concentrated_loglik(y, x, point):
    """Diffuse log-likelihood at log ratios of the variances to the noise, whose best is S / N."""
    none = np.empty((0, 0))
    log_f, squares, proper = kalman_filter_nb(y, x, *np.exp(point), 1.0, none)
    total = y.size * math.log(2 * math.pi) + log_f + proper * (math.log(squares / proper) + 1)
    return -0.5 * total


def precise_loglik(y, x, point):
    """Return the same in extended precision, where no noise beside moves does not cost digits."""
    y, x, ratios = (np.asarray(v, dtype=np.longdouble) for v in (y, x, point))
    log_f, squares, proper = kalman_filter_nb.py_func(
        y, x, *np.exp(ratios), np.longdouble(1.0), np.empty((0, 0))
    )
    total = y.size * math.log(2 * math.pi) + log_f + proper * (np.log(squares / proper) + 1)
    return -0.5 * float(total)


def top_from(y, x, start):
    """Return the likelihood that a simplex search from `start` ends at, and where."""

    def cost(point):
        return -concentrated_loglik(y, x, np.clip(point, -30.0, 30.0))

    options = {"xatol": 1e-5, "fatol": 1e-11, "maxiter": 2000}
    found = minimize(cost, start, method="Nelder-Mead", options=options)
    return -found.fun, np.clip(found.x, -30.0, 30.0)


def highest_loglik(y, x):
    """Return the highest of the tops that the searches from all points of the grid end at."""
    _, point = max((top_from(y, x, start) for start in STARTS), key=lambda top: top[0])
    return precise_loglik(y, x, point)
