"""What every call passes: its token, the state of the server, the mapping of errors, the log."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from typing import TYPE_CHECKING, Any

import grpc

from spreadlab.errors import SpreadlabError
from spreadlab.rpc.errors import DETAILS_KEY, RefusedError, status_of
from spreadlab.server.lab import draining_error
from spreadlab.server.logs import enabled, log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from spreadlab.server.lab import Lab

_HEALTH = "/grpc.health.v1.Health/"


class Gate(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Lets a call through to its service, or refuses it.

    Whatever a service raises becomes a status that the client turns back into the same exception;
    a service never calls ``context.abort`` itself.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._handlers: dict[str, Any] = {}
        self._figures: dict[tuple[str, str], tuple[Any, Any]] = {}

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        """Return the handler of a call, wrapped."""
        method = details.method
        try:
            self._lab.authority.check(details.invocation_metadata)
            if self._lab.draining and not method.startswith(_HEALTH):
                raise draining_error()
        except RefusedError as refusal:
            return self._refusing(await continuation(details), method, refusal)
        wrapped = self._handlers.get(method)
        if wrapped is None:
            handler = await continuation(details)
            if handler is None:
                return None
            wrapped = self._handlers[method] = self._wrapped(handler, method)
        return wrapped

    def _refusing(self, handler: Any, method: str, refusal: RefusedError) -> Any:
        async def refuse(_: Any, context: Any) -> None:
            await self._ended(context, method, time.perf_counter(), refusal)

        # A refused request is not read into a message: only its kind of stream has to fit.
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }
        kind = (False, False)
        if handler is not None:
            kind = (handler.request_streaming, handler.response_streaming)
        return make[kind](refuse)

    def _wrapped(self, handler: Any, method: str) -> Any:
        name = f"{'stream' if handler.request_streaming else 'unary'}_" + (
            "stream" if handler.response_streaming else "unary"
        )
        behaviour = getattr(handler, name)

        async def call(request: Any, context: Any) -> Any:
            started = time.perf_counter()
            try:
                answer = behaviour(request, context)
                if inspect.isasyncgen(answer):
                    async for message in answer:
                        await context.write(message)
                    answer = None
                elif inspect.isawaitable(answer):
                    answer = await answer
            except grpc.aio.AbortError:  # health and reflection end calls by themselves
                raise
            except asyncio.CancelledError:
                self._count(context, method, started, "CANCELLED")
                raise
            except Exception as error:  # noqa: BLE001 - becomes the status of the call
                await self._ended(context, method, started, error)
                return None
            self._count(context, method, started, "OK")
            return answer

        make = getattr(grpc, f"{name}_rpc_method_handler")
        return make(call, handler.request_deserializer, handler.response_serializer)

    async def _ended(self, context: Any, method: str, started: float, error: BaseException) -> None:
        code, status = status_of(error)
        foreign = None if isinstance(error, SpreadlabError) else error
        self._count(context, method, started, code.name, foreign)
        await context.abort(code, status.message, ((DETAILS_KEY, status.SerializeToString()),))

    def _count(
        self,
        context: Any,
        method: str,
        started: float,
        code: str,
        foreign: BaseException | None = None,
    ) -> None:
        seconds = time.perf_counter() - started
        figures = self._figures.get((method, code))
        if figures is None:
            metrics = self._lab.metrics
            figures = metrics.calls.labels(method, code), metrics.seconds.labels(method)
            self._figures[method, code] = figures
        figures[0].inc()
        figures[1].observe(seconds)
        level = logging.INFO if foreign is None else logging.ERROR
        if not enabled(level):
            return
        fields = {"method": method, "code": code, "ms": round(1e3 * seconds, 2)}
        if code != grpc.StatusCode.UNAUTHENTICATED.name:
            fields["caller"] = self._lab.authority.principal(context)
        if foreign is not None:
            # Its text may quote a value: the class of a foreign error is enough.
            fields["error"] = type(foreign).__name__
        log("call", level=level, fields=fields)
