"""Frozen pairs, bar by bar: spread, signal, target, and what a person should look at."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.backtest.rules import ZLevels
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.live.alerts import Alert
from spreadlab.live.bars import Bar
from spreadlab.live.deciders import Decider, Decision, make_decider
from spreadlab.live.model import PairModel
from spreadlab.live.series import Tail
from spreadlab.live.ticks import time_text
from spreadlab.live.watch import Health, Watch, Watcher

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.live.schedule import Schedule

_COLUMNS = ("spread", "signal", "z", "target", "position")
_SIDES = {-1: "short", 0: "flat", 1: "long"}


@dataclass(frozen=True, slots=True)
class PairState:
    """One pair after a bar.

    Attributes
    ----------
    name : str
        The pair.
    time : int
        End of the bar, nanoseconds since 1970 UTC.
    n_obs : int
        Bars of this pair so far: those in which every leg had a price.
    prices : tuple of float
        Closes of the legs.
    spread : float
        Of these prices.
    signal : float
        What the levels are compared with; NaN where there is none yet.
    z : float
        The signal, where that is a z-score; else the spread less the formation's mean, in its
        standard deviations.
    target : int
        Decided at this close, filled at the next bar.
    position : int
        What the rule holds after this close: the target of the bar before.
    reason : str
        Why the target changed, or "hold".
    marks : mapping of str to float
        Levels of the signal, by name.
    health : Health
        How the relationship is.
    """

    name: str
    time: int
    n_obs: int
    prices: tuple[float, ...]
    spread: float
    signal: float
    z: float
    target: int
    position: int
    reason: str
    marks: Mapping[str, float]
    health: Health


@dataclass(frozen=True, slots=True)
class PairQuote:
    """One pair between bars, at the latest prices: to be looked at, not decided on.

    Attributes
    ----------
    name : str
        The pair.
    time : int
        Of the latest tick of its legs.
    prices : tuple of float
        Latest price of each leg.
    spread, signal, z : float
        As in `PairState`, as if the bar closed now.
    """

    name: str
    time: int
    prices: tuple[float, ...]
    spread: float
    signal: float
    z: float


@dataclass(frozen=True, slots=True)
class MonitorStep:
    """What one bar brought.

    Attributes
    ----------
    bar : Bar
        The bar.
    states : tuple of PairState
        Of the pairs whose legs all had a price.
    alerts : tuple of Alert
        What it raised.
    """

    bar: Bar
    states: tuple[PairState, ...]
    alerts: tuple[Alert, ...]


@dataclass(slots=True)
class _Watched:
    """A pair and its memory."""

    model: PairModel
    watcher: Watcher
    tail: Tail
    times: list[int] = field(default_factory=list)
    decider: Decider | None = None
    state: PairState | None = None
    n_obs: int = 0
    missing: dict[str, int] = field(default_factory=dict)


class Monitor:
    """Watches frozen pairs: what each rule wants, and whether each relationship still holds.

    Given the same bars it always says the same, whatever the speed: nothing depends on when it is
    called. A bar in which a leg of a pair has no price is no bar of that pair.

    Parameters
    ----------
    models : sequence of PairModel
        From `sl.live.freeze_pair`.
    watch : Watch, optional
        What makes a relationship look broken.
    history : int
        Bars that `history` remembers.

    Raises
    ------
    InvalidInputError
        If there is no pair, or two have one name.
    """

    def __init__(
        self, models: Sequence[PairModel], *, watch: Watch | None = None, history: int = 5000
    ) -> None:
        models = list(models)
        if not models or not all(isinstance(model, PairModel) for model in models):
            raise InvalidInputError(
                "models", f"got {models!r}"[:80], "pairs of sl.live.freeze_pair"
            )
        names = [model.name for model in models]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise InvalidInputError("models", f"two are called {doubled[0]!r}", "one of each name")
        self.watch = Watch() if watch is None else watch
        self._keep = ensure_int(history, "history", low=1)
        self._pairs = {model.name: self._watched(model) for model in models}
        self._time: int | None = None
        # A screen asks from its own thread while the session's adds bars.
        self._lock = threading.RLock()

    def _watched(self, model: PairModel) -> _Watched:
        watcher = Watcher(model.name, self.watch, model.baseline)
        return _Watched(model, watcher, Tail(self._keep, len(_COLUMNS)))

    @property
    def models(self) -> tuple[PairModel, ...]:
        """The pairs."""
        return tuple(pair.model for pair in self._pairs.values())

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every leg of every pair."""
        return tuple(dict.fromkeys(s for model in self.models for s in model.symbols))

    @property
    def time(self) -> int | None:
        """End of the last bar, None before the first."""
        return self._time

    def __repr__(self) -> str:
        at = "no bar yet" if self._time is None else f"at {time_text(self._time)}"
        return f"Monitor({len(self._pairs)} pairs, {at})"

    def on_bar(self, bar: Bar, schedule: Schedule | None = None) -> MonitorStep:
        """Take one more bar in; return what it brought.

        Parameters
        ----------
        bar : Bar
            Later than every bar before.
        schedule : Schedule, optional
            Counts the bars to a policy's deadline where that is a date.

        Raises
        ------
        InvalidInputError
            If the bar is not later, or a user's rule decides nonsense.
        """
        if self._time is not None and bar.time <= self._time:
            raise InvalidInputError(
                "bar", f"ends at {time_text(bar.time)}", f"later than {time_text(self._time)}"
            )
        states: list[PairState] = []
        alerts: list[Alert] = []
        with self._lock:
            self._time = bar.time
            for pair in self._pairs.values():
                alerts += self._gaps(pair, bar)
                if all(symbol in bar.closes for symbol in pair.model.symbols):
                    state, raised = self._step(pair, bar, schedule)
                    states.append(state)
                    alerts += raised
        return MonitorStep(bar, tuple(states), tuple(alerts))

    def _gaps(self, pair: _Watched, bar: Bar) -> list[Alert]:
        alerts = []
        for symbol in pair.model.symbols:
            if symbol in bar.closes:
                pair.missing.pop(symbol, None)
                continue
            missed = pair.missing[symbol] = pair.missing.get(symbol, 0) + 1
            if missed == self.watch.stale_bars:
                name = pair.model.name
                words = f"{name}: no price of {symbol} for {missed} bars; nothing is decided"
                alerts.append(Alert(name, bar.time, "stale", {"bars": float(missed)}, words))
        return alerts

    def _step(
        self, pair: _Watched, bar: Bar, schedule: Schedule | None
    ) -> tuple[PairState, list[Alert]]:
        model, before = pair.model, pair.state
        if pair.decider is None:
            pair.decider = make_decider(model, schedule, bar.time)
        prices = np.array([bar.closes[symbol] for symbol in model.symbols])
        spread = model.spread_of(prices)
        decision = pair.decider.decide(bar.time, prices, spread)
        health, alerts = pair.watcher.step(bar.time, spread)
        pair.n_obs += 1
        state = PairState(
            name=model.name,
            time=bar.time,
            n_obs=pair.n_obs,
            prices=tuple(prices.tolist()),
            spread=spread,
            signal=decision.signal,
            z=_z(model, spread, decision.signal),
            target=decision.target,
            position=0 if before is None else before.target,
            reason=decision.reason,
            marks=pair.decider.marks(),
            health=health,
        )
        pair.state = state
        pair.times.append(bar.time)
        if len(pair.times) > 2 * self._keep:
            del pair.times[: -self._keep]
        pair.tail.push((spread, state.signal, state.z, state.target, state.position))
        return state, [*_decision_alerts(state, before, decision), *alerts]

    def states(self) -> dict[str, PairState | None]:
        """Return every pair after its last bar, None before its first."""
        with self._lock:
            return {name: pair.state for name, pair in self._pairs.items()}

    def missing(self, name: str) -> dict[str, int]:
        """Return the legs of a pair that the last bar had no price of, each with for how many bars.

        Parameters
        ----------
        name : str
            The pair.
        """
        pair = self._pair(name)
        with self._lock:
            return dict(pair.missing)

    def quote(self, name: str, latest: Mapping[str, Any]) -> PairQuote | None:
        """Return a pair at the latest prices, None while a leg has none.

        Parameters
        ----------
        name : str
            The pair.
        latest : mapping of str to Tick
            Last tick by symbol: `Resampler.latest`, `Session.latest`.
        """
        pair = self._pair(name)
        ticks = [latest.get(symbol) for symbol in pair.model.symbols]
        if any(tick is None for tick in ticks):
            return None
        prices = tuple(float(tick.price) for tick in ticks)  # type: ignore[union-attr]
        spread = pair.model.spread_of(np.array(prices))
        with self._lock:
            signal = math.nan if pair.decider is None else pair.decider.peek(spread)
        time = max(tick.time for tick in ticks)  # type: ignore[union-attr]
        return PairQuote(name, time, prices, spread, signal, _z(pair.model, spread, signal))

    def history(self, name: str, n: int | None = None) -> dict[str, NDArray[Any]]:
        """Return the last bars of a pair as columns: time, spread, signal, z, target, position.

        Parameters
        ----------
        name : str
            The pair.
        n : int, optional
            At most so many bars.
        """
        pair = self._pair(name)
        with self._lock:
            rows = pair.tail.last(n).copy()
            times = np.array(pair.times[len(pair.times) - len(rows) :], dtype=np.int64)
        columns: dict[str, NDArray[Any]] = {"time": times.astype("datetime64[ns]")}
        for i, column in enumerate(_COLUMNS):
            columns[column] = rows[:, i].astype(np.int8) if i > 2 else rows[:, i]
        return columns

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pair after its last bar, without marks."""
        import pandas as pd

        rows = []
        for name, pair in self._pairs.items():
            state = pair.state
            row: dict[str, Any] = {"pair": name, "bars": pair.n_obs}
            if state is not None:
                row |= {
                    "time": np.datetime64(state.time, "ns"),
                    "spread": state.spread,
                    "z": state.z,
                    "target": state.target,
                    "position": state.position,
                    "half_life": state.health.half_life,
                    "pvalue": state.health.pvalue,
                }
            rows.append(row)
        return pd.DataFrame(rows).set_index("pair")

    def _pair(self, name: str) -> _Watched:
        if name not in self._pairs:
            known = ", ".join(list(self._pairs)[:8])
            raise InvalidInputError("name", f"no pair {name!r}", f"one of those watched: {known}")
        return self._pairs[name]


def _z(model: PairModel, spread: float, signal: float) -> float:
    if isinstance(model.policy, ZLevels):
        return signal
    if model.baseline is None:
        return math.nan
    return (spread - model.baseline.theta) / model.baseline.sd


def _decision_alerts(state: PairState, before: PairState | None, decision: Decision) -> list[Alert]:
    alerts = []
    wanted = _SIDES[state.target]
    if decision.reason == "stop":
        words = (
            f"{state.name}: stop, signal {short(state.signal, 4)} is beyond the stop of the "
            f"{_SIDES[state.position]} position; target {wanted}"
        )
        alerts.append(Alert(state.name, state.time, "stop", {"signal": state.signal}, words))
    if before is None or not (math.isfinite(state.signal) and math.isfinite(before.signal)):
        return alerts
    low, high = sorted((before.signal, state.signal))
    upwards = state.signal > before.signal
    crossed = {
        name: level
        for name, level in state.marks.items()
        if (low < level <= high if upwards else low <= level < high)
    }
    if crossed:
        levels = " and ".join(f"{name} ({short(level, 4)})" for name, level in crossed.items())
        words = (
            f"{state.name}: signal {short(state.signal, 4)} crossed {levels} "
            f"{'upwards' if upwards else 'downwards'} from {short(before.signal, 4)}; "
            f"target {wanted}"
        )
        numbers = {"signal": state.signal, "before": before.signal, **crossed}
        alerts.append(Alert(state.name, state.time, "crossing", numbers, words))
    return alerts
