from spreadlab.rpc.v1 import panel_pb2 as _panel_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunRequest(_message.Message):
    __slots__ = ("digest", "inline", "canonical_task", "stage", "tiles", "client_version")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_TASK_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TILES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    digest: str
    inline: _panel_pb2.InlinePanel
    canonical_task: bytes
    stage: int
    tiles: _containers.RepeatedScalarFieldContainer[bytes]
    client_version: str
    def __init__(self, digest: _Optional[str] = ..., inline: _Optional[_Union[_panel_pb2.InlinePanel, _Mapping]] = ..., canonical_task: _Optional[bytes] = ..., stage: _Optional[int] = ..., tiles: _Optional[_Iterable[bytes]] = ..., client_version: _Optional[str] = ...) -> None: ...

class RunResponse(_message.Message):
    __slots__ = ("partial", "progress")
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    partial: PartialChunk
    progress: RunProgress
    def __init__(self, partial: _Optional[_Union[PartialChunk, _Mapping]] = ..., progress: _Optional[_Union[RunProgress, _Mapping]] = ...) -> None: ...

class PartialChunk(_message.Message):
    __slots__ = ("tile_id", "data", "last")
    TILE_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    tile_id: int
    data: bytes
    last: bool
    def __init__(self, tile_id: _Optional[int] = ..., data: _Optional[bytes] = ..., last: bool = ...) -> None: ...

class RunProgress(_message.Message):
    __slots__ = ("tiles_done", "tiles_total", "scans_running")
    TILES_DONE_FIELD_NUMBER: _ClassVar[int]
    TILES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    SCANS_RUNNING_FIELD_NUMBER: _ClassVar[int]
    tiles_done: int
    tiles_total: int
    scans_running: int
    def __init__(self, tiles_done: _Optional[int] = ..., tiles_total: _Optional[int] = ..., scans_running: _Optional[int] = ...) -> None: ...
