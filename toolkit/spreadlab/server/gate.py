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
from spreadlab.server.logs import log

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

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        """Return the handler of a call, wrapped."""
        try:
            caller = self._lab.authority.check(details.invocation_metadata)
            if self._lab.draining and not details.method.startswith(_HEALTH):
                raise draining_error()
        except RefusedError as refusal:
            return self._refusing(await continuation(details), details.method, refusal)
        return self._wrapped(await continuation(details), details.method, caller)

    def _refusing(self, handler: Any, method: str, refusal: RefusedError) -> Any:
        async def refuse(_: Any, context: Any) -> None:
            await self._ended(context, method, None, time.perf_counter(), refusal)

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

    def _wrapped(self, handler: Any, method: str, caller: str | None) -> Any:
        if handler is None:
            return None
        name = f"{'stream' if handler.request_streaming else 'unary'}_" + (
            "stream" if handler.response_streaming else "unary"
        )
        behaviour = getattr(handler, name)

        async def call(request: Any, context: Any) -> Any:
            started = time.perf_counter()
            error: BaseException | None = None
            try:
                answer = behaviour(request, context)
                if inspect.isasyncgen(answer):
                    async for message in answer:
                        await context.write(message)
                    return None
                return await answer if inspect.isawaitable(answer) else answer
            except grpc.aio.AbortError:  # health and reflection end calls by themselves
                raise
            except asyncio.CancelledError as cancelled:
                error = cancelled
                raise
            except Exception as raised:  # noqa: BLE001 - becomes the status of the call
                error = raised
            finally:
                if error is None or isinstance(error, asyncio.CancelledError):
                    self._count(method, caller, started, error)
            await self._ended(context, method, caller, started, error)
            return None

        make = getattr(grpc, f"{name}_rpc_method_handler")
        return make(call, handler.request_deserializer, handler.response_serializer)

    async def _ended(
        self,
        context: Any,
        method: str,
        caller: str | None,
        started: float,
        error: BaseException,
    ) -> None:
        code, status = status_of(error)
        self._count(method, caller, started, error, code.name)
        await context.abort(code, status.message, ((DETAILS_KEY, status.SerializeToString()),))

    def _count(
        self,
        method: str,
        caller: str | None,
        started: float,
        error: BaseException | None,
        code: str = "",
    ) -> None:
        seconds = time.perf_counter() - started
        code = code or ("OK" if error is None else "CANCELLED")
        metrics = self._lab.metrics
        metrics.calls.labels(method, code).inc()
        metrics.seconds.labels(method).observe(seconds)
        ours = error is None or isinstance(error, SpreadlabError | asyncio.CancelledError)
        fields: dict[str, Any] = {
            "method": method,
            "code": code,
            "ms": round(1e3 * seconds, 2),
            "caller": caller,
        }
        if ours:
            log("call", **fields)
        else:
            # The text of a foreign error may quote a value: its class and place are enough.
            log("call", level=logging.ERROR, error_type=type(error).__name__, **fields)
