"""The two bars of the workbench: what it is about above, what to take away below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable


class WorkbenchBar(View, anywidget.AnyWidget):
    """A bar of the workbench.

    Parameters
    ----------
    place : {"top", "bottom"}
        Above: the data and the engine. Below: what can be taken away, what goes on, and the keys.
    hear : callable
        Called with each message of the page, a dict with ``kind``.
    **traits
        ``theme``, ``layout``.
    """

    _esm = bundle("workbench-bar.js")
    _css = bundle("workbench-bar.css")

    place = t.Enum(("top", "bottom"), "top").tag(sync=True)
    data = t.Unicode("", help="What the prices are.").tag(sync=True)
    engine = t.Unicode("", help="Where requests run.").tag(sync=True)
    busy = t.Unicode("", help="What goes on; empty for nothing.").tag(sync=True)
    code = t.Unicode("", help="What Copy as code copies.").tag(sync=True)

    def __init__(self, place: str, hear: Callable[[dict[str, Any]], None], **traits: Any) -> None:
        super().__init__(place=place, **traits)
        self._hear = hear
        self.on_msg(self._pass_on)

    def _pass_on(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        with self.reporting():
            self._hear(content)

    def _facts(self) -> str:
        return self.place
