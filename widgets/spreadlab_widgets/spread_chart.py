"""The spread of one pair over time, with its mean and two standard deviations either side."""

from __future__ import annotations

import warnings
from typing import Any

import ipywidgets
import numpy as np

with warnings.catch_warnings():
    # bqplot declares traits in a way that traitlets calls deprecated; readers can't mend that.
    warnings.simplefilter("ignore", DeprecationWarning)
    import bqplot

# A blue that stands out on white and on black alike; bands in a grey that does.
_SPREAD = "#2186c4"
_BAND = "#8a8a8a"
# Room for what the axes say: right and left of the figure, above and below it, in pixels.
_RIGHT, _LEFT, _ABOVE, _BELOW = 24, 58, 8, 34
_HEIGHT = 280


class SpreadChart(ipywidgets.VBox):  # type: ignore[misc]
    """Line chart of a spread; empty until `show` is called.

    Attributes
    ----------
    figure : bqplot.Figure
        With the marks `spread`, `mean` and `band`.
    """

    # Closing works at any time: Python closes what failed to be made, too.
    _parts: tuple[ipywidgets.Widget, ...] = ()

    def __init__(self) -> None:
        self.title = ipywidgets.HTML()
        self._y = bqplot.LinearScale()
        self._dates = bqplot.DateScale()
        self._bars = bqplot.LinearScale()
        self.band = self._lines(self._dates, [_BAND], stroke_width=1, fill="between")
        self.band.set_trait("fill_colors", [_BAND])
        self.band.set_trait("fill_opacities", [0.15])
        self.band.set_trait("opacities", [0.6])
        self.mean = self._lines(self._dates, [_BAND], stroke_width=1.5, line_style="dashed")
        self.spread = self._lines(self._dates, [_SPREAD], stroke_width=1.5)
        self.x_axis = bqplot.Axis(scale=self._dates, grid_lines="none")
        self.y_axis = bqplot.Axis(scale=self._y, grid_lines="none")
        self.y_axis.tick_format = ".3~g"  # its own would round .25 to .3
        self.y_axis.orientation = "vertical"  # a trait or a property, as bqplot's version has it
        self.figure = bqplot.Figure(
            marks=[self.band, self.mean, self.spread],
            axes=[self.x_axis, self.y_axis],
            # The room is the layout's: bqplot would subtract its own from the width even while the
            # page has taken the figure away and it has none, and complain on the console.
            fig_margin=dict.fromkeys(("top", "bottom", "left", "right"), 0),
            layout=ipywidgets.Layout(
                width=f"calc(100% - {_LEFT + _RIGHT}px)",
                height=f"{_HEIGHT - _ABOVE - _BELOW}px",
                margin=f"{_ABOVE}px {_RIGHT}px {_BELOW}px {_LEFT}px",
                visibility="hidden",
            ),
        )
        self._parts = (
            *self.figure.marks,
            *self.figure.axes,
            self._y,
            self._dates,
            self._bars,
            self.figure.scale_x,
            self.figure.scale_y,
            self.figure,
            self.title,
        )
        super().__init__([self.title, self.figure], layout=ipywidgets.Layout(overflow="hidden"))
        self.add_class("jp-SpreadlabChart")
        self.clear()

    def _lines(self, x: bqplot.Scale, colors: list[str], **options: Any) -> bqplot.Lines:
        return bqplot.Lines(x=[], y=[], scales={"x": x, "y": self._y}, colors=colors, **options)

    def clear(self, words: str = "Choose a pair: click a row, or arrow keys and Enter.") -> None:
        """Show no spread, and say why; the room stays, so that nothing jumps."""
        self.title.value = _title(words)
        self.add_class("jp-mod-empty")
        self.figure.layout.visibility = "hidden"

    def show(self, pair: Any, title: str) -> None:
        """Show the spread of a PairResult under a title (HTML).

        The bands are the sample's mean and two sample standard deviations.
        """
        spread = np.asarray(pair.spread)
        x = np.arange(spread.size) if pair.times is None else np.asarray(pair.times)
        mean, deviation = float(spread.mean()), float(spread.std(ddof=1))
        ends = x[[0, -1]]
        scale = self._bars if pair.times is None else self._dates
        with self.figure.hold_sync():
            for mark, at, values in (
                (self.band, ends, [[mean - 2 * deviation] * 2, [mean + 2 * deviation] * 2]),
                (self.mean, ends, [mean, mean]),
                (self.spread, x, spread),
            ):
                with mark.hold_sync():
                    mark.scales = {"x": scale, "y": self._y}
                    mark.x = at
                    mark.y = np.asarray(values)
            self.x_axis.scale = scale
            self.x_axis.label = "bar" if pair.times is None else ""
        self.title.value = _title(title)
        self.remove_class("jp-mod-empty")
        self.figure.layout.visibility = "visible"

    def close(self) -> None:
        """Close the marks, axes and scales too: bqplot leaves them behind."""
        for part in self._parts:
            part.close()
        super().close()


def _title(html: str) -> str:
    return f'<div class="jp-SpreadlabChart-title">{html}</div>'
