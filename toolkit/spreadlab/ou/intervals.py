"""Confidence intervals by inverting likelihood ratios, for regular and irregular sampling.

An interval holds the values of a parameter whose likelihood-ratio statistic is below a critical
value. With the chi-square's it is the profile-likelihood interval, which covers too little where
the sample is short against 1 / kappa. With critical values simulated at the value in question
(Andrews 1993, Hansen 1999) it covers what it says for any kappa, a random walk included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from spreadlab.ou.estimate import AR1Moments, kappa_of, sigma_of, standard_errors
from spreadlab.ou.tables import CriticalValues, Statistic, chi_square_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

Interval = tuple[float, float]
_GROWTH = 1.5
_SCAN = 32
_BISECTIONS = 44


class Likelihood(Protocol):
    """Likelihood ratios of one parameter, the others being free (twice the log-ratio)."""

    kappa: float
    theta: float
    sigma: float
    span: float
    kappa_limit: float

    def scale(self, name: Statistic) -> float:
        """Return a length of the order of the parameter's standard error."""

    def kappa_ratio(self, kappa: float) -> float:
        """Return the statistic of `kappa`; 0 and `kappa_limit` stand for the two ends."""

    def theta_ratio(self, theta: float) -> tuple[float, float]:
        """Return the statistic of `theta`, and the kappa that is best with it."""

    def sigma_ratio(self, sigma: float) -> float:
        """Return the statistic of `sigma`."""


class RegularLikelihood:
    """The likelihood of equal steps, which needs the moments of the series alone."""

    def __init__(self, moments: AR1Moments, dt: float) -> None:
        self._m, self._dt = moments, dt
        self._sdd = moments.rss + moments.sxd**2 / moments.sxx
        self._stderr = standard_errors(moments, dt)
        self.kappa = kappa_of(moments.rho, dt)
        self.theta = moments.theta
        self.sigma = sigma_of(self.kappa, moments.variance, dt)
        self.span = moments.n * dt
        self.kappa_limit = 700.0 / dt  # exp(-700): one step forgets everything

    def scale(self, name: Statistic) -> float:
        """Return the standard error."""
        return self._stderr[name]

    def kappa_ratio(self, kappa: float) -> float:
        """Return n ln(RSS(phi) / RSS)."""
        m = self._m
        away = math.expm1(-kappa * self._dt) - m.rho
        return m.n * math.log1p(away**2 * m.sxx / m.rss)

    def theta_ratio(self, theta: float) -> tuple[float, float]:
        """Return n ln(RSS(theta) / RSS), where phi is the least squares through theta."""
        m = self._m
        level = m.mean - theta
        cross, square = m.sxd + m.n * level * m.drift, m.sxx + m.n * level**2
        rss = self._sdd + m.n * m.drift**2 - cross**2 / square
        phi = 1.0 + cross / square
        kappa = 0.0 if phi >= 1.0 else math.inf if phi <= 0.0 else -math.log(phi) / self._dt
        return m.n * math.log(max(rss / m.rss, 1.0)), kappa

    def sigma_ratio(self, sigma: float) -> float:
        """Return the statistic of `sigma` with kappa at its best by search."""
        from spreadlab.ou.kernels import ar1_sigma_ratio_nb

        m = self._m
        per_step = sigma * math.sqrt(self._dt)
        return float(ar1_sigma_ratio_nb(per_step, m.rss, m.sxx, m.phi, m.n))


def _far_end(
    ratio: Callable[[float], float],
    critical: Callable[[float], float],
    ceiling: float,
    start: float,
    step: float,
    limit: float,
) -> float:
    """Return the value farthest from `start`, towards `limit`, that is not rejected.

    The statistic is 0 near `start` and grows away from it; beyond the point where it passes
    `ceiling`, the largest critical value, everything is rejected.
    """
    while True:
        outside = start + step
        if (outside - limit) * step >= 0.0:
            if ratio(limit) <= critical(limit):
                return limit
            outside = limit
            break
        if ratio(outside) >= ceiling:
            break
        step *= _GROWTH
    inside = start
    for k in range(1, _SCAN + 1):
        candidate = outside + (start - outside) * k / _SCAN
        if ratio(candidate) <= critical(candidate):
            inside = candidate
            break
        outside = candidate
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inside + outside)
        if ratio(middle) <= critical(middle):
            inside = middle
        else:
            outside = middle
    return inside


def likelihood_intervals(
    likelihood: Likelihood,
    critical: Callable[[Statistic, float], float],
    ceilings: tuple[float, float, float],
) -> dict[str, Interval]:
    """Return the intervals of kappa, theta, sigma and half_life.

    Parameters
    ----------
    likelihood : Likelihood
        A fit with kappa > 0.
    critical : callable
        ``(name, c) -> value``, c being kappa times the time span.
    ceilings : tuple of float
        The largest critical values of kappa, theta and sigma.
    """
    like, span = likelihood, likelihood.span

    def at_kappa(kappa: float) -> float:
        return critical("kappa", kappa * span)

    def at_theta(theta: float) -> float:
        return critical("theta", like.theta_ratio(theta)[1] * span)

    step = like.scale("kappa")
    low = _far_end(like.kappa_ratio, at_kappa, ceilings[0], like.kappa, -step, 0.0)
    high = _far_end(like.kappa_ratio, at_kappa, ceilings[0], like.kappa, step, like.kappa_limit)
    unbounded = high >= like.kappa_limit
    kappa = (low, math.inf if unbounded else high)

    if low == 0.0:
        # Where no mean reversion is a possibility, no mean can be excluded.
        theta = (-math.inf, math.inf)
    else:
        step = like.scale("theta")
        far = 1e12 * step
        ends = [
            _far_end(
                lambda value: like.theta_ratio(value)[0],
                at_theta,
                ceilings[1],
                like.theta,
                sign * step,
                like.theta + sign * far,
            )
            for sign in (-1.0, 1.0)
        ]
        theta = (
            ends[0] if ends[0] > like.theta - far else -math.inf,
            ends[1] if ends[1] < like.theta + far else math.inf,
        )

    at_sigma = critical("sigma", like.kappa * span)
    step = like.scale("sigma")
    low_sigma, high_sigma = (
        _far_end(like.sigma_ratio, lambda _: at_sigma, ceilings[2], like.sigma, sign * part, limit)
        for sign, part, limit in (
            (-1.0, min(step, 0.2 * like.sigma), 1e-3 * like.sigma),
            (1.0, step, 1e3 * like.sigma),
        )
    )
    # kappa and sigma grow together where one step forgets everything: sigma^2 = 2 kappa variance.
    sigma = (low_sigma, math.inf if unbounded else high_sigma)
    return {
        "kappa": kappa,
        "theta": theta,
        "sigma": sigma,
        "half_life": half_life_interval(kappa),
    }


def half_life_interval(kappa: Interval) -> Interval:
    """Return the half-life's interval: ln 2 over the ends of kappa's, inf where kappa is <= 0."""
    low, high = kappa
    return (
        math.log(2.0) / high if high > 0.0 else math.inf,
        math.log(2.0) / low if low > 0.0 else math.inf,
    )


def simulated_intervals(likelihood: Likelihood, n: int, level: float) -> dict[str, Interval]:
    """Return the intervals with critical values simulated at every kappa."""
    critical = CriticalValues(n, level)
    ceilings = (critical.ceiling("kappa"), critical.ceiling("theta"), critical.ceiling("sigma"))
    return likelihood_intervals(likelihood, critical, ceilings)


def profile_intervals(likelihood: Likelihood, level: float) -> dict[str, Interval]:
    """Return the profile-likelihood intervals: the chi-square's critical value throughout."""
    quantile = chi_square_quantile(level)
    return likelihood_intervals(likelihood, lambda *_: quantile, (quantile, quantile, quantile))


def phi_interval(moments: AR1Moments, level: float) -> Interval:
    """Return the simulated interval of phi within (-inf, 1], (nan, nan) where it is empty.

    It is empty where the series explodes beyond what any phi <= 1 explains.
    """
    critical = CriticalValues(moments.n, level)

    def ratio(phi: float) -> float:
        away = phi - 1.0 - moments.rho
        return moments.n * math.log1p(away**2 * moments.sxx / moments.rss)

    def at_phi(phi: float) -> float:
        return critical("kappa", moments.n * -math.log(phi) if phi > 0.0 else math.inf)

    start = min(moments.phi, 1.0)
    if ratio(start) > at_phi(start):
        return math.nan, math.nan
    step, ceiling = math.sqrt(moments.variance / moments.sxx), critical.ceiling("kappa")
    low = _far_end(ratio, at_phi, ceiling, start, -step, -1e6)
    return low, start if start == 1.0 else _far_end(ratio, at_phi, ceiling, start, step, 1.0)


def delta_intervals(
    estimates: Mapping[str, float], stderr: Mapping[str, float], level: float
) -> dict[str, Interval]:
    """Return estimate plus and minus standard errors; they may leave the parameter's range."""
    z = math.sqrt(chi_square_quantile(level))
    return {
        name: (estimates[name] - z * stderr[name], estimates[name] + z * stderr[name])
        for name in estimates
    }
