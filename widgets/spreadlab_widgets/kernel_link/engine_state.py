"""Which engine this process uses, whether it answers, and how fast."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.engines.registry import connect, current_engine, first_address, peek_engine
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.job_rows import finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.engines.base import Engine

_LOOK_SECONDS = 2.0
_FILES = {"caFile": "ca", "certFile": "client_cert", "keyFile": "client_key"}


class EngineState:
    """The engine in use, asked how it is while somebody looks.

    Parameters
    ----------
    changed : callable
        Called, in some thread, when there is something new to tell.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._watched_until = 0.0
        self._asked_at = float("-inf")
        self._asking = threading.Lock()
        self._about: Engine | None = None
        self._threads: int | None = None
        self._seconds: float | None = None
        self._connecting: str | None = None
        self._problem = ""  # of the last connection that was asked for
        self._silence = ""  # why the engine in use does not answer

    def watch(self, seconds: float) -> None:
        """Ask the engine now and then for so long."""
        self._watched_until = time.monotonic() + seconds

    def next_look(self) -> float | None:
        """Return the seconds until the engine is to be asked again; None for never."""
        now = time.monotonic()
        if now > self._watched_until or _is_local(peek_engine()):
            return None
        return max(self._asked_at + _LOOK_SECONDS - now, 0.05)

    def look(self) -> None:
        """Ask the engine how it is, if somebody looks and it is time to; return at once."""
        engine = self._follow()
        now = time.monotonic()
        due = now <= self._watched_until and now >= self._asked_at + _LOOK_SECONDS
        if engine is None or _is_local(engine) or not due:
            return
        if self._asking.acquire(blocking=False):  # an engine that hangs is asked once, not again
            self._asked_at = now
            name = "spreadlab-engine-state"
            threading.Thread(target=self._ask, args=(engine,), name=name, daemon=True).start()

    def row(self) -> dict[str, Any]:
        """Return the engine in use as the front end shows it."""
        engine = self._follow()
        address = first_address() if engine is None else engine.address
        if _is_local(engine) and address.partition("?")[0] == "local":
            # This machine: opening it costs nothing and asks nobody.
            self._threads = current_engine().capabilities().threads
        return {
            "address": address,
            "kind": _kind(address),
            "threads": self._threads,
            "state": "unused" if engine is None and _kind(address) != "local" else self._word(),
            "milliseconds": None if self._seconds is None else finite(1e3 * self._seconds, 1),
            "problem": self._problem or self._silence,
            "connecting": self._connecting,
        }

    def connect(self, profile: dict[str, Any]) -> None:
        """Make a profile's address the engine of this process; returns at once.

        Parameters
        ----------
        profile : dict
            ``address``, and paths of files on this machine: ``tokenFile``, ``caFile``,
            ``certFile``, ``keyFile``, each of them empty for none.
        """
        if self._connecting is not None:
            raise RuntimeError(f"still connecting to {self._connecting}; wait for its answer")
        address = str(profile["address"])
        self._follow()
        self._connecting, self._problem = address, ""
        name = "spreadlab-connect"
        threading.Thread(target=self._connect, args=(profile,), name=name, daemon=True).start()

    def _follow(self) -> Engine | None:
        """Return the engine in use; what is known of another one is forgotten."""
        engine = peek_engine()
        if engine is not self._about:
            self._about, self._threads, self._seconds = engine, None, None
            self._problem = self._silence = ""
            self._asked_at = float("-inf")
        return engine

    def _word(self) -> str:
        return "offline" if self._silence else "ready"

    def _connect(self, profile: dict[str, Any]) -> None:
        try:
            connect(str(profile["address"]), **_options(profile))
        except Exception as error:  # noqa: BLE001 - shown where the connection was asked for
            self._problem = str(error) or type(error).__name__
        finally:
            self._connecting = None
            self._changed()

    def _ask(self, engine: Engine) -> None:
        threads, seconds, silence = None, None, ""
        try:
            started = time.perf_counter()
            threads = engine.capabilities().threads
            seconds = time.perf_counter() - started
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine gives no answer
            silence = str(error) or type(error).__name__
        finally:
            self._asking.release()
        if engine is self._about:
            self._threads, self._seconds, self._silence = threads, seconds, silence
            self._changed()


def _is_local(engine: Engine | None) -> bool:
    address = first_address() if engine is None else engine.address
    return _kind(address) == "local"


def _kind(address: str) -> str:
    scheme = address.partition("://")[0] if "://" in address else "local"
    return {"grpc": "remote", "grpcs": "remote", "local": "local"}.get(scheme, "cluster")


def _options(profile: dict[str, Any]) -> dict[str, str]:
    options = {ours: str(profile[name]) for name, ours in _FILES.items() if profile.get(name)}
    if path := str(profile.get("tokenFile") or ""):
        options["token"] = _token(path)
    return options


def _token(path: str) -> str:
    """Return the token in a file; it goes to the engine and nowhere else."""
    try:
        words = Path(path).expanduser().read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise InvalidInputError("tokenFile", f"can't read {path} ({why})", "a file") from None
    if not words:
        raise InvalidInputError("tokenFile", f"{path} is empty", "a file with a token")
    return words[0]
