"""spreadlab's views in a notebook: they hold a result, show it, and compute nothing.

Names are loaded on first use, so that the version check with JupyterLab stays cheap.
"""

from __future__ import annotations

import importlib
from typing import Any

from spreadlab import __version__

_PUBLIC = {
    "BacktestView": "backtest_view",
    "EnginePanel": "engine_panel",
    "LiveMonitor": "live_monitor",
    "OUFitView": "ou_fit_view",
    "PairMap": "pair_map",
    "PairSelector": "pair_selector",
    "PairTable": "pair_table",
    "PolicyHeatmap": "policy_heatmap",
    "PortfolioView": "portfolio_view",
    "ScanStatus": "scan_status",
    "SpreadView": "spread_view",
    "StrategyForm": "strategy_form",
    "View": "view",
    "WindowControl": "window_control",
    "Workbench": "workbench",
}
__all__ = ["__version__", *sorted(_PUBLIC)]  # noqa: PLE0604 - all are strings


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'spreadlab_widgets' has no attribute {name!r}")
    try:
        module = importlib.import_module(f"spreadlab_widgets.{_PUBLIC[name]}")
    except ModuleNotFoundError as error:
        if error.name in {"anywidget", "bqplot", "ipywidgets", "traitlets"}:
            raise ModuleNotFoundError(
                f"spreadlab_widgets.{name} needs {error.name}, which is not installed; "
                'run: python -m pip install "spreadlab[lab]"',
                name=error.name,
            ) from error
        raise
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
