from spreadlab.rpc.v1 import panel_pb2 as _panel_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TestPairRequest(_message.Message):
    __slots__ = ("y", "x", "name", "transform", "lags", "trend", "alpha", "method")
    Y_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    TREND_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    y: bytes
    x: bytes
    name: str
    transform: str
    lags: str
    trend: str
    alpha: float
    method: str
    def __init__(self, y: _Optional[bytes] = ..., x: _Optional[bytes] = ..., name: _Optional[str] = ..., transform: _Optional[str] = ..., lags: _Optional[str] = ..., trend: _Optional[str] = ..., alpha: _Optional[float] = ..., method: _Optional[str] = ...) -> None: ...

class TestPairResponse(_message.Message):
    __slots__ = ("name", "statistic", "pvalue", "is_cointegrated", "critical_values", "hedge_ratio", "hedge_ratio_stderr", "intercept", "lags", "half_life", "hurst", "n_obs", "spread")
    class CriticalValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATISTIC_FIELD_NUMBER: _ClassVar[int]
    PVALUE_FIELD_NUMBER: _ClassVar[int]
    IS_COINTEGRATED_FIELD_NUMBER: _ClassVar[int]
    CRITICAL_VALUES_FIELD_NUMBER: _ClassVar[int]
    HEDGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    HEDGE_RATIO_STDERR_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    HURST_FIELD_NUMBER: _ClassVar[int]
    N_OBS_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    name: str
    statistic: float
    pvalue: float
    is_cointegrated: bool
    critical_values: _containers.ScalarMap[str, float]
    hedge_ratio: float
    hedge_ratio_stderr: float
    intercept: float
    lags: int
    half_life: float
    hurst: float
    n_obs: int
    spread: bytes
    def __init__(self, name: _Optional[str] = ..., statistic: _Optional[float] = ..., pvalue: _Optional[float] = ..., is_cointegrated: bool = ..., critical_values: _Optional[_Mapping[str, float]] = ..., hedge_ratio: _Optional[float] = ..., hedge_ratio_stderr: _Optional[float] = ..., intercept: _Optional[float] = ..., lags: _Optional[int] = ..., half_life: _Optional[float] = ..., hurst: _Optional[float] = ..., n_obs: _Optional[int] = ..., spread: _Optional[bytes] = ...) -> None: ...

class DiscoverPairsRequest(_message.Message):
    __slots__ = ("digest", "inline", "transform", "lags", "direction", "alpha", "keep_below", "keep_best", "align", "done", "scan_id")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    KEEP_BELOW_FIELD_NUMBER: _ClassVar[int]
    KEEP_BEST_FIELD_NUMBER: _ClassVar[int]
    ALIGN_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    digest: str
    inline: _panel_pb2.InlinePanel
    transform: str
    lags: str
    direction: str
    alpha: float
    keep_below: float
    keep_best: int
    align: str
    done: _containers.RepeatedCompositeFieldContainer[BlockRange]
    scan_id: str
    def __init__(self, digest: _Optional[str] = ..., inline: _Optional[_Union[_panel_pb2.InlinePanel, _Mapping]] = ..., transform: _Optional[str] = ..., lags: _Optional[str] = ..., direction: _Optional[str] = ..., alpha: _Optional[float] = ..., keep_below: _Optional[float] = ..., keep_best: _Optional[int] = ..., align: _Optional[str] = ..., done: _Optional[_Iterable[_Union[BlockRange, _Mapping]]] = ..., scan_id: _Optional[str] = ...) -> None: ...

class BlockRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class DiscoverPairsResponse(_message.Message):
    __slots__ = ("block", "progress", "summary")
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    block: PairBlock
    progress: ScanProgress
    summary: ScanSummary
    def __init__(self, block: _Optional[_Union[PairBlock, _Mapping]] = ..., progress: _Optional[_Union[ScanProgress, _Mapping]] = ..., summary: _Optional[_Union[ScanSummary, _Mapping]] = ...) -> None: ...

class PairBlock(_message.Message):
    __slots__ = ("id", "n_tests", "dependent", "hedge", "statistic", "pvalue", "hedge_ratio", "intercept", "lags", "half_life", "hurst")
    ID_FIELD_NUMBER: _ClassVar[int]
    N_TESTS_FIELD_NUMBER: _ClassVar[int]
    DEPENDENT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    STATISTIC_FIELD_NUMBER: _ClassVar[int]
    PVALUE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    HURST_FIELD_NUMBER: _ClassVar[int]
    id: int
    n_tests: int
    dependent: bytes
    hedge: bytes
    statistic: bytes
    pvalue: bytes
    hedge_ratio: bytes
    intercept: bytes
    lags: bytes
    half_life: bytes
    hurst: bytes
    def __init__(self, id: _Optional[int] = ..., n_tests: _Optional[int] = ..., dependent: _Optional[bytes] = ..., hedge: _Optional[bytes] = ..., statistic: _Optional[bytes] = ..., pvalue: _Optional[bytes] = ..., hedge_ratio: _Optional[bytes] = ..., intercept: _Optional[bytes] = ..., lags: _Optional[bytes] = ..., half_life: _Optional[bytes] = ..., hurst: _Optional[bytes] = ...) -> None: ...

class ScanProgress(_message.Message):
    __slots__ = ("scan_id", "blocks_done", "blocks_total")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_DONE_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    blocks_done: int
    blocks_total: int
    def __init__(self, scan_id: _Optional[str] = ..., blocks_done: _Optional[int] = ..., blocks_total: _Optional[int] = ...) -> None: ...

class ScanSummary(_message.Message):
    __slots__ = ("scan_id", "blocks_total", "n_tests", "pairs_listed")
    SCAN_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    N_TESTS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_LISTED_FIELD_NUMBER: _ClassVar[int]
    scan_id: str
    blocks_total: int
    n_tests: int
    pairs_listed: int
    def __init__(self, scan_id: _Optional[str] = ..., blocks_total: _Optional[int] = ..., n_tests: _Optional[int] = ..., pairs_listed: _Optional[int] = ...) -> None: ...
