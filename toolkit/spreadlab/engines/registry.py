"""The engine in use: a process-wide default and an override for one context."""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import importlib
import inspect
import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spreadlab.engines.base import Engine, is_engine
from spreadlab.errors import EngineUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Scheme of an address to the function that opens it and the extra that brings what it needs.
# Modules are imported when such an address is opened, so that nobody pays for the others.
_OPENERS = {
    "local": ("spreadlab.engines.local:open_local", ""),
    "grpc": ("spreadlab.engines.remote:open_remote", "server"),
    "grpcs": ("spreadlab.engines.remote:open_remote", "server"),
    "dask": ("spreadlab.engines.cluster:open_cluster", "cluster"),
    "dask+tls": ("spreadlab.engines.cluster:open_cluster", "cluster"),
}
_ADDRESSES = (
    '"local", "local?threads=N", "grpc://host:port", "grpcs://host:port", "dask://host:port", '
    '"dask+tls://host:port", "dask://local?workers=N" or a distributed.Client'
)
_lock = threading.Lock()
_default: Engine | None = None
_override: contextvars.ContextVar[Engine | None] = contextvars.ContextVar(
    "spreadlab_engine", default=None
)


def open_engine(address: Any, **options: Any) -> Engine:
    """Return a new engine for `address`, or `address` itself if it is an engine.

    Parameters
    ----------
    address : str, Engine or distributed.Client
        Where tiles run.
    **options
        Whatever an engine of that kind takes, such as ``token``.

    Raises
    ------
    InvalidInputError
        If it is not an address of a known form, or an option is not known there.
    EngineUnavailableError
        If this installation has no engine of that kind, or it can't be reached.
    """
    if is_engine(address):
        _check_options(sorted(options), set(), "an open engine")
        return address  # type: ignore[no-any-return]
    scheme = _scheme(address)
    if scheme not in _OPENERS:
        raise InvalidInputError("engine", f"got {address!r}", _ADDRESSES)
    opener = _opener(scheme)
    known = inspect.signature(opener).parameters.values()
    allowed = {p.name for p in known if p.kind is inspect.Parameter.KEYWORD_ONLY}
    _check_options(sorted(options), allowed, f"a {scheme} engine")
    return opener(address, **options)


def _scheme(address: Any) -> str | None:
    if isinstance(address, str):
        parts = urlsplit(address)
        return parts.scheme or (parts.path if parts.path == "local" else None)
    # Known by name, so that nobody has to import distributed to find out that this is no Client.
    kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(address).mro()}
    return "dask" if "distributed.Client" in kinds else None


def _opener(scheme: str) -> Callable[..., Engine]:
    place, extra = _OPENERS[scheme]
    module, _, name = place.partition(":")
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        if error.name == module:
            why = "in this version"
        else:
            why = f"without {error.name}: pip install 'spreadlab[{extra}]'"
        raise EngineUnavailableError(
            f'spreadlab has no {scheme} engine {why}; sl.connect("local") runs on this machine'
        ) from None


def _check_options(given: list[str], allowed: set[str], what: str) -> None:
    unknown = [name for name in given if name not in allowed]
    if unknown:
        takes = ", ".join(sorted(allowed)) or "no options"
        raise InvalidInputError(unknown[0], f"not an option of {what}", f"one of: {takes}")


def connect(address: Any = "local", **options: Any) -> Engine:
    """Make `address` the engine of this process, for every thread.

    Parameters
    ----------
    address : str, Engine or distributed.Client
        ``"local"``, ``"local?threads=N"``; ``"grpc://host:port"`` or ``"grpcs://host:port"``, a
        server; ``"dask://host:port"``, ``"dask+tls://host:port"`` or a client, a Dask cluster;
        ``"dask://local?workers=N"``, a Dask cluster of processes of this machine; or an engine.
    **options
        Whatever an engine of that kind takes, such as ``token``.

    Returns
    -------
    Engine
        The engine now in use. The one used before is closed once this one is open.

    Raises
    ------
    InvalidInputError
        If the address is malformed, or an option is not known there.
    EngineUnavailableError
        If this installation has no engine of that kind, or it can't be reached.
    """
    global _default
    engine = open_engine(address, **options)
    with _lock:
        previous, _default = _default, engine
    if previous is not None and previous is not engine:
        previous.close()
    return engine


def current_engine(engine: Any = None) -> Engine:
    """Return the engine to use: the argument, else the context's, else the process's.

    A process that has connected to none uses the address in the environment variable
    ``SPREADLAB_ENGINE``, and without one this machine.

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
            # Whoever runs a notebook may say where, without a word in the notebook.
            _default = open_engine(first_address())
        return _default


def peek_engine() -> Engine | None:
    """Return the engine of this process if it has one; unlike `current_engine` it opens none."""
    return _default


def first_address() -> str:
    """Return the address that this process connects to if it never names one."""
    return os.environ.get("SPREADLAB_ENGINE") or "local"


@contextlib.contextmanager
def use_engine(engine: Any, **options: Any) -> Iterator[Engine]:
    """Use `engine` inside a ``with`` block, in this context (thread or asyncio task) only.

    Parameters
    ----------
    engine : Engine or str
        An engine, which stays open, or an address, which is opened here and closed at the end.
    **options
        As in `connect`.

    Yields
    ------
    Engine
        The engine in use.

    Raises
    ------
    InvalidInputError, EngineUnavailableError
        As `connect` does.
    """
    opened = open_engine(engine, **options)
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
