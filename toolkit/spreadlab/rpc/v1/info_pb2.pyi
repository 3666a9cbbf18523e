from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("version", "engine", "threads", "limits", "tasks", "rules", "refuses", "server_time", "principal")
    class RefusesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    REFUSES_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    version: str
    engine: str
    threads: int
    limits: Limits
    tasks: _containers.RepeatedScalarFieldContainer[str]
    rules: _containers.RepeatedScalarFieldContainer[str]
    refuses: _containers.ScalarMap[str, str]
    server_time: float
    principal: str
    def __init__(self, version: _Optional[str] = ..., engine: _Optional[str] = ..., threads: _Optional[int] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., tasks: _Optional[_Iterable[str]] = ..., rules: _Optional[_Iterable[str]] = ..., refuses: _Optional[_Mapping[str, str]] = ..., server_time: _Optional[float] = ..., principal: _Optional[str] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_message_bytes", "max_panel_bytes", "max_symbols", "max_scans", "panel_quota_bytes", "max_tiles")
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_PANEL_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    MAX_SCANS_FIELD_NUMBER: _ClassVar[int]
    PANEL_QUOTA_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_TILES_FIELD_NUMBER: _ClassVar[int]
    max_message_bytes: int
    max_panel_bytes: int
    max_symbols: int
    max_scans: int
    panel_quota_bytes: int
    max_tiles: int
    def __init__(self, max_message_bytes: _Optional[int] = ..., max_panel_bytes: _Optional[int] = ..., max_symbols: _Optional[int] = ..., max_scans: _Optional[int] = ..., panel_quota_bytes: _Optional[int] = ..., max_tiles: _Optional[int] = ...) -> None: ...
