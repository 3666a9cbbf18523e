"""A pair that reverts, a pair that does not, and a small universe with known pairs."""

from __future__ import annotations

import numpy as np


def pair(seed=0, n_obs=600, phi=0.9, beta=0.8):
    """Prices of a dependent and its hedge whose log spread is an autoregression."""
    rng = np.random.default_rng(seed)
    hedge = 3.0 + 0.01 * rng.normal(size=n_obs).cumsum()
    spread = np.zeros(n_obs)
    for t in range(1, n_obs):
        spread[t] = phi * spread[t - 1] + 0.01 * rng.normal()
    return np.exp(0.5 + beta * hedge + spread), np.exp(hedge)


def walks(n_symbols, seed=1, n_obs=600):
    rng = np.random.default_rng(seed)
    return 50 * np.exp(0.01 * rng.normal(size=(n_obs, n_symbols)).cumsum(axis=0))


def universe(n_symbols=8, n_obs=600):
    """Column 0 depends on column 1 and column 2 on column 3; the rest are random walks."""
    prices = walks(n_symbols, n_obs=n_obs)
    for column, seed in ((0, 2), (2, 3)):
        prices[:, column], prices[:, column + 1] = pair(seed, n_obs)
    return prices
