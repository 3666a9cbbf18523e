from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class EstimateOuRequest(_message.Message):
    __slots__ = ("spread", "dt", "method")
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    DT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    spread: bytes
    dt: float
    method: str
    def __init__(self, spread: _Optional[bytes] = ..., dt: _Optional[float] = ..., method: _Optional[str] = ...) -> None: ...

class EstimateOuResponse(_message.Message):
    __slots__ = ("kappa", "theta", "sigma", "half_life", "half_life_bars", "loglik", "stderr", "n_obs")
    class StderrEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_BARS_FIELD_NUMBER: _ClassVar[int]
    LOGLIK_FIELD_NUMBER: _ClassVar[int]
    STDERR_FIELD_NUMBER: _ClassVar[int]
    N_OBS_FIELD_NUMBER: _ClassVar[int]
    kappa: float
    theta: float
    sigma: float
    half_life: float
    half_life_bars: float
    loglik: float
    stderr: _containers.ScalarMap[str, float]
    n_obs: int
    def __init__(self, kappa: _Optional[float] = ..., theta: _Optional[float] = ..., sigma: _Optional[float] = ..., half_life: _Optional[float] = ..., half_life_bars: _Optional[float] = ..., loglik: _Optional[float] = ..., stderr: _Optional[_Mapping[str, float]] = ..., n_obs: _Optional[int] = ...) -> None: ...

class SolveHjbRequest(_message.Message):
    __slots__ = ("kappa", "theta", "sigma", "discount", "cost", "fixed_cost", "risk_penalty", "horizon", "objective", "accounting", "method")
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    FIXED_COST_FIELD_NUMBER: _ClassVar[int]
    RISK_PENALTY_FIELD_NUMBER: _ClassVar[int]
    HORIZON_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTING_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    kappa: float
    theta: float
    sigma: float
    discount: float
    cost: float
    fixed_cost: float
    risk_penalty: float
    horizon: float
    objective: str
    accounting: str
    method: str
    def __init__(self, kappa: _Optional[float] = ..., theta: _Optional[float] = ..., sigma: _Optional[float] = ..., discount: _Optional[float] = ..., cost: _Optional[float] = ..., fixed_cost: _Optional[float] = ..., risk_penalty: _Optional[float] = ..., horizon: _Optional[float] = ..., objective: _Optional[str] = ..., accounting: _Optional[str] = ..., method: _Optional[str] = ...) -> None: ...

class SolveHjbResponse(_message.Message):
    __slots__ = ("enter_long", "exit_long", "enter_short", "exit_short", "method", "error_estimate", "iterations")
    ENTER_LONG_FIELD_NUMBER: _ClassVar[int]
    EXIT_LONG_FIELD_NUMBER: _ClassVar[int]
    ENTER_SHORT_FIELD_NUMBER: _ClassVar[int]
    EXIT_SHORT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ERROR_ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    ITERATIONS_FIELD_NUMBER: _ClassVar[int]
    enter_long: float
    exit_long: float
    enter_short: float
    exit_short: float
    method: str
    error_estimate: float
    iterations: int
    def __init__(self, enter_long: _Optional[float] = ..., exit_long: _Optional[float] = ..., enter_short: _Optional[float] = ..., exit_short: _Optional[float] = ..., method: _Optional[str] = ..., error_estimate: _Optional[float] = ..., iterations: _Optional[int] = ...) -> None: ...
