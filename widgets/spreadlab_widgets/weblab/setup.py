"""Choose what is traded live, and start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class TradeSetup(View, anywidget.AnyWidget):
    """Strategies to choose from, and what starts them.

    Parameters
    ----------
    begin : callable
        Called with the names chosen.
    start_over : callable
        Called when the reader wants an empty book.
    **traits
        ``theme``, ``layout``.

    Attributes
    ----------
    offers : list of dict
        ``name``, ``words``, ``source`` and ``problem`` of each strategy.
    chosen : list of str
        Names of those chosen.
    state : {"waiting", "ready", "busy"}
        Whether the book is awaited, all is ready, or a start is on its way.
    words : str
        What the reader should know of the book.
    action : str
        What the button says.
    can_start_over : bool
        Whether there is a book to put away.
    """

    _esm = bundle("lab-setup.js")
    _css = bundle("lab-setup.css")

    offers: Any = t.List(help="Strategies to choose from.").tag(sync=True)
    chosen = t.List(t.Unicode(), help="Names of those chosen.").tag(sync=True)
    state = t.Enum(("waiting", "ready", "busy"), "waiting").tag(sync=True)
    words = t.Unicode("", help="What to know of the book.").tag(sync=True)
    action = t.Unicode("Start the replay", help="What the button says.").tag(sync=True)
    can_start_over = t.Bool(default_value=False, help="Whether there is a book.").tag(sync=True)

    def __init__(
        self,
        begin: Callable[[Sequence[str]], None],
        start_over: Callable[[], None],
        **traits: Any,
    ) -> None:
        super().__init__(**traits)
        self._begin, self._start_over = begin, start_over
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        if self.state != "ready":
            return
        with self.reporting():
            if content.get("kind") == "begin":
                self._begin([str(name) for name in content["names"]])
            elif content.get("kind") == "over":
                self._start_over()

    def _facts(self) -> str:
        return f"{len(self.offers)} strategies, {len(self.chosen)} chosen, {self.state}"
