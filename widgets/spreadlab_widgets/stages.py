"""What a pipeline is made of: stages, what is heard of them, and when a value is a new one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: a function of settings and of the answers of other stages.

    Attributes
    ----------
    name : str
        Its name, under which other stages need it.
    run : callable
        Called with the needs as keywords, in the pipeline's thread.
    needs : tuple of str
        Settings and stages that must not be None: until they are, the stage waits.
    takes : tuple of str
        Settings and stages that may be None.
    """

    name: str
    run: Callable[..., Any]
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """What a listener hears.

    Attributes
    ----------
    stage : str
        The stage; empty for "idle".
    state : {"running", "done", "failed", "waiting", "idle"}
        "waiting": something that the stage needs is missing, so that it has no answer.
    value : object
        The answer, None unless done.
    error : Exception or None
        Why it failed.
    """

    stage: str
    state: Literal["running", "done", "failed", "waiting", "idle"]
    value: Any = None
    error: Exception | None = None


def roots_of(stages: Sequence[Stage], settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the settings that each stage depends on, directly or through others."""
    roots: dict[str, tuple[str, ...]] = {}
    for stage in stages:
        found: dict[str, None] = {}
        for name in (*stage.needs, *stage.takes):
            if name in settings:
                found[name] = None
            elif name in roots:
                found.update(dict.fromkeys(roots[name]))
            else:
                raise ValueError(f"stage {stage.name!r} needs {name!r}, which nothing before gives")
        roots[stage.name] = tuple(found)
    return roots


def same(old: Any, new: Any) -> bool:
    """Return whether a value is no change to whoever needs it."""
    if old is new:
        return True
    # Arrays, frames and results are compared by identity: by value would cost more than it saves.
    plain = all(isinstance(x, bool | int | float | str | tuple) or _by_value(x) for x in (old, new))
    return plain and bool(old == new)


def _by_value(thing: Any) -> bool:
    """Return whether this is a request, which equals another that asks the same."""
    return dataclasses.is_dataclass(thing) and type(thing).__eq__ is not object.__eq__
