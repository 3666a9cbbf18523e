"""One Engle-Granger test on two columns, with what the spread is like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.discovery.kernels.direct import engle_granger_nb
from spreadlab.discovery.kernels.pvalue import surface_pvalue_nb
from spreadlab.discovery.kernels.spread import (
    ar1_coefficient_nb,
    difference_squares_nb,
    half_life_nb,
    hurst_slope_nb,
)
from spreadlab.discovery.mackinnon import surface
from spreadlab.discovery.phillips_ouliaris import z_tau
from spreadlab.discovery.rules import (
    HURST_WINDOW,
    REASONS,
    Lags,
    criterion_code,
    moment_lag,
    search_lag,
    trend_order,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class EngleGranger:
    """The numbers of one test; NaN with a `reason` where there is no answer."""

    statistic: float
    pvalue: float
    lags: int
    hedge_ratio: float
    hedge_ratio_stderr: float
    intercept: float
    slope: float
    phi: float
    half_life: float
    hurst: float
    spread: NDArray[np.float64]
    reason: str


def engle_granger(
    y: NDArray[np.float64], x: NDArray[np.float64], *, lags: Lags = "aic", trend: str = "c"
) -> EngleGranger:
    r"""Test two series (already transformed) for cointegration.

    Step 1 is least squares :math:`y_t = \alpha + \beta x_t + e_t`; step 2 the regression
    :math:`\Delta e_t = \rho e_{t-1} + \sum_{k=1}^p g_k \Delta e_{t-k} + u_t` without
    deterministic terms. The statistic is the t-ratio of rho [1]_, its p-value MacKinnon's for
    residuals of two series. AIC and BIC compare all lag orders on the sample that the longest
    leaves; the chosen one is then estimated on its own, longer sample.

    The half-life is ln 2 / -ln phi bars, phi of an AR(1) with intercept on the residual. Hurst
    is the generalised exponent with q = 2 [2]_: half the slope of the log mean square of h-step
    differences on log h, h = 1 .. 10, over the t = K+1 .. T-1 that the lag search compares on.

    References
    ----------
    .. [1] Engle, R. F. and Granger, C. W. J. (1987). Co-integration and error correction.
       Econometrica 55(2), 251-276.
    .. [2] Di Matteo, T., Aste, T. and Dacorogna, M. M. (2003). Scaling behaviors in differently
       developed markets. Physica A 324(1-2), 183-188.
    """
    n_obs = y.shape[0]
    y, x = np.ascontiguousarray(y), np.ascontiguousarray(x)
    spread, out = np.empty(n_obs), np.empty(6)
    max_lag = search_lag(lags, n_obs)
    order = trend_order(trend)
    code = engle_granger_nb(y, x, order, max_lag, criterion_code(lags), spread, out)
    statistic, used, ratio, stderr, intercept, slope = (float(value) for value in out)
    phi = hurst = float("nan")
    if code != 0:
        spread[:] = np.nan
    else:
        phi = float(ar1_coefficient_nb(spread))
        start = moment_lag(lags, n_obs) + 1
        hurst = float(hurst_slope_nb(difference_squares_nb(spread, start, HURST_WINDOW)))
    return EngleGranger(
        statistic,
        float(surface_pvalue_nb(statistic, surface(trend))),
        -1 if code else int(used),
        ratio,
        stderr,
        intercept,
        slope,
        phi,
        float(half_life_nb(phi)),
        hurst,
        spread,
        REASONS[code],
    )


def with_phillips_ouliaris(answer: EngleGranger, trend: str) -> EngleGranger:
    """Return the answer with the statistic of Phillips and Ouliaris on the same residual.

    `lags` is then the number of autocovariances that enter, the whole part of the bandwidth.
    """
    statistic, bandwidth = z_tau(answer.spread)
    pvalue = float(surface_pvalue_nb(statistic, surface(trend)))
    return replace(answer, statistic=statistic, pvalue=pvalue, lags=int(bandwidth))


def half_life_reason(phi: float) -> str:
    """Return why there is no half-life, "" if there is one."""
    if 0.0 < phi < 1.0:
        return ""
    if phi >= 1.0:
        return f"the spread does not revert (phi = {phi:.4g})"
    return f"the spread overshoots its mean at every step (phi = {phi:.4g})"
