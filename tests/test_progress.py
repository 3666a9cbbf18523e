"""Which bar is shown, and where."""

import sys
import types
from concurrent.futures import ThreadPoolExecutor

import IPython
import pytest
import tqdm.notebook
import tqdm.std

from spreadlab import progress
from spreadlab.progress import _bar, follow
from spreadlab.task import Progress


@pytest.fixture
def kernel(monkeypatch):
    """Return a function that makes this process look like a kernel with a shell of a class."""

    def pretend(shell):
        monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", types.ModuleType("zmqshell"))
        monkeypatch.setattr(IPython, "get_ipython", type(shell, (), {}))

    return pretend


def test_a_notebook_gets_a_widget_without_a_warning(kernel):
    kernel("ZMQInteractiveShell")
    assert _bar() is tqdm.notebook.tqdm


def test_a_console_that_shows_no_widgets_gets_text(kernel):
    kernel("SpyderShell")
    assert _bar() is tqdm.std.tqdm


def test_a_notebook_without_widgets_gets_text(kernel, monkeypatch):
    kernel("ZMQInteractiveShell")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert _bar() is tqdm.std.tqdm


def test_a_terminal_gets_text(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel.zmqshell", raising=False)
    assert _bar() is tqdm.std.tqdm


class LongJob:
    """Has lasted for longer than anybody waits without a bar, and ends when it is asked again."""

    progress = Progress(1, 2, 4.0)

    def __init__(self):
        self.asked = 0

    def wait(self, timeout=None):
        self.asked += 1
        return timeout is None or self.asked > 1

    def cancel(self):
        raise AssertionError("nobody interrupts")


@pytest.fixture
def bars(monkeypatch):
    """Return the labels of the bars that are shown."""
    shown = []
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(progress, "_show_bar", lambda _job, label: shown.append(label))
    return shown


def test_who_waits_in_the_main_thread_sees_a_bar(bars):
    follow(LongJob(), None, "scan")
    assert bars == ["scan"]


def test_work_in_a_thread_shows_a_bar_only_when_asked_to(bars):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(follow, LongJob(), None, "unasked").result(60)
        pool.submit(follow, LongJob(), True, "asked").result(60)
    assert bars == ["asked"]


def test_the_environment_switches_the_bar_off_unless_it_is_asked_for(bars, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    follow(LongJob(), None, "unasked")
    follow(LongJob(), True, "asked")
    assert bars == ["asked"]
