"""What an Ornstein-Uhlenbeck fit answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.ou.params import OUParams

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_NAMES = ("kappa", "theta", "sigma", "half_life")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OUResult:
    """A fit of dX = kappa (theta - X) dt + sigma dW.

    Attributes
    ----------
    kappa : float
        Speed of mean reversion per unit of time. In short samples it is biased upwards by about
        4 / (T dt): 4 per year in one year of data, 1 in four.
    theta : float
        Mean, in units of the spread.
    sigma : float
        Volatility per square root of a unit of time.
    loglik : float
        Log-likelihood given the first observation.
    stderr : mapping of str to float
        Standard errors of kappa, theta, sigma and half_life from the observed information. They
        describe long samples; where kappa times the time span is below about 30 they
        are too small.
    dt : float
        Time between two observations.
    spread : ndarray, shape (T,)
        The series that was fitted.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    kappa: float
    theta: float
    sigma: float
    loglik: float
    stderr: Mapping[str, float]
    dt: float
    spread: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def params(self) -> OUParams:
        """The three parameters alone."""
        return OUParams(kappa=self.kappa, theta=self.theta, sigma=self.sigma)

    @property
    def half_life(self) -> float:
        """Time in which the expected distance to `theta` halves, ln 2 / kappa, in units of time."""
        return self.params.half_life

    @property
    def half_life_bars(self) -> float:
        """The half-life in observations: half_life / dt."""
        return self.half_life / self.dt

    @property
    def phi(self) -> float:
        """Autoregressive coefficient of one step, exp(-kappa dt)."""
        from math import exp

        return exp(-self.kappa * self.dt)

    @property
    def stationary_sd(self) -> float:
        """Standard deviation of the stationary distribution: sigma / sqrt(2 kappa)."""
        return self.params.stationary_sd

    @property
    def n_obs(self) -> int:
        """Observations T, of which the likelihood uses T - 1 steps."""
        return int(self.spread.size)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={short(getattr(self, name), 4)}" for name in _NAMES)
        return (
            f"OUResult({numbers}, half_life_bars={short(self.half_life_bars)}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "half-life (bars)": short(self.half_life_bars),
            "stationary s.d.": short(self.stationary_sd),
            "log-likelihood": short(self.loglik, 6),
            "observations": short(self.n_obs),
        }
        rows = [(name, short(getattr(self, name), 4), short(self.stderr[name])) for name in _NAMES]
        below = table(("parameter", "estimate", "standard error"), rows)
        return card("Ornstein-Uhlenbeck fit", facts, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per parameter: estimate and standard error."""
        import pandas as pd

        return pd.DataFrame(
            {
                "estimate": [getattr(self, name) for name in _NAMES],
                "stderr": [self.stderr[name] for name in _NAMES],
            },
            index=pd.Index(_NAMES, name="parameter"),
        )

    def plot(self) -> StaticFigure:
        """Return the spread around its mean, and its autocorrelation beside the model's."""
        from spreadlab.ou.figures import fit_figure

        return fit_figure(self.spread, self.params, self.dt)
