"""The public functions in one place: validate, pick the engine, run, return the result."""

from spreadlab.api_backtest import backtest
from spreadlab.api_control import solve_hjb, spread_cost
from spreadlab.api_discovery import discover_pairs, test_pair
from spreadlab.api_ou import estimate_ou, simulate_ou
from spreadlab.engines.job import jobs
from spreadlab.engines.registry import connect, use_engine

__all__ = [
    "backtest",
    "connect",
    "discover_pairs",
    "estimate_ou",
    "jobs",
    "simulate_ou",
    "solve_hjb",
    "spread_cost",
    "test_pair",
    "use_engine",
]
