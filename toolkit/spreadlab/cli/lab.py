"""Serve the web lab: live monitor, pairs, strategies and a paper portfolio on a page of their own.

Every option may also come from the environment (SPREADLAB_LAB_ plus the name in capitals) or from
the TOML file that --config names; a flag wins over the environment, which wins over the file. It
prints a link with a token, without which nobody sees anything. Off this machine it refuses to start
without TLS and a token of yours.
"""

from __future__ import annotations

import argparse
import importlib

from spreadlab.errors import EngineUnavailableError

HELP = "serve the web lab for browsers"
EXAMPLE = "lab --port 8501"

_MISSING = "the web lab needs {name}; run: python -m pip install 'spreadlab[web]'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`; their names are those of `LabConfig`."""
    parser.add_argument("--config", help="TOML file of settings")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default 8501; 0 lets the system choose)")
    parser.add_argument("--tls-cert", help="PEM file of the page's certificate")
    parser.add_argument("--tls-key", help="PEM file of its key")
    parser.add_argument(
        "--token-file", help="file of mode 0600 with one token, or two, a line each"
    )
    parser.add_argument(
        "--trust-network",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="listen off this machine without TLS: in a container, or behind a proxy",
    )
    parser.add_argument(
        "--engine", help="where pages compute at first (default: GRPC_HOST and GRPC_PORT, or local)"
    )
    parser.add_argument("--prices", help="CSV or Parquet (default: the closes that come along)")
    parser.add_argument("--replay-from", help="first day that is traded, like 2020-01-02")
    parser.add_argument("--speed", type=float, help="bars a second of a replay (default 2)")
    parser.add_argument("--book", help="SQLite file of the paper book")
    parser.add_argument("--strategies", help="folder of strategies")
    parser.add_argument("--pool", type=int, help="kernels kept warm (default 1)")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    flags = {name: value for name, value in vars(options).items() if name not in {"config", "run"}}
    # The page stands above the toolkit: it is reached by name, and may not be installed.
    try:
        settings = importlib.import_module("spreadlab_widgets.weblab.config")
        server = importlib.import_module("spreadlab_widgets.weblab.serve")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("spreadlab"):
            raise
        raise EngineUnavailableError(_MISSING.format(name=error.name)) from None
    server.serve(settings.load_lab_config(flags, options.config))
    return 0
