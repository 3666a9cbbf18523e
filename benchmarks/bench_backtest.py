"""How long backtests take: one, a sweep of a thousand beside vectorbt, and a whole walk-forward.

``python benchmarks/bench_backtest.py`` prints a table; ``--json FILE`` writes the rows too. The
peer, vectorbt, is no dependency: ``--peer PYTHON`` (or $VECTORBT_PYTHON) names an interpreter that
has it, else it is installed into an environment of its own in the user's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

N_OBS = 2_500
LEVELS = (40, 25)
REPEATS = 15

# The peer simulates the same thousand pairs of levels on one column of prices a point.
PEER = """
import json, sys, time
import numpy as np, pandas as pd, vectorbt as vbt
spread = np.load(sys.argv[1])
low, high = np.load(sys.argv[2]), np.load(sys.argv[3])
prices = pd.Series(100.0 + 100.0 * spread)
def run():
    x = spread[:, None]
    portfolio = vbt.Portfolio.from_signals(
        prices, entries=x <= low, exits=x >= 0.0, short_entries=x >= high, short_exits=x <= 0.0,
        fees=2e-4, freq="1D", init_cash=1e6, size=1.0,
    )
    return portfolio.sharpe_ratio(), portfolio.max_drawdown()
run()
times = []
for _ in range(5):
    start = time.perf_counter()
    run()
    times.append(time.perf_counter() - start)
print(json.dumps({"seconds": min(times), "version": vbt.__version__}))
"""


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes
    ----------
    name, unit : str
        What was measured, and in what.
    value : float
        The best of several repeats.
    target : str
        What it should be, or "".
    """

    name: str
    value: float
    unit: str
    target: str = ""


def make_pair(n_obs: int = N_OBS) -> tuple[Any, Any, Any]:
    """Return (panel, pair, spread) of a pair whose spread reverts with a half-life of 14 bars."""
    import numpy as np

    import spreadlab as sl

    rng = np.random.default_rng(0)
    hedge = np.log(50.0) + np.cumsum(rng.normal(0, 0.01, n_obs))
    spread = np.zeros(n_obs)
    for t in range(1, n_obs):
        spread[t] = 0.95 * spread[t - 1] + rng.normal(0, 0.01)
    prices = np.exp(np.column_stack([0.8 * hedge + spread, hedge]))
    pair = SimpleNamespace(
        dependent="A", hedge="B", hedge_ratio=0.8, intercept=0.0, transform="log"
    )
    return sl.data.PricePanel(prices, ("A", "B")), pair, spread


def best(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the shortest of several runs in seconds, after one that compiles."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def single() -> list[Row]:
    """Measure one backtest, whole call and its parts that are not the engine's."""
    import spreadlab as sl
    from spreadlab.backtest.spec import make_backtest_request
    from spreadlab.task import Tile

    panel, pair, _ = make_pair()
    rule = sl.ThresholdRule(-0.03, 0.0, 0.03, 0.0)
    whole = best(lambda: sl.backtest(panel, pair=pair, policy=rule, cost_bps=2.0), 200)
    spec, inputs = make_backtest_request(panel, pair=pair, policy=rule, cost_bps=2.0)
    core = best(lambda: spec.finish(inputs, [spec.run(inputs, Tile(0)).values]), 200)
    return [
        Row("one backtest, 2,500 bars, whole call", 1e3 * whole, "ms", "<= 1"),
        Row("one backtest, decide + account + figures", 1e3 * core, "ms"),
    ]


def sweep(peer: str, folder: Path) -> list[Row]:
    """Measure 1,000 points, and the peer on the same levels."""
    import numpy as np

    import spreadlab as sl
    from spreadlab.api_backtest import sweep as run_sweep

    panel, pair, spread = make_pair()
    grid = {
        "enter_long": np.linspace(-0.09, -0.01, LEVELS[0]),
        "enter_short": np.linspace(0.01, 0.09, LEVELS[1]),
    }
    rule = sl.ThresholdRule(-0.03, 0.0, 0.03, 0.0)
    ours = best(lambda: run_sweep(panel, pair=pair, rule=rule, grid=grid, cost_bps=2.0))
    low, high = (axis.ravel() for axis in np.meshgrid(*grid.values(), indexing="ij"))
    names = []
    for name, array in (("spread", spread), ("low", low), ("high", high)):
        names.append(str(folder / f"{name}.npy"))
        np.save(names[-1], array)
    done = subprocess.run([peer, "-c", PEER, *names], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the peer failed: {done.stderr[-800:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    again = best(lambda: run_sweep(panel, pair=pair, rule=rule, grid=grid, cost_bps=2.0))
    fastest = min(ours, again)  # before and after the peer: the machine may not be ours alone
    return [
        Row("sweep of 1,000 thresholds, 2,500 bars", 1e3 * fastest, "ms"),
        Row(f"the same in vectorbt {answer['version']}", 1e3 * answer["seconds"], "ms"),
        Row("times faster", answer["seconds"] / fastest, "x", ">= 40"),
    ]


def install_peer() -> str:
    """Return an interpreter that has vectorbt, made on first use."""
    given = os.environ.get("VECTORBT_PYTHON")
    if given:
        return given
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "spreadlab-benchmarks" / "vectorbt"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        quiet = [str(python), "-m", "pip", "install", "--quiet", "vectorbt"]
        subprocess.run(quiet, check=True, stdout=sys.stderr)
        (folder / "installed").touch()
    return str(python)


def walk() -> list[Row]:
    """Measure a walk-forward over the 20 large caps, 2014-2022."""
    import spreadlab as sl
    from spreadlab.api_backtest import walk_forward

    prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")
    rows = []
    for select in ("bh", "raw"):
        seconds = best(lambda select=select: walk_forward(prices, select=select), 3)  # type: ignore[misc]
        name = f"walk-forward, 20 symbols x {len(prices)} days, 13 folds, select={select}"
        rows.append(Row(name, seconds, "s"))
    return rows


def run(peer: str | None = None) -> list[Row]:
    """Return every measurement."""
    import tempfile

    os.environ["SPREADLAB_LEDGER"] = ":memory:"
    with tempfile.TemporaryDirectory() as folder:
        return [*single(), *sweep(peer or install_peer(), Path(folder)), *walk()]


def main() -> None:
    """Print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="Python interpreter that has vectorbt")
    parser.add_argument("--json", type=Path, help="file to write the rows to")
    options = parser.parse_args()
    rows = run(options.peer)
    for row in rows:
        print(f"{row.name:<68}{row.value:>12.3f} {row.unit:<4}{row.target}")
    if options.json:
        text = json.dumps([asdict(row) for row in rows], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
