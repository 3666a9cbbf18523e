"""A process that trades a replay, and kills itself at some point: run by test_kill.py."""

import os
import signal
import sys

from tests.backtest import cases as backtest_cases
from tests.live import cases

import spreadlab as sl

N_OBS = 400
LIMITS = {"gross": 1.2, "pair_loss": 0.2, "daily_loss": 0.01}


def models():
    rules = {"zscore": sl.ZScoreRule(15, entry_z=1.0), "kalman": sl.KalmanRule(1.0)}
    pair = backtest_cases.make_pair()
    return [
        sl.live.freeze_pair(
            pair, rule, name=name, capital=500_000, cost_bps=5, slippage_bps=2, borrow_bps=100
        )
        for name, rule in rules.items()
    ]


class Fuse:
    """Counts calls of functions, Python's and C's, and kills the process at one of them."""

    def __init__(self, calls):
        self.left, self.seen = calls, 0

    def __call__(self, frame, event, arg):
        self.seen += 1
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def trade(path, fuse=None):
    """Trade from where the book is to the end, with orders by hand at fixed bars."""
    book = sl.live.PaperBook(path, limits=sl.live.Limits(**LIMITS))
    panel = cases.make_panel(N_OBS, 77)
    by_hand = {int(panel.timestamps[row]): row for row in range(20, N_OBS, 40)}
    done = book.time
    feed = sl.live.ReplayFeed(panel)
    session = sl.live.Session(feed, sl.live.Monitor(models()), book)

    def order(time_):
        row = by_hand.get(time_)
        if row is not None:
            book.order("zscore", (-1, 0, 1)[row // 40 % 3], id=f"row {row}")
            book.release("zscore") if row % 120 == 20 else None

    def after(update):
        if update.step is not None:
            order(update.step.bar.time)

    session.subscribe(after)
    sys.setprofile(fuse)
    if done is not None:
        order(done)  # it may have died between the bar and its order
    cases.run(session)
    sys.setprofile(None)
    return book


if __name__ == "__main__":
    trade(sys.argv[1], Fuse(int(sys.argv[2]))).close()
