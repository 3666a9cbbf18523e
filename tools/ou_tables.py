"""Simulate the critical values that the Ornstein-Uhlenbeck intervals and the unit-root test use.

Writes toolkit/spreadlab/ou/critical_values.npz. For n steps of an AR(1) with phi = exp(-c / n),
started from its stationary law, the likelihood-ratio statistics of the true phi, theta and sigma
have distributions that depend on (c, n) alone: theta and sigma are location and scale. Their
quantiles are stored as ratios to those of a chi-square with one degree of freedom. The same
paths at c = 0 (a random walk) give the distribution of the Dickey-Fuller t-ratio.

Usage: python tools/ou_tables.py [paths per cell, 200000 by default] [file]   (about ten minutes)
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import stats

from spreadlab.ou.kernels import ar1_sigma_ratio_nb

SEED = 20_140_102
PATHS = 200_000
STEPS = np.array([19, 25, 35, 50, 75, 125, 250, 500, 1000, 2500])
C = np.array(
    [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 11, 15, 20, 30, 45, 70, 120, 250, 600, 2000, 17500]
)
LEVELS = np.array([0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999])
TAIL = np.array([1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 7e-3])
PROBABILITIES = np.concatenate([TAIL, np.arange(0.01, 0.995, 0.005), 1 - TAIL[::-1]])
TARGET = Path(__file__).parents[1] / "toolkit/spreadlab/ou/critical_values.npz"

F64 = NDArray[np.float64]


@njit(nogil=True)
def statistics_nb(
    phi: float, n: int, sd0: float, scale: float, rng: np.random.Generator, out: F64
) -> None:
    """Fill `out` (paths, 4): likelihood ratios of phi, theta, sigma, and the t-ratio of phi = 1."""
    for i in range(out.shape[0]):
        start = sd0 * rng.standard_normal()
        x, sx, sd, sxx, sxd, sdd = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        pull = (phi - 1.0) * start
        for _ in range(n):
            d = (phi - 1.0) * x + pull + scale * rng.standard_normal()
            sx += x
            sd += d
            sxx += x * x
            sxd += x * d
            sdd += d * d
            x += d
        mean, drift = sx / n, sd / n
        sxx -= n * mean * mean
        sxd -= n * mean * drift
        sdd -= n * drift * drift
        rho = sxd / sxx
        rss = sdd - rho * sxd
        out[i, 0] = n * math.log1p((1.0 + rho - phi) ** 2 * sxx / rss)
        m = start + mean  # theta is zero
        cross, square = sxd + n * m * drift, sxx + n * m * m
        out[i, 1] = n * math.log((sdd + n * drift * drift - cross * cross / square) / rss)
        positive = 1.0 + rho > 0.0
        out[i, 2] = ar1_sigma_ratio_nb(1.0, rss, sxx, 1.0 + rho, n) if positive else np.nan
        out[i, 3] = rho * math.sqrt((n - 2) * sxx / rss)


def simulate(c: float, n: int, paths: int, seed: list[int]) -> F64:
    """Return the statistics of `paths` paths at phi = exp(-c / n), sigma = 1 and dt = 1."""
    kappa = min(c / n, 7.0)
    sd0 = 1.0 / math.sqrt(2.0 * kappa) if kappa > 0 else 0.0
    scale = math.sqrt(-math.expm1(-2.0 * kappa) / (2.0 * kappa)) if kappa > 0 else 1.0
    out = np.empty((paths, 4))
    statistics_nb(math.exp(-kappa), n, sd0, scale, np.random.default_rng(seed), out)
    return out


def main() -> None:
    """Simulate every cell and write the file."""
    paths = int(sys.argv[1]) if len(sys.argv) > 1 else PATHS
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET
    started = time.monotonic()
    ratios = np.full((3, STEPS.size, C.size, LEVELS.size), np.nan)
    unit_root = np.empty((STEPS.size, PROBABILITIES.size))
    reference = stats.chi2(1).ppf(LEVELS)
    for i, n in enumerate(STEPS):
        # The unit-root distribution needs its far tail, so its cell has more paths.
        for j, c in enumerate(C):
            sample = simulate(c, int(n), paths * (5 if c == 0 else 1), [SEED, int(n), j])
            for k in range(3):
                # sigma is estimated only where the estimated phi is positive, so its distribution
                # is the one given that; where it rarely is, the last smaller c has to do.
                defined = np.isfinite(sample[:, k])
                if defined.mean() < 0.2:
                    ratios[k, i, j] = ratios[k, i, j - 1]
                else:
                    ratios[k, i, j] = np.quantile(sample[defined, k], LEVELS) / reference
            if c == 0:
                # As c goes to 0 theta is the drift of the walk, and its statistic that of phi = 1.
                ratios[1, i, j] = ratios[0, i, j]
                unit_root[i] = np.quantile(sample[:, 3], PROBABILITIES)
        print(f"n = {n}: {time.monotonic() - started:.0f} s", flush=True)
    np.savez_compressed(
        target,
        steps=STEPS,
        c=C,
        levels=LEVELS,
        ratios=ratios.astype(np.float32),
        probabilities=PROBABILITIES,
        unit_root=unit_root.astype(np.float32),
        paths=paths,
        seed=SEED,
    )
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
