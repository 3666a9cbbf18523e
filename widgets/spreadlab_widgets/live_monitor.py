"""Watched pairs as they move: the newest of each, one on a chart, and what to look at."""

from __future__ import annotations

import threading
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from spreadlab.display import html
from spreadlab.display.numbers import pvalue, short
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.codec import to_message
from spreadlab_widgets.live_alerts import NewAlerts, alert_row
from spreadlab_widgets.live_chart import Bars, Levels
from spreadlab_widgets.live_rows import NONE, NUMBERS, Rows
from spreadlab_widgets.live_run import NOTHING, act, ensure_session, progress_of, run_of, set_speed
from spreadlab_widgets.pulse import Pulse
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from spreadlab.live.session import Session, SessionUpdate

LINES = ("signal", "spread", "z")
_SIDES = {-1: "short", 0: "flat", 1: "long", NONE: "–"}
_MOST = 5000  # bars on a chart: as many as a monitor remembers by default
_LISTED = 12  # alerts without a kernel


class LiveMonitor(View, anywidget.AnyWidget):
    """The pairs of a live session: spread, z, position, target and state of each, as they move.

    Arrow keys move through the pairs, Enter puts one on the chart, with the levels of its rule and
    its positions. Below are the alerts, each in words with its numbers. A replay is started, paused
    and stopped from here; any other session started and stopped.

    Parameters
    ----------
    session : sl.live.Session, optional
        Started or not; may be given later. Closing the view does not stop it.
    **traits
        ``selected``, ``line``, ``bars``, ``theme``, ``loading``, ``layout``.

    Attributes
    ----------
    session : sl.live.Session or None
        Setting it shows another one.
    selected : str or None
        The pair on the chart, by default the first.
    line : {"signal", "spread", "z"}
        What the chart shows; the levels are those of the signal.
    bars : int
        Bars on the chart, at most.

    Notes
    -----
    Between two bars the newest ticks are shown, by `Monitor.quote`; what is decided waits for the
    close. The page gets the newest state at most fourteen times a second, and no faster than it
    draws.

    Examples
    --------
    >>> from spreadlab_widgets import LiveMonitor
    >>> LiveMonitor()
    LiveMonitor(no session)
    """

    _esm = bundle("live-monitor.js")
    _css = bundle("live-monitor.css")

    session = t.Any(None, help="A session of sl.live.")
    selected: Any = t.Unicode(None, allow_none=True, help="The pair on the chart.").tag(sync=True)
    line = t.Enum(LINES, "signal", help="What the chart shows.").tag(sync=True)
    bars = t.Int(500, help="Bars on the chart, at most.").tag(sync=True)
    _pairs: Any = t.List(help="What never changes of each pair.").tag(sync=True)
    _run: Any = t.Dict(NOTHING, help="How the session runs.").tag(sync=True)

    _pulse: Pulse | None = None
    _end: Callable[[], None] | None = None
    _rows: Rows | None = None

    def __init__(self, session: Session | None = None, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._again = False  # whether the page wants all once more
        self._alerts = NewAlerts()
        self._sent: tuple[bytes, bytes] = (b"", b"")
        self._said: list[str] = []
        self._far = ""
        self._levels = Levels(_MOST)
        ensure_session(session)
        super().__init__(**traits)
        self._pulse = Pulse("spreadlab-live-view", self.refresh, self._moves, self.report)
        self.on_msg(self._hear_page)
        wanted = self.selected
        self.session = session
        if wanted is not None:
            self.selected = wanted

    # Traits

    @t.validate("session")
    def _check_session(self, proposal: dict[str, Any]) -> Any:
        return ensure_session(proposal["value"])

    @t.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> Any:
        name = proposal["value"]
        names = [model.name for model in self._models()]
        if name is not None and self.session is not None and name not in names:
            raise InvalidTraitError(
                "selected", f"got {name!r}", f"a watched pair: {', '.join(names[:8])}; or None"
            )
        return name

    @t.validate("bars")
    def _check_bars(self, proposal: dict[str, Any]) -> int:
        bars = int(proposal["value"])
        if not 10 <= bars <= _MOST:
            raise InvalidTraitError("bars", f"got {bars}", f"10 to {_MOST}")
        return bars

    @t.observe("session")
    def _show_session(self, change: dict[str, Any]) -> None:
        session: Session | None = change["new"]
        with self._lock:
            if self._end is not None:
                self._end()
                self._end = None
            self._rows = None if session is None else Rows(session)
            self._levels = Levels(_MOST)
            if session is not None:
                for state in session.monitor.states().values():
                    if state is not None:
                        self._levels.take(state)
                self._bars = Bars(session.monitor, self._levels, self.bars)
                self._end = session.subscribe(self._hear)
            names = [model.name for model in self._models()]
            self._again = True
            with self.hold_sync():
                if self.selected not in names:
                    self.selected = names[0] if names else None
                self._pairs = [_fixed(model) for model in self._models()]
                self._run = run_of(session)
        self._wake()

    @t.observe("selected", "bars")
    def _show_selected(self, change: dict[str, Any]) -> None:
        if change["name"] == "bars" and self.session is not None:
            with self._lock:
                self._bars = Bars(self.session.monitor, self._levels, self.bars)
        self._wake()

    def _models(self) -> tuple[Any, ...]:
        return () if self.session is None else self.session.monitor.models

    # What it does

    def start(self) -> None:
        """Start the session in a thread of its own."""
        self._act("start")

    def pause(self) -> None:
        """Let a replay stand still."""
        self._act("pause")

    def resume(self) -> None:
        """Let a replay go on."""
        self._act("resume")

    def stop(self) -> None:
        """Stop the session for good; another one goes on from its book's file."""
        self._act("stop")

    def _act(self, action: str) -> None:
        act(self.session, action)
        self._run = run_of(self.session)
        self._wake()

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts of the session, the newest last: pair, time in ms, kind, numbers, words."""
        return [] if self.session is None else [alert_row(a) for a in self.session.alerts]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the list shows of every pair now."""
        if self._rows is None:
            return []
        numbers, codes, words = self._rows.read()
        return [
            {
                "pair": model.name,
                **dict(zip(NUMBERS, row.tolist(), strict=True)),
                "position": _SIDES[int(code[0])],
                "target": _SIDES[int(code[1])],
                "words": said,
            }
            for model, row, code, said in zip(self._rows.models, numbers, codes, words, strict=True)
        ]

    def refresh(self) -> bool:
        """Send the page what is new; return whether there was anything."""
        with self._lock:
            session, rows = self.session, self._rows
            if session is None or rows is None or self.comm is None:
                return False
            made = self._news(session, rows)
            run = run_of(session)
        if made is None and run == self._run:
            return False
        with self.updating():
            self._run = run
            if made is not None:
                self.send(*made)
        return True

    def _news(self, session: Session, rows: Rows) -> tuple[dict[str, Any], list[memoryview]] | None:
        """Return the message with what is new; the session may go on meanwhile."""
        again, self._again = self._again, False
        # Read before the numbers: what came by then is in them.
        arrived = session.arrived
        numbers, codes, words = rows.read()
        content: dict[str, Any] = {"kind": "beat", "again": again, "arrived": arrived / 1e6}
        arrays: dict[str, NDArray[Any]] = {}
        shown = (numbers.tobytes(), codes.tobytes())
        if again or shown != self._sent:
            arrays |= {"numbers": numbers, "codes": codes}
            self._sent = shown
        if again or words != self._said:
            content["words"] = self._said = words
        alerts = self._alerts.of(session.alerts, again=again)
        if alerts or again:
            content["alerts"] = [alert_row(alert) for alert in alerts]
        found = None if self.selected is None else self._bars.new(self.selected, again=again)
        if found is not None:
            content["chart"], bars = found
            arrays |= bars
        progress = progress_of(session)
        if again or progress != self._far:
            content["progress"] = self._far = progress
        if not arrays and len(content) == 3:
            return None
        return to_message(content, arrays)

    def close(self) -> None:
        """Remove the view and listen no more; the session goes on."""
        if self._pulse is not None:
            self._pulse.close()
        if self._end is not None:
            self._end()
            self._end = None
        super().close()

    # The session's thread

    def _hear(self, update: SessionUpdate) -> None:
        if update.step is not None:
            with self._lock:
                for state in update.step.states:
                    self._levels.take(state)
        self._wake()

    def _wake(self) -> None:
        if self._pulse is not None:
            self._pulse.wake()

    def _moves(self) -> bool:
        session = self.session
        return session is not None and (session.running or run_of(session) != self._run)

    # The page

    def _hear_page(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        kind, page = content.get("kind"), str(content.get("page", ""))
        pulse = self._pulse
        if pulse is None:
            return
        if kind == "open":
            with self._lock:
                self._again = True
        if pulse.hears(kind, page):
            return
        if kind == "speed":
            with self.reporting():
                set_speed(self.session, content.get("speed"))
            self._wake()
        elif kind == "act":
            with self.reporting():
                self._act(str(content.get("action")))

    # Without a page

    def _facts(self) -> str:
        if self.session is None:
            return "no session"
        return f"{len(self._models())} pairs, {run_of(self.session)['state']}"

    def _static_html(self) -> str:
        if self.session is None:
            return f"<p>{escape(repr(self))}</p>"
        columns = ["pair", "spread", "z", "position", "target", "half-life, bars", "p", "state"]
        rows = [
            [
                row["pair"],
                short(row["spread"]),
                short(row["z"]),
                row["position"],
                row["target"],
                short(row["half_life"]),
                pvalue(row["pvalue"]),
                row["words"] or "in order",
            ]
            for row in self.rows
        ]
        listed = "".join(
            f"<li>{escape(str(alert))}</li>" for alert in self.session.alerts[: -_LISTED - 1 : -1]
        )
        run, far = run_of(self.session)["words"], progress_of(self.session)
        said = f"<p>Session: {escape(f'{run}, {far}' if far else run)}.</p>"
        return f"{said}{html.table(columns, rows)}" + (f"<ul>{listed}</ul>" if listed else "")


def _fixed(model: Any) -> dict[str, Any]:
    """Return what never changes of a pair."""
    from spreadlab.live.model import policy_words

    baseline = model.baseline
    return {
        "name": model.name,
        "symbols": list(model.symbols),
        "rule": policy_words(model.policy),
        "unit": "log prices" if model.transform == "log" else "prices",
        "half_life": None if baseline is None else baseline.half_life,
        "mean": None if baseline is None else baseline.theta,
        "sd": None if baseline is None else baseline.sd,
    }
