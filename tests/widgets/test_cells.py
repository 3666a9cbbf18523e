"""Views of a cell that is run again are closed, unless somebody still has them."""

import ipywidgets
import pytest

from spreadlab_widgets import PairSelector, PolicyHeatmap, cells


class Events:
    def __init__(self):
        self.after = []

    def register(self, name, callback):
        assert name == "post_run_cell"
        self.after.append(callback)


class Shell:
    """What a kernel's shell tells of the cell that runs."""

    def __init__(self):
        self.events, self.user_ns, self._parent = Events(), {}, {}

    def get_parent(self):
        return self._parent

    def run(self, cell, code):
        self._parent = {
            "header": {"msg_type": "execute_request"},
            "metadata": {"cellId": cell},
        }
        names = {
            "PolicyHeatmap": PolicyHeatmap,
            "PairSelector": PairSelector,
            "ipywidgets": ipywidgets,
        }
        exec(code, names, self.user_ns)
        for callback in self.events.after:
            callback(None)


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    monkeypatch.setattr(cells, "_kernel_shell", lambda: made)
    monkeypatch.setattr("spreadlab_widgets.view.here", cells.Cells())
    return made


def is_open(view):
    return view.comm is not None


def test_running_a_cell_again_closes_what_it_made(shell):
    views = []
    shell.user_ns["PairSelector"] = PairSelector  # an import is no view that is held
    for _ in range(20):
        shell.run("a", "view = PairSelector(); view._repr_mimebundle_()")
        views.append(shell.user_ns["view"])
        shell.user_ns["Out"] = {len(views): views[-1]}
        shell.user_ns["_"] = shell.user_ns[f"_{len(views)}"] = views[-1]
        shell.user_ns["_i"] = "source"
    assert [is_open(view) for view in views] == [False] * 19 + [True]
    assert is_open(views[-1].table)
    assert not is_open(views[0].table)


@pytest.mark.parametrize(
    "code",
    [
        "kept = kept if 'kept' in dir() else PolicyHeatmap()",
        "kept = [*(kept if 'kept' in dir() else []), PolicyHeatmap()]",
        "kept = ipywidgets.VBox([*(kept.children if 'kept' in dir() else []), PolicyHeatmap()])",
        "kept = {**(kept if 'kept' in dir() else {}), len(dir()): PolicyHeatmap(), 'x': 1}",
    ],
    ids=["variable", "list", "box", "dict"],
)
def test_what_a_variable_holds_stays_open(shell, code):
    for _ in range(3):
        shell.run("a", code)
    kept = shell.user_ns["kept"]
    views = list(kept) if isinstance(kept, list) else [kept]
    views = list(getattr(kept, "children", views))
    views = [v for v in (kept.values() if isinstance(kept, dict) else views) if v != 1]
    assert all(is_open(view) for view in views)


def test_a_part_of_a_view_that_is_held_stays_open(shell):
    shell.run("a", "held = [PairSelector()]")
    [selector] = shell.user_ns["held"]
    shell.run("a", "other = PolicyHeatmap()")
    assert is_open(selector)
    assert is_open(selector.table)


def test_what_another_cell_shows_stays_open(shell):
    shell.run("a", "view = PolicyHeatmap()")
    first = shell.user_ns["view"]
    shell.run("b", "view._repr_mimebundle_()")
    shell.run("a", "view = PolicyHeatmap()")
    assert is_open(first)


def test_other_cells_are_left_alone(shell):
    shell.run("a", "one = PolicyHeatmap(); del one; two = None")
    shell.run("b", "PolicyHeatmap()")
    shell.run("c", "three = PolicyHeatmap()")
    assert len([v for v in cells._held([shell.user_ns]) if is_open(v)]) == 1


def test_without_a_notebook_nothing_is_closed():
    views = [PolicyHeatmap() for _ in range(3)]
    assert all(is_open(view) for view in views)
