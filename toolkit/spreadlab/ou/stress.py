"""Exact simulation of spreads that break the plain model: switching regimes and jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.errors import InvalidInputError
from spreadlab.ou.params import OUParams
from spreadlab.ou.simulate import ensure_x0, transition

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class StressPaths:
    """Simulated paths and what happened in each of their steps.

    Attributes
    ----------
    values : ndarray, shape (n_obs,) or (n_obs, n_paths)
        The paths.
    events : ndarray of int64, shape (n_obs - 1,) or (n_obs - 1, n_paths)
        Of the step to the next value: its regime, or its number of jumps.
    """

    values: NDArray[np.float64]
    events: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"StressPaths(shape={self.values.shape})"


def _stress_paths(values: NDArray[np.float64], events: NDArray[np.int64]) -> StressPaths:
    if values.shape[1] == 1:
        values, events = values[:, 0].copy(), events[:, 0].copy()
    for array in (values, events):
        array.flags.writeable = False
    return StressPaths(values, events)


def _ensure_two(values: Any, argument: str, allowed: str) -> tuple[Any, Any]:
    try:
        first, second = values
    except (TypeError, ValueError):
        raise InvalidInputError(argument, f"got {values!r}"[:80], allowed) from None
    return first, second


def simulate_regime_ou(
    regimes: Sequence[OUParams],
    stay: Sequence[float],
    dt: float,
    n_obs: int,
    n_paths: int = 1,
    *,
    seed: int,
) -> StressPaths:
    """Simulate an Ornstein-Uhlenbeck process that switches between two sets of parameters.

    The regime is a two-state Markov chain that is drawn once a step, starts in its stationary law
    and holds during the step; within a step the process is exact. Paths start at the mean of
    their first regime.

    Parameters
    ----------
    regimes : pair of OUParams
        Parameters of the two regimes.
    stay : pair of float
        Probability that the next step is in the same regime, each in (0, 1).
    dt : float
        Time between two observations, > 0.
    n_obs, n_paths : int
        Observations per path, >= 2, and paths, >= 1.
    seed : int
        Seed of the random numbers, >= 0.

    Returns
    -------
    StressPaths
        ``values`` and the regime of every step in ``events``.

    Raises
    ------
    InvalidInputError
        If an argument is out of its range.
    """
    from spreadlab.ou.kernels_regimes import chain_nb, regime_path_nb

    pair = _ensure_two(regimes, "regimes", "two OUParams")
    if not all(isinstance(params, OUParams) for params in pair):
        raise InvalidInputError("regimes", f"got {regimes!r}"[:80], "two OUParams")
    chances = _ensure_two(stay, "stay", "two probabilities")
    dt = ensure_float(dt, "dt", low=0.0, low_open=True)
    probabilities = np.array(
        [
            ensure_float(p, f"stay[{k}]", low=0.0, high=1.0, low_open=True, high_open=True)
            for k, p in enumerate(chances)
        ]
    )
    n_obs, n_paths = ensure_int(n_obs, "n_obs", low=2), ensure_int(n_paths, "n_paths", low=1)
    rng = np.random.default_rng(ensure_int(seed, "seed", low=0))
    model = np.empty((2, 3))
    for k, params in enumerate(pair):
        phi, scale = transition(params.kappa, params.sigma, dt)
        model[k] = params.theta * (1.0 - phi), phi, scale**2
    values = np.empty((n_obs, n_paths))
    events = np.empty((n_obs - 1, n_paths), dtype=np.int64)
    path, chain = np.empty(n_obs), np.empty(n_obs - 1, dtype=np.int64)
    for m in range(n_paths):
        chain_nb(rng.random(n_obs - 1), probabilities, chain)
        regime_path_nb(pair[chain[0]].theta, rng.standard_normal(n_obs - 1), chain, model, path)
        values[:, m], events[:, m] = path, chain
    return _stress_paths(values, events)


def simulate_jump_ou(
    kappa: float,
    theta: float,
    sigma: float,
    dt: float,
    n_obs: int,
    n_paths: int = 1,
    *,
    jump_rate: float,
    jump_sd: float,
    jump_mean: float = 0.0,
    seed: int,
    x0: Any = None,
) -> StressPaths:
    """Simulate dX = kappa (theta - X) dt + sigma dW + J dN without discretisation error.

    N is a Poisson process and the jumps J are normal. A jump at time u of a step has decayed by
    e^(-kappa (dt - u)) at its end; u is uniform given the number of jumps.

    Parameters
    ----------
    kappa, theta, sigma, dt, n_obs, n_paths, seed, x0
        As in `simulate_ou`; "stationary" draws from the law without jumps.
    jump_rate : float
        Expected jumps per unit of time, >= 0.
    jump_sd, jump_mean : float
        Standard deviation (>= 0) and mean of a jump, in units of the spread.

    Returns
    -------
    StressPaths
        ``values`` and the number of jumps of every step in ``events``.

    Raises
    ------
    InvalidInputError
        If an argument is out of its range.
    """
    from spreadlab.ou.kernels import ou_added_recursion_nb

    params = OUParams(kappa=kappa, theta=theta, sigma=sigma)
    dt = ensure_float(dt, "dt", low=0.0, low_open=True)
    n_obs, n_paths = ensure_int(n_obs, "n_obs", low=2), ensure_int(n_paths, "n_paths", low=1)
    rate = ensure_float(jump_rate, "jump_rate", low=0.0)
    sd = ensure_float(jump_sd, "jump_sd", low=0.0)
    mean = ensure_float(jump_mean, "jump_mean")
    rng = np.random.default_rng(ensure_int(seed, "seed", low=0))
    start = ensure_x0(x0, params, n_paths, rng)
    phi, scale = transition(params.kappa, params.sigma, dt)
    added = scale * rng.standard_normal((n_obs - 1, n_paths))
    counts = rng.poisson(rate * dt, (n_obs - 1, n_paths)).astype(np.int64)
    steps, columns = np.nonzero(counts)
    owners = np.repeat(np.arange(steps.size), counts[steps, columns])
    age = dt * rng.random(owners.size)
    sizes = (mean + sd * rng.standard_normal(owners.size)) * np.exp(-params.kappa * age)
    np.add.at(added, (steps[owners], columns[owners]), sizes)
    values = np.empty((n_obs, n_paths))
    values[0] = start - params.theta
    ou_added_recursion_nb(values, added, phi)
    return _stress_paths(values + params.theta, counts)
