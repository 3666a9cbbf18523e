"""How inputs fall into blocks of columns, so that a worker gets what its tiles read and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.task import Inputs, Tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

BlockId = tuple[str, int]  # name of the array, first column

_WHOLE_BYTES = 4 << 20  # an array up to this size travels as one block
_MOST_BYTES = 32 << 20
_COLUMNS = 128


@dataclass(frozen=True, slots=True)
class Layout:
    """Shapes of the arrays and how many columns a block of each has.

    Attributes
    ----------
    shapes : mapping of str to tuple of int
        Shape of each array.
    widths : mapping of str to int
        Columns of a block; 0 for a one-dimensional array, which is one block.
    """

    shapes: Mapping[str, tuple[int, ...]]
    widths: Mapping[str, int]

    @classmethod
    def of(cls, inputs: Inputs) -> Layout:
        """Return the layout of `inputs`: a function of the shapes alone."""
        shapes = {name: array.shape for name, array in inputs.arrays.items()}
        return cls(shapes, {name: _width(shape) for name, shape in shapes.items()})

    def blocks_of(self, tile: Tile) -> list[BlockId]:
        """Return the blocks that a tile reads."""
        return [
            (name, low)
            for name, shape in self.shapes.items()
            for low in self._lows(name, shape, tile)
        ]

    def block_bytes(self, block: BlockId) -> int:
        """Return the size of a block in bytes."""
        shape = self.shapes[block[0]]
        if len(shape) == 1:
            return 8 * shape[0]
        return 8 * shape[0] * min(self.widths[block[0]], shape[1] - block[1])

    def cut(self, inputs: Inputs, block: BlockId) -> NDArray[np.float64]:
        """Return one block of `inputs`, contiguous."""
        name, low = block
        array = inputs[name]
        part = array if array.ndim == 1 else array[:, low : low + self.widths[name]]
        return np.ascontiguousarray(part)

    def view(
        self, blocks: Mapping[BlockId, Any], labels: Mapping[str, Sequence[str]], tile: Tile
    ) -> Inputs:
        """Return what `Inputs.view` returns for `tile`, put together from blocks."""
        arrays = {}
        for name, shape in self.shapes.items():
            rows = slice(None) if tile.rows is None else slice(*tile.rows)
            if len(shape) == 1:
                arrays[name] = blocks[name, 0][rows]
                continue
            parts = [
                blocks[name, start][rows, low - start : high - start]
                for start, low, high in self._pieces(name, shape, tile)
            ]
            arrays[name] = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return Inputs(arrays, labels)

    def _lows(self, name: str, shape: tuple[int, ...], tile: Tile) -> list[int]:
        if len(shape) == 1:
            return [0]
        return sorted({start for start, _, _ in self._pieces(name, shape, tile)})

    def _pieces(
        self, name: str, shape: tuple[int, ...], tile: Tile
    ) -> Iterator[tuple[int, int, int]]:
        """Yield (first column of the block, from, to) for what the tile reads, in its order."""
        width = self.widths[name]
        for low, high in tile.columns or ((0, shape[1]),):
            for start in range(low // width * width, high, width):
                yield start, max(low, start), min(high, start + width)


def _width(shape: tuple[int, ...]) -> int:
    if len(shape) == 1:
        return 0
    n_rows, n_columns = shape
    if 8 * n_rows * n_columns <= _WHOLE_BYTES:
        return max(n_columns, 1)
    width = _COLUMNS
    while width > 1 and 8 * n_rows * width > _MOST_BYTES:
        width //= 2
    return width
