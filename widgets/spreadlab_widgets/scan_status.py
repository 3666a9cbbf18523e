"""How far a scan is, how to stop it, and what it says in the end."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.view import View


class ScanStatus(View, anywidget.AnyWidget):
    """A line of words; while a scan runs, also its progress, rate, time left and *Cancel*.

    Parameters
    ----------
    **traits
        ``words``, ``state``, ``shows_keys``, ``theme``, ``layout``.

    Attributes
    ----------
    words : str
        What the scan says.
    state : {"idle", "running", "cancelled"}
        A cancelled scan can be started again.
    shows_keys : bool
        Whether it has a button that shows the keys; an owner that shows them itself turns it off.
    done, planned : int
        Pairs tested, and pairs to test.
    rate : float or None
        Pairs a second.
    time_left : float or None
        Seconds to the end.
    """

    _esm = bundle("scan-status.js")
    _css = bundle("scan-status.css")

    words = t.Unicode("", help="What the scan says.").tag(sync=True)
    state = t.Enum(("idle", "running", "cancelled"), "idle", help="Of the scan.").tag(sync=True)
    shows_keys = t.Bool(default_value=True, help="Whether it shows the keys.").tag(sync=True)
    done = t.Int(0, help="Pairs tested.").tag(sync=True)
    planned = t.Int(0, help="Pairs to test.").tag(sync=True)
    rate: Any = t.Float(None, allow_none=True, help="Pairs a second.").tag(sync=True)
    time_left: Any = t.Float(None, allow_none=True, help="Seconds to the end.").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._asked: dict[str, list[Any]] = {"cancel": [], "again": []}
        self.on_msg(self._hear)

    def on_ask(self, what: str, callback: Any) -> None:
        """Call `callback()` when the reader asks to "cancel" or to scan "again"."""
        self._asked[what].append(callback)

    def _hear(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        for callback in self._asked.get(str(content.get("ask")), ()):
            with self.reporting():
                callback()

    def _facts(self) -> str:
        return f"state={self.state!r}"
