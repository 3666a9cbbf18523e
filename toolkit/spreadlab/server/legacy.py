"""What the first design's service is asked, answered by any engine: message in, message out.

Field names are the old ones, numbers are ours. A zero stands for the default, as an old client
that sets nothing sends zeros. Costs and bounds of a bare spread are in its own units; those of a
pair of prices are fractions of the value traded and levels of the log spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from spreadlab._validation import ensure_float, ensure_int
from spreadlab.api_discovery import hurst, test_pair
from spreadlab.api_ou import estimate_ou
from spreadlab.client.appraisal import (
    MIN_HURST,
    RHO,
    SIGNIFICANCE,
    TRANSACTION_COST,
    PairAppraisal,
    Terms,
    appraise,
)
from spreadlab.client.finding import find_pairs
from spreadlab.client.spread_trading import best_bounds, trade_spread
from spreadlab.data.panel import PricePanel
from spreadlab.errors import InvalidInputError
from spreadlab.rpc.legacy import pair_discovery_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from spreadlab.engines.base import Engine

DT = 1 / 252
N_POINTS = 200
MAX_ITER = 2000
TOLERANCE = 1e-6
N_STD = 4.0
MAX_LAG = 20
_MOST_POINTS = 100_001
_MOST_STD = 100.0
_COPIED = (
    "beta",
    "p_value",
    "is_cointegrated",
    "hurst",
    "kappa",
    "theta",
    "sigma",
    "half_life",
    "lower_boundary",
    "upper_boundary",
    "total_return",
    "sharpe_ratio",
    "max_drawdown",
    "num_trades",
    "win_rate",
    "coint_score",
    "meanrev_score",
    "profit_score",
    "combined_score",
)
NumberT = TypeVar("NumberT", int, float)


def answer_test_pair(request: pb.PairTestRequest, engine: Engine) -> pb.PairTestResponse:
    """Appraise one pair; prices that can't be tested come back as ``success = false``."""
    names = (request.symbol1 or "symbol1", request.symbol2 or "symbol2")
    try:
        pair = appraise(
            _vector(request.prices1),
            _vector(request.prices2),
            _terms(request),
            symbols=names,
            engine=engine,
        )
    except InvalidInputError as error:
        return pb.PairTestResponse(
            success=False, symbol1=names[0], symbol2=names[1], error=str(error)
        )
    return _pair_response(pair)


def answer_discover_pairs(
    request: pb.BatchDiscoveryRequest, engine: Engine
) -> Iterator[pb.PairDiscoveryUpdate]:
    """Return the updates of a search: one for each pair found, one after each block, the last.

    The number of parallel workers is the server's own affair.

    Raises
    ------
    InvalidInputError
        At the call, before any work.
    """
    ensure_int(request.parallel_workers, "parallel_workers", low=0)
    panel = _panel(request.symbols)
    found = find_pairs(panel, _terms(request), max_pairs=request.max_pairs, engine=engine)
    return _updates(found)


def _updates(found: Iterator[Any]) -> Iterator[pb.PairDiscoveryUpdate]:
    last = None
    for step in found:
        if last is not None:
            yield last
        result = None if step.pair is None else _pair_response(step.pair)
        last = pb.PairDiscoveryUpdate(
            pairs_tested=step.pairs_tested,
            pairs_found=step.pairs_found,
            progress=step.progress,
            result=result,
        )
    if last is None:
        raise RuntimeError("the search ended without a last word")
    last.is_final = True
    yield last


def answer_solve_hjb(request: pb.HJBRequest, engine: Engine) -> pb.HJBResponse:
    """Return the bounds of the optimal policy and the value of a flat position around the mean.

    ``residual`` is the estimated error of the bounds; x_grid covers n_std stationary standard
    deviations to either side of theta.
    """
    points = ensure_int(_or(request.n_points, N_POINTS), "n_points", low=2, high=_MOST_POINTS)
    n_std = ensure_float(_or(request.n_std, N_STD), "n_std", low=0.0, high=_MOST_STD, low_open=True)
    policy = best_bounds(
        kappa=request.kappa,
        theta=request.theta,
        sigma=request.sigma,
        rho=_or(request.rho, RHO),
        transaction_cost=_or(request.transaction_cost, TRANSACTION_COST),
        max_iter=ensure_int(_or(request.max_iter, MAX_ITER), "max_iter", low=1),
        tolerance=ensure_float(
            _or(request.tolerance, TOLERANCE), "tolerance", low=0.0, low_open=True
        ),
        engine=engine,
    )
    reach = n_std * request.sigma / np.sqrt(2.0 * request.kappa)
    grid = np.linspace(request.theta - reach, request.theta + reach, points)
    return pb.HJBResponse(
        lower_boundary=policy.thresholds.enter_long,
        upper_boundary=policy.thresholds.enter_short,
        residual=policy.error_estimate,
        iterations=policy.iterations,
        x_grid=grid,
        value_function=policy.value(0, grid),
    )


def answer_estimate_ou(request: pb.OUEstimationRequest, engine: Engine) -> pb.OUEstimationResponse:
    """Fit by maximum likelihood, half-life in the unit of dt.

    At regular times least squares on the exact discretisation is the same estimate, so `use_mle`
    changes nothing.
    """
    fit = estimate_ou(_vector(request.spread), _or(request.dt, DT), engine=engine)
    return pb.OUEstimationResponse(
        kappa=fit.kappa, theta=fit.theta, sigma=fit.sigma, half_life=fit.half_life
    )


def answer_test_cointegration(
    request: pb.CointegrationRequest, engine: Engine
) -> pb.CointegrationResponse:
    """Test y on x as they are, without logarithms."""
    pair = test_pair(
        _vector(request.y),
        _vector(request.x),
        transform="none",
        alpha=_or(request.significance, SIGNIFICANCE),
        engine=engine,
    )
    return pb.CointegrationResponse(
        beta=pair.hedge_ratio,
        adf_statistic=pair.statistic,
        p_value=pair.pvalue,
        is_cointegrated=pair.is_cointegrated,
        spread=pair.spread,
    )


def answer_calculate_hurst(request: pb.HurstRequest, engine: Engine) -> pb.HurstResponse:
    """Return the generalised exponent of the level, or that of DFA."""
    result = hurst(
        _vector(request.series),
        max_lag=_or(request.max_lag, MAX_LAG),
        method="dfa" if request.use_dfa else "generalized",
        engine=engine,
    )
    return pb.HurstResponse(hurst=result.exponent)


def answer_backtest_strategy(request: pb.BacktestRequest, engine: Engine) -> pb.BacktestResponse:
    """Trade one unit of the spread between two bounds on a capital of one."""
    result = trade_spread(
        _vector(request.spread),
        lower_bound=request.lower_bound,
        upper_bound=request.upper_bound,
        transaction_cost=_or(request.transaction_cost, TRANSACTION_COST),
        engine=engine,
    )
    metrics = result.metrics
    return pb.BacktestResponse(
        total_return=metrics.total_return,
        sharpe_ratio=metrics.sharpe,
        max_drawdown=metrics.max_drawdown,
        num_trades=metrics.n_trades,
        win_rate=metrics.hit_rate,
        pnl=result.returns,
        avg_holding_period=metrics.average_holding,
        profit_factor=metrics.profit_factor,
    )


ONE_ANSWER: dict[str, Callable[[Any, Engine], Any]] = {
    "TestPair": answer_test_pair,
    "SolveHJB": answer_solve_hjb,
    "EstimateOU": answer_estimate_ou,
    "TestCointegration": answer_test_cointegration,
    "CalculateHurst": answer_calculate_hurst,
    "BacktestStrategy": answer_backtest_strategy,
}
MANY_ANSWERS: dict[str, Callable[[Any, Engine], Iterator[Any]]] = {
    "DiscoverPairs": answer_discover_pairs
}


def _or(value: NumberT, default: NumberT) -> NumberT:
    return default if value == 0 else value


def _vector(values: Any) -> NDArray[np.float64]:
    return np.fromiter(values, dtype=np.float64, count=len(values))


def _terms(request: Any) -> Terms:
    return Terms(
        significance=_or(request.significance, SIGNIFICANCE),
        min_hurst=_or(request.min_hurst, MIN_HURST),
        transaction_cost=_or(request.transaction_cost, TRANSACTION_COST),
    )


def _panel(symbols: Any) -> PricePanel:
    if len(symbols) < 2:
        raise InvalidInputError("symbols", f"got {len(symbols)}", "at least two")
    first = symbols[0]
    for item in symbols:
        if not item.symbol:
            raise InvalidInputError("symbols", "one has no name", "a name for each")
        if len(item.prices) != len(first.prices):
            raise InvalidInputError(
                f'symbols["{item.symbol}"]',
                f"{len(item.prices)} prices",
                f"as many as {first.symbol} has, {len(first.prices)}",
            )
    values = np.column_stack([_vector(item.prices) for item in symbols])
    return PricePanel(values, tuple(item.symbol for item in symbols))


def _pair_response(pair: PairAppraisal) -> pb.PairTestResponse:
    numbers = {name: getattr(pair, name) for name in _COPIED}
    return pb.PairTestResponse(
        success=True, symbol1=pair.symbol1, symbol2=pair.symbol2, error=pair.reason, **numbers
    )
