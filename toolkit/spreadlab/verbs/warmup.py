"""Compile what is compiled on first use, so that the first real call is as quick as the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any


def _replay(walks: Any, pair: Any, rule: Any) -> None:
    """Trade a replay on paper, in a thread of its own: the caller may run an event loop."""
    import numpy as np

    from spreadlab.data.panel import PricePanel
    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.feeds.replay import ReplayFeed
    from spreadlab.live.model import freeze_pair
    from spreadlab.live.monitor import Monitor
    from spreadlab.live.session import Session

    legs = (pair.dependent, pair.hedge)
    days = np.arange(walks.shape[0]) * 86_400 * 10**9
    feed = ReplayFeed(PricePanel(walks[:, :2], legs, days))
    session = Session(feed, Monitor([freeze_pair(pair, rule)]), PaperBook())
    session.start()
    session.join()


def warmup() -> Iterator[tuple[str, float]]:
    """Run one small request of each kind; yield its name and the seconds it took.

    Numba compiles a kernel when it is first called and keeps the machine code on disk, so a
    second run in a new process is quick as well.
    """
    import numpy as np

    from spreadlab.api_backtest import backtest, study, sweep
    from spreadlab.api_control import solve_hjb
    from spreadlab.api_discovery import discover_pairs, test_pair
    from spreadlab.api_ou import estimate_ou, hedge_series, simulate_ou
    from spreadlab.backtest.rules import ZScoreRule
    from spreadlab.ou.params import OUParams

    walks = np.exp(np.random.default_rng(0).normal(size=(300, 4)).cumsum(axis=0) * 0.01)
    spread = simulate_ou(20.0, 0.0, 0.1, 1 / 252, n_obs=300, seed=0, x0="stationary")
    model = OUParams(kappa=20.0, theta=0.0, sigma=0.1)
    pair = test_pair(walks[:, 0], walks[:, 1])
    rule = ZScoreRule(20)
    jobs: dict[str, Callable[[], Any]] = {
        "scan": lambda: discover_pairs(walks, progress=False),
        "pair": lambda: test_pair(walks[:, 0], walks[:, 1]),
        "fit": lambda: estimate_ou(spread),
        "hedge": lambda: hedge_series(walks[:, 0], walks[:, 1]),
        "policy": lambda: solve_hjb(model, discount=0.04, cost=0.001),
        "policy with a deadline": lambda: solve_hjb(model, discount=0.04, cost=0.001, horizon=0.1),
        "backtest": lambda: backtest(walks[:, :2], pair=pair, policy=rule),
        "live": lambda: _replay(walks, pair, rule),
        "sweep": lambda: sweep(walks[:, :2], pair=pair, rule=rule, grid={"entry_z": [1.0, 2.0]}),
    }
    with study("warmup", in_memory=True):
        for name, job in jobs.items():
            started = time.monotonic()
            job()
            yield name, time.monotonic() - started
