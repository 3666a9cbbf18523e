r"""The same exact likelihood at irregular times, maximised numerically.

A step of length d has mean theta + (x - theta) e^(-kappa d) and variance sigma^2 s(d),
s(d) = (1 - e^(-2 kappa d)) / (2 kappa). Given kappa, theta is a weighted least squares and sigma^2
a mean of squares, so the search is over kappa alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.ou.tables import Statistic

_FREE = math.nan


class IrregularLikelihood:
    """The likelihood of one series at increasing times.

    Parameters
    ----------
    x : ndarray, shape (T,)
        Values.
    times : ndarray, shape (T,)
        Increasing times in the unit of 1 / kappa.

    Attributes
    ----------
    kappa, theta, sigma, loglik : float
        The maximum; `kappa` may be 0 or negative, and theta has no meaning then.
    """

    def __init__(self, x: NDArray[np.float64], times: NDArray[np.float64]) -> None:
        self._level = float(x.mean())
        self._x = np.ascontiguousarray(x - self._level)
        self._steps = np.diff(times)
        self.n = x.size - 1
        self.span = float(times[-1] - times[0])
        self.kappa_limit = 700.0 / float(self._steps.min())
        self.kappa, self._cost, offset, self.sigma = self._minimum(_FREE, _FREE)
        self.theta = offset + self._level
        self.loglik = -0.5 * (self.n * math.log(2.0 * math.pi) + self._cost)
        self._stderr: dict[str, float] | None = None

    def _minimum(self, theta: float, sigma: float) -> tuple[float, float, float, float]:
        from spreadlab.ou.kernels_irregular import irregular_minimum_nb

        found = irregular_minimum_nb(self._x, self._steps, theta, sigma).tolist()
        return found[0], found[1], found[2], found[3]

    def scale(self, name: Statistic) -> float:
        """Return the standard error."""
        return self.stderr[name]

    def kappa_ratio(self, kappa: float) -> float:
        """Return the statistic of `kappa`, theta and sigma at their best."""
        from spreadlab.ou.kernels_irregular import irregular_cost_nb

        cost = irregular_cost_nb(kappa, self._x, self._steps, _FREE, _FREE)[0]
        return max(0.0, cost - self._cost)

    def theta_ratio(self, theta: float) -> tuple[float, float]:
        """Return the statistic of `theta`, and the kappa that is best with it."""
        kappa, cost, _, _ = self._minimum(theta - self._level, _FREE)
        return max(0.0, cost - self._cost), max(kappa, 0.0)

    def sigma_ratio(self, sigma: float) -> float:
        """Return the statistic of `sigma`, kappa and theta at their best."""
        return max(0.0, self._minimum(_FREE, sigma)[1] - self._cost)

    @property
    def stderr(self) -> dict[str, float]:
        """Standard errors from the observed information, half_life's by the delta method."""
        if self._stderr is None:
            covariance = np.linalg.inv(-self._hessian())
            kappa, theta, sigma = np.sqrt(np.diag(covariance)).tolist()
            self._stderr = {
                "kappa": kappa,
                "theta": theta,
                "sigma": sigma,
                "half_life": math.log(2.0) / self.kappa**2 * kappa,
            }
        return self._stderr

    def _hessian(self) -> NDArray[np.float64]:
        """Second derivatives of the log-likelihood by (kappa, theta, sigma) at its maximum."""
        k, sigma, d = self.kappa, self.sigma, self._steps
        y = self._x - (self.theta - self._level)
        phi = np.exp(-k * d)
        e = y[1:] - phi * y[:-1]
        e_k, e_kk = d * phi * y[:-1], -(d**2) * phi * y[:-1]
        e_m, e_mk = -(1.0 - phi), -d * phi
        decay = phi**2
        s = -np.expm1(-2.0 * k * d) / (2.0 * k)
        s_k = (d * decay - s) / k
        s_kk = (-2.0 * d**2 * decay - 2.0 * s_k) / k
        w = 1.0 / (sigma**2 * s)
        # ln L = -1/2 sum(ln s + 2 ln sigma + e^2 w)
        w_k = -w * s_k / s
        w_kk = w * (2.0 * (s_k / s) ** 2 - s_kk / s)
        out = np.empty((3, 3))
        out[0, 0] = np.sum(
            s_kk / s
            - (s_k / s) ** 2
            + 2.0 * (e_k**2 + e * e_kk) * w
            + 4.0 * e * e_k * w_k
            + e**2 * w_kk
        )
        out[1, 1] = np.sum(2.0 * e_m**2 * w)
        out[0, 1] = np.sum(2.0 * (e_k * e_m + e * e_mk) * w + 2.0 * e * e_m * w_k)
        out[2, 2] = np.sum(-2.0 / sigma**2 + 6.0 * e**2 * w / sigma**2)
        out[0, 2] = np.sum(-2.0 / sigma * (2.0 * e * e_k * w + e**2 * w_k))
        out[1, 2] = np.sum(-2.0 / sigma * 2.0 * e * e_m * w)
        lower = np.tril_indices(3, -1)
        out[lower] = out.T[lower]
        return -0.5 * out
