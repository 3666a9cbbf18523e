r"""Exact maximum likelihood of the Ornstein-Uhlenbeck process on a regular grid, in closed form.

One step of length dt is an AR(1), X' = theta + phi (X - theta) + e with phi = exp(-kappa dt) and
Var(e) = v = sigma^2 (1 - phi^2) / (2 kappa). Given the first observation the likelihood is that of
a regression, so least squares of X' on X gives phi and theta, the mean square of the n = T - 1
residuals gives v, and kappa and sigma follow one to one (Tang and Chen 2009, section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spreadlab._canonical import wire
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST_STEP, LONGEST_STEP = 1e-100, 1e100  # beyond, rates and variances leave float64
MIN_OBS = 20
"""Fewest observations of a fit: below, even the sign of kappa is noise."""
_LARGEST = 1e140
_SMALLEST = 1e-140


@wire("AR1Moments")
@dataclass(frozen=True, slots=True)
class AR1Moments:
    """What the likelihood needs of one series of T observations: a sufficient statistic.

    Attributes
    ----------
    n : int
        Steps, T - 1.
    mean : float
        Mean of the values that a step starts from.
    drift : float
        Mean increment.
    sxx, sxd : float
        Centred sums of squares of the values, and of their products with the increments.
    rss : float
        Residual sum of squares of the increments on the values and a constant.
    """

    n: int
    mean: float
    drift: float
    sxx: float
    sxd: float
    rss: float

    @property
    def starts_vary(self) -> bool:
        """Whether the values that steps start from vary beyond rounding; if not, phi is unknown.

        A series that is constant up to a jump at its end has variance, and no such values.
        """
        return self.sxx > self.n * (1e-13 * self.mean) ** 2

    @property
    def rho(self) -> float:
        """Least-squares phi - 1."""
        return self.sxd / self.sxx

    @property
    def phi(self) -> float:
        """Least-squares autoregressive coefficient."""
        return 1.0 + self.rho

    @property
    def theta(self) -> float:
        """Mean that the series reverts to; meaningless unless 0 < phi < 1."""
        return self.mean - self.drift / self.rho

    @property
    def variance(self) -> float:
        """Maximum-likelihood variance of one step: over n, not n - 2."""
        return self.rss / self.n

    @property
    def unit_root_statistic(self) -> float:
        """Dickey-Fuller t-ratio of phi - 1 with a constant and no lagged increments."""
        return self.rho / math.sqrt(self.rss / (self.n - 2) / self.sxx)


def moments_of(x: NDArray[np.float64]) -> AR1Moments:
    """Return the moments of one series (T,)."""
    from spreadlab.ou.kernels import ar1_moments_nb

    found = ar1_moments_nb(np.ascontiguousarray(x)[:, None])[:5, 0].tolist()
    mean, drift, sxx, sxd, rss = found
    return AR1Moments(x.size - 1, mean, drift, sxx, sxd, rss)


def check_noise(x: NDArray[np.float64], moments: AR1Moments, argument: str) -> None:
    """Raise InvalidInputError if rounding alone explains the residuals, or nothing tells phi."""
    if not moments.starts_vary:
        raise InvalidInputError(
            argument,
            f"constant up to its last value ({float(x[0])!r}, then {float(x[-1])!r})",
            "a series that varies",
        )
    rounding = 8.0 * np.finfo(float).eps * float(np.abs(x).max())
    if moments.variance <= max(rounding**2, 1e-24 * moments.sxx / moments.n):
        raise InvalidInputError(
            argument,
            "each value follows from the one before it without any noise",
            "a series with random increments",
        )


def check_scale(x: NDArray[np.float64], argument: str) -> None:
    """Raise InvalidInputError if squares of the values would leave the range of float64."""
    largest, width = float(np.abs(x).max()), float(x.max() - x.min())
    if largest > _LARGEST or width < _SMALLEST:
        raise InvalidInputError(
            argument,
            f"values up to {largest:.1e} that vary by {width:.1e}",
            f"values below {_LARGEST:.0e} that vary by more than {_SMALLEST:.0e}",
            "change the units",
        )


def kappa_of(rho: float, dt: float) -> float:
    """Return kappa = -ln(1 + rho) / dt, accurate where phi is next to 1."""
    return -math.log1p(rho) / dt


def sigma_of(kappa: float, variance: float, dt: float) -> float:
    """Return sigma from the variance of one step: sigma^2 = 2 kappa v / (1 - phi^2)."""
    return math.sqrt(2.0 * kappa * variance / -math.expm1(-2.0 * kappa * dt))


def gaussian_loglik(variance: float, n: int) -> float:
    """Return the log-likelihood at its maximum: -n/2 (ln(2 pi v) + 1)."""
    return -0.5 * n * (math.log(2.0 * math.pi * variance) + 1.0)


def standard_errors(moments: AR1Moments, dt: float) -> dict[str, float]:
    """Return standard errors of kappa, theta, sigma and the half-life by the delta method.

    At its maximum the observed information of (kappa, theta, sigma) is that of the regression,
    (intercept, phi, v), carried over by the Jacobian; inverted it gives Var(phi) = v / Sxx,
    Var(mean increment) = v / n, Var(v) = 2 v^2 / n, uncorrelated.
    """
    v, rho, phi, n = moments.variance, moments.rho, moments.phi, moments.n
    kappa = kappa_of(rho, dt)
    sigma = sigma_of(kappa, v, dt)
    var_phi = v / moments.sxx
    kappa_by_phi = -1.0 / (phi * dt)
    theta_by_drift, theta_by_phi = -1.0 / rho, moments.drift / rho**2
    # ln sigma = (ln 2 kappa + ln v - ln(1 - phi^2)) / 2
    log_sigma_by_phi = 0.5 * kappa_by_phi / kappa - phi / (rho * (1.0 + phi))
    return {
        "kappa": abs(kappa_by_phi) * math.sqrt(var_phi),
        "theta": math.sqrt(theta_by_drift**2 * v / n + theta_by_phi**2 * var_phi),
        "sigma": sigma * math.sqrt(log_sigma_by_phi**2 * var_phi + 0.5 / n),
        "half_life": math.log(2.0) / kappa**2 * abs(kappa_by_phi) * math.sqrt(var_phi),
    }
