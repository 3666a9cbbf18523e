from spreadlab.rpc.v1 import panel_pb2 as _panel_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Prices(_message.Message):
    __slots__ = ("digest", "inline")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    digest: str
    inline: _panel_pb2.InlinePanel
    def __init__(self, digest: _Optional[str] = ..., inline: _Optional[_Union[_panel_pb2.InlinePanel, _Mapping]] = ...) -> None: ...

class Pair(_message.Message):
    __slots__ = ("dependent", "hedge", "hedge_ratio", "intercept", "transform")
    DEPENDENT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_RATIO_FIELD_NUMBER: _ClassVar[int]
    INTERCEPT_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    dependent: str
    hedge: str
    hedge_ratio: float
    intercept: float
    transform: str
    def __init__(self, dependent: _Optional[str] = ..., hedge: _Optional[str] = ..., hedge_ratio: _Optional[float] = ..., intercept: _Optional[float] = ..., transform: _Optional[str] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ("levels", "zscore", "installed")
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    ZSCORE_FIELD_NUMBER: _ClassVar[int]
    INSTALLED_FIELD_NUMBER: _ClassVar[int]
    levels: ThresholdLevels
    zscore: ZScoreLevels
    installed: str
    def __init__(self, levels: _Optional[_Union[ThresholdLevels, _Mapping]] = ..., zscore: _Optional[_Union[ZScoreLevels, _Mapping]] = ..., installed: _Optional[str] = ...) -> None: ...

class ThresholdLevels(_message.Message):
    __slots__ = ("enter_long", "exit_long", "enter_short", "exit_short")
    ENTER_LONG_FIELD_NUMBER: _ClassVar[int]
    EXIT_LONG_FIELD_NUMBER: _ClassVar[int]
    ENTER_SHORT_FIELD_NUMBER: _ClassVar[int]
    EXIT_SHORT_FIELD_NUMBER: _ClassVar[int]
    enter_long: float
    exit_long: float
    enter_short: float
    exit_short: float
    def __init__(self, enter_long: _Optional[float] = ..., exit_long: _Optional[float] = ..., enter_short: _Optional[float] = ..., exit_short: _Optional[float] = ...) -> None: ...

class ZScoreLevels(_message.Message):
    __slots__ = ("lookback", "entry_z", "exit_z", "stop_z")
    LOOKBACK_FIELD_NUMBER: _ClassVar[int]
    ENTRY_Z_FIELD_NUMBER: _ClassVar[int]
    EXIT_Z_FIELD_NUMBER: _ClassVar[int]
    STOP_Z_FIELD_NUMBER: _ClassVar[int]
    lookback: int
    entry_z: float
    exit_z: float
    stop_z: float
    def __init__(self, lookback: _Optional[int] = ..., entry_z: _Optional[float] = ..., exit_z: _Optional[float] = ..., stop_z: _Optional[float] = ...) -> None: ...

class Costs(_message.Message):
    __slots__ = ("cost_bps", "slippage_bps", "borrow_bps", "capital", "gross", "periods_per_year")
    COST_BPS_FIELD_NUMBER: _ClassVar[int]
    SLIPPAGE_BPS_FIELD_NUMBER: _ClassVar[int]
    BORROW_BPS_FIELD_NUMBER: _ClassVar[int]
    CAPITAL_FIELD_NUMBER: _ClassVar[int]
    GROSS_FIELD_NUMBER: _ClassVar[int]
    PERIODS_PER_YEAR_FIELD_NUMBER: _ClassVar[int]
    cost_bps: float
    slippage_bps: float
    borrow_bps: float
    capital: float
    gross: float
    periods_per_year: float
    def __init__(self, cost_bps: _Optional[float] = ..., slippage_bps: _Optional[float] = ..., borrow_bps: _Optional[float] = ..., capital: _Optional[float] = ..., gross: _Optional[float] = ..., periods_per_year: _Optional[float] = ...) -> None: ...

class BacktestRequest(_message.Message):
    __slots__ = ("prices", "pair", "rule", "costs")
    PRICES_FIELD_NUMBER: _ClassVar[int]
    PAIR_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    prices: Prices
    pair: Pair
    rule: Rule
    costs: Costs
    def __init__(self, prices: _Optional[_Union[Prices, _Mapping]] = ..., pair: _Optional[_Union[Pair, _Mapping]] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., costs: _Optional[_Union[Costs, _Mapping]] = ...) -> None: ...

class BacktestResponse(_message.Message):
    __slots__ = ("total_return", "sharpe", "max_drawdown", "volatility", "turnover", "exposure", "hit_rate", "profit_factor", "n_trades", "equity")
    TOTAL_RETURN_FIELD_NUMBER: _ClassVar[int]
    SHARPE_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    N_TRADES_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    total_return: float
    sharpe: float
    max_drawdown: float
    volatility: float
    turnover: float
    exposure: float
    hit_rate: float
    profit_factor: float
    n_trades: int
    equity: bytes
    def __init__(self, total_return: _Optional[float] = ..., sharpe: _Optional[float] = ..., max_drawdown: _Optional[float] = ..., volatility: _Optional[float] = ..., turnover: _Optional[float] = ..., exposure: _Optional[float] = ..., hit_rate: _Optional[float] = ..., profit_factor: _Optional[float] = ..., n_trades: _Optional[int] = ..., equity: _Optional[bytes] = ...) -> None: ...

class SweepRequest(_message.Message):
    __slots__ = ("prices", "pair", "rule", "costs", "grid")
    PRICES_FIELD_NUMBER: _ClassVar[int]
    PAIR_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    GRID_FIELD_NUMBER: _ClassVar[int]
    prices: Prices
    pair: Pair
    rule: Rule
    costs: Costs
    grid: _containers.RepeatedCompositeFieldContainer[GridAxis]
    def __init__(self, prices: _Optional[_Union[Prices, _Mapping]] = ..., pair: _Optional[_Union[Pair, _Mapping]] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., costs: _Optional[_Union[Costs, _Mapping]] = ..., grid: _Optional[_Iterable[_Union[GridAxis, _Mapping]]] = ...) -> None: ...

class GridAxis(_message.Message):
    __slots__ = ("name", "values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class SweepResponse(_message.Message):
    __slots__ = ("grid", "sharpe", "total_return", "max_drawdown", "n_trades")
    GRID_FIELD_NUMBER: _ClassVar[int]
    SHARPE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_RETURN_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    N_TRADES_FIELD_NUMBER: _ClassVar[int]
    grid: _containers.RepeatedCompositeFieldContainer[GridAxis]
    sharpe: bytes
    total_return: bytes
    max_drawdown: bytes
    n_trades: bytes
    def __init__(self, grid: _Optional[_Iterable[_Union[GridAxis, _Mapping]]] = ..., sharpe: _Optional[bytes] = ..., total_return: _Optional[bytes] = ..., max_drawdown: _Optional[bytes] = ..., n_trades: _Optional[bytes] = ...) -> None: ...

class WalkForwardRequest(_message.Message):
    __slots__ = ("prices", "formation", "trading", "step", "purge", "max_pairs", "select", "lags", "direction", "alpha", "rule", "costs")
    PRICES_FIELD_NUMBER: _ClassVar[int]
    FORMATION_FIELD_NUMBER: _ClassVar[int]
    TRADING_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    PURGE_FIELD_NUMBER: _ClassVar[int]
    MAX_PAIRS_FIELD_NUMBER: _ClassVar[int]
    SELECT_FIELD_NUMBER: _ClassVar[int]
    LAGS_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    prices: Prices
    formation: int
    trading: int
    step: int
    purge: int
    max_pairs: int
    select: str
    lags: str
    direction: str
    alpha: float
    rule: Rule
    costs: Costs
    def __init__(self, prices: _Optional[_Union[Prices, _Mapping]] = ..., formation: _Optional[int] = ..., trading: _Optional[int] = ..., step: _Optional[int] = ..., purge: _Optional[int] = ..., max_pairs: _Optional[int] = ..., select: _Optional[str] = ..., lags: _Optional[str] = ..., direction: _Optional[str] = ..., alpha: _Optional[float] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., costs: _Optional[_Union[Costs, _Mapping]] = ...) -> None: ...

class WalkForwardResponse(_message.Message):
    __slots__ = ("fraction", "summary")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    summary: WalkForwardSummary
    def __init__(self, fraction: _Optional[float] = ..., summary: _Optional[_Union[WalkForwardSummary, _Mapping]] = ...) -> None: ...

class WalkForwardSummary(_message.Message):
    __slots__ = ("n_folds", "sharpe", "sharpe_stderr", "in_sample_sharpe", "total_return", "max_drawdown", "equity")
    N_FOLDS_FIELD_NUMBER: _ClassVar[int]
    SHARPE_FIELD_NUMBER: _ClassVar[int]
    SHARPE_STDERR_FIELD_NUMBER: _ClassVar[int]
    IN_SAMPLE_SHARPE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_RETURN_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    n_folds: int
    sharpe: float
    sharpe_stderr: float
    in_sample_sharpe: float
    total_return: float
    max_drawdown: float
    equity: bytes
    def __init__(self, n_folds: _Optional[int] = ..., sharpe: _Optional[float] = ..., sharpe_stderr: _Optional[float] = ..., in_sample_sharpe: _Optional[float] = ..., total_return: _Optional[float] = ..., max_drawdown: _Optional[float] = ..., equity: _Optional[bytes] = ...) -> None: ...
