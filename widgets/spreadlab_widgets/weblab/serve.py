"""The web server of the lab: Voila behind a gate, with a pool of warm kernels."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import socket
import ssl
import sys
from pathlib import Path

from jupyter_core.utils import run_sync
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.paths import collect_template_paths

from spreadlab.errors import EngineUnavailableError, InvalidInputError
from spreadlab.live.feeds.replay import ReplayFeed
from spreadlab.server.auth import read_tokens
from spreadlab_widgets.prompt_socket import prompt
from spreadlab_widgets.weblab.config import VARIABLE, LabConfig, page_settings
from spreadlab_widgets.weblab.gate import Gate, Keys
from spreadlab_widgets.weblab.kernels import PageKernels
from spreadlab_widgets.weblab.prices import first_replayed, prices_of

TEMPLATE = "spreadlab"
_log = logging.getLogger(__name__)
_PAGE = Path(__file__).parent / "served" / "lab.ipynb"
_IDLE_SECONDS = 300  # a kernel whose page never came
# Whatever a page asks for comes from here. Views are modules that anywidget gives to the browser as
# blobs; JupyterLab's own code, and bqplot's, make functions of text.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class _Server(Voila):  # type: ignore[misc]
    """Voila that listens where and as it is told, behind a gate."""

    name = "voila"  # the name under which its handlers look for it
    gate_keys: Keys
    listening: list[socket.socket]
    tls: ssl.SSLContext | None = None

    def listen(self) -> None:
        """Serve until asked to stop. The kernels' pool fills meanwhile."""
        server = HTTPServer(Gate(self.gate_keys, self.app), ssl_options=self.tls)
        server.add_sockets(self.listening)
        try:
            self.ioloop.start()
        finally:
            server.stop()
            self.stop()

    def stop(self) -> None:
        """End the kernels, then remove their files."""
        try:
            run_sync(self.kernel_manager.shutdown_all)()
        except Exception as error:  # noqa: BLE001 - one that is just starting may be in any state
            # It ends by itself: it watches for the end of this process.
            _log.warning("a kernel of the pool did not end as asked (%s)", type(error).__name__)
        finally:
            shutil.rmtree(self.connection_dir, ignore_errors=True)


def serve(config: LabConfig) -> None:
    """Serve until SIGTERM or SIGINT, and print where.

    Raises
    ------
    InvalidInputError
        If the prices, a token or a certificate is not in order.
    EngineUnavailableError
        If the port is taken, or the page's template is not installed.
    """
    made_up = config.token_file is None
    tokens = [secrets.token_urlsafe(32)] if made_up else read_tokens(str(config.token_file))
    settings = page_settings(config)
    # Said now, not to everybody who opens the page.
    prices, _ = prices_of(settings)
    ReplayFeed(prices, start=first_replayed(prices, settings.replay_from))
    os.environ[VARIABLE] = settings.to_text()
    _check_template()
    tls = _tls(config)
    sockets = _bind(config)
    asyncio.set_event_loop(asyncio.new_event_loop())
    port = sockets[0].getsockname()[1]
    app = _Server(config=_voila_config(config), config_file_paths=[], ip=config.host, port=port)
    app.gate_keys = Keys(tokens, secure=config.secure)
    app.listening, app.tls = sockets, tls
    app.initialize([str(_PAGE)])
    app.ioloop = IOLoop.current()  # who asks it to end may do so before it listens
    _tell(config, port, tokens[0])
    app.start()


def _check_template() -> None:
    try:
        collect_template_paths(["voila"], TEMPLATE, prune=True)
    except ValueError:
        raise EngineUnavailableError(
            "the page's template is not installed: in a clone run `make install`, elsewhere "
            "reinstall spreadlab from its wheel"
        ) from None


def _tls(config: LabConfig) -> ssl.SSLContext | None:
    if config.tls_cert is None or config.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        cert, key = Path(config.tls_cert).expanduser(), Path(config.tls_key).expanduser()
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInputError(
            "tls_cert",
            f"can't use {config.tls_cert} with {config.tls_key} ({error})",
            "PEM files of a certificate and its key",
        ) from None
    return context


def _bind(config: LabConfig) -> list[socket.socket]:
    try:
        return bind_sockets(config.port, config.host)
    except OSError as error:
        raise EngineUnavailableError(
            f"can't listen on {config.host}:{config.port} ({error.strerror or error}); "
            "--port chooses another port"
        ) from None


def _voila_config(config: LabConfig) -> Config:
    made = Config()
    made.Voila = Config(
        {
            "log_level": logging.ERROR,
            "open_browser": False,
            "tornado_settings": {
                "headers": {"Content-Security-Policy": _POLICY},
                # The gate lets no other page's requests in. A page that is left tells so without
                # the mark that this check asks for, and its kernel would go on.
                "disable_check_xsrf": True,
            },
        }
    )
    made.VoilaConfiguration = Config(
        {
            "template": TEMPLATE,
            "theme": "auto",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "file_allowlist": [],
            "preheat_kernel": True,
            "default_pool_size": config.pool,
            "multi_kernel_manager_class": PageKernels,
            "kernel_websocket_connection_class": prompt(ZMQChannelsWebsocketConnection),
        }
    )
    if sys.platform != "win32":
        # Sockets that are files of the user's alone, where TCP is open to everybody of the machine.
        made.KernelManager = Config({"transport": "ipc"})
    # The manager in use is a subclass that Voila makes of ours.
    made.MappingKernelManager = Config(
        {"cull_idle_timeout": _IDLE_SECONDS, "cull_interval": 30, "cull_connected": False}
    )
    return made


def _tell(config: LabConfig, port: int, token: str) -> None:
    host = f"[{config.host}]" if ":" in config.host else config.host
    url = f"{'https' if config.secure else 'http'}://{host}:{port}/"
    if config.token_file is None:
        words = f"{url}?token={token}"
    else:
        words = f"{url} (token in {config.token_file})"
    print(f"spreadlab lab: {words}", flush=True)  # noqa: T201 - what the command is for
