"""Parametric bootstrap of a fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.ou.intervals import Interval, half_life_interval
from spreadlab.ou.simulate import simulate_paths

if TYPE_CHECKING:
    from spreadlab.ou.params import OUParams

_CELLS = 2_000_000


def bootstrap_intervals(
    params: OUParams, dt: float, x0: float, n_obs: int, level: float, n_paths: int, seed: int
) -> dict[str, Interval]:
    """Return reflected percentile intervals of refits to paths simulated from a fit.

    Each end is 2 estimate - quantile (Hall 1992, section 1.4), taken on the scale on which the
    error depends least on the parameter: phi for kappa, ln sigma for sigma. Paths start at the
    first observation. A refit with phi >= 1 has no mean: its theta counts as infinite.

    Parameters
    ----------
    params : OUParams
        The fit.
    dt, x0, n_obs
        Step, first observation and length of the sample.
    level : float
        Confidence level.
    n_paths, seed : int
        Simulated paths, and the seed of their random numbers.
    """
    from spreadlab.ou.kernels import ar1_moments_nb

    rng = np.random.default_rng(seed)
    n, phi0 = n_obs - 1, math.exp(-params.kappa * dt)
    rho_parts, theta_parts, variance_parts = [], [], []
    width = max(1, _CELLS // n_obs)
    for start in range(0, n_paths, width):
        count = min(width, n_paths - start)
        paths = simulate_paths(params, dt, np.full(count, x0), n_obs, rng)
        mean, drift, sxx, sxd, rss = ar1_moments_nb(paths)[:5]
        rho_parts.append(sxd / sxx)
        theta_parts.append(mean - drift * sxx / sxd)
        variance_parts.append(rss / n)
    rho, theta = np.concatenate(rho_parts), np.concatenate(theta_parts)
    variance = np.concatenate(variance_parts)
    tails = (0.5 - 0.5 * level, 0.5 + 0.5 * level)

    low, high = (2.0 * phi0 - 1.0 - q for q in np.quantile(rho, tails[::-1]).tolist())
    kappa = (
        max(0.0, -math.log(high) / dt) if high > 0.0 else math.inf,
        max(0.0, -math.log(low) / dt) if low > 0.0 else math.inf,
    )
    lost = rho >= 0.0
    far_low, far_high = np.where(lost, -np.inf, theta), np.where(lost, np.inf, theta)
    ends = (
        2.0 * params.theta - float(np.quantile(far_high, tails[1], method="higher")),
        2.0 * params.theta - float(np.quantile(far_low, tails[0], method="lower")),
    )
    kept = (rho > -1.0) & ~lost
    kappas = -np.log1p(rho[kept]) / dt
    sigmas = np.sqrt(2.0 * kappas * variance[kept] / -np.expm1(-2.0 * kappas * dt))
    sigma_low, sigma_high = (params.sigma**2 / float(q) for q in np.quantile(sigmas, tails[::-1]))
    return {
        "kappa": kappa,
        "theta": ends,
        "sigma": (sigma_low, sigma_high),
        "half_life": half_life_interval(kappa),
    }
