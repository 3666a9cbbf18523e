"""The remote engine: this process plans and folds, a gRPC server runs the tiles.

Inputs are sent once and then named by digest. Every answer is asked for until it is here, so a
stream that breaks, or a server that is replaced while a scan runs, costs the tiles under way and
no more; each is folded exactly once, and the result is that of a local run, bit by bit.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc

from spreadlab._canonical import encode
from spreadlab._validation import ensure_float
from spreadlab._version import __version__
from spreadlab.engines.job import Job
from spreadlab.errors import EngineUnavailableError, ScanCancelledError
from spreadlab.rpc import codec
from spreadlab.rpc.channel import Credentials, Endpoint, find_credentials, open_channel
from spreadlab.rpc.errors import BrokenConnectionError, RefusedError, error_of
from spreadlab.rpc.v1 import (
    info_pb2,
    info_pb2_grpc,
    panel_pb2,
    panel_pb2_grpc,
    task_pb2,
    task_pb2_grpc,
)
from spreadlab.rpc.watch import CancelWatch
from spreadlab.task import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from spreadlab.task import Inputs, Partial, ResultT, Task, Tile

_FIRST_SECONDS = 5.0  # for the first answer of a server
_REQUEST_BYTES = 2 << 20  # tiles asked for in one call
_PATIENCE = 10.0
# What gRPC says by itself when a connection breaks; a request that is too large, or a method that
# is not there, is refused again however often it is sent.
_GONE = (
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNKNOWN,
)


class RemoteEngine:
    """Runs tiles on the server at `address`.

    Parameters
    ----------
    address : str
        ``"grpc://host:port"`` or, by TLS, ``"grpcs://host:port"``.
    credentials : Credentials, optional
        Token and certificates; none by default.
    patience : float
        Seconds that a server may be gone, while a job runs, before the job fails.

    Raises
    ------
    EngineUnavailableError
        If no server answers there, it refuses the credentials, or it is of another version.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials | None = None,
        *,
        patience: float = _PATIENCE,
    ) -> None:
        self._address = address
        self._endpoint = Endpoint.parse(address)
        self._credentials = credentials or Credentials()
        self._patience = ensure_float(patience, "patience", low=0.0)
        self._metadata = self._credentials.metadata()
        self._watch = CancelWatch()
        self._uploads = threading.Lock()
        self._closed = threading.Event()
        self._process = os.getpid()
        self._channel = open_channel(self._endpoint, self._credentials)
        self._tasks = task_pb2_grpc.TaskServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._panels = panel_pb2_grpc.PanelServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._infos = info_pb2_grpc.InfoServiceStub(self._channel)  # type: ignore[no-untyped-call]
        try:
            self._greet()
        except BaseException:
            self._channel.close()
            raise

    def __repr__(self) -> str:
        return f"RemoteEngine({self._address!r})"

    @property
    def address(self) -> str:
        """The address given to connect."""
        return self._address

    def submit(
        self,
        task: Task[ResultT],
        inputs: Inputs | None = None,
        *,
        done: Iterable[Partial] = (),
        max_buffered: int | None = None,
    ) -> Job[ResultT]:
        """Start `task`; see `Engine.submit`."""
        self._check_usable()
        return Job(
            task,
            inputs,
            self._run_tiles,
            address=self._address,
            done=done,
            max_buffered=max_buffered,
        )

    def capabilities(self) -> Capabilities:
        """Return version, threads and limits of the server, asked now."""
        info = self._info()
        limits = {
            field.name: getattr(info.limits, field.name) for field in info.limits.DESCRIPTOR.fields
        }
        return Capabilities(self._address, info.version, info.threads, limits, dict(info.refuses))

    def close(self) -> None:
        """Cancel what runs here and hang up."""
        self._closed.set()
        if os.getpid() == self._process:
            self._channel.close()

    def _check_usable(self) -> None:
        if self._closed.is_set():
            raise EngineUnavailableError(
                f"this engine was closed; sl.connect({self._address!r}) opens one"
            )
        if os.getpid() != self._process:
            raise EngineUnavailableError(
                "this process was forked from the one that connected, and gRPC does not survive "
                f"that; call sl.connect({self._address!r}) in a process that was spawned "
                '(multiprocessing.get_context("spawn"))'
            )

    # Meeting the server.

    def _info(self) -> info_pb2.GetInfoResponse:
        self._check_usable()
        try:
            return self._infos.GetInfo(  # type: ignore[no-any-return]
                info_pb2.GetInfoRequest(),
                metadata=self._metadata,
                timeout=_FIRST_SECONDS,
                wait_for_ready=False,  # nobody there is known at once
            )
        except grpc.RpcError as error:
            raise self._in_words(error_of(error)) from None

    def _greet(self) -> None:
        there, here = self._info().version, __version__
        if there.split(".")[:2] != here.split(".")[:2]:
            raise EngineUnavailableError(
                f"{self._address} runs spreadlab {there}, this is {here}; install the same version "
                "on both sides"
            )

    def _in_words(self, error: BaseException) -> BaseException:
        if isinstance(error, RefusedError) and error.reason == "UNAUTHENTICATED":
            return EngineUnavailableError(f"{self._address}: {error}")
        if isinstance(error, BrokenConnectionError) and error.code not in _GONE:
            return EngineUnavailableError(f"{self._address} refuses this request: {error}")
        if isinstance(error, BrokenConnectionError):
            tls = "by TLS" if self._endpoint.secure else "without TLS"
            return EngineUnavailableError(
                f"no spreadlab server answers at {self._endpoint.target} {tls} ({error}); "
                "`spreadlab serve` starts one, `spreadlab doctor` says what is wrong"
            )
        return error

    # Tiles.

    def _run_tiles(
        self,
        task: Task[Any],
        inputs: Inputs,
        tiles: Sequence[Tile],
        cancelled: Callable[[], bool],
    ) -> Iterator[Partial]:
        self._check_usable()
        task_bytes = encode(task)
        missing = {tile.id: encode(tile) for tile in tiles}
        patience = _Patience(self._patience)

        def stopped() -> bool:
            return cancelled() or self._closed.is_set()

        while missing:
            request = self._request(task_bytes, inputs, tiles[0].stage, missing)
            asked, failed = len(missing), None
            try:
                call = self._tasks.Run(request, metadata=self._metadata)
                with self._watch.watching(call, stopped):
                    for partial in codec.partials_of(call):
                        if missing.pop(partial.tile_id, None) is not None:
                            patience.reset()
                            yield partial
            except grpc.RpcError as error:
                failed = error_of(error)
            except ValueError:  # the channel was closed under us
                self._stop_if(stopped)
                raise
            self._stop_if(stopped)
            if failed is not None:
                self._go_on_after(failed, inputs, patience, stopped)
            elif len(missing) == asked:
                raise RuntimeError(f"{self._address} ended a stream without an answer")

    def _request(
        self, task: bytes, inputs: Inputs, stage: int, missing: dict[int, bytes]
    ) -> task_pb2.RunRequest:
        request = task_pb2.RunRequest(canonical_task=task, stage=stage, client_version=__version__)
        if codec.size_of(inputs) <= codec.INLINE_BYTES:
            request.inline.CopyFrom(codec.inline_panel(inputs))
        else:
            request.digest = inputs.digest
        size = 0
        for payload in missing.values():
            size += len(payload)
            if request.tiles and size > _REQUEST_BYTES:
                break
            request.tiles.append(payload)
        return request

    def _go_on_after(
        self,
        error: BaseException,
        inputs: Inputs,
        patience: _Patience,
        stopped: Callable[[], bool],
    ) -> None:
        """Return when the missing tiles may be asked for again; else raise what went wrong."""
        if isinstance(error, RefusedError) and error.reason == "PANEL_MISSING":
            try:
                self._upload(inputs, stopped)
            except grpc.RpcError as failed:
                error = error_of(failed)
            else:
                patience.count_upload()
                return
            self._stop_if(stopped)
        if isinstance(error, RefusedError) and error.retry_after is not None:
            if not patience.wait(error.retry_after, stopped):
                raise EngineUnavailableError(f"{self._address}: {error}")
        elif isinstance(error, BrokenConnectionError) and error.code in _GONE:
            if not self._reconnected(patience, stopped):
                raise EngineUnavailableError(
                    f"lost the server at {self._endpoint.target} and could not reach it again for "
                    f"{self._patience:g} s ({error}); nothing that was computed is lost to a run "
                    "with a sink"
                )
        else:
            raise self._in_words(error)
        self._stop_if(stopped)

    def _reconnected(self, patience: _Patience, stopped: Callable[[], bool]) -> bool:
        """Return whether the server answers again before patience ends."""
        while patience.wait(0.05, stopped):
            if stopped():
                return True
            try:
                self._infos.GetInfo(
                    info_pb2.GetInfoRequest(),
                    metadata=self._metadata,
                    timeout=min(1.0, max(patience.left, 0.05)),
                )
            except grpc.RpcError as error:
                failed = error_of(error)
                retry = isinstance(failed, RefusedError) and failed.retry_after is not None
                gone = isinstance(failed, BrokenConnectionError) and failed.code in _GONE
                if not (retry or gone):
                    raise self._in_words(failed) from None
            except ValueError:
                return False
            else:
                return True
        return False

    def _upload(self, inputs: Inputs, stopped: Callable[[], bool]) -> None:
        with self._uploads:  # two jobs that miss the same panel send it once
            held = self._panels.HasPanel(
                panel_pb2.HasPanelRequest(digest=inputs.digest),
                metadata=self._metadata,
                timeout=_FIRST_SECONDS,
            )
            if held.present:
                return
            call = self._panels.UploadPanel.future(
                codec.upload_messages(inputs), metadata=self._metadata
            )
            with self._watch.watching(call, stopped):
                call.result()

    def _stop_if(self, stopped: Callable[[], bool]) -> None:
        if self._closed.is_set():
            raise ScanCancelledError("the engine was closed; no result exists")
        if stopped():
            raise ScanCancelledError("the job was cancelled; no result exists")


def open_remote(
    address: str,
    *,
    token: str | None = None,
    ca: str | os.PathLike[str] | None = None,
    client_cert: str | os.PathLike[str] | None = None,
    client_key: str | os.PathLike[str] | None = None,
    patience: float = _PATIENCE,
) -> RemoteEngine:
    """Return the engine of ``"grpc://host:port"`` or ``"grpcs://host:port"``.

    Parameters
    ----------
    address : str
        The server; port 50051 if none is given.
    token : str, optional
        Shown with every call; else ``SPREADLAB_TOKEN``, else the file ``SPREADLAB_TOKEN_FILE``.
    ca, client_cert, client_key : path, optional
        PEM files: who may have signed the server's certificate, and the client's own; else
        ``SPREADLAB_CA``, ``SPREADLAB_CLIENT_CERT``, ``SPREADLAB_CLIENT_KEY``.
    patience : float
        Seconds that the server may be gone while a job runs.
    """
    credentials = find_credentials(
        token=token, ca=ca, client_cert=client_cert, client_key=client_key
    )
    return RemoteEngine(address, credentials, patience=patience)


class _Patience:
    """How long a job may be without progress before it gives up; waits in small steps."""

    _UPLOADS = 5

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pause = threading.Event()
        self.reset()

    def reset(self) -> None:
        """Start anew: an answer came, so everything is well."""
        self._until: float | None = None
        self._tries = 0
        self._uploads = 0

    @property
    def left(self) -> float:
        """Seconds left since the first failure in a row."""
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        return self._until - time.monotonic()

    def wait(self, seconds: float, stopped: Callable[[], bool]) -> bool:
        """Wait `seconds`, longer on each try, up to a second; return False when none are left."""
        left = self.left
        if left <= 0:
            return False
        end = time.monotonic() + min(max(seconds, 0.05 * 2.0 ** min(self._tries, 4)), left, 1.0)
        self._tries += 1
        while (rest := end - time.monotonic()) > 0 and not stopped():
            self._pause.wait(min(rest, 0.02))
        return True

    def count_upload(self) -> None:
        """Raise EngineUnavailableError if the server loses the panel again and again."""
        self._uploads += 1
        if self._uploads > self._UPLOADS:
            raise EngineUnavailableError(
                "the server drops the prices as soon as they are sent; its panel quota is too "
                "small for what runs there now"
            )
