"""The Ornstein-Uhlenbeck likelihood written out step by step, and its maximum by search."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.optimize import minimize


def loglik(x, kappa, theta, sigma, steps):
    """Sum of the log densities of every step given the one before; `steps` is dt or a vector."""
    steps = np.broadcast_to(np.asarray(steps, dtype=float), (len(x) - 1,))
    total = 0.0
    for t in range(1, len(x)):
        dt = steps[t - 1]
        mean = theta + (x[t - 1] - theta) * math.exp(-kappa * dt)
        variance = sigma**2 * (1.0 - math.exp(-2.0 * kappa * dt)) / (2.0 * kappa)
        total -= 0.5 * (math.log(2.0 * math.pi * variance) + (x[t] - mean) ** 2 / variance)
    return total


def maximise(x, steps, start):
    """Return (kappa, theta, sigma, loglik) that Nelder-Mead and Powell reach from `start`."""

    def cost(p):
        return -loglik(x, math.exp(p[0]), p[1], math.exp(p[2]), steps)

    point = np.array([math.log(start[0]), start[1], math.log(start[2])])
    for method in ("Nelder-Mead", "Powell", "Nelder-Mead"):
        tight = {"maxiter": 4000, "maxfev": 8000}
        tight |= {"xatol": 1e-11, "fatol": 1e-13} if method == "Nelder-Mead" else {"ftol": 1e-14}
        found = minimize(cost, point, method=method, options=tight)
        point = found.x
    return math.exp(point[0]), point[1], math.exp(point[2]), -found.fun


def hessian(x, kappa, theta, sigma, steps):
    """Second derivatives of the log-likelihood in 50-digit arithmetic, by central differences."""
    import mpmath as mp

    with mp.workdps(50):
        values = [mp.mpf(float(v)) for v in x]
        gaps = [mp.mpf(float(s)) for s in np.broadcast_to(steps, (len(x) - 1,))]

        def value(p):
            k, m, s = p
            total = mp.mpf(0)
            for t, dt in enumerate(gaps):
                mean = m + (values[t] - m) * mp.exp(-k * dt)
                variance = s**2 * (1 - mp.exp(-2 * k * dt)) / (2 * k)
                total -= (mp.log(2 * mp.pi * variance) + (values[t + 1] - mean) ** 2 / variance) / 2
            return total

        point = [mp.mpf(float(p)) for p in (kappa, theta, sigma)]
        h = [mp.mpf("1e-15") * max(abs(p), mp.mpf("1e-3")) for p in point]

        def shifted(i, a, j, b):
            moved = list(point)
            moved[i] += a * h[i]
            moved[j] += b * h[j]
            return value(moved)

        out = np.empty((3, 3))
        for i in range(3):
            for j in range(3):
                cross = (
                    shifted(i, 1, j, 1)
                    - shifted(i, 1, j, -1)
                    - shifted(i, -1, j, 1)
                    + shifted(i, -1, j, -1)
                )
                out[i, j] = float(cross / (4 * h[i] * h[j]))
    return out


def ar1_fit(x):
    """Return (phi, theta, variance over n) by the plain loops of least squares."""
    n = len(x) - 1
    mean_x, mean_y = sum(x[:-1]) / n, sum(x[1:]) / n
    sxx = sum((a - mean_x) ** 2 for a in x[:-1])
    sxy = sum((a - mean_x) * (b - mean_y) for a, b in itertools.pairwise(x))
    phi = sxy / sxx
    intercept = mean_y - phi * mean_x
    rss = sum((b - intercept - phi * a) ** 2 for a, b in itertools.pairwise(x))
    return phi, intercept / (1.0 - phi), rss / n
