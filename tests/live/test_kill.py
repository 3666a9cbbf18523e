"""A process killed at random while it trades: the book that is left is the one of no kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.live import kill_me

import spreadlab as sl

ROOT = Path(__file__).resolve().parents[2]
HANG = 300


def snapshot(book):
    return (
        repr(book.positions()),
        repr(book.by_name()),
        repr(book.attribution()),
        {name: column.tolist() for name, column in book.curve().items()},
        [(e.id, e.time, e.kind, json.dumps(e.body, sort_keys=True)) for e in book.events()],
    )


def killed_run(path, kills, calls, seed):
    """Trade to the end through `kills` kills, each after a random number of calls.

    Between two calls lies every step of a transaction. All these numbers together are fewer than
    the calls of the whole run, so that each kill hits a process that still trades.
    """
    rng = np.random.default_rng(seed)
    died = 0
    for fuse in [*rng.integers(1, calls // (kills + 1), kills).tolist(), 0]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.live.kill_me", str(path), str(fuse)],
            cwd=ROOT,
            env=os.environ | {"SPREADLAB_LEDGER": ":memory:"},
            timeout=HANG,
            check=False,
        )
        died += done.returncode == -signal.SIGKILL
        assert done.returncode in (0, -signal.SIGKILL)
    return died


def check(tmp_path, kills, seed):
    whole = kill_me.trade(":memory:")  # compiles: the calls that compiling takes are not counted
    counter = kill_me.Fuse(0)
    assert snapshot(kill_me.trade(":memory:", counter)) == snapshot(whole)
    path = tmp_path / "book.sqlite"
    assert killed_run(path, kills, counter.seen, seed) == kills
    book = sl.live.PaperBook(path)
    assert snapshot(book) == snapshot(whole)
    assert len({event.id for event in book.events()}) == len(book.events())
    kinds = {event.kind for event in book.events()}
    assert {"order", "fill", "limit", "refused", "alert"} <= kinds
    assert len(book.bars()) == kill_me.N_OBS
    book.close()
    return len(whole.events())


def test_killed_three_times(tmp_path):
    check(tmp_path, 3, 1)


@pytest.mark.certify
@pytest.mark.parametrize("seed", [2, 3])
def test_killed_twenty_times(tmp_path, seed, record_property):
    record_property("events", check(tmp_path, 20, seed))
    record_property("kills", 20)
