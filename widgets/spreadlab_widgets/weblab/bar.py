"""The bar at the top of the web lab: what the prices are, the engine, the colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable


class LabBar(View, anywidget.AnyWidget):
    """The bar at the top of every page of the web lab.

    Parameters
    ----------
    hear : callable
        Called with the kind of each message of the page: "opened" once it is drawn, "engine" when
        the reader wants to see the engine.
    **traits
        ``data``, ``pages``, ``theme``, ``layout``.

    Attributes
    ----------
    data : str
        What the prices are.
    engine : str
        Where requests run.
    notice : str
        What the reader should know before anything else; empty when all is well.
    pages : list of str
        Titles of the tabs below it.
    engine_shown : bool
        Whether the engine's panel is open.
    """

    _esm = bundle("lab-bar.js")
    _css = bundle("lab-bar.css")

    data = t.Unicode("", help="What the prices are.").tag(sync=True)
    engine = t.Unicode("", help="Where requests run.").tag(sync=True)
    notice = t.Unicode("", help="What to know before anything else.").tag(sync=True)
    pages = t.List(t.Unicode(), help="Titles of the tabs below.").tag(sync=True)
    engine_shown = t.Bool(default_value=False, help="Whether its panel is open.").tag(sync=True)

    def __init__(self, hear: Callable[[str], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._hear = hear
        self.on_msg(self._pass_on)

    def _pass_on(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        if content.get("kind") == "alive":
            self.send({"kind": "alive"})
            return
        with self.reporting():
            self._hear(str(content.get("kind")))

    def _facts(self) -> str:
        return self.data
