"""A rule on how far a spread is from the mean that a Kalman filter follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float, ensure_int
from spreadlab.backtest.rules import ZLevels, locked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.backtest.user_rules import History


@wire("KalmanRule")
@dataclass(frozen=True, slots=True)
class KalmanRule(ZLevels):
    r"""Levels of the forecast error of a Kalman filter that follows the mean of the spread.

    z is the spread at t less the mean expected of it from the bars before, over the standard
    deviation of that forecast. Long when z < -`entry_z`, out when z > -`exit_z`; short when
    z > `entry_z`, out when z < `exit_z`. A bar without a z decides nothing.

    Parameters
    ----------
    entry_z : float
        Positive.
    exit_z : float
        At most `entry_z`; negative waits for the spread to cross its mean and go beyond.
    signal_to_noise : float
        Variance of a step of the mean over that of the noise about it, positive. The mean forgets
        over about ``1 / sqrt(signal_to_noise)`` bars.
    warmup : int
        Bars before the first decision, at least 2.
    stop_z : float, optional
        Above `entry_z`: a long position is left when z < -`stop_z`, a short one when
        z > `stop_z`, and none is entered beyond it.
    max_hold : int, optional
        Most bars from fill to fill.
    cooldown : int
        Bars after an exit in which no entry is decided; a position is turned straight into its
        opposite only when it is 0.

    Raises
    ------
    InvalidInputError
        If a parameter is outside its range.

    Notes
    -----
    The local level model :math:`x_t = m_t + e_t,\ m_t = m_{t-1} + w_t` with
    :math:`\mathrm{var}\,w = q\,\mathrm{var}\,e`, q being `signal_to_noise`, and nothing known of
    :math:`m` before the first bar. The unknown variance of the noise is the mean of the squared
    errors so far, each over its own relative variance ([1]_, sections 2.5 and 4.5). A hedge ratio
    that moves is not the rule's but the pair's: `sl.hedge_series` follows it by another filter.

    References
    ----------
    .. [1] West, M. and Harrison, J. (1997). Bayesian Forecasting and Dynamic Models, 2nd ed.
       Springer.
    """

    entry_z: float = 2.0
    exit_z: float = 0.0
    signal_to_noise: float = 1e-3
    warmup: int = 20
    stop_z: float | None = None
    max_hold: int | None = None
    cooldown: int = 0

    signal_parameters: ClassVar[tuple[str, ...]] = ("signal_to_noise", "warmup")

    def __post_init__(self) -> None:
        ratio = ensure_float(self.signal_to_noise, "signal_to_noise", low=0, low_open=True)
        object.__setattr__(self, "signal_to_noise", ratio)
        object.__setattr__(self, "warmup", ensure_int(self.warmup, "warmup", low=2))
        self._check_levels()

    def signal(self, spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standardised forecast errors, NaN where there is none."""
        from spreadlab.backtest.kernels_kalman import kalman_errors_nb

        return kalman_errors_nb(locked(spread), self.signal_to_noise, self.warmup)

    @staticmethod
    def level_table(columns: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the levels (n, 10) of n rules given as columns, and which of them are allowed."""
        table, allowed = ZLevels.level_table(columns)
        return table, allowed & (columns["signal_to_noise"] > 0)

    def prepare(self, history: History) -> Any:
        """Return the state before the first bar: position, bars held, to rest, and the filter's."""
        from spreadlab.backtest.kernels_kalman import N_STATE

        return (*super(KalmanRule, self).prepare(history), np.zeros(N_STATE))

    def decide(self, t: int, history: History, state: Any) -> tuple[int, Any]:  # noqa: ARG002
        """Return the target after the last bar of `history`, and the next state."""
        from spreadlab.backtest.kernels import step_nb
        from spreadlab.backtest.kernels_kalman import kalman_step_nb

        position, held, resting, before = state
        after = before.copy()
        z = kalman_step_nb(float(history.spread[-1]), self.signal_to_noise, self.warmup, after)
        target, held, resting, _ = step_nb(
            z, position, held, resting, locked(self.levels()[0]), *self.limits()
        )
        return target, (target, held, resting, after)
