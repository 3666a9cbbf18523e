"""The N x N map of p-values, and an order of the symbols in which it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_CLUSTERED = 2000  # symbols; beyond, clustering takes longer than the map is looked at


def pvalue_map(pvalues: NDArray[np.float64], n_symbols: int) -> NDArray[np.float64]:
    """Return the N x N map, NaN on the diagonal and where there is no test.

    Parameters
    ----------
    pvalues : ndarray, shape (1 or 2, N (N - 1) / 2)
        All tests: row 0 above the diagonal (earlier symbol on later), row 1 below it.
    n_symbols : int
        Symbols N.
    """
    cells = np.full((n_symbols, n_symbols), np.nan)
    upper = np.triu_indices(n_symbols, 1)
    cells[upper] = pvalues[0]
    cells.T[upper] = pvalues[1] if len(pvalues) == 2 else pvalues[0]
    return cells


def similarity_order(pvalues: NDArray[np.float64], n_symbols: int) -> NDArray[np.int64]:
    """Return the symbols so that those with small p-values among them stand together.

    Average linkage with the smaller p-value of each pair as its distance; as they came for more
    than 2000 symbols.
    """
    if n_symbols < 3 or n_symbols > _MOST_CLUSTERED:
        return np.arange(n_symbols)
    from scipy.cluster.hierarchy import leaves_list, linkage

    distance = np.nan_to_num(np.fmin.reduce(pvalues, axis=0), nan=1.0)
    return np.asarray(leaves_list(linkage(distance, "average")), dtype=np.int64)


def coarse(cells: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Return a map of at most `most` rows: the smallest p-value of each block."""
    step = -(-len(cells) // most)
    if step == 1:
        return cells
    starts = np.arange(0, len(cells), step)
    return np.asarray(np.fmin.reduceat(np.fmin.reduceat(cells, starts, axis=0), starts, axis=1))
