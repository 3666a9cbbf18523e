"""Ornstein-Uhlenbeck process with jumps: a filter by threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_not_constant, ensure_1d, ensure_float
from spreadlab.data.panel import ensure_series
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.errors import ConvergenceError, NotMeanRevertingError
from spreadlab.ou.descent import derivatives, minimise
from spreadlab.ou.estimate import (
    LONGEST_STEP,
    SHORTEST_STEP,
    AR1Moments,
    check_noise,
    check_scale,
    kappa_of,
    moments_of,
    sigma_of,
    standard_errors,
)
from spreadlab.ou.params import OUParams
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]

MIN_OBS = 50
_ROUNDS = 100
_SEPARATIONS = 12
_FEWEST_JUMPS = 3
_NAMES = ("kappa", "theta", "sigma", "jump_rate", "jump_mean", "jump_sd")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class JumpOUResult:
    """A fit of dX = kappa (theta - X) dt + sigma dW + J dN with normal jumps J.

    Attributes
    ----------
    kappa, theta, sigma : float
        Of the part without jumps.
    jump_rate : float
        Jumps per unit of time, those too small to be seen included.
    jump_mean, jump_sd : float
        Mean and standard deviation of a jump as far as it is left at the end of its step; NaN
        where fewer than three are seen.
    jumps : ndarray of int64
        Steps that hold a jump: step t leads from observation t to t + 1.
    stderr : mapping of str to float
        Standard errors; NaN where fewer than three jumps are seen.
    threshold : float
        Step standard deviations beyond which an innovation is a jump.
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
    jump_rate: float
    jump_mean: float
    jump_sd: float
    jumps: NDArray[np.int64]
    stderr: Mapping[str, float]
    threshold: float
    dt: float
    spread: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def params(self) -> OUParams:
        """The part without jumps."""
        return OUParams(kappa=self.kappa, theta=self.theta, sigma=self.sigma)

    @property
    def n_obs(self) -> int:
        """Observations T."""
        return int(self.spread.size)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={short(getattr(self, name))}" for name in _NAMES)
        return f"JumpOUResult({numbers}, n_jumps={self.jumps.size}, n_obs={self.n_obs})"

    def _repr_html_(self) -> str:
        rows = [(name, short(getattr(self, name)), short(self.stderr[name])) for name in _NAMES]
        facts = {"jumps seen": short(int(self.jumps.size)), "observations": short(self.n_obs)}
        below = table(("parameter", "estimate", "standard error"), rows)
        return card("Ornstein-Uhlenbeck fit with jumps", facts, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per parameter: estimate and standard error."""
        import pandas as pd

        columns = {
            "estimate": [getattr(self, name) for name in _NAMES],
            "stderr": [self.stderr[name] for name in _NAMES],
        }
        return pd.DataFrame(columns, index=pd.Index(_NAMES, name="parameter"))

    def plot(self) -> StaticFigure:
        """Return the spread with its jumps marked."""
        from spreadlab.ou.figures import jumps_figure

        return jumps_figure(self.spread, self.jumps)


@wire("JumpOUSpec")
@dataclass(frozen=True, slots=True)
class JumpOUSpec(SingleTile):
    """Fit one spread with jumps.

    Attributes
    ----------
    dt : float
        Time between two observations.
    threshold : float
        Step standard deviations beyond which an innovation is a jump, in [2.5, 10].
    """

    dt: float = 1 / 252
    threshold: float = 4.0

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spread is finite, long enough and varies."""
        ensure_float(self.dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
        ensure_float(self.threshold, "threshold", low=2.5, high=10.0)
        spread = ensure_1d(inputs["spread"], "spread", min_obs=MIN_OBS)
        check_not_constant(spread, "spread")
        check_scale(spread, "spread")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Fit the spread.

        Raises
        ------
        NotMeanRevertingError
            If phi of the part without jumps is outside (0, 1).
        ConvergenceError
            If the set of jumps does not settle.
        """
        return Partial(tile.id, fit_jumps(view["spread"], self.dt, self.threshold), tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> JumpOUResult:
        """Return the fit."""
        values = dict(state[0])
        jumps = np.array(values.pop("jumps"), dtype=np.int64)
        jumps.flags.writeable = False
        return JumpOUResult(
            **values,
            jumps=jumps,
            threshold=self.threshold,
            dt=self.dt,
            spread=inputs["spread"],
            provenance=provenance_of(self, inputs),
        )


def _kept_moments(x: F64, keep: NDArray[np.bool_]) -> tuple[AR1Moments, F64]:
    """Return the moments over the kept steps, and the errors of all of them."""
    start, step = x[:-1], np.diff(x)
    mean, drift = float(start[keep].mean()), float(step[keep].mean())
    level, move = start[keep] - mean, step[keep] - drift
    sxx, sxd = float(level @ level), float(level @ move)
    errors = step - drift - sxd / sxx * (start - mean)
    rss = float(errors[keep] @ errors[keep])
    return AR1Moments(int(keep.sum()), mean, drift, sxx, sxd, rss), errors


def _density(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def middle(mean: float, sd: float, cut: float) -> tuple[float, float]:
    """Return the share of a normal within plus and minus `cut`, and its mean square there."""
    low, high = (-cut - mean) / sd, (cut - mean) / sd
    share = _below(high) - _below(low)
    if share < 1e-12:
        return share, cut * cut
    first = (_density(low) - _density(high)) / share
    second = 1.0 + (low * _density(low) - high * _density(high)) / share
    return share, mean**2 + 2.0 * mean * sd * first + sd**2 * second


def fit_jumps(spread: F64, dt: float, threshold: float) -> dict[str, Any]:
    """Return the fields of a `JumpOUResult` that the data decide.

    Steps whose error exceeds `threshold` standard deviations are set aside and the rest refitted
    until the set stays the same (Mancini 2009 for the idea of the threshold). Errors set aside are
    a normal sample of jumps plus noise of which the middle is not seen; its mean, variance and the
    share not seen are found by maximum likelihood. The variance of the rest is then corrected for
    the tails cut off and for the small jumps left in it.
    """
    moments = moments_of(spread)
    check_noise(spread, moments, "spread")
    left = middle(0.0, 1.0, threshold)[1]
    # The start is robust: the median absolute increment, whatever the size of the jumps.
    steps = np.diff(spread)
    scale = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    keep = np.abs(steps - np.median(steps)) <= threshold * max(scale, 1e-300)
    for _ in range(_ROUNDS):
        moments, errors = _kept_moments(spread, keep)
        cut = threshold * math.sqrt(moments.variance / left)
        again = np.abs(errors) <= cut
        if np.array_equal(again, keep):
            break
        keep = again
    else:
        raise ConvergenceError(f"the set of jumps did not settle in {_ROUNDS} rounds")
    if not 0.0 < moments.phi < 1.0:
        raise NotMeanRevertingError(
            "spread",
            f"the series without its jumps is not mean-reverting: phi = {moments.phi:.6g}",
            "a series whose autoregressive coefficient phi is in (0, 1)",
        )
    jumps = np.flatnonzero(~keep)
    variance, sizes = _separate(errors[jumps], moments, cut, left)
    moments = AR1Moments(
        moments.n, moments.mean, moments.drift, moments.sxx, moments.sxd, moments.n * variance
    )
    kappa = kappa_of(moments.rho, dt)
    plain = standard_errors(moments, dt)
    years = (spread.size - 1) * dt
    rate, rate_error = sizes.count / years, sizes.count_error / years
    stderr = {name: plain[name] for name in ("kappa", "theta", "sigma")}
    return {
        "kappa": kappa,
        "theta": moments.theta,
        "sigma": sigma_of(kappa, variance, dt),
        "jumps": jumps,
        "jump_rate": rate,
        "jump_mean": sizes.mean,
        "jump_sd": sizes.sd,
        "stderr": stderr
        | {"jump_rate": rate_error, "jump_mean": sizes.mean_error, "jump_sd": sizes.sd_error},
    }


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Jumps behind the errors seen: their number, those not seen included, mean and s.d."""

    count: float
    mean: float = math.nan
    sd: float = math.nan
    count_error: float = math.nan
    mean_error: float = math.nan
    sd_error: float = math.nan


def _separate(errors: F64, moments: AR1Moments, cut: float, left: float) -> tuple[float, _Sizes]:
    """Return the variance of a step without jumps, and the jumps.

    The kept steps are a mixture of cut noise and of jumps too small to be seen; its mean square
    gives the variance of the noise, from which follow the jumps, and so on to a fixed point.
    """
    variance = moments.variance / left
    sizes = _jump_sizes(errors, math.sqrt(variance), cut)
    for _ in range(_SEPARATIONS):
        if not math.isfinite(sizes.mean):
            return variance, sizes
        hidden = min(sizes.count - errors.size, 0.5 * moments.n)
        square = middle(sizes.mean, math.hypot(sizes.sd, math.sqrt(variance)), cut)[1]
        kept = middle(0.0, math.sqrt(variance), cut)[1] / variance
        update = (moments.rss - hidden * square) / ((moments.n - hidden) * kept)
        update = max(update, 0.25 * variance)
        done = abs(update - variance) <= 1e-6 * variance
        variance = update
        if done:
            break
        sizes = _jump_sizes(errors, math.sqrt(variance), cut)
    return variance, sizes


def _jump_sizes(errors: F64, sd: float, cut: float) -> _Sizes:
    """Return the jumps behind the errors seen where the noise has standard deviation `sd`."""
    count = errors.size
    if count < _FEWEST_JUMPS:
        return _Sizes(float(count))
    mean_seen, square_seen = float(errors.mean()), float(errors @ errors) / count

    def shape(point: F64) -> tuple[float, float]:
        return float(point[0]) * cut, math.hypot(sd, math.exp(point[1]) * cut)

    def seen(point: F64) -> float:
        return max(1.0 - middle(*shape(point), cut)[0], 1e-300)

    def cost(point: F64) -> float:
        mean, spread = shape(point)
        square = square_seen - 2.0 * mean * mean_seen + mean**2
        return count * (math.log(seen(point)) + math.log(spread) + 0.5 * square / spread**2)

    start = np.array([mean_seen / cut, math.log(max(float(errors.std()) / cut, 0.1))])
    point = minimise(cost, start, -20.0, 20.0)
    share = seen(point)
    covariance = np.linalg.pinv(derivatives(cost, point, cost(point))[1])
    h = 1e-3
    gradient = np.array([(seen(point + a) - seen(point - a)) / (2.0 * h) for a in np.eye(2) * h])
    relative = 1.0 / count + float(gradient @ covariance @ gradient) / share**2
    jump_sd = float(math.exp(point[1]) * cut)
    return _Sizes(
        count=count / share,
        mean=float(point[0]) * cut,
        sd=jump_sd,
        count_error=count / share * math.sqrt(relative),
        mean_error=cut * math.sqrt(max(covariance[0, 0], 0.0)),
        sd_error=jump_sd * math.sqrt(max(covariance[1, 1], 0.0)),
    )


def make_estimate_jump_ou_request(
    spread: Any, dt: float = 1 / 252, *, threshold: float = 4.0
) -> tuple[JumpOUSpec, Inputs]:
    """Return the request of `estimate_jump_ou`, with the spread coerced to a vector."""
    values = ensure_series(spread, "spread", min_obs=MIN_OBS)[0]
    dt = ensure_float(dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
    threshold = ensure_float(threshold, "threshold", low=2.5, high=10.0)
    return JumpOUSpec(dt, threshold), Inputs({"spread": values})
