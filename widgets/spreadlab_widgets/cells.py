"""Views of a cell that is run again: the old ones are closed, so that nothing piles up.

ipywidgets keeps every widget alive until somebody closes it. A reader who runs
``PairSelector(scan)`` twenty times would hold twenty of them, in the kernel and in the page. A view
is closed once the cell that made it has been run again, unless

- a variable still holds it, alone or in a list, tuple, set or dict, or
- it was shown in the output of another cell.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

import ipywidgets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spreadlab_widgets.view import View

_CONTAINERS = (list, tuple, set, frozenset)
_LONGEST = 10_000  # a container with more entries holds numbers, and takes long to look through


class Cells:
    """Which cell made which views, and where they were shown."""

    def __init__(self) -> None:
        self._made: dict[str, weakref.WeakSet[View]] = {}
        self._now: dict[str, weakref.WeakSet[View]] = {}
        self._elsewhere: weakref.WeakSet[View] = weakref.WeakSet()
        self._origin: weakref.WeakKeyDictionary[View, str] = weakref.WeakKeyDictionary()
        self._listening: Any = None

    def made(self, view: View) -> None:
        """Remember that the cell that runs now made this view."""
        cell = self._cell()
        if cell is not None:
            self._origin[view] = cell
            self._now.setdefault(cell, weakref.WeakSet()).add(view)

    def shown(self, view: View) -> None:
        """Remember that the cell that runs now shows this view."""
        if self._origin.get(view) != self._cell():
            self._elsewhere.add(view)

    def _cell(self) -> str | None:
        """Return the id of the cell that runs, None where no notebook tells one."""
        shell = _kernel_shell()
        if shell is None:
            return None
        if self._listening is not shell:
            shell.events.register("post_run_cell", self._after_cell)
            self._listening = shell
        header = shell.get_parent() or {}
        cell = (header.get("metadata") or {}).get("cellId")
        running = (header.get("header") or {}).get("msg_type") == "execute_request"
        return str(cell) if cell and running else None

    def _after_cell(self, *_: object) -> None:
        shell = self._listening
        for cell in list(self._now):
            old, new = self._made.pop(cell, weakref.WeakSet()), self._now.pop(cell)
            kept = set(_held(_variables(shell.user_ns))) | set(_held(new)) | set(self._elsewhere)
            for view in list(old):
                if view in kept:
                    new.add(view)
                else:
                    view.close()
            self._made[cell] = new


def _kernel_shell() -> Any:
    """Return the shell of the kernel that this process is, without importing one."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "get_parent") else None


def _variables(namespace: dict[str, Any]) -> list[Any]:
    """Return the values of the user's variables; the history of outputs is not one of them."""
    return [value for name, value in list(namespace.items()) if not _is_history(name)]


def _is_history(name: str) -> bool:
    return (
        name in {"In", "Out", "_", "__", "___"}
        or name.startswith(("_oh", "_ih", "_i", "_dh"))
        or (name.startswith("_") and name[1:].isdigit())
    )


def _held(values: Iterable[Any]) -> Iterator[View]:
    """Yield the views among some values, in containers among them, and the parts of all."""
    from spreadlab_widgets.view import View

    pending, seen = list(values), set()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, View):
            yield value
            pending.extend(vars(value).values())
            pending.extend(getattr(value, "children", ()))
        elif isinstance(value, _CONTAINERS):
            pending.extend(value if len(value) <= _LONGEST else ())
        elif isinstance(value, dict):
            pending.extend(value.values() if len(value) <= _LONGEST else ())
        elif isinstance(value, ipywidgets.Box):
            pending.extend(value.children)


here = Cells()
