"""Simulated distributions of the likelihood ratios and of the unit-root t-ratio.

The numbers in critical_values.npz were simulated once (tools/ou_tables.py in the repository holds
the program and its seed). With n steps and phi = exp(-c / n), a path that starts from its
stationary law gives likelihood-ratio statistics whose distributions depend on (c, n) alone: theta
and sigma are location and scale. As c grows they become a chi-square with one degree of freedom,
and the table holds their quantiles as ratios to its quantiles.
"""

from __future__ import annotations

import functools
from importlib import resources
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Statistic = Literal["kappa", "theta", "sigma"]
LEVELS = (0.5, 0.999)
"""Confidence levels that the table spans."""
_ROWS = {"kappa": 0, "theta": 1, "sigma": 2}
_NORMAL = NormalDist()


@functools.cache
def _table() -> dict[str, NDArray[Any]]:
    path = resources.files("spreadlab.ou") / "critical_values.npz"
    with path.open("rb") as file, np.load(file) as archive:
        return {name: archive[name].astype(np.float64) for name in archive.files}


def _squash(c: float | NDArray[np.float64]) -> Any:
    # The quantiles are nearly straight in this coordinate, from a random walk (0) to noise (1).
    return c / (c + 10.0)


def _at_steps(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Interpolate axis 0 in 1/n, the order of the finite-sample terms."""
    inverse = 1.0 / _table()["steps"]  # descending
    at = min(max(1.0 / n, inverse[-1]), inverse[0])
    low = int(np.clip(np.searchsorted(-inverse, -at) - 1, 0, inverse.size - 2))
    weight = (inverse[low] - at) / (inverse[low] - inverse[low + 1])
    mixed: NDArray[np.float64] = (1.0 - weight) * values[low] + weight * values[low + 1]
    return mixed


def chi_square_quantile(level: float) -> float:
    """Return the quantile of a chi-square with one degree of freedom."""
    return _NORMAL.inv_cdf(0.5 * (1.0 + level)) ** 2


class CriticalValues:
    """Critical values of the likelihood ratios of one sample size and confidence level.

    Parameters
    ----------
    n : int
        Steps of the sample.
    level : float
        Confidence level, within `LEVELS`.
    """

    def __init__(self, n: int, level: float) -> None:
        table = _table()
        scores = np.array([_NORMAL.inv_cdf(0.5 * (1.0 + p)) for p in table["levels"]])
        score = _NORMAL.inv_cdf(0.5 * (1.0 + level))
        self._at = _squash(table["c"])
        self._curves = {}
        for name, row in _ROWS.items():
            ratios = _at_steps(table["ratios"][row], n)
            curve = [float(np.interp(score, scores, of_c)) for of_c in ratios]
            self._curves[name] = np.array(curve) * score**2

    def __call__(self, name: Statistic, c: float) -> float:
        """Return the critical value of parameter `name` where kappa times the time span is `c`."""
        u = 1.0 if np.isinf(c) else _squash(max(c, 0.0))
        return float(np.interp(u, self._at, self._curves[name]))

    def ceiling(self, name: Statistic) -> float:
        """Return the largest critical value over all `c`."""
        return float(self._curves[name].max())


def unit_root_pvalues(statistics: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return P(t-ratio <= statistic) for random walks of `n` steps, in [1e-4, 1 - 1e-4].

    Linear interpolation between quantiles, on the scale of normal quantiles; NaN stays NaN.
    """
    table = _table()
    quantiles = _at_steps(table["unit_root"], n)
    scores = _normal_scores()
    unique = np.interp(statistics, quantiles, scores)
    # The normal distribution function is smooth: between its nodes a line on this fine grid is
    # exact to 1e-7, and so fast that it doesn't show in a batch.
    grid, values = _normal_grid()
    pvalues = np.interp(unique, grid, values)
    return np.where(np.isnan(statistics), np.nan, pvalues)


@functools.cache
def _normal_scores() -> NDArray[np.float64]:
    return np.array([_NORMAL.inv_cdf(p) for p in _table()["probabilities"]])


@functools.cache
def _normal_grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    grid = np.linspace(-4.0, 4.0, 16_001)
    return grid, np.array([_NORMAL.cdf(z) for z in grid])


def unit_root_pvalue(statistic: float, n: int) -> float:
    """Return P(t-ratio <= `statistic`) for a random walk of `n` steps, in [1e-4, 1 - 1e-4]."""
    return float(unit_root_pvalues(np.array([statistic]), n)[0])


def unit_root_critical_value(level: float, n: int) -> float:
    """Return the `level` quantile of the t-ratio for a random walk of `n` steps."""
    table = _table()
    return float(np.interp(level, table["probabilities"], _at_steps(table["unit_root"], n)))
