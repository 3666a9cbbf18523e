"""Settings of the web lab: flags, then the environment, then one TOML file, then defaults."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.backtest.ledger import data_folder
from spreadlab.client.pair_discovery import server_address
from spreadlab.engines.registry import first_address
from spreadlab.errors import InvalidInputError
from spreadlab.server.config import check_bind, check_tls_pair, load_settings

DEFAULT_PORT = 8501
VARIABLE = "SPREADLAB_LAB"  # how a kernel is told what its page shows


@dataclass(frozen=True, slots=True, kw_only=True)
class LabConfig:
    """What the web lab is told.

    Attributes
    ----------
    host, port : str, int
        Where it listens; port 0 lets the system choose one.
    tls_cert, tls_key : str or None
        PEM files of its certificate and key.
    token_file : str or None
        File of mode 0600 with one token, or two while they change over, one a line; without one a
        token is made up at every start.
    trust_network : bool
        Whether it may listen off this machine without TLS: in a container that publishes its port
        to this machine alone, or behind a proxy that speaks TLS.
    engine : str or None
        Where requests of a page run at first; by default the server that GRPC_HOST and GRPC_PORT
        name, and without them this machine.
    prices : str or None
        CSV or Parquet file; by default the closes that come with spreadlab.
    replay_from : str or None
        First day that a replay trades, by default after two thirds of the prices.
    speed : float
        Bars a second of a replay, at first.
    book : str or None
        SQLite file of the paper book; by default one in the user's data folder.
    strategies : str or None
        Folder of strategies (TOML); by default one in the user's data folder.
    pool : int
        Kernels that wait for the next page.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_cert: str | None = None
    tls_key: str | None = None
    token_file: str | None = None
    trust_network: bool = False
    engine: str | None = None
    prices: str | None = None
    replay_from: str | None = None
    speed: float = 2.0
    book: str | None = None
    strategies: str | None = None
    pool: int = 1

    def __post_init__(self) -> None:
        ensure_int(self.port, "port", low=0, high=65_535)
        ensure_int(self.pool, "pool", low=1, high=64)
        ensure_float(self.speed, "speed", low=0.0, high=10_000.0, low_open=True)
        check_tls_pair(self.tls_cert, self.tls_key)
        check_bind(
            self.host,
            safe=self.trust_network or (self.secure and self.token_file is not None),
            needs="TLS (--tls-cert, --tls-key) with a token of yours (--token-file), or "
            "--trust-network where others can't read along",
        )

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.tls_cert is not None


def load_lab_config(
    flags: Mapping[str, Any],
    path: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> LabConfig:
    """Return the settings.

    Parameters
    ----------
    flags : mapping
        Settings given by hand; None means not given.
    path : path, optional
        TOML file, its keys those of `LabConfig`.
    environment : mapping, optional
        ``SPREADLAB_LAB_`` plus the name in capitals; the process's own by default.

    Raises
    ------
    InvalidInputError
        If a name is unknown, a value has the wrong type, or the settings are not safe together.
    """
    return load_settings(LabConfig, flags, path, environment, prefix=f"{VARIABLE}_", names={})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What a kernel is told about its page; nothing of it is secret.

    Attributes
    ----------
    engine : str
        Address of the engine at first.
    prices, replay_from, speed, book, strategies
        As in `LabConfig`; paths are whole.
    """

    engine: str
    prices: str | None
    replay_from: str | None
    speed: float
    book: str
    strategies: str

    def to_text(self) -> str:
        """Return it as the value of a variable."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> PageSettings:
        """Return what the variable says, or the settings of a lab that was told nothing."""
        environment = os.environ if environment is None else environment
        text = environment.get(VARIABLE)
        return page_settings(LabConfig(), environment) if text is None else cls(**json.loads(text))


def page_settings(config: LabConfig, environment: Mapping[str, str] | None = None) -> PageSettings:
    """Return what the kernels are told, with folders that exist.

    Raises
    ------
    InvalidInputError
        If a folder can't be made, or GRPC_HOST or GRPC_PORT has no meaning.
    """
    environment = os.environ if environment is None else environment
    engine = config.engine
    if engine is None and (environment.get("GRPC_HOST") or environment.get("GRPC_PORT")):
        engine = server_address(None, None, secure=bool(environment.get("SPREADLAB_CA")))
    own = data_folder()
    return PageSettings(
        engine=first_address() if engine is None else engine,
        prices=None if config.prices is None else str(Path(config.prices).expanduser().absolute()),
        replay_from=config.replay_from,
        speed=config.speed,
        book=str(_in_folder("book", config.book or own / "book.sqlite")),
        strategies=str(_folder("strategies", config.strategies or own / "strategies")),
    )


def _in_folder(name: str, path: str | Path) -> Path:
    """Return a whole path whose folder is there."""
    whole = Path(path).expanduser().absolute()
    _folder(name, whole.parent)
    return whole


def _folder(name: str, path: str | Path) -> Path:
    whole = Path(path).expanduser().absolute()
    try:
        whole.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(
            name, f"can't make the folder {whole} ({error.strerror})", "in a folder of yours"
        ) from None
    return whole
