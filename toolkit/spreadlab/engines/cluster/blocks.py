"""How blocks of columns get to the workers, and get there again when a worker takes them along."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from spreadlab._canonical import array_digest
from spreadlab.engines.cluster.layout import BlockId, Layout
from spreadlab.engines.cluster.worker import read_block, write_block

if TYPE_CHECKING:
    from distributed import Client, Future

    from spreadlab.task import Inputs

_HELD = ("finished", "pending")


class Blocks(Protocol):
    """Futures of blocks; a block whose future was lost is provided again when next asked for."""

    def futures(self, blocks: Iterable[BlockId]) -> list[Future[Any]]:
        """Return one live future a block."""

    def release(self) -> None:
        """Let the workers forget them."""


class ScatteredBlocks:
    """Sends each block to a worker when it is first needed; Dask copies it on from there.

    Parameters
    ----------
    client : distributed.Client
        Who sends.
    make : callable
        Returns the value of a block.
    label : str
        Start of the keys, as the dashboard shows them.
    """

    def __init__(self, client: Client, make: Callable[[BlockId], Any], label: str) -> None:
        self._client = client
        self._make = make
        self._label = f"{label}-{uuid.uuid4().hex}"
        self._numbers = itertools.count()
        self._futures: dict[BlockId, Future[Any]] = {}
        self.bytes_sent = 0

    def futures(self, blocks: Iterable[BlockId]) -> list[Future[Any]]:
        """Return one live future a block, sending what is missing."""
        asked = list(blocks)
        missing = [b for b in asked if b not in self._futures or self._is_lost(b)]
        if missing:
            # A new key each time: the old one may still be on its way out of the scheduler.
            keys = {f"{self._label}-{next(self._numbers)}": block for block in missing}
            values = {key: self._make(block) for key, block in keys.items()}
            self.bytes_sent += sum(getattr(v, "nbytes", len(v)) for v in values.values())
            sent = self._client.scatter(values)
            _release(
                {block: self._futures.pop(block) for block in missing if block in self._futures}
            )
            self._futures |= {keys[key]: future for key, future in sent.items()}
        return [self._futures[block] for block in asked]

    def _is_lost(self, block: BlockId) -> bool:
        return self._futures[block].status not in _HELD

    def release(self) -> None:
        """Let the workers forget them."""
        _release(self._futures)


class StoredBlocks:
    """Writes each block into a folder that the workers share; they read it, and read it again.

    The name of a file is made of the digest of the whole inputs, so that a panel is written once,
    and a worker checks what it read against the digest of the block.
    """

    def __init__(
        self, client: Client, inputs: Inputs, layout: Layout, folder: Path, retries: int
    ) -> None:
        self._client, self._inputs, self._layout = client, inputs, layout
        self._folder = folder / inputs.digest
        self._retries = retries
        self._futures: dict[BlockId, Future[Any]] = {}

    def futures(self, blocks: Iterable[BlockId]) -> list[Future[Any]]:
        """Return one live future a block, writing and loading what is missing."""
        return [self._future(block) for block in blocks]

    def _future(self, block: BlockId) -> Future[Any]:
        known = self._futures.get(block)
        if known is not None and known.status in _HELD:
            return known
        name, low = block
        values = self._layout.cut(self._inputs, block)
        path = self._folder / f"{name}-{low:06d}.parquet"
        write_block(path, values)
        if known is not None:
            known.release()
        future = self._client.submit(
            read_block,
            str(path),
            values.shape,
            array_digest(values),
            key=f"load-{self._inputs.digest}-{name}-{low}-{uuid.uuid4().hex}",
            retries=self._retries,
        )
        self._futures[block] = future
        return future

    def release(self) -> None:
        """Let the workers forget them; the files stay for the next request on this panel."""
        _release(self._futures)


def _release(futures: dict[BlockId, Future[Any]]) -> None:
    """Release by name: an error that somebody keeps may hold the futures through its frames."""
    for future in futures.values():
        future.release()
    futures.clear()
