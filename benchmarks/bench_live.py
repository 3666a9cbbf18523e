"""What the live engine costs: a thousand ticks a second over fifty pairs, in shares of a core.

``python benchmarks/bench_live.py`` prints a table.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

import spreadlab as sl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

N_PAIRS = 50
TICKS_A_SECOND = 1000
SECONDS = 120
MEMORY_SECONDS = 600
QUOTES_A_SECOND = 4  # how often a screen asks for every pair at the latest prices
SECOND = 10**9


class Random:
    """A thousand ticks for every second of the feed's time, as fast as they are taken.

    Parameters
    ----------
    seconds : int
        How long the feed lasts, in its own time.
    """

    def __init__(self, seconds: int) -> None:
        self.symbols = tuple(f"S{i:03d}" for i in range(2 * N_PAIRS))
        self.schedule = sl.live.Interval(1)
        self.seconds = seconds
        self._rng = np.random.default_rng(1)
        self._level = np.full(len(self.symbols), np.log(50.0))

    def _second(self, second: int) -> list[Any]:
        n, rng = TICKS_A_SECOND, self._rng
        times = second * SECOND + np.sort(rng.integers(0, SECOND, n))
        which = rng.integers(0, len(self.symbols), n)
        self._level += rng.normal(0, 1e-4, self._level.size)
        prices = np.exp(self._level[which] + rng.normal(0, 1e-3, n))
        rows = zip(which.tolist(), times.tolist(), prices.tolist(), strict=True)
        return [sl.live.Tick(self.symbols[s], t, p, sequence=i) for i, (s, t, p) in enumerate(rows)]

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Yield the ticks, made a second at a time."""
        for second in range(self.seconds):
            for tick in self._second(second):
                yield tick

    async def close(self) -> None:
        """Send no more."""
        self.seconds = 0


def make_session(seconds: int, path: str = ":memory:") -> Any:
    """Return a session of fifty pairs with a book, one bar a second."""
    feed = Random(seconds)
    models = []
    for i in range(N_PAIRS):
        pair = SimpleNamespace(
            dependent=feed.symbols[2 * i],
            hedge=feed.symbols[2 * i + 1],
            hedge_ratio=1.0,
            intercept=0.0,
            transform="log",
        )
        formation = np.random.default_rng(i).normal(0, 1e-3, 300)
        rule = sl.ZScoreRule(60) if i % 2 else sl.KalmanRule()
        models.append(sl.live.freeze_pair(pair, rule, formation=formation, cost_bps=1.0))
    session = sl.live.Session(feed, sl.live.Monitor(models), sl.live.PaperBook(path))
    every = SECOND // QUOTES_A_SECOND

    def look(update: Any) -> None:
        # A screen asks a few times for each bar of a second.
        if update.step is not None:
            for _ in range(SECOND // every):
                for model in models:
                    session.monitor.quote(model.name, session.latest)

    session.subscribe(look)
    return session


def peak_memory() -> float:
    """Return the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def memory_growth() -> float:
    """Return how many MB the peak memory grows by from minute 2 to 10 of a feed."""
    marks: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        session = make_session(MEMORY_SECONDS, str(Path(folder) / "book.sqlite"))
        bars = 0

        def mark(update: Any) -> None:
            nonlocal bars
            if update.step is not None:
                bars += 1
                if bars in (120, MEMORY_SECONDS - 1):
                    marks.append(peak_memory())

        session.subscribe(mark)
        asyncio.run(session.run())
        session.book.close()
    first, last = marks
    return last - first


def measurements() -> list[dict[str, Any]]:
    """Return CPU for each second of the feed, and how memory grows."""
    asyncio.run(make_session(70).run())  # compiles, and loads tables
    session = make_session(SECONDS)
    start = time.process_time()
    asyncio.run(session.run())
    share = (time.process_time() - start) / SECONDS
    grown = memory_growth()
    return [
        {
            "name": f"live engine, {TICKS_A_SECOND} ticks/s over {N_PAIRS} pairs, CPU",
            "value": 100 * share,
            "unit": "% of a core",
            "target": "<= 25 % of a core",
            "met": share <= 0.25,
        },
        {
            "name": "live engine, most ticks a second",
            "value": TICKS_A_SECOND / share,
            "unit": "ticks/s",
            "target": "",
            "met": None,
        },
        {
            "name": "live engine, growth from minute 2 to minute 10",
            "value": grown,
            "unit": "MB",
            "target": "<= 20 MB",
            "met": grown <= 20,
        },
    ]


if __name__ == "__main__":
    for row in measurements():
        print(f"{row['name']:60s} {row['value']:12.1f} {row['unit']:12s} {row['target']}")
