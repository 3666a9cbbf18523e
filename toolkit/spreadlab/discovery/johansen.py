"""Johansen's test: how many independent relations hold a set of series together.

References
----------
.. [1] Johansen, S. (1991). Estimation and hypothesis testing of cointegration vectors in
   Gaussian vector autoregressive models. Econometrica 59(6), 1551-1580.
.. [2] MacKinnon, J. G., Haug, A. A. and Michelis, L. (1999). Numerical distribution functions of
   likelihood ratio tests for cointegration. Journal of Applied Econometrics 14(5), 563-577.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LEGS = 12
_SINGULAR = 1e-12  # smallest eigenvalue of a correlation matrix over its largest

# (trend, statistic): percentiles 90, 95, 99 [2]_ for 1 .. 12 relations too many under the null.
_TABLES = {
    ("n", "trace"): """
        2.9762 4.1296 6.9406 10.4741 12.3212 16.364 21.7781 24.2761 29.5147
        37.0339 40.1749 46.5716 56.2839 60.0627 67.6367 79.5329 83.9383 92.7136
        106.7351 111.7797 121.7375 137.9954 143.6691 154.7977 173.2292 179.5199 191.8122
        212.4721 219.4051 232.8291 255.6732 263.2603 277.9962 302.9054 311.1288 326.9716""",
    ("c", "trace"): """
        2.7055 3.8415 6.6349 13.4294 15.4943 19.9349 27.0669 29.7961 35.4628
        44.4929 47.8545 54.6815 65.8202 69.8189 77.8202 91.109 95.7542 104.9637
        120.3673 125.6185 135.9825 153.6341 159.529 171.0905 190.8714 197.3772 210.0366
        232.103 239.2468 253.2526 277.374 285.1402 300.2821 326.5354 334.9795 351.215""",
    ("ct", "trace"): """
        2.7055 3.8415 6.6349 16.1619 18.3985 23.1485 32.0645 35.0116 41.0815
        51.6492 55.2459 62.5202 75.1027 79.3422 87.7748 102.4674 107.3429 116.9829
        133.7852 139.278 150.0778 169.0618 175.1584 187.1891 208.3582 215.1268 228.2226
        251.6293 259.0267 273.3838 298.8836 306.8988 322.4264 350.1125 358.719 375.3203""",
    ("n", "max"): """
        2.9762 4.1296 6.9406 9.4748 11.2246 15.0923 15.7175 17.7961 22.2519
        21.837 24.1592 29.0609 27.916 30.4428 35.7359 33.9271 36.6301 42.2333
        39.9085 42.7679 48.6606 45.893 48.8795 55.0335 51.8528 54.9629 61.3449
        57.7954 61.0404 67.6415 63.7248 67.0756 73.8856 69.6513 73.0946 80.0937""",
    ("c", "max"): """
        2.7055 3.8415 6.6349 12.2971 14.2639 18.52 18.8928 21.1314 25.865
        25.1236 27.5858 32.7172 31.2379 33.8777 39.3693 37.2786 40.0763 45.8662
        43.2947 46.2299 52.3069 49.2855 52.3622 58.6634 55.2412 58.4332 64.996
        61.2041 64.504 71.2525 67.1307 70.5392 77.4877 73.0563 76.5734 83.7105""",
    ("ct", "max"): """
        2.7055 3.8415 6.6349 15.0006 17.1481 21.7465 21.8731 24.2522 29.2631
        28.2398 30.8151 36.193 34.4202 37.1646 42.8612 40.5244 43.4183 49.4095
        46.5583 49.5875 55.8171 52.5858 55.7302 62.1741 58.5316 61.8051 68.503
        64.5292 67.904 74.7434 70.463 73.9355 81.0678 76.4081 79.9878 87.2395""",
}


@dataclass(frozen=True, slots=True, eq=False)
class Johansen:
    """The numbers of one test, by number of relations under the null, r = 0 .. N - 1."""

    eigenvalues: NDArray[np.float64]
    vectors: NDArray[np.float64]
    trace: NDArray[np.float64]
    max_eigenvalue: NDArray[np.float64]
    trace_critical: NDArray[np.float64]
    max_critical: NDArray[np.float64]


def critical_table(trend: str, statistic: str) -> NDArray[np.float64]:
    """Return (12, 3) critical values at 10, 5 and 1 % for 1 .. 12 common trends."""
    return np.array(_TABLES[trend, statistic].split(), dtype=float).reshape(MAX_LEGS, 3)


def johansen_test(series: NDArray[np.float64], *, trend: str = "c", lags: int = 1) -> Johansen:
    r"""Test (T, N) series for cointegration by reduced-rank regression.

    Levels :math:`X_t` are detrended (by nothing, a constant, a constant and a trend). With the
    `lags` lagged differences (and a constant unless ``trend="n"``) taken out of
    :math:`\Delta X_t` and of :math:`X_{t-1}`, the residuals :math:`R_0, R_1` have product
    moments S; the eigenvalues of :math:`S_{10} S_{00}^{-1} S_{01} v = \lambda S_{11} v` give
    trace :math:`-n \sum_{i > r} \ln(1 - \lambda_i)` and maximum
    :math:`-n \ln(1 - \lambda_{r+1})` [1]_.

    Raises
    ------
    InvalidInputError
        If the series are collinear, or their steps follow from the past without error.
    """
    from scipy.linalg import eigh

    order = {"n": -1, "c": 0, "ct": 1}[trend]
    inner = min(order, 0)
    levels = _detrended(series, order)
    steps = np.diff(levels, axis=0)
    n = len(steps) - lags
    lagged = [steps[lags - k : len(steps) - k] for k in range(1, lags + 1)]
    z = _detrended(np.hstack(lagged), inner) if lags else np.empty((n, 0))
    r0 = _residual(_detrended(steps[lags:], inner), z)
    # The level enters with the time index of the oldest lag, as in statsmodels: lagged by
    # lags + 1, which spans the same space given the lagged differences.
    r1 = _residual(_detrended(levels[1 : len(levels) - lags], inner), z)
    s00, s11, s10 = r0.T @ r0 / n, r1.T @ r1 / n, r1.T @ r0 / n
    _check_regular(s00, s11)
    values, vectors = eigh(s10 @ np.linalg.solve(s00, s10.T), s11)
    values, vectors = np.clip(values[::-1], 0.0, 1.0), vectors[:, ::-1]
    if not 1.0 - values[0] > _SINGULAR:
        raise InvalidInputError(
            "prices", "steps that follow from the past without error", "series that are random"
        )
    vectors = vectors * np.where(vectors[0] < 0, -1.0, 1.0)
    logs = np.log1p(-values)
    n_series = series.shape[1]
    rows = n_series - 1 - np.arange(n_series)
    return Johansen(
        values,
        vectors,
        -n * np.cumsum(logs[::-1])[::-1],
        -n * logs,
        critical_table(trend, "trace")[rows],
        critical_table(trend, "max")[rows],
    )


def _detrended(values: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    if order < 0:
        return values
    out = values - values.mean(axis=0)
    if order > 0:
        t = np.arange(len(values)) - 0.5 * (len(values) - 1)
        out = out - np.outer(t, t @ out) / (t @ t)
    return np.asarray(out)


def _residual(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    if not x.shape[1]:
        return y
    return np.asarray(y - x @ np.linalg.lstsq(x, y, rcond=None)[0])


def _check_regular(*moments: NDArray[np.float64]) -> None:
    for moment in moments:
        scale = np.sqrt(np.diag(moment))
        if not (scale > 0).all():
            raise InvalidInputError("prices", "a column does not vary", "series that vary")
        values = np.linalg.eigvalsh(moment / np.outer(scale, scale))
        if not values[0] > _SINGULAR * values[-1]:
            raise InvalidInputError(
                "prices", "collinear columns", "independent series", "leave one of them out"
            )
