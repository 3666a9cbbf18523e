"""Loops over time of the Ornstein-Uhlenbeck models."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@njit(nogil=True, cache=True)
def ou_recursion_nb(shocks: F64, x0: F64, theta: float, phi: float, scale: float) -> None:
    """Turn standard normal `shocks` (T, M) into paths in place; row 0 becomes `x0` (M,)."""
    n_obs, n_paths = shocks.shape
    for m in range(n_paths):
        shocks[0, m] = x0[m] - theta
    for t in range(1, n_obs):
        for m in range(n_paths):
            shocks[t, m] = phi * shocks[t - 1, m] + scale * shocks[t, m]
    for t in range(n_obs):
        for m in range(n_paths):
            shocks[t, m] += theta


@njit(nogil=True, cache=True)
def ar1_moments_nb(x: F64) -> F64:
    """Return what the likelihood of an AR(1) needs of every column of `x` (T, M).

    Over the n = T - 1 steps from x[t] to x[t + 1], one row each of the result (7, M): mean of
    x[t]; mean of the increment d = x[t + 1] - x[t]; the centred sums Sxx, Sxd and the residual
    sum of squares of d on x[t] and a constant; and the smallest and the largest value.
    """
    n_obs, n_columns = x.shape
    n = n_obs - 1
    out = np.zeros((7, n_columns))
    for m in range(n_columns):
        out[5, m] = min(x[0, m], x[n, m])
        out[6, m] = max(x[0, m], x[n, m])
    # The first value is taken off before anything is added up, so that a level far from zero
    # costs no digits.
    for t in range(1, n):
        for m in range(n_columns):
            out[0, m] += x[t, m] - x[0, m]
            out[5, m] = min(out[5, m], x[t, m])
            out[6, m] = max(out[6, m], x[t, m])
    for m in range(n_columns):
        out[0, m] = x[0, m] + out[0, m] / n
        out[1, m] = (x[n, m] - x[0, m]) / n
    for t in range(n):
        for m in range(n_columns):
            level = x[t, m] - out[0, m]
            step = x[t + 1, m] - x[t, m] - out[1, m]
            out[2, m] += level * level
            out[3, m] += level * step
    # Residuals are summed as such: Sdd - Sxd^2 / Sxx would cancel where they are small.
    slope = np.zeros(n_columns)
    for m in range(n_columns):
        slope[m] = out[3, m] / out[2, m] if out[2, m] > 0.0 else np.nan
    for t in range(n):
        for m in range(n_columns):
            residual = x[t + 1, m] - x[t, m] - out[1, m] - slope[m] * (x[t, m] - out[0, m])
            out[4, m] += residual * residual
    return out


@njit(nogil=True, cache=True)
def ar1_sigma_cost_nb(
    kappa: float, sigma: float, rss: float, sxx: float, phi_hat: float, n: int
) -> float:
    """Return -2 log-likelihood, without constants, at `kappa` and `sigma` per step; theta free."""
    v = 1.0 if abs(kappa) < 1e-12 else -math.expm1(-2.0 * kappa) / (2.0 * kappa)
    v *= sigma * sigma
    return n * math.log(v) + (rss + (math.exp(-kappa) - phi_hat) ** 2 * sxx) / v


@njit(nogil=True, cache=True)
def ar1_sigma_ratio_nb(sigma: float, rss: float, sxx: float, phi_hat: float, n: int) -> float:
    """Return the likelihood ratio of `sigma` per step, kappa and theta free; phi_hat > 0.

    A golden section over kappa, which may be negative, in a window of many standard errors.
    """
    centre = -math.log(phi_hat)
    reach = 20.0 * math.sqrt(rss / n / sxx) / phi_hat + 8.0 / n
    low, high = centre - reach, centre + reach
    step = 0.5 * (math.sqrt(5.0) - 1.0)
    a, b = high - step * (high - low), low + step * (high - low)
    fa = ar1_sigma_cost_nb(a, sigma, rss, sxx, phi_hat, n)
    fb = ar1_sigma_cost_nb(b, sigma, rss, sxx, phi_hat, n)
    for _ in range(50):
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - step * (high - low)
            fa = ar1_sigma_cost_nb(a, sigma, rss, sxx, phi_hat, n)
        else:
            low, a, fa = a, b, fb
            b = low + step * (high - low)
            fb = ar1_sigma_cost_nb(b, sigma, rss, sxx, phi_hat, n)
    return min(fa, fb) - (n * math.log(rss / n) + n)


@njit(nogil=True, cache=True)
def ou_added_recursion_nb(paths: F64, added: F64, phi: float) -> None:
    """Fill `paths` (T, M) from its row 0: what is left of the level plus `added` (T - 1, M)."""
    n_obs, n_paths = paths.shape
    for t in range(1, n_obs):
        for m in range(n_paths):
            paths[t, m] = phi * paths[t - 1, m] + added[t - 1, m]
