"""Two handles on the bars of a sample: the window that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel

_NANOSECONDS = 1_000_000  # in a millisecond, the unit of a browser's dates


class WindowControl(View, anywidget.AnyWidget):
    """A range of bars with two handles.

    Drag a handle, or what lies between them; with a handle in focus the arrow keys move it by a
    bar, with Shift by ten, Page Up and Page Down by a month of trading days, Home and End to its
    limits. ``[`` and ``]`` move the end of the window from anywhere in the view that it belongs to,
    ``{`` and ``}`` its start.

    Parameters
    ----------
    panel : PricePanel, optional
        Whose bars; may be given later.
    **traits
        ``window``, ``min_bars``, ``theme``, ``layout``.

    Attributes
    ----------
    window : tuple of int or None
        First bar, and one past the last; None without a panel.
    dragging : bool
        Whether the reader still moves it.
    min_bars : int
        The shortest window.
    """

    _esm = bundle("window-control.js")
    _css = bundle("window-control.css")

    panel = t.Any(None, help="Whose bars.")
    window: Any = t.Tuple(
        t.Int(), t.Int(), default_value=None, allow_none=True, help="[start, stop) in bars."
    ).tag(sync=True)
    dragging = t.Bool(default_value=False, help="Whether the reader still moves it.").tag(sync=True)
    min_bars = t.Int(30, min=1, help="The shortest window.").tag(sync=True)
    _bars = t.Any(None).tag(sync=True)

    def __init__(self, panel: PricePanel | None = None, **traits: Any) -> None:
        super().__init__(**{"panel": panel, **traits})

    @t.observe("panel")
    def _show_panel(self, change: dict[str, Any]) -> None:
        panel = change["new"]
        with self.updating():
            self._bars = None if panel is None else _wire(panel)
            self.window = None if panel is None else (0, panel.n_obs)

    @t.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:
        return self.checked(proposal["value"])

    def checked(self, window: Any) -> tuple[int, int] | None:
        """Return a window as it would be set, or raise InvalidTraitError."""
        if window is None:
            return None
        start, stop = window
        if self.panel is None:
            raise InvalidTraitError("window", f"got {window!r} without prices", "None")
        n_obs = self.panel.n_obs
        if not (start >= 0 and stop <= n_obs and stop - start >= self.min_bars):
            raise InvalidTraitError(
                "window",
                f"got {tuple(window)!r}",
                f"(start, stop) with 0 <= start, stop <= {n_obs} and at least "
                f"{self.min_bars} bars between them",
            )
        return (int(start), int(stop))

    def _facts(self) -> str:
        return "no prices" if self.panel is None else f"{self.window} of {self.panel.n_obs} bars"


def _wire(panel: PricePanel) -> dict[str, Any]:
    """Return how many bars there are and, where they are dated, when they were."""
    times = None
    if panel.timestamps is not None:
        times = to_wire(panel.timestamps.astype(np.float64) / _NANOSECONDS)
    return {"count": panel.n_obs, "times": times}
