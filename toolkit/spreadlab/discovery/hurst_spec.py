"""What is asked of the roughness of one series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, check_not_constant, ensure_1d, ensure_int
from spreadlab.data.checks import LARGEST
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.discovery.hurst_result import HurstResult

METHODS = ("generalized", "dfa")
_MIN_OBS = {"generalized": 30, "dfa": 64}


@wire("HurstSpec")
@dataclass(frozen=True, slots=True)
class HurstSpec(SingleTile):
    """Estimate the Hurst exponent of ``series``, a level; see `spreadlab.hurst`.

    Attributes
    ----------
    max_lag : int
        Longest difference of the generalised exponent; not read by ``"dfa"``.
    method : str
        ``"generalized"`` or ``"dfa"``.
    """

    max_lag: int = 20
    method: str = "generalized"

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the series is long enough and varies."""
        check_choice(self.method, "method", METHODS)
        lag = ensure_int(self.max_lag, "max_lag", low=2)
        series = ensure_1d(inputs["series"], "series", min_obs=_MIN_OBS[self.method])
        check_not_constant(series, "series")
        if np.abs(series).max() > LARGEST:
            raise InvalidInputError("series", "has values beyond 1e100", f"at most {LARGEST:g}")
        if self.method == "generalized" and series.size < 2 * lag:
            raise InvalidInputError(
                "max_lag", f"got {lag} with {series.size} observations", "at most half of them"
            )

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Return the mean square at every scale and the exponent."""
        from spreadlab.discovery.kernels.dfa import box_sizes_nb, fluctuation_nb
        from spreadlab.discovery.kernels.spread import difference_squares_nb, log_slope_nb

        series = np.ascontiguousarray(view["series"])
        if self.method == "dfa":
            scales = box_sizes_nb(series.size)
            squares = np.array([fluctuation_nb(series, size) for size in scales])
        else:
            scales = np.arange(1, self.max_lag + 1)
            squares = difference_squares_nb(series, self.max_lag, self.max_lag)
            squares /= series.size - self.max_lag
        slope = log_slope_nb(scales.astype(np.float64), squares)
        values = {"scales": scales, "mean_squares": squares, "exponent": 0.5 * float(slope)}
        return Partial(tile.id, values, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> HurstResult:
        """Return the exponent with what it was read from."""
        from spreadlab.discovery.hurst_result import HurstResult

        return HurstResult(
            **state[0],
            method=self.method,
            n_obs=inputs["series"].size,
            provenance=provenance_of(self, inputs),
        )


def make_hurst_request(
    series: Any, *, max_lag: int = 20, method: str = "generalized"
) -> tuple[HurstSpec, Inputs]:
    """Return the request of `hurst`."""
    from spreadlab.data.panel import ensure_series

    check_choice(method, "method", METHODS)
    spec = HurstSpec(ensure_int(max_lag, "max_lag", low=2), method)
    values, _, _ = ensure_series(series, "series", min_obs=_MIN_OBS[method])
    return spec, Inputs({"series": values})
