"""What chance alone finds in a universe like this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import MOST_SEED, check_choice, ensure_int
from spreadlab.discovery.null_universe import METHODS, default_block_length, null_universe
from spreadlab.discovery.pair_spec import transformed
from spreadlab.discovery.plan import scan_tiles
from spreadlab.discovery.rules import MIN_OBS
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spreadlab.discovery.calibration_result import CalibrationResult

LEVELS = np.array(
    [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
)
_MIN_UNIVERSES = 20
_MAX_UNIVERSES = 100_000


@wire("CalibrationSpec")
@dataclass(frozen=True, slots=True)
class CalibrationSpec:
    """Scan ``prices`` and universes like it without cointegration; a tile is one universe.

    Attributes
    ----------
    scan : PairScanSpec
        What is done to each universe.
    n_universes : int
        Null universes.
    method : str
        How they are drawn, see `null_universe`.
    block_length : int
        Rows of a block, for the block bootstrap.
    seed : int
        Universe k is drawn from (seed, k), so that more universes keep those there are.
    """

    scan: PairScanSpec
    n_universes: int = 200
    method: str = "random-walk"
    block_length: int = 10
    seed: int = 0

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the scan can be done and the options are known."""
        self.scan.check(inputs)
        if self.scan.align == "pairwise":
            raise InvalidInputError(
                "spec", 'align="pairwise"', "a scan of prices without gaps", "fill or drop them"
            )
        ensure_int(self.n_universes, "n_universes", low=_MIN_UNIVERSES, high=_MAX_UNIVERSES)
        check_choice(self.method, "method", METHODS)
        ensure_int(self.block_length, "block_length", low=1, high=inputs["prices"].shape[0] - 1)
        ensure_int(self.seed, "seed", low=0, high=MOST_SEED)

    def start(self, inputs: Inputs) -> NDArray[np.int64]:  # noqa: ARG002
        """Return counts (universes + 1, levels + 1); row 0 is the observed universe."""
        return np.zeros((self.n_universes + 1, LEVELS.size + 1), dtype=np.int64)

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return the observed universe and the null ones."""
        if stage:
            return []
        return [Tile(k, args={"universe": k}) for k in range(self.n_universes + 1)]

    def most_tiles(self, inputs: Inputs, stage: int) -> int:  # noqa: ARG002
        """Return the number of universes, then 0."""
        return 0 if stage else self.n_universes + 1

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Count the p-values of one universe below each level."""
        values = transformed(view["prices"], self.scan.transform)
        number = int(tile.args["universe"])
        if number:
            rng = np.random.default_rng([self.seed, number])
            values = null_universe(values, self.method, self.block_length, rng)
        return Partial(tile.id, {"counts": count_below(self.scan, values)}, tile.stage)

    def absorb(self, state: NDArray[np.int64], partial: Partial) -> None:
        """Keep the counts of one universe."""
        state[partial.tile_id] = partial.values["counts"]

    def finish(self, inputs: Inputs, state: NDArray[np.int64]) -> CalibrationResult:
        """Return observed against null counts."""
        from spreadlab.discovery.calibration_result import CalibrationResult

        return CalibrationResult(
            levels=LEVELS.copy(),
            observed=state[0, :-1].astype(np.float64),
            null=state[1:, :-1].astype(np.float64),
            n_tests=int(state[0, -1]),
            method=self.method,
            provenance=provenance_of(self, inputs),
        )


def count_below(scan: PairScanSpec, values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many tests of a universe are at or below each level, and how many there are."""
    from spreadlab.discovery.tile import tile_pvalues

    counts = np.zeros(LEVELS.size + 1, dtype=np.int64)
    for tile in scan_tiles(values.shape[1], scan.groups):
        blocks = [values[:, low:high] for low, high in tile.columns or ()]
        pvalues = tile_pvalues(scan, np.concatenate(blocks, axis=1), tile)
        known = np.sort(pvalues[~np.isnan(pvalues)])
        counts[:-1] += np.searchsorted(known, LEVELS, side="right")
        counts[-1] += known.size
    return counts


def make_calibration_request(
    prices: Any,
    *,
    spec: PairScanSpec | None = None,
    n_universes: int = 200,
    method: str = "random-walk",
    block_length: int | None = None,
    seed: int = 0,
) -> tuple[CalibrationSpec, Inputs]:
    """Return the request of `calibrate`."""
    from spreadlab.data.panel import ensure_panel

    scan = PairScanSpec() if spec is None else spec
    if not isinstance(scan, PairScanSpec):
        raise InvalidInputError("spec", f"got {scan!r}", "the spec of a scan", "use scan.spec")
    panel = ensure_panel(
        prices,
        transform=scan.transform,  # type: ignore[arg-type]
        constant="allow",
        min_obs=MIN_OBS,
        min_symbols=2,
    )
    length = default_block_length(panel.n_obs) if block_length is None else block_length
    task = CalibrationSpec(
        scan,
        ensure_int(n_universes, "n_universes", low=_MIN_UNIVERSES, high=_MAX_UNIVERSES),
        method,
        ensure_int(length, "block_length", low=1),
        ensure_int(seed, "seed", low=0, high=MOST_SEED),
    )
    task.check(panel.inputs)
    return task, panel.inputs
