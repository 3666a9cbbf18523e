"""The switching problem in standardised units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spreadlab.control.spec import SwitchingSpec


@dataclass(frozen=True, slots=True)
class ScaledLayers:
    """Two layers that each trade between out and in, see `kernels_layer`.

    Attributes
    ----------
    sd : float
        Stationary standard deviation, the unit of z = (x - theta)/sd.
    order : float
        1 + rho/kappa.
    unit : float
        b sd/(kappa + rho): the unit of values and costs.
    cost, first, reversal : float
        Costs over `unit` per trade without a fee, c, of a first position, c + K, and of a
        reversal, 2 c + K.
    tilt_long, tilt_short : float
        a/(b sd) of the layer that holds 0 or +1, and of the one that holds -1 or 0 seen in -z.
    """

    sd: float
    order: float
    unit: float
    cost: float
    first: float
    reversal: float
    tilt_long: float
    tilt_short: float


def scale_layers(spec: SwitchingSpec) -> ScaledLayers:
    """Return the standardised layers of a request.

    In marked-to-market accounting a position p earns p kappa (theta - x) - lam p^2 per unit of
    time; in cash accounting, after integration by parts, p (kappa (theta - x) - rho x) - lam p^2.
    """
    rho = spec.discount
    sd = spec.sigma / math.sqrt(2.0 * spec.kappa)
    cash = spec.accounting == "cash"
    slope = spec.kappa + rho if cash else spec.kappa
    lean = rho * spec.theta if cash else 0.0
    unit = slope * sd / (spec.kappa + rho)
    return ScaledLayers(
        sd=sd,
        order=1.0 + rho / spec.kappa,
        unit=unit,
        cost=spec.cost / unit,
        first=(spec.cost + spec.fixed_cost) / unit,
        reversal=(2.0 * spec.cost + spec.fixed_cost) / unit,
        tilt_long=(-spec.risk_penalty - lean) / (slope * sd),
        tilt_short=(-spec.risk_penalty + lean) / (slope * sd),
    )
