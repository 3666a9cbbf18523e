"""What an Ornstein-Uhlenbeck fit answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._validation import check_choice, ensure_float, ensure_int
from spreadlab.display.html import card, table
from spreadlab.display.numbers import interval as in_brackets
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError
from spreadlab.ou.estimate import MIN_OBS, moments_of
from spreadlab.ou.intervals import (
    Likelihood,
    RegularLikelihood,
    delta_intervals,
    profile_intervals,
    simulated_intervals,
)
from spreadlab.ou.params import OUParams
from spreadlab.ou.tables import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure
    from spreadlab.ou.diagnostics import OUDiagnostics

IntervalMethod = Literal["simulated", "profile", "delta", "bootstrap"]
_NO_REVERSION = (
    "A random walk is not rejected at 5 %: no half-life is too long and no mean too far "
    "for this sample."
)
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
        describe long samples; where kappa times the time span is below about 30,
        `interval` says more.
    dt : float
        Time between two observations; their mean at irregular times.
    method : str
        ``"mle"``, ``"jackknife"`` or ``"bias-corrected"``: how kappa and sigma were estimated.
    spread : ndarray, shape (T,)
        The series that was fitted.
    times : ndarray, shape (T,), or None
        Times from the first observation on, None for equal steps.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    kappa: float
    theta: float
    sigma: float
    loglik: float
    stderr: Mapping[str, float]
    dt: float
    method: str
    spread: NDArray[np.float64]
    times: NDArray[np.float64] | None = None
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
        return math.exp(-self.kappa * self.dt)

    @property
    def stationary_sd(self) -> float:
        """Standard deviation of the stationary distribution: sigma / sqrt(2 kappa)."""
        return self.params.stationary_sd

    @property
    def n_obs(self) -> int:
        """Observations T, of which the likelihood uses T - 1 steps."""
        return int(self.spread.size)

    def interval(
        self,
        level: float = 0.95,
        *,
        method: IntervalMethod = "simulated",
        seed: int | None = None,
        n_paths: int = 2000,
    ) -> dict[str, tuple[float, float]]:
        r"""Return confidence intervals of kappa, theta, sigma and half_life.

        Parameters
        ----------
        level : float
            Confidence level, in [0.5, 0.999].
        method : {"simulated", "profile", "delta", "bootstrap"}
            Where critical values come from; see Notes.
        seed : int
            Seed of the bootstrap, which needs one; the other methods draw nothing.
        n_paths : int
            Paths of the bootstrap, >= 100.

        Returns
        -------
        dict of str to (low, high)
            Ends are 0 and inf where nothing closer is rejected: the half-life's upper end is
            inf where kappa = 0 is not rejected, and theta is anywhere then.

        Raises
        ------
        InvalidInputError
            If an argument is out of its range.

        Notes
        -----
        "simulated", the default, inverts the likelihood ratio with critical values simulated
        for the sample size at each kappa, from paths that start in their stationary law
        ([1]_, [2]_); for theta and sigma kappa is the one that fits them best. "profile" takes
        the chi-square's instead and covers too little where the time span is short: of 95 %
        intervals of kappa about 85, 91 and 94 % hold it at kappa times span 3, 10 and 30.
        "delta" is plus and minus normal standard errors; of 95 % intervals of the half-life 43,
        70 and 84 % hold it there. "bootstrap" reflects the quantiles of refits to simulated
        paths ([3]_) and holds kappa 90 to 95 times in 100, theta 68, 79 and 89 times. All but
        "delta" and "bootstrap" are intervals around the maximum likelihood, whatever the method
        of the point estimate.

        References
        ----------
        .. [1] Andrews, D. W. K. (1993). Exactly median-unbiased estimation of first order
           autoregressive/unit root models. Econometrica 61(1), 139-165.
        .. [2] Hansen, B. E. (1999). The grid bootstrap and the autoregressive model. Review of
           Economics and Statistics 81(4), 594-607.
        .. [3] Hall, P. (1992). The Bootstrap and Edgeworth Expansion. Springer.
        """
        level = ensure_float(level, "level", low=LEVELS[0], high=LEVELS[1])
        check_choice(method, "method", ("simulated", "profile", "delta", "bootstrap"))
        if method == "delta":
            estimates = {name: getattr(self, name) for name in _NAMES}
            return delta_intervals(estimates, self.stderr, level)
        if method == "bootstrap":
            return self._bootstrap(level, seed, n_paths)
        likelihood = self._likelihood()
        if method == "profile":
            return profile_intervals(likelihood, level)
        return simulated_intervals(likelihood, self.n_obs - 1, level)

    def diagnostics(self, *, lags: int = 10, window: int | None = None) -> OUDiagnostics:
        """Return tests of the innovations and the fit over rolling windows.

        Parameters
        ----------
        lags : int
            Lags of the Ljung-Box and ARCH-LM tests, >= 2 and below a third of the sample.
        window : int
            Observations of a rolling fit, >= 20; by default 252, or half of a shorter sample.

        Returns
        -------
        OUDiagnostics
            ``tests``, ``innovations``, data of a Q-Q plot and an autocorrelogram, ``rolling``.

        Raises
        ------
        InvalidInputError
            If an argument is out of its range.
        """
        from spreadlab.ou.diagnostics import diagnose, rolling_fit, standardised_innovations

        lags = ensure_int(lags, "lags", low=2, high=(self.n_obs - 1) // 3)
        if window is None:
            window = max(MIN_OBS, min(252, self.n_obs // 2))
        window = ensure_int(window, "window", low=MIN_OBS, high=self.n_obs)
        steps = self.dt if self.times is None else np.diff(self.times)
        return diagnose(
            standardised_innovations(self.spread, steps, self.kappa, self.theta, self.sigma),
            lags=lags,
            window=window,
            rolling={} if self.times is not None else rolling_fit(self.spread, self.dt, window),
            provenance=self.provenance,
        )

    def verdict(self, level: float = 0.95) -> str:
        """Return in words whether the sample tells the spread from a random walk.

        It is a statement about the spread as it is given: where the hedge ratio was estimated on
        the same bars, a random walk looks more mean-reverting than here, and the p-value of the
        pair test counts.

        Parameters
        ----------
        level : float
            Confidence level of `interval`, in [0.5, 0.999].
        """
        from spreadlab.ou.verdict import verdict_of

        low, high = self.interval(level)["half_life"]
        return verdict_of(self.half_life_bars, (low / self.dt, high / self.dt), self.n_obs, level)

    def _likelihood(self) -> Likelihood:
        if self.times is None:
            return RegularLikelihood(moments_of(self.spread), self.dt)
        from spreadlab.ou.irregular import IrregularLikelihood

        return IrregularLikelihood(self.spread, self.times)

    def _bootstrap(
        self, level: float, seed: int | None, n_paths: int
    ) -> dict[str, tuple[float, float]]:
        from spreadlab.ou.bootstrap import bootstrap_intervals

        if self.times is not None or self.method != "mle":
            raise InvalidInputError(
                "method", 'got "bootstrap"', '"simulated" or "profile" for this kind of fit'
            )
        if seed is None:
            raise InvalidInputError("seed", "got None", "an integer for the bootstrap")
        seed = ensure_int(seed, "seed", low=0)
        n_paths = ensure_int(n_paths, "n_paths", low=100)
        x0 = float(self.spread[0])
        return bootstrap_intervals(self.params, self.dt, x0, self.n_obs, level, n_paths, seed)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={short(getattr(self, name), 4)}" for name in _NAMES)
        return (
            f"OUResult({numbers}, half_life_bars={short(self.half_life_bars)}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        bounds = self.interval()
        low, high = bounds["half_life"]
        facts = {
            "half-life (bars)": short(self.half_life_bars),
            "its 95 % interval": in_brackets(low / self.dt, high / self.dt),
            "stationary s.d.": short(self.stationary_sd),
            "log-likelihood": short(self.loglik, 6),
            "observations": short(self.n_obs),
        }
        rows = [
            (
                name,
                short(getattr(self, name), 4),
                short(self.stderr[name]),
                in_brackets(*bounds[name]),
            )
            for name in _NAMES
        ]
        head = ("parameter", "estimate", "standard error", "95 % interval")
        note = "" if math.isfinite(high) else _NO_REVERSION
        return card("Ornstein-Uhlenbeck fit", facts, note=note, below=table(head, rows))

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Return a frame with a row per parameter: estimate, stderr, ends of its interval."""
        import pandas as pd

        bounds = self.interval(level)
        return pd.DataFrame(
            {
                "estimate": [getattr(self, name) for name in _NAMES],
                "stderr": [self.stderr[name] for name in _NAMES],
                "low": [bounds[name][0] for name in _NAMES],
                "high": [bounds[name][1] for name in _NAMES],
            },
            index=pd.Index(_NAMES, name="parameter"),
        )

    def plot(self) -> StaticFigure:
        """Return the spread around its mean, and its autocorrelation beside the model's."""
        from spreadlab.ou.figures import fit_figure

        return fit_figure(self.spread, self.params, self.dt)
