"""Public functions on optimal control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from spreadlab.control.costs import cost_in_spread_units
from spreadlab.control.spec import make_switching_request
from spreadlab.engines.run import run

if TYPE_CHECKING:
    from spreadlab.control.result import PolicyResult

__all__ = ["solve_hjb", "spread_cost"]


def solve_hjb(
    ou: Any,
    *,
    discount: float,
    cost: float,
    risk_penalty: float = 0.0,
    objective: Literal["discounted", "ergodic"] = "discounted",
    accounting: Literal["mtm", "cash"] = "mtm",
    method: Literal["auto", "exact"] = "auto",
    n_grid: int = 1001,
    engine: Any = None,
) -> PolicyResult:
    r"""Return the optimal policy of switching between short, flat and long in a spread.

    Parameters
    ----------
    ou : OUParams or OUResult
        The spread: anything with ``kappa``, ``theta`` and ``sigma``, time in years.
    discount : float
        Discount rate rho per year, > 0; 0 with ``objective="ergodic"``.
    cost : float
        Cost of trading one unit of position, in units of the spread, > 0; `spread_cost` converts
        basis points. A reversal trades two units.
    risk_penalty : float
        Charge lambda >= 0 per year on a position of either sign.
    objective : {"discounted", "ergodic"}
        Discounted value over an infinite horizon, or the long-run gain per year.
    accounting : {"mtm", "cash"}
        Marked-to-market gains, p dX, or discounted cash flows, buying pays X and selling receives
        it. These are different problems: with discounting, cash tied up in a spread far from zero
        is worth something, and thresholds move with theta itself.
    method : {"auto", "exact"}
        ``"exact"`` is semi-analytic, through parabolic cylinder functions.
    n_grid : int
        Nodes on which the policy is tabulated.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    PolicyResult
        ``thresholds``, ``value``, ``action``, ``policy``, ``plot()``.

    Raises
    ------
    InvalidInputError
        Where the problem has no finite, non-trivial solution, naming the parameter.
    ConvergenceError
        If the smooth-fit equations could not be solved.

    Notes
    -----
    With positions p in {-1, 0, 1} the objective is

    .. math:: \sup E\Big[\int_0^\infty e^{-\rho t} (p_t\, dX_t - \lambda p_t^2\, dt)
              - \sum_i e^{-\rho \tau_i} c\, |p_i - p_{i-}| \Big].

    Its three coupled variational inequalities split into two problems with two positions each,
    whose difference of values solves a linear equation between the thresholds with value matching
    and smooth fit at both [1]_ [2]_; the kernels state the equations.

    References
    ----------
    .. [1] Ngo, M.-M. and Pham, H. (2016). Optimal switching for the pairs trading rule: a viscosity
       solutions approach. J. Math. Anal. Appl. 441(1), 403-425.
    .. [2] Martin, R. and Schoneborn, T. (2011). Mean reversion pays, but costs. arXiv:1103.4934.

    Examples
    --------
    >>> import spreadlab as sl
    >>> ou = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
    >>> policy = sl.solve_hjb(ou, discount=0.04, cost=0.001)
    >>> round(policy.thresholds.exit_long, 9)
    0.027352366
    >>> policy.action(0, -0.05)
    1
    """
    spec, inputs = make_switching_request(
        ou,
        discount=discount,
        cost=cost,
        risk_penalty=risk_penalty,
        objective=objective,
        accounting=accounting,
        method=method,
        n_grid=n_grid,
    )
    return run(spec, inputs, engine=engine, progress=False)


def spread_cost(
    pair: Any, cost_bps: float, slippage_bps: float = 0.0, *, prices: Any = None
) -> float:
    r"""Return the cost of trading one unit of a pair's spread, in units of the spread.

    Parameters
    ----------
    pair : PairResult
        Has ``hedge_ratio`` and ``transform``.
    cost_bps, slippage_bps : float
        Cost and slippage one way, in basis points of the traded amount, >= 0.
    prices : array_like, shape (T, 2) or (2,)
        Prices of the dependent and the hedge, whose means a spread of raw prices needs; those the
        pair was tested on by default.

    Returns
    -------
    float
        What `solve_hjb` takes as `cost`.

    Raises
    ------
    InvalidInputError
        If a number is negative or not finite, or `prices` is missing for raw prices.

    Notes
    -----
    One unit of a log spread is one unit of money in the dependent and :math:`|\beta|` in the
    hedge: :math:`c = (1 + |\beta|)\, bps / 10^4`. One unit of a raw spread is one share of the
    dependent and :math:`|\beta|` of the hedge:
    :math:`c = (\bar P_y + |\beta| \bar P_x)\, bps / 10^4`.
    """
    return cost_in_spread_units(pair, cost_bps, slippage_bps, prices=prices)
