"""Exact simulation of the Ornstein-Uhlenbeck process on a regular grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.errors import InvalidInputError
from spreadlab.ou.params import OUParams

if TYPE_CHECKING:
    from numpy.typing import NDArray


def transition(kappa: float, sigma: float, dt: float) -> tuple[float, float]:
    """Return phi and the standard deviation of one exact step of length `dt`."""
    variance = sigma**2 * -math.expm1(-2.0 * kappa * dt) / (2.0 * kappa)
    return math.exp(-kappa * dt), math.sqrt(variance)


def simulate_paths(
    params: OUParams, dt: float, x0: NDArray[np.float64], n_obs: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return exact paths (n_obs, n_paths) from the starting values `x0` (n_paths,)."""
    from spreadlab.ou.kernels import ou_recursion_nb

    phi, scale = transition(params.kappa, params.sigma, dt)
    paths = np.empty((n_obs, x0.size))
    rng.standard_normal(out=paths)
    ou_recursion_nb(paths, x0, params.theta, phi, scale)
    return paths


def ensure_x0(
    x0: object, params: OUParams, n_paths: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return starting values (n_paths,): `theta`, stationary draws, or one given value."""
    if x0 is None:
        return np.full(n_paths, params.theta)
    if isinstance(x0, str):
        if x0 != "stationary":
            raise InvalidInputError("x0", f"got {x0!r}", 'None (theta), "stationary" or a number')
        return params.theta + params.stationary_sd * rng.standard_normal(n_paths)
    return np.full(n_paths, ensure_float(x0, "x0"))


def simulate_ou(
    kappa: float,
    theta: float,
    sigma: float,
    dt: float,
    n_obs: int,
    n_paths: int = 1,
    seed: int | None = None,
    x0: float | str | None = None,
) -> NDArray[np.float64]:
    r"""Simulate dX = kappa (theta - X) dt + sigma dW without discretisation error.

    Parameters
    ----------
    kappa, theta, sigma : float
        Speed of mean reversion per unit of time, mean, and volatility per square root of a unit
        of time; `kappa` and `sigma` > 0.
    dt : float
        Time between two observations, > 0, in the unit of `kappa` (years by convention).
    n_obs : int
        Observations per path, the starting value included, >= 2.
    n_paths : int
        Independent paths, >= 1.
    seed : int
        Seed of the random numbers, >= 0; there is no default. Equal seeds give equal paths.
    x0 : None, "stationary" or float
        Where paths start: at `theta`, at draws of the stationary distribution, or at a value.

    Returns
    -------
    ndarray
        Shape (n_obs,) for one path, else (n_obs, n_paths).

    Raises
    ------
    InvalidInputError
        If an argument is out of its range.

    Notes
    -----
    A step of any length is normal [1]_:

    .. math:: X_{t+dt} = \theta + (X_t - \theta) e^{-\kappa dt}
              + \sigma \sqrt{\frac{1 - e^{-2 \kappa dt}}{2 \kappa}} \, \varepsilon_t .

    References
    ----------
    .. [1] Gillespie, D. T. (1996). Exact numerical simulation of the Ornstein-Uhlenbeck process
       and its integral. Physical Review E 54(2), 2084-2091.

    Examples
    --------
    >>> import spreadlab as sl
    >>> paths = sl.simulate_ou(8.0, 0.0, 0.2, 1 / 252, n_obs=504, n_paths=3, seed=1)
    >>> paths.shape
    (504, 3)
    """
    params = OUParams(kappa=kappa, theta=theta, sigma=sigma)
    dt = ensure_float(dt, "dt", low=0.0, low_open=True)
    n_obs = ensure_int(n_obs, "n_obs", low=2)
    n_paths = ensure_int(n_paths, "n_paths", low=1)
    rng = np.random.default_rng(ensure_int(seed, "seed", low=0))
    paths = simulate_paths(params, dt, ensure_x0(x0, params, n_paths, rng), n_obs, rng)
    return paths[:, 0].copy() if n_paths == 1 else paths
