"""Where a server is and how we talk to it: addresses, credentials, keepalive, retries."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc

from spreadlab.errors import InvalidInputError
from spreadlab.rpc.codec import PIECE_BYTES

DEFAULT_PORT = 50051
_FORM = '"grpc://host:port" or "grpcs://host:port"'
_TOKEN = re.compile(r"[!-~]+")
_LARGEST_ANSWER = 16 * PIECE_BYTES

# A server whose kernel still acknowledges, but which hangs, is found by the ping timeout alone:
# 5 s of silence, then 2.5 s for the answer. The server allows pings from every 4 s on.
_OPTIONS = {
    "grpc.keepalive_time_ms": 5000,
    "grpc.keepalive_timeout_ms": 2500,
    "grpc.http2.ping_timeout_ms": 2500,
    "grpc.http2.max_pings_without_data": 0,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 3000,
    "grpc.max_reconnect_backoff_ms": 2000,
    "grpc.max_receive_message_length": _LARGEST_ANSWER,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 1,
}
# Calls that give the same answer when made twice. Streams resume by what they have received
# instead: gRPC's own retry ends with the first header that comes back.
_IDEMPOTENT = {
    "PanelService": ["HasPanel"],
    "InfoService": ["GetInfo"],
    "PairService": ["TestPair"],
    "ModelService": ["EstimateOu", "SolveHjb"],
    "BacktestService": ["Backtest", "Sweep"],
}
_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [
                {"service": f"spreadlab.rpc.v1.{service}", "method": method}
                for service, methods in _IDEMPOTENT.items()
                for method in methods
            ],
            "waitForReady": True,
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's place.

    Attributes
    ----------
    host : str
        Name or address.
    port : int
        Port.
    secure : bool
        Whether it is reached by TLS.
    """

    host: str
    port: int = DEFAULT_PORT
    secure: bool = False

    @classmethod
    def parse(cls, address: str) -> Endpoint:
        """Return what ``grpc://host:port`` or ``grpcs://host:port`` names.

        Raises
        ------
        InvalidInputError
            If it is of another form.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise InvalidInputError("engine", f"got {address!r}", _FORM) from None
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme not in ("grpc", "grpcs") or not host or extra or parts.password:
            raise InvalidInputError("engine", f"got {_without_password(address)!r}", _FORM)
        return cls(host, DEFAULT_PORT if port is None else port, parts.scheme == "grpcs")

    @property
    def target(self) -> str:
        """The address as gRPC writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//...@", address)


def is_loopback(host: str) -> bool:
    """Return whether `host` can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows and what it trusts; nothing of it appears in a repr.

    Attributes
    ----------
    token : str or None
        Sent with every call.
    ca : bytes or None
        Certificates (PEM) that may have signed the server's; None for the usual ones.
    client_cert, client_key : bytes or None
        The client's own certificate and key (PEM).
    """

    token: str | None = field(default=None, repr=False)
    ca: bytes | None = field(default=None, repr=False)
    client_cert: bytes | None = field(default=None, repr=False)
    client_key: bytes | None = field(default=None, repr=False)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Return the metadata of every call."""
        return () if self.token is None else (("authorization", f"Bearer {self.token}"),)


def find_credentials(
    *,
    token: str | None = None,
    ca: str | os.PathLike[str] | None = None,
    client_cert: str | os.PathLike[str] | None = None,
    client_key: str | os.PathLike[str] | None = None,
) -> Credentials:
    """Return the credentials given, else those that the environment names.

    Parameters
    ----------
    token : str, optional
        Else ``SPREADLAB_TOKEN``, else the first line of the file ``SPREADLAB_TOKEN_FILE``.
    ca, client_cert, client_key : path, optional
        PEM files; else ``SPREADLAB_CA``, ``SPREADLAB_CLIENT_CERT``, ``SPREADLAB_CLIENT_KEY``.

    Raises
    ------
    InvalidInputError
        If a token has characters that no token has, or a file can't be read.
    """
    if token is None:
        token = os.environ.get("SPREADLAB_TOKEN") or None
    if token is None and (path := os.environ.get("SPREADLAB_TOKEN_FILE")):
        lines = _read("SPREADLAB_TOKEN_FILE", path).decode("utf-8", "replace").split()
        if not lines:
            raise InvalidInputError("SPREADLAB_TOKEN_FILE", f"{path} is empty", "a token")
        token = lines[0]
    if token is not None:
        _check_token(token)
    files = {"ca": ca, "client_cert": client_cert, "client_key": client_key}
    found: dict[str, Any] = {"token": token}
    for name, file in files.items():
        variable = f"SPREADLAB_{name.upper()}"
        chosen = file if file is not None else os.environ.get(variable) or None
        found[name] = None if chosen is None else _read(name if file else variable, chosen)
    return Credentials(**found)


def _check_token(token: object) -> None:
    # The value never goes into the message: messages end up in logs and notebooks.
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise InvalidInputError(
            "token",
            "empty, or with characters other than visible ASCII",
            "the line of the server's token file",
        )


def _read(argument: str, path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise InvalidInputError(
            argument, f"can't read {os.fspath(path)} ({error.strerror})", "a readable file"
        ) from None


def open_channel(endpoint: Endpoint, credentials: Credentials) -> grpc.Channel:
    """Return a channel, which connects on its first call.

    Raises
    ------
    InvalidInputError
        If a token or a client certificate would travel in the clear, or a CA is given for a
        connection without TLS.
    """
    options: dict[str, int | str] = dict(_OPTIONS)
    options["grpc.service_config"] = json.dumps(_SERVICE_CONFIG)
    if is_loopback(endpoint.host):
        options["grpc.enable_http_proxy"] = 0
    if endpoint.secure:
        tls = grpc.ssl_channel_credentials(
            credentials.ca, credentials.client_key, credentials.client_cert
        )
        return grpc.secure_channel(endpoint.target, tls, list(options.items()))
    if credentials.token is not None and not is_loopback(endpoint.host):
        raise InvalidInputError(
            "engine",
            f"a token for grpc://{endpoint.target} would travel in the clear",
            "a grpcs:// address wherever the server is on another machine",
        )
    return grpc.insecure_channel(endpoint.target, list(options.items()))
