"""PairDiscoveryService, the first design's: its clients go on working, with right numbers."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import message_factory

from spreadlab.errors import ScanCancelledError
from spreadlab.rpc.legacy import pair_discovery_pb2 as pb
from spreadlab.server.legacy import MANY_ANSWERS, ONE_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.engines.base import Engine
    from spreadlab.server.lab import Lab

_POLL_SECONDS = 0.05
_SERVICE = pb.DESCRIPTOR.services_by_name["PairDiscoveryService"]


def _answering(lab: Lab, answer: Callable[[Any, Engine], Any]) -> Callable[[Any, Any], Any]:
    async def call(request: Any, context: Any) -> Any:
        return await lab.call(context, lambda engine: answer(request, engine))

    return call


def _streaming(lab: Lab, answer: Callable[[Any, Engine], Any]) -> Callable[[Any, Any], Any]:
    async def call(request: Any, context: Any) -> None:
        loop = asyncio.get_running_loop()
        ended = threading.Event()
        context.add_done_callback(lambda _: ended.set())

        def work(engine: Engine) -> None:
            for update in answer(request, engine):
                # Waits until the connection takes it: a reader that pauses stops the search.
                sent = asyncio.run_coroutine_threadsafe(context.write(update), loop)
                _wait(sent, ended)

        await lab.call(context, work)

    return call


def _wait(sent: Any, ended: threading.Event) -> None:
    while True:
        try:
            sent.result(_POLL_SECONDS)
        except TimeoutError:
            if ended.is_set():
                sent.cancel()
                raise ScanCancelledError("the caller is gone") from None
        else:
            return


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    handlers = {}
    for method in _SERVICE.methods:
        request = message_factory.GetMessageClass(method.input_type)
        response = message_factory.GetMessageClass(method.output_type)
        if method.server_streaming:
            make, behaviour = (
                grpc.unary_stream_rpc_method_handler,
                _streaming(lab, MANY_ANSWERS[method.name]),
            )
        else:
            make, behaviour = (
                grpc.unary_unary_rpc_method_handler,
                _answering(lab, ONE_ANSWER[method.name]),
            )
        handlers[method.name] = make(behaviour, request.FromString, response.SerializeToString)
    handler = grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers)
    server.add_generic_rpc_handlers((handler,))
    return str(_SERVICE.full_name)
