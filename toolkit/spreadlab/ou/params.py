"""The three numbers of an Ornstein-Uhlenbeck process."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float


@wire("OUParams")
@dataclass(frozen=True, slots=True, kw_only=True)
class OUParams:
    """Parameters of dX = kappa (theta - X) dt + sigma dW, accepted wherever a fit of them is.

    Parameters
    ----------
    kappa : float
        Speed of mean reversion per unit of time, > 0.
    theta : float
        Mean that the process reverts to, in units of the spread.
    sigma : float
        Volatility per square root of a unit of time, > 0.

    Raises
    ------
    InvalidInputError
        If a value is not finite, or `kappa` or `sigma` is not positive.
    """

    kappa: float
    theta: float
    sigma: float

    def __post_init__(self) -> None:
        kappa = ensure_float(self.kappa, "kappa", low=0.0, low_open=True)
        theta = ensure_float(self.theta, "theta")
        sigma = ensure_float(self.sigma, "sigma", low=0.0, low_open=True)
        for name, value in (("kappa", kappa), ("theta", theta), ("sigma", sigma)):
            object.__setattr__(self, name, value)

    @property
    def half_life(self) -> float:
        """Time in which the expected distance to `theta` halves: ln 2 / kappa."""
        return math.log(2.0) / self.kappa

    @property
    def stationary_sd(self) -> float:
        """Standard deviation of the stationary distribution: sigma / sqrt(2 kappa)."""
        return self.sigma / math.sqrt(2.0 * self.kappa)
