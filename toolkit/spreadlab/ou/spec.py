"""What is asked of an Ornstein-Uhlenbeck fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import wire
from spreadlab._validation import check_not_constant, ensure_1d, ensure_float
from spreadlab.errors import NotMeanRevertingError
from spreadlab.ou.estimate import (
    MIN_OBS,
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

    from spreadlab.ou.result import OUResult


@wire("OUFitSpec")
@dataclass(frozen=True, slots=True)
class OUFitSpec(SingleTile):
    """Fit one spread, sampled every `dt`.

    Attributes
    ----------
    dt : float
        Time between two observations.
    """

    dt: float = 1 / 252

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spread is finite, long enough and varies."""
        ensure_float(self.dt, "dt", low=0.0, low_open=True)
        spread = ensure_1d(inputs["spread"], "spread", min_obs=MIN_OBS)
        check_scale_and_variation(spread)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Fit the spread.

        Raises
        ------
        NotMeanRevertingError
            If the least-squares phi is outside (0, 1).
        """
        spread = view["spread"]
        moments = moments_of(spread)
        check_noise(spread, moments, "spread")
        check_mean_reverting(moments)
        kappa = kappa_of(moments.rho, self.dt)
        values = {
            "kappa": kappa,
            "theta": moments.theta,
            "sigma": sigma_of(kappa, moments.variance, self.dt),
            "loglik": gaussian_loglik(moments.variance, moments.n),
            "stderr": standard_errors(moments, self.dt),
        }
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> OUResult:
        """Return the fit."""
        from spreadlab.ou.result import OUResult

        return OUResult(
            **state[0],
            dt=self.dt,
            spread=inputs["spread"],
            provenance=provenance_of(self, inputs),
        )


def check_scale_and_variation(spread: Any) -> None:
    """Raise InvalidInputError if the spread is constant or its squares leave float64."""
    check_not_constant(spread, "spread")
    check_scale(spread, "spread")


def check_mean_reverting(moments: AR1Moments) -> None:
    """Raise NotMeanRevertingError unless 0 < phi < 1."""
    phi = moments.phi
    if 0.0 < phi < 1.0:
        return
    what = "it wanders or explodes" if phi >= 1.0 else "successive values alternate"
    raise NotMeanRevertingError(
        "spread",
        f"the series is not mean-reverting: phi = {phi:.6g} ({what}), "
        f"unit-root t-statistic {moments.unit_root_statistic:.3g}",
        "a series whose autoregressive coefficient phi is in (0, 1)",
        "test the pair first, or use a longer sample",
    )


def make_estimate_ou_request(spread: Any, dt: float = 1 / 252) -> tuple[OUFitSpec, Inputs]:
    """Return the request of `estimate_ou`, with the spread coerced to a vector."""
    values = ensure_1d(spread, "spread", min_obs=MIN_OBS)
    return OUFitSpec(ensure_float(dt, "dt", low=0.0, low_open=True)), Inputs({"spread": values})
