"""The optimal action over the spread, to look at and to read off."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_wire
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More rows than a panel has pixels can't be told apart.
_MOST_ROWS = 240
_LEVELS = ("enter_long", "exit_long", "enter_short", "exit_short")


class PolicyHeatmap(View, anywidget.AnyWidget):
    """Heatmap of an optimal policy, with a crosshair that reads out action and value.

    A panel for each position held shows the position to go to, over the spread and, where the
    policy has a deadline, the time to go. The crosshair follows the mouse and, once the picture has
    the focus, the keyboard: arrows (ten nodes with Shift), Page Up and Page Down between panels,
    Home, End, Escape.

    Parameters
    ----------
    policy : PolicyResult, optional
        What ``sl.solve_hjb`` returned; may be given later.
    **traits
        ``theme``, ``loading``, ``cursor``, ``layout``.

    Attributes
    ----------
    policy : PolicyResult or None
        Setting it redraws the view.
    cursor : tuple of int or None
        Node under the crosshair: position held (-1, 0, 1), row of `times`, index into
        ``policy.grid``. Follows the reader, and moves the crosshair when set.
    times : ndarray, shape (N,)
        Times to go of the rows shown, in years: at most 240 of the policy's; infinity alone
        without a deadline.

    Examples
    --------
    >>> from spreadlab_widgets import PolicyHeatmap
    >>> PolicyHeatmap()
    PolicyHeatmap(no policy)
    """

    _esm = bundle("policy-heatmap.js")
    _css = bundle("policy-heatmap.css")

    policy = t.Any(None, help="Result of sl.solve_hjb.")
    cursor: Any = t.Tuple(
        t.Int(), t.Int(), t.Int(), default_value=None, allow_none=True, help="Node in sight."
    ).tag(sync=True)
    _policy = t.Any(None).tag(sync=True)
    _thresholds = t.List(t.Float()).tag(sync=True)

    def __init__(self, policy: Any = None, *, cursor: Any = None, **traits: Any) -> None:
        self.times: NDArray[np.float64] = np.empty(0)
        super().__init__(policy=policy, **traits)
        self.cursor = cursor  # after the policy, which hides the crosshair

    @t.validate("policy")
    def _check_policy(self, proposal: dict[str, Any]) -> Any:
        policy = proposal["value"]
        missing = [
            name
            for name in ("grid", "time_to_go", "policy", "thresholds", "value")
            if policy is not None and not hasattr(policy, name)
        ]
        if missing:
            raise InvalidTraitError(
                "policy", f"got a {type(policy).__name__}", "a result of sl.solve_hjb(), or None"
            )
        return policy

    @t.observe("policy")
    def _show_policy(self, change: dict[str, Any]) -> None:
        policy = change["new"]
        with self.reporting(), self.hold_sync():
            self.cursor = None
            self._policy = None if policy is None else self._wire(policy)
            self._thresholds = [] if policy is None else _finite_levels(policy)

    def _wire(self, policy: Any) -> dict[str, Any]:
        """Return the arrays that the view draws; values are the result's own."""
        rows = _rows_shown(len(policy.time_to_go))
        self.times = np.ascontiguousarray(policy.time_to_go[rows], dtype=np.float64)
        values = np.stack(
            [
                [
                    policy.value(position, policy.grid, time_to_go=_deadline(time))
                    for time in self.times
                ]
                for position in (-1, 0, 1)
            ]
        )
        return {
            "x": to_wire(np.asarray(policy.grid, dtype=np.float64)),
            "time_to_go": to_wire(self.times),
            "action": to_wire(np.asarray(policy.policy[:, rows, :], dtype=np.int8)),
            "value": to_wire(np.asarray(values, dtype=np.float64)),
            "mean": float(policy.spec.theta),
        }

    def _facts(self) -> str:
        return "no policy" if self.policy is None else repr(self.policy)

    def _static_html(self) -> str:
        if self.policy is None:
            return f"<p>{escape(repr(self))}</p>"
        return str(self.policy._repr_html_())


def _rows_shown(count: int) -> NDArray[np.intp]:
    """Return the rows to send: all, or evenly spread ones with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_ROWS)).round().astype(np.intp))


def _deadline(time: float) -> float | None:
    return float(time) if np.isfinite(time) else None


def _finite_levels(policy: Any) -> list[float]:
    """Return the thresholds that exist, for the labels of the boundaries."""
    levels = [getattr(policy.thresholds, name, None) for name in _LEVELS]
    return [float(x) for x in levels if x is not None and np.ndim(x) == 0 and np.isfinite(x)]
