"""The optimal action over the spread, to look at, to read off and to move."""

from __future__ import annotations

import threading
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets as t

from spreadlab.control.uncertainty import NAMES as LEVELS
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import runs_to_wire, to_wire
from spreadlab_widgets.kernel_loop import on_kernel_loop
from spreadlab_widgets.pipeline import Pipeline
from spreadlab_widgets.policy_stages import STAGES, Surface, live, ranges
from spreadlab_widgets.stages import Update
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.control.uncertainty import PolicyDistribution
    from spreadlab.display.figure import StaticFigure

# More rows than a panel has pixels can't be told apart.
_MOST_ROWS = 240
_PARAMETERS = ("cost", "discount", "risk_penalty", "horizon")
_POINTS = 301
# Seconds that sliders have stood still when the values follow: they are many times what is drawn.
_REST = 0.25
_SLIDING = frozenset(_PARAMETERS)
_OF_MODE = {"map": "surface", "uncertainty": "uncertainty"}


class PolicyHeatmap(View, anywidget.AnyWidget):
    """Heatmap of an optimal policy, with sliders that solve it anew and a crosshair to read it.

    A panel for each position held shows the position to go to, over the spread and, where the
    policy has a deadline, the time to go. The crosshair follows the mouse and, once the picture has
    the focus, the keyboard: arrows (ten nodes with Shift), Page Up and Page Down between panels,
    Home, End, Escape.

    Parameters
    ----------
    policy : PolicyResult, optional
        What ``sl.solve_hjb`` returned; may be given later.
    ou : OUResult, optional
        The fit behind the policy, whose uncertainty the mode "uncertainty" shows.
    **traits
        ``mode``, ``level``, ``controls``, ``live``, ``theme``, ``loading``, ``cursor``, ``layout``.

    Attributes
    ----------
    policy : PolicyResult or None
        Setting it redraws the view; moving a slider sets it.
    mode : {"action", "value", "map", "uncertainty"}
        What is shown: the position to go to, the value function, one threshold over cost and
        kappa, or the probability of each action given what the fit leaves open.
    level : {"enter_long", "exit_long", "enter_short", "exit_short"}
        The threshold that the map shows.
    cost, discount, risk_penalty, horizon : float or None
        Of the policy shown; the sliders move them, and setting one solves anew.
    live : bool
        Whether moved parameters are solved for; an owner of the view that solves itself turns it
        off, sets ``policy`` or calls `follow`, and `rest` in the end.
    controls : bool
        Whether sliders and modes are shown.
    cursor : tuple of int or None
        Node under the crosshair: position held (-1, 0, 1), row of `times`, index into
        ``policy.grid``. Follows the reader, and moves the crosshair when set.
    times : ndarray, shape (N,)
        Times to go of the rows shown, in years: at most 240 of the policy's; infinity alone
        without a deadline.

    Notes
    -----
    Solving happens in a thread, on the engine in use, and the newest request wins. With a deadline
    and no ``n_grid`` in the policy's request, sliders solve on 401 nodes and 200 time steps.

    Examples
    --------
    >>> from spreadlab_widgets import PolicyHeatmap
    >>> PolicyHeatmap()
    PolicyHeatmap(no policy)
    """

    _esm = bundle("policy-heatmap.js")
    _css = bundle("policy-heatmap.css")

    policy = t.Any(None, help="Result of sl.solve_hjb.")
    ou = t.Any(None, help="Result of sl.estimate_ou behind the policy.")
    mode = t.Enum(("action", "value", "map", "uncertainty"), "action").tag(sync=True)
    level = t.Enum(LEVELS, "exit_long", help="Threshold that the map shows.").tag(sync=True)
    controls = t.Bool(default_value=True, help="Whether sliders are shown.").tag(sync=True)
    live = t.Bool(default_value=True, help="Whether moved parameters are solved for.")
    # Not said back to the page that moved a slider, which would wait for it: other pages hear of it
    # once the slider rests, and see the policy before.
    cost: Any = t.Float(None, allow_none=True).tag(sync=True, echo_update=False)
    discount: Any = t.Float(None, allow_none=True).tag(sync=True, echo_update=False)
    risk_penalty: Any = t.Float(None, allow_none=True).tag(sync=True, echo_update=False)
    horizon: Any = t.Float(None, allow_none=True).tag(sync=True, echo_update=False)
    cursor: Any = t.Tuple(
        t.Int(), t.Int(), t.Int(), default_value=None, allow_none=True, help="Node in sight."
    ).tag(sync=True)
    _policy = t.Any(None).tag(sync=True)
    _value = t.Any(None).tag(sync=True)
    _thresholds = t.List(t.Float()).tag(sync=True)
    _surface = t.Any(None).tag(sync=True)
    _uncertainty = t.Any(None).tag(sync=True)
    _uncertain = t.Bool(default_value=False).tag(sync=True)
    _ranges = t.Any(None).tag(sync=True)
    _answered = t.Int(0).tag(sync=True)

    # Closing works at any time: Python closes what failed to be made, too.
    _resting: threading.Timer | None = None
    _unsaid: frozenset[str] = frozenset()  # parameters that a page moved and others don't know of

    def __init__(
        self, policy: Any = None, *, ou: Any = None, cursor: Any = None, **traits: Any
    ) -> None:
        self.times: NDArray[np.float64] = np.empty(0)
        self._pipeline: Pipeline | None = None
        self._following = False
        super().__init__(policy=policy, ou=ou, **traits)
        self.cursor = cursor  # after the policy, which hides the crosshair

    @property
    def pipeline(self) -> Pipeline:
        """What solves for the sliders and modes; its thread begins with the first use."""
        if self._pipeline is None:
            settings = {"asked": None, "spec": None, "ou": None}
            self._pipeline = Pipeline(STAGES, settings, self._hear)
        return self._pipeline

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until what the sliders and the mode ask for is shown."""
        if self._pipeline is not None:
            self._pipeline.settle(timeout)
        self._complete()

    def close(self) -> None:
        """Stop solving, and remove the view."""
        self._move_on()
        pipeline = getattr(self, "_pipeline", None)
        if pipeline is not None:
            pipeline.close()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page sends, and remember what other pages do not know yet."""
        self._unsaid |= _SLIDING & sync_data.keys()
        super().set_state(sync_data)

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
        self._move_on()
        with self.reporting(), self.updating():
            if not self._following:
                self.cursor = None
                self._ranges = None if policy is None else ranges(policy.spec)
            # What moves does not wait for the values: they come when it rests.
            later = (self._following or not self.live) and self.mode != "value"
            self._value = None
            self._policy = None if policy is None else self._wire(policy, values=not later)
            self._thresholds = [] if policy is None else _finite_levels(policy)
            following, self._following = self._following, True
            try:
                for name in _PARAMETERS:
                    setattr(self, name, None if policy is None else getattr(policy.spec, name))
            finally:
                self._following = following
        self._ask_mode()

    @t.observe("ou", "mode")
    def _show_mode(self, change: dict[str, Any]) -> None:
        if change["name"] == "ou":
            self._uncertain = self.ou is not None
        if self._policy is None:
            return  # while the view is being made: the policy comes and asks
        if change["name"] == "mode":
            self._complete()
        self._ask_mode()

    def _ask_mode(self) -> None:
        """Ask for what the mode shows beside the policy, and for nothing else."""
        stage = _OF_MODE.get(self.mode)
        if self.policy is None or (stage is None and self._pipeline is None):
            return
        self.pipeline.want("policy", *([stage] if stage else []))
        self.pipeline.change(spec=self.policy.spec, ou=self.ou)

    @t.observe(*_PARAMETERS)
    def _ask_policy(self, change: dict[str, Any]) -> None:
        if self._following or self.policy is None or not self.live:
            return
        given = {change["name"]: change["new"]}
        moved = {name: getattr(self, name) for name in _PARAMETERS} | given
        self.pipeline.change(asked=live(replace(self.policy.spec, **moved)))

    def _hear(self, update: Update) -> None:
        if update.error is not None:
            self.refuse(update.error)
        elif update.state == "idle":
            self.rest()
        elif update.state == "done":
            with self.updating():
                self.error = ""
                getattr(self, f"_show_{update.stage}_answer")(update.value)

    def follow(self, policy: Any) -> None:
        """Show the policy that moved sliders asked for: cursor and sliders stay where they are.

        For an owner that solves itself (``live=False``); `rest` completes what is shown.
        """
        with self.updating():
            self.error = ""
            self._show_policy_answer(policy)

    def refuse(self, error: Exception) -> None:
        """Show why moved sliders got no policy."""
        with self.updating():
            self.error = f"{type(error).__name__}: {error}"
            self._answered += 1

    def rest(self) -> None:
        """Say what moved sliders left unsaid, the values and their place, once they rest."""
        self._move_on()
        if self._unsaid or self._lacks_values():
            self._resting = threading.Timer(_REST, self._rested)
            self._resting.daemon = True
            self._resting.start()

    def _move_on(self) -> None:
        resting, self._resting = self._resting, None
        if resting is not None:
            resting.cancel()

    def _rested(self) -> None:
        if not on_kernel_loop(self._complete):
            self._complete()

    def _complete(self) -> None:
        """Say now what moved sliders left unsaid."""
        self._move_on()
        unsaid, self._unsaid = self._unsaid, frozenset()
        if self.comm is None:
            return
        if self._lacks_values():
            self._send_value()
        if unsaid:
            self.send_state(unsaid)

    def _lacks_values(self) -> bool:
        shown = self._policy
        return shown is not None and shown["value"] is None and self._value is None

    def _show_policy_answer(self, policy: Any) -> None:
        self._following = True
        try:
            self.policy = policy
        finally:
            self._following = False
        self._answered += 1

    def _show_surface_answer(self, found: Surface) -> None:
        self._surface = {
            "cost": to_wire(found.cost),
            "kappa": to_wire(found.kappa),
            "levels": to_wire(found.levels),
            "at_cost": found.spec.cost,
            "at_kappa": found.spec.kappa,
        }

    def _show_uncertainty_answer(self, found: PolicyDistribution) -> None:
        low, high = np.quantile(found.levels, [0.005, 0.995])
        x = np.linspace(low - 0.3 * (high - low), high + 0.3 * (high - low), _POINTS)
        maps = [found.action_probability(position, x).T for position in (-1, 0, 1)]
        self._uncertainty = {
            "x": to_wire(x),
            "probability": to_wire(np.stack(maps)),
            "rows": [
                [
                    name,
                    getattr(found.plug_in, name),
                    *found.interval(name),
                    getattr(found.robust, name),
                ]
                for name in LEVELS
            ],
            "level": found.spec.level,
            "draws": found.spec.n_draws,
        }

    def _send_value(self) -> None:
        with self.updating():
            self._value = to_wire(self._values(self.policy))

    def _values(self, policy: Any) -> NDArray[np.float64]:
        """Return the result's own values at the nodes shown."""
        if getattr(policy, "method", "") == "grid":
            return np.ascontiguousarray(policy.values[:, _rows_shown(len(policy.time_to_go)), :])
        rows = [
            [policy.value(position, policy.grid, time_to_go=_deadline(time)) for time in self.times]
            for position in (-1, 0, 1)
        ]
        return np.asarray(np.stack(rows), dtype=np.float64)

    def _wire(self, policy: Any, *, values: bool) -> dict[str, Any]:
        """Return the arrays that the view draws."""
        rows = _rows_shown(len(policy.time_to_go))
        self.times = np.ascontiguousarray(policy.time_to_go[rows], dtype=np.float64)
        return {
            "x": to_wire(np.asarray(policy.grid, dtype=np.float64)),
            "time_to_go": to_wire(self.times),
            "action": runs_to_wire(np.asarray(policy.policy[:, rows, :], dtype=np.int8)),
            "value": to_wire(self._values(policy)) if values else None,
            "mean": float(policy.spec.theta),
        }

    def _facts(self) -> str:
        return "no policy" if self.policy is None else repr(self.policy)

    def _static_html(self) -> str:
        if self.policy is None:
            return f"<p>{escape(repr(self))}</p>"
        return str(self.policy._repr_html_())

    def _static_figure(self) -> StaticFigure | None:
        return None if self.policy is None else self.policy.plot()


def _rows_shown(count: int) -> NDArray[np.intp]:
    """Return the rows to send: all, or evenly spread ones with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_ROWS)).round().astype(np.intp))


def _deadline(time: float) -> float | None:
    return float(time) if np.isfinite(time) else None


def _finite_levels(policy: Any) -> list[float]:
    """Return the thresholds that exist, for the labels of the boundaries."""
    levels = [getattr(policy.thresholds, name, None) for name in LEVELS]
    return [float(x) for x in levels if x is not None and np.ndim(x) == 0 and np.isfinite(x)]
