"""Universes like a given one in which no pair is cointegrated.

All are made of the steps (differences of the transformed prices), added up from the first row, so
every symbol is integrated of order one by construction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = ("random-walk", "phase", "block-bootstrap")


def null_universe(
    values: NDArray[np.float64], method: str, block_length: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (T, N) values of a universe without cointegration.

    Parameters
    ----------
    values : ndarray, shape (T, N)
        Transformed prices.
    method : str
        ``"random-walk"``: normal steps with the sample mean and covariance. ``"phase"``: each
        symbol keeps the spectrum of its own steps with random phases [1]_, and the symbols are
        mixed to the sample correlation. ``"block-bootstrap"``: rows of steps in blocks of
        `block_length` drawn with replacement, round the end [2]_: tails and volatility clusters
        stay, and what blocks do not span is broken.
    block_length : int
        Rows of a block.
    rng : Generator
        Source of chance.

    References
    ----------
    .. [1] Theiler, J. et al. (1992). Testing for nonlinearity in time series: the method of
       surrogate data. Physica D 58(1-4), 77-94.
    .. [2] Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for
       stationary data. In LePage and Billard (eds), Exploring the Limits of Bootstrap, 263-270.
    """
    steps = np.diff(values, axis=0)
    mean = steps.mean(axis=0)
    centred = steps - mean
    if method == "random-walk":
        drawn = _normal_steps(centred, rng)
    elif method == "phase":
        drawn = _phase_steps(centred, rng)
    else:
        drawn = _block_steps(centred, block_length, rng)
    levels = np.cumsum(drawn + mean, axis=0)
    return np.vstack([values[:1], values[:1] + levels])


def default_block_length(n_obs: int) -> int:
    """Return ceil(T^(1/3)), the rate at which blocks have to grow."""
    return math.ceil(math.cbrt(n_obs))


def _normal_steps(centred: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    # Random combinations of the observed rows have exactly their covariance, for any N and T.
    n = len(centred)
    return np.asarray(rng.standard_normal((n, n)) @ centred / math.sqrt(n - 1))


def _phase_steps(centred: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    n, n_symbols = centred.shape
    scale = centred.std(axis=0)
    varies = scale > 0.0
    unit = np.divide(centred, scale, out=np.zeros_like(centred), where=varies)
    spectrum = np.fft.rfft(unit, axis=0)
    angle = np.exp(2j * np.pi * rng.random((len(spectrum), n_symbols)))
    angle[0] = 1.0
    if n % 2 == 0:
        angle[-1] = np.sign(rng.random(n_symbols) - 0.5)  # the highest frequency stays real
    alone = np.fft.irfft(spectrum * angle, n=n, axis=0)
    correlation = unit.T @ unit / n
    eigenvalues, vectors = np.linalg.eigh(correlation)
    half = (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))) @ vectors.T
    return np.asarray(alone @ half * scale)


def _block_steps(
    centred: NDArray[np.float64], block_length: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    n = len(centred)
    starts = rng.integers(0, n, size=-(-n // block_length))
    rows = (starts[:, np.newaxis] + np.arange(block_length)).ravel()[:n] % n
    return np.asarray(centred[rows])
