"""Many tests at once: which of the small p-values chance alone would not give.

References
----------
.. [1] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of
   the Royal Statistical Society B 57(1), 289-300.
.. [2] Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in
   multiple testing under dependency. Annals of Statistics 29(4), 1165-1188.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def harmonic(n: int) -> float:
    """Return 1 + 1/2 + ... + 1/n: what Benjamini-Yekutieli multiplies by."""
    if n < 1_000_000:
        return float(np.sum(1.0 / np.arange(1, n + 1)))
    return float(np.log(n) + np.euler_gamma + 1 / (2 * n) - 1 / (12 * n**2))


class Adjustment:
    r"""All p-values of a family of tests, ready to adjust some of them.

    Benjamini-Hochberg is :math:`\min_{j \ge i} p_{(j)} m / j` [1]_, valid for independent and
    positively dependent tests; Benjamini-Yekutieli is the same times :math:`\sum_{k=1}^m 1/k`
    [2]_, valid under any dependence. Pairs share legs, so look at both.

    Parameters
    ----------
    pvalues : ndarray
        All p-values of the tests that were run. NaN (a test that had no answer) is not counted.
    """

    def __init__(self, pvalues: NDArray[np.float64]) -> None:
        self.pvalues = np.sort(pvalues[~np.isnan(pvalues)])
        m = self.pvalues.size
        scaled = self.pvalues * m
        scaled /= np.arange(1, m + 1)
        # The smallest of all larger ones: a smaller p-value never gets the larger adjustment.
        backwards = scaled[::-1]
        np.minimum.accumulate(backwards, out=backwards)
        self._scaled = scaled

    def both(self, some: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the Benjamini-Hochberg and Benjamini-Yekutieli values of some of the family."""
        scaled = np.full(some.shape, np.nan)
        known = ~np.isnan(some)
        scaled[known] = self._scaled[np.searchsorted(self.pvalues, some[known], side="right") - 1]
        factor = harmonic(self.pvalues.size)
        return np.minimum(scaled, 1.0), np.minimum(scaled * factor, 1.0)

    def bh(self, some: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Benjamini-Hochberg values of p-values that are in the family."""
        return self.both(some)[0]

    def by(self, some: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Benjamini-Yekutieli values of p-values that are in the family."""
        return self.both(some)[1]

    def survivors(self, alpha: float) -> tuple[int, int]:
        """Return how many tests have a BH and how many a BY value below `alpha`."""
        by_level = alpha / harmonic(self.pvalues.size) if self.pvalues.size else alpha
        return (
            int(np.searchsorted(self._scaled, alpha)),
            int(np.searchsorted(self._scaled, by_level)),
        )
