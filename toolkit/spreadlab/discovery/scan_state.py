"""What a scan has found so far: every p-value, and the rows of the pairs that are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.counts import PvalueCounts
from spreadlab.discovery.kernels import block
from spreadlab.discovery.multiplicity import Adjustment
from spreadlab.discovery.plan import pair_number, scan_tiles, selected_pairs, tile_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.task import Partial


class ScanState:
    """Folds partials of a scan, in any order.

    Parameters
    ----------
    n_symbols : int
        Columns of the panel.
    spec : PairScanSpec
        What is asked.

    Attributes
    ----------
    pvalues : ndarray, shape (n_directions, N (N - 1) / 2)
        p-values of all tests: row 0 the earlier column on the later one, row 1 the reverse; of
        shape (n_directions, 0) where they are counted.
    counts : PvalueCounts or None
        The p-values of a scan with more than 100 million tests.
    """

    def __init__(self, n_symbols: int, spec: PairScanSpec) -> None:
        self._n_symbols = n_symbols
        self._keep, self._groups = spec.keep, spec.groups
        self._tiles = {tile.id: tile for tile in scan_tiles(n_symbols, spec.groups)}
        self._n_directions = spec.n_directions
        counted = spec.is_counted(n_symbols)
        self._n_dfa = spec.dfa
        self._dfa: dict[int, float] = {}
        self._waiting = set(self._tiles)
        self._parts: list[dict[str, NDArray[Any]]] = []
        self.leg_pvalue = np.full(n_symbols, np.nan)
        self.zero_share = np.full(n_symbols, np.nan)
        n_kept = 0 if counted else n_symbols * (n_symbols - 1) // 2
        self.pvalues = np.full((spec.n_directions, n_kept), np.nan)
        self.counts = PvalueCounts() if counted else None

    def absorb(self, partial: Partial) -> None:
        """Add one tile."""
        values = partial.values
        if partial.stage == 1:
            self._dfa.update(
                zip(values["pair"].tolist(), values["hurst_dfa"].tolist(), strict=True)
            )
            return
        tile = self._tiles[partial.tile_id]
        number = pair_number(*tile_pairs(tile), self._n_symbols)
        if self.counts is None:
            self.pvalues[:, number] = values["pvalues"]
        elif tile.id in self._waiting:
            self.counts.add(values)
        if "leg_pvalue" in values:
            symbols = slice(tile.args["i"], tile.args["i"] + tile.args["rows"])
            self.leg_pvalue[symbols] = values["leg_pvalue"]
            self.zero_share[symbols] = values["zero_share"]
        self._waiting.discard(tile.id)
        part = {name: values[name] for name in ("rows", "pvalue", "reason", "swapped")}
        self._parts.append({"pair": number[values["kept"]], **part})
        if (
            isinstance(self._keep, int)
            and sum(p["pair"].size for p in self._parts) > 4 * self._keep
        ):
            self._parts = [self._best(self._joined(), self._keep)]

    @property
    def n_pending(self) -> int:
        """Tests of tiles that have not been absorbed."""
        return sum(map(self._count, self._waiting)) * self._n_directions

    def _count(self, tile_id: int) -> int:
        i, j = tile_pairs(self._tiles[tile_id])
        return i.size if self._groups is None else int(selected_pairs(self._groups, i, j).sum())

    def _joined(self) -> dict[str, NDArray[Any]]:
        """Return the rows of all tiles so far, in no order, joined once."""
        if not self._parts:
            return empty_rows()
        if len(self._parts) > 1:
            names = tuple(self._parts[0])
            self._parts = [
                {name: np.concatenate([part[name] for part in self._parts]) for name in names}
            ]
        return self._parts[0]

    @staticmethod
    def _best(rows: dict[str, NDArray[Any]], keep: int) -> dict[str, NDArray[Any]]:
        order = _ranking(rows, keep)
        order = order[~np.isnan(rows["pvalue"][order])]
        return {name: column[order] for name, column in rows.items()}

    def best(self, count: int) -> dict[str, NDArray[Any]]:
        """Return number, direction and hedge ratio of the best listed pairs with an answer."""
        rows = self._listed()
        order = _ranking(rows, count)
        order = order[~np.isnan(rows["pvalue"][order])]
        return {
            "pair": rows["pair"][order],
            "swapped": rows["swapped"][order],
            "ratio": rows["rows"][order, block.HEDGE_RATIO],
        }

    def _listed(self) -> dict[str, NDArray[Any]]:
        rows = self._joined()
        return self._best(rows, self._keep) if isinstance(self._keep, int) else rows

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the listed pairs by rising p-value, adjusted over all tests that were run."""
        rows = self._listed()
        order = _ranking(rows)
        numbers = rows["rows"][order].T
        pair, pvalue = rows["pair"][order], rows["pvalue"][order]
        family = Adjustment(self.pvalues.ravel()) if self.counts is None else self.counts
        pvalue_bh, pvalue_by = family.both(pvalue)
        return {
            "pair": pair,
            "swapped": rows["swapped"][order],
            "statistic": numbers[block.STATISTIC].copy(),
            "pvalue": pvalue,
            "pvalue_bh": pvalue_bh,
            "pvalue_by": pvalue_by,
            "hedge_ratio": numbers[block.HEDGE_RATIO].copy(),
            "hedge_ratio_stderr": numbers[block.STDERR].copy(),
            "intercept": numbers[block.INTERCEPT].copy(),
            "lags": np.nan_to_num(numbers[block.LAGS], nan=-1).astype(np.int64),
            "half_life": numbers[block.HALF_LIFE].copy(),
            "hurst": numbers[block.HURST].copy(),
            "hurst_dfa": self._exponents(pair),
            "pair_obs": numbers[block.N_OBS].astype(np.int64),
            "reason": rows["reason"][order],
        }

    def _exponents(self, ranked: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the DFA exponents of the listed pairs, best first; only the best have one."""
        out = np.full(ranked.size, np.nan)
        best = ranked[: self._n_dfa].tolist()
        out[: len(best)] = [self._dfa.get(number, np.nan) for number in best]
        return out


def _ranking(rows: dict[str, NDArray[Any]], count: int | None = None) -> NDArray[np.int64]:
    """Return the rows, or the first `count`, by rising p-value, statistic and number of the pair.

    Few p-values are equal, so a quick sort by them alone comes first.
    """
    pvalue = np.where(np.isnan(rows["pvalue"]), np.inf, rows["pvalue"])
    if count is None or count >= pvalue.size:
        order = np.argsort(pvalue)
    else:
        near = np.flatnonzero(pvalue <= np.partition(pvalue, count)[count])
        order = near[np.argsort(pvalue[near])]
    ranked = pvalue[order]
    equal = ranked[1:] == ranked[:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    some = order[tied]
    statistic = rows["rows"][some, block.STATISTIC]
    order[tied] = some[np.lexsort((rows["pair"][some], statistic, pvalue[some]))]
    return order[:count]


def empty_rows() -> dict[str, NDArray[Any]]:
    """Return the rows of no pairs."""
    return {
        "pair": np.empty(0, dtype=np.int64),
        "rows": np.empty((0, block.N_FIELDS)),
        "pvalue": np.empty(0),
        "reason": np.empty(0, dtype=np.int8),
        "swapped": np.empty(0, dtype=bool),
    }
