"""Which bar is shown, and where."""

import sys
import types

import IPython
import pytest
import tqdm.notebook
import tqdm.std

from spreadlab.progress import _bar


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
