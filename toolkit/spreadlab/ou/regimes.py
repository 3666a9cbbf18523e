"""Ornstein-Uhlenbeck processes whose parameters switch between two regimes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_not_constant, ensure_1d, ensure_float
from spreadlab.data.panel import ensure_series
from spreadlab.display.html import card, table
from spreadlab.display.numbers import percent, short
from spreadlab.errors import ConvergenceError
from spreadlab.ou.descent import derivatives, minimise
from spreadlab.ou.estimate import (
    LONGEST_STEP,
    SHORTEST_STEP,
    check_noise,
    check_scale,
    kappa_of,
    moments_of,
    sigma_of,
)
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

    F64 = NDArray[np.float64]

MIN_OBS = 100
"""Fewest observations of a fit: it has eight parameters."""
_STARTS = ((0.3, 3.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0), (0.5, 1.5, 0.5, 0.7))
_FLOOR = 1e-4
_STEPS = 150
_NAMES = ("kappa", "theta", "sigma", "stay")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class RegimeOUResult:
    """A fit of two Ornstein-Uhlenbeck regimes, the calmer one (smaller sigma) first.

    Attributes
    ----------
    kappa, theta, sigma : ndarray, shape (2,)
        Parameters of each regime; NaN where its phi is outside (0, 1).
    phi : ndarray, shape (2,)
        Autoregressive coefficient of a step in each regime.
    stay : ndarray, shape (2,)
        Probability that the next step is in the same regime.
    stderr : mapping of str to ndarray, shape (2,)
        Standard errors of ``kappa``, ``theta``, ``sigma`` and ``stay`` from the observed
        information; NaN where a parameter is at the edge of its range.
    filtered : ndarray, shape (T - 1, 2)
        Probability of each regime in the step to observation t + 1, given observations to t + 1.
    smoothed : ndarray, shape (T - 1, 2)
        The same given all observations: it looks ahead.
    loglik : float
        Log-likelihood given the first observation.
    dt : float
        Time between two observations.
    spread : ndarray, shape (T,)
        The series that was fitted.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    kappa: NDArray[np.float64]
    theta: NDArray[np.float64]
    sigma: NDArray[np.float64]
    phi: NDArray[np.float64]
    stay: NDArray[np.float64]
    stderr: Mapping[str, NDArray[np.float64]]
    filtered: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    loglik: float
    dt: float
    spread: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_obs(self) -> int:
        """Observations T."""
        return int(self.spread.size)

    @property
    def share(self) -> NDArray[np.float64]:
        """Long-run share of the time spent in each regime."""
        leave = 1.0 - self.stay
        share: NDArray[np.float64] = leave[::-1] / leave.sum()
        return share

    def __repr__(self) -> str:
        def pair(values: NDArray[np.float64]) -> str:
            return f"({short(float(values[0]))}, {short(float(values[1]))})"

        numbers = ", ".join(f"{name}={pair(getattr(self, name))}" for name in _NAMES)
        return f"RegimeOUResult({numbers}, n_obs={self.n_obs})"

    def _repr_html_(self) -> str:
        rows = [
            (
                name,
                *(
                    f"{short(float(v))} ± {short(float(s))}"
                    for v, s in zip(getattr(self, name), self.stderr[name], strict=True)
                ),
            )
            for name in _NAMES
        ]
        rows.append(("share of time", *(percent(float(s)) for s in self.share)))
        facts = {"log-likelihood": short(self.loglik, 6), "observations": short(self.n_obs)}
        below = table(("parameter ± standard error", "calm regime", "other regime"), rows)
        return card("Ornstein-Uhlenbeck fit with two regimes", facts, below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with a row per regime: parameters and their standard errors."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in _NAMES}
        columns |= {f"{name}_stderr": self.stderr[name] for name in _NAMES}
        return pd.DataFrame(columns, index=pd.Index([0, 1], name="regime"))

    def plot(self) -> StaticFigure:
        """Return the spread above the filtered probability of the second regime."""
        from spreadlab.ou.figures import regimes_figure

        return regimes_figure(self.spread, self.filtered[:, 1])


@wire("RegimeOUSpec")
@dataclass(frozen=True, slots=True)
class RegimeOUSpec(SingleTile):
    """Fit two regimes to one spread.

    Attributes
    ----------
    dt : float
        Time between two observations.
    """

    dt: float = 1 / 252

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spread is finite, long enough and varies."""
        ensure_float(self.dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
        spread = ensure_1d(inputs["spread"], "spread", min_obs=MIN_OBS)
        check_not_constant(spread, "spread")
        check_scale(spread, "spread")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Fit the spread.

        Raises
        ------
        ConvergenceError
            If a regime collapses onto a handful of observations or the search does not settle.
        """
        return Partial(tile.id, fit_regimes(view["spread"], self.dt), tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> RegimeOUResult:
        """Return the fit."""
        values: dict[str, Any] = {
            name: _frozen(value) if isinstance(value, np.ndarray) else value
            for name, value in state[0].items()
        }
        return RegimeOUResult(
            **values,
            dt=self.dt,
            spread=inputs["spread"],
            provenance=provenance_of(self, inputs),
        )


def _frozen(array: F64) -> F64:
    view = array.view()
    view.flags.writeable = False
    return view


def fit_regimes(spread: F64, dt: float) -> dict[str, Any]:
    """Return the fields of a `RegimeOUResult` that the data decide.

    EM from three starting points (two volatilities, two means, two speeds), the best of which
    Newton's method on the exact likelihood then finishes.
    """
    from spreadlab.ou.kernels_regimes import hamilton_nb, kim_nb, regime_em_nb

    moments = moments_of(spread)
    check_noise(spread, moments, "spread")
    centre, width = float(spread.mean()), float(spread.std())
    x = np.ascontiguousarray((spread - centre) / width)
    variance = moments.variance / width**2
    floor = _FLOOR * variance
    candidates = []
    for low, high, split, slow in _STARTS:
        phi = np.clip([moments.phi, moments.phi * slow], 0.0, 0.999)
        model = np.column_stack(
            [np.array([-split, split]) * (1.0 - phi), phi, np.array([low, high]) * variance]
        )
        stay = np.array([0.95, 0.95])
        loglik, _ = regime_em_nb(x, model, stay, floor, _STEPS, 1e-7)
        candidates.append((loglik, model, stay))
    _, model, stay = max(candidates, key=lambda found: found[0])
    n = x.size - 1
    predicted, filtered = np.empty((n, 2)), np.empty((n, 2))

    def cost(point: F64) -> float:
        trial, trial_stay = _unpack(point)
        value = -hamilton_nb(x, trial, trial_stay, predicted, filtered)
        return float(value) if math.isfinite(value) else 1e10

    model, stay = _unpack(minimise(cost, _pack(model, stay), -40.0, 40.0))
    order = np.argsort(model[:, 2])
    model, stay = np.ascontiguousarray(model[order]), np.ascontiguousarray(stay[order])
    if model[0, 2] <= 2.0 * floor:
        raise ConvergenceError(
            "one of the two regimes collapsed onto a handful of observations; "
            "estimate_ou fits one regime"
        )
    loglik = hamilton_nb(x, model, stay, predicted, filtered)
    smoothed = np.empty((n, 2))
    kim_nb(predicted, filtered, stay, smoothed, np.empty(2))
    final = filtered.copy()  # `cost`, which the standard errors call, writes into the buffer
    values = _parameters(_pack(model, stay), centre, width, dt)
    errors = _standard_errors(cost, _pack(model, stay), centre, width, dt)
    return {
        **dict(zip(_NAMES, values, strict=True)),
        "phi": model[:, 1].copy(),
        "stderr": dict(zip(_NAMES, errors, strict=True)),
        "filtered": final,
        "smoothed": smoothed,
        "loglik": loglik - n * math.log(width),
    }


def _pack(model: F64, stay: F64) -> F64:
    return np.concatenate(
        [model[:, 0], model[:, 1], np.log(model[:, 2]), np.log(stay / (1 - stay))]
    )


def _unpack(point: F64) -> tuple[F64, F64]:
    model = np.column_stack([point[0:2], point[2:4], np.exp(point[4:6])])
    return model, 1.0 / (1.0 + np.exp(-np.clip(point[6:8], -16.0, 16.0)))


def _parameters(point: F64, centre: float, width: float, dt: float) -> F64:
    """Return kappa, theta, sigma and stay (4, 2) in the units of the spread."""
    model, stay = _unpack(point)
    out = np.full((4, 2), np.nan)
    for k, (intercept, phi, variance) in enumerate(model):
        if 0.0 < phi < 1.0:
            kappa = kappa_of(phi - 1.0, dt)
            out[0, k] = kappa
            out[1, k] = centre + width * intercept / (1.0 - phi)
            out[2, k] = sigma_of(kappa, variance * width**2, dt)
    out[3] = stay
    return out


def _standard_errors(cost: Any, point: F64, centre: float, width: float, dt: float) -> F64:
    """Return standard errors (4, 2): second differences of the likelihood, delta method."""
    size = point.size
    hessian = derivatives(cost, point, cost(point))[1]
    jacobian = np.empty((8, size))
    for i in range(size):
        a = np.zeros(size)
        a[i] = 1e-6
        ahead = _parameters(point + a, centre, width, dt)
        jacobian[:, i] = ((ahead - _parameters(point - a, centre, width, dt)) / 2e-6).ravel()
    try:
        covariance = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return np.full((4, 2), np.nan)
    errors = np.empty(8)
    for row in range(8):
        # A regime without kappa has NaN in its rows alone; the others keep theirs.
        variance = jacobian[row] @ covariance @ jacobian[row]
        errors[row] = math.sqrt(variance) if variance > 0.0 else math.nan
    return errors.reshape(4, 2)


def make_estimate_regime_ou_request(
    spread: Any, dt: float = 1 / 252
) -> tuple[RegimeOUSpec, Inputs]:
    """Return the request of `estimate_regime_ou`, with the spread coerced to a vector."""
    values = ensure_series(spread, "spread", min_obs=MIN_OBS)[0]
    dt = ensure_float(dt, "dt", low=SHORTEST_STEP, high=LONGEST_STEP)
    return RegimeOUSpec(dt), Inputs({"spread": values})
