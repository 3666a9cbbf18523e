"""A toy task in two stages: column sums, then the sum of squares of what they deviate from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, Task, Tile, TileSubset, poll_cancel, provenance_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True, eq=False)
class SumsResult:
    sums: np.ndarray[Any, Any]
    squares: np.ndarray[Any, Any]
    provenance: Mapping[str, Any] = field(repr=False)


@wire("test.SumsSpec")
@dataclass(frozen=True, slots=True)
class SumsSpec:
    """Sums the columns of "prices", `width` columns a tile; `fail_at` raises in that tile."""

    width: int = 2
    fail_at: int | None = None
    spin: int = 0

    def check(self, inputs: Inputs) -> None:
        if "prices" not in inputs.arrays:
            raise InvalidInputError("inputs", "no prices", "an array named prices")

    def start(self, inputs: Inputs) -> dict[str, Any]:
        n = inputs["prices"].shape[1]
        return {"sums": np.full(n, np.nan), "squares": np.full(n, np.nan), "absorbed": []}

    def most_tiles(self, inputs: Inputs, stage: int) -> int:
        return 0 if stage > 1 else -(-inputs["prices"].shape[1] // self.width)

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:
        n = inputs["prices"].shape[1]
        starts = range(0, n, self.width)
        if stage == 0:
            return [
                Tile(i, 0, 1.0, None, ((lo, min(lo + self.width, n)),), {"low": lo})
                for i, lo in enumerate(starts)
            ]
        if stage == 1:
            mean = float(state["sums"].mean())
            return [
                Tile(
                    1000 + i,
                    1,
                    1.0,
                    None,
                    ((lo, min(lo + self.width, n)),),
                    {"low": lo, "mean": mean},
                )
                for i, lo in enumerate(starts)
            ]
        return []

    def run(self, view: Inputs, tile: Tile) -> Partial:
        if tile.id == self.fail_at:
            raise InvalidInputError("tile", f"asked to fail at {tile.id}")
        for _ in range(self.spin):
            poll_cancel()
            np.linalg.svd(np.ones((60, 60)))
        sums = view["prices"].sum(axis=0)
        if tile.stage == 1:
            return Partial(
                tile.id, {"low": tile.args["low"], "squares": (sums - tile.args["mean"]) ** 2}
            )
        return Partial(tile.id, {"low": tile.args["low"], "sums": sums})

    def absorb(self, state: Any, partial: Partial) -> None:
        state["absorbed"].append(partial.tile_id)
        for name in ("sums", "squares"):
            if name in partial.values:
                part = partial.values[name]
                low = partial.values["low"]
                state[name][low : low + len(part)] = part

    def finish(self, inputs: Inputs, state: Any) -> SumsResult:
        assert len(state["absorbed"]) == len(set(state["absorbed"])), "a tile was absorbed twice"
        return SumsResult(state["sums"], state["squares"], provenance_of(self, inputs))


def sums_inputs(n_columns: int = 7) -> Inputs:
    return Inputs({"prices": np.random.default_rng(1).normal(size=(30, n_columns))})


def first_tiles() -> tuple[Tile, ...]:
    return tuple(SumsSpec().plan(sums_inputs(), None, 0)[1:3])


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "two stages": lambda: (SumsSpec(), sums_inputs()),
    "one tile a stage": lambda: (SumsSpec(width=50), sums_inputs(3)),
    "some tiles of a task": lambda: (TileSubset(SumsSpec(), first_tiles()), sums_inputs()),
}
