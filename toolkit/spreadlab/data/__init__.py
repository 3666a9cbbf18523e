"""Prices in: real and simulated universes, files, and the panel that every computation takes.

Names load on first use, so that importing spreadlab stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.data.files import read_prices
    from spreadlab.data.panel import PricePanel
    from spreadlab.data.sp500 import load_sp500
    from spreadlab.data.universe import Universe, simulate_universe

_HOMES = {
    "PricePanel": "spreadlab.data.panel",
    "Universe": "spreadlab.data.universe",
    "load_sp500": "spreadlab.data.sp500",
    "read_prices": "spreadlab.data.files",
    "simulate_universe": "spreadlab.data.universe",
}

__all__ = ["PricePanel", "Universe", "load_sp500", "read_prices", "simulate_universe"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
