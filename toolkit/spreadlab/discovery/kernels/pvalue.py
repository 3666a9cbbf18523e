"""MacKinnon's response surface as a scalar function."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def surface_pvalue_nb(statistic: float, surface: np.ndarray) -> float:
    """Return Phi(polynomial(statistic)) with the polynomial of the tail it falls in.

    Parameters
    ----------
    statistic : float
        Unit-root t-ratio; NaN gives NaN.
    surface : ndarray, shape (10,)
        Smallest, dividing and largest statistic; three coefficients of the left polynomial and
        four of the right one, by rising power.
    """
    if math.isnan(statistic):
        return math.nan
    if statistic > surface[2]:
        return 1.0
    if statistic < surface[0]:
        return 0.0
    if statistic <= surface[1]:
        z = surface[3] + statistic * (surface[4] + statistic * surface[5])
    else:
        z = surface[6] + statistic * (
            surface[7] + statistic * (surface[8] + statistic * surface[9])
        )
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@njit(nogil=True, cache=True)
def surface_pvalues_nb(statistics: np.ndarray, surface: np.ndarray) -> np.ndarray:
    """Return `surface_pvalue_nb` of each statistic."""
    out = np.empty(statistics.shape[0])
    for k in range(statistics.shape[0]):
        out[k] = surface_pvalue_nb(statistics[k], surface)
    return out
