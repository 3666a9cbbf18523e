"""Levels that do best on average over uncertain parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.task import poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT_ONCE = 8192  # draws: a few milliseconds of work, and of memory what a cache holds
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def _passage_up(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean time from z = low up to z = high, in 1/kappa.

    It is int_low^high exp(z^2/2) sqrt(2 pi) Phi(z) dz, with the integrand written as
    sqrt(pi/2) erfcx(-z/sqrt 2).
    """
    from scipy.special import erfcx

    times = np.empty(low.size)
    for first in range(0, low.size, AT_ONCE):
        poll_cancel()
        part = slice(first, first + AT_ONCE)
        half = 0.5 * (high[part] - low[part])[:, None]
        z = 0.5 * (high[part] + low[part])[:, None] + half * _POINTS
        with np.errstate(over="ignore"):  # an exit that is never reached takes for ever
            inside = np.sqrt(0.5 * np.pi) * erfcx(-z / np.sqrt(2.0))
            times[part] = (inside * half) @ _WEIGHTS
    return times


def _layer_rates(
    draws: NDArray[np.float64], entry: float, leave: float, cost: float, penalty: float
) -> NDArray[np.float64]:
    kappa, theta, sigma = draws.T
    sd = sigma / np.sqrt(2.0 * kappa)
    low, high = (entry - theta) / sd, (leave - theta) / sd
    held = _passage_up(low, high) / kappa
    waited = _passage_up(-high, -low) / kappa
    return np.asarray((leave - entry - 2.0 * cost - penalty * held) / (held + waited))


def gain_rates(
    draws: NDArray[np.float64], levels: NDArray[np.float64], cost: float, penalty: float
) -> NDArray[np.float64]:
    """Return the long-run gain per unit of time of fixed levels under each draw.

    The long layer earns exit - entry - 2 c - lam E[time held] per cycle of time held and time
    waited (renewal-reward); the short layer likewise.

    Parameters
    ----------
    draws : ndarray, shape (M, 3)
        kappa, theta and sigma.
    levels : ndarray, shape (4,)
        enter_long, exit_long, enter_short, exit_short.
    cost, penalty : float
        Cost per trade, and running charge lam while in a position.

    Returns
    -------
    ndarray, shape (M,)
    """
    mirrored = draws * np.array([1.0, -1.0, 1.0])
    long = _layer_rates(draws, levels[0], levels[1], cost, penalty)
    return long + _layer_rates(mirrored, -levels[2], -levels[3], cost, penalty)


def robust_levels(
    draws: NDArray[np.float64], start: NDArray[np.float64], cost: float, penalty: float
) -> NDArray[np.float64]:
    """Return the four levels with the largest mean of `gain_rates` over the draws.

    The two layers are independent, so each is a search in two dimensions (Nelder and Mead), from
    `start` and never below it.
    """
    from scipy.optimize import minimize

    mirrored = draws * np.array([1.0, -1.0, 1.0])
    best = np.array(start)
    for sample, first, sign in ((draws, 0, 1.0), (mirrored, 2, -1.0)):
        given = sign * best[first : first + 2]
        width = given[1] - given[0]

        def loss(
            u: NDArray[np.float64],
            sample: NDArray[np.float64] = sample,
            given: NDArray[np.float64] = given,
            width: float = width,
        ) -> float:
            middle, log_width = 0.5 * (given[0] + given[1]) + width * u[0], u[1]
            half = 0.5 * width * np.exp(log_width)
            if not 1e-6 * width < half < 50.0 * width:
                return np.inf
            return float(-_layer_rates(sample, middle - half, middle + half, cost, penalty).mean())

        found = minimize(
            loss,
            np.zeros(2),
            method="Nelder-Mead",
            options={
                "initial_simplex": np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1]]),
                "xatol": 1e-5,
                "fatol": 1e-12,
                "maxiter": 400,
            },
        )
        if found.fun <= loss(np.zeros(2)):
            middle = 0.5 * (given[0] + given[1]) + width * found.x[0]
            half = 0.5 * width * np.exp(found.x[1])
            best[first : first + 2] = sign * np.array([middle - half, middle + half])
    return best
