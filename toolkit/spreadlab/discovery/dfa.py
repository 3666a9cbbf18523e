"""The second look at the best pairs of a scan: detrended fluctuation analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.kernels.dfa import dfa_nb, dfa_pairs_nb
from spreadlab.discovery.plan import pair_symbols, scan_size
from spreadlab.errors import InvalidInputError
from spreadlab.task import Tile, poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAIRS_A_TILE = 512
_PAIRS_BETWEEN_POLLS = 64


def dfa_exponent(spread: NDArray[np.float64]) -> float:
    r"""Return the DFA-1 exponent of a spread, taken as the profile itself [1]_.

    In boxes of n = 8 .. T/4 rows (ten sizes, even in logs) a line is taken out; half the slope
    of the log mean square on log n is 0.5 for a random walk and less for a spread that reverts.
    NaN for fewer than 64 rows.

    References
    ----------
    .. [1] Peng, C.-K. et al. (1994). Mosaic organization of DNA nucleotides. Physical Review E
       49(2), 1685-1689.
    """
    return float(dfa_nb(np.ascontiguousarray(spread)))


def dfa_tiles(rows: dict[str, NDArray[Any]], n_symbols: int) -> list[Tile]:
    """Return the tiles of the second stage.

    Parameters
    ----------
    rows : dict
        ``pair``, ``swapped`` and ``ratio`` of the pairs to look at, in order.
    n_symbols : int
        Symbols of the universe.
    """
    tiles: list[Tile] = []
    i, j = pair_symbols(rows["pair"], n_symbols)
    dependent, hedge = np.where(rows["swapped"], j, i), np.where(rows["swapped"], i, j)
    for low in range(0, rows["pair"].size, _PAIRS_A_TILE):
        part = slice(low, low + _PAIRS_A_TILE)
        symbols = np.unique(np.concatenate([dependent[part], hedge[part]]))
        args = {
            "pair": rows["pair"][part],
            "dependent": np.searchsorted(symbols, dependent[part]),
            "hedge": np.searchsorted(symbols, hedge[part]),
            "ratio": rows["ratio"][part],
        }
        columns = tuple((int(s), int(s) + 1) for s in symbols)
        number = scan_size(n_symbols) + len(tiles)
        tiles.append(Tile(number, 1, float(args["pair"].size), None, columns, args))
    return tiles


def most_dfa_tiles(n_pairs: int, n_symbols: int) -> int:
    """Return how many tiles `dfa_tiles` makes of at most `n_pairs` pairs."""
    return -(-min(n_pairs, n_symbols * (n_symbols - 1) // 2) // _PAIRS_A_TILE)


def _checked(tile: Tile, n_series: int) -> dict[str, NDArray[Any]]:
    """Return the arguments of a tile, which may have come from elsewhere: kernels trust indices."""
    kinds = {"pair": np.int64, "dependent": np.int64, "hedge": np.int64, "ratio": np.float64}
    args = {name: np.asarray(tile.args.get(name)) for name in kinds}
    fits = all(args[name].dtype == kind and args[name].ndim == 1 for name, kind in kinds.items())
    if not (fits and len({array.size for array in args.values()}) == 1):
        raise InvalidInputError("tile", "arguments of another form", "those of its plan")
    for name in ("dependent", "hedge"):
        index = args[name]
        if index.size and not (index.min() >= 0 and index.max() < n_series):
            raise InvalidInputError("tile", f"{name} beyond its columns", f"0 to {n_series - 1}")
    return args


def run_dfa(values: NDArray[np.float64], tile: Tile) -> dict[str, Any]:
    """Return the exponents of the pairs of one tile of the second stage."""
    series = np.ascontiguousarray(values.T)
    args = _checked(tile, len(series))
    out = np.empty(args["pair"].size)
    for low in range(0, out.size, _PAIRS_BETWEEN_POLLS):
        poll_cancel()
        part = slice(low, low + _PAIRS_BETWEEN_POLLS)
        dependent, hedge = args["dependent"][part], args["hedge"][part]
        dfa_pairs_nb(series, dependent, hedge, args["ratio"][part], out[part])
    return {"pair": np.asarray(args["pair"]), "hurst_dfa": out}
