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
    fixed_cost: float = 0.0,
    risk_penalty: float = 0.0,
    horizon: float | None = None,
    objective: Literal["discounted", "ergodic"] = "discounted",
    accounting: Literal["mtm", "cash"] = "mtm",
    method: Literal["auto", "exact", "grid"] = "auto",
    n_grid: int | None = None,
    n_time: int = 600,
    engine: Any = None,
) -> PolicyResult:
    r"""Return the optimal policy of switching between short, flat and long in a spread.

    Parameters
    ----------
    ou : OUParams or OUResult
        The spread: anything with ``kappa``, ``theta`` and ``sigma``, time in years.
    discount : float
        Discount rate rho per year, > 0; 0 is allowed with a deadline and asked for by
        ``objective="ergodic"``.
    cost : float
        Cost of trading one unit of position, in units of the spread, > 0 unless there is a fixed
        cost; `spread_cost` converts basis points. A reversal trades two units.
    fixed_cost : float
        Fee K >= 0 per order, in units of the spread.
    risk_penalty : float
        Charge lambda >= 0 per year on a position of either sign.
    horizon : float, optional
        Years to a deadline at which every position is closed at its cost; by default there is none.
    objective : {"discounted", "ergodic"}
        Discounted value over an infinite horizon, or the long-run gain per year.
    accounting : {"mtm", "cash"}
        Marked-to-market gains, p dX, or discounted cash flows, buying pays X and selling receives
        it. These are different problems: with discounting, cash tied up in a spread far from zero
        is worth something, and thresholds move with theta itself.
    method : {"auto", "exact", "grid"}
        ``"exact"`` is semi-analytic, through parabolic cylinder functions; it does not exist with
        a deadline, nor with a fee and a risk penalty together. ``"grid"`` is a monotone finite
        difference scheme with policy iteration, for every case. ``"auto"`` takes the first where
        it exists; ``.method`` says which.
    n_grid : int, optional
        Nodes in the spread: 1001 where exact, 2001 on a grid, 1601 with a deadline.
    n_time : int
        Time steps to the deadline, denser towards it.
    engine : Engine, optional
        Where to compute; the engine in use by default.

    Returns
    -------
    PolicyResult
        ``thresholds``, ``boundaries()``, ``value``, ``action``, ``policy``, ``plot()``.

    Raises
    ------
    InvalidInputError
        Where the problem has no finite, non-trivial solution, naming the parameter.
    ConvergenceError
        If an iteration did not meet its tolerance.

    Notes
    -----
    With positions p in {-1, 0, 1} the objective is

    .. math:: \sup E\Big[\int_0^\infty e^{-\rho t} (p_t\, dX_t - \lambda p_t^2\, dt)
              - \sum_i e^{-\rho \tau_i} (c\, |p_i - p_{i-}| + K) \Big].

    Without a fee its three coupled variational inequalities split into two problems with two
    positions each, whose difference of values solves a linear equation between the thresholds
    with value matching and smooth fit at both [1]_ [2]_; the kernels state the equations. The
    grid scheme is monotone and so converges to the viscosity solution [3]_; its thresholds are
    read off by smooth fit, below the size of a cell.

    References
    ----------
    .. [1] Ngo, M.-M. and Pham, H. (2016). Optimal switching for the pairs trading rule: a viscosity
       solutions approach. J. Math. Anal. Appl. 441(1), 403-425.
    .. [2] Martin, R. and Schoneborn, T. (2011). Mean reversion pays, but costs. arXiv:1103.4934.
    .. [3] Barles, G. and Souganidis, P. E. (1991). Convergence of approximation schemes for fully
       nonlinear second order equations. Asymptotic Analysis 4, 271-283.

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
        fixed_cost=fixed_cost,
        risk_penalty=risk_penalty,
        horizon=horizon,
        objective=objective,
        accounting=accounting,
        method=method,
        n_grid=n_grid,
        n_time=n_time,
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
