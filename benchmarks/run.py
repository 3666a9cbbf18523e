"""Run every ``benchmarks/bench_*.py``, print one table, write JSON; exit 1 if a target is missed.

A benchmark file has one of three functions, whose rows are brought to one form here:

- ``measurements()``: mappings with name, value, unit, target (text) and met (bool or None);
- ``targets()``: comparisons with name, seconds and references, each with name, seconds, ratio,
  target and met;
- ``run()``: objects with name, value, unit and target, a text like ``<= 20 ms`` or "".
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_BOUND = re.compile(r"^\s*(<=|>=|<|>)\s*([0-9.]+(?:e[-+]?[0-9]+)?)")


def load(path: Path) -> Any:
    """Return the benchmark file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def rows_of(module: Any) -> list[dict[str, Any]]:
    """Return the rows of a benchmark module in one form."""
    if hasattr(module, "measurements"):
        return [dict(row) for row in module.measurements()]
    if hasattr(module, "targets"):
        return [row for comparison in module.targets() for row in _of_comparison(comparison)]
    if hasattr(module, "run"):
        return [_of_row(row) for row in module.run()]
    raise AttributeError(f"{module.__name__} has none of measurements(), targets(), run()")


def _of_comparison(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    name = comparison["name"]
    rows = [_row(name, 1e3 * comparison["seconds"], "ms", "", None)]
    for other in comparison["references"]:
        target = "" if other["target"] is None else f">= {other['target']:g}"
        label = f"{name}: {other['name']} takes"
        rows.append(_row(label, other["ratio"], "x", target, other["met"]))
    return rows


def _of_row(row: Any) -> dict[str, Any]:
    return _row(row.name, row.value, row.unit, row.target, met(row.value, row.target))


def met(value: float, target: str) -> bool | None:
    """Return whether `value` is inside a target like ``<= 20 ms``, None for no such target."""
    bound = _BOUND.match(target)
    if bound is None:
        return None
    limit = float(bound[2])
    return {
        "<=": value <= limit,
        ">=": value >= limit,
        "<": value < limit,
        ">": value > limit,
    }[bound[1]]


def _row(name: str, value: float, unit: str, target: str, reached: bool | None) -> dict[str, Any]:  # noqa: FBT001
    return {"name": name, "value": float(value), "unit": unit, "target": target, "met": reached}


def main() -> int:
    """Run, print, write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "only", nargs="*", help="names of benchmarks, like discovery; all otherwise"
    )
    parser.add_argument("--json", type=Path, help="file to write the rows to")
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(HERE.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if options.only and name not in options.only:
            continue
        print(f"\n{name}", flush=True)
        found[name] = rows_of(load(path))
        for row in found[name]:
            mark = {True: "ok", False: "MISSED", None: ""}[row["met"]]
            value = f"{row['value']:,.3f} {row['unit']}"
            print(f"  {row['name']:<62.62}{value:>22}  {row['target']:<12}{mark}", flush=True)
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
    }
    if options.json is not None:
        text = json.dumps({"machine": machine, "benchmarks": found}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    missed = [row["name"] for rows in found.values() for row in rows if row["met"] is False]
    print(f"\n{sum(map(len, found.values()))} measurements, {len(missed)} targets missed")
    for name in missed:
        print(f"  missed: {name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
