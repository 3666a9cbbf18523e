"""A workbench says at once that it computes, and what, once that takes long."""

import pytest

from spreadlab_widgets import workbench_busy
from spreadlab_widgets.workbench_busy import Busy


@pytest.fixture
def timers(monkeypatch):
    """The timers that were started; a test lets them ring."""
    started = []

    class Timer:
        def __init__(self, seconds, ring):
            assert seconds == workbench_busy.PATIENCE
            self.ring, self.cancelled = ring, False

        def start(self):
            started.append(self)

        def cancel(self):
            self.cancelled = True

    monkeypatch.setattr(workbench_busy.threading, "Timer", Timer)
    return started


@pytest.fixture
def told():
    return []


@pytest.fixture
def busy(told):
    return Busy(told.append, lambda stage: told.append(("late", stage)))


def test_quick_work_is_told_of_once(busy, told, timers):
    busy.begin()
    for stage in ("pair", "fit", "policy"):
        busy.begin(stage)
    busy.rest()
    assert told == ["computing …", ""]
    assert not busy.late
    assert [timer.cancelled for timer in timers] == [True]


def test_slow_work_is_told_of_stage_by_stage(busy, told, timers):
    busy.begin()
    busy.begin("pair")
    timers[0].ring()
    assert busy.late
    busy.begin("fit")
    busy.rest()
    assert told == [
        "computing …",
        "testing the pair …",
        ("late", "pair"),
        "fitting the spread …",
        "",
    ]
    assert not busy.late


def test_a_timer_that_rings_too_late_says_nothing(busy, told, timers):
    busy.begin("pair")
    busy.rest()
    timers[0].ring()
    assert told == ["computing …", ""]
    busy.begin("fit")
    assert len(timers) == 2
    assert not busy.late
