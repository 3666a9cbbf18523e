"""What the live engine costs: a thousand ticks a second over fifty pairs, in shares of a core.

``python benchmarks/bench_live.py`` prints a table.
"""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

import spreadlab as sl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

N_PAIRS = 50
TICKS_A_SECOND = 1000
SECONDS = 120
QUOTES_A_SECOND = 4  # how often a screen asks for every pair at the latest prices
SECOND = 10**9


class Random:
    """A thousand ticks for every second of the feed's time, as fast as they are taken."""

    def __init__(self, seconds: int) -> None:
        self.symbols = tuple(f"S{i:03d}" for i in range(2 * N_PAIRS))
        self.schedule = sl.live.Interval(1)
        rng = np.random.default_rng(1)
        n = TICKS_A_SECOND * seconds
        times = np.sort(rng.integers(0, seconds * SECOND, n))
        which = rng.integers(0, len(self.symbols), n)
        logs = np.log(50.0) + np.cumsum(rng.normal(0, 1e-5, n))
        prices = np.exp(logs + rng.normal(0, 1e-3, n))
        self.ticks = [
            sl.live.Tick(self.symbols[s], t, p, sequence=i)
            for i, (t, s, p) in enumerate(
                zip(times.tolist(), which.tolist(), prices.tolist(), strict=True)
            )
        ]

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Yield the ticks."""
        for tick in self.ticks:
            yield tick

    async def close(self) -> None:
        """Let the ticks go."""
        self.ticks = []


def make_session(seconds: int) -> Any:
    """Return a session of fifty pairs with a book in memory, one bar a second."""
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
    session = sl.live.Session(feed, sl.live.Monitor(models), sl.live.PaperBook())
    every = SECOND // QUOTES_A_SECOND

    def look(update: Any) -> None:
        # A screen asks a few times for each bar of a second.
        if update.step is not None:
            for _ in range(SECOND // every):
                for model in models:
                    session.monitor.quote(model.name, session.latest)

    session.subscribe(look)
    return session


def measurements() -> list[dict[str, Any]]:
    """Return CPU seconds for each second of the feed."""
    asyncio.run(make_session(70).run())  # compiles, and loads tables
    session = make_session(SECONDS)
    start = time.process_time()
    asyncio.run(session.run())
    share = (time.process_time() - start) / SECONDS
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
    ]


if __name__ == "__main__":
    for row in measurements():
        print(f"{row['name']:60s} {row['value']:12.1f} {row['unit']:12s} {row['target']}")
