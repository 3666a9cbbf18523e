from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PairTestRequest(_message.Message):
    __slots__ = ("symbol1", "symbol2", "prices1", "prices2", "significance", "min_hurst", "transaction_cost")
    SYMBOL1_FIELD_NUMBER: _ClassVar[int]
    SYMBOL2_FIELD_NUMBER: _ClassVar[int]
    PRICES1_FIELD_NUMBER: _ClassVar[int]
    PRICES2_FIELD_NUMBER: _ClassVar[int]
    SIGNIFICANCE_FIELD_NUMBER: _ClassVar[int]
    MIN_HURST_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COST_FIELD_NUMBER: _ClassVar[int]
    symbol1: str
    symbol2: str
    prices1: _containers.RepeatedScalarFieldContainer[float]
    prices2: _containers.RepeatedScalarFieldContainer[float]
    significance: float
    min_hurst: float
    transaction_cost: float
    def __init__(self, symbol1: _Optional[str] = ..., symbol2: _Optional[str] = ..., prices1: _Optional[_Iterable[float]] = ..., prices2: _Optional[_Iterable[float]] = ..., significance: _Optional[float] = ..., min_hurst: _Optional[float] = ..., transaction_cost: _Optional[float] = ...) -> None: ...

class PairTestResponse(_message.Message):
    __slots__ = ("success", "symbol1", "symbol2", "beta", "p_value", "is_cointegrated", "hurst", "kappa", "theta", "sigma", "half_life", "lower_boundary", "upper_boundary", "total_return", "sharpe_ratio", "max_drawdown", "num_trades", "win_rate", "coint_score", "meanrev_score", "profit_score", "combined_score", "error")
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    SYMBOL1_FIELD_NUMBER: _ClassVar[int]
    SYMBOL2_FIELD_NUMBER: _ClassVar[int]
    BETA_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_COINTEGRATED_FIELD_NUMBER: _ClassVar[int]
    HURST_FIELD_NUMBER: _ClassVar[int]
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    TOTAL_RETURN_FIELD_NUMBER: _ClassVar[int]
    SHARPE_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    NUM_TRADES_FIELD_NUMBER: _ClassVar[int]
    WIN_RATE_FIELD_NUMBER: _ClassVar[int]
    COINT_SCORE_FIELD_NUMBER: _ClassVar[int]
    MEANREV_SCORE_FIELD_NUMBER: _ClassVar[int]
    PROFIT_SCORE_FIELD_NUMBER: _ClassVar[int]
    COMBINED_SCORE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    success: bool
    symbol1: str
    symbol2: str
    beta: float
    p_value: float
    is_cointegrated: bool
    hurst: float
    kappa: float
    theta: float
    sigma: float
    half_life: float
    lower_boundary: float
    upper_boundary: float
    total_return: float
    sharpe_ratio: float
    max_drawdown: float
    num_trades: int
    win_rate: float
    coint_score: float
    meanrev_score: float
    profit_score: float
    combined_score: float
    error: str
    def __init__(self, success: bool = ..., symbol1: _Optional[str] = ..., symbol2: _Optional[str] = ..., beta: _Optional[float] = ..., p_value: _Optional[float] = ..., is_cointegrated: bool = ..., hurst: _Optional[float] = ..., kappa: _Optional[float] = ..., theta: _Optional[float] = ..., sigma: _Optional[float] = ..., half_life: _Optional[float] = ..., lower_boundary: _Optional[float] = ..., upper_boundary: _Optional[float] = ..., total_return: _Optional[float] = ..., sharpe_ratio: _Optional[float] = ..., max_drawdown: _Optional[float] = ..., num_trades: _Optional[int] = ..., win_rate: _Optional[float] = ..., coint_score: _Optional[float] = ..., meanrev_score: _Optional[float] = ..., profit_score: _Optional[float] = ..., combined_score: _Optional[float] = ..., error: _Optional[str] = ...) -> None: ...

class SymbolData(_message.Message):
    __slots__ = ("symbol", "prices")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    prices: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, symbol: _Optional[str] = ..., prices: _Optional[_Iterable[float]] = ...) -> None: ...

class BatchDiscoveryRequest(_message.Message):
    __slots__ = ("symbols", "significance", "min_hurst", "transaction_cost", "max_pairs", "parallel_workers")
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    SIGNIFICANCE_FIELD_NUMBER: _ClassVar[int]
    MIN_HURST_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COST_FIELD_NUMBER: _ClassVar[int]
    MAX_PAIRS_FIELD_NUMBER: _ClassVar[int]
    PARALLEL_WORKERS_FIELD_NUMBER: _ClassVar[int]
    symbols: _containers.RepeatedCompositeFieldContainer[SymbolData]
    significance: float
    min_hurst: float
    transaction_cost: float
    max_pairs: int
    parallel_workers: int
    def __init__(self, symbols: _Optional[_Iterable[_Union[SymbolData, _Mapping]]] = ..., significance: _Optional[float] = ..., min_hurst: _Optional[float] = ..., transaction_cost: _Optional[float] = ..., max_pairs: _Optional[int] = ..., parallel_workers: _Optional[int] = ...) -> None: ...

class PairDiscoveryUpdate(_message.Message):
    __slots__ = ("pairs_tested", "pairs_found", "progress", "result", "is_final")
    PAIRS_TESTED_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FOUND_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    IS_FINAL_FIELD_NUMBER: _ClassVar[int]
    pairs_tested: int
    pairs_found: int
    progress: float
    result: PairTestResponse
    is_final: bool
    def __init__(self, pairs_tested: _Optional[int] = ..., pairs_found: _Optional[int] = ..., progress: _Optional[float] = ..., result: _Optional[_Union[PairTestResponse, _Mapping]] = ..., is_final: bool = ...) -> None: ...

class HJBRequest(_message.Message):
    __slots__ = ("kappa", "theta", "sigma", "rho", "transaction_cost", "n_points", "max_iter", "tolerance", "n_std")
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COST_FIELD_NUMBER: _ClassVar[int]
    N_POINTS_FIELD_NUMBER: _ClassVar[int]
    MAX_ITER_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    N_STD_FIELD_NUMBER: _ClassVar[int]
    kappa: float
    theta: float
    sigma: float
    rho: float
    transaction_cost: float
    n_points: int
    max_iter: int
    tolerance: float
    n_std: float
    def __init__(self, kappa: _Optional[float] = ..., theta: _Optional[float] = ..., sigma: _Optional[float] = ..., rho: _Optional[float] = ..., transaction_cost: _Optional[float] = ..., n_points: _Optional[int] = ..., max_iter: _Optional[int] = ..., tolerance: _Optional[float] = ..., n_std: _Optional[float] = ...) -> None: ...

class HJBResponse(_message.Message):
    __slots__ = ("lower_boundary", "upper_boundary", "residual", "iterations", "x_grid", "value_function")
    LOWER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_FIELD_NUMBER: _ClassVar[int]
    ITERATIONS_FIELD_NUMBER: _ClassVar[int]
    X_GRID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FUNCTION_FIELD_NUMBER: _ClassVar[int]
    lower_boundary: float
    upper_boundary: float
    residual: float
    iterations: int
    x_grid: _containers.RepeatedScalarFieldContainer[float]
    value_function: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, lower_boundary: _Optional[float] = ..., upper_boundary: _Optional[float] = ..., residual: _Optional[float] = ..., iterations: _Optional[int] = ..., x_grid: _Optional[_Iterable[float]] = ..., value_function: _Optional[_Iterable[float]] = ...) -> None: ...

class OUEstimationRequest(_message.Message):
    __slots__ = ("spread", "dt", "use_mle")
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    DT_FIELD_NUMBER: _ClassVar[int]
    USE_MLE_FIELD_NUMBER: _ClassVar[int]
    spread: _containers.RepeatedScalarFieldContainer[float]
    dt: float
    use_mle: bool
    def __init__(self, spread: _Optional[_Iterable[float]] = ..., dt: _Optional[float] = ..., use_mle: bool = ...) -> None: ...

class OUEstimationResponse(_message.Message):
    __slots__ = ("kappa", "theta", "sigma", "half_life")
    KAPPA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    HALF_LIFE_FIELD_NUMBER: _ClassVar[int]
    kappa: float
    theta: float
    sigma: float
    half_life: float
    def __init__(self, kappa: _Optional[float] = ..., theta: _Optional[float] = ..., sigma: _Optional[float] = ..., half_life: _Optional[float] = ...) -> None: ...

class CointegrationRequest(_message.Message):
    __slots__ = ("y", "x", "significance")
    Y_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    SIGNIFICANCE_FIELD_NUMBER: _ClassVar[int]
    y: _containers.RepeatedScalarFieldContainer[float]
    x: _containers.RepeatedScalarFieldContainer[float]
    significance: float
    def __init__(self, y: _Optional[_Iterable[float]] = ..., x: _Optional[_Iterable[float]] = ..., significance: _Optional[float] = ...) -> None: ...

class CointegrationResponse(_message.Message):
    __slots__ = ("beta", "adf_statistic", "p_value", "is_cointegrated", "spread")
    BETA_FIELD_NUMBER: _ClassVar[int]
    ADF_STATISTIC_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_COINTEGRATED_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    beta: float
    adf_statistic: float
    p_value: float
    is_cointegrated: bool
    spread: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, beta: _Optional[float] = ..., adf_statistic: _Optional[float] = ..., p_value: _Optional[float] = ..., is_cointegrated: bool = ..., spread: _Optional[_Iterable[float]] = ...) -> None: ...

class HurstRequest(_message.Message):
    __slots__ = ("series", "max_lag", "use_dfa")
    SERIES_FIELD_NUMBER: _ClassVar[int]
    MAX_LAG_FIELD_NUMBER: _ClassVar[int]
    USE_DFA_FIELD_NUMBER: _ClassVar[int]
    series: _containers.RepeatedScalarFieldContainer[float]
    max_lag: int
    use_dfa: bool
    def __init__(self, series: _Optional[_Iterable[float]] = ..., max_lag: _Optional[int] = ..., use_dfa: bool = ...) -> None: ...

class HurstResponse(_message.Message):
    __slots__ = ("hurst",)
    HURST_FIELD_NUMBER: _ClassVar[int]
    hurst: float
    def __init__(self, hurst: _Optional[float] = ...) -> None: ...

class BacktestRequest(_message.Message):
    __slots__ = ("spread", "lower_bound", "upper_bound", "transaction_cost")
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUND_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COST_FIELD_NUMBER: _ClassVar[int]
    spread: _containers.RepeatedScalarFieldContainer[float]
    lower_bound: float
    upper_bound: float
    transaction_cost: float
    def __init__(self, spread: _Optional[_Iterable[float]] = ..., lower_bound: _Optional[float] = ..., upper_bound: _Optional[float] = ..., transaction_cost: _Optional[float] = ...) -> None: ...

class BacktestResponse(_message.Message):
    __slots__ = ("total_return", "sharpe_ratio", "max_drawdown", "num_trades", "win_rate", "pnl", "avg_holding_period", "profit_factor")
    TOTAL_RETURN_FIELD_NUMBER: _ClassVar[int]
    SHARPE_RATIO_FIELD_NUMBER: _ClassVar[int]
    MAX_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    NUM_TRADES_FIELD_NUMBER: _ClassVar[int]
    WIN_RATE_FIELD_NUMBER: _ClassVar[int]
    PNL_FIELD_NUMBER: _ClassVar[int]
    AVG_HOLDING_PERIOD_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    total_return: float
    sharpe_ratio: float
    max_drawdown: float
    num_trades: int
    win_rate: float
    pnl: _containers.RepeatedScalarFieldContainer[float]
    avg_holding_period: float
    profit_factor: float
    def __init__(self, total_return: _Optional[float] = ..., sharpe_ratio: _Optional[float] = ..., max_drawdown: _Optional[float] = ..., num_trades: _Optional[int] = ..., win_rate: _Optional[float] = ..., pnl: _Optional[_Iterable[float]] = ..., avg_holding_period: _Optional[float] = ..., profit_factor: _Optional[float] = ...) -> None: ...
