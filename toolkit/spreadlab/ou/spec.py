"""What is asked of an Ornstein-Uhlenbeck fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, check_not_constant, ensure_1d, ensure_float
from spreadlab.data.panel import ensure_series
from spreadlab.errors import InvalidInputError, NotMeanRevertingError
from spreadlab.ou.estimate import (
    LONGEST_STEP,
    MIN_OBS,
    SHORTEST_STEP,
    AR1Moments,
    check_noise,
    check_scale,
    gaussian_loglik,
    kappa_of,
    moments_of,
    sigma_of,
    standard_errors,
)
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spreadlab.ou.result import OUResult

Method = Literal["mle", "jackknife", "bias-corrected"]
METHODS = ("mle", "jackknife", "bias-corrected")
DEFAULT_DT = 1 / 252
_YEAR_SECONDS = 365.25 * 86_400
_ALLOWED = "a series whose autoregressive coefficient phi is in (0, 1)"
_NEXT = "test the pair first, or use a longer sample"


@wire("OUFitSpec")
@dataclass(frozen=True, slots=True)
class OUFitSpec(SingleTile):
    """Fit one spread, sampled every `dt` or at the times in the inputs.

    Attributes
    ----------
    dt : float
        Time between two observations; their mean where the inputs hold times.
    method : str
        ``"mle"``, ``"jackknife"`` or ``"bias-corrected"``.
    """

    dt: float = DEFAULT_DT
    method: Method = "mle"

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spread is finite, long enough and varies."""
        ensure_float(self.dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
        check_choice(self.method, "method", METHODS)
        spread = ensure_1d(inputs["spread"], "spread", min_obs=MIN_OBS)
        check_not_constant(spread, "spread")
        check_scale(spread, "spread")
        if "times" in inputs.arrays:
            check_times(inputs["times"], spread.size)
            if self.method != "mle":
                raise InvalidInputError(
                    "method", f"got {self.method!r} with times", '"mle" at irregular times'
                )

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Fit the spread.

        Raises
        ------
        NotMeanRevertingError
            If the least-squares phi is outside (0, 1), or the estimated kappa is not positive.
        """
        spread = view["spread"]
        moments = moments_of(spread)
        check_noise(spread, moments, "spread")
        if "times" in view.arrays:
            values = _fit_irregular(spread, view["times"])
        else:
            values = _fit_regular(spread, moments, self.dt, self.method)
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> OUResult:
        """Return the fit."""
        from spreadlab.ou.result import OUResult

        return OUResult(
            **state[0],
            dt=self.dt,
            method=self.method,
            spread=inputs["spread"],
            times=inputs.arrays.get("times"),
            provenance=provenance_of(self, inputs),
        )


def _fit_regular(
    spread: NDArray[np.float64], moments: AR1Moments, dt: float, method: Method
) -> dict[str, Any]:
    from spreadlab.ou.bias import bias_corrected, jackknife

    check_mean_reverting(moments)
    kappa = kappa_of(moments.rho, dt)
    sigma = sigma_of(kappa, moments.variance, dt)
    loglik = gaussian_loglik(moments.variance, moments.n)
    if method == "jackknife":
        kappa, sigma = jackknife(spread, moments, dt)
    elif method == "bias-corrected":
        kappa, sigma = bias_corrected(moments, dt)
    return {
        "kappa": kappa,
        "theta": moments.theta,
        "sigma": sigma,
        "loglik": loglik,
        "stderr": standard_errors(moments, dt),
    }


def _fit_irregular(spread: NDArray[np.float64], times: NDArray[np.float64]) -> dict[str, Any]:
    from spreadlab.ou.irregular import IrregularLikelihood

    likelihood = IrregularLikelihood(spread, times)
    if not 0.0 < likelihood.kappa < 0.999 * likelihood.kappa_limit / 20.0:
        raise NotMeanRevertingError(
            "spread",
            f"the series is not mean-reverting: kappa = {likelihood.kappa:.6g}",
            "a series whose kappa is positive and that does not forget everything in a step",
            _NEXT,
        )
    return {
        "kappa": likelihood.kappa,
        "theta": likelihood.theta,
        "sigma": likelihood.sigma,
        "loglik": likelihood.loglik,
        "stderr": likelihood.stderr,
    }


def check_mean_reverting(moments: AR1Moments) -> None:
    """Raise NotMeanRevertingError unless 0 < phi < 1."""
    from spreadlab.ou.intervals import phi_interval
    from spreadlab.ou.tables import unit_root_pvalue

    phi, statistic = moments.phi, moments.unit_root_statistic
    if 0.0 < phi < 1.0:
        return
    low, high = phi_interval(moments, 0.95)
    what = "it wanders or explodes" if phi >= 1.0 else "successive values alternate"
    where = f"in [{low:.4g}, {high:.4g}]" if math.isfinite(low) else "above 1"
    raise NotMeanRevertingError(
        "spread",
        f"the series is not mean-reverting: phi = {phi:.6g} ({what}), {where} with 95 % "
        f"confidence, unit-root t-statistic {statistic:.3g} "
        f"(p = {unit_root_pvalue(statistic, moments.n):.2g})",
        _ALLOWED,
        _NEXT,
    )


def check_times(times: NDArray[np.float64], n_obs: int) -> None:
    """Raise InvalidInputError unless there is one increasing time per observation."""
    if times.shape != (n_obs,):
        raise InvalidInputError("times", f"{times.size} times", f"{n_obs}, one per observation")
    steps = np.diff(times)
    bad = ~(steps > 0.0)
    if bad.any():
        first = int(np.argmax(bad)) + 1
        raise InvalidInputError(
            "times", f"position {first} is not later than the one before", "strictly increasing"
        )
    if not SHORTEST_STEP <= steps.min() <= steps.max() <= LONGEST_STEP:
        raise InvalidInputError(
            "times",
            f"{steps.min():.1e} to {steps.max():.1e} apart",
            f"{SHORTEST_STEP:.0e} to {LONGEST_STEP:.0e}",
            "change the unit of time",
        )


def ensure_times(times: Any, n_obs: int) -> NDArray[np.float64]:
    """Return times as float64 from the first on: numbers as they are, dates in years.

    A year of dates is 365.25 days.
    """
    raw = np.asarray(times)
    if raw.dtype.kind == "O" or getattr(raw.dtype, "tz", None) is not None:
        raw = np.asarray(times, dtype="datetime64[ns]")
    if raw.dtype.kind == "M":
        if np.isnat(raw).any():
            raise InvalidInputError("times", "missing dates (NaT)", "dates")
        since = (raw - raw.ravel()[0]).astype("timedelta64[ns]").astype(np.float64)
        raw = since / 1e9 / _YEAR_SECONDS
    values = ensure_1d(raw, "times", min_obs=1)
    check_times(values, n_obs)
    elapsed: NDArray[np.float64] = values - values[0]
    return elapsed


def make_estimate_ou_request(
    spread: Any, dt: float = DEFAULT_DT, *, method: Method = "mle", times: Any = None
) -> tuple[OUFitSpec, Inputs]:
    """Return the request of `estimate_ou`, with spread and times coerced to vectors."""
    values, _, _ = ensure_series(spread, "spread", min_obs=MIN_OBS)
    dt = ensure_float(dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
    check_choice(method, "method", METHODS)
    if times is None:
        return OUFitSpec(dt, method), Inputs({"spread": values})
    if dt != DEFAULT_DT:
        raise InvalidInputError("dt", f"got {dt:g} beside times", "left out where times are given")
    elapsed = ensure_times(times, values.size)
    mean_step = float(elapsed[-1]) / (values.size - 1)
    return OUFitSpec(mean_step, method), Inputs({"spread": values, "times": elapsed})
