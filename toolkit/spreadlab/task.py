"""What to compute and how it falls into pieces, without a word on where the pieces run.

A `Task` (every ``*Spec`` is one) plans `Tile`s, runs a tile on a view of the `Inputs` and folds
the `Partial` answers into a result. Engines know these types and nothing else, so a new
computation never touches an engine and a new engine never touches a computation.
"""

from __future__ import annotations

import contextvars
import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from spreadlab._canonical import array_digest, canonical_bytes, digest_of, wire
from spreadlab._validation import quoted
from spreadlab.errors import InvalidInputError, ScanCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)


class Inputs:
    """Named read-only float64 arrays with one digest: the data side of a request.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        One-dimensional (T,) or two-dimensional (T, N) arrays, time on axis 0.
    labels : mapping of str to sequence of str, optional
        Names that belong to the arrays, such as the symbols of the columns.
    """

    __slots__ = ("_digest", "arrays", "labels")

    def __init__(
        self,
        arrays: Mapping[str, NDArray[np.float64]],
        labels: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.arrays: Mapping[str, NDArray[np.float64]] = MappingProxyType(
            {name: _frozen(array) for name, array in arrays.items()}
        )
        self.labels: Mapping[str, tuple[str, ...]] = MappingProxyType(
            {name: tuple(values) for name, values in (labels or {}).items()}
        )
        self._digest: str | None = None

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        array = self.arrays.get(name)
        if array is None:
            raise InvalidInputError("inputs", f"no array {name!r}", "an array of that name")
        return array

    def matrix(self, name: str) -> NDArray[np.float64]:
        """Return an array of two dimensions; raises InvalidInputError for another, or none."""
        array = self[name]
        if array.ndim != 2 or not array.size:
            raise InvalidInputError(name, f"got shape {array.shape}", "of shape (T, N)")
        return array

    def column_labels(self, label: str, name: str) -> tuple[str, ...]:
        """Return labels, one for each column of array `name`, or raise InvalidInputError."""
        values, n = self.labels.get(label, ()), self.matrix(name).shape[1]
        if len(values) != n:
            raise InvalidInputError(
                quoted("labels", label), f"{len(values)} values", f"{n}, one a column of {name}"
            )
        return values

    @property
    def digest(self) -> str:
        """Sha256 over names, shapes, values and labels, as hex text (computed once)."""
        if self._digest is None:
            parts = {name: array_digest(array) for name, array in sorted(self.arrays.items())}
            body = {"arrays": parts, "labels": dict(sorted(self.labels.items()))}
            self._digest = hashlib.sha256(canonical_bytes(body)).hexdigest()
        return self._digest

    def view(self, tile: Tile) -> Inputs:
        """Return the rows and columns that `tile` names.

        Rows cut axis 0 of every array. Column blocks cut axis 1 of two-dimensional arrays and
        are joined in the order the tile lists them; one block is a view, several are copied.
        """
        if tile.rows is None and tile.columns is None:
            return self
        cut = {}
        for name, array in self.arrays.items():
            part = array if tile.rows is None else array[tile.rows[0] : tile.rows[1]]
            if tile.columns is not None and part.ndim == 2:
                blocks = [part[:, low:high] for low, high in tile.columns]
                part = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
            cut[name] = part
        return Inputs(cut, self.labels)


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    # A view shares memory with its owner but has flags of its own, so the owner stays writable.
    view = np.asarray(array, dtype=np.float64).view()
    view.flags.writeable = False
    return view


NO_INPUTS = Inputs({})


@wire("Tile")
@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """One piece of a task: what progress, cancellation, streaming and resume count in.

    Attributes
    ----------
    id : int
        Unique in the task over all stages, equal on every run of the same plan.
    stage : int
        Stage that planned it.
    weight : float
        Share of the work, in any unit that is the same for all tiles of a stage.
    rows : tuple of (start, stop) or None
        Rows of the inputs that it needs; None for all.
    columns : tuple of (start, stop) or None
        Column blocks of the inputs that it needs; None for all.
    args : mapping
        Whatever else the task needs to run it: numbers, strings, small arrays.
    """

    id: int
    stage: int = 0
    weight: float = 1.0
    rows: tuple[int, int] | None = None
    columns: tuple[tuple[int, int], ...] | None = None
    args: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@wire("Partial")
@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """The answer to one tile: named arrays and scalars."""

    tile_id: int
    values: Mapping[str, Any]
    stage: int = 0


@wire("Progress")
@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    done, planned : int
        Tiles absorbed, and tiles planned so far (later stages add theirs when they start).
    stage : int
        Stage being run.
    elapsed : float
        Seconds since the job started.
    fraction : float
        Share of the planned weight that is done, in [0, 1].
    """

    done: int = 0
    planned: int = 0
    stage: int = 0
    elapsed: float = 0.0
    fraction: float = 0.0

    @property
    def rate(self) -> float:
        """Tiles per second, NaN before the first."""
        return self.done / self.elapsed if self.done and self.elapsed > 0 else float("nan")

    @property
    def time_left(self) -> float:
        """Seconds to the end of the planned tiles at the rate so far, NaN before the first."""
        if self.fraction <= 0:
            return float("nan")
        return self.elapsed * (1 - self.fraction) / self.fraction


@wire("Capabilities")
@dataclasses.dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do.

    Attributes
    ----------
    address : str
        The address given to connect.
    version : str
        spreadlab version at the place where the tiles run.
    threads : int
        Tiles that run at once.
    limits : mapping
        Name of a limit to its value; empty when there is none.
    refuses : mapping
        Name of a computation to the reason why this engine refuses it.
    """

    address: str
    version: str
    threads: int
    limits: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    refuses: Mapping[str, str] = dataclasses.field(default_factory=dict)


@runtime_checkable
class Task(Protocol[ResultT_co]):
    """A computation that any engine can run; every ``*Spec`` implements it.

    `State` is whatever `start` returns. It stays with the submitter and folds the partials, so
    that results need not fit in the memory of an engine.
    """

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError before any work is done."""

    def start(self, inputs: Inputs) -> Any:
        """Return a fresh state."""

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:
        """Return the tiles of `stage`, the same on every call; empty when all is done.

        Stage 0 is planned from the inputs alone: its `state` may be None.
        """

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        """Return how many tiles `plan` may return, at once and whatever the size: 0 at the end."""

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Compute one tile: pure, safe in any thread; call `poll_cancel` every 150 ms."""

    def absorb(self, state: Any, partial: Partial) -> None:
        """Fold one partial into the state; the order of calls never changes the result."""

    def finish(self, inputs: Inputs, state: Any) -> ResultT_co:
        """Return the result once every stage has been absorbed."""


def task_id(task: Task[Any], inputs: Inputs) -> str:
    """Return 16 hex digits that name this request: the task's bytes and the inputs' digest."""
    return digest_of({"task": task, "inputs": inputs.digest})[:16]


_cancelled: contextvars.ContextVar[Callable[[], bool] | None] = contextvars.ContextVar(
    "spreadlab_cancelled", default=None
)


def poll_cancel() -> None:
    """Raise ScanCancelledError if the job that runs this tile was cancelled.

    Tasks whose tiles can take longer than about 150 ms call it between two pieces of work.
    """
    asked = _cancelled.get()
    if asked is not None and asked():
        raise ScanCancelledError("cancelled while a tile was running")


def run_tile(task: Task[Any], view: Inputs, tile: Tile, cancelled: Callable[[], bool]) -> Partial:
    """Run one tile with `poll_cancel` bound to `cancelled`: how every engine runs a tile."""
    token = _cancelled.set(cancelled)
    try:
        poll_cancel()
        return task.run(view, tile)
    finally:
        _cancelled.reset(token)


def provenance_of(task: Task[Any], inputs: Inputs) -> Mapping[str, Any]:
    """Return what a result is made from: data digest, spec and version; engines add themselves."""
    from spreadlab._version import __version__

    return MappingProxyType(
        {"data_digest": inputs.digest, "spec": task, "version": __version__, "engine": None}
    )


def stamp(result: ResultT, engine: str) -> ResultT:
    """Return `result` with the engine's address in its provenance."""
    provenance = MappingProxyType({**result.provenance, "engine": engine})  # type: ignore[attr-defined]
    return dataclasses.replace(result, provenance=provenance)  # type: ignore[type-var]


class SingleTile:
    """Mixin of a task that is one tile: `run` gives the partial and `finish` reads it back.

    The state is a list that receives the one partial's values.
    """

    __slots__ = ()

    def start(self, inputs: Inputs) -> list[Mapping[str, Any]]:  # noqa: ARG002
        """Return an empty list."""
        return []

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return the one tile."""
        return [Tile(0)] if stage == 0 else []

    def most_tiles(self, inputs: Inputs, stage: int) -> int:  # noqa: ARG002
        """Return 1, then 0."""
        return 1 if stage == 0 else 0

    def absorb(self, state: list[Mapping[str, Any]], partial: Partial) -> None:
        """Keep the values of the one partial."""
        state.append(partial.values)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class TilesRun:
    """The result of a `TileSubset`: its partials went to whoever read the events."""

    provenance: Mapping[str, Any] = dataclasses.field(repr=False)


@wire("TileSubset")
@dataclasses.dataclass(frozen=True, slots=True)
class TileSubset:
    """Some tiles of another task, planned elsewhere: what a server asks of an engine of its own.

    Attributes
    ----------
    task : Task
        The task that planned them.
    tiles : tuple of Tile
        What to run.
    """

    task: Any
    tiles: tuple[Tile, ...]

    def check(self, inputs: Inputs) -> None:
        """Check the task's inputs."""
        self.task.check(inputs)

    def start(self, inputs: Inputs) -> None:
        """Return no state: whoever planned the tiles folds them."""

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return the tiles."""
        return self.tiles if stage == 0 else ()

    def most_tiles(self, inputs: Inputs, stage: int) -> int:  # noqa: ARG002
        """Return how many they are, then 0."""
        return len(self.tiles) if stage == 0 else 0

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Compute one tile as the task does."""
        partial: Partial = self.task.run(view, tile)
        return partial

    def absorb(self, state: Any, partial: Partial) -> None:
        """Fold nothing."""

    def finish(self, inputs: Inputs, state: Any) -> TilesRun:  # noqa: ARG002
        """Return the provenance alone."""
        return TilesRun(provenance_of(self, inputs))
