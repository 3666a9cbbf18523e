"""What is asked of a basket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import wire
from spreadlab._validation import check_choice, ensure_int
from spreadlab.discovery.johansen import MAX_LEGS, johansen_test
from spreadlab.discovery.pair_spec import panel_inputs, transformed
from spreadlab.discovery.rules import MIN_OBS, check_prices
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.discovery.johansen_result import JohansenResult

_FIELDS = (
    "eigenvalues",
    "vectors",
    "trace",
    "max_eigenvalue",
    "trace_critical",
    "max_critical",
)


@wire("JohansenSpec")
@dataclass(frozen=True, slots=True)
class JohansenSpec(SingleTile):
    """Test the columns of ``prices`` together.

    Attributes
    ----------
    transform : str
        ``"log"`` or ``"none"``.
    trend : str
        Deterministic case: ``"n"``, ``"c"`` or ``"ct"``.
    lags : int
        Lagged differences.
    """

    transform: str = "log"
    trend: str = "c"
    lags: int = 1

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the options are known and the basket is small enough."""
        check_choice(self.transform, "transform", ("log", "none"))
        check_choice(self.trend, "trend", ("c", "ct", "n"))
        n_obs, n_symbols = inputs.matrix("prices").shape
        if not 2 <= n_symbols <= MAX_LEGS:
            raise InvalidInputError("prices", f"{n_symbols} columns", f"2 to {MAX_LEGS} columns")
        # Each equation has N lags + N levels + a constant to estimate.
        longest = (n_obs - MIN_OBS // 2) // (2 * n_symbols) - 1
        ensure_int(self.lags, "lags", low=0, high=max(longest, 0))
        check_prices(inputs["prices"], self.transform)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Test the basket."""
        values = transformed(view["prices"], self.transform)
        answer = johansen_test(values, trend=self.trend, lags=self.lags)
        numbers = {name: getattr(answer, name) for name in _FIELDS}
        return Partial(tile.id, numbers, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> JohansenResult:
        """Return the answer with the prices it was computed from."""
        from spreadlab.discovery.johansen_result import JohansenResult

        return JohansenResult(
            **state[0],
            symbols=inputs.labels["symbols"],
            transform=self.transform,
            trend=self.trend,
            lags=self.lags,
            prices=inputs["prices"],
            provenance=provenance_of(self, inputs),
        )


def make_johansen_request(
    prices: Any, *, transform: str = "log", trend: str = "c", lags: int = 1
) -> tuple[JohansenSpec, Inputs]:
    """Return the request of `johansen`."""
    from spreadlab.data.panel import ensure_panel

    check_choice(transform, "transform", ("log", "none"))
    panel = ensure_panel(prices, transform=transform, min_obs=MIN_OBS, min_symbols=2)  # type: ignore[arg-type]
    spec = JohansenSpec(transform, trend, ensure_int(lags, "lags", low=0))
    return spec, panel_inputs(panel)
