"""What runs on a worker: a run of tiles, and the reading of a stored block."""

from __future__ import annotations

import functools
import importlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import array_digest, decode, encode
from spreadlab._version import __version__
from spreadlab.engines.blas import one_blas_thread
from spreadlab.engines.cluster.layout import BlockId, Layout
from spreadlab.errors import EngineUnavailableError, InvalidInputError, ScanCancelledError
from spreadlab.task import Inputs, Task, Tile, run_tile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """What one run of tiles gave.

    Attributes
    ----------
    partials : list of bytes
        Byte forms of the partials.
    failures : list of (int, Exception)
        Tiles that raised, and what.
    stopped : bool
        Whether the run was cut short; the tiles that are neither above nor below were not run.
    seconds : float
        How long the tiles took.
    """

    partials: list[bytes]
    failures: list[tuple[int, Exception]]
    stopped: bool
    seconds: float


def make_header(task: Task[Any], inputs: Inputs, layout: Layout) -> bytes:
    """Return the bytes that tell a worker everything about a request but its arrays."""
    return encode(
        {
            "version": __version__,
            "task": task,
            "labels": dict(inputs.labels),
            "shapes": {name: tuple(shape) for name, shape in layout.shapes.items()},
            "widths": dict(layout.widths),
        }
    )


@functools.lru_cache(maxsize=4)
def _request(
    modules: tuple[str, ...], header: bytes
) -> tuple[Task[Any], Mapping[str, Any], Layout]:
    """Return task, labels and layout; consecutive runs of a job share one decoding."""
    for module in modules:
        importlib.import_module(module)
    body = decode(header)
    if body["version"] != __version__:
        raise EngineUnavailableError(
            f"this worker has spreadlab {__version__}, the request comes from {body['version']}; "
            "install the same version everywhere"
        )
    return body["task"], body["labels"], Layout(body["shapes"], body["widths"])


def run_tiles(
    modules: tuple[str, ...], header: bytes, tiles: bytes, names: Sequence[BlockId], *blocks: Any
) -> RunAnswer:
    """Run consecutive tiles of one request.

    Parameters
    ----------
    modules : tuple of str
        Modules of the task's classes, imported so that the header can be read.
    header, tiles : bytes
        From `make_header`, and the byte form of the tiles.
    names : sequence of BlockId
        What `blocks` are.
    *blocks : ndarray
        The columns that the tiles read.
    """
    task, labels, layout = _request(modules, header)
    held = dict(zip(names, blocks, strict=True))
    stopped = _cancel_test()
    partials: list[bytes] = []
    failures: list[tuple[int, Exception]] = []
    started = time.perf_counter()
    cut_short = False
    with one_blas_thread:
        for tile in decode(tiles):
            try:
                view = layout.view(held, labels, tile)
                partials.append(encode(run_tile(task, view, tile, stopped)))
            except ScanCancelledError:
                cut_short = True
                break
            except Exception as error:  # noqa: BLE001 - the other tiles of the run go on
                failures.append((tile.id, _portable(error)))
    return RunAnswer(partials, failures, cut_short, time.perf_counter() - started)


def _cancel_test() -> Callable[[], bool]:
    """Return a test of whether the client gave up the Dask task that this thread runs.

    A worker learns of it at once but can't stop a thread, so the tiles ask. It is a look at the
    worker's own table: no message is sent.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def given_up() -> bool:
        known = worker.state.tasks.get(key)
        return known is None or known.state == "cancelled"

    return given_up


def _portable(error: Exception) -> Exception:
    """Return `error`, or an account of it where it would not survive the way back."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - whatever keeps it from travelling
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def write_block(path: Path, block: NDArray[np.float64]) -> None:
    """Write a block as Parquet, whole or not at all; one that is there stays."""
    import os

    import pyarrow as pa
    from pyarrow import parquet

    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = block.reshape(len(block), -1)
    table = pa.table({str(k): columns[:, k] for k in range(columns.shape[1])})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        parquet.write_table(table, temporary, compression="none", use_dictionary=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_block(path: str, shape: tuple[int, ...], digest: str) -> NDArray[np.float64]:
    """Read a block back and check that it is the one that was asked for.

    Raises
    ------
    InvalidInputError
        If the file holds other values than its name says.
    """
    from pyarrow import parquet

    table = parquet.read_table(path)
    columns = [column.to_numpy() for column in table.columns]
    block = np.ascontiguousarray(np.stack(columns, axis=1))
    if block.size != math.prod(shape) or array_digest(block.reshape(shape)) != digest:
        raise InvalidInputError(
            "panels",
            f"{path} holds other values than were written there",
            "the folder as it was",
            "delete the file",
        )
    return block.reshape(shape)


def tiles_bytes(tiles: Sequence[Tile]) -> bytes:
    """Return the byte form of a run."""
    return encode(tuple(tiles))
