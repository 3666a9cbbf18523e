"""What tests see of a server from outside: its methods, its metrics, its health."""

from __future__ import annotations

import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from spreadlab.discovery.scan_spec import make_scan_request

if TYPE_CHECKING:
    import grpc

HANG_SECONDS = 120.0  # a hang is found in the end; a slow machine is not


@dataclass(frozen=True)
class Method:
    """One rpc, called with bytes."""

    path: str
    client_streaming: bool
    server_streaming: bool

    def call(self, channel: grpc.Channel, *requests: bytes, **options: Any) -> list[bytes]:
        """Return all answers as bytes, or raise grpc.RpcError."""
        kind = f"{'stream' if self.client_streaming else 'unary'}_"
        kind += "stream" if self.server_streaming else "unary"
        invoke = getattr(channel, kind)(self.path)
        request = iter(requests) if self.client_streaming else requests[0]
        options.setdefault("timeout", HANG_SECONDS)
        answer = invoke(request, **options)
        return list(answer) if self.server_streaming else [answer]


def methods_of(channel: grpc.Channel, metadata: Any) -> list[Method]:
    """Return every rpc that the server describes, its own reflection among them."""
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)

    def ask(**question: str) -> Any:
        request = reflection_pb2.ServerReflectionRequest(**question)
        [answer] = stub.ServerReflectionInfo(
            iter([request]), metadata=metadata, timeout=HANG_SECONDS
        )
        return answer

    pool = descriptor_pool.DescriptorPool()
    added = set()

    def add(raw: bytes) -> None:
        file = descriptor_pb2.FileDescriptorProto.FromString(raw)
        if file.name in added:
            return
        added.add(file.name)
        for needed in file.dependency:
            for other in ask(
                file_by_filename=needed
            ).file_descriptor_response.file_descriptor_proto:
                add(other)
        pool.Add(file)

    methods = []
    for service in ask(list_services="").list_services_response.service:
        files = ask(file_containing_symbol=service.name).file_descriptor_response
        for raw in files.file_descriptor_proto:
            add(raw)
        for method in pool.FindServiceByName(service.name).methods:
            path = f"/{service.name}/{method.name}"
            methods.append(Method(path, method.client_streaming, method.server_streaming))
    return methods


def metrics(port: int) -> dict[str, float]:
    """Return the metrics of a server; those with labels by ``name{labels}``."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def wait_until(done: Any, seconds: float = HANG_SECONDS) -> float:
    """Wait until ``done()`` is true and return how many seconds it took."""
    started = time.monotonic()
    while not done():
        assert time.monotonic() - started < seconds, "it never came"
        time.sleep(0.005)
    return time.monotonic() - started


def scan_request(n_symbols: int, n_obs: int = 60, **options: Any) -> Any:
    """Return the task and inputs of a scan of random walks."""
    rng = np.random.default_rng(n_symbols)
    prices = np.exp(0.01 * rng.normal(size=(n_obs, n_symbols)).cumsum(axis=0))
    return make_scan_request(prices, lags=1, dfa=0, **options)
