"""InfoService: what this server is and what it allows."""

from __future__ import annotations

import time
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import registered
from spreadlab._version import __version__
from spreadlab.backtest.user_rules import ENTRY_POINTS
from spreadlab.rpc.v1 import info_pb2, info_pb2_grpc
from spreadlab.server.lab import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    import grpc

    from spreadlab.server.lab import Lab


class InfoService(info_pb2_grpc.InfoServiceServicer):
    """The service that clients ask first."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._rules = sorted(point.name for point in entry_points(group=ENTRY_POINTS))

    async def GetInfo(  # noqa: N802
        self,
        request: info_pb2.GetInfoRequest,  # noqa: ARG002
        context: Any,
    ) -> info_pb2.GetInfoResponse:
        """Return version, capabilities and limits."""
        lab = self._lab
        config = lab.config
        capabilities = lab.engine.capabilities()
        return info_pb2.GetInfoResponse(
            version=__version__,
            engine=config.engine,
            threads=capabilities.threads,
            limits=info_pb2.Limits(
                max_message_bytes=MAX_MESSAGE_BYTES,
                max_panel_bytes=config.max_panel_bytes,
                max_symbols=config.max_symbols,
                max_scans=config.max_scans,
                panel_quota_bytes=config.panel_quota_bytes,
                max_tiles=config.max_tiles,
            ),
            tasks=sorted(name for name, cls in registered().items() if hasattr(cls, "plan")),
            rules=self._rules,
            refuses=dict(capabilities.refuses),
            server_time=time.time(),
            principal=lab.authority.principal(context),
        )


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    info_pb2_grpc.add_InfoServiceServicer_to_server(InfoService(lab), server)  # type: ignore[no-untyped-call]
    return str(info_pb2.DESCRIPTOR.services_by_name["InfoService"].full_name)
