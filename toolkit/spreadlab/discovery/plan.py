"""How a scan falls into tiles: a function of N, T and the spec alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.task import Tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_BLOCK = 128
_SMALLEST_BLOCK = 32
_BLOCKS = 2  # at least, so that a second thread has work
_ABREAST = 8  # pairs that a kernel works on at once


def block_size(n_symbols: int) -> int:
    """Return how many symbols a side of a tile has.

    Large enough for the matrix product to pay, small enough for its result to stay in cache and
    for a small universe to occupy several threads.
    """
    part = -(-n_symbols // (_BLOCKS * _ABREAST)) * _ABREAST
    return min(max(part, _SMALLEST_BLOCK), _LARGEST_BLOCK)


def scan_tiles(
    n_symbols: int, groups: tuple[int, ...] | None = None, *, counted: bool = False
) -> list[Tile]:
    """Return the tiles of the upper triangle of an N x N map of pairs, row by row.

    A tile reads the columns of its two sides, and each symbol is on one tile of the diagonal, alone
    there at worst; ``args`` hold the first symbol of each side and
    how many symbols each has. With `groups` tiles that hold no pair inside a group are left out.
    The p-values of `counted` tiles come as counts.
    """
    size = block_size(n_symbols)
    starts = range(0, n_symbols, size)
    tiles: list[Tile] = []
    number = -1
    for i in starts:
        for j in starts[i // size :]:
            rows, columns = min(size, n_symbols - i), min(size, n_symbols - j)
            pairs = rows * (rows - 1) // 2 if i == j else rows * columns
            blocks = ((i, i + rows),) if i == j else ((i, i + rows), (j, j + columns))
            args = {"i": i, "j": j, "rows": rows, "columns": columns}
            if counted:
                args["counted"] = 1
            number += 1
            if i != j and not _meet(groups, i, rows, j, columns):
                continue
            tiles.append(Tile(number, 0, float(max(pairs, 1)), None, blocks, args))
    return tiles


def scan_size(n_symbols: int) -> int:
    """Return how many tiles a scan without groups has: ids below it belong to them."""
    blocks = -(-n_symbols // block_size(n_symbols))
    return blocks * (blocks + 1) // 2


def _meet(groups: tuple[int, ...] | None, i: int, rows: int, j: int, columns: int) -> bool:
    if groups is None:
        return True
    return any(g >= 0 for g in set(groups[i : i + rows]) & set(groups[j : j + columns]))


def selected_pairs(
    groups: tuple[int, ...], i: NDArray[np.int64], j: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pairs (i, j) lie inside a group."""
    labels = np.array(groups)
    return np.asarray((labels[i] == labels[j]) & (labels[i] >= 0))


def tile_pairs(tile: Tile) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the symbols (numbered in the universe) of a tile's pairs, i < j, row by row."""
    args = tile.args
    i, j = np.meshgrid(
        np.arange(args["i"], args["i"] + args["rows"]),
        np.arange(args["j"], args["j"] + args["columns"]),
        indexing="ij",
    )
    upper = i < j
    return i[upper].astype(np.int64), j[upper].astype(np.int64)


def pair_number(i: NDArray[np.int64], j: NDArray[np.int64], n_symbols: int) -> NDArray[np.int64]:
    """Return the place of pair (i, j), i < j, in the row-by-row list of all pairs."""
    return i * (2 * n_symbols - i - 1) // 2 + j - i - 1


def pair_symbols(
    number: NDArray[np.int64], n_symbols: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return i and j of pairs given by number: the inverse of `pair_number`."""
    firsts = pair_number(np.arange(n_symbols - 1), np.arange(1, n_symbols), n_symbols)
    i = np.searchsorted(firsts, number, side="right") - 1
    return i, number - firsts[i] + i + 1
