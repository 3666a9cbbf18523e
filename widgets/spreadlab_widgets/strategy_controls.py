"""The fields of a strategy and its files, as the page shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.strategy_values import number_text
from spreadlab_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spreadlab.strategy.describe import StrategyField


class StrategyControls(View, anywidget.AnyWidget):
    """The part of a `StrategyForm` that is filled in.

    Parameters
    ----------
    fields : iterable of StrategyField
        What can be filled in.
    hear : callable
        Called with each message of the page, a dict with ``kind``.
    **traits
        ``theme``, ``layout``.
    """

    _esm = bundle("strategy-controls.js")
    _css = bundle("strategy-controls.css")

    values = t.Dict(help="What the fields say, by key.").tag(sync=True)
    problems = t.Dict(help="What is wrong, by key of the field.").tag(sync=True)
    symbols = t.List(t.Unicode(), help="Columns of the prices.").tag(sync=True)
    files = t.List(t.Unicode(), help="Names of the saved strategies.").tag(sync=True)
    file = t.Unicode("", help="Name of the open file; empty for none.").tag(sync=True)
    folder = t.Unicode("", help="Where the files are.").tag(sync=True)
    changed = t.Bool(default_value=False, help="Whether there is something to save.").tag(sync=True)
    words = t.Unicode("", help="What was done last.").tag(sync=True)
    code = t.Unicode("", help="What Copy as code copies; empty while there is none.").tag(sync=True)
    question: Any = t.Dict(default_value=None, allow_none=True, help="What the page asks.").tag(
        sync=True
    )
    _fields: Any = t.List().tag(sync=True)

    def __init__(
        self,
        fields: Iterable[StrategyField],
        hear: Callable[[dict[str, Any]], None],
        **traits: Any,
    ) -> None:
        super().__init__(**traits)
        self._fields = [_wire(field) for field in fields]
        self._answers: dict[str, Callable[[], None]] = {}
        self._hear = hear
        self.on_msg(self._pass_on)

    def ask(self, words: str, choices: dict[str, tuple[str, Callable[[], None]]]) -> None:
        """Ask the reader; a new question takes the place of one that was not answered.

        Parameters
        ----------
        words : str
            The question.
        choices : dict
            By key: what the button says, and what is done. "Cancel" is there always.
        """
        self._answers = {key: action for key, (_, action) in choices.items()}
        labels = [[key, label] for key, (label, _) in choices.items()]
        self.question = {"words": words, "choices": [*labels, ["cancel", "Cancel"]]}

    def _pass_on(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        with self.reporting():
            if content.get("kind") == "answer":
                action = self._answers.get(str(content.get("choice")))
                self._answers, self.question = {}, None
                if action is not None:
                    action()
            else:
                self._hear(content)

    def report(self, error: Exception) -> None:
        """Show an error; of one about what was entered, its words alone."""
        super().report(error)
        if isinstance(error, ValueError):
            self.error = str(error)

    def _facts(self) -> str:
        return self.file or "no file"


def _wire(field: StrategyField) -> dict[str, Any]:
    default = field.default
    shown = "" if default is None else str(default)
    if isinstance(default, float):
        shown = number_text(default)
    return {**asdict(field), "choices": list(field.choices), "key": field.key, "default": shown}
