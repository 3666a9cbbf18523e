"""Settings of the server: flags, then the environment, then one TOML file, then defaults."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.errors import InvalidInputError
from spreadlab.rpc.channel import DEFAULT_PORT, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

Settings = TypeVar("Settings")

_MIB = 1 << 20
_ENVIRONMENT = {"host": "GRPC_HOST", "port": "GRPC_PORT"}
_SIZES = (
    "threads",
    "max_symbols",
    "max_scans",
    "max_tiles",
    "max_panel_bytes",
    "panel_quota_bytes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """What a server is told.

    Attributes
    ----------
    host, port : str, int
        Where it listens; port 0 lets the system choose one.
    tls_cert, tls_key : str or None
        PEM files of the server's certificate and key.
    client_ca : str or None
        PEM file of the authorities whose clients are let in (mutual TLS).
    token_file : str or None
        File of mode 0600 with one token, or two while they change over, one a line.
    engine : str
        Where tiles run: ``"local"`` or the address of a cluster.
    threads : int
        Tiles that run at once on a local engine; by default the cores of this process.
    max_panel_bytes, panel_quota_bytes : int
        Largest panel, and all panels that one caller keeps here.
    max_symbols, max_scans : int
        Most columns of a panel, and most scans at once.
    max_tiles : int
        Most tiles that one task may plan: some hundred bytes of memory each.
    metrics_port : int or None
        Port of 127.0.0.1 that answers with Prometheus metrics.
    grace : float
        Seconds that running work gets to end after a request to stop.
    reflection : bool
        Whether callers may ask for the description of the services.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_cert: str | None = None
    tls_key: str | None = None
    client_ca: str | None = None
    token_file: str | None = None
    engine: str = "local"
    threads: int = dataclasses.field(default_factory=lambda: len(os.sched_getaffinity(0)))
    max_panel_bytes: int = 512 * _MIB
    panel_quota_bytes: int = 1024 * _MIB
    max_symbols: int = 20_000
    max_scans: int = 64
    max_tiles: int = 200_000
    metrics_port: int | None = None
    grace: float = 10.0
    reflection: bool = False

    def __post_init__(self) -> None:
        ensure_int(self.port, "port", low=0, high=65_535)
        if self.metrics_port is not None:
            ensure_int(self.metrics_port, "metrics_port", low=0, high=65_535)
        for name in _SIZES:
            ensure_int(getattr(self, name), name, low=1)
        ensure_float(self.grace, "grace", low=0.0)
        check_tls_pair(self.tls_cert, self.tls_key)
        if self.client_ca is not None and self.tls_cert is None:
            raise InvalidInputError("client_ca", "given without tls_cert", "used with TLS")
        known = self.token_file is not None or self.client_ca is not None
        check_bind(
            self.host,
            safe=self.secure and known,
            needs="TLS (--tls-cert, --tls-key) with a token (--token-file) or client certificates "
            "(--client-ca)",
        )

    @property
    def secure(self) -> bool:
        """Whether the server speaks TLS."""
        return self.tls_cert is not None


def check_tls_pair(tls_cert: str | None, tls_key: str | None) -> None:
    """Raise InvalidInputError if one of certificate and key is given without the other."""
    if (tls_cert is None) != (tls_key is None):
        raise InvalidInputError(
            "tls_cert", "certificate and key come together", "both or neither of them"
        )


def check_bind(host: str, *, safe: bool, needs: str) -> None:
    """Raise InvalidInputError for an address that other machines reach, unless that is `safe`.

    Parameters
    ----------
    host : str
        Where something is to listen.
    safe : bool
        Whether callers are known and nobody on the way reads along.
    needs : str
        What would make it so.
    """
    if not host:
        raise InvalidInputError("host", f"got {host!r}", "a name or an address")
    if not safe and not is_loopback(host):
        raise InvalidInputError(
            "host",
            f"{host} can be reached from other machines",
            f"127.0.0.1, or {needs}",
            "`spreadlab certs` makes a set of them",
        )


def load_config(
    flags: Mapping[str, Any],
    path: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> ServerConfig:
    """Return the settings.

    Parameters
    ----------
    flags : mapping
        Settings given by hand; None means not given.
    path : path, optional
        TOML file, its keys those of `ServerConfig`.
    environment : mapping, optional
        ``GRPC_HOST``, ``GRPC_PORT``, and ``SPREADLAB_SERVER_`` plus the name in capitals for the
        rest; the process's own by default.

    Raises
    ------
    InvalidInputError
        If a name is unknown, a value has the wrong type, or the settings are not safe together.
    """
    return load_settings(
        ServerConfig, flags, path, environment, prefix="SPREADLAB_SERVER_", names=_ENVIRONMENT
    )


def load_settings(
    kind: type[Settings],
    flags: Mapping[str, Any],
    path: str | os.PathLike[str] | None,
    environment: Mapping[str, str] | None,
    *,
    prefix: str,
    names: Mapping[str, str],
) -> Settings:
    """Return the settings of a dataclass; see `load_config`.

    Parameters
    ----------
    kind : type
        A dataclass of plain fields.
    flags, path, environment
        As in `load_config`.
    prefix : str
        Of the variables: with the name of a field in capitals.
    names : mapping
        Fields whose variable has another name.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    found: dict[str, Any] = {}
    if path is not None:
        found.update(_from_file(Path(path), set(fields)))
    environment = os.environ if environment is None else environment
    for name, field in fields.items():
        variable = names.get(name, f"{prefix}{name.upper()}")
        if text := environment.get(variable):
            found[name] = _typed(variable, text, str(field.type))
    found.update({name: value for name, value in flags.items() if value is not None})
    return kind(**found)


def _from_file(path: Path, known: set[str]) -> dict[str, Any]:
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidInputError(
            "config", f"can't read {path} ({error.strerror})", "a readable TOML file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError("config", f"{path}: {error}", "valid TOML") from None
    if unknown := sorted(set(settings) - known):
        raise InvalidInputError(
            "config", f"{path}: unknown key {unknown[0]!r}", f"one of {', '.join(sorted(known))}"
        )
    return settings


def _typed(variable: str, text: str, kind: str) -> Any:
    allowed = {"int": "a whole number", "float": "a number", "bool": "true or false"}
    base = kind.split(" ", maxsplit=1)[0]
    try:
        if base == "int":
            return int(text)
        if base == "float":
            return float(text)
        if base == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except (ValueError, KeyError):
        raise InvalidInputError(variable, f"got {text!r}", allowed[base]) from None
    return text
