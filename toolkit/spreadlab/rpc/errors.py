"""Errors across the wire: a remote error is the same exception with the same words as a local one.

The server sends google.rpc details: ErrorInfo says which error it is and carries its parts,
BadRequest repeats an invalid argument for clients of other languages, RetryInfo says when to come
again. Text without such details comes from gRPC itself: the connection broke.
"""

from __future__ import annotations

import re
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from spreadlab.errors import (
    ConvergenceError,
    DataUnavailableError,
    EngineUnavailableError,
    InvalidInputError,
    NotMeanRevertingError,
    ScanCancelledError,
    SpreadlabError,
    TileError,
)

DOMAIN = "spreadlab"
DETAILS_KEY = "grpc-status-details-bin"
_LONGEST_TEXT = 1500  # all metadata of an answer has to stay below 8 KiB

_OURS: dict[type[SpreadlabError], grpc.StatusCode] = {
    InvalidInputError: grpc.StatusCode.INVALID_ARGUMENT,
    NotMeanRevertingError: grpc.StatusCode.INVALID_ARGUMENT,
    ConvergenceError: grpc.StatusCode.FAILED_PRECONDITION,
    DataUnavailableError: grpc.StatusCode.FAILED_PRECONDITION,
    EngineUnavailableError: grpc.StatusCode.FAILED_PRECONDITION,
    ScanCancelledError: grpc.StatusCode.CANCELLED,
    TileError: grpc.StatusCode.INTERNAL,
}
_OTHERS: dict[type[BaseException], grpc.StatusCode] = {
    MemoryError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    NotImplementedError: grpc.StatusCode.UNIMPLEMENTED,
    DecodeError: grpc.StatusCode.INVALID_ARGUMENT,  # bytes that are no message
}
_BUILTIN = {
    cls.__name__: cls
    for cls in (
        ArithmeticError,
        FloatingPointError,
        IndexError,
        MemoryError,
        NotImplementedError,
        OverflowError,
        RuntimeError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    )
}


class RefusedError(EngineUnavailableError):
    """The server refused the call, whatever was asked.

    Attributes
    ----------
    code : grpc.StatusCode
        Status of the call.
    reason : str
        ``"PANEL_MISSING"``, ``"TOO_MANY_SCANS"``, ``"DRAINING"``, ``"UNAUTHENTICATED"`` ...
    retry_after : float or None
        Seconds after which the same call may succeed; None if it never will.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        text: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.code, self.reason, self.retry_after = code, reason, retry_after


class BrokenConnectionError(EngineUnavailableError):
    """The connection broke, or there was none; the call may be made again."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def reason_of(cls: type[BaseException]) -> str:
    """Return the reason that stands for an exception class: ``INVALID_INPUT``."""
    name = cls.__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


_BY_REASON = {reason_of(cls): cls for cls in _OURS}


def status_of(error: BaseException) -> tuple[grpc.StatusCode, status_pb2.Status]:
    """Return the code and the rich status that stand for `error`."""
    text = str(error)[:_LONGEST_TEXT]
    details: list[Any] = []
    parts: dict[str, str] = {}
    if isinstance(error, RefusedError):
        code, reason = error.code, error.reason
        if error.retry_after is not None:
            wait = duration_pb2.Duration()
            wait.FromNanoseconds(int(error.retry_after * 1e9))
            details.append(error_details_pb2.RetryInfo(retry_delay=wait))
    elif isinstance(error, SpreadlabError):
        cls = next(cls for cls in type(error).__mro__ if cls in _OURS)
        code, reason = _OURS[cls], reason_of(cls)
        if isinstance(error, InvalidInputError):
            parts = {
                name: str(getattr(error, name))[: _LONGEST_TEXT // 2]
                for name in ("argument", "got", "allowed", "next_step")
            }
            violation = error_details_pb2.BadRequest.FieldViolation(
                field=error.argument[:200], description=text
            )
            details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    else:
        code = next(
            (code for kind, code in _OTHERS.items() if isinstance(error, kind)),
            grpc.StatusCode.INTERNAL,
        )
        name = type(error).__name__
        known = next((c.__name__ for c in type(error).__mro__ if c.__name__ in _BUILTIN), name)
        reason, parts = "INTERNAL", {"type": known, "name": name}
    details.append(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=parts))
    packed = []
    for detail in details:
        any_detail = any_pb2.Any()
        any_detail.Pack(detail)
        packed.append(any_detail)
    return code, status_pb2.Status(code=code.value[0], message=text, details=packed)


def error_of(call: Any) -> BaseException:
    """Return the exception that a failed call stands for; what gRPC raised is a call."""
    code, text = call.code(), call.details() or ""
    try:
        status = rpc_status.from_call(call)
    except (ValueError, DecodeError):  # details that make no sense are nobody's we know
        status = None
    info = error_details_pb2.ErrorInfo()
    wait = error_details_pb2.RetryInfo()
    retry_after = None
    for detail in status.details if status is not None else ():
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(wait.DESCRIPTOR):
            detail.Unpack(wait)
            retry_after = wait.retry_delay.ToNanoseconds() * 1e-9
    if info.domain != DOMAIN:
        return BrokenConnectionError(code, f"{code.name}: {text}")
    return _rebuilt(code, text, info, retry_after)


def _rebuilt(
    code: grpc.StatusCode, text: str, info: Any, retry_after: float | None
) -> BaseException:
    cls = _BY_REASON.get(info.reason)
    parts = info.metadata
    if cls is not None and issubclass(cls, InvalidInputError):
        return cls(parts["argument"], parts["got"], parts["allowed"], parts["next_step"])
    if cls is not None:
        return cls(text)
    if info.reason == "INTERNAL":
        known = _BUILTIN.get(parts["type"])
        return RuntimeError(f"{parts['name']}: {text}") if known is None else known(text)
    return RefusedError(code, info.reason, text, retry_after)
