"""spreadlab: pairs-trading research, from discovery to an honest backtest.

Names are loaded on first use, so importing the package costs numpy and nothing more.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spreadlab._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    # For type checkers and editors; at run time the same names come through `_PUBLIC`.
    from spreadlab import control as control
    from spreadlab import data as data
    from spreadlab import live as live
    from spreadlab.api_backtest import backtest as backtest
    from spreadlab.api_backtest import backtest_portfolio as backtest_portfolio
    from spreadlab.api_backtest import check_causal as check_causal
    from spreadlab.api_backtest import ledger as ledger
    from spreadlab.api_backtest import load_rule as load_rule
    from spreadlab.api_backtest import probability_of_overfitting as probability_of_overfitting
    from spreadlab.api_backtest import study as study
    from spreadlab.api_backtest import sweep as sweep
    from spreadlab.api_backtest import walk_forward as walk_forward
    from spreadlab.api_control import solve_hjb as solve_hjb
    from spreadlab.api_control import spread_cost as spread_cost
    from spreadlab.api_discovery import calibrate as calibrate
    from spreadlab.api_discovery import discover_pairs as discover_pairs
    from spreadlab.api_discovery import hurst as hurst
    from spreadlab.api_discovery import iter_pairs as iter_pairs
    from spreadlab.api_discovery import johansen as johansen
    from spreadlab.api_discovery import plan_scan as plan_scan
    from spreadlab.api_discovery import preselect as preselect
    from spreadlab.api_discovery import read_scan as read_scan
    from spreadlab.api_discovery import test_pair as test_pair
    from spreadlab.api_ou import estimate_jump_ou as estimate_jump_ou
    from spreadlab.api_ou import estimate_ou as estimate_ou
    from spreadlab.api_ou import estimate_regime_ou as estimate_regime_ou
    from spreadlab.api_ou import hedge_series as hedge_series
    from spreadlab.api_ou import simulate_jump_ou as simulate_jump_ou
    from spreadlab.api_ou import simulate_ou as simulate_ou
    from spreadlab.api_ou import simulate_regime_ou as simulate_regime_ou
    from spreadlab.api_ou import test_mean_reversion as test_mean_reversion
    from spreadlab.backtest.kalman_rule import KalmanRule as KalmanRule
    from spreadlab.backtest.rules import ThresholdRule as ThresholdRule
    from spreadlab.backtest.rules import ZScoreRule as ZScoreRule
    from spreadlab.backtest.walk_spec import OptimalRule as OptimalRule
    from spreadlab.client.pair_discovery import PairDiscoveryClient as PairDiscoveryClient
    from spreadlab.engines.job import jobs as jobs
    from spreadlab.engines.registry import connect as connect
    from spreadlab.engines.registry import use_engine as use_engine
    from spreadlab.errors import ConvergenceError as ConvergenceError
    from spreadlab.errors import DataUnavailableError as DataUnavailableError
    from spreadlab.errors import EngineUnavailableError as EngineUnavailableError
    from spreadlab.errors import InvalidInputError as InvalidInputError
    from spreadlab.errors import NotMeanRevertingError as NotMeanRevertingError
    from spreadlab.errors import ScanCancelledError as ScanCancelledError
    from spreadlab.errors import SpreadlabError as SpreadlabError
    from spreadlab.errors import TileError as TileError
    from spreadlab.ou.params import OUParams as OUParams
    from spreadlab.strategy.spec import Strategy as Strategy
    from spreadlab.strategy.spec import load_strategy as load_strategy

_PUBLIC = {
    "ConvergenceError": "errors",
    "DataUnavailableError": "errors",
    "EngineUnavailableError": "errors",
    "InvalidInputError": "errors",
    "KalmanRule": "backtest.kalman_rule",
    "NotMeanRevertingError": "errors",
    "OUParams": "ou.params",
    "OptimalRule": "backtest.walk_spec",
    "PairDiscoveryClient": "client.pair_discovery",
    "ScanCancelledError": "errors",
    "SpreadlabError": "errors",
    "TileError": "errors",
    "Strategy": "strategy.spec",
    "ThresholdRule": "backtest.rules",
    "ZScoreRule": "backtest.rules",
    "backtest": "api_backtest",
    "backtest_portfolio": "api_backtest",
    "calibrate": "api_discovery",
    "check_causal": "api_backtest",
    "connect": "engines.registry",
    "discover_pairs": "api_discovery",
    "estimate_jump_ou": "api_ou",
    "estimate_ou": "api_ou",
    "estimate_regime_ou": "api_ou",
    "hedge_series": "api_ou",
    "hurst": "api_discovery",
    "iter_pairs": "api_discovery",
    "jobs": "engines.job",
    "johansen": "api_discovery",
    "ledger": "api_backtest",
    "load_rule": "api_backtest",
    "load_strategy": "strategy.spec",
    "plan_scan": "api_discovery",
    "preselect": "api_discovery",
    "probability_of_overfitting": "api_backtest",
    "read_scan": "api_discovery",
    "simulate_jump_ou": "api_ou",
    "simulate_ou": "api_ou",
    "simulate_regime_ou": "api_ou",
    "solve_hjb": "api_control",
    "spread_cost": "api_control",
    "study": "api_backtest",
    "sweep": "api_backtest",
    "test_mean_reversion": "api_ou",
    "test_pair": "api_discovery",
    "use_engine": "engines.registry",
    "walk_forward": "api_backtest",
}
_MODULES = ("control", "data", "live")
__all__ = ["__version__", *sorted(_PUBLIC), *_MODULES]  # noqa: PLE0604 - all are strings


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"spreadlab.{_PUBLIC[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"spreadlab.{name}")
    else:
        raise AttributeError(f"module 'spreadlab' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics: what ``%load_ext spreadlab`` calls."""
    importlib.import_module("spreadlab.magics").load_ipython_extension(shell)


class _Package(ModuleType):
    """Keeps a public function reachable whose name is also that of a subpackage.

    The import system binds every imported submodule to its parent, so the first import of the
    package `spreadlab.backtest` would put a module where `sl.backtest` is a function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

# In a Jupyter kernel, JupyterLab shows which engine is used and what runs. By name, since the
# toolkit does not depend on its widgets; elsewhere the import stays as light as it is.
if "ipykernel.kernelapp" in sys.modules:
    importlib.import_module("spreadlab_widgets.kernel_link").start()
