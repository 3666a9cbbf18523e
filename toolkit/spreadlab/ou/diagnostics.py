"""What is left in the innovations of a fit, and whether the fit is stable over time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display import numbers
from spreadlab.display.html import card, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ResidualTest:
    """A test of the innovations.

    Attributes
    ----------
    name : str
        Its name.
    null : str
        What holds if the model is right.
    statistic, pvalue : float
        The statistic, and the probability of one as large under the null.
    """

    name: str
    null: str
    statistic: float
    pvalue: float


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OUDiagnostics:
    """Diagnostics of an Ornstein-Uhlenbeck fit.

    Attributes
    ----------
    innovations : ndarray, shape (T - 1,)
        One-step errors over their model standard deviations: white and standard normal if the
        model is right.
    tests : tuple of ResidualTest
        Ljung-Box, Jarque-Bera, ARCH-LM and CUSUM.
    lags : int
        Lags of the Ljung-Box and ARCH-LM tests.
    acf : ndarray, shape (lags + 1,)
        Autocorrelations of the innovations.
    acf_band : float
        1.96 / sqrt(T - 1): autocorrelations of white noise stay within it 95 times in 100.
    qq_theoretical, qq_sample : ndarray, shape (T - 1,)
        Normal quantiles and sorted innovations.
    cusum : ndarray, shape (T - 1,)
        Cumulated innovations over their standard deviation times sqrt(T - 1).
    window : int
        Observations of a rolling fit.
    rolling : mapping of str to ndarray, shape (T,)
        ``kappa``, ``theta``, ``sigma`` fitted to the last `window` observations, NaN before the
        first and where phi is outside (0, 1); empty at irregular times.
    provenance : mapping
        Of the fit.
    """

    innovations: NDArray[np.float64]
    tests: tuple[ResidualTest, ...]
    lags: int
    acf: NDArray[np.float64]
    acf_band: float
    qq_theoretical: NDArray[np.float64]
    qq_sample: NDArray[np.float64]
    cusum: NDArray[np.float64]
    window: int
    rolling: Mapping[str, NDArray[np.float64]]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        found = ", ".join(f"{t.name} p={numbers.pvalue(t.pvalue)}" for t in self.tests)
        return f"OUDiagnostics({found}, n_obs={self.innovations.size + 1})"

    def _repr_html_(self) -> str:
        rows = [
            (t.name, t.null, numbers.short(t.statistic), numbers.pvalue(t.pvalue))
            for t in self.tests
        ]
        below = table(("test", "null", "statistic", "p-value"), rows, text_columns=2)
        facts = {"innovations": numbers.short(self.innovations.size)}
        return card("Diagnostics of an Ornstein-Uhlenbeck fit", facts, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per test: null, statistic, pvalue."""
        import pandas as pd

        rows = [{"null": t.null, "statistic": t.statistic, "pvalue": t.pvalue} for t in self.tests]
        return pd.DataFrame(rows, index=pd.Index([t.name for t in self.tests], name="test"))

    def plot(self) -> StaticFigure:
        """Return innovations, Q-Q plot, autocorrelations and the rolling kappa or CUSUM."""
        from spreadlab.ou.figures import diagnostics_figure

        return diagnostics_figure(self)


def ljung_box(e: F64, lags: int, n_parameters: int) -> tuple[float, float]:
    """Return the Ljung-Box statistic of `lags` autocorrelations, and its p-value.

    n (n + 2) sum r_k^2 / (n - k) is chi-square with `lags` - `n_parameters` degrees of freedom
    (Ljung and Box 1978).
    """
    from scipy.stats import chi2

    from spreadlab.ou.figures import autocorrelation

    n, r = e.size, autocorrelation(e, lags)[1:]
    statistic = float(n * (n + 2) * np.sum(r**2 / (n - np.arange(1, lags + 1))))
    return statistic, float(chi2.sf(statistic, lags - n_parameters))


def jarque_bera(e: F64) -> tuple[float, float]:
    """Return n / 6 (skewness^2 + (kurtosis - 3)^2 / 4) and its p-value (Jarque and Bera 1980)."""
    from scipy.stats import jarque_bera as of_scipy

    found = of_scipy(e)
    return float(found.statistic), float(found.pvalue)


def arch_lm(e: F64, lags: int) -> tuple[float, float]:
    """Return Engle's test for conditional heteroskedasticity, and its p-value.

    n R^2 of the squares on `lags` of their own lags is chi-square with `lags` degrees of freedom
    (Engle 1982).
    """
    from scipy.stats import chi2

    squares = e**2
    target = squares[lags:]
    columns = [np.ones(target.size)] + [squares[lags - k : -k] for k in range(1, lags + 1)]
    design = np.column_stack(columns)
    residual = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    away = target - target.mean()
    statistic = float(target.size * (1.0 - (residual @ residual) / (away @ away)))
    return statistic, float(chi2.sf(statistic, lags))


def cusum(e: F64, n_parameters: int) -> tuple[F64, float, float]:
    """Return the CUSUM of regression residuals, its largest absolute value, and the p-value.

    The maximum of |sum_{i<=t} e_i| / (s sqrt(n)) has Kolmogorov's distribution if the coefficients
    do not change (Ploberger and Kraemer 1992).
    """
    from scipy.stats import kstwobign

    n = e.size
    path = np.cumsum(e) / math.sqrt(float(e @ e) / (n - n_parameters) * n)
    statistic = float(np.abs(path).max())
    return path, statistic, float(kstwobign.sf(statistic))


def standardised_innovations(
    spread: F64, steps: F64 | float, kappa: float, theta: float, sigma: float
) -> F64:
    """Return the one-step errors over their standard deviations under the model."""
    gap = np.asarray(steps)
    y = spread - theta
    sd = sigma * np.sqrt(-np.expm1(-2.0 * kappa * gap) / (2.0 * kappa))
    innovations: F64 = (y[1:] - np.exp(-kappa * gap) * y[:-1]) / sd
    return innovations


def rolling_fit(spread: F64, dt: float, window: int) -> dict[str, F64]:
    """Return kappa, theta and sigma (T,) of the last `window` observations at every t."""
    from spreadlab.ou.kernels_rolling import rolling_ar1_nb

    rho, theta, variance = rolling_ar1_nb(np.ascontiguousarray(spread), window)
    valid = (rho < 0.0) & (rho > -1.0)
    kappa = np.full(rho.size, np.nan)
    kappa[valid] = -np.log1p(rho[valid]) / dt
    decay = -np.expm1(-2.0 * kappa * dt)
    sigma = np.sqrt(2.0 * kappa * variance / decay)
    return {"kappa": kappa, "theta": np.where(valid, theta, np.nan), "sigma": sigma}


def diagnose(
    innovations: F64, *, lags: int, window: int, rolling: Mapping[str, F64], provenance: Any
) -> OUDiagnostics:
    """Return the diagnostics of given innovations."""
    from scipy.stats import norm

    from spreadlab.ou.figures import autocorrelation

    n = innovations.size
    path, largest, cusum_pvalue = cusum(innovations, 2)
    tests = (
        ResidualTest("Ljung-Box", "no autocorrelation", *ljung_box(innovations, lags, 1)),
        ResidualTest("Jarque-Bera", "normal", *jarque_bera(innovations)),
        ResidualTest("ARCH-LM", "constant variance", *arch_lm(innovations, lags)),
        ResidualTest("CUSUM", "constant coefficients", largest, cusum_pvalue),
    )
    arrays = {
        "innovations": innovations,
        "acf": autocorrelation(innovations, lags),
        "qq_theoretical": norm.ppf((np.arange(n) + 0.5) / n),
        "qq_sample": np.sort(innovations),
        "cusum": path,
    }
    for array in (*arrays.values(), *rolling.values()):
        array.flags.writeable = False
    return OUDiagnostics(
        **arrays,
        tests=tests,
        lags=lags,
        acf_band=norm.ppf(0.975).item() / math.sqrt(n),
        window=window,
        rolling=rolling,
        provenance=provenance,
    )
