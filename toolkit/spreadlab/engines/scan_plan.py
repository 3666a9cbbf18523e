"""What a scan would cost before it is run: a short run on the engine, and arithmetic."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.discovery.counts import count_partial
from spreadlab.discovery.plan import block_size, scan_size
from spreadlab.discovery.rules import MIN_OBS, check_lags_fit, moment_lag
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.display.html import card
from spreadlab.display.numbers import short
from spreadlab.engines.registry import current_engine
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUN_SECONDS = 1.5  # of a Dask task
_SAMPLE_SECONDS = 2.0
_LEAST_SAMPLE = 512  # symbols of the first calibration run: 10 tiles
_MOST_SAMPLE = 3072  # symbols of the last one: 300 tiles
_WARM_TILES, _BUSY_TILES = 2, 8  # a thread has in the first and the last one, at least
_BASE_BYTES = 250 << 20  # a Python process with numpy, numba and compiled kernels


@dataclass(frozen=True, slots=True, repr=False)
class ScanPlan:
    """What a scan takes.

    Attributes
    ----------
    n_symbols, n_obs, n_tests : int
        Size of the scan.
    cores : int
        Threads that run tiles.
    tiles, runs : int
        Pieces of the scan, and Dask tasks of about 1.5 s that a cluster makes of them.
    seconds : float
        Time on `cores`, with what a scan takes beside its tiles.
    core_seconds : float
        Time of one core for all tiles.
    submitter_bytes, worker_bytes : int
        Peak memory of the process that asks, and of one that runs tiles on one thread.
    bytes_out, bytes_back : int
        Sent to and from workers, if no worker keeps a block from one run to the next.
    cost : float
        `core_seconds` at the given price, NaN without one.
    """

    n_symbols: int
    n_obs: int
    n_tests: int
    cores: int
    tiles: int
    runs: int
    seconds: float
    core_seconds: float
    submitter_bytes: int
    worker_bytes: int
    bytes_out: int
    bytes_back: int
    cost: float

    def _facts(self) -> dict[str, str]:
        facts = {
            "size": f"{self.n_symbols:,} symbols x {self.n_obs:,} rows, {self.n_tests:,} tests",
            "tasks": f"{self.tiles:,} tiles in {self.runs:,} runs",
            "time": f"{_duration(self.seconds)} on {self.cores:,} cores",
            "memory": f"{_size(self.submitter_bytes)} here, {_size(self.worker_bytes)} a worker",
            "moved": f"{_size(self.bytes_out)} to workers, {_size(self.bytes_back)} back",
        }
        if not np.isnan(self.cost):
            facts["cost"] = short(self.cost)
        return facts

    def __repr__(self) -> str:
        return "ScanPlan(" + "; ".join(f"{k}: {v}" for k, v in self._facts().items()) + ")"

    def _repr_html_(self) -> str:
        return card("Plan of a scan", self._facts())


def plan_scan(
    n_symbols: int,
    n_obs: int,
    spec: PairScanSpec | None = None,
    *,
    cores: int | None = None,
    price_per_core_hour: float | None = None,
    engine: Any = None,
) -> ScanPlan:
    """Predict tasks, time, memory, bytes moved and cost of a scan from a short run.

    Parameters
    ----------
    n_symbols, n_obs : int
        Columns and rows of the panel.
    spec : PairScanSpec, optional
        How it would be scanned: ``scan.spec`` of another scan; by default as `discover_pairs`.
    cores : int, optional
        Threads that the scan would have; those of the engine by default.
    price_per_core_hour : float, optional
        For `ScanPlan.cost`.
    engine : Engine, optional
        Where the calibration runs, for a few seconds; the engine in use by default.

    Returns
    -------
    ScanPlan

    Raises
    ------
    InvalidInputError
        For sizes that can't be scanned, a spec with a selection, or one for pairwise gaps.

    Notes
    -----
    Random walks of the same length are scanned on the engine, with tiles of the same size: first a
    few, then as many as take two seconds and give every thread some. The difference gives the rate
    with all threads at work, and what is left of the first run is what a scan takes beside. What
    other people run on the machine at the same time is part of the rate.
    """
    scan = PairScanSpec() if spec is None else spec
    if not isinstance(scan, PairScanSpec):
        raise InvalidInputError("spec", f"got {spec!r}", "the spec of a scan", "use scan.spec")
    if scan.selection is not None or scan.align == "pairwise":
        raise InvalidInputError("spec", "has a selection or gaps", "a scan of all pairs")
    symbols = ensure_int(n_symbols, "n_symbols", low=2)
    rows = ensure_int(n_obs, "n_obs", low=MIN_OBS)
    check_lags_fit(scan.lags, rows)
    price = float("nan")
    if price_per_core_hour is not None:
        price = ensure_float(price_per_core_hour, "price_per_core_hour", low=0.0)
    opened = current_engine(engine)
    threads = max(opened.capabilities().threads, 1)
    wanted = threads if cores is None else ensure_int(cores, "cores", low=1)
    tests = scan.n_tests(symbols)
    rate, beside, answer_bytes = _measure(opened, scan, symbols, rows, threads)
    core_seconds = tests / rate * threads
    tiles = scan_size(symbols)
    runs = min(max(round(core_seconds / RUN_SECONDS), min(tiles, 8 * wanted)), tiles)
    side = block_size(symbols)
    block_bytes = 8 * rows * side
    kept = 0 if scan.is_counted(symbols) else 8 * tests
    return ScanPlan(
        n_symbols=symbols,
        n_obs=rows,
        n_tests=tests,
        cores=wanted,
        tiles=tiles,
        runs=runs,
        seconds=beside + core_seconds / min(wanted, tiles),
        core_seconds=core_seconds,
        submitter_bytes=_BASE_BYTES + 8 * rows * symbols + 4 * kept,
        worker_bytes=_BASE_BYTES + _tile_bytes(scan, rows, side) + (64 << 20),
        bytes_out=runs * block_bytes + tiles * block_bytes,
        bytes_back=round(answer_bytes * tests),
        cost=core_seconds / 3600 * price,
    )


def _measure(
    engine: Any, scan: PairScanSpec, symbols: int, rows: int, threads: int
) -> tuple[float, float, float]:
    """Return tests a second with all threads at work, seconds a scan takes beside, answer bytes."""
    side = block_size(symbols)
    size = min(symbols, max(_LEAST_SAMPLE, _symbols_of(_WARM_TILES * threads, side)))
    most = min(symbols, max(_MOST_SAMPLE, _symbols_of(_BUSY_TILES * threads, side)))
    # Compiles and warms every worker, and is not timed.
    answer_bytes = _answer_bytes(engine, scan, _walks(size, rows), counted=scan.is_counted(symbols))
    tests, seconds = _timed(engine, scan, size, rows)
    first = rest = (tests, seconds)
    while rest[1] < _SAMPLE_SECONDS and size < most:
        growth = min(max(1.25 * _SAMPLE_SECONDS / rest[1], 1.5), 16.0)
        size = min(most, math.ceil(size * math.sqrt(growth)))
        rest = _timed(engine, scan, size, rows)
    tests, seconds = rest[0] - first[0], rest[1] - first[1]
    if not (tests > 0 and seconds > 0):  # one run alone, or a machine that is busy with other work
        return rest[0] / rest[1], 0.0, answer_bytes
    return tests / seconds, max(first[1] - first[0] * seconds / tests, 0.0), answer_bytes


def _symbols_of(tiles: int, side: int) -> int:
    """Return how many symbols a scan of at least so many tiles has."""
    return math.ceil(math.sqrt(2 * tiles)) * side


def _timed(engine: Any, scan: PairScanSpec, symbols: int, rows: int) -> tuple[int, float]:
    """Return tests and seconds of a scan."""
    inputs = _walks(symbols, rows)
    started = time.perf_counter()
    engine.submit(scan, inputs, max_buffered=0).result()
    return scan.n_tests(symbols), time.perf_counter() - started


def _answer_bytes(engine: Any, scan: PairScanSpec, inputs: Inputs, *, counted: bool) -> float:
    """Return the bytes of the answers a test."""
    size = 0
    for partial in engine.submit(scan, inputs).events():
        if partial.stage == 0:
            values = partial.values
            if counted and "pvalues" in values:
                values = count_partial(values, scan.alpha)
            size += sum(getattr(value, "nbytes", 8) for value in values.values())
    return size / scan.n_tests(inputs["prices"].shape[1])


def _walks(symbols: int, rows: int) -> Inputs:
    steps = np.random.default_rng(0).normal(size=(rows, symbols)) * 0.01
    prices: NDArray[np.float64] = np.exp(np.cumsum(steps, axis=0))
    return Inputs({"prices": prices}, {"symbols": [f"S{i}" for i in range(symbols)]})


def _tile_bytes(scan: PairScanSpec, rows: int, side: int) -> int:
    """Return the working memory of a tile: columns several times over, and its products."""
    products = (moment_lag(scan.lags, rows) + 2) * side * side
    return 8 * (10 * rows * side + products + 40 * side * side)


def _duration(seconds: float) -> str:
    for size, unit in ((86_400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _size(count: float) -> str:
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.1f} kB"
