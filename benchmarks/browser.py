"""Benchmarks that Playwright runs in Chromium: how they are started and where their figures are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "labextension"


@dataclass(frozen=True)
class Row:
    """One figure, as `run.py` reads it."""

    name: str
    value: float
    unit: str
    target: str


def browser_rows(words: list[str], files: str) -> list[Row]:
    """Return the figures of a run of ``ui-tests/run.mjs``.

    Parameters
    ----------
    words : list of str
        Which run, such as ``["--project", "bench"]``.
    files : str
        Pattern, below ``ui-tests``, of the files of which each reports figures.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["node", "ui-tests/run.mjs", *words],
            cwd=EXTENSION,
            env=_environment(folder),
            stdout=sys.stderr,  # the table is what goes to standard output
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the browser benchmarks failed: exit {done.returncode}, see above")
        reports = sorted(Path(folder).glob("*.json"))
        expected = len(list((EXTENSION / "ui-tests").glob(files)))
        if len(reports) != expected:
            raise RuntimeError(f"{len(reports)} of {expected} browser benchmarks reported figures")
        return [Row(**row) for path in reports for row in json.loads(path.read_text("utf-8"))]


def _environment(folder: str) -> dict[str, str]:
    # Node may have come as a Python package; the environment's programs come before others.
    node = subprocess.run(
        [sys.executable, ROOT / "tools/node_path.py"], capture_output=True, text=True, check=True
    ).stdout.strip()
    path = os.pathsep.join([node, str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "SPREADLAB_BENCH_DIR": folder}
