"""Small sessions on replayed prices, which tests drive bar by bar."""

import numpy as np
import pandas as pd

import spreadlab as sl


def live_prices(n_bars=260, n_pairs=2, seed=3):
    """Return prices of pairs whose spreads revert, with names A0, B0, A1, ..."""
    rng = np.random.default_rng(seed)
    columns = {}
    for k in range(n_pairs):
        common = np.cumsum(rng.normal(0, 0.01, n_bars)) + 4
        spread = np.zeros(n_bars)
        for t in range(1, n_bars):
            spread[t] = 0.85 * spread[t - 1] + rng.normal(0, 0.02)
        columns[f"A{k}"] = np.exp(common + spread)
        columns[f"B{k}"] = np.exp(common)
    return pd.DataFrame(columns, index=pd.bdate_range("2020-01-01", periods=n_bars))


def live_models(prices, rule=None, **options):
    """Return a frozen model of each pair of `live_prices`."""
    rule = sl.ZScoreRule(20, entry_z=1.5) if rule is None else rule
    options = {"cost_bps": 5.0, "capital": 100_000.0} | options
    return [
        sl.live.freeze_pair(
            sl.test_pair(prices[f"A{k}"][:120], prices[f"B{k}"][:120]), rule, **options
        )
        for k in range(len(prices.columns) // 2)
    ]


def live_session(prices=None, *, models=None, book=None, **options):
    """Return a session on a replay that has not begun."""
    prices = live_prices() if prices is None else prices
    models = live_models(prices) if models is None else models
    feed = sl.live.ReplayFeed(prices, clock=sl.live.VirtualClock())
    return sl.live.Session(feed, sl.live.Monitor(models), book, **options)


class Driver:
    """Hands a session the items of its feed, as many bars as a test wants."""

    def __init__(self, session):
        self.session = session
        self._items = aiter(session.feed)

    def bars(self, n=None):
        """Process the next `n` bars, or all that are left."""
        done = 0
        while n is None or done < n:
            try:
                item = _finish(anext(self._items))
            except StopAsyncIteration:
                break
            self.session.process(item)
            done += isinstance(item, sl.live.Heartbeat)
        return self

    def close(self):
        """End the replay."""
        _finish(self._items.aclose())


def _finish(awaitable):
    """Run what waits for nothing but its turn: the clock of the feed jumps."""
    steps = awaitable.__await__()
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


class Page:
    """What a view sends, as its page would take it."""

    def __init__(self, view):
        self.view, self.messages = view, []
        view.send = self._take

    def _take(self, content, buffers=None):
        self.messages.append((content, buffers or []))

    def say(self, kind, **words):
        """Say something to the kernel."""
        self.view._handle_custom_msg({"kind": kind, "page": "page", **words}, [])

    def beat(self):
        """Have the kernel send what is new; return content and arrays, None without news."""
        before = len(self.messages)
        self.view.refresh()
        if len(self.messages) == before:
            return None
        content, buffers = self.messages[-1]
        kinds = {"float64": "<f8", "int8": "i1", "int32": "<i4"}
        arrays = {
            name: np.frombuffer(buffers[a["buffer"]], kinds[a["dtype"]]).reshape(a["shape"])
            for name, a in content["arrays"].items()
        }
        return {key: value for key, value in content.items() if key != "arrays"} | arrays
