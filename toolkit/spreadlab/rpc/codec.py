"""Inputs and answers as messages: panels in pieces, partials in pieces, sizes checked first.

Values travel as little-endian float64 bytes in pieces of 1 MiB: several times quicker than
repeated numbers, and no message grows with the data.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from spreadlab._canonical import decode, encode
from spreadlab._validation import quoted
from spreadlab.errors import InvalidInputError
from spreadlab.rpc.v1 import panel_pb2, task_pb2
from spreadlab.task import NO_INPUTS, Inputs, Partial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

PIECE_BYTES = 1 << 20
_UPLOAD_BYTES = 1 << 19  # memory of this size is used again piece after piece, where 1 MiB is not
INLINE_BYTES = 64 << 10  # inputs up to here travel inside the request: one round trip less
_DTYPE = np.dtype("<f8")
_MAX_ARRAYS = 64
_MAX_ROWS = 1 << 31
_MAX_LABELS = 16
_MAX_LABEL_CHARS = 256


def header_of(inputs: Inputs, *, digest: bool = True) -> panel_pb2.PanelHeader:
    """Return names, shapes and labels of `inputs`, with the digest where it is asked for."""
    return panel_pb2.PanelHeader(
        digest=inputs.digest if digest else "",
        arrays=[
            panel_pb2.ArrayShape(name=name, shape=array.shape)
            for name, array in inputs.arrays.items()
        ],
        labels=[
            panel_pb2.Labels(name=name, values=values) for name, values in inputs.labels.items()
        ],
    )


def size_of(inputs: Inputs) -> int:
    """Return the bytes of all values."""
    return sum(array.nbytes for array in inputs.arrays.values())


def _flat(array: NDArray[np.float64]) -> memoryview:
    plain = np.ascontiguousarray(array, dtype=_DTYPE).reshape(-1)
    return plain.view(np.uint8).data


def inline_panel(inputs: Inputs) -> panel_pb2.InlinePanel:
    """Return `inputs` as one message, for inputs of at most `INLINE_BYTES`."""
    values = b"".join(_flat(array) for array in inputs.arrays.values())
    return panel_pb2.InlinePanel(header=header_of(inputs, digest=False), values=values)


def upload_messages(inputs: Inputs) -> Iterator[panel_pb2.UploadPanelRequest]:
    """Yield the header, then the values in pieces."""
    yield panel_pb2.UploadPanelRequest(header=header_of(inputs))
    for array in inputs.arrays.values():
        flat = _flat(array)
        for low in range(0, len(flat), _UPLOAD_BYTES):
            yield panel_pb2.UploadPanelRequest(chunk=bytes(flat[low : low + _UPLOAD_BYTES]))


class PanelBuilder:
    """Receives a panel: refuses by the header alone, then takes the values piece by piece.

    Parameters
    ----------
    header : PanelHeader
        What the sender says is coming.
    max_bytes, max_symbols : int
        Most bytes of values, and most columns of an array.

    Raises
    ------
    InvalidInputError
        If the header is malformed or claims more than is allowed. No memory was taken then.
    """

    def __init__(self, header: panel_pb2.PanelHeader, *, max_bytes: int, max_symbols: int) -> None:
        self.digest = header.digest
        self._labels = _checked_labels(header, max_symbols)
        self._shapes = _checked_shapes(header, max_symbols)
        self.nbytes = _DTYPE.itemsize * sum(map(math.prod, self._shapes.values()))
        if self.nbytes > max_bytes:
            raise InvalidInputError(
                "inputs",
                f"{self.nbytes:,} bytes",
                f"at most {max_bytes:,} bytes on this server",
                "send fewer rows or columns, or raise --max-panel-bytes there",
            )
        self._buffer: NDArray[np.uint8] | None = None
        self._filled = 0

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        end = self._filled + len(piece)
        if end > self.nbytes:
            raise InvalidInputError(
                "inputs", f"more than the {self.nbytes:,} bytes announced", "what the header says"
            )
        if self._buffer is None:
            self._buffer = np.empty(self.nbytes, dtype=np.uint8)
        self._buffer[self._filled : end] = np.frombuffer(piece, dtype=np.uint8)
        self._filled = end

    def finish(self) -> Inputs:
        """Return the inputs; their digest is computed from what came and must be the sender's."""
        if self._filled != self.nbytes:
            raise InvalidInputError(
                "inputs", f"{self._filled:,} bytes came", f"{self.nbytes:,}, as announced"
            )
        if not self._shapes:
            inputs = Inputs({}, self._labels)
        else:
            flat = np.empty(0) if self._buffer is None else self._buffer.view(_DTYPE)
            flat = flat.astype(np.float64, copy=sys.byteorder == "big")
            flat.flags.writeable = False
            arrays, low = {}, 0
            for name, shape in self._shapes.items():
                size = math.prod(shape)
                arrays[name] = flat[low : low + size].reshape(shape)
                low += size
            inputs = Inputs(arrays, self._labels)
        if self.digest and inputs.digest != self.digest:
            raise InvalidInputError(
                "inputs", f"the values have digest {inputs.digest}", f"{self.digest}, as announced"
            )
        return inputs


def _checked_shapes(header: panel_pb2.PanelHeader, max_symbols: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    if len(header.arrays) > _MAX_ARRAYS:
        raise InvalidInputError("inputs", f"{len(header.arrays)} arrays", f"at most {_MAX_ARRAYS}")
    for array in header.arrays:
        shape = tuple(array.shape)
        argument = quoted("inputs", array.name)
        if array.name in shapes or not 1 <= len(array.name) <= _MAX_LABEL_CHARS:
            raise InvalidInputError(argument, "named twice, or badly", "a name of its own")
        if not 1 <= len(shape) <= 2:
            raise InvalidInputError(argument, f"{len(shape)} dimensions", "one or two")
        if max(shape) > _MAX_ROWS:
            raise InvalidInputError(argument, f"shape {shape}", f"at most {_MAX_ROWS:,} rows")
        if len(shape) == 2 and shape[1] > max_symbols:
            raise InvalidInputError(
                argument, f"{shape[1]:,} columns", f"at most {max_symbols:,} on this server"
            )
        shapes[array.name] = shape
    return shapes


def _checked_labels(header: panel_pb2.PanelHeader, max_symbols: int) -> dict[str, tuple[str, ...]]:
    labels: dict[str, tuple[str, ...]] = {}
    if len(header.labels) > _MAX_LABELS:
        raise InvalidInputError("labels", f"{len(header.labels)} of them", f"at most {_MAX_LABELS}")
    for label in header.labels:
        if label.name in labels or len(label.values) > max_symbols:
            raise InvalidInputError(
                quoted("labels", label.name),
                f"{len(label.values):,} values, or named twice",
                f"at most {max_symbols:,}",
            )
        if any(len(value) > _MAX_LABEL_CHARS for value in label.values):
            raise InvalidInputError(
                quoted("labels", label.name),
                "a value is too long",
                f"at most {_MAX_LABEL_CHARS} characters",
            )
        labels[label.name] = tuple(label.values)
    return labels


def inputs_from(panel: panel_pb2.InlinePanel, *, max_bytes: int, max_symbols: int) -> Inputs:
    """Return the inputs that travelled inside a request."""
    builder = PanelBuilder(panel.header, max_bytes=max_bytes, max_symbols=max_symbols)
    if not panel.header.arrays and not panel.header.labels:
        return NO_INPUTS
    builder.write(panel.values)
    return builder.finish()


def partial_pieces(tile_id: int, payload: bytes) -> Iterator[task_pb2.PartialChunk]:
    """Yield one answer in pieces; there is always one."""
    for low in range(0, max(len(payload), 1), PIECE_BYTES):
        piece = payload if len(payload) <= PIECE_BYTES else payload[low : low + PIECE_BYTES]
        yield task_pb2.PartialChunk(
            tile_id=tile_id, data=piece, last=low + PIECE_BYTES >= len(payload)
        )


def partials_of(responses: Iterable[task_pb2.RunResponse]) -> Iterator[Partial]:
    """Yield the answers of a stream as they get whole."""
    pieces: list[bytes] = []
    for response in responses:
        if response.WhichOneof("event") != "partial":
            continue
        pieces.append(response.partial.data)
        if response.partial.last:
            partial = decode(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            pieces.clear()
            if not isinstance(partial, Partial):
                raise InvalidInputError("answer", f"a {type(partial).__name__}", "a Partial")
            yield partial


def partial_payload(partial: Partial) -> bytes:
    """Return the byte form of an answer."""
    return encode(partial)
