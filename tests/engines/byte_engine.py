"""A test engine that treats every job as if it crossed a bad network.

Every task, input, tile and partial goes through bytes and back; tiles run in a shuffled order;
some partials are lost and run again; some arrive twice. A task whose result depends on any of
that fails the conformance suite.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import decode, encode
from spreadlab._version import __version__
from spreadlab.engines.job import Job
from spreadlab.task import Capabilities, Inputs, run_tile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from spreadlab.task import Partial, ResultT, Task, Tile


class ByteEngine:
    """Runs tiles one by one, in a random order, from bytes alone."""

    address = "bytes"

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.tiles_run: list[int] = []

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        return Job(
            decode(encode(task)),
            inputs,
            self._run_tiles,
            address=self.address,
            done=[decode(encode(partial)) for partial in done],
            max_buffered=max_buffered,
        )

    def capabilities(self) -> Capabilities:
        return Capabilities(self.address, __version__, 1)

    def close(self) -> None:
        """Nothing is held."""

    def _run_tiles(
        self,
        task: Task[Any],
        inputs: Inputs,
        tiles: Sequence[Tile],
        cancelled: Callable[[], bool],
    ) -> Iterator[Partial]:
        task_bytes = encode(task)
        waiting = [encode(tile) for tile in tiles]
        while waiting:
            tile = decode(waiting.pop(self._random.randrange(len(waiting))))
            view = inputs.view(tile)
            far_view = Inputs(decode(encode(dict(view.arrays))), view.labels)
            partial = run_tile(decode(task_bytes), far_view, tile, cancelled)
            self.tiles_run.append(tile.id)
            if self._random.random() < 0.2:  # lost on the way: asked for again later
                waiting.append(encode(tile))
                continue
            answer = encode(partial)
            yield decode(answer)
            if self._random.random() < 0.2:  # the answer arrives a second time
                yield decode(answer)
