"""Phillips and Ouliaris: the residual test that corrects for memory instead of modelling it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def bartlett_bandwidth(u: NDArray[np.float64]) -> float:
    r"""Return the bandwidth of a Bartlett kernel by the plug-in rule of Newey and West [1]_.

    :math:`1.1447 (\hat\alpha n)^{1/3}` with :math:`\hat\alpha = (s_1 / s_0)^2`,
    :math:`s_q = \sum_{|j| \le m} |j|^q \hat\gamma_j` and
    :math:`m = \lceil 4 (n/100)^{2/9} \rceil`, at most n - 1.

    References
    ----------
    .. [1] Newey, W. K. and West, K. D. (1994). Automatic lag selection in covariance matrix
       estimation. Review of Economic Studies 61(4), 631-653.
    """
    n = u.size
    longest = math.ceil(4.0 * (n / 100.0) ** (2.0 / 9.0))
    gamma = np.array([u[j:] @ u[: n - j] for j in range(longest + 1)]) / n
    flat = gamma[0] + 2.0 * gamma[1:].sum()
    tilted = 2.0 * (np.arange(1, longest + 1) @ gamma[1:])
    return float(min(1.1447 * ((tilted / flat) ** 2 * n) ** (1.0 / 3.0), n - 1.0))


def z_tau(spread: NDArray[np.float64]) -> tuple[float, float]:
    r"""Return the :math:`\hat Z_t` statistic of step-1 residuals [1]_, and the bandwidth.

    With :math:`u_t = \hat\alpha u_{t-1} + k_t`, n steps and T = n + 1 observations, one-sided
    long-run covariance :math:`\hat\lambda` and long-run variance :math:`\hat\omega^2` of k (both
    divided by T, Bartlett weights),

    .. math:: \hat Z_t = \frac{(\hat\alpha - 1) - T \hat\lambda / \sum u_{t-1}^2}
                              {\sqrt{\hat\omega^2 / \sum u_{t-1}^2}}.

    Its limit is that of the augmented Engle-Granger statistic [1]_, so the same response surface
    gives its p-value.

    References
    ----------
    .. [1] Phillips, P. C. B. and Ouliaris, S. (1990). Asymptotic properties of residual based
       tests for cointegration. Econometrica 58(1), 165-193.
    """
    before, after = spread[:-1], spread[1:]
    squares = float(before @ before)
    alpha = float(before @ after) / squares
    k = after - alpha * before
    n, n_obs = k.size, spread.size
    bandwidth = bartlett_bandwidth(k)
    weights = (bandwidth + 1.0 - np.arange(int(bandwidth + 1.0))) / (bandwidth + 1.0)
    gamma = np.array([k[j:] @ k[: n - j] for j in range(weights.size)]) / n
    one_sided = float(weights[1:] @ gamma[1:]) * n / n_obs
    long_run = float(gamma[0]) * n / n_obs + 2.0 * one_sided
    z = (alpha - 1.0) - n_obs * one_sided / squares
    return z / math.sqrt(long_run / squares), bandwidth
