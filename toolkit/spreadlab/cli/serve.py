"""Serve this machine's engine by gRPC, for sl.connect("grpc://host:port").

Every option may also come from the environment (GRPC_HOST, GRPC_PORT, and SPREADLAB_SERVER_ plus
the name in capitals for the rest) or from the TOML file that --config names; a flag wins over the
environment, which wins over the file. Off this machine it refuses to start without TLS and a token
or client certificates.
"""

from __future__ import annotations

import argparse

from spreadlab.errors import EngineUnavailableError

HELP = "serve this machine's engine by gRPC"
EXAMPLE = "serve --port 50051"

_LEVELS = ("debug", "info", "notice", "warning", "error")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`; their names are those of `ServerConfig`."""
    parser.add_argument("--config", help="TOML file of settings")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default 50051; 0 lets the system choose)")
    parser.add_argument("--tls-cert", help="PEM file of the server's certificate")
    parser.add_argument("--tls-key", help="PEM file of its key")
    parser.add_argument("--client-ca", help="PEM file: only clients it has signed are let in")
    parser.add_argument(
        "--token-file", help="file of mode 0600 with one token, or two, a line each"
    )
    parser.add_argument("--engine", help="local (default) or the address of a cluster")
    parser.add_argument("--threads", type=int, help="tiles that run at once (default: the cores)")
    parser.add_argument("--max-panel-bytes", type=int, help="largest panel")
    parser.add_argument("--panel-quota-bytes", type=int, help="all panels that one caller keeps")
    parser.add_argument("--max-symbols", type=int, help="most columns of a panel")
    parser.add_argument("--max-scans", type=int, help="most scans at once")
    parser.add_argument("--max-tiles", type=int, help="most tiles that one task may plan")
    parser.add_argument("--metrics-port", type=int, help="port of 127.0.0.1 for Prometheus")
    parser.add_argument("--grace", type=float, help="seconds for running work after SIGTERM")
    parser.add_argument(
        "--reflection",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="let callers ask for the description of the services",
    )
    parser.add_argument(
        "--log-level", choices=_LEVELS, default="info", help="least level (default %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then let what runs end."""
    try:
        from spreadlab.server import loop
        from spreadlab.server.app import serve
        from spreadlab.server.config import load_config
        from spreadlab.server.logs import start_logs
    except ModuleNotFoundError as error:
        if str(error.name).startswith("spreadlab"):
            raise
        raise EngineUnavailableError(
            f"the server needs {error.name}: pip install 'spreadlab[server]'"
        ) from None

    flags = {
        name: value
        for name, value in vars(options).items()
        if name not in {"config", "log_level", "run"}
    }
    config = load_config(flags, options.config)
    start_logs(options.log_level)
    loop.run(serve(config))
    return 0
