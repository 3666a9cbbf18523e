"""The server process: services put together, started, drained, stopped.

A further service is a module with ``register(server, lab) -> full name of the service``, listed in
`SERVICES`. Its methods are coroutines: they raise the toolkit's exceptions, which the gate turns
into statuses, run whole tasks by ``await lab.call(context, lambda engine: ...)`` with the public
functions and ``engine=engine``, and ask ``lab.authority.principal(context)`` who calls.

Tests and notebooks start a server in this process with `start_in_thread`::

    with start_in_thread(ServerConfig(port=0)) as server:
        engine = sl.connect(server.address)

A process of its own is ``spreadlab serve --port 0``: its first line on standard error is
``{"event": "serving", "port": ..., ...}``.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from spreadlab.engines.vocabulary import load_vocabulary
from spreadlab.errors import EngineUnavailableError, InvalidInputError
from spreadlab.server.gate import Gate
from spreadlab.server.lab import MAX_MESSAGE_BYTES, Lab
from spreadlab.server.logs import NOTICE, log
from spreadlab.server.loop import WakefulLoop, run
from spreadlab.server.memory import keep_freed

if TYPE_CHECKING:
    from typing import Self

    from spreadlab.server.config import ServerConfig

SERVICES = (
    "spreadlab.server.backtest_service",
    "spreadlab.server.info_service",
    "spreadlab.server.legacy_service",
    "spreadlab.server.model_service",
    "spreadlab.server.pair_service",
    "spreadlab.server.panel_service",
    "spreadlab.server.task_service",
)
_LAST_SECONDS = 0.5
_OPTIONS = {
    "grpc.so_reuseport": 0,  # a second server on the port fails instead of taking half the calls
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_metadata_size": 16 << 10,
    "grpc.max_concurrent_streams": 128,
    # A client that hangs is found in 8 s of silence and 5 s for the answer; see rpc/channel.py for
    # the other side. Clients may ping every 4 s.
    "grpc.keepalive_time_ms": 8000,
    "grpc.keepalive_timeout_ms": 5000,
    "grpc.http2.ping_timeout_ms": 5000,
    "grpc.http2.max_pings_without_data": 0,
    "grpc.http2.min_ping_interval_without_data_ms": 4000,
    "grpc.keepalive_permit_without_calls": 1,
    # Sockets that never speak, and connections that nobody uses.
    "grpc.server_handshake_timeout_ms": 5000,
    "grpc.max_connection_idle_ms": 300_000,
}


class Server:
    """One running server; make it with `Server.start`.

    Attributes
    ----------
    port : int
        Where it listens.
    lab : Lab
        What its services share.
    """

    def __init__(self, config: ServerConfig) -> None:
        load_vocabulary()
        self.config = config
        self.lab = Lab(config)
        self._server = grpc.aio.server(
            interceptors=[Gate(self.lab)], options=list(_OPTIONS.items())
        )
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [import_module(module).register(self._server, self.lab) for module in SERVICES]
        names.append(health.SERVICE_NAME)
        if config.reflection:
            names.append(reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._server)
        self.services = tuple(names)
        self.port = 0
        self._stop_metrics: Any = None
        self.metrics_port: int | None = None

    @classmethod
    async def start(cls, config: ServerConfig) -> Server:
        """Return a server that serves.

        Raises
        ------
        InvalidInputError
            If a certificate or key can't be read, or does not fit.
        EngineUnavailableError
            If the port is taken, or the engine behind it can't be reached.
        """
        server = cls(config)
        try:
            server.port = server._bind()
            if config.metrics_port is not None:
                server._serve_metrics(config.metrics_port)
        except BaseException:
            server.lab.close()
            raise
        await server._server.start()
        loop = asyncio.get_running_loop()
        if isinstance(loop, WakefulLoop):
            loop.rest_while(lambda: server.lab.tiles_running > 0)
        for name in ("", *server.services):
            await server._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        told = {
            "host": config.host,
            "port": server.port,
            "metrics_port": server.metrics_port,
            "tls": config.secure,
            "token": config.token_file is not None,
            "client_certificates": config.client_ca is not None,
            "engine": config.engine,
            "threads": server.lab.engine.capabilities().threads,
        }
        log("serving", level=NOTICE, fields=told)
        return server

    def _bind(self) -> int:
        config = self.config
        host = f"[{config.host}]" if ":" in config.host else config.host
        place = f"{host}:{config.port}"
        try:
            if not config.secure:
                return int(self._server.add_insecure_port(place))
            port = self._server.add_secure_port(place, _tls(config))
        except RuntimeError:
            port = 0
        if not port:
            raise EngineUnavailableError(
                f"can't listen on {place}: the port is taken, the address is not of this machine, "
                "or certificate and key do not fit; --port chooses another port"
            )
        return int(port)

    def _serve_metrics(self, port: int) -> None:
        try:
            self.metrics_port, self._stop_metrics = self.lab.metrics.serve(port)
        except OSError as error:
            raise EngineUnavailableError(
                f"can't serve metrics on 127.0.0.1:{port} ({error.strerror})"
            ) from None

    async def stop(self, grace: float | None = None) -> None:
        """Say NOT_SERVING, refuse new calls, let what runs end within `grace` seconds, stop."""
        grace = self.config.grace if grace is None else grace
        await self._health.enter_graceful_shutdown()
        told = {"scans": self.lab.scans_running, "grace": grace}
        log("draining", level=NOTICE, fields=told)
        await self.lab.drain(grace)
        await self._server.stop(_LAST_SECONDS)
        if self._stop_metrics is not None:
            await asyncio.to_thread(self._stop_metrics)
        await asyncio.to_thread(self.lab.close)
        log("stopped", level=NOTICE)


def _tls(config: ServerConfig) -> Any:
    def read(name: str) -> bytes:
        path = getattr(config, name)
        try:
            return Path(path).expanduser().read_bytes()
        except OSError as error:
            raise InvalidInputError(
                name, f"can't read {path} ({error.strerror})", "a readable PEM file"
            ) from None

    pair = ((read("tls_key"), read("tls_cert")),)
    ca = None if config.client_ca is None else read("client_ca")
    return grpc.ssl_server_credentials(pair, ca, require_client_auth=ca is not None)


async def serve(config: ServerConfig) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends at once.

    SIGHUP reads the token file again.
    """
    _prepare()
    server = await Server.start(config)
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, _reload, server)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    await server.stop()


def _reload(server: Server) -> None:
    """Read the token file again, for a token that changes while clients work."""
    try:
        server.lab.authority.reload()
    except InvalidInputError as error:
        log("reload", level=logging.ERROR, fields={"refused": str(error)})
    else:
        log("reload", level=NOTICE)


def _prepare() -> None:
    """Make the process ready to answer quickly while it computes."""
    # The event loop gets the interpreter back sooner: health checks are answered while tiles run.
    sys.setswitchinterval(0.001)
    keep_freed()


class ServerThread:
    """A server on a thread of this process; made by `start_in_thread`."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self.server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="spreadlab-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error

    @property
    def address(self) -> str:
        """The address for `sl.connect`."""
        assert self.server is not None  # noqa: S101 - set before the constructor returns
        scheme = "grpcs" if self._config.secure else "grpc"
        host = "localhost" if self._config.secure else self._config.host
        return f"{scheme}://{host}:{self.server.port}"

    def stop(self) -> None:
        """Drain and stop; harmless when it has stopped."""
        if self._loop is not None and self._asked is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            run(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised by whoever starts it
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        self.server = await Server.start(self._config)
        self._ready.set()
        await self._asked.wait()
        await self.server.stop()


def start_in_thread(config: ServerConfig) -> ServerThread:
    """Start a server on a thread of this process and return it once it serves."""
    return ServerThread(config)
