"""Test of mean reversion against a random walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import wire
from spreadlab._validation import check_not_constant, ensure_1d, ensure_float
from spreadlab.data.panel import ensure_series
from spreadlab.display import numbers
from spreadlab.display.html import card
from spreadlab.ou.estimate import MIN_OBS, check_noise, check_scale, moments_of
from spreadlab.ou.tables import unit_root_critical_value, unit_root_pvalue
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

_LEVELS = (0.01, 0.05, 0.1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class MeanReversionResult:
    """Whether a series reverts to a mean, against the null that it is a random walk.

    Attributes
    ----------
    statistic : float
        Dickey-Fuller t-ratio of phi - 1 with a constant and no lags.
    pvalue : float
        Probability of a statistic this low for a random walk of the same length, within
        [0.0001, 0.9999].
    critical_values : mapping of str to float
        Statistics below which the null is rejected, keyed "1%", "5%" and "10%".
    phi : float
        Least-squares autoregressive coefficient.
    phi_interval : tuple of float
        Interval of phi within (-inf, 1] at the level 1 - `alpha`; (nan, nan) where the series
        explodes beyond what any phi <= 1 explains.
    alpha : float
        Significance level of `is_mean_reverting`.
    n_obs : int
        Observations.
    spread : ndarray, shape (T,)
        The series that was tested.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    statistic: float
    pvalue: float
    critical_values: Mapping[str, float]
    phi: float
    phi_interval: tuple[float, float]
    alpha: float
    n_obs: int
    spread: NDArray[Any]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_mean_reverting(self) -> bool:
        """Whether a random walk is rejected at the level `alpha`, with phi above 0."""
        return self.pvalue < self.alpha and self.phi > 0.0

    def __repr__(self) -> str:
        return (
            f"MeanReversionResult(is_mean_reverting={self.is_mean_reverting}, "
            f"statistic={numbers.short(self.statistic)}, pvalue={numbers.pvalue(self.pvalue)}, "
            f"phi={numbers.short(self.phi, 4)}, n_obs={self.n_obs})"
        )

    def _facts(self) -> dict[str, str]:
        label = f"phi, {numbers.percent(1.0 - self.alpha, 0)} interval"
        return {
            "t-ratio of phi - 1": numbers.short(self.statistic),
            "p-value against a random walk": numbers.pvalue(self.pvalue),
            "phi": numbers.short(self.phi, 4),
            label: numbers.interval(*self.phi_interval, 4),
            "observations": numbers.short(self.n_obs),
        }

    def _repr_html_(self) -> str:
        verdict = "mean-reverting" if self.is_mean_reverting else "not told from a random walk"
        return card(f"Test of mean reversion: {verdict}", self._facts())

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with one row: statistic, pvalue, phi and the ends of its interval."""
        import pandas as pd

        low, high = self.phi_interval
        row = {"statistic": self.statistic, "pvalue": self.pvalue, "phi": self.phi}
        return pd.DataFrame([row | {"phi_low": low, "phi_high": high, "n_obs": self.n_obs}])


@wire("MeanReversionSpec")
@dataclass(frozen=True, slots=True)
class MeanReversionSpec(SingleTile):
    """Test one spread.

    Attributes
    ----------
    alpha : float
        Significance level, in [0.001, 0.5].
    """

    alpha: float = 0.05

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the spread is finite, long enough and varies."""
        ensure_float(self.alpha, "alpha", low=0.001, high=0.5)
        spread = ensure_1d(inputs["spread"], "spread", min_obs=MIN_OBS)
        check_not_constant(spread, "spread")
        check_scale(spread, "spread")

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Compute the statistic."""
        from spreadlab.ou.intervals import phi_interval

        spread = view["spread"]
        moments = moments_of(spread)
        check_noise(spread, moments, "spread")
        values = {
            "statistic": moments.unit_root_statistic,
            "pvalue": unit_root_pvalue(moments.unit_root_statistic, moments.n),
            "phi": moments.phi,
            "phi_interval": phi_interval(moments, 1.0 - self.alpha),
        }
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> MeanReversionResult:
        """Return the test."""
        n_obs = int(inputs["spread"].size)
        return MeanReversionResult(
            **state[0],
            critical_values={
                f"{level:.0%}": unit_root_critical_value(level, n_obs - 1) for level in _LEVELS
            },
            alpha=self.alpha,
            n_obs=n_obs,
            spread=inputs["spread"],
            provenance=provenance_of(self, inputs),
        )


def make_test_mean_reversion_request(
    spread: Any, *, alpha: float = 0.05
) -> tuple[MeanReversionSpec, Inputs]:
    """Return the request of `test_mean_reversion`, with the spread coerced to a vector."""
    values, _, _ = ensure_series(spread, "spread", min_obs=MIN_OBS)
    alpha = ensure_float(alpha, "alpha", low=0.001, high=0.5)
    return MeanReversionSpec(alpha), Inputs({"spread": values})
