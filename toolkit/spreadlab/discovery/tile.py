"""One tile of a scan: its pairs in, all p-values and the listed rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.kernels import block
from spreadlab.discovery.kernels.pvalue import surface_pvalues_nb
from spreadlab.discovery.mackinnon import surface
from spreadlab.discovery.plan import tile_pairs
from spreadlab.discovery.rules import HURST_WINDOW, Keep, criterion_code, moment_lag, search_lag
from spreadlab.task import poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.task import Tile

_PAIRS_BETWEEN_POLLS = 64


def run_tile_pairs(spec: PairScanSpec, values: NDArray[np.float64], tile: Tile) -> dict[str, Any]:
    """Return the partial of one tile.

    Parameters
    ----------
    spec : PairScanSpec
        What is asked.
    values : ndarray, shape (T, rows + columns) or (T, rows)
        The transformed columns of the tile's sides, once for a tile on the diagonal.
    tile : Tile
        Which symbols they are.
    """
    series = np.ascontiguousarray(values.T)
    first, second = tile_pairs(tile)
    args = tile.args
    left = first - args["i"]
    right = second - args["j"] + (0 if args["i"] == args["j"] else args["rows"])
    tests = [(left, right), (right, left)][: spec.n_directions]
    answers, reasons = (
        np.empty((len(tests), block.N_FIELDS, first.size)),
        np.empty((len(tests), first.size), dtype=np.int8),
    )
    for direction, (dependent, hedge) in enumerate(tests):
        _test_direct(spec, series, dependent, hedge, answers[direction], reasons[direction])
    law = surface("c")
    pvalues = np.stack([surface_pvalues_nb(answer[block.STATISTIC], law) for answer in answers])
    number = np.stack([first, second])
    return _partial(spec, number, answers, reasons, pvalues)


def _test_direct(
    spec: PairScanSpec,
    series: NDArray[np.float64],
    dependent: NDArray[np.int64],
    hedge: NDArray[np.int64],
    out: NDArray[np.float64],
    reasons: NDArray[np.int8],
) -> None:
    n_obs = series.shape[1]
    for low in range(0, dependent.size, _PAIRS_BETWEEN_POLLS):
        poll_cancel()
        part = slice(low, low + _PAIRS_BETWEEN_POLLS)
        block.pairs_direct_nb(
            series,
            dependent[part],
            hedge[part],
            search_lag(spec.lags, n_obs),
            criterion_code(spec.lags),
            moment_lag(spec.lags, n_obs) + 1,
            HURST_WINDOW,
            out[:, part],
            reasons[part],
        )


def _partial(
    spec: PairScanSpec,
    symbols: NDArray[np.int64],
    answers: NDArray[np.float64],
    reasons: NDArray[np.int8],
    pvalues: NDArray[np.float64],
) -> dict[str, Any]:
    """Keep, of each pair, the direction of the smaller p-value, and the pairs that are listed."""
    swapped = np.zeros(pvalues.shape[1], dtype=bool)
    if len(pvalues) == 2:
        statistics = answers[:, block.STATISTIC]
        better = (pvalues[1] < pvalues[0]) | (
            (pvalues[1] == pvalues[0]) & (statistics[1] < statistics[0])
        )
        swapped = better | (np.isnan(pvalues[0]) & ~np.isnan(pvalues[1]))
    chosen = swapped.astype(np.int64)
    place = np.arange(chosen.size)
    pvalue = pvalues[chosen, place]
    kept = kept_rows(pvalue, answers[chosen, block.STATISTIC, place], spec.keep)
    rows = answers[chosen[kept], :, kept]
    return {
        "pvalues": pvalues,
        "symbols": symbols,
        "kept": kept,
        "rows": rows,
        "pvalue": pvalue[kept],
        "reason": reasons[chosen[kept], kept],
        "swapped": swapped[kept],
    }


def kept_rows(
    pvalue: NDArray[np.float64], statistic: NDArray[np.float64], keep: Keep
) -> NDArray[np.int64]:
    """Return which pairs are listed: all, those below a threshold, or the best k (in place)."""
    if keep is None:
        return np.arange(pvalue.size)
    if isinstance(keep, float):
        return np.flatnonzero(pvalue < keep)
    order = np.lexsort((np.arange(pvalue.size), statistic, pvalue))[:keep]
    return np.sort(order[~np.isnan(pvalue[order])])
