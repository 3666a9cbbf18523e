"""Blocks of a scan as they come, before the last test is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.kernels import block
from spreadlab.discovery.plan import scan_tiles, tile_pairs
from spreadlab.discovery.rules import REASONS
from spreadlab.display.numbers import pvalue as pvalue_text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.task import Partial, Tile


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairBlock:
    """The pairs of one tile; adjusted p-values exist only when all tests are done.

    Attributes
    ----------
    dependent, hedge : tuple of str, length M
        Listed pairs, in the direction of the smaller p-value.
    statistic, pvalue, hedge_ratio, hedge_ratio_stderr, intercept, half_life, hurst : ndarray
        As in `DiscoveryResult`, shape (M,).
    lags : ndarray of int64, shape (M,)
        Lagged differences, -1 without an answer.
    n_obs : ndarray of int64, shape (M,)
        Rows that the pair was tested on.
    reason : tuple of str, length M
        Why there is no answer, or "".
    all_pvalues : ndarray, shape (1 or 2, P)
        All tests of the tile, listed or not; of shape (1 or 2, 0) in a scan that counts them.
    n_symbols : int
        Symbols of the whole universe.
    n_tests : int
        Tests of this block with an answer.
    """

    dependent: tuple[str, ...]
    hedge: tuple[str, ...]
    statistic: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    hedge_ratio: NDArray[np.float64]
    hedge_ratio_stderr: NDArray[np.float64]
    intercept: NDArray[np.float64]
    lags: NDArray[np.int64]
    half_life: NDArray[np.float64]
    hurst: NDArray[np.float64]
    n_obs: NDArray[np.int64]
    reason: tuple[str, ...]
    all_pvalues: NDArray[np.float64]
    n_symbols: int
    n_tests: int

    def __len__(self) -> int:
        return len(self.dependent)

    def __repr__(self) -> str:
        best = pvalue_text(float(np.nanmin(self.pvalue))) if self.n_tests and len(self) else "n/a"
        return f"PairBlock({self.n_tests:,} tests, {len(self):,} pairs listed, best p {best})"

    def to_frame(self) -> pd.DataFrame:
        """Return the listed pairs in the order of the tile."""
        import pandas as pd

        beside = {"all_pvalues", "n_symbols", "n_tests"}
        names = [name for name in self.__slots__ if name not in beside]
        return pd.DataFrame({name: getattr(self, name) for name in names})


def tiles_by_id(n_symbols: int) -> dict[int, Tile]:
    """Return the tiles of a scan of N symbols by their id."""
    return {tile.id: tile for tile in scan_tiles(n_symbols)}


def block_of(partial: Partial, tile: Tile, symbols: tuple[str, ...]) -> PairBlock:
    """Return what one partial says, with names."""
    values: Any = partial.values
    counted = "counts" in values
    pvalues = np.empty((1, 0)) if counted else values["pvalues"]
    i, j = (side[values["kept"]] for side in tile_pairs(tile))
    swapped, rows = values["swapped"], values["rows"]
    dependent, hedge = np.where(swapped, j, i), np.where(swapped, i, j)
    return PairBlock(
        tuple(symbols[k] for k in dependent),
        tuple(symbols[k] for k in hedge),
        rows[:, block.STATISTIC],
        values["pvalue"],
        rows[:, block.HEDGE_RATIO],
        rows[:, block.STDERR],
        rows[:, block.INTERCEPT],
        np.nan_to_num(rows[:, block.LAGS], nan=-1).astype(np.int64),
        rows[:, block.HALF_LIFE],
        rows[:, block.HURST],
        rows[:, block.N_OBS].astype(np.int64),
        tuple(REASONS[code] for code in values["reason"]),
        pvalues,
        len(symbols),
        int(values["counts"].sum() if counted else np.count_nonzero(~np.isnan(pvalues))),
    )
