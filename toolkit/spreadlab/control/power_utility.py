"""Continuous positions in a spread under power utility and a horizon."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import ensure_float
from spreadlab.control.inline import solve_here
from spreadlab.control.ranges import check_lengths, check_rate, ensure_process
from spreadlab.control.spec import ou_parameters
from spreadlab.display.html import card
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from spreadlab.display.figure import StaticFigure


_MOST_NOISE = 1e50


@wire("PowerUtilitySpec")
@dataclass(frozen=True, slots=True, kw_only=True)
class PowerUtilitySpec(SingleTile):
    """Maximise E[W^p/p] at a horizon, dW/W = (r + n (m0 - m1 X)) dt + n sigma dW.

    Attributes
    ----------
    kappa, theta, sigma : float
        The spread.
    exponent : float
        p < 1, not 0.
    drift, slope : float
        m0 and m1.
    horizon : float
        Time to the end.
    model : str
        Name of the function that asked.
    exponent_name : str
        The argument that set the exponent, named in errors.
    """

    kappa: float
    theta: float
    sigma: float
    exponent: float
    drift: float
    slope: float
    horizon: float
    model: str
    exponent_name: str = "exponent"

    def check(self, inputs: Inputs) -> None:  # noqa: ARG002 - the request is the whole input
        """Raise InvalidInputError where the value is infinite or the utility is not defined."""
        ensure_process(self.kappa, self.theta, self.sigma)
        ensure_float(self.drift, "drift")
        ensure_float(self.slope, "slope")
        ensure_float(self.horizon, "horizon", low=0.0, low_open=True)
        given = self.exponent if self.exponent_name == "exponent" else 1.0 - self.exponent
        if self.exponent >= 1.0:
            allowed = "< 1" if self.exponent_name == "exponent" else "> 0"
            raise InvalidInputError(
                self.exponent_name,
                f"got {given!r}, which is not risk-averse",
                allowed,
                "the closer to it, the larger the leverage",
            )
        if self.exponent == 0.0:
            raise InvalidInputError(
                self.exponent_name,
                f"got {given!r}, which is logarithmic utility",
                "another value",
                "its weight is (m0 - m1 x) / sigma^2 at every horizon",
            )
        if not 1.0 / _MOST_NOISE <= self.sigma / math.sqrt(self.kappa) <= _MOST_NOISE:
            raise InvalidInputError(
                "ou.sigma",
                f"got {self.sigma!r} beside kappa = {self.kappa!r}",
                f"in [{1.0 / _MOST_NOISE:.0e}, {_MOST_NOISE:.0e}] times sqrt(kappa)",
                "without noise leverage has no limit",
            )
        sd = self.sigma / math.sqrt(2.0 * self.kappa)
        check_lengths({"ou.theta": (self.theta, abs(self.theta))}, sd)
        limit = blow_up_horizon(self)
        if self.horizon >= limit:
            raise InvalidInputError(
                "horizon",
                f"got {self.horizon!r}",
                f"< {limit:.10g}, where expected utility becomes infinite",
                "shorten the horizon or raise the risk aversion",
            )

    def run(self, view: Inputs, tile: Tile) -> Partial:  # noqa: ARG002 - see check
        """Return the horizon of the blow-up; weights are evaluated in closed form on demand."""
        return Partial(tile.id, {"limit": blow_up_horizon(self)}, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> WeightResult:
        """Return the policy."""
        return WeightResult(
            spec=self,
            blow_up_horizon=float(state[0]["limit"]),
            provenance=provenance_of(self, inputs),
        )


def _rates(spec: PowerUtilitySpec) -> tuple[float, float, float]:
    # q, b and w^2 of the closed form.
    q = spec.exponent / (1.0 - spec.exponent)
    return (
        q,
        spec.kappa + q * spec.slope,
        spec.kappa**2 + q * (2.0 * spec.kappa * spec.slope - spec.slope**2),
    )


def blow_up_horizon(spec: PowerUtilitySpec) -> float:
    """Return the horizon at which expected utility becomes infinite; inf where it never does."""
    q, b, square = _rates(spec)
    if q <= 0.0 or square >= 0.0:
        return math.inf
    w = math.sqrt(-square)
    return math.atan2(w, -b) / w


def coefficients(
    spec: PowerUtilitySpec, time_to_go: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return B and C of J = W^p/p exp(p r tau + A + B x + C x^2/2) at each time to go.

    With S = sinh(w tau)/w, K = (cosh(w tau) - 1)/w^2 and D = cosh(w tau) + b S,

        C = c S/D,   B = (c (kappa theta + q m0) K - q m0 m1/sigma^2 (S + b K))/D,

    c = q m1^2/sigma^2, which solve the two Riccati equations with B = C = 0 at tau = 0. All three
    are scaled by exp(-w tau); for w^2 < 0 they are trigonometric.
    """
    q, b, square = _rates(spec)
    tau = np.asarray(time_to_go, dtype=np.float64)
    if square > 0.0:
        w = math.sqrt(square)
        fade = np.exp(-w * tau)
        s = -np.expm1(-2.0 * w * tau) / (2.0 * w)
        k = 0.5 * np.expm1(-w * tau) ** 2 / square
        cosh = 0.5 * (1.0 + fade * fade)
    elif square == 0.0:
        s, k, cosh = tau, 0.5 * tau * tau, np.ones_like(tau)
    else:
        w = math.sqrt(-square)
        s = np.sin(w * tau) / w
        k = 2.0 * np.sin(0.5 * w * tau) ** 2 / -square
        cosh = np.cos(w * tau)
    bottom = cosh + b * s
    variance = spec.sigma**2
    c = q * spec.slope**2 / variance
    mean = spec.kappa * spec.theta + q * spec.drift
    linear = c * mean * k - q * spec.drift * spec.slope / variance * (s + b * k)
    return linear / bottom, c * s / bottom


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class WeightResult:
    """The optimal continuous position.

    Attributes
    ----------
    spec : PowerUtilitySpec
        The request.
    blow_up_horizon : float
        Horizon from which expected utility is infinite; inf where it never is.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    spec: PowerUtilitySpec
    blow_up_horizon: float
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def weight(self, x: ArrayLike, time_to_go: ArrayLike | None = None) -> Any:
        """Return the position per unit of wealth.

        Parameters
        ----------
        x : float or array_like
            Values of the spread.
        time_to_go : float or array_like, optional
            Time to the horizon, in [0, horizon]; by default all of it. Broadcast against `x`.

        Returns
        -------
        float or ndarray
            (m0 - m1 x + sigma^2 (B + C x)) / ((1 - p) sigma^2).

        Raises
        ------
        InvalidInputError
            If an argument is not finite or the time is outside the horizon.
        """
        spec = self.spec
        points = np.asarray(x, dtype=np.float64)
        tau = np.asarray(spec.horizon if time_to_go is None else time_to_go, dtype=np.float64)
        if not np.isfinite(points).all():
            raise InvalidInputError("x", "has NaN or infinite values", "finite")
        if not ((tau >= 0.0) & (tau <= spec.horizon)).all():
            raise InvalidInputError(
                "time_to_go", "is outside the horizon", f"in [0, {spec.horizon!r}]"
            )
        b, c = coefficients(spec, tau)
        variance = spec.sigma**2
        myopic = spec.drift - spec.slope * points
        weight = (myopic + variance * (b + c * points)) / ((1.0 - spec.exponent) * variance)
        return float(weight) if weight.ndim == 0 else weight

    def __repr__(self) -> str:
        at = short(self.weight(self.spec.theta), 6)
        return f"WeightResult({self.spec.model}, horizon={short(self.spec.horizon)}, at theta={at})"

    def _repr_html_(self) -> str:
        spec = self.spec
        sd = spec.sigma / math.sqrt(2.0 * spec.kappa)
        facts = {
            "model": spec.model.replace("_", " "),
            "horizon": short(spec.horizon),
            "relative risk aversion": short(1.0 - spec.exponent),
            "weight one s.d. below the mean": short(self.weight(spec.theta - sd)),
            "weight at the mean": short(self.weight(spec.theta)),
            "weight one s.d. above the mean": short(self.weight(spec.theta + sd)),
        }
        return card("Optimal weight under power utility", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return weights over time to go (rows) and the spread (columns), +-3 deviations."""
        import pandas as pd

        x, tau = self._grid()
        weights = self.weight(x[None, :], tau[:, None])
        return pd.DataFrame(
            weights, index=pd.Index(tau, name="time_to_go"), columns=pd.Index(x, name="x")
        )

    def plot(self) -> StaticFigure:
        """Return the weight against the spread, near the horizon and far from it."""
        from spreadlab.control.figures import weight_figure

        x, _ = self._grid()
        tau = np.array([0.0, 0.25, 1.0]) * self.spec.horizon
        return weight_figure(x, tau, self.weight(x[None, :], tau[:, None]))

    def _grid(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        spec = self.spec
        sd = spec.sigma / math.sqrt(2.0 * spec.kappa)
        x = spec.theta + np.linspace(-3.0 * sd, 3.0 * sd, 61)
        return x, np.linspace(0.0, spec.horizon, 41)


def jurek_yang(ou: Any, *, rate: float, risk_aversion: float, horizon: float) -> WeightResult:
    r"""Return the optimal position in one spread asset under power utility of final wealth.

    Parameters
    ----------
    ou : OUParams or OUResult
        The spread: anything with ``kappa``, ``theta`` and ``sigma``.
    rate : float
        Interest rate r, also the carry of the position.
    risk_aversion : float
        Relative risk aversion gamma > 0, not 1.
    horizon : float
        Time to the end, > 0.

    Returns
    -------
    WeightResult
        ``weight(x, time_to_go)``: units of the spread per unit of wealth.

    Raises
    ------
    InvalidInputError
        If gamma <= 0 or gamma = 1, or the horizon is not below the blow-up, which exists for
        gamma < 1 - kappa^2/r^2.

    Notes
    -----
    dW = N dX + r (W - N X) dt, so m0 = kappa theta and m1 = kappa + r [1]_.

    References
    ----------
    .. [1] Jurek, J. and Yang, H. (2007). Dynamic portfolio selection in arbitrage.

    Examples
    --------
    >>> import spreadlab as sl
    >>> ou = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
    >>> policy = sl.control.jurek_yang(ou, rate=0.04, risk_aversion=4.0, horizon=1.0)
    >>> round(policy.weight(-0.1, 1.0), 10)
    3.7220845867
    """
    kappa, theta, sigma = ou_parameters(ou)
    carry = ensure_float(rate, "rate")
    check_rate("rate", abs(carry), kappa, 0.0)
    spec = PowerUtilitySpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        exponent=1.0 - ensure_float(risk_aversion, "risk_aversion"),
        drift=kappa * theta,
        slope=kappa + carry,
        horizon=ensure_float(horizon, "horizon"),
        model="jurek_yang",
        exponent_name="risk_aversion",
    )
    return solve_here(spec)


def mudchanatongsuk(
    ou: Any, *, sigma_b: float, correlation: float, exponent: float, horizon: float
) -> WeightResult:
    r"""Return the optimal weight of a pair of stocks under power utility of final wealth.

    Parameters
    ----------
    ou : OUParams or OUResult
        The log spread ln A - ln B: anything with ``kappa``, ``theta`` and ``sigma``.
    sigma_b : float
        Volatility of stock B, > 0.
    correlation : float
        Correlation of the spread's noise with stock B's, in [-1, 1].
    exponent : float
        p < 1, not 0, of the utility W^p/p.
    horizon : float
        Time to the end, > 0.

    Returns
    -------
    WeightResult
        ``weight(x, time_to_go)``: share of wealth in A, with as much short in B.

    Raises
    ------
    InvalidInputError
        If an argument is outside its range.

    Notes
    -----
    m0 = kappa theta + sigma^2/2 + correlation sigma_b sigma and m1 = kappa; the value is finite at
    every horizon [1]_.

    References
    ----------
    .. [1] Mudchanatongsuk, S., Primbs, J. A. and Wong, W. (2008). Optimal pairs trading: a
       stochastic control approach. American Control Conference, 1035-1039.

    Examples
    --------
    >>> import spreadlab as sl
    >>> ou = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
    >>> policy = sl.control.mudchanatongsuk(
    ...     ou, sigma_b=0.3, correlation=0.3, exponent=-1.0, horizon=0.5
    ... )
    >>> round(policy.weight(0.1, 0.5), 10)
    -4.3283426353
    """
    kappa, theta, sigma = ou_parameters(ou)
    stock = ensure_float(sigma_b, "sigma_b", low=0.0, low_open=True)
    check_lengths({"sigma_b": (stock, stock)}, sigma)
    joint = ensure_float(correlation, "correlation", low=-1.0, high=1.0)
    spec = PowerUtilitySpec(
        kappa=kappa,
        theta=theta,
        sigma=sigma,
        exponent=ensure_float(exponent, "exponent"),
        drift=kappa * theta + 0.5 * sigma**2 + joint * stock * sigma,
        slope=kappa,
        horizon=ensure_float(horizon, "horizon"),
        model="mudchanatongsuk",
    )
    return solve_here(spec)
