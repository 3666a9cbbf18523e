"""One tile of a scan: its columns in, all p-values and the listed rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.counts import count_partial
from spreadlab.discovery.kernels import block, scan
from spreadlab.discovery.kernels.pvalue import surface_pvalues_nb
from spreadlab.discovery.legs import leg_pvalue, leg_pvalues, zero_share, zero_shares
from spreadlab.discovery.mackinnon import surface
from spreadlab.discovery.plan import selected_pairs, tile_pairs
from spreadlab.discovery.products import Side, cross_products, padded_width
from spreadlab.discovery.rules import (
    HURST_WINDOW,
    MIN_OBS,
    NOT_SELECTED,
    Keep,
    criterion_code,
    hurst_weights,
    inflation,
    moment_lag,
    search_lag,
)
from spreadlab.task import poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.task import Tile

_ROWS_BETWEEN_POLLS = 32
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
    diagonal = tile.args["i"] == tile.args["j"]
    if spec.align == "pairwise":
        return _run_overlaps(spec, values, tile)
    left, right, K = _sides(spec, values, tile)
    found = _scan(spec, left, right, K)
    answers, reasons = _finished(spec, values, left, right, found)
    _leave_out(spec, tile, answers, reasons)
    partial = _partial(spec, answers, reasons)
    if diagonal:
        partial["leg_pvalue"] = leg_pvalues(values, left, spec.lags)
        partial["zero_share"] = zero_shares(values)
    return _slim(spec, tile, partial)


def tile_pvalues(
    spec: PairScanSpec, values: NDArray[np.float64], tile: Tile
) -> NDArray[np.float64]:
    """Return the p-values of one tile alone, (directions, pairs): what a calibration counts."""
    left, right, K = _sides(spec, values, tile)
    answers, reasons = _finished(spec, values, left, right, _scan(spec, left, right, K))
    _leave_out(spec, tile, answers, reasons)
    return _pvalues(answers)


def _leave_out(
    spec: PairScanSpec, tile: Tile, answers: NDArray[np.float64], reasons: NDArray[np.int8]
) -> None:
    if spec.groups is not None:
        out = ~selected_pairs(spec.groups, *tile_pairs(tile))
        answers[:, :, out] = np.nan
        reasons[:, out] = NOT_SELECTED


def _sides(spec: PairScanSpec, values: NDArray[np.float64], tile: Tile) -> tuple[Side, Side, int]:
    K, rows = moment_lag(spec.lags, values.shape[0]), int(tile.args["rows"])
    left = Side.of(values[:, :rows], K)
    right = left if tile.args["i"] == tile.args["j"] else Side.of(values[:, rows:], K)
    return left, right, K


def _pvalues(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    law = surface("c")
    return np.stack([surface_pvalues_nb(answer[block.STATISTIC], law) for answer in answers])


def _scan(spec: PairScanSpec, left: Side, right: Side, K: int) -> NDArray[np.float64]:
    """Return (directions, scan.N_FIELDS, I, J) answers from moments; NaN where unsafe."""
    diagonal = left is right
    n_obs = left.demeaned.shape[1]
    out = np.full((spec.n_directions, scan.N_FIELDS, left.size, right.size), np.nan)
    cross, products = cross_products(left, right, K)
    own, head, tail = right.turned(padded_width(right.size))
    longest = search_lag(spec.lags, n_obs)
    fixed = criterion_code(spec.lags) == 0
    for low in range(0, left.size, _ROWS_BETWEEN_POLLS):
        poll_cancel()
        scan.scan_rows_nb(
            n_obs,
            K,
            longest if fixed else -1,
            inflation(spec.lags, n_obs),
            low,
            min(low + _ROWS_BETWEEN_POLLS, left.size),
            diagonal,
            right.size,
            spec.n_directions,
            left.own,
            left.head,
            left.tail,
            own,
            head,
            tail,
            cross,
            products,
            hurst_weights(),
            out,
        )
    return out


def _finished(
    spec: PairScanSpec,
    values: NDArray[np.float64],
    left: Side,
    right: Side,
    found: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return (directions, block.N_FIELDS, pairs) answers and reasons, unsafe pairs done anew."""
    n_obs = values.shape[0]
    diagonal = left is right
    i, j = np.triu_indices(left.size, 1) if diagonal else _all_pairs(left.size, right.size)
    answers = np.empty((spec.n_directions, block.N_FIELDS, i.size))
    reasons = np.zeros((spec.n_directions, i.size), dtype=np.int8)
    series: NDArray[np.float64] | None = None
    for direction in range(spec.n_directions):
        got, answer = found[direction][:, i, j], answers[direction]
        (y, a), (x, b) = ((left, i), (right, j))[:: 1 if direction == 0 else -1]
        ratio, phi = got[scan.HEDGE_RATIO], got[scan.PHI]
        answer[block.STATISTIC] = got[scan.STATISTIC]
        answer[block.LAGS] = got[scan.LAGS]
        answer[block.HEDGE_RATIO] = ratio
        with np.errstate(divide="ignore", invalid="ignore"):
            answer[block.STDERR] = np.sqrt(got[scan.SQUARE] / (n_obs - 2) / x.own[b, -1])
            reverts = (phi > 0.0) & (phi < 1.0)
            answer[block.HALF_LIFE] = np.where(reverts, np.log(2.0) / -np.log(phi), np.nan)
        answer[block.INTERCEPT] = y.means[a] - ratio * x.means[b]
        answer[block.HURST] = got[scan.HURST]
        answer[block.N_OBS] = n_obs
        unsafe = np.flatnonzero(got[scan.LAGS] == scan.UNSAFE)
        if unsafe.size:
            series = np.ascontiguousarray(values.T) if series is None else series
            offset = 0 if diagonal else left.size
            pair = (i[unsafe], j[unsafe] + offset)[:: 1 if direction == 0 else -1]
            _test_direct(spec, series, pair, unsafe, answer, reasons[direction])
    return answers, reasons


def _run_overlaps(spec: PairScanSpec, values: NDArray[np.float64], tile: Tile) -> dict[str, Any]:
    """Return the partial of a tile whose pairs are tested on the rows that both legs have."""
    rows, diagonal = int(tile.args["rows"]), tile.args["i"] == tile.args["j"]
    series = np.ascontiguousarray(values.T)
    i, j = np.triu_indices(rows, 1) if diagonal else _all_pairs(rows, len(series) - rows)
    j = j + (0 if diagonal else rows)
    answers = np.empty((spec.n_directions, block.N_FIELDS, i.size))
    reasons = np.empty((spec.n_directions, i.size), dtype=np.int8)
    lags = spec.lags if isinstance(spec.lags, int) else 0
    for direction in range(spec.n_directions):
        dependent, hedge = (i, j)[:: 1 if direction == 0 else -1]
        for low in range(0, i.size, _PAIRS_BETWEEN_POLLS):
            poll_cancel()
            part = slice(low, low + _PAIRS_BETWEEN_POLLS)
            block.pairs_overlap_nb(
                series,
                dependent[part],
                hedge[part],
                lags,
                criterion_code(spec.lags),
                MIN_OBS,
                HURST_WINDOW,
                answers[direction][:, part],
                reasons[direction][part],
            )
    _leave_out(spec, tile, answers, reasons)
    partial = _partial(spec, answers, reasons)
    if diagonal:
        present = [column[~np.isnan(column)] for column in series]
        partial["leg_pvalue"] = np.array([leg_pvalue(column, spec.lags) for column in present])
        partial["zero_share"] = np.array([zero_share(column) for column in present])
    return _slim(spec, tile, partial)


def _slim(spec: PairScanSpec, tile: Tile, partial: dict[str, Any]) -> dict[str, Any]:
    return count_partial(partial, spec.alpha) if tile.args.get("counted") else partial


def _all_pairs(rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    i, j = np.divmod(np.arange(rows * columns), columns)
    return i, j


def _test_direct(
    spec: PairScanSpec,
    series: NDArray[np.float64],
    pair: tuple[NDArray[np.int64], ...],
    places: NDArray[np.int64],
    answer: NDArray[np.float64],
    reasons: NDArray[np.int8],
) -> None:
    """Test pairs (dependent, hedge) of the rows of `series` into `places` of the answers."""
    n_obs = series.shape[1]
    for low in range(0, places.size, _PAIRS_BETWEEN_POLLS):
        poll_cancel()
        part = slice(low, low + _PAIRS_BETWEEN_POLLS)
        out = np.empty((block.N_FIELDS, places[part].size))
        why = np.empty(places[part].size, dtype=np.int8)
        block.pairs_direct_nb(
            series,
            pair[0][part],
            pair[1][part],
            search_lag(spec.lags, n_obs),
            criterion_code(spec.lags),
            moment_lag(spec.lags, n_obs) + 1,
            HURST_WINDOW,
            out,
            why,
        )
        answer[:, places[part]] = out
        reasons[places[part]] = why


def _partial(
    spec: PairScanSpec,
    answers: NDArray[np.float64],
    reasons: NDArray[np.int8],
) -> dict[str, Any]:
    """Return all p-values and, of the pairs that are listed, the direction of the smaller one."""
    pvalues = _pvalues(answers)
    statistics = answers[:, block.STATISTIC]
    swapped = np.zeros(pvalues.shape[1], dtype=bool)
    if len(pvalues) == 2:
        swapped = (pvalues[1] < pvalues[0]) | (
            (pvalues[1] == pvalues[0]) & (statistics[1] < statistics[0])
        )
        swapped |= np.isnan(pvalues[0]) & ~np.isnan(pvalues[1])
    chosen = swapped.astype(np.int64)
    place = np.arange(chosen.size)
    pvalue = pvalues[chosen, place]
    kept = kept_rows(pvalue, statistics[chosen, place], spec.keep)
    kept = kept[reasons[0, kept] != NOT_SELECTED]
    return {
        "pvalues": pvalues,
        "kept": kept,
        "rows": answers[chosen[kept], :, kept],
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
