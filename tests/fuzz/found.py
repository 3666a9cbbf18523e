"""Requests that once ended in an accident inside the server, and what they are told now."""

from __future__ import annotations

from typing import Any

import numpy as np

from spreadlab._canonical import decode, encode
from spreadlab.task import Inputs, TileSubset

from .tampering import replaced

_BODY = ("body", "v")


def _field(*names: str) -> tuple[Any, ...]:
    way: list[Any] = list(_BODY)
    for name in names:
        way += [name, "v"]
    return tuple(way[:-1])


# Case, field, what it becomes, and the argument that the answer names.
FIELDS = [
    ("cases_control: policy_distribution", "theta", {"d": {}}, "PolicyDistributionSpec.theta"),
    ("cases_control: policy_distribution", "dt", {"l": []}, "PolicyDistributionSpec.dt"),
    ("cases_control: policy_distribution", "seed", {"f": "0x1p3"}, "PolicyDistributionSpec.seed"),
    ("cases_control: policy_distribution", "kappa", 10**400, "PolicyDistributionSpec.kappa"),
    ("cases_control: fee", "horizon", {"f": "0x1p1023"}, "horizon"),
    ("cases_backtest: portfolio", "intercepts", -(2**63), "PortfolioSpec.intercepts"),
    ("cases_backtest: portfolio", "intercepts", {"a": 0}, "pairs.intercepts"),
    ("cases_backtest: portfolio", "transforms", {"l": ["log"]}, "pairs.transforms"),
    ("cases_backtest: portfolio", "gross_cap", 2**70, "PortfolioSpec.gross_cap"),
    ("cases_backtest: walk forward", "periods_per_year", {"f": "0x1p1023"}, "periods_per_year"),
    ("cases_backtest: walk forward", "grid_values", {"l": [1, 2]}, "WalkForwardSpec.grid_values"),
    ("cases_backtest: kalman", "capital", 2**70, "BacktestSpec.capital"),
    ("cases_discovery: basket", "lags", {"f": "0x1.8p1"}, "JohansenSpec.lags"),
    ("cases_discovery: Hurst exponent", "max_lag", {"f": "0x1.8p1"}, "HurstSpec.max_lag"),
    ("cases_ou: jumps", "dt", {"f": "0x1p1023"}, "dt"),
]
INNER = [
    ("cases_discovery: scan of two groups", ("selection", "groups"), {"l": []}, "selection"),
    ("cases_discovery: scan of two groups", ("selection", "groups"), "0", "Selection.groups"),
    ("cases_backtest: kalman", ("rule", "warmup"), 2**63, "KalmanRule.warmup"),
    ("cases_backtest: thresholds", ("rule", "exit_short"), 10**400, "ThresholdRule.exit_short"),
]


def tampered_fields() -> list[tuple[str, tuple[Any, ...], Any, str]]:
    """Return case, way to the value, new value and argument of each."""
    plain = [(case, _field(name), new, argument) for case, name, new, argument in FIELDS]
    return plain + [(case, _field(*names), new, argument) for case, names, new, argument in INNER]


def without(inputs: Inputs, name: str) -> Inputs:
    """Return inputs without an array."""
    return Inputs({k: v for k, v in inputs.arrays.items() if k != name}, inputs.labels)


def _squeezed(inputs: Inputs) -> Inputs:
    return Inputs({**inputs.arrays, "times": np.arange(inputs["times"].size) * 1e-320})


# Inputs that are not those of the task: case, what happens to them, and the argument named.
INPUTS = [
    ("cases_discovery: Hurst exponent", lambda i: without(i, "series"), "inputs"),
    ("cases_discovery: pair", lambda i: Inputs(i.arrays), 'labels["symbols"]'),
    ("cases_backtest: walk forward", lambda i: Inputs(i.arrays), 'labels["symbols"]'),
    ("cases_backtest: thresholds", lambda i: Inputs({"prices": i["prices"][:, 0]}), "prices"),
    ("cases_ou: irregular fit", _squeezed, "times"),
    ("cases_ou: kalman hedge", lambda i: Inputs({"prices": np.ones_like(i["prices"])}), "y"),
]


def late_tile(tile: bytes) -> bytes:
    """Return a tile as one of a stage that its task does not have."""
    return replaced(tile, ("body", "v", "stage"), 5)


def smuggled(task: bytes, tile: bytes) -> bytes:
    """Return a subset of `task` whose one tile has arguments of its own making."""
    made_up = replaced(tile, ("body", "v", "args"), {"d": {"low": 0, "high": 2**40}})
    return encode(TileSubset(decode(task), (decode(made_up),)))
