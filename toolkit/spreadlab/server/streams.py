"""Tiles as an asynchronous stream: bounded by its reader, ended by its caller, cut by a drain."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from spreadlab.server.lab import draining_error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from spreadlab.server.lab import Lab
    from spreadlab.task import Inputs, Task, Tile


async def stream_tiles(
    lab: Lab, context: Any, task: Task[Any], inputs: Inputs, tiles: Sequence[Tile]
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Yield (tile id, encoded partial) as tiles are done; it counts as one scan.

    The next tile starts only when the reader comes back for more, so a reader that waits for its
    connection holds back its own scan and nothing else.

    Raises
    ------
    RefusedError
        If too many scans run; or, after the tiles that had begun, if the server shuts down.
    """
    loop = asyncio.get_running_loop()
    answers: asyncio.Queue[tuple[int, bytes | BaseException | None]] = asyncio.Queue()

    def deliver(tile_id: int, answer: bytes | BaseException) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and the caller with it
            loop.call_soon_threadsafe(answers.put_nowait, (tile_id, answer))

    with lab.admitted(on_drain=lambda: answers.put_nowait((-1, None))):
        run = lab.tiles.open(task, inputs, tiles, deliver)
        # Both: a cancelled call may end this coroutine between any two of its lines.
        context.add_done_callback(lambda _: run.close())
        left, cut_short = len(tiles), False
        try:
            while left:
                tile_id, answer = await answers.get()
                if answer is None:  # the server drains: what has begun is answered, no more
                    begun = run.drain()
                    cut_short, left = begun < left, min(begun, left)
                    continue
                if isinstance(answer, BaseException):
                    raise answer
                yield tile_id, answer
                left -= 1
                run.taken()
                lab.metrics.tiles.inc()
        finally:
            run.close()
    if cut_short:
        raise draining_error()
