"""Every type that may cross a wire: a process that runs tiles for others imports them all."""

from __future__ import annotations

import importlib
import pkgutil

PACKAGES = ("backtest", "control", "discovery", "ou")


def load_vocabulary() -> None:
    """Import the modules of the domain packages, so that their types can be decoded."""
    for name in PACKAGES:
        package = importlib.import_module(f"spreadlab.{name}")
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("kernels"):  # loops over arrays have no types
                importlib.import_module(f"spreadlab.{name}.{module.name}")
