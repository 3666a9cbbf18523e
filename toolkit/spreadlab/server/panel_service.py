"""PanelService: panels by digest, received in pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab.rpc.codec import PanelBuilder
from spreadlab.rpc.v1 import panel_pb2, panel_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import grpc

    from spreadlab.server.lab import Lab

_PIECE_SECONDS = 30.0  # a sender that stops sending gives its memory back


class PanelService(panel_pb2_grpc.PanelServiceServicer):
    """The service that uploads go to."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def HasPanel(  # noqa: N802
        self, request: panel_pb2.HasPanelRequest, context: Any
    ) -> panel_pb2.HasPanelResponse:
        """Return whether the caller's panels hold the digest."""
        principal = self._lab.authority.principal(context)
        return panel_pb2.HasPanelResponse(present=self._lab.panels.has(principal, request.digest))

    async def UploadPanel(  # noqa: N802
        self, requests: AsyncIterator[panel_pb2.UploadPanelRequest], context: Any
    ) -> panel_pb2.UploadPanelResponse:
        """Receive one panel."""
        lab = self._lab
        principal = lab.authority.principal(context)
        first = await _next(requests)
        if first is None or first.WhichOneof("part") != "header":
            raise InvalidInputError("inputs", "no header came first", "a header, then values")
        builder = PanelBuilder(
            first.header,
            max_bytes=lab.config.max_panel_bytes,
            max_symbols=lab.config.max_symbols,
        )
        lab.panels.reserve(principal, builder.nbytes)
        try:
            while (message := await _next(requests)) is not None:
                if message.WhichOneof("part") != "chunk":
                    raise InvalidInputError("inputs", "a second header came", "values")
                piece = message.chunk  # a copy each time that it is asked for
                builder.write(piece)
                lab.metrics.uploaded.inc(len(piece))
            inputs = await lab.aside(builder.finish)
            lab.panels.put(principal, inputs)
        finally:
            lab.panels.release(principal, builder.nbytes)
            lab.metrics.panel_bytes.set(lab.panels.nbytes)
        return panel_pb2.UploadPanelResponse(digest=inputs.digest, bytes=builder.nbytes)


async def _next(
    requests: AsyncIterator[panel_pb2.UploadPanelRequest],
) -> panel_pb2.UploadPanelRequest | None:
    try:
        return await asyncio.wait_for(anext(requests), _PIECE_SECONDS)
    except StopAsyncIteration:
        return None
    except TimeoutError:
        raise InvalidInputError(
            "inputs", f"nothing came for {_PIECE_SECONDS:g} s", "sent without such pauses"
        ) from None


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    panel_pb2_grpc.add_PanelServiceServicer_to_server(PanelService(lab), server)  # type: ignore[no-untyped-call]
    return str(panel_pb2.DESCRIPTOR.services_by_name["PanelService"].full_name)
