"""TaskService: runs the tiles that a client planned, streams each answer once."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import decode, encode
from spreadlab._validation import ensure_int
from spreadlab.errors import InvalidInputError, SpreadlabError
from spreadlab.rpc import codec
from spreadlab.rpc.v1 import task_pb2, task_pb2_grpc
from spreadlab.server.streams import stream_tiles
from spreadlab.task import NO_INPUTS, Task, Tile, TileSubset

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from spreadlab.server.lab import Lab
    from spreadlab.task import Inputs

_LARGEST_ID = 2**53


class TaskService(task_pb2_grpc.TaskServiceServicer):
    """The service behind `RemoteEngine`."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def Run(self, request: task_pb2.RunRequest, context: Any) -> None:  # noqa: N802
        """Run the tiles; see the contract."""
        lab = self._lab
        principal = lab.authority.principal(context)
        task, inputs, tiles = await lab.aside(self._opened, request, principal)
        async with contextlib.aclosing(stream_tiles(lab, context, task, inputs, tiles)) as answers:
            done = 0
            async for tile_id, answer in answers:
                for piece in codec.partial_pieces(tile_id, answer):
                    await context.write(task_pb2.RunResponse(partial=piece))
                done += 1
                if done < len(tiles):
                    await self._tell(context, done, len(tiles))

    async def _tell(self, context: Any, done: int, total: int) -> None:
        progress = task_pb2.RunProgress(
            tiles_done=done, tiles_total=total, scans_running=self._lab.scans_running
        )
        await context.write(task_pb2.RunResponse(progress=progress))

    def _opened(
        self, request: task_pb2.RunRequest, principal: str
    ) -> tuple[Task[Any], Inputs, list[Tile]]:
        task = decode(request.canonical_task)
        config = self._lab.config
        if request.WhichOneof("inputs") == "inline":
            inputs = codec.inputs_from(
                request.inline, max_bytes=config.max_panel_bytes, max_symbols=config.max_symbols
            )
        elif request.digest:
            inputs = self._lab.panels.get(principal, request.digest)
        else:
            inputs = NO_INPUTS
        tiles = [decode(tile) for tile in request.tiles]
        check_request(task, inputs, tiles, list(request.tiles), self._lab.check_size)
        return task, inputs, tiles


# What inputs that belong to no task may trip up in its checks and its plan.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    TypeError,
    ValueError,
)


def check_request(
    task: Any,
    inputs: Inputs,
    tiles: list[Any],
    payloads: list[bytes],
    check_size: Callable[[Task[Any], Inputs], None],
) -> None:
    """Refuse a task that its own checks refuse, and tiles that its plan does not have.

    Kernels trust their input, so nothing reaches them that a local run could not have made. Tiles
    of later stages depend on answers that only the client has: their tasks check them as they run.
    """
    if not isinstance(task, Task):
        raise InvalidInputError("task", f"a {type(task).__name__}", "a task")
    if isinstance(task, TileSubset):
        own = list(task.tiles)
        check_request(task.task, inputs, own, [encode(tile) for tile in own], check_size)
    for tile in tiles:
        check_tile(tile, inputs)
    if len({tile.id for tile in tiles}) != len(tiles):
        raise InvalidInputError("tiles", "the same id twice", "each tile once")
    try:
        task.check(inputs)
        check_size(task, inputs)
        planned = _planned(task, inputs, {tile.stage for tile in tiles})
    except _MALFORMED as error:
        if isinstance(error, SpreadlabError):
            raise
        what = f"its checks end with {type(error).__name__}: {error}"[:200]
        raise InvalidInputError(
            type(task).__name__, what, "a task and inputs as spreadlab makes them"
        ) from None
    for tile, payload in zip(tiles, payloads, strict=True):
        known = planned.get(tile.id)
        if tile.stage == 0 and (known is None or encode(known) != payload):
            raise InvalidInputError("tiles", f"tile {tile.id} is not of this task", "its own")


def _planned(task: Task[Any], inputs: Inputs, stages: set[int]) -> dict[int, Tile]:
    """Return the first stage's tiles by id, if they are among `stages`; refuse stages too many.

    Without a state, which may be as large as the result.
    """
    for stage in stages:
        if not task.most_tiles(inputs, stage):
            raise InvalidInputError("tiles", f"one of stage {stage}", "stages that the task has")
    return {tile.id: tile for tile in task.plan(inputs, None, 0)} if 0 in stages else {}


def check_tile(tile: Any, inputs: Inputs) -> None:
    """Refuse what is no tile, or names rows and columns that the inputs don't have."""
    if not isinstance(tile, Tile):
        raise InvalidInputError("tiles", "something else among them", "tiles")
    ensure_int(tile.id, "tile.id", low=0, high=_LARGEST_ID)
    ensure_int(tile.stage, "tile.stage", low=0, high=_LARGEST_ID)
    arrays = inputs.arrays.values()
    rows = min((array.shape[0] for array in arrays), default=0)
    columns = min((array.shape[1] for array in arrays if array.ndim == 2), default=0)
    for name, blocks, most in (
        ("rows", () if tile.rows is None else (tile.rows,), rows),
        ("columns", () if tile.columns is None else tile.columns, columns),
    ):
        if not all(_is_block(block, most) for block in _each(blocks)):
            raise InvalidInputError(f"tile.{name}", "beyond the inputs", f"in 0 to {most}")
    if not hasattr(tile.args, "items"):
        raise InvalidInputError("tile.args", f"a {type(tile.args).__name__}", "a mapping")


def _each(blocks: Any) -> tuple[Any, ...]:
    return blocks if isinstance(blocks, tuple) else (blocks,)


def _is_block(block: Any, most: int) -> bool:
    if not (isinstance(block, tuple) and len(block) == 2):
        return False
    return all(type(end) is int for end in block) and 0 <= block[0] <= block[1] <= most


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    task_pb2_grpc.add_TaskServiceServicer_to_server(TaskService(lab), server)  # type: ignore[no-untyped-call]
    return str(task_pb2.DESCRIPTOR.services_by_name["TaskService"].full_name)
