"""One pair from test to trade: is it cointegrated, how does it revert, what would it have made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._validation import ensure_float
from spreadlab.api_control import solve_hjb, spread_cost
from spreadlab.api_discovery import test_pair
from spreadlab.api_ou import estimate_ou
from spreadlab.backtest.spec import BPS, make_backtest_request
from spreadlab.data.panel import ensure_pair
from spreadlab.discovery.rules import MIN_OBS
from spreadlab.engines.run import run
from spreadlab.errors import ConvergenceError, NotMeanRevertingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spreadlab.discovery.pair_result import PairResult

NAN = float("nan")
SIGNIFICANCE = 0.05
MIN_HURST = 0.45
TRANSACTION_COST = 0.001
RHO = 0.04
_WALK = 0.5  # Hurst exponent of a random walk
_FULL_SCORE = 0.2  # this far below it, the score of mean reversion is one


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAppraisal:
    """What one pair amounts to; NaN from the step on that has no answer, with the `reason`.

    Attributes
    ----------
    symbol1, symbol2 : str
        Dependent and hedge.
    beta, p_value : float
        Hedge ratio of log prices, and p-value of Engle and Granger's test.
    is_cointegrated : bool
        Whether `p_value` is below the significance asked for. It counts one test: a pair picked
        from many needs the adjusted p-values of a scan.
    hurst : float
        Generalised Hurst exponent of the spread.
    kappa, theta, sigma, half_life : float
        Ornstein-Uhlenbeck fit by maximum likelihood, time in years of 252 bars.
    lower_boundary, upper_boundary : float
        Levels of the spread at which the optimal policy goes long and short.
    total_return, sharpe_ratio, max_drawdown, num_trades, win_rate
        Of trading that policy over the same prices: in sample, so an upper bound at best.
    coint_score, meanrev_score, profit_score : float
        1 - p, (0.5 - H) / 0.2, and 1 + max(0, total return).
    combined_score : float
        Their product.
    reason : str
        Why there is no fit or no policy, or "".
    """

    symbol1: str
    symbol2: str
    beta: float
    p_value: float
    is_cointegrated: bool
    hurst: float
    kappa: float = NAN
    theta: float = NAN
    sigma: float = NAN
    half_life: float = NAN
    lower_boundary: float = NAN
    upper_boundary: float = NAN
    total_return: float = NAN
    sharpe_ratio: float = NAN
    max_drawdown: float = NAN
    num_trades: int = 0
    win_rate: float = NAN
    reason: str = ""

    @property
    def coint_score(self) -> float:
        """1 - p."""
        return 1.0 - self.p_value

    @property
    def meanrev_score(self) -> float:
        """(0.5 - H) / 0.2."""
        return (_WALK - self.hurst) / _FULL_SCORE

    @property
    def profit_score(self) -> float:
        """1 + max(0, total return); NaN without a backtest."""
        # max(0, NaN) is 0, which would turn "not traded" into "earned nothing".
        return NAN if math.isnan(self.total_return) else 1.0 + max(0.0, self.total_return)

    @property
    def combined_score(self) -> float:
        """Product of the three scores."""
        return self.coint_score * self.meanrev_score * self.profit_score


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms pairs are appraised.

    Parameters
    ----------
    significance : float
        Level of the cointegration test.
    min_hurst : float
        A pair is found only if its Hurst exponent is below this.
    transaction_cost : float
        Cost one way, as a fraction of the value traded in each leg.

    Raises
    ------
    InvalidInputError
        If a number is outside its range.
    """

    significance: float = SIGNIFICANCE
    min_hurst: float = MIN_HURST
    transaction_cost: float = TRANSACTION_COST

    def __post_init__(self) -> None:
        bounds = {"significance": 1.0, "min_hurst": 2.0, "transaction_cost": 0.5}
        for name, high in bounds.items():
            value = ensure_float(
                getattr(self, name), name, low=0.0, high=high, low_open=True, high_open=True
            )
            object.__setattr__(self, name, value)


def appraise(
    prices1: Any,
    prices2: Any,
    terms: Terms,
    *,
    symbols: Sequence[str],
    arguments: tuple[str, str] = ("prices1", "prices2"),
    engine: Any = None,
) -> PairAppraisal:
    """Test a pair, fit its spread, solve for the best policy and trade it over the same prices.

    Parameters
    ----------
    prices1, prices2 : array_like, shape (T,)
        Dependent and hedge; positive.
    terms : Terms
        Level and cost.
    symbols : sequence of two str
        Their names.
    arguments : tuple of two str
        What the caller calls the prices.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Raises
    ------
    InvalidInputError
        For prices that can't be tested.
    """
    ensure_pair(prices1, prices2, arguments=arguments, min_obs=MIN_OBS)
    pair = test_pair(prices1, prices2, alpha=terms.significance, engine=engine)
    known: dict[str, Any] = {
        "symbol1": symbols[0],
        "symbol2": symbols[1],
        "beta": pair.hedge_ratio,
        "p_value": pair.pvalue,
        "is_cointegrated": pair.is_cointegrated,
        "hurst": pair.hurst,
    }
    try:
        _follow_up(known, pair, terms, engine)
    except (NotMeanRevertingError, ConvergenceError) as error:
        known["reason"] = str(error)
    return PairAppraisal(**known)


def _follow_up(known: dict[str, Any], pair: PairResult, terms: Terms, engine: Any) -> None:
    """Add to `known` what each step answers, up to the first that has no answer."""
    ou = estimate_ou(pair.spread, engine=engine)
    known |= {name: getattr(ou, name) for name in ("kappa", "theta", "sigma", "half_life")}
    cost_bps = terms.transaction_cost / BPS
    cost = spread_cost(pair, cost_bps)
    policy = solve_hjb(ou, discount=RHO, cost=cost, engine=engine)
    known["lower_boundary"] = policy.thresholds.enter_long
    known["upper_boundary"] = policy.thresholds.enter_short
    # Not sl.backtest, which records a trial of the user's: nobody tried anything here.
    spec, inputs = make_backtest_request(pair.prices, pair=pair, policy=policy, cost_bps=cost_bps)
    metrics = run(spec, inputs, engine=engine, progress=False).metrics
    known |= {
        "total_return": metrics.total_return,
        "sharpe_ratio": metrics.sharpe,
        "max_drawdown": metrics.max_drawdown,
        "num_trades": metrics.n_trades,
        "win_rate": metrics.hit_rate,
    }
