"""The engine in use: a process-wide default and an override for one context."""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from spreadlab._validation import ensure_int
from spreadlab.engines.base import Engine, is_engine
from spreadlab.engines.local import LocalEngine
from spreadlab.errors import EngineUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESSES = (
    '"local", "local?threads=N", "grpc://host:port", "grpcs://host:port", "dask://host:port"'
)
_lock = threading.Lock()
_default: Engine | None = None
_override: contextvars.ContextVar[Engine | None] = contextvars.ContextVar(
    "spreadlab_engine", default=None
)


def open_engine(address: Any) -> Engine:
    """Return a new engine for `address`, or `address` itself if it is an engine.

    Raises
    ------
    InvalidInputError
        If it is not an address of a known form.
    EngineUnavailableError
        If this installation has no engine of that kind.
    """
    if is_engine(address):
        return address  # type: ignore[no-any-return]
    if not isinstance(address, str):
        raise InvalidInputError("engine", f"got {address!r}", _ADDRESSES)
    parts = urlsplit(address)
    if not parts.scheme and parts.path == "local":
        options = parse_qs(parts.query, keep_blank_values=True)
        unknown = sorted(set(options) - {"threads"})
        if unknown:
            raise InvalidInputError("engine", f"got {address!r}", _ADDRESSES)
        threads = options.get("threads")
        if threads is None:
            return LocalEngine(address=address)
        if not threads[0].isdecimal():
            raise InvalidInputError("engine", f"threads={threads[0]!r}", "a whole number from 1")
        return LocalEngine(ensure_int(int(threads[0]), "threads", low=1), address)
    if parts.scheme in ("grpc", "grpcs", "dask", "dask+tls"):
        raise EngineUnavailableError(
            f"{address}: spreadlab has no {parts.scheme} engine in this version; "
            'sl.connect("local") runs on this machine'
        )
    raise InvalidInputError("engine", f"got {address!r}", _ADDRESSES)


def connect(address: Any = "local") -> Engine:
    """Make `address` the engine of this process, for every thread.

    Parameters
    ----------
    address : str or Engine
        ``"local"``, ``"local?threads=N"``, or an engine.

    Returns
    -------
    Engine
        The engine now in use. The one used before is closed once this one is open.

    Raises
    ------
    InvalidInputError
        If the address is malformed.
    EngineUnavailableError
        If this installation has no engine of that kind.
    """
    global _default
    engine = open_engine(address)
    with _lock:
        previous, _default = _default, engine
    if previous is not None and previous is not engine:
        previous.close()
    return engine


def current_engine(engine: Any = None) -> Engine:
    """Return the engine to use: the argument, else the context's, else the process's.

    Parameters
    ----------
    engine : Engine, optional
        An explicit choice. An address is refused: it would open an engine that nobody closes.
    """
    global _default  # noqa: PLW0603 - the default is per process by design
    if engine is not None:
        if not is_engine(engine):
            raise InvalidInputError(
                "engine", f"got {engine!r}", "an engine", "open one with sl.connect(address)"
            )
        return engine  # type: ignore[no-any-return]
    chosen = _override.get()
    if chosen is not None:
        return chosen
    with _lock:
        if _default is None:
            _default = LocalEngine()
        return _default


@contextlib.contextmanager
def use_engine(engine: Any) -> Iterator[Engine]:
    """Use `engine` inside a ``with`` block, in this context (thread or asyncio task) only.

    Parameters
    ----------
    engine : Engine or str
        An engine, which stays open, or an address, which is opened here and closed at the end.
    """
    opened = open_engine(engine)
    token = _override.set(opened)
    try:
        yield opened
    finally:
        _override.reset(token)
        if opened is not engine:
            opened.close()


@atexit.register
def _close_default() -> None:
    if _default is not None:
        _default.close()
