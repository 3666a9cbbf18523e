"""What every view has: a stable repr, a theme, a place for errors and an end."""

from __future__ import annotations

import base64
import difflib
import threading
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from spreadlab import __version__
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.cells import here
from spreadlab_widgets.handshake import greet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spreadlab.display.figure import StaticFigure

_OF_EVERY_WIDGET = frozenset(ipywidgets.VBox.class_trait_names())
_STATIC_NOTE = "Run the cell for the interactive view."
# One for all views, since a change of one may change others: two locks could wait for each other.
_traffic = threading.RLock()


class InvalidTraitError(InvalidInputError, t.TraitError):
    """A trait was set to a value that has no meaning; it keeps the value it had."""


class View(ipywidgets.DOMWidget):  # type: ignore[misc]
    """Base of all views.

    Parameters
    ----------
    **traits
        ``theme``, ``layout`` and the view's own traits.

    Attributes
    ----------
    theme : {"auto", "light", "dark"}
        Colours; ``"auto"`` follows the page.
    loading : bool
        Whether a new result is on its way: what is shown is dimmed, not removed.
    error : str
        What went wrong last, in a line that the view shows; empty when all is well.

    Raises
    ------
    TypeError
        If a keyword is not one of the view's.
    """

    theme = t.Enum(("auto", "light", "dark"), "auto", help="Colours.").tag(sync=True)
    loading = t.Bool(default_value=False, help="Whether a new result is on its way.").tag(sync=True)
    error = t.Unicode("", help="What went wrong last.").tag(sync=True)
    _version = t.Unicode(__version__, read_only=True).tag(sync=True)
    _view_version = t.Unicode("", help="Version of the code that draws.").tag(sync=True)

    _errors: ipywidgets.Output | None = None
    _given_layout: ipywidgets.Layout | None = None

    def __init__(self, **traits: Any) -> None:
        self._refuse_unknown(traits)
        if isinstance(traits.get("layout"), ipywidgets.Layout):
            self._given_layout = traits["layout"]
        super().__init__(**traits)
        here.made(self)
        greet()

    def _refuse_unknown(self, traits: dict[str, Any]) -> None:
        own = sorted(
            name
            for name in self.trait_names()
            if not name.startswith("_") and name not in _OF_EVERY_WIDGET
        )
        allowed = {*own, *_OF_EVERY_WIDGET} & {*self.trait_names()}
        for name in traits:
            if name.startswith("_") or name not in allowed:
                close = difflib.get_close_matches(name, own, n=1)
                advice = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(own)}"
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword argument {name!r}; {advice}"
                )

    @property
    def errors(self) -> ipywidgets.Output:
        """Output with the tracebacks of the view's callbacks, which the kernel would swallow."""
        if self._errors is None:
            self._errors = ipywidgets.Output()
        return self._errors

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page sends, while no worker thread is changing a view."""
        with _traffic:
            super().set_state(sync_data)

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Change this view from a worker thread: all inside goes to the page as one message.

        Messages from the page wait meanwhile, since ipywidgets reads them trait by trait. Compute
        before, not inside.
        """
        with _traffic, self.hold_sync():
            yield

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Show what goes wrong inside: the message in the view, the traceback in `errors`.

        For callbacks, whose exceptions nobody would see. An interrupt goes through.
        """
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a callback has no caller to tell
            self.report(error)
        else:
            with _traffic:
                self.error = ""

    def report(self, error: Exception) -> None:
        """Show an error as `reporting` does."""
        with _traffic:
            self.errors.append_stderr("".join(traceback.format_exception(error)))
            self.error = f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Remove the view from the page and free what it holds in kernel and browser."""
        looks = list(self._looks())
        if self._errors is not None:
            self._errors.close()
        self.unobserve_all()
        super().close()
        for look in looks:
            look.close()

    def _looks(self) -> Iterator[ipywidgets.Widget]:
        """Yield the layouts and styles of this view and of its parts: ipywidgets leaves them open.

        A layout that the view was given is not its own: others may have it, too.
        """
        pending: list[Any] = [self, self._errors]
        while pending:
            widget = pending.pop()
            pending.extend(getattr(widget, "children", ()))
            for name in ("layout", "style"):
                look = getattr(widget, name, None)
                if isinstance(look, ipywidgets.Widget) and look is not self._given_layout:
                    yield look

    def _facts(self) -> str:
        """Return what the repr says between the brackets; the same on every run."""
        return ""

    def _static_html(self) -> str:
        """Return what a reader sees where no kernel runs: on a web page, in a pull request."""
        return ""

    def _static_figure(self) -> StaticFigure | None:
        """Return the picture that goes with `_static_html`, where there is something to draw."""
        return None

    def _static_png(self) -> bytes | None:
        """Return that picture, or another that is quicker to draw."""
        figure = self._static_figure()
        return None if figure is None else figure.to_png()

    def __repr__(self) -> str:
        closed = "" if self.comm is not None else "closed"
        return f"{type(self).__name__}({closed or self._facts()})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        made = super()._repr_mimebundle_(**kwargs)
        data, metadata = made if isinstance(made, tuple) else (made, {})
        html = f"{self._static_html()}<p><em>{_STATIC_NOTE}</em></p>"
        data = {**data, "text/plain": repr(self), "text/html": html}
        png = None if self.comm is None else self._static_png()
        if png is not None:
            data["image/png"] = base64.b64encode(png).decode("ascii")
        here.shown(self)
        return data, metadata
