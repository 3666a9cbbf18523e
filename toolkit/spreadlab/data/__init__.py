"""Prices in: real and simulated universes, files, and the panel that every computation takes.

Names load on first use, so that importing spreadlab stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spreadlab.data.panel import PricePanel

_HOMES = {
    "PricePanel": "spreadlab.data.panel",
}

__all__ = ["PricePanel"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
