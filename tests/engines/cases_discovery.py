"""Small requests of the discovery domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.calibration import CalibrationSpec
from spreadlab.discovery.hurst_spec import make_hurst_request
from spreadlab.discovery.johansen_spec import JohansenSpec
from spreadlab.discovery.pair_spec import PairTestSpec
from spreadlab.discovery.scan_spec import PairScanSpec
from spreadlab.discovery.selection import Selection
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Task


GROUPS = (0,) * 15 + (-1,) * 3 + (1,) * 22


def universe(n_symbols: int = 7, n_obs: int = 80) -> Inputs:
    rng = np.random.default_rng(4)
    prices = np.exp(np.cumsum(rng.normal(size=(n_obs, n_symbols)) * 0.01, axis=0))
    if n_symbols > 4:
        prices[:, 3] = 2.0 * prices[:, 1]
        prices[:, 4] = 7.0
    symbols = tuple(f"S{i}" for i in range(n_symbols))
    return Inputs({"prices": prices}, {"symbols": symbols})


def dated_pair() -> Inputs:
    pair = universe(2)
    times = 1.4e9 + 86_400.0 * np.arange(len(pair["prices"]))
    return Inputs({"prices": pair["prices"], "times": times}, pair.labels)


def gappy() -> Inputs:
    whole = universe()
    prices = whole["prices"].copy()
    prices[:20, 0] = np.nan
    prices[40:60, 1] = np.nan
    return Inputs({"prices": prices}, whole.labels)


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "pair": lambda: (PairTestSpec("S0-S1"), universe(2)),
    "dated pair with trend": lambda: (
        PairTestSpec("x", transform="none", lags=2, trend="ct"),
        dated_pair(),
    ),
    "pair, Phillips-Ouliaris": lambda: (
        PairTestSpec("x", method="phillips-ouliaris"),
        universe(2),
    ),
    "basket": lambda: (JohansenSpec(lags=2), universe(3)),
    "calibration": lambda: (
        CalibrationSpec(PairScanSpec(lags=1), 20, "block-bootstrap", 5, 3),
        universe(4),
    ),
    "Hurst exponent": lambda: make_hurst_request(universe(2)["prices"][:, 0]),
    "Hurst exponent, DFA": lambda: make_hurst_request(universe(2)["prices"][:, 0], method="dfa"),
    "scan": lambda: (PairScanSpec(), universe()),
    "scan forward, BIC, threshold": lambda: (
        PairScanSpec(lags="bic", direction="forward", keep=0.5),
        universe(),
    ),
    "scan of two groups": lambda: (
        PairScanSpec(lags=2, selection=Selection(universe(40).labels["symbols"], GROUPS)),
        universe(40),
    ),
    "scan, pairwise": lambda: (PairScanSpec(lags="bic", align="pairwise"), gappy()),
    "scan, fixed lags, best 3": lambda: (PairScanSpec(lags=1, keep=3), universe()),
}
