"""What is asked of one pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import wire
from spreadlab._validation import check_choice
from spreadlab.discovery.rules import (
    MIN_OBS,
    Lags,
    Trend,
    check_lags_fit,
    check_options,
    check_prices,
    ensure_lags,
)
from spreadlab.errors import InvalidInputError
from spreadlab.task import Inputs, Partial, SingleTile, Tile, provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.data.panel import PricePanel
    from spreadlab.discovery.pair_result import PairResult
    from spreadlab.discovery.pair_test import EngleGranger

_SECOND = 1_000_000_000
METHODS = ("engle-granger", "phillips-ouliaris")


@wire("PairTestSpec")
@dataclass(frozen=True, slots=True)
class PairTestSpec(SingleTile):
    """Test whether column 1 of ``prices`` hedges column 0.

    Attributes
    ----------
    name : str
        What the pair is called.
    transform : str
        ``"log"`` or ``"none"``.
    lags : str or int
        ``"aic"``, ``"bic"`` or a fixed order.
    trend : str
        Deterministic terms of step 1: ``"c"``, ``"ct"`` or ``"n"``.
    alpha : float
        Level of `PairResult.is_cointegrated`.
    method : str
        ``"engle-granger"`` or ``"phillips-ouliaris"``.
    """

    name: str
    transform: str = "log"
    lags: Lags = "aic"
    trend: str = "c"
    alpha: float = 0.05
    method: str = "engle-granger"

    def check(self, inputs: Inputs) -> None:
        """Raise InvalidInputError unless the options are known and the pair can be tested."""
        check_options(self.transform, self.lags, self.alpha)
        check_choice(self.trend, "trend", ("c", "ct", "n"))
        check_choice(self.method, "method", METHODS)
        prices = inputs.matrix("prices")
        if prices.shape[1] != 2:
            raise InvalidInputError("prices", f"got shape {prices.shape}", "of shape (T, 2)")
        inputs.column_labels("symbols", "prices")
        check_lags_fit(self.lags, prices.shape[0])
        check_prices(prices, self.transform)

    def run(self, view: Inputs, tile: Tile) -> Partial:
        """Test the pair.

        Raises
        ------
        InvalidInputError
            If the two series are the same up to scale and shift, or a leg is constant.
        """
        from spreadlab.discovery.pair_test import engle_granger, with_phillips_ouliaris

        values = transformed(view["prices"], self.transform)
        answer = engle_granger(values[:, 0], values[:, 1], lags=self.lags, trend=self.trend)
        if self.method == "phillips-ouliaris" and not answer.reason:
            answer = with_phillips_ouliaris(answer, self.trend)
        _refuse(answer, view.labels["symbols"])
        numbers = {
            field: getattr(answer, field)
            for field in (
                "statistic",
                "pvalue",
                "lags",
                "hedge_ratio",
                "hedge_ratio_stderr",
                "intercept",
                "slope",
                "phi",
                "half_life",
                "hurst",
                "spread",
            )
        }
        return Partial(tile.id, numbers, tile.stage)

    def finish(self, inputs: Inputs, state: list[Mapping[str, Any]]) -> PairResult:
        """Return the answer with the prices it was computed from."""
        from spreadlab.discovery.mackinnon import critical_values
        from spreadlab.discovery.pair_result import PairResult
        from spreadlab.discovery.pair_test import half_life_reason

        values = dict(state[0])
        phi = values.pop("phi")
        dependent, hedge = inputs.labels["symbols"]
        return PairResult(
            **values,
            name=self.name,
            dependent=dependent,
            hedge=hedge,
            critical_values=critical_values(self.trend, inputs["prices"].shape[0]),
            half_life_reason=half_life_reason(phi),
            transform=self.transform,
            trend=self.trend,
            alpha=self.alpha,
            method=self.method,
            prices=inputs["prices"],
            times=_times(inputs),
            provenance=provenance_of(self, inputs),
        )


def transformed(prices: Any, transform: str) -> Any:
    """Return what the test sees: logarithms of the prices, or the prices."""
    return np.log(prices) if transform == "log" else prices


def _refuse(answer: EngleGranger, symbols: tuple[str, ...]) -> None:
    if answer.reason == "near_duplicate":
        raise InvalidInputError(
            "x",
            f"near_duplicate: {symbols[1]} explains {symbols[0]} to rounding",
            "a series that is not y up to scale and shift",
            "leave one of the two out",
        )
    if answer.reason:
        raise InvalidInputError(
            "y, x", f"{answer.reason}: the regression has no unique solution", "series that vary"
        )


def _times(inputs: Inputs) -> Any:
    if "times" not in inputs.arrays:
        return None
    # Seconds as floats are exact to the microsecond for this millennium.
    micros = np.round(inputs["times"] * 1e6).astype(np.int64)
    times = micros.view("datetime64[us]").astype("datetime64[ns]")
    times.flags.writeable = False
    return times


def panel_inputs(panel: PricePanel) -> Inputs:
    """Return the panel's arrays, with times in seconds where it has dates."""
    arrays = dict(panel.inputs.arrays)
    if panel.timestamps is not None:
        arrays["times"] = panel.timestamps / _SECOND
    return Inputs(arrays, panel.inputs.labels)


def make_pair_test_request(
    y: Any,
    x: Any,
    *,
    name: str | None = None,
    transform: str = "log",
    lags: Lags = "aic",
    trend: Trend = "c",
    alpha: float = 0.05,
    method: str = "engle-granger",
) -> tuple[PairTestSpec, Inputs]:
    """Return the request of `test_pair`."""
    from spreadlab.data.panel import ensure_pair

    check_options(transform, lags, alpha)
    check_choice(trend, "trend", ("c", "ct", "n"))
    check_choice(method, "method", METHODS)
    if name is not None and not isinstance(name, str):
        raise InvalidInputError("name", f"got {name!r}", "text or None")
    panel = ensure_pair(y, x, transform=transform, min_obs=MIN_OBS)  # type: ignore[arg-type]
    check_lags_fit(lags, panel.n_obs)
    label = "-".join(panel.symbols) if name is None else name
    spec = PairTestSpec(label, transform, ensure_lags(lags), trend, float(alpha), method)
    return spec, panel_inputs(panel)
