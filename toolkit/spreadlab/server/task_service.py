"""TaskService: runs the tiles that a client planned, streams each answer once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import decode, encode
from spreadlab.errors import InvalidInputError
from spreadlab.rpc import codec
from spreadlab.rpc.v1 import task_pb2, task_pb2_grpc
from spreadlab.server.lab import draining_error
from spreadlab.task import NO_INPUTS, Task, Tile

if TYPE_CHECKING:
    import grpc

    from spreadlab.server.lab import Lab
    from spreadlab.server.tiles import TilesUnderWay
    from spreadlab.task import Inputs


class TaskService(task_pb2_grpc.TaskServiceServicer):
    """The service behind `RemoteEngine`."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def Run(self, request: task_pb2.RunRequest, context: Any) -> None:  # noqa: N802
        """Run the tiles; see the contract."""
        lab = self._lab
        principal = lab.authority.principal(context)
        loop = asyncio.get_running_loop()
        answers: asyncio.Queue[tuple[int, bytes | BaseException | None]] = asyncio.Queue()

        def deliver(tile_id: int, answer: bytes | BaseException) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and the caller with it
                loop.call_soon_threadsafe(answers.put_nowait, (tile_id, answer))

        with lab.admitted(on_drain=lambda: answers.put_nowait((-1, None))):
            task, inputs, tiles = await lab.aside(self._opened, request, principal)
            run = lab.tiles.open(task, inputs, tiles, deliver)
            # Both: a cancelled call may end this coroutine between any two of its lines.
            context.add_done_callback(lambda _: run.close())
            try:
                await self._stream(context, run, answers, len(tiles))
            finally:
                run.close()

    async def _stream(
        self,
        context: Any,
        run: TilesUnderWay,
        answers: asyncio.Queue[tuple[int, bytes | BaseException | None]],
        left: int,
    ) -> None:
        cut_short = False
        while left:
            tile_id, answer = await answers.get()
            if answer is None:  # the server drains: what has begun is answered, the rest is not
                begun = run.drain()
                cut_short, left = begun < left, min(begun, left)
                continue
            if isinstance(answer, BaseException):
                raise answer
            for piece in codec.partial_pieces(tile_id, answer):
                await context.write(task_pb2.RunResponse(partial=piece))
            left -= 1
            run.taken()
            self._lab.metrics.tiles.inc()
        if cut_short:
            raise draining_error()

    def _opened(
        self, request: task_pb2.RunRequest, principal: str
    ) -> tuple[Task[Any], Inputs, list[Tile]]:
        task = decode(request.canonical_task)
        if not isinstance(task, Task):
            raise InvalidInputError("task", f"a {type(task).__name__}", "a task")
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
        check_request(task, inputs, tiles, list(request.tiles))
        return task, inputs, tiles


def check_request(task: Task[Any], inputs: Inputs, tiles: list[Any], payloads: list[bytes]) -> None:
    """Refuse a task that its own checks refuse, and tiles that its plan does not have.

    Kernels trust their input, so nothing reaches them that a local run could not have made. Tiles
    of later stages depend on answers that only the client has: their tasks check them as they run.
    """
    task.check(inputs)
    if not all(isinstance(tile, Tile) for tile in tiles):
        raise InvalidInputError("tiles", "something else among them", "tiles")
    if len({tile.id for tile in tiles}) != len(tiles):
        raise InvalidInputError("tiles", "the same id twice", "each tile once")
    if any(tile.stage == 0 for tile in tiles):
        planned = {tile.id: tile for tile in task.plan(inputs, task.start(inputs), 0)}
        for tile, payload in zip(tiles, payloads, strict=True):
            known = planned.get(tile.id)
            if tile.stage == 0 and (known is None or encode(known) != payload):
                raise InvalidInputError("tiles", f"tile {tile.id} is not of this task", "its own")


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    task_pb2_grpc.add_TaskServiceServicer_to_server(TaskService(lab), server)  # type: ignore[no-untyped-call]
    return str(task_pb2.DESCRIPTOR.services_by_name["TaskService"].full_name)
