"""MacKinnon's distribution of residual-based unit-root statistics.

p-values are the asymptotic response surfaces of MacKinnon (1994) [1]_, critical values those of
MacKinnon (2010) [2]_ with their finite-sample terms. A residual of a fitted relation has a
distribution of its own, left of the Dickey-Fuller one: with that table instead, a nominal 5 %
test of two independent random walks rejects about 14 % of the time.

References
----------
.. [1] MacKinnon, J. G. (1994). Approximate asymptotic distribution functions for unit-root and
   cointegration tests. Journal of Business & Economic Statistics 12(2), 167-176.
.. [2] MacKinnon, J. G. (2010). Critical values for cointegration tests. Queen's University,
   Department of Economics, Working Paper 1227.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# (trend, number of series): smallest, dividing and largest statistic of the surface, then the
# polynomials of the left tail and of the rest, by rising power.
_SURFACES = {
    ("c", 1): (-18.83, -1.61, 2.74, 2.1659, 1.4412, 0.038269, 1.7339, 0.93202, -0.12745, -0.010368),
    ("n", 2): (-19.62, -1.53, 1.51, 1.9129, 1.3857, 0.035322, 1.5578, 0.8558, -0.2083, -0.033549),
    ("c", 2): (-18.86, -2.62, 0.92, 2.92, 1.5012, 0.039796, 2.1945, 0.64695, -0.29198, -0.042377),
    ("ct", 2): (-21.15, -3.19, 0.63, 3.6646, 1.5419, 0.036448, 2.85, 0.5272, -0.36622, -0.051695),
}

# (trend, number of series): level to the coefficients of 1, 1/T, 1/T^2, 1/T^3.
_CRITICAL = {
    ("c", 1): {
        "1%": (-3.43035, -6.5393, -16.786, -79.433),
        "5%": (-2.86154, -2.8903, -4.234, -40.040),
        "10%": (-2.56677, -1.5384, -2.809, 0.0),
    },
    ("c", 2): {
        "1%": (-3.89644, -10.9519, -33.527, 0.0),
        "5%": (-3.33613, -6.1101, -6.823, 0.0),
        "10%": (-3.04445, -4.2412, -2.720, 0.0),
    },
    ("ct", 2): {
        "1%": (-4.32762, -15.4387, -35.679, 0.0),
        "5%": (-3.78057, -9.5106, -12.074, 0.0),
        "10%": (-3.49631, -7.0815, -7.538, 21.892),
    },
}
LEVELS = ("1%", "5%", "10%")


def surface(trend: str, n_series: int = 2) -> NDArray[np.float64]:
    """Return the response surface as the ten numbers that `surface_pvalue_nb` reads."""
    return np.array(_SURFACES[trend, n_series])


def critical_values(trend: str, n_obs: int, n_series: int = 2) -> dict[str, float]:
    """Return the critical values at 1, 5 and 10 %.

    Parameters
    ----------
    trend : str
        ``"c"``, ``"ct"`` or ``"n"``. For ``"n"`` none were published for two series: NaN.
    n_obs : int
        Observations T; the surface is read at T - 1, as in Stata and statsmodels.
    n_series : int
        Series in the relation, 2 for a pair.
    """
    table = _CRITICAL.get((trend, n_series))
    if table is None:
        return dict.fromkeys(LEVELS, float("nan"))
    return {
        level: float(np.polynomial.polynomial.polyval(1.0 / (n_obs - 1), table[level]))
        for level in LEVELS
    }
