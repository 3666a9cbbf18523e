"""Prices, disorder and rules that the live tests share."""

import asyncio

import numpy as np
import pandas as pd

import spreadlab as sl
from spreadlab.data.panel import PricePanel

OU = sl.OUParams(kappa=20.0, theta=0.0, sigma=0.35)
DAY = 86_400 * 10**9


def make_panel(n_obs, seed, symbols=("KO", "PEP")):
    """Return a dated panel with opens, whose log spread of hedge ratio 0.8 reverts quickly."""
    rng = np.random.default_rng(seed)
    b = np.log(50.0) + np.cumsum(rng.normal(0, 0.02, n_obs))
    x = np.zeros(n_obs)
    for t in range(1, n_obs):
        x[t] = 0.8 * x[t - 1] + rng.normal(0, 0.02)
    closes = np.exp(np.column_stack([0.8 * b + 0.1 + x, b]))
    opens = closes * np.exp(rng.normal(0, 0.006, closes.shape))
    times = pd.bdate_range("2020-01-01", periods=n_obs).as_unit("ns").asi8
    return PricePanel(closes, symbols, times, 252.0, opens)


class Contrarian:
    """Long below the running mean of what was seen, short above it."""

    def prepare(self, history):
        return 0.0

    def decide(self, t, history, state):
        total = state + history.spread[-1]
        seconds = history.times[-1]
        wait = 5 if seconds % 2 < 1 else 6
        mean = total / (t + 1)
        return (0 if t < wait else int(np.sign(mean - history.spread[-1]))), total


class MovingMean:
    """Computes its indicator for every bar at once, as rules do that want to be quick."""

    def prepare(self, history):
        frame = pd.Series(history.spread)
        return (frame - frame.rolling(8).mean()).to_numpy()

    def decide(self, t, history, state):
        x = state[t]
        return (0 if np.isnan(x) else -int(np.sign(x)) if abs(x) > 0.01 else 0), state


class Disordered:
    """A panel's ticks as a bad line sends them: more than once, shuffled, with holes.

    What is in a bar stays in its bar; what arrives when is chance.
    """

    closes_only = False

    def __init__(self, panel, seed, *, gaps=0.1, doubles=0.3, extra=3, heartbeats=True):
        from spreadlab.live.schedule import Ends

        self.symbols = panel.symbols
        self.schedule = Ends(panel.timestamps)
        rng = np.random.default_rng(seed)
        self.whole = np.ones((panel.n_obs, panel.n_symbols), bool)
        self.items = []
        stamps = panel.timestamps.tolist()
        for row, end in enumerate(stamps):
            begin = stamps[row - 1] if row else end - DAY
            ticks = []
            for i, symbol in enumerate(panel.symbols):
                if rng.random() < gaps:
                    self.whole[row, i] = False
                    continue
                n = int(rng.integers(0, extra + 1))
                inside = np.sort(rng.integers(begin + 2, end - 1, n)).tolist()
                prices = panel.prices[row, i] * np.exp(rng.normal(0, 0.1, n)) if n else []
                ticks.append(sl.live.Tick(symbol, begin + 1, float(panel.opens[row, i])))
                ticks += [
                    sl.live.Tick(symbol, time, float(price), sequence=k)
                    for k, (time, price) in enumerate(zip(inside, prices, strict=True))
                ]
                # The close shares its time with a tick before it: the sequence tells.
                ticks.append(sl.live.Tick(symbol, end, float(panel.opens[row, i]), sequence=7))
                ticks.append(sl.live.Tick(symbol, end, float(panel.prices[row, i]), sequence=8))
            ticks += [t for t in ticks if rng.random() < doubles]
            self.items += [ticks[k] for k in rng.permutation(len(ticks))]
            if heartbeats or row == len(stamps) - 1:
                self.items.append(sl.live.Heartbeat(end))

    async def __aiter__(self):
        for item in self.items:
            yield item

    async def close(self):
        self.items = self.items[:]


class Standing(sl.live.VirtualClock):
    """A clock that stands still at a panel's end: whoever sleeps on it does not wake up."""

    def __init__(self, panel):
        super().__init__(int(panel.timestamps[-1]))

    async def sleep(self, seconds):
        await asyncio.Event().wait()


def run(session):
    asyncio.run(session.run())


def without(panel, whole):
    """Return the panel without the rows in which a leg has no price."""
    rows = whole.all(axis=1)
    return PricePanel(
        panel.prices[rows], panel.symbols, panel.timestamps[rows], 252.0, panel.opens[rows]
    )
