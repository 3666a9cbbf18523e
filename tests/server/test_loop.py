"""The event loop of a server: awake for a moment after an event, at rest while tiles run."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import SimpleNamespace

import pytest

from spreadlab.server import loop
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import load_config
from tests.engines.cases_core import SumsSpec, sums_inputs

HANG_SECONDS = 60.0


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs, loop.WakefulSelector() as selector:
        selector.register(ours, loop.selectors.EVENT_READ)
        yield selector, ours, theirs


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def looks(pair, monkeypatch):
    """The timeouts of all real looks of the selector; other threads have selectors of their own."""
    seen, ours = [], pair[0]
    base = loop.WakefulSelector.__bases__[0]
    real = base.select

    def look(self, timeout=None):
        if self is not ours:
            return real(self, timeout)
        seen.append(timeout)
        return real(self, 0 if timeout is None else timeout)

    monkeypatch.setattr(base, "select", look)
    return seen


@pytest.mark.usefixtures("clock")
def test_after_an_event_it_looks_again_instead_of_sleeping(pair, looks):
    selector, ours, theirs = pair
    theirs.send(b"1")
    assert [key.fileobj for key, _ in selector.select()] == [ours]
    ours.recv(1)
    turns = iter(range(10))

    def sends_in_the_third_turn():
        if next(turns) == 2:
            theirs.send(b"2")
        return False

    selector.at_rest = sends_in_the_third_turn
    assert [key.fileobj for key, _ in selector.select()] == [ours]
    assert looks == [None, 0, 0, 0]


@pytest.mark.parametrize("rests", [False, True], ids=["the moment is over", "told to rest"])
def test_it_sleeps(pair, clock, looks, rests):
    selector, ours, theirs = pair
    theirs.send(b"1")
    selector.select()
    ours.recv(1)
    selector.at_rest = lambda: rests
    clock[0] += 0.0 if rests else loop.AWAKE_SECONDS
    assert selector.select(0.001) == []
    assert looks == [None, 0.001]


@pytest.mark.usefixtures("clock")
def test_a_timeout_shorter_than_the_moment_is_kept(pair, looks):
    selector, ours, theirs = pair
    theirs.send(b"1")
    selector.select()
    ours.recv(1)
    assert selector.select(loop.AWAKE_SECONDS / 2) == []
    assert looks == [None, loop.AWAKE_SECONDS / 2]


def test_a_server_runs_on_such_a_loop_and_rests_while_it_computes(monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    run_before = SumsSpec.run

    def waits(self, view, tile):
        begun.set()
        assert go_on.wait(HANG_SECONDS)
        return run_before(self, view, tile)

    monkeypatch.setattr(SumsSpec, "run", waits)
    with start_in_thread(load_config({"port": 0})) as running:
        server = running.server
        assert isinstance(running._loop, loop.WakefulLoop)
        at_rest = running._loop._wakeful.at_rest
        assert not at_rest()
        job = server.lab.engine.submit(SumsSpec(width=1000), sums_inputs())
        assert begun.wait(HANG_SECONDS)
        assert at_rest()
        go_on.set()
        job.result()


def test_what_the_main_raises_comes_out():
    async def fails():
        await asyncio.sleep(0)
        raise ValueError("it failed")

    with pytest.raises(ValueError, match="it failed"):
        loop.run(fails())
