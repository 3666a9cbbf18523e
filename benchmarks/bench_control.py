"""Speed of the optimal-control solvers, and of the usual way to solve the same equations."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

import spreadlab as sl
from spreadlab.control.spec import make_switching_request
from spreadlab.task import NO_INPUTS, Tile

SWITCHING = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)
TRIP = sl.OUParams(kappa=8.0, theta=0.3, sigma=0.3)
RATE, COST = 0.05, 0.02


@dataclass(frozen=True)
class Row:
    """One measurement and its target, "" for none."""

    name: str
    value: float
    unit: str
    target: str = ""


def best(action: Callable[[], Any], times: int) -> float:
    """Return the shortest of a few runs in seconds, after one that warms up."""
    action()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def solved(**options: Any) -> Callable[[], Any]:
    """Return a call that solves a switching request in this thread, as an engine's tile would."""
    spec, _ = make_switching_request(SWITCHING, discount=0.04, cost=0.001, **options)
    return lambda: spec.run(NO_INPUTS, Tile(0))


def switching() -> list[Row]:
    """Measure the switching solvers."""
    rows = []
    for name, options, target in (
        ("P1 exact", {}, "<= 1 ms"),
        ("P1 exact, risk penalty", {"risk_penalty": 0.05}, "<= 1 ms"),
        ("P1 exact, fixed fee", {"fixed_cost": 0.002}, ""),
        ("P1 grid, 1,001 nodes", {"method": "grid", "n_grid": 1001}, "<= 2 ms"),
        (
            "P1 grid, 1,001 nodes, risk penalty",
            {"method": "grid", "n_grid": 1001, "risk_penalty": 0.05},
            "<= 2 ms",
        ),
        (
            "P1 grid, 1,001 nodes, fee and risk penalty",
            {"n_grid": 1001, "fixed_cost": 0.002, "risk_penalty": 0.05},
            "",
        ),
        ("P4 grid, 400 x 801", {"horizon": 1.0, "n_grid": 801, "n_time": 400}, "<= 50 ms"),
        (
            "P4 grid, 400 x 801, fee",
            {"horizon": 1.0, "n_grid": 801, "n_time": 400, "fixed_cost": 0.002},
            "",
        ),
    ):
        rows.append(Row(name, 1e3 * best(solved(**options), 20), "ms", target))
    public = best(lambda: sl.solve_hjb(SWITCHING, discount=0.04, cost=0.001), 50)
    rows.append(Row("P1 exact, the public call with its job and policy array", 1e3 * public, "ms"))
    return rows


def the_usual_way() -> tuple[float, float]:
    """Solve for exit and entry with eigenfunctions by quadrature and derivatives by differences."""
    kappa, theta, sigma = TRIP.kappa, TRIP.theta, TRIP.sigma
    power, root = RATE / kappa - 1.0, math.sqrt(2.0 * kappa) / sigma

    def eigen(x: float, sign: float) -> float:
        def inside(u: float) -> float:
            return u**power * math.exp(sign * root * (x - theta) * u - 0.5 * u * u)

        return float(quad(inside, 0.0, np.inf, epsabs=1e-12, epsrel=1e-12)[0])

    def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
        return (f(x + h) - f(x - h)) / (2.0 * h)

    def rising(x: float) -> float:
        return eigen(x, 1.0)

    def falling(x: float) -> float:
        return eigen(x, -1.0)

    top = brentq(lambda b: rising(b) - (b - COST) * slope(rising, b), 0.31, 1.5, xtol=1e-12)
    scale = (top - COST) / rising(top)

    def gain(x: float) -> float:
        return scale * rising(x) - x - COST

    low = brentq(
        lambda d: falling(d) * slope(gain, d) - slope(falling, d) * gain(d), -0.2, 0.3, xtol=1e-12
    )
    return float(top), float(low)


def stopping() -> list[Row]:
    """Measure the round trip against the usual way, in one run and on the same equations."""
    import warnings

    def ours() -> Any:
        return sl.control.optimal_stopping(TRIP, discount=RATE, cost_exit=COST)

    seconds = best(ours, 50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quad complains about its own roundoff
        usual = best(the_usual_way, 3)
        top, low = the_usual_way()
    found = ours()
    agreement = max(abs(found.exit_level - top), abs(found.entry_level - low))
    stopped = best(
        lambda: sl.control.optimal_stopping(TRIP, discount=RATE, cost_exit=COST, stop_loss=0.0), 20
    )
    return [
        Row("P2 entry and exit", 1e3 * seconds, "ms"),
        Row("P2 with a stop-loss", 1e3 * stopped, "ms"),
        Row("P2 by scipy quad and brentq", 1e3 * usual, "ms"),
        Row("P2, times faster than scipy quad and brentq", usual / seconds, "x", ">= 100"),
        Row("P2, difference of the levels of the two ways", agreement, "", "<= 1e-6"),
    ]


def batch() -> list[Row]:
    """Measure 10,000 policies in one call."""
    rng = np.random.default_rng(0)
    kappa, sigma = 10 ** rng.uniform(-1, 2, 10_000), 10 ** rng.uniform(-2, 0, 10_000)
    rows = []
    for name, penalty in (("", 0.0), (", risk penalty", 0.05)):
        seconds = best(
            lambda penalty=penalty: sl.control.thresholds_over(  # type: ignore[misc]
                kappa=kappa,
                theta=0.0,
                sigma=sigma,
                discount=0.04,
                cost=1e-3,
                risk_penalty=penalty,
            ),
            5,
        )
        rows.append(Row(f"10,000 exact policies in one call{name}", 1e3 * seconds, "ms"))
    return rows


def distribution() -> list[Row]:
    """Measure a policy over 1,000 draws of an estimate."""
    fit = sl.estimate_ou(sl.simulate_ou(12.0, 0.1, 0.2, 1 / 252, 1260, seed=2))
    seconds = best(lambda: sl.control.policy_distribution(fit, discount=0.04, cost=0.001), 3)
    return [Row("policy distribution, 1,000 draws, with robust levels", 1e3 * seconds, "ms")]


def run() -> list[Row]:
    """Return every measurement."""
    return [*switching(), *stopping(), *batch(), *distribution()]


def main() -> None:
    """Print a table."""
    for row in run():
        print(f"{row.name:<60}{row.value:>14.4g} {row.unit:<4}{row.target}")


if __name__ == "__main__":
    sys.exit(main())
