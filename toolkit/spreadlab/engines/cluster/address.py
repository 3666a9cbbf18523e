"""From an address to an engine: ``dask://host:8786``, ``dask+tls://...``, ``dask://local``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.engines.cluster.engine import ClusterEngine
from spreadlab.engines.cluster.flow import FlowOptions
from spreadlab.errors import EngineUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from distributed import Client

# Dask has a worker give freed memory back to the system at once, so that each tile gets its pages
# anew, zeroed: 30 % of the time of a scan. These are bounds that glibc grows to by itself.
_KEEP_FREED = {
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 128 << 20,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 32 << 20,
}
_LOCAL = {"workers", "threads", "memory"}
_ANY = {"panels"}
_FORMS = (
    '"dask://host:port", "dask+tls://host:port" or "dask://local?workers=N&threads=M&memory=2GiB"; '
    "all take panels=/shared/folder"
)


def open_cluster(
    address: Any,
    *,
    panels: str | os.PathLike[str] | None = None,
    ca: str | os.PathLike[str] | None = None,
    client_cert: str | os.PathLike[str] | None = None,
    client_key: str | os.PathLike[str] | None = None,
    retries: int = 3,
    run_seconds: float = 1.5,
    patience: float = 60.0,
    timeout: float = 8.0,
) -> ClusterEngine:
    """Return an engine on a Dask cluster.

    Parameters
    ----------
    address : str or distributed.Client
        A scheduler, ``"dask://local?workers=N"`` for processes of this machine that end with the
        engine, or a client, which stays open when the engine is closed.
    panels : path, optional
        Folder that this process and all workers see under this name, see `ClusterEngine`.
    ca, client_cert, client_key : path, optional
        PEM files for ``dask+tls://``, as for a server: who may have signed the scheduler's
        certificate, and one's own; by default what Dask is configured with.
    retries : int
        How often a tile is tried again after an error that may pass.
    run_seconds : float
        How long a Dask task should last.
    patience : float
        Seconds to wait for a worker when there is none.
    timeout : float
        Seconds in which the scheduler has to answer.

    Raises
    ------
    InvalidInputError
        If the address or an option makes no sense.
    EngineUnavailableError
        If the scheduler can't be reached.
    """
    options = FlowOptions(
        seconds=ensure_float(run_seconds, "run_seconds", low=0.0, low_open=True),
        retries=ensure_int(retries, "retries", low=0),
        patience=ensure_float(patience, "patience", low=0.0),
    )
    limit = ensure_float(timeout, "timeout", low=0.0, low_open=True)
    if not isinstance(address, str):
        return _of_client(address, _folder(panels), options)
    parts = urlsplit(address)
    query = _query(address, parts)
    folder = _folder(query.get("panels", panels))
    if parts.hostname == "local" and parts.scheme == "dask":
        cluster = _local_cluster(query)
        client = _connect(cluster, address, limit)
        return ClusterEngine(
            client, address, owned=(client, cluster), panels=folder, options=options
        )
    if not _has_port(parts):
        raise InvalidInputError("engine", f"got {address!r}", _FORMS)
    security = None
    if parts.scheme == "dask+tls":
        security = _security(ca, client_cert, client_key)
    elif not ca is client_cert is client_key is None:
        raise InvalidInputError(
            "ca, client_cert, client_key", f"given with {address!r}", "with dask+tls://"
        )
    protocol = "tls" if security is not None else "tcp"
    client = _connect(f"{protocol}://{parts.netloc}", address, limit, security)
    return ClusterEngine(client, address, owned=(client,), panels=folder, options=options)


def _query(address: str, parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    allowed = _ANY | (_LOCAL if parts.hostname == "local" else set())
    if len(query) < len(pairs) or set(query) - allowed or parts.path.strip("/") or parts.fragment:
        raise InvalidInputError("engine", f"got {address!r}", _FORMS)
    return query


def _has_port(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port is not None
    except ValueError:
        return False


def _folder(panels: str | os.PathLike[str] | None) -> Path | None:
    if panels is None:
        return None
    folder = Path(panels)
    if not folder.is_dir():
        raise InvalidInputError("panels", f"no such folder: {folder}", "a folder all workers see")
    return folder.resolve()


def _of_client(client: Any, panels: Path | None, options: FlowOptions) -> ClusterEngine:
    if client.asynchronous:
        raise InvalidInputError(
            "engine", "an asynchronous client", "a client with asynchronous=False"
        )
    if client.status != "running":
        raise EngineUnavailableError(f"the client is {client.status}, it has no scheduler")
    return ClusterEngine(
        client, _address_of(client.scheduler.address), panels=panels, options=options
    )


def _address_of(scheduler: str) -> str:
    protocol, _, place = scheduler.partition("://")
    scheme = {"tcp": "dask", "tls": "dask+tls"}.get(protocol, f"dask+{protocol}")
    return f"{scheme}://{place}"


def _local_cluster(query: dict[str, str]) -> Any:
    import dask
    from distributed import LocalCluster

    numbers = {}
    for name in ("workers", "threads"):
        text = query.get(name, "1")
        if not text.isdecimal() or int(text) < 1:
            raise InvalidInputError("engine", f"{name}={text!r}", "a whole number from 1")
        numbers[name] = int(text)
    if "workers" not in query:
        numbers["workers"] = len(os.sched_getaffinity(0))
    memory = _memory(query.get("memory", "auto"))
    # Dask leaves its own setting in this process when it starts workers, and would keep to that.
    for name, value in dask.config.get("distributed.nanny.pre-spawn-environ", {}).items():
        if os.environ.get(name) == str(value):
            del os.environ[name]
    with dask.config.set(_KEEP_FREED):
        return LocalCluster(
            n_workers=numbers["workers"],
            threads_per_worker=numbers["threads"],
            memory_limit=memory,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        )


def _memory(text: str) -> Any:
    from dask.utils import parse_bytes

    if text == "auto":
        return text
    try:
        amount = parse_bytes(text)
    except ValueError:
        amount = 0
    if amount <= 0:
        raise InvalidInputError("engine", f"memory={text!r}", 'an amount like "2GiB" a worker')
    return amount


def _security(*paths: str | os.PathLike[str] | None) -> Any:
    from distributed import Security

    names = {
        "ca": "tls_ca_file",
        "client_cert": "tls_client_cert",
        "client_key": "tls_client_key",
    }
    given = {}
    for (argument, name), path in zip(names.items(), paths, strict=True):
        if path is None:
            continue
        if not Path(path).is_file():
            raise InvalidInputError(argument, f"no such file: {path}", "a PEM file")
        given[name] = os.fspath(path)
    return Security(require_encryption=True, **given)


def _connect(place: Any, address: str, timeout: float, security: Any = None) -> Client:
    from distributed import Client

    try:
        return Client(
            place, timeout=timeout, security=security, set_as_default=False, name="spreadlab"
        )
    except (OSError, TimeoutError) as error:
        raise EngineUnavailableError(
            f"no scheduler answers at {address} within {timeout:g} s; is it running, and does it "
            f"{'not ' if security is None else ''}use TLS?"
        ) from error
