"""A Dask cluster of two processes of this machine against two local threads, in the same run.

The scan of 200 million pairs takes minutes: it runs when SPREADLAB_BENCH_LARGE is set.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Any

from measure import N_OBS, prices, row

WORKERS = 2


def seconds(work: Any) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def scan(panel: Any, engine: Any) -> Any:
    """Return a scan in one direction with the search by AIC, without its second look."""
    import spreadlab as sl

    return sl.discover_pairs(
        panel, direction="forward", keep=1000, dfa=0, progress=False, engine=engine
    )


def against_local(cluster: Any, local: Any) -> list[dict[str, Any]]:
    """Compare the two engines, turn by turn, and count the tasks and bytes of the cluster.

    At 5,000 symbols the time that plan_scan predicts is compared with what is then measured.
    """
    from spreadlab.data.panel import ensure_panel

    rows = []
    for n_symbols, repeats, target in ((2000, 3, None), (5000, 2, 15.0)):
        size = f"{n_symbols:,} x {N_OBS:,}"
        panel = ensure_panel(prices(n_symbols))
        tasks, sent, got = traffic(cluster, panel)  # which also compiles and warms
        predicted = {} if target is None else predictions(n_symbols, cluster, local)
        taken: dict[str, list[float]] = {"cluster": [], "local": []}
        for _ in range(repeats):
            taken["cluster"].append(seconds(lambda p=panel: scan(p, cluster)))
            taken["local"].append(seconds(lambda p=panel: scan(p, local)))
        ratios = [far / near for far, near in zip(*taken.values(), strict=True)]
        overhead = 100 * (statistics.median(ratios) - 1)
        rows += [
            row(f"{size}, {WORKERS} worker processes", min(taken["cluster"]), "s"),
            row(f"{size}, {WORKERS} local threads", min(taken["local"]), "s"),
            row(f"{size}, overhead of the cluster", overhead, "%", at_most=target),
            row(f"{size}, Dask tasks a worker", tasks / WORKERS, "", at_least=8),
            row(f"{size}, sent to workers by the client", sent / 1e6, "MB"),
            row(f"{size}, answers", got / 1e6, "MB"),
        ]
        for name, guess in predicted.items():
            off = 100 * abs(guess / statistics.median(taken[name]) - 1)
            rows.append(row(f"{size}, plan_scan off by, {name}", off, "%", at_most=25))
    return rows


def traffic(cluster: Any, panel: Any) -> tuple[int, int, int]:
    """Return tasks, bytes sent and bytes of answers of one scan, counted where they pass."""
    from spreadlab.engines.cluster.blocks import ScatteredBlocks
    from spreadlab.engines.cluster.worker import run_tiles

    client = cluster.client
    counted = {"tasks": 0, "sent": 0, "got": 0}
    submit, futures = client.submit, ScatteredBlocks.futures

    def counting_submit(function: Any, *args: Any, **options: Any) -> Any:
        counted["tasks"] += function is run_tiles
        return submit(function, *args, **options)

    def counting_futures(self: Any, asked: Any) -> Any:
        before = self.bytes_sent
        found = futures(self, asked)
        counted["sent"] += self.bytes_sent - before
        return found

    client.submit, ScatteredBlocks.futures = counting_submit, counting_futures
    try:
        for partial in cluster.submit(_spec(), panel.inputs).events():
            counted["got"] += sum(getattr(v, "nbytes", 8) for v in partial.values.values())
    finally:
        client.submit, ScatteredBlocks.futures = submit, futures
    return counted["tasks"], counted["sent"], counted["got"]


def predictions(n_symbols: int, cluster: Any, local: Any) -> dict[str, float]:
    """Return the seconds that plan_scan predicts on each engine."""
    import spreadlab as sl

    return {
        name: sl.plan_scan(n_symbols, N_OBS, _spec(), engine=engine).seconds
        for name, engine in (("cluster", cluster), ("local", local))
    }


def _spec() -> Any:
    from spreadlab.discovery.scan_spec import PairScanSpec

    return PairScanSpec(direction="forward", keep=1000, dfa=0)


def a_task(client: Any) -> list[dict[str, Any]]:
    """Measure what Dask itself takes for a task that does nothing."""
    client.gather(client.map(abs, range(100), pure=False))
    count = 1000
    taken = seconds(lambda: client.gather(client.map(abs, range(count), pure=False)))
    return [row("Dask, a task that does nothing", 1000 * taken / count, "ms")]


def large(cluster: Any) -> list[dict[str, Any]]:
    """Scan 20,000 symbols x 500 rows at one lag and keep p < 1e-4, in bounded memory."""
    import spreadlab as sl
    from spreadlab.discovery.plan import scan_size

    panel = prices(20_000, 500)
    cluster.client.run(_forget_peak)
    _forget_peak()
    before, found, busy = _kib("VmRSS"), [], time.process_time()
    taken = seconds(
        lambda: found.append(
            sl.discover_pairs(
                panel, lags=1, direction="forward", keep=1e-4, progress=False, engine=cluster
            )
        )
    )
    size, [scan_] = "20,000 x 500, one lag, p < 1e-4", found
    beyond = (_kib("VmHWM") - before) / 1024
    a_tile = 1000 * (time.process_time() - busy) / scan_size(panel.shape[1])
    workers = max(cluster.client.run(_kib, "VmHWM").values())
    return [
        row(f"{size}, {scan_.n_tests / 1e6:.0f} M tests", taken, "s"),
        row(f"{size}, a second", scan_.n_tests / taken / 1e6, "M tests"),
        row(f"{size}, pairs listed", scan_.n_kept, ""),
        row(f"{size}, memory beyond the panel", beyond, "MiB", at_most=1024),
        row(f"{size}, client and scheduler, a tile", a_tile, "ms"),
        row(f"{size}, peak of a worker", workers / 1024, "MiB", at_most=1024),
    ]


def _forget_peak() -> None:
    """Let the peak memory of this process start from now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")


def _kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(name + ":")).split()[1])


def measurements() -> list[dict[str, Any]]:
    """Return everything this file measures."""
    from spreadlab.engines.registry import open_engine

    cluster: Any = open_engine(f"dask://local?workers={WORKERS}&threads=1&memory=2GiB")
    local = open_engine(f"local?threads={WORKERS}")
    try:
        rows = [*a_task(cluster.client), *against_local(cluster, local)]
        if os.environ.get("SPREADLAB_BENCH_LARGE"):
            rows += large(cluster)
        return rows
    finally:
        cluster.close()
        local.close()


if __name__ == "__main__":
    for each in measurements():
        print(f"{each['name']:<60}{each['value']:>14,.3f} {each['unit']:<8}{each['target']}")
