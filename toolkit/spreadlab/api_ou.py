"""Public functions on Ornstein-Uhlenbeck models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.engines.run import run
from spreadlab.ou.mean_reversion import make_test_mean_reversion_request
from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request

if TYPE_CHECKING:
    from spreadlab.ou.mean_reversion import MeanReversionResult
    from spreadlab.ou.result import OUResult
    from spreadlab.ou.spec import Method

__all__ = ["estimate_ou", "simulate_ou", "test_mean_reversion"]


def estimate_ou(
    spread: Any,
    dt: float = 1 / 252,
    *,
    method: Method = "mle",
    times: Any = None,
    engine: Any = None,
) -> OUResult:
    r"""Fit dX = kappa (theta - X) dt + sigma dW to a spread by exact maximum likelihood.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Values at equal time steps, at least 20: a Series, an array or a sequence.
    dt : float
        Time between two observations, > 0. The unit chosen here is the unit of all answers;
        the default is trading days in years.
    method : {"mle", "jackknife", "bias-corrected"}
        Maximum likelihood, or kappa and sigma with less bias: by the jackknife of two halves
        [2]_ or less the bias of order 1 / T [1]_. Theta is the same in all three.
    times : array_like, shape (T,), optional
        Increasing times of the observations where they are not equally spaced, instead of `dt`:
        numbers, or dates, which become years of 365.25 days.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    OUResult
        ``kappa``, ``theta``, ``sigma``, ``half_life`` (in the unit of `dt`), ``half_life_bars``,
        ``stderr``, ``loglik``, and ``interval(level)`` for what is uncertain in them.

    Raises
    ------
    NotMeanRevertingError
        If the autoregressive coefficient is outside (0, 1), or if nothing of kappa is left once
        its bias is taken off.
    InvalidInputError
        If the spread has NaN or infinite values, is constant, noiseless or too short, or the
        times do not increase.

    Notes
    -----
    The likelihood is exact for any `dt`, conditional on the first observation. With
    :math:`\phi = e^{-\kappa dt}` a step is
    :math:`X_{t+1} = \theta + \phi (X_t - \theta) + e_t`,
    :math:`Var(e) = \sigma^2 (1 - \phi^2) / (2 \kappa)`; least squares over the T - 1 steps, with
    the residual variance over T - 1, maximises it [1]_. At irregular times the same likelihood
    is maximised numerically.

    The estimate of kappa is biased upwards by about 4 / (T dt) [1]_: a year of data that shows
    kappa = 4 is what a random walk shows.

    References
    ----------
    .. [1] Tang, C. Y. and Chen, S. X. (2009). Parameter estimation and bias correction for
       diffusion processes. Journal of Econometrics 149(1), 65-81.

    .. [2] Phillips, P. C. B. and Yu, J. (2005). Jackknifing bond option prices. Review of
       Financial Studies 18(2), 707-742.

    Examples
    --------
    >>> import spreadlab as sl
    >>> spread = sl.simulate_ou(20.0, 0.0, 0.2, 1 / 252, n_obs=2520, seed=2)
    >>> fit = sl.estimate_ou(spread)
    >>> fit.n_obs
    2520
    """
    spec, inputs = make_estimate_ou_request(spread, dt, method=method, times=times)
    return run(spec, inputs, engine=engine, progress=False)


def test_mean_reversion(
    spread: Any,
    *,
    alpha: float = 0.05,  # noqa: PT028 - a public verb, no test
    engine: Any = None,  # noqa: PT028
) -> MeanReversionResult:
    r"""Test whether a series reverts to a mean, against the null that it is a random walk.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Values at equal time steps, at least 20.
    alpha : float
        Significance level, in [0.001, 0.5].
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    MeanReversionResult
        ``statistic``, ``pvalue``, ``critical_values``, ``phi``, ``phi_interval``,
        ``is_mean_reverting``.

    Raises
    ------
    InvalidInputError
        If the spread has NaN or infinite values, is constant, noiseless or too short.

    Notes
    -----
    The statistic is the t-ratio of :math:`\phi - 1` in
    :math:`X_{t+1} - X_t = a + (\phi - 1) X_t + e_t` (Dickey and Fuller 1979 [1]_). Under a random
    walk it is not normal: a t-test at a nominal 5 % would call 45 % of random walks
    mean-reverting. Its distribution was simulated on a million random walks for each of ten
    sample sizes and ships with the package.

    The residual of a hedge ratio that was itself estimated on the same data looks more
    mean-reverting than it is: there the p-value of `test_pair` is the one to read.

    References
    ----------
    .. [1] Dickey, D. A. and Fuller, W. A. (1979). Distribution of the estimators for
       autoregressive time series with a unit root. Journal of the American Statistical
       Association 74(366), 427-431.

    Examples
    --------
    >>> import spreadlab as sl
    >>> spread = sl.simulate_ou(20.0, 0.0, 0.2, 1 / 252, n_obs=2520, seed=2)
    >>> sl.api_ou.test_mean_reversion(spread).is_mean_reverting
    True
    """
    spec, inputs = make_test_mean_reversion_request(spread, alpha=alpha)
    return run(spec, inputs, engine=engine, progress=False)
