"""What a server costs: a call, an upload, streamed rows, a scan against the same one here.

Servers are processes of their own on this machine, spoken to over loopback. Times of calls are the
least of several batches, as other work on the machine can only lengthen them; a bare grpc.aio
server beside ours shows what of a call is gRPC itself.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
from measure import row

from spreadlab._canonical import wire
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.rpc import codec
from spreadlab.rpc.v1 import panel_pb2, panel_pb2_grpc
from spreadlab.task import Inputs, Partial, Tile, TilesRun, provenance_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).resolve().parent
CALLS, BATCHES = 200, 30
ROWS, COLUMNS, BLOCKS = 16_384, 9, 64

SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
import bench_remote
from spreadlab.cli import main
sys.exit(main(["serve", "--port", "0", "--log-level", "notice", *sys.argv[2:]]))
"""
BARE = """
import asyncio, grpc
from spreadlab.rpc.v1 import panel_pb2, panel_pb2_grpc

class Panels(panel_pb2_grpc.PanelServiceServicer):
    async def HasPanel(self, request, context):
        return panel_pb2.HasPanelResponse(present=False)

async def serve():
    server = grpc.aio.server()
    panel_pb2_grpc.add_PanelServiceServicer_to_server(Panels(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()

asyncio.run(serve())
"""


@wire("bench.RowsSpec")
@dataclass(frozen=True, slots=True)
class RowsSpec:
    """Blocks of rows that cost nothing to compute: what is left is the stream."""

    blocks: int = BLOCKS
    rows: int = ROWS

    def check(self, inputs: Inputs) -> None:
        """Accept anything."""

    def start(self, inputs: Inputs) -> dict[str, int]:  # noqa: ARG002
        """Return a count of rows."""
        return {"rows": 0}

    def plan(self, inputs: Inputs, state: Any, stage: int) -> Sequence[Tile]:  # noqa: ARG002
        """Return the blocks."""
        return [Tile(i) for i in range(self.blocks)] if stage == 0 else []

    def most_tiles(self, inputs: Inputs, stage: int) -> int:  # noqa: ARG002
        """Return how many they are, then 0."""
        return self.blocks if stage == 0 else 0

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002
        """Return one block."""
        return Partial(tile.id, {"rows": np.full((self.rows, COLUMNS), float(tile.id))})

    def absorb(self, state: dict[str, int], partial: Partial) -> None:
        """Count the rows."""
        state["rows"] += len(partial.values["rows"])

    def finish(self, inputs: Inputs, state: dict[str, int]) -> TilesRun:
        """Return nothing but the provenance."""
        if state["rows"] != self.blocks * self.rows:
            raise RuntimeError(f"{state['rows']} rows came")
        return TilesRun(provenance_of(self, inputs))


@contextlib.contextmanager
def served(*flags: str) -> Iterator[int]:
    """Start a server and give its port."""
    command = [sys.executable, "-c", SERVE, str(HERE), *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            if process.stderr is None:
                raise RuntimeError("no pipe to the server")
            yield int(json.loads(process.stderr.readline())["port"])
        finally:
            process.kill()


@contextlib.contextmanager
def bare() -> Iterator[int]:
    """Start a server that does nothing but answer, and give its port."""
    command = [sys.executable, "-c", BARE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("no pipe to the server")
            yield int(process.stdout.readline())
        finally:
            process.kill()


def call_milliseconds(call: Any) -> tuple[float, float]:
    """Return the median and the 99th percentile of a call, of the best batch."""
    for _ in range(CALLS):
        call()
    best = (np.inf, np.inf)
    for _ in range(BATCHES):
        taken = []
        for _ in range(CALLS):
            start = time.perf_counter()
            call()
            taken.append(1e3 * (time.perf_counter() - start))
        median, late = np.percentile(taken, [50, 99])
        best = min(best, (float(median), float(late)))
    return best


def asking(channel: Any, metadata: Any = ()) -> Any:
    """Return the smallest call there is, through token, limits, metrics and log."""
    stub = panel_pb2_grpc.PanelServiceStub(channel)
    request = panel_pb2.HasPanelRequest(digest="0" * 64)
    return lambda: stub.HasPanel(request, metadata=metadata)


def upload_rate(channel: Any) -> float:
    """Return MB a second of a panel of 5000 symbols and 2500 bars, digest checked there."""
    rng = np.random.default_rng(0)
    symbols = [f"S{i}" for i in range(5000)]
    stub = panel_pb2_grpc.PanelServiceStub(channel)
    rates = []
    for _ in range(5):
        inputs = Inputs({"prices": rng.normal(size=(2500, 5000))}, {"symbols": symbols})
        inputs.digest  # noqa: B018 - known to the client before it asks for anything
        start = time.perf_counter()
        answer = stub.UploadPanel(codec.upload_messages(inputs))
        rates.append(1e-6 * answer.bytes / (time.perf_counter() - start))
    return max(rates)


def best_seconds(work: Any, repeats: int = 5) -> float:
    """Return the least of some times, after one run that warms."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def plain() -> Iterator[dict[str, Any]]:
    """Measure a server without TLS."""
    with served() as port, bare() as bare_port:
        with grpc.insecure_channel(f"127.0.0.1:{bare_port}") as channel:
            floor, _ = call_milliseconds(asking(channel))
        address = f"grpc://127.0.0.1:{port}"
        with contextlib.closing(open_engine(address)) as engine:
            channel = engine._channel  # noqa: SLF001 - the options of a real client
            median, late = call_milliseconds(asking(channel))
            yield row("unary call, plain: p50", median, "ms", at_most=0.5)
            yield row("unary call, plain: p99", late, "ms")
            yield row("unary call, plain: over a bare grpc.aio server", median / floor, "x")
            yield row("upload of 100 MB", upload_rate(channel), "MB/s", at_least=300)
            spec = RowsSpec()
            seconds = best_seconds(lambda: engine.submit(spec, max_buffered=0).result())
            rate = 1e-6 * BLOCKS * ROWS / seconds
            yield row("result rows streamed, 9 columns", rate, "M rows/s", at_least=2)
            yield from scans(engine)


def scans(engine: Any) -> Iterator[dict[str, Any]]:
    """Compare a scan there with the same scan here, in turns."""
    rng = np.random.default_rng(1)
    prices = np.exp(np.cumsum(0.01 * rng.normal(size=(1000, 500)), axis=0))
    inputs = Inputs({"prices": prices}, {"symbols": [f"S{i}" for i in range(500)]})
    spec = PairScanSpec()
    with contextlib.closing(LocalEngine()) as local:
        here, there = [], []
        for engine_, times in [(local, here), (engine, there)] * 5:
            start = time.perf_counter()
            engine_.submit(spec, inputs, max_buffered=0).result()
            times.append(time.perf_counter() - start)
    yield row("scan of 500 symbols, 1000 bars: here", 1e3 * min(here[1:]), "ms")
    yield row("scan of 500 symbols, 1000 bars: there", 1e3 * min(there[1:]), "ms")
    yield row("scan there over here", min(there[1:]) / min(here[1:]), "x", at_most=1.25)


def secure() -> Iterator[dict[str, Any]]:
    """Measure a server with TLS and a token."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "spreadlab.cli", "certs", folder]
        subprocess.run(command, check=True, capture_output=True)
        files = {name: str(Path(folder) / name) for name in ("server.pem", "server.key", "token")}
        flags = ["--tls-cert", files["server.pem"], "--tls-key", files["server.key"]]
        token = Path(files["token"]).read_text("ascii").split()[0]
        with served(*flags, "--token-file", files["token"]) as port:
            address, ca = f"grpcs://localhost:{port}", Path(folder) / "ca.pem"
            with contextlib.closing(open_engine(address, token=token, ca=ca)) as engine:
                call = asking(engine._channel, engine._metadata)  # noqa: SLF001
                median, late = call_milliseconds(call)
        yield row("unary call, TLS and token: p50", median, "ms", at_most=1.0)
        yield row("unary call, TLS and token: p99", late, "ms")


def measurements() -> Iterator[dict[str, Any]]:
    """Measure all of it."""
    yield from plain()
    yield from secure()
