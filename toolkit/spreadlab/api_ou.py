"""Public functions on Ornstein-Uhlenbeck models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.engines.run import run
from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request

if TYPE_CHECKING:
    from spreadlab.ou.result import OUResult

__all__ = ["estimate_ou", "simulate_ou"]


def estimate_ou(spread: Any, dt: float = 1 / 252, *, engine: Any = None) -> OUResult:
    r"""Fit dX = kappa (theta - X) dt + sigma dW to a spread by exact maximum likelihood.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Values at equal time steps, at least 20: a Series, an array or a sequence.
    dt : float
        Time between two observations, > 0. The unit chosen here is the unit of all answers;
        the default is trading days in years.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    OUResult
        ``kappa``, ``theta``, ``sigma``, ``half_life`` (in the unit of `dt`), ``half_life_bars``,
        ``stderr``, ``loglik``.

    Raises
    ------
    NotMeanRevertingError
        If the autoregressive coefficient is outside (0, 1).
    InvalidInputError
        If the spread has NaN or infinite values, is constant, noiseless or too short.

    Notes
    -----
    The likelihood is exact for any `dt`, conditional on the first observation. With
    :math:`\phi = e^{-\kappa dt}` a step is
    :math:`X_{t+1} = \theta + \phi (X_t - \theta) + e_t`,
    :math:`Var(e) = \sigma^2 (1 - \phi^2) / (2 \kappa)`; least squares over the T - 1 steps, with
    the residual variance over T - 1, maximises it [1]_.

    The estimate of kappa is biased upwards by about 4 / (T dt) [1]_: a year of data that shows
    kappa = 4 is what a random walk shows.

    References
    ----------
    .. [1] Tang, C. Y. and Chen, S. X. (2009). Parameter estimation and bias correction for
       diffusion processes. Journal of Econometrics 149(1), 65-81.

    Examples
    --------
    >>> import spreadlab as sl
    >>> spread = sl.simulate_ou(20.0, 0.0, 0.2, 1 / 252, n_obs=2520, seed=2)
    >>> fit = sl.estimate_ou(spread)
    >>> fit.n_obs
    2520
    """
    spec, inputs = make_estimate_ou_request(spread, dt)
    return run(spec, inputs, engine=engine, progress=False)
