"""Optimal trading of an Ornstein-Uhlenbeck spread.

`spreadlab.solve_hjb` switches between short, flat and long; the functions here answer the problems
beside it. Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.control.batch import (
        Sensitivities,
        ThresholdArrays,
        sensitivities,
        thresholds_over,
    )
    from spreadlab.control.cycle import BertramResult, bertram
    from spreadlab.control.power_utility import WeightResult, jurek_yang, mudchanatongsuk
    from spreadlab.control.result import PolicyResult
    from spreadlab.control.stopping import StoppingResult, optimal_stopping
    from spreadlab.control.thresholds import Thresholds
    from spreadlab.control.uncertainty import PolicyDistribution, policy_distribution

_PUBLIC = {
    "BertramResult": "cycle",
    "PolicyDistribution": "uncertainty",
    "PolicyResult": "result",
    "Sensitivities": "batch",
    "StoppingResult": "stopping",
    "ThresholdArrays": "batch",
    "Thresholds": "thresholds",
    "WeightResult": "power_utility",
    "bertram": "cycle",
    "jurek_yang": "power_utility",
    "mudchanatongsuk": "power_utility",
    "optimal_stopping": "stopping",
    "policy_distribution": "uncertainty",
    "sensitivities": "batch",
    "thresholds_over": "batch",
}

__all__ = [
    "BertramResult",
    "PolicyDistribution",
    "PolicyResult",
    "Sensitivities",
    "StoppingResult",
    "ThresholdArrays",
    "Thresholds",
    "WeightResult",
    "bertram",
    "jurek_yang",
    "mudchanatongsuk",
    "optimal_stopping",
    "policy_distribution",
    "sensitivities",
    "thresholds_over",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'spreadlab.control' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"spreadlab.control.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
