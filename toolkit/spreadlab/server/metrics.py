"""Figures for Prometheus, on a port of this machine alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

if TYPE_CHECKING:
    from collections.abc import Callable

_LATENCY_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0)


class Metrics:
    """Counters of one server; several servers of a process don't share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter(
            "spreadlab_calls", "Calls ended", ["method", "code"], registry=self.registry
        )
        self.seconds = Histogram(
            "spreadlab_call_seconds",
            "Seconds a call took",
            ["method"],
            buckets=_LATENCY_SECONDS,
            registry=self.registry,
        )
        self.tiles = Counter("spreadlab_tiles", "Tiles answered", registry=self.registry)
        self.running = Gauge("spreadlab_tiles_running", "Tiles running", registry=self.registry)
        self.scans = Gauge("spreadlab_scans", "Scans running", registry=self.registry)
        self.uploaded = Counter(
            "spreadlab_uploaded_bytes", "Bytes of panels received", registry=self.registry
        )
        self.panel_bytes = Gauge(
            "spreadlab_panel_bytes", "Bytes of panels kept", registry=self.registry
        )

    def serve(self, port: int) -> tuple[int, Callable[[], None]]:
        """Answer on 127.0.0.1; return the port and what stops it."""
        server: Any
        server, thread = start_http_server(port, addr="127.0.0.1", registry=self.registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return int(server.server_port), stop
