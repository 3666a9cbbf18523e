"""Public functions on Ornstein-Uhlenbeck models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab.engines.run import run
from spreadlab.errors import InvalidInputError
from spreadlab.ou.batch import make_estimate_ou_batch_request
from spreadlab.ou.hedges import make_hedge_series_request
from spreadlab.ou.jumps import make_estimate_jump_ou_request
from spreadlab.ou.mean_reversion import make_test_mean_reversion_request
from spreadlab.ou.regimes import make_estimate_regime_ou_request
from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request
from spreadlab.ou.stress import simulate_jump_ou, simulate_regime_ou

if TYPE_CHECKING:
    from spreadlab.ou.hedges import HedgeMethod, HedgeResult
    from spreadlab.ou.jumps import JumpOUResult
    from spreadlab.ou.mean_reversion import MeanReversionResult
    from spreadlab.ou.regimes import RegimeOUResult
    from spreadlab.ou.spec import Method

__all__ = [
    "estimate_jump_ou",
    "estimate_ou",
    "estimate_regime_ou",
    "hedge_series",
    "simulate_jump_ou",
    "simulate_ou",
    "simulate_regime_ou",
    "test_mean_reversion",
]


def estimate_ou(
    spread: Any,
    dt: float = 1 / 252,
    *,
    method: Method = "mle",
    times: Any = None,
    engine: Any = None,
) -> Any:
    r"""Fit dX = kappa (theta - X) dt + sigma dW to a spread by exact maximum likelihood.

    Parameters
    ----------
    spread : array_like, shape (T,) or (T, M)
        Values at equal time steps, at least 20: a Series, an array or a sequence. A frame or an
        array with two dimensions is a batch of M spreads.
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
    OUResult, or OUBatchResult for a batch
        ``kappa``, ``theta``, ``sigma``, ``half_life`` (in the unit of `dt`), ``half_life_bars``,
        ``stderr``, ``loglik``, and ``interval(level)`` for what is uncertain in them.
        A batch has arrays (M,) instead, NaN with a reason where one spread has no fit.

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

    Nine years of Coca-Cola and PepsiCo: a half-life of 42 trading days, which might as well be 28
    or 81. The last two years alone do not tell the spread from a random walk, so that no half-life
    is too long for them:

    >>> prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
    >>> pair = sl.test_pair(prices["KO"], prices["PEP"])
    >>> fit = sl.estimate_ou(pair.spread)
    >>> round(fit.half_life_bars)
    42
    >>> [round(end / fit.dt) for end in fit.interval(0.95)["half_life"]]
    [28, 81]
    >>> sl.estimate_ou(pair.spread[-504:]).interval(0.95)["half_life"][1]
    inf
    """
    if np.ndim(spread) == 2:
        if method != "mle" or times is not None:
            got = "times" if method == "mle" else f"method={method!r}"
            raise InvalidInputError(
                "spread", f"two dimensions with {got}", "one spread for this kind of fit"
            )
        batch, inputs = make_estimate_ou_batch_request(spread, dt)
        return run(batch, inputs, engine=engine, label="OU fits")
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


def estimate_regime_ou(spread: Any, dt: float = 1 / 252, *, engine: Any = None) -> RegimeOUResult:
    r"""Fit an Ornstein-Uhlenbeck process that switches between two sets of parameters.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Values at equal time steps, at least 100.
    dt : float
        Time between two observations, > 0.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    RegimeOUResult
        ``kappa``, ``theta``, ``sigma`` and ``stay`` of both regimes, the calmer one first, with
        ``stderr``, ``filtered`` and ``smoothed`` probabilities.

    Raises
    ------
    InvalidInputError
        If the spread has NaN or infinite values, is constant, noiseless or too short.
    ConvergenceError
        If a regime collapses onto a handful of observations.

    Notes
    -----
    The regime of a step is a Markov chain in its stationary law; given the regime the step is
    that of `estimate_ou`. The likelihood is Hamilton's [1]_, smoothed probabilities are Kim's
    [2]_. EM from three starting points and Newton's method maximise it. Whether there are
    two regimes at all is not tested: the likelihood ratio against one has no standard law.

    References
    ----------
    .. [1] Hamilton, J. D. (1989). A new approach to the economic analysis of nonstationary time
       series and the business cycle. Econometrica 57(2), 357-384.
    .. [2] Kim, C.-J. (1994). Dynamic linear models with Markov-switching. Journal of Econometrics
       60(1-2), 1-22.
    """
    spec, inputs = make_estimate_regime_ou_request(spread, dt)
    return run(spec, inputs, engine=engine, progress=False)


def estimate_jump_ou(
    spread: Any, dt: float = 1 / 252, *, threshold: float = 4.0, engine: Any = None
) -> JumpOUResult:
    r"""Fit dX = kappa (theta - X) dt + sigma dW + J dN by setting jumps aside.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Values at equal time steps, at least 50.
    dt : float
        Time between two observations, > 0; short against 1 / kappa and the time between jumps.
    threshold : float
        Step standard deviations beyond which an innovation is a jump, in [2.5, 10].
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    JumpOUResult
        ``kappa``, ``theta``, ``sigma``, ``jump_rate``, ``jump_mean``, ``jump_sd``, ``stderr`` and
        the steps of the ``jumps``.

    Raises
    ------
    NotMeanRevertingError
        If phi of the part without jumps is outside (0, 1).
    InvalidInputError
        If the spread has NaN or infinite values, is constant, noiseless or too short.
    ConvergenceError
        If the set of jumps does not settle.

    Notes
    -----
    Steps whose error exceeds the threshold are set aside until the set stays the same [1]_; the
    variance of the rest is corrected for the tails cut off. Jumps are taken as normal: those
    hidden below the threshold are inferred from those above. Several jumps in one step count as
    one. At the default threshold one step in 16,000 without a jump is taken for one.

    References
    ----------
    .. [1] Mancini, C. (2009). Non-parametric threshold estimation for models with stochastic
       diffusion coefficient and jumps. Scandinavian Journal of Statistics 36(2), 270-296.
    """
    spec, inputs = make_estimate_jump_ou_request(spread, dt, threshold=threshold)
    return run(spec, inputs, engine=engine, progress=False)


def hedge_series(
    y: Any,
    x: Any,
    *,
    method: HedgeMethod = "kalman",
    window: int = 252,
    transform: Literal["log", "none"] = "log",
    engine: Any = None,
) -> HedgeResult:
    r"""Follow the hedge ratio of a pair through time, looking at the past alone.

    Parameters
    ----------
    y, x : Series or array_like, shape (T,)
        Prices of the dependent and of the hedge.
    method : {"kalman", "rolling", "expanding", "total-least-squares"}
        Intercept and hedge ratio as random walks that a Kalman filter follows; least squares over
        the last `window` bars, or over all bars so far; or orthogonal least squares over the last
        `window` bars, which treats both legs alike and has no invariance to their units.
    window : int
        Bars of a rolling window, >= 10; for "expanding" those before the first value. The
        variances of the Kalman filter are estimated on the first `window` bars, >= 50, and held:
        later bars would let its values look ahead.
    transform : {"log", "none"}
        Whether the spread is of log prices or of prices.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    HedgeResult
        ``hedge_ratio``, ``intercept``, ``spread`` and ``forecast_error`` (T,), NaN before bar
        ``start``. ``result.rows(result.start)`` is a pair for a backtest of the prices from there.

    Raises
    ------
    InvalidInputError
        If prices are missing, not positive under a logarithm, of different lengths or fewer than
        the window, or if the hedge does not move within a window.

    Notes
    -----
    The Kalman model is :math:`y_t = \alpha_t + \beta_t x_t + e_t` with random walks
    :math:`\alpha` and :math:`\beta` of unknown start (exactly diffuse, [1]_ section 5.2) and
    independent normal increments; its three variances maximise the diffuse likelihood.

    References
    ----------
    .. [1] Durbin, J. and Koopman, S. J. (2012). Time Series Analysis by State Space Methods,
       2nd ed. Oxford University Press.
    """
    spec, inputs = make_hedge_series_request(
        y, x, method=method, window=window, transform=transform
    )
    return run(spec, inputs, engine=engine, progress=False)
