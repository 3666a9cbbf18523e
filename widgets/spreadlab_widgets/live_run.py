"""How a session runs, in words, and what may be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab.live.session import Session
from spreadlab_widgets.view import InvalidTraitError

if TYPE_CHECKING:
    from collections.abc import Callable

STATES = ("none", "ready", "running", "paused", "over", "stopped", "failed")
NOTHING: dict[str, Any] = {"state": "none", "words": "", "feed": "", "actions": [], "speed": None}


def ensure_session(session: Any) -> Session | None:
    """Return `session`, or raise if it is none."""
    if session is not None and not isinstance(session, Session):
        raise InvalidTraitError(
            "session", f"got a {type(session).__name__}", "an sl.live.Session, or None"
        )
    return session


def state_of(session: Session) -> str:
    """Return one of STATES."""
    if session.error is not None:
        return "failed"
    if session.running:
        return "paused" if getattr(session.feed, "paused", False) else "running"
    if not session.started:
        return "ready"
    status = session.status
    return "over" if status is not None and status.state == "ended" else "stopped"


def run_of(session: Session | None) -> dict[str, Any]:
    """Return state, words, the feed's last news, what may be done, and the speed of a replay."""
    if session is None:
        return NOTHING
    state, feed = state_of(session), session.feed
    replays = hasattr(feed, "pause") and hasattr(feed, "resume")
    speed = getattr(feed, "speed", None)
    actions = {
        "ready": ["start"],
        "running": ["pause", "stop"] if replays else ["stop"],
        "paused": ["resume", "stop"],
    }.get(state, [])
    return {
        "state": state,
        "words": _words(session, state, speed),
        "feed": "" if session.status is None else session.status.words,
        "actions": actions,
        "speed": speed,
        "replays": replays,
    }


def _words(session: Session, state: str, speed: float | None) -> str:
    if state == "running" and hasattr(session.feed, "n_bars"):
        return "replays " + (
            "as fast as it goes" if speed is None else f"at {speed:g} bars a second"
        )
    if state == "failed":
        return f"failed: {session.error}"
    return {
        "ready": "not started",
        "running": "runs",
        "paused": "paused",
        "over": "over",
        "stopped": "stopped; a new session goes on from the book's file",
    }[state]


def progress_of(session: Session) -> str:
    """Return how far a replay is, in words; empty for a feed that has no end."""
    feed = session.feed
    if not (hasattr(feed, "n_bars") and hasattr(feed, "position")):
        return ""
    return f"bar {feed.position:,} of {feed.n_bars:,}"


def act(session: Session | None, action: str) -> None:
    """Start, pause, resume or stop a session.

    Raises
    ------
    InvalidInputError
        If it can't be done now.
    """
    allowed = run_of(session)["actions"]
    if session is None or action not in allowed:
        raise InvalidInputError(
            "action", f"got {action!r}", " or ".join(map(repr, allowed)) or "none now"
        )
    doing: Callable[[], None] = getattr(
        session if action in ("start", "stop") else session.feed, action
    )
    doing()


def set_speed(session: Session | None, speed: Any) -> None:
    """Set the bars a second of a replay; None is as fast as it goes.

    Raises
    ------
    InvalidInputError
        If the feed has no speed, or it is not positive.
    """
    if session is None or not hasattr(session.feed, "speed"):
        raise InvalidInputError("speed", f"got {speed!r}", "given for a replay alone")
    session.feed.speed = speed
