"""The benchmark runner on benchmarks that take no time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[2] / "benchmarks" / "run.py"

FAST = """
def measurements():
    return [{"name": "a", "value": 3.0, "unit": "s", "target": "<= 5", "met": True}]
"""
SLOW = """
class Row:
    name, value, unit, target = "b", 7.0, "ms", "<= 5 ms"
def run():
    return [Row()]
"""
RATIO = """
def targets():
    other = {"name": "loop", "seconds": 4.0, "ratio": 2.0, "target": 3.0, "met": False}
    return [{"name": "c", "seconds": 2.0, "references": [other]}]
"""


def run(folder, *arguments):
    command = [sys.executable, str(folder / "run.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.py").write_text(RUNNER.read_text("utf-8"), "utf-8")
    for name, text in (("fast", FAST), ("slow", SLOW), ("ratio", RATIO)):
        (tmp_path / f"bench_{name}.py").write_text(text, "utf-8")
    return tmp_path


def test_missed_targets_are_listed_and_fail(folder):
    done = run(folder, "--json", str(folder / "out.json"))
    assert done.returncode == 1, done.stderr
    assert "4 measurements, 2 targets missed" in done.stdout
    assert "missed: b" in done.stdout
    assert "missed: c: loop takes" in done.stdout
    written = json.loads((folder / "out.json").read_text("utf-8"))
    assert set(written["benchmarks"]) == {"fast", "slow", "ratio"}
    assert written["benchmarks"]["slow"][0]["met"] is False
    assert written["machine"]["cores"] >= 1


def test_met_targets_pass(folder):
    done = run(folder, "fast")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 measurements, 0 targets missed" in done.stdout


def test_a_benchmark_that_fails_is_not_passed_over(folder):
    (folder / "bench_broken.py").write_text("x = 1\n", "utf-8")
    done = run(folder, "broken")
    assert done.returncode == 1
    assert "none of measurements()" in done.stderr
