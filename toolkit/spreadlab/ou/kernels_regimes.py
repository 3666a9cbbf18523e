"""Loops of the regime-switching model: Hamilton's filter, Kim's smoother, one EM step.

A model is an array (2, 3): a row per regime with intercept, phi and variance of
x[t + 1] = intercept + phi x[t] + e; `stay` (2,) holds the probabilities of staying.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@njit(nogil=True, cache=True)
def regime_path_nb(x0: float, shocks: F64, regimes: I64, model: F64, out: F64) -> None:
    """Fill `out` (T,) with a path; step t uses the row `regimes[t]` of `model` and `shocks[t]`."""
    out[0] = x0
    for t in range(shocks.size):
        k = regimes[t]
        out[t + 1] = model[k, 0] + model[k, 1] * out[t] + math.sqrt(model[k, 2]) * shocks[t]


@njit(nogil=True, cache=True)
def chain_nb(uniforms: F64, stay: F64, out: I64) -> None:
    """Fill `out` (n,) with the regimes of a two-state chain in its stationary law."""
    first = (1.0 - stay[1]) / (2.0 - stay[0] - stay[1])
    state = 0 if uniforms[0] < first else 1
    out[0] = state
    for t in range(1, uniforms.size):
        if uniforms[t] >= stay[state]:
            state = 1 - state
        out[t] = state


@njit(nogil=True, cache=True)
def hamilton_nb(x: F64, model: F64, stay: F64, predicted: F64, filtered: F64) -> float:
    """Fill the regime probabilities (n, 2) before and after each step; return the log-likelihood.

    The chain starts in its stationary law (Hamilton 1994, section 22.4).
    """
    n = x.size - 1
    p0 = (1.0 - stay[1]) / (2.0 - stay[0] - stay[1])
    p1 = 1.0 - p0
    loglik = 0.0
    for t in range(n):
        predicted[t, 0], predicted[t, 1] = p0, p1
        e0 = x[t + 1] - model[0, 0] - model[0, 1] * x[t]
        e1 = x[t + 1] - model[1, 0] - model[1, 1] * x[t]
        l0 = -0.5 * (math.log(2.0 * math.pi * model[0, 2]) + e0 * e0 / model[0, 2])
        l1 = -0.5 * (math.log(2.0 * math.pi * model[1, 2]) + e1 * e1 / model[1, 2])
        top = max(l0, l1)
        f0, f1 = p0 * math.exp(l0 - top), p1 * math.exp(l1 - top)
        total = f0 + f1
        loglik += top + math.log(total)
        f0 /= total
        f1 /= total
        filtered[t, 0], filtered[t, 1] = f0, f1
        p0 = f0 * stay[0] + f1 * (1.0 - stay[1])
        p1 = 1.0 - p0
    return loglik


@njit(nogil=True, cache=True)
def kim_nb(predicted: F64, filtered: F64, stay: F64, smoothed: F64, stayed: F64) -> None:
    """Fill smoothed probabilities (n, 2) and the expected numbers of stays (2,) (Kim 1994)."""
    n = filtered.shape[0]
    smoothed[n - 1] = filtered[n - 1]
    stayed[0], stayed[1] = 0.0, 0.0
    for t in range(n - 2, -1, -1):
        r0 = smoothed[t + 1, 0] / max(predicted[t + 1, 0], 1e-300)
        r1 = smoothed[t + 1, 1] / max(predicted[t + 1, 1], 1e-300)
        stay0 = filtered[t, 0] * stay[0] * r0
        stay1 = filtered[t, 1] * stay[1] * r1
        stayed[0] += stay0
        stayed[1] += stay1
        smoothed[t, 0] = stay0 + filtered[t, 0] * (1.0 - stay[0]) * r1
        smoothed[t, 1] = stay1 + filtered[t, 1] * (1.0 - stay[1]) * r0


@njit(nogil=True, cache=True)
def regime_em_nb(
    x: F64, model: F64, stay: F64, floor: float, max_steps: int, tolerance: float
) -> tuple[float, int]:
    """Improve `model` and `stay` in place by EM; return the log-likelihood and the steps taken.

    Variances are kept above `floor`; phi is whatever weighted least squares gives.
    """
    n = x.size - 1
    predicted, filtered, smoothed = np.empty((n, 2)), np.empty((n, 2)), np.empty((n, 2))
    stayed = np.empty(2)
    before = -np.inf
    for step in range(max_steps):
        loglik = hamilton_nb(x, model, stay, predicted, filtered)
        if loglik - before < tolerance * n:
            return loglik, step
        before = loglik
        kim_nb(predicted, filtered, stay, smoothed, stayed)
        for k in range(2):
            weight, mx, my = 0.0, 0.0, 0.0
            for t in range(n):
                weight += smoothed[t, k]
                mx += smoothed[t, k] * x[t]
                my += smoothed[t, k] * x[t + 1]
            weight = max(weight, 1e-300)
            mx /= weight
            my /= weight
            sxx, sxy = 0.0, 0.0
            for t in range(n):
                sxx += smoothed[t, k] * (x[t] - mx) * (x[t] - mx)
                sxy += smoothed[t, k] * (x[t] - mx) * (x[t + 1] - my)
            model[k, 1] = sxy / max(sxx, 1e-300)
            model[k, 0] = my - model[k, 1] * mx
            squares = 0.0
            for t in range(n):
                e = x[t + 1] - model[k, 0] - model[k, 1] * x[t]
                squares += smoothed[t, k] * e * e
            model[k, 2] = max(squares / weight, floor)
            left = max(weight - smoothed[n - 1, k], 1e-300)
            stay[k] = min(max(stayed[k] / left, 1e-4), 1.0 - 1e-6)
    return before, max_steps
