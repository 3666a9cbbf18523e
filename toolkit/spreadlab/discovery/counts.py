"""p-values as counts: what a scan keeps of more tests than it could hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.multiplicity import harmonic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_EXACT = 100_000_000  # tests whose p-values are kept one by one: 0.8 GB
# A bin is the sign, exponent and first 8 bits of the fraction of a double: 256 an octave, so that
# the upper edge of a bin is at most 1/256 above what is in it.
_SHIFT = 44
N_BINS = (int(np.array(1.0).view(np.int64)) >> _SHIFT) + 1


def count_partial(partial: Mapping[str, Any], alpha: float) -> dict[str, Any]:
    """Return the partial of a tile with its p-values counted by bin."""
    known = partial["pvalues"][~np.isnan(partial["pvalues"])]
    bins, counts = np.unique((known + 0.0).view(np.int64) >> _SHIFT, return_counts=True)
    rest = {name: value for name, value in partial.items() if name != "pvalues"}
    below = int(np.count_nonzero(known < alpha))
    return {
        **rest,
        "bins": bins.astype(np.int32),
        "counts": counts.astype(np.int64),
        "below": below,
    }


class PvalueCounts:
    r"""How many p-values fall into each of 261,889 bins, and what follows from that.

    The Benjamini-Hochberg value of p is the least of :math:`t m / \#\{p_j \le t\}` over the
    p-values t from p on. Here t runs over the upper edges of the bins instead, each at most 1/256
    above the largest p-value of its bin, so that the answer is never below the exact one and at
    most 1/256 above it.

    Parameters
    ----------
    counts : ndarray of int64, shape (N_BINS,)
        Tests in each bin.
    below : int
        Tests with a p-value below the level of the scan, exactly.
    """

    def __init__(self, counts: NDArray[np.int64] | None = None, below: int = 0) -> None:
        self.counts = np.zeros(N_BINS, dtype=np.int64) if counts is None else counts
        self.below = below

    def add(self, values: Mapping[str, Any]) -> None:
        """Add the tests of one tile."""
        self.counts[values["bins"]] += values["counts"]
        self.below += int(values["below"])

    @property
    def n_tests(self) -> int:
        """Tests with an answer."""
        return int(self.counts.sum())

    @staticmethod
    def edges() -> NDArray[np.float64]:
        """Return the upper edges of the bins."""
        upper = (np.arange(1, N_BINS + 1, dtype=np.int64) << _SHIFT).view(np.float64)
        return np.minimum(upper, 1.0)

    def _scaled(self) -> NDArray[np.float64]:
        up_to = np.cumsum(self.counts)
        scaled = np.full(N_BINS, np.inf)
        np.divide(self.edges() * up_to[-1], up_to, out=scaled, where=up_to > 0)
        return np.asarray(np.minimum.accumulate(scaled[::-1])[::-1])

    def both(self, some: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return Benjamini-Hochberg and Benjamini-Yekutieli values of p-values of the family."""
        scaled = np.full(some.shape, np.nan)
        known = ~np.isnan(some)
        scaled[known] = self._scaled()[(some[known] + 0.0).view(np.int64) >> _SHIFT]
        return np.minimum(scaled, 1.0), np.minimum(scaled * harmonic(self.n_tests), 1.0)

    def survivors(self, alpha: float) -> tuple[int, int]:
        """Return how many tests have a BH and how many a BY value below `alpha`, at least."""
        scaled, up_to = self._scaled(), np.cumsum(self.counts)
        levels = (alpha, alpha / harmonic(self.n_tests) if self.n_tests else alpha)
        last = [int(np.searchsorted(scaled, level)) for level in levels]
        first, second = (int(up_to[k - 1]) if k else 0 for k in last)
        return first, second
