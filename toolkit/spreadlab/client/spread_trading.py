"""A spread with two bounds: the best bounds, and what trading them earns, in units of the spread.

With a proportional cost and no other charge, an optimal policy has two levels: long at or below
the lower one, short at or above the upper one, and what is held is kept between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float
from spreadlab.api_control import solve_hjb
from spreadlab.backtest.rules import ThresholdRule
from spreadlab.backtest.spec import BPS, BacktestSpec
from spreadlab.data.panel import ensure_series
from spreadlab.engines.run import run
from spreadlab.errors import ConvergenceError, InvalidInputError
from spreadlab.ou.params import OUParams
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.control.result import PolicyResult

_FEWEST_BARS = 2
# A capital of one holds legs of twice the spread's size, and a backtest lends a million at most.
_LARGEST_SPREAD = 2.0**18


def best_bounds(
    *,
    kappa: float,
    theta: float,
    sigma: float,
    rho: float,
    transaction_cost: float,
    max_iter: int,
    tolerance: float,
    engine: Any = None,
) -> PolicyResult:
    """Return the optimal policy; ``thresholds.enter_long`` and ``enter_short`` are its bounds.

    Parameters
    ----------
    kappa, theta, sigma : float
        The Ornstein-Uhlenbeck process of the spread.
    rho : float
        Discount rate per unit of time.
    transaction_cost : float
        Cost of trading one unit of position, in units of the spread.
    max_iter : int
        Most iterations allowed.
    tolerance : float
        Largest allowed error of a bound, in units of the spread.

    Raises
    ------
    InvalidInputError
        Where the problem has no solution.
    ConvergenceError
        If the bounds are not that good, or took more iterations.
    """
    ou = OUParams(kappa=kappa, theta=theta, sigma=sigma)
    policy = solve_hjb(ou, discount=rho, cost=transaction_cost, engine=engine)
    if policy.error_estimate > tolerance:
        raise ConvergenceError(
            f"tolerance: the bounds are known to {policy.error_estimate:.2g}, not to {tolerance:g}"
        )
    if policy.iterations > max_iter:
        raise ConvergenceError(
            f"max_iter: {policy.iterations} iterations were needed, {max_iter} allowed"
        )
    return policy


def trade_spread(
    spread: Any,
    *,
    lower_bound: float,
    upper_bound: float,
    transaction_cost: float,
    engine: Any = None,
) -> BacktestResult:
    r"""Trade one unit of a spread between two bounds, on a capital of one.

    Parameters
    ----------
    spread : array_like, shape (T,)
        Levels, of either sign.
    lower_bound, upper_bound : float
        Long at or below the first, short at or above the second, no change between them.
    transaction_cost : float
        Cost of trading one unit of position, in units of the spread; a reversal trades two.

    Returns
    -------
    BacktestResult
        Decided at the close of t and filled at t + 1, so the profit of a bar is
        :math:`p_{t-1} (s_t - s_{t-1}) - c\, |p_t - p_{t-1}|`, p what is held after the bar. What
        is open at the last bar is closed there.

    Raises
    ------
    InvalidInputError
        If an argument has no meaning.

    Notes
    -----
    The two legs of the backtest are priced K + s/2 and K - s/2: their difference is the spread
    and their sum is constant, so that the backtest, which sizes a position by the value of its
    legs, holds one unit at any level. K is a power of two above the spread, which costs no
    accuracy beyond that of K.
    """
    values, _, _ = ensure_series(spread, "spread", min_obs=_FEWEST_BARS, constant="allow")
    largest = float(np.abs(values).max())
    if largest > _LARGEST_SPREAD:
        raise InvalidInputError(
            "spread",
            f"has a value of {largest:.3g}",
            f"at most {_LARGEST_SPREAD:,.0f} in size",
            "give it in thousands, and bounds and cost with it",
        )
    lower = ensure_float(lower_bound, "lower_bound")
    upper = ensure_float(upper_bound, "upper_bound", low=lower, low_open=True)
    cost = ensure_float(transaction_cost, "transaction_cost", low=0.0, high=_LARGEST_SPREAD)
    level = 2.0 ** np.ceil(np.log2(max(1.0, largest, cost)))
    prices = np.column_stack([level + 0.5 * values, level - 0.5 * values])
    spec = BacktestSpec(
        rule=ThresholdRule(lower, upper, upper, lower),
        weights=np.array([[1.0, -1.0]]),
        intercept=np.zeros(1),
        transform="none",
        capital=1.0,
        gross=2.0 * level,
        cost_bps=cost / (2.0 * level) / BPS,
    )
    inputs = Inputs({"prices": prices}, {"symbols": ("long", "short")})
    return run(spec, inputs, engine=engine, progress=False)
