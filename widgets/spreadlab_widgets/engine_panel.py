"""Choose where requests run, and see what runs there."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anywidget
import traitlets as t

import spreadlab as sl
from spreadlab import __version__
from spreadlab.engines.registry import current_engine, open_engine
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.bundles import bundle
from spreadlab_widgets.job_rows import job_row
from spreadlab_widgets.view import View
from spreadlab_widgets.worker import NewestWins

if TYPE_CHECKING:
    from spreadlab.engines.base import Engine
    from spreadlab.engines.job import Job
    from spreadlab.task import Capabilities

_PROBES = 5
_LOOK_EVERY = 3.0  # seconds between two looks at an engine on another machine
_SCHEMES = {"grpc": "remote", "grpcs": "remote", "dask": "cluster"}


@dataclass(frozen=True, slots=True)
class _Found:
    """What an engine said of itself."""

    purpose: str
    capabilities: Capabilities
    latency: float


class EnginePanel(View, anywidget.AnyWidget):
    """Where requests run: this process, a server, or a cluster.

    The form tests a connection before it is used, and connecting makes an engine that of the whole
    process, as `spreadlab.connect` does. Below it are the jobs of this process, each with Cancel.

    Parameters
    ----------
    **traits
        ``theme``, ``layout``.

    Attributes
    ----------
    address : str
        Of the engine in use.
    state : {"connected", "testing", "connecting", "failed", "lost"}
        What the panel is about. While somebody sees the panel, an engine on another machine is
        asked every few seconds; one that does not answer is lost, until it does.
    words : str
        The same for a reader, with version, threads and latency.

    Notes
    -----
    A token goes from the password field to the engine and nowhere else: it is no trait, so that it
    is neither in the notebook's saved widget state nor in any message that Jupyter stores.

    Examples
    --------
    >>> from spreadlab_widgets import EnginePanel
    >>> EnginePanel()
    EnginePanel(local)
    """

    _esm = bundle("engine-panel.js")
    _css = bundle("engine-panel.css")

    address = t.Unicode("", read_only=True, help="Of the engine in use.").tag(sync=True)
    state = t.Enum(
        ("connected", "testing", "connecting", "failed", "lost"), "connected", read_only=True
    ).tag(sync=True)
    words = t.Unicode("", read_only=True, help="What the panel says.").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        # First: Python closes what failed to be made, too.
        self._worker = NewestWins("spreadlab-engine")
        self._watch = NewestWins("spreadlab-engine-watch")
        self._looked = -math.inf
        super().__init__(**traits)
        self.on_msg(self._hear)
        self._follow_engine()

    def connect(self, address: str, token: str | None = None) -> None:
        """Make an address the engine of this process; returns at once, the panel tells the rest.

        Parameters
        ----------
        address : str
            As in `spreadlab.connect`.
        token : str, optional
            What the server asks for.
        """
        self._begin("connecting", f"Connecting to {address} …")
        self._worker.submit(lambda: _used(address, token), self._show_found)

    def test(self, address: str, token: str | None = None) -> None:
        """Open a connection, ask it five times for its capabilities, and close it again."""
        self._begin("testing", f"Testing {address} …")
        self._worker.submit(lambda: _tested(address, token), self._show_found)

    def wait(self, timeout: float = 60.0) -> None:
        """Wait until the connection asked for is there or has failed.

        Raises
        ------
        TimeoutError
            If that takes longer.
        """
        if not (self._worker.wait(timeout) and self._watch.wait(timeout)):
            raise TimeoutError(f"still {self.state} after {timeout:g} s")

    def jobs(self) -> list[dict[str, Any]]:
        """Return the jobs of this process that run, as the panel lists them."""
        return [_row(job) for job in sl.jobs() if job.state == "running"]

    def cancel(self, job_id: str) -> None:
        """Cancel a job; nothing happens if it has ended."""
        for job in sl.jobs():
            if job.id == job_id:
                job.cancel()

    def close(self) -> None:
        """Remove the panel; the engine stays in use."""
        self._worker.close()
        self._watch.close()
        super().close()

    def _begin(self, state: str, words: str) -> None:
        with self.hold_sync():
            self.error = ""
            self.set_trait("state", state)
            self.set_trait("words", words)

    def _show_found(self, found: _Found | Exception) -> None:
        with self.hold_sync():
            if isinstance(found, Exception):
                self.set_trait("state", "failed")
                self.set_trait("words", f"{self.address} stays in use.")
                self.error = f"{type(found).__name__}: {found}"
                return
            self._follow_engine()
            self._looked = time.monotonic()
            self.set_trait("state", "connected")
            prefix = "" if found.purpose == "connect" else f"{found.capabilities.address} answers: "
            self.set_trait("words", prefix + _words(found))

    def _follow_engine(self) -> None:
        """Show the engine in use, which a cell may have changed."""
        engine = current_engine()
        if self.address != engine.address:
            self._looked = -math.inf
            with self.hold_sync():
                self.error = ""
                self.set_trait("address", engine.address)
                self.set_trait("words", "")
                self.set_trait("state", "connected")
                if engine.address.partition("?")[0] == "local":
                    # Costs nothing; another engine is asked when the reader wants to know.
                    self.set_trait("words", _words(_probe(engine, "connect")))

    def _look(self) -> None:
        """Ask an engine on another machine whether it is still there."""
        engine = current_engine()
        rested = time.monotonic() - self._looked >= _LOOK_EVERY
        if "://" in engine.address and rested and not self._watch.busy:
            self._watch.submit(partial(_probe, engine, "connect"), partial(self._seen, engine))

    def _seen(self, engine: Engine, found: _Found | Exception) -> None:
        self._looked = time.monotonic()
        if engine is not current_engine() or self.state not in {"connected", "lost"}:
            return  # the reader has gone on meanwhile
        with self.hold_sync():
            if isinstance(found, Exception):
                self.set_trait("state", "lost")
                self.set_trait("words", f"{self.address} does not answer.")
                self.error = f"{type(found).__name__}: {found}"
            elif self.state == "lost" or not self.words:
                # Otherwise nothing is new, and a screen reader would read it out again.
                self.set_trait("state", "connected")
                self.set_trait("words", _words(found))
                self.error = ""

    def _hear(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Answer the page: what it asks for is a word and, with a form, where to."""
        kind = content.get("kind")
        if kind in ("connect", "test"):
            self._hear_form(kind, content)
            return
        if kind == "cancel":
            self.cancel(str(content["id"]))
        elif self.state in {"connected", "lost"}:
            self._follow_engine()
            self._look()
        self.send({"kind": "jobs", "jobs": self.jobs()})

    def _hear_form(self, kind: str, form: dict[str, Any]) -> None:
        address = ""
        with self.reporting():
            address = address_of(form)
        if address:
            token = str(form.get("token") or "") or None
            (self.connect if kind == "connect" else self.test)(address, token)

    def _facts(self) -> str:
        return self.address

    def _static_html(self) -> str:
        return f"<p>Engine: {escape(self.address)}. {escape(self.words)}</p>"


def address_of(form: dict[str, Any]) -> str:
    """Return the address that a form describes.

    Parameters
    ----------
    form : dict
        ``where`` ("local", "remote", "cluster"), ``host`` (host:port, or a whole address),
        ``threads`` (a number or nothing), ``tls``.

    Raises
    ------
    InvalidInputError
        If the host has no port, or the address is of another kind than the form.
    """
    where = form.get("where")
    if where == "local":
        threads = str(form.get("threads") or "").strip()
        return f"local?threads={threads}" if threads else "local"
    host = str(form.get("host") or "").strip()
    scheme, _, rest = host.rpartition("://")
    if scheme and _SCHEMES.get(scheme) != where:
        raise InvalidInputError(
            "address", f"got {host!r}", f"an address of a {where} engine, such as host:port"
        )
    try:
        port = urlsplit(f"//{rest}").port
    except ValueError:
        port = None
    if port is None or not urlsplit(f"//{rest}").hostname:
        raise InvalidInputError("address", f"got {host!r}", "host:port, such as 127.0.0.1:50051")
    wanted = "dask" if where == "cluster" else "grpcs" if form.get("tls") else "grpc"
    return f"{scheme or wanted}://{rest}"


def _used(address: str, token: str | None) -> _Found:
    engine = sl.connect(address, **_secret(token))
    return _probe(engine, "connect")


def _tested(address: str, token: str | None) -> _Found:
    engine = open_engine(address, **_secret(token))
    try:
        return _probe(engine, "test")
    finally:
        engine.close()


def _secret(token: str | None) -> dict[str, Any]:
    return {} if token is None else {"token": token}


def _probe(engine: Engine, purpose: str) -> _Found:
    """Ask an engine who it is; the latency is the median of a few answers."""
    seconds = []
    for _ in range(_PROBES):
        started = time.perf_counter()
        capabilities = engine.capabilities()
        seconds.append(time.perf_counter() - started)
    return _Found(purpose, capabilities, statistics.median(seconds))


def _words(found: _Found) -> str:
    known = found.capabilities
    threads = f"{known.threads} thread{'' if known.threads == 1 else 's'}"
    words = f"{known.address} · {threads} · spreadlab {known.version}"
    if found.latency > 1e-4:
        words += f" · {1e3 * found.latency:.2g} ms to answer"
    if known.version != __version__:
        words += f" (this process runs {__version__})"
    return words


def _row(job: Job[Any]) -> dict[str, Any]:
    return {"id": job.id, **job_row(job)}
