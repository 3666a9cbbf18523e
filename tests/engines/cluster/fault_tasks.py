"""Column sums whose tiles do to their worker what a test asks for, once or always.

Marks are files: they outlive the worker, and the test can wait for them and set them.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab.task import Inputs, Partial, Tile, poll_cancel, provenance_of

HANG_SECONDS = 240  # tells a hang from a slow machine


@dataclass(frozen=True, slots=True, eq=False)
class FaultyResult:
    sums: np.ndarray[Any, Any]
    provenance: Mapping[str, Any] = field(repr=False)


@wire("test.FaultySums")
@dataclass(frozen=True, slots=True)
class FaultySums:
    """Sums of the columns of "prices", one a tile.

    `once` names tiles that do `deed` the first time they run, `always` those that do it each
    time; `gated` tiles wait for the file "open".
    """

    folder: str
    deed: str = ""
    once: tuple[int, ...] = ()
    always: tuple[int, ...] = ()
    gated: tuple[int, ...] = ()

    def check(self, inputs: Inputs) -> None:
        pass

    def start(self, inputs: Inputs) -> Any:
        return np.full(inputs["prices"].shape[1], np.nan)

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        return 0 if stage else inputs["prices"].shape[1]

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:
        n = inputs["prices"].shape[1]
        return [] if stage else [Tile(i, columns=((i, i + 1),)) for i in range(n)]

    def run(self, view: Inputs, tile: Tile) -> Partial:
        folder = Path(self.folder)
        if tile.id in self.gated:
            (folder / f"waiting-{tile.id}").touch()
            wait_for(folder / "open", poll_cancel)
        mark = folder / f"did-{tile.id}"
        if tile.id in self.always or (tile.id in self.once and not mark.exists()):
            mark.touch()
            _DEEDS[self.deed]()
        with (folder / "ran").open("a") as ran:
            ran.write(f"{tile.id}\n")
        return Partial(tile.id, {"sum": math.fsum(view["prices"][:, 0])})

    def absorb(self, state: Any, partial: Partial) -> None:
        assert np.isnan(state[partial.tile_id]), "a tile was absorbed twice"
        state[partial.tile_id] = partial.values["sum"]

    def finish(self, inputs: Inputs, state: Any) -> FaultyResult:
        return FaultyResult(state, provenance_of(self, inputs))


def wait_for(path: Path, poll: Any = lambda: None) -> None:
    """Wait until a file is there; the limit only tells a hang from a slow machine."""
    for _ in range(HANG_SECONDS * 100):
        if path.exists():
            return
        poll()
        time.sleep(0.01)
    raise TimeoutError(f"{path} never came")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail() -> None:
    raise RuntimeError("asked to fail")


def _eat() -> None:
    """Take memory until the nanny ends the process."""
    taken = []
    for _ in range(100):
        taken.append(np.ones(3 << 20))  # 24 MiB
        time.sleep(0.05)
    raise AssertionError("the nanny let the worker have 2.4 GiB")


_DEEDS = {"die": _die, "fail": _fail, "eat": _eat}


def faulty_inputs(n_columns: int = 24, n_rows: int = 30) -> Inputs:
    prices = np.random.default_rng(3).normal(size=(n_rows, n_columns))
    return Inputs({"prices": prices}, {"symbols": [f"S{i}" for i in range(n_columns)]})
