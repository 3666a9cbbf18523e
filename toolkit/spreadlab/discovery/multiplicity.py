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


def adjust_pvalues(pvalues: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return p-values adjusted by Benjamini-Hochberg and by Benjamini-Yekutieli.

    Parameters
    ----------
    pvalues : ndarray, shape (n,)
        All p-values of the tests that were run. NaN (a test that had no answer) stays NaN and
        is not counted.

    Returns
    -------
    tuple of ndarray
        :math:`\min_{j \ge i} p_{(j)} m / j` [1]_, valid for independent and positively
        dependent tests, and the same times :math:`\sum_{k=1}^m 1/k` [2]_, valid under any
        dependence. Pairs share legs, so look at both.
    """
    known = np.flatnonzero(~np.isnan(pvalues))
    bh = np.full(pvalues.shape, np.nan)
    by = np.full(pvalues.shape, np.nan)
    m = known.size
    if m:
        order = known[np.argsort(pvalues[known], kind="stable")]
        scaled = pvalues[order] * (m / np.arange(1, m + 1))
        # The smallest of all larger ones: a smaller p-value never gets the larger adjustment.
        smallest = np.minimum.accumulate(scaled[::-1])[::-1]
        bh[order] = np.minimum(smallest, 1.0)
        by[order] = np.minimum(smallest * harmonic(m), 1.0)
    return bh, by
