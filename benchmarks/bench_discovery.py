"""Speed and memory of pair scans, against statsmodels, our own direct path and plain products.

Everything is measured in one run on the same data. statsmodels is timed on a few pairs of it, with
one BLAS thread, as its rate does not depend on how many there are.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import N_OBS, prices, row
from threadpoolctl import threadpool_limits


def best(work: Any, repeats: int = 3) -> float:
    """Return the least of some times in seconds, after one run that compiles and warms."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def scan_seconds(panel: Any, direction: str, repeats: int = 3) -> float:
    """Return the time of a whole AIC scan that keeps every row."""
    import spreadlab as sl

    return best(lambda: sl.discover_pairs(panel, direction=direction, progress=False), repeats)


def product_seconds(values: np.ndarray[Any, Any], count: int) -> float:
    """Return the time of `count` plain N x T x N products with all BLAS threads."""
    out = np.empty((values.shape[1], values.shape[1]))
    left, right = np.ascontiguousarray(values.T), values.copy()

    def work() -> None:
        for _ in range(count):
            np.matmul(left, right, out=out)

    return best(work)


def statsmodels_rate(values: np.ndarray[Any, Any], pairs: int = 12) -> float:
    """Return pairs a second of statsmodels' coint, one BLAS thread."""
    from statsmodels.tsa.stattools import coint

    logs = np.log(values)
    with threadpool_limits(limits=1, user_api="blas"):
        coint(logs[:, 0], logs[:, 1])
        start = time.perf_counter()
        for k in range(pairs):
            coint(logs[:, k], logs[:, k + 1])
        return pairs / (time.perf_counter() - start)


def direct_rate(values: np.ndarray[Any, Any], pairs: int = 200) -> float:
    """Return pairs a second of our own path without moments, one thread."""
    from spreadlab.discovery.pair_test import engle_granger

    logs = np.log(values)
    engle_granger(logs[:, 0], logs[:, 1])
    start = time.perf_counter()
    for k in range(pairs):
        engle_granger(logs[:, k % 250], logs[:, 250 + k])
    return pairs / (time.perf_counter() - start)


def rates() -> list[dict[str, Any]]:
    """Compare 500 symbols x 1,000 rows in one run."""
    from spreadlab.discovery.rules import schwert_lag

    values = prices(500)
    pairs = 500 * 499 / 2
    forward, both = scan_seconds(values, "forward"), scan_seconds(values, "both")
    reference, direct = statsmodels_rate(values), direct_rate(values)
    count = 2 * schwert_lag(N_OBS) + 3
    products = product_seconds(values, count)
    size = "500 x 1,000"
    forward_ratio, both_ratio = pairs / forward / reference, 2 * pairs / both / reference
    return [
        row(f"AIC scan, {size}, one direction", pairs / forward, "pairs/s"),
        row(f"AIC scan, {size}, both directions", pairs / both, "pairs/s"),
        row("statsmodels coint, one BLAS thread", reference, "pairs/s"),
        row("scan over statsmodels, one direction", forward_ratio, "x", at_least=3000),
        row("scan over statsmodels, both directions", both_ratio, "x"),
        row("our direct path, one thread", direct, "pairs/s"),
        row(f"{count} plain products {size}", products, "s"),
        row("scan over those products, one direction", forward / products, "x", at_most=1.2),
        row("scan over those products, both directions", both / products, "x"),
    ]


def growth() -> list[dict[str, Any]]:
    """Measure how the rate grows with symbols and falls with rows."""
    rows = []
    for n_symbols in (250, 500, 1000, 2000):
        seconds = scan_seconds(prices(n_symbols), "forward", 1)
        rate = n_symbols * (n_symbols - 1) / 2 / seconds
        rows.append(row(f"AIC scan, {n_symbols:,} x 1,000, one direction", rate, "pairs/s"))
    for n_obs in (500, 2000, 5000):
        seconds = scan_seconds(prices(500, n_obs), "forward", 1)
        rows.append(
            row(f"AIC scan, 500 x {n_obs:,}, one direction", 500 * 499 / 2 / seconds, "pairs/s")
        )
    return rows


# A process starts with the peak of the one that started it as its ru_maxrss, so the kernel's own
# high-water mark of the new address space is read, and reset once the panel is there.
_LARGE = """
import json, sys, time
from pathlib import Path
import numpy as np
sys.path.insert(0, {here!r})
from bench_discovery import prices
import spreadlab as sl

def kib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name + ":")).split()[1])

sl.discover_pairs(prices(40), direction="forward", keep=10, progress=False)
panel = prices(5000)
Path("/proc/self/clear_refs").write_text("5")
before = kib("VmRSS")
start = time.perf_counter()
scan = sl.discover_pairs(panel, direction="forward", keep=1000, progress=False{sink})
seconds = time.perf_counter() - start
assert scan.n_tests == 5000 * 4999 // 2
extra = kib("VmHWM") - before
assert extra * 1024 > scan.all_pvalues.nbytes, "the peak can't be below what the result holds"
print(json.dumps([seconds, extra / 1024]))
"""


def large() -> list[dict[str, Any]]:
    """Measure 12.5 million pairs in a process of its own, whose peak memory is read."""
    here = str(Path(__file__).parent)
    seconds, extra = _child(_LARGE.format(here=here, sink=""))
    with tempfile.TemporaryDirectory() as folder:
        sink = f", sink={folder + '/scan'!r}"
        sink_seconds, sink_extra = _child(_LARGE.format(here=here, sink=sink))
    return [
        row("5,000 x 1,000 (12.5 M pairs), one direction, keep=1000", seconds, "s", at_most=30),
        row("its memory beyond the panel", extra, "MiB", at_most=1024),
        row("the same into a sink", sink_seconds, "s"),
        row("its memory beyond the panel, sink", sink_extra, "MiB", at_most=1024),
    ]


def rescan() -> list[dict[str, Any]]:
    """Measure what a widget waits for: a small scan, and the first block of a large one."""
    import spreadlab as sl
    from spreadlab.api_discovery import iter_pairs
    from spreadlab.data.panel import ensure_panel

    small = ensure_panel(prices(100))
    forward = best(lambda: sl.discover_pairs(small, direction="forward", dfa=0, progress=False), 20)
    both = best(lambda: sl.discover_pairs(small, dfa=0, progress=False), 20)
    panel = ensure_panel(prices(2000))
    first = best(lambda: next(iter_pairs(panel, keep=10)), 3)
    return [
        row("rescan of 100 x 1,000, one direction", 1000 * forward, "ms", at_most=20),
        row("rescan of 100 x 1,000, both directions", 1000 * both, "ms"),
        row("first block of 2,000 x 1,000", 1000 * first, "ms"),
    ]


def interrupt(n_symbols: int = 3000, times: int = 8) -> list[dict[str, Any]]:
    """Measure how long an interrupted scan takes to give control back, the longest of several.

    Every other one writes a folder as it goes.
    """
    import spreadlab as sl
    from spreadlab.data.panel import ensure_panel

    with tempfile.TemporaryDirectory() as folder:  # imports and compiles
        sl.discover_pairs(prices(40), keep=10, sink=folder + "/scan", progress=False)
    panel = ensure_panel(prices(n_symbols))
    asked: list[float] = []

    def stop(*_: object) -> None:
        asked.append(time.perf_counter())
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    taken = []
    try:
        for k in range(times):
            with tempfile.TemporaryDirectory() as folder:
                sink = folder + "/scan" if k % 2 else None
                signal.setitimer(signal.ITIMER_REAL, 0.5 + 0.13 * k)
                try:
                    sl.discover_pairs(panel, keep=10, sink=sink, progress=False)
                except KeyboardInterrupt:
                    taken.append(time.perf_counter() - asked[-1])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    if len(taken) < times:
        raise RuntimeError("a scan ended before it was interrupted: take more symbols")
    name = f"interrupt of a scan of {n_symbols:,} x 1,000, longest of {times}"
    return [row(name, 1000 * max(taken), "ms", at_most=300)]


_FIRST = """
import json, sys, time
sys.path.insert(0, {here!r})
from bench_discovery import prices
panel = prices(20)
start = time.perf_counter()
import spreadlab as sl
sl.discover_pairs(panel, progress=False)
print(json.dumps([time.perf_counter() - start]))
"""


def first_call() -> list[dict[str, Any]]:
    """Measure import and first scan in a new process, with an empty and a full compile cache."""
    script = _FIRST.format(here=str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as cache:
        (cold,) = _child(script, NUMBA_CACHE_DIR=cache)
        (warm,) = _child(script, NUMBA_CACHE_DIR=cache)
    return [
        row("import and first scan, cold compile cache", cold, "s", at_most=15),
        row("import and first scan, warm compile cache", warm, "s", at_most=2),
    ]


def _child(script: str, **environment: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    numbers: list[float] = json.loads(done.stdout)
    return numbers


def measurements() -> list[dict[str, Any]]:
    """Return everything this file measures."""
    return [*first_call(), *rescan(), *interrupt(), *rates(), *growth(), *large()]


if __name__ == "__main__":
    for each in measurements():
        print(f"{each['name']:<60}{each['value']:>14,.3f} {each['unit']:<8}{each['target']}")
