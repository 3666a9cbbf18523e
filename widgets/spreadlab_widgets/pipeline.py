"""A small graph of stages that runs again only what a change touches.

Settings go in from any thread, answers come out on the kernel's own thread, and the work happens
in between, in a thread of its own, so that cells run on while a view is busy. An answer to a
question that nobody asks any more is dropped: the newest wins.
"""

from __future__ import annotations

import contextvars
import threading
from collections import Counter, deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import spreadlab as sl
from spreadlab_widgets.kernel_loop import on_kernel_loop
from spreadlab_widgets.stages import Stage, Update, roots_of, same
from spreadlab_widgets.watched_engine import WatchedEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

_PATIENCE = 8  # quiet times that a burst of changes may be waited for


@dataclass(slots=True)
class _Answer:
    """What a stage answered, and the versions of what it answered for."""

    key: tuple[int, ...] | None = None
    value: Any = None
    error: Exception | None = None
    version: int = 0


@dataclass(slots=True)
class _Setting:
    value: Any
    version: int = field(default=0)


class Pipeline:
    """Stages that follow their settings.

    Parameters
    ----------
    stages : sequence of Stage
        Each after those that it needs.
    settings : mapping
        Every setting with its first value.
    listener : callable, optional
        Called with each `Update`, in order; in a kernel on the kernel's own thread, elsewhere in
        the pipeline's.
    quiet : float
        Seconds without a change before work begins, so that a burst of changes is one.
    pace : float
        Seconds between two times that a kernel's listener hears of work that goes on. That work
        begins, and that all is done, it hears at once.
    around : callable, optional
        Returns a context manager, in which the listener hears all that happened meanwhile.

    Attributes
    ----------
    runs : Counter
        How often each stage has run to an answer or an error, dropped ones among them.
    dropped : Counter
        How many of those came too late and were not shown.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        settings: Mapping[str, Any],
        listener: Callable[[Update], None] | None = None,
        *,
        quiet: float = 0.0,
        pace: float = 0.0,
        around: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self._settings = {name: _Setting(value) for name, value in settings.items()}
        self._stages = {stage.name: stage for stage in stages}
        self._roots = roots_of(stages, settings)
        self._answers = {stage.name: _Answer() for stage in stages}
        self._wanted = set(self._stages)
        self._listener = listener
        self._quiet, self._pace, self._around = quiet, pace, around
        self._round = 0  # works that ended
        self._paced = False  # whether the listener has heard of this one, and hears more later
        self.runs: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._outbox: deque[Update] = deque()
        self._pumping = threading.RLock()
        self._engine = WatchedEngine()
        self._running = ""
        self._started_for: tuple[int, ...] = ()
        self._idle = False
        self._asked = False
        self._fresh = False
        self._closed = False
        # The study and the engine in force where the pipeline was made are those it works under.
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._work,), name="spreadlab-pipeline", daemon=True
        )
        self._thread.start()

    def change(self, **settings: Any) -> None:
        """Change settings; values equal to those in force change nothing."""
        with self._changed:
            moved = [
                name
                for name, value in settings.items()
                if not same(self._settings[name].value, value)
            ]
            for name in moved:
                self._settings[name].value = settings[name]
            self._touch(moved)

    def refresh(self, *names: str) -> None:
        """Run again what depends on these settings, though they are the same."""
        with self._changed:
            self._touch(names)

    def want(self, *names: str) -> None:
        """Keep these stages, and what they need, up to date, and let the others rest."""
        with self._changed:
            self._wanted = {self._stages[name].name for name in names}
            self._idle = False
            self._changed.notify_all()

    def setting(self, name: str) -> Any:
        """Return the value of a setting."""
        return self._settings[name].value

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name."""
        with self._changed:
            return {name: setting.value for name, setting in self._settings.items()}

    def answer(self, name: str) -> Any:
        """Return the answer of a stage for the settings in force, None while there is none."""
        with self._changed:
            return None if self._is_stale(name) else self._answers[name].value

    @property
    def running(self) -> str:
        """Name of the stage that runs now, or nothing."""
        return self._running

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until all wanted answers are there and every listener has heard of them.

        Raises
        ------
        TimeoutError
            If the work goes on for longer.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._idle or self._closed, timeout):
                raise TimeoutError(f"still busy ({self._running or 'waiting'}) after {timeout:g} s")
        self._pump()

    def close(self) -> None:
        """Stop; a stage that runs is cancelled and its answer dropped."""
        with self._changed:
            self._closed = True
            self._engine.cancel()
            self._changed.notify_all()
        self._outbox.clear()

    # What follows runs in the pipeline's thread, but for `_touch` and `_pump`.

    def _touch(self, names: Iterable[str]) -> None:
        for name in names:
            self._settings[name].version += 1
            self._idle, self._fresh = False, True
        self._asked = True  # who asks hears when all is done, though nothing had to be
        if self._running and self._started_for != self._root_key(self._running):
            self._engine.cancel()
        self._changed.notify_all()

    def _root_key(self, name: str) -> tuple[int, ...]:
        """Return the versions of all settings behind a stage: what its answer is for."""
        return tuple(self._settings[root].version for root in self._roots[name])

    def _key(self, name: str) -> tuple[int, ...]:
        """Return the versions of what a stage is called with: an equal answer is no change."""
        stage = self._stages[name]
        return tuple(
            (self._settings.get(need) or self._answers[need]).version
            for need in (*stage.needs, *stage.takes)
        )

    def _is_stale(self, name: str) -> bool:
        stage = self._stages[name]
        return self._answers[name].key != self._key(name) or any(
            self._is_stale(need) for need in (*stage.needs, *stage.takes) if need in self._stages
        )

    def _work(self) -> None:
        with sl.use_engine(self._engine):
            while (stage := self._next()) is not None:
                self._answer(stage)

    def _next(self) -> Stage | None:
        """Return the first wanted stage that is out of date, after waiting for one."""
        told = False
        while True:
            with self._changed:
                if self._closed:
                    return None
                stage = next((s for s in self._stages.values() if self._is_due(s)), None)
                if stage is not None:
                    self._wait_for_quiet()
                    return stage
                if told and not self._asked:
                    self._idle = True
                    self._changed.notify_all()
                    self._changed.wait()
                    told = False
                    continue
                self._asked = False
                self._post(Update("", "idle"))
                told = True
            self._flush(done=True)

    def _wait_for_quiet(self) -> None:
        """Let a burst of changes end, but not for ever."""
        patience = _PATIENCE
        while self._fresh and patience:
            self._fresh = False
            if self._quiet and not self._closed:
                self._changed.wait(self._quiet)
            patience -= 1
        self._fresh = False

    def _is_due(self, stage: Stage) -> bool:
        return stage.name in self._needed() and self._answers[stage.name].key != self._key(
            stage.name
        )

    def _needed(self) -> set[str]:
        needed: set[str] = set()
        for stage in reversed(self._stages.values()):
            if stage.name in self._wanted or stage.name in needed:
                needed.add(stage.name)
                needed.update(n for n in (*stage.needs, *stage.takes) if n in self._stages)
        return needed

    def _answer(self, stage: Stage) -> None:
        with self._changed:
            key, asked_for = self._key(stage.name), self._root_key(stage.name)
            given = {name: self._value(name) for name in (*stage.needs, *stage.takes)}
            waits = any(given[name] is None for name in stage.needs)
            if waits:
                self._keep(stage.name, _Answer(key))
                self._post(Update(stage.name, "waiting"))
            else:
                self._running, self._started_for = stage.name, asked_for
                self._engine.begin()
                self._post(Update(stage.name, "running"))
        self._flush()
        if waits:
            return
        answer = _Answer(key)
        try:
            answer.value = stage.run(**given)
        except Exception as error:  # noqa: BLE001 - handed to whoever shows the stage
            answer.error = error
        with self._changed:
            self._running = ""
            self.runs[stage.name] += 1
            if answer.error is not None and self._engine.was_replaced():
                return  # its engine was closed for another: it runs again on that one
            if asked_for != self._root_key(stage.name) or self._closed:
                self.dropped[stage.name] += 1
                return
            self._keep(stage.name, answer)
            state: Literal["done", "failed"] = "done" if answer.error is None else "failed"
            self._post(Update(stage.name, state, answer.value, answer.error))
        self._flush()

    def _keep(self, name: str, answer: _Answer) -> None:
        last = self._answers[name]
        answer.version = last.version + (not same(last.value, answer.value))
        self._answers[name] = answer

    def _value(self, name: str) -> Any:
        if name in self._settings:
            return self._settings[name].value
        return self._answers[name].value

    def _post(self, update: Update) -> None:
        if self._listener is not None and not self._closed:
            self._outbox.append(update)

    def _flush(self, *, done: bool = False) -> None:
        """Have the listener hear: at once of what is first or last, else when its turn comes."""
        if done:
            self._paced, self._round = False, self._round + 1
        elif self._paced:
            return
        if not on_kernel_loop(self._pump):
            self._pump()
        elif self._pace and not done:
            self._paced = on_kernel_loop(partial(self._turn, self._round), self._pace)

    def _turn(self, number: int) -> None:
        """Tell what happened meanwhile, and go on so while it is the same work."""
        if number == self._round and not self._closed:
            self._pump()
            on_kernel_loop(partial(self._turn, number), self._pace)

    def _pump(self) -> None:
        """Tell the listener what happened, in order, one thread at a time."""
        if not self._outbox:
            return
        with self._pumping, self._around():
            while self._outbox and self._listener is not None:
                self._listener(self._outbox.popleft())
