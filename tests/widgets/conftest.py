"""Small real results that the views show."""

import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab._canonical import wire
from spreadlab.engines.registry import current_engine
from spreadlab.task import SingleTile, poll_cancel


@pytest.fixture(scope="session")
def prices():
    rng = np.random.default_rng(20)
    walks = np.cumsum(rng.normal(0, 0.01, (400, 5)), axis=0) + 4
    walks[:, 1] = 0.8 * walks[:, 0] + rng.normal(0, 0.02, 400)
    return pd.DataFrame(
        np.exp(walks), columns=list("ABCDE"), index=pd.bdate_range("2020-01-01", periods=400)
    )


@pytest.fixture(scope="session")
def scan(prices):
    return sl.discover_pairs(prices, progress=False)


@pytest.fixture(scope="session")
def policy():
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    return sl.solve_hjb(ou, cost=0.003, discount=0.05)


@pytest.fixture(scope="session")
def dated_policy():
    ou = sl.OUParams(kappa=6.0, theta=0.05, sigma=0.3)
    return sl.solve_hjb(ou, cost=0.003, discount=0.05, horizon=0.5)


@pytest.fixture
def open_widgets():
    """Let a test see what it left open: the widgets that came into being and were not closed."""
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    return lambda: [_instances[key] for key in set(_instances) - before]


_AT_WORK = threading.Event()


@wire("test.WaitingSpec")
@dataclass(frozen=True, slots=True)
class WaitingSpec(SingleTile):
    """A task that works until it is cancelled."""

    def check(self, inputs):
        """Take anything."""

    def run(self, view, tile):
        _AT_WORK.set()
        while True:
            poll_cancel()
            time.sleep(0.001)


@pytest.fixture
def job_that_waits():
    """Let a stage run a job that ends only by being cancelled."""
    _AT_WORK.clear()
    made = SimpleNamespace(started=threading.Event(), job=None)

    def run_job():
        made.job = current_engine().submit(WaitingSpec())
        # The tile may run before `submit` has returned: who waits for a start wants both.
        if _AT_WORK.wait(60):
            made.started.set()
        return made.job.result()

    made.run = run_job
    made.state = lambda: made.job.state
    yield made
    if made.job is not None:
        made.job.cancel()


@pytest.fixture
def gated_engine():
    """Let a test say when each tile may run: `engine.allow(n)`; nothing runs before."""
    from spreadlab.engines.local import LocalEngine
    from spreadlab.task import run_tile

    class GatedEngine(LocalEngine):
        def __init__(self):
            super().__init__(threads=1, address="gated")
            self._leave = threading.Semaphore(0)
            self.jobs = []

        def allow(self, tiles):
            self._leave.release(tiles)

        def submit(self, *args, **options):
            self.jobs.append(super().submit(*args, **options))
            return self.jobs[-1]

        def _run_tiles(self, task, inputs, tiles, cancelled):
            for tile in tiles:
                while not self._leave.acquire(timeout=0.01):
                    if cancelled():
                        return
                yield run_tile(task, inputs.view(tile), tile, cancelled)

    engine = GatedEngine()
    yield engine
    for job in engine.jobs:
        job.cancel()
        job.wait(60)
    engine.close()


@pytest.fixture(scope="session")
def many_prices():
    """Return a universe whose scan falls into three tiles."""
    rng = np.random.default_rng(7)
    walks = np.cumsum(rng.normal(0, 0.01, (120, 70)), axis=0) + 4
    names = [f"S{k:02d}" for k in range(70)]
    return pd.DataFrame(np.exp(walks), columns=names)


@pytest.fixture
def until():
    """Wait for something that another thread does; a minute tells that it never will."""

    def wait(condition, what):
        for _ in range(6000):
            if condition():
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"never: {what}")

    return wait
