"""The curated notebooks say the same on a server as on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .servers import ROOT, ServerProcess

# 06 and 08 start engines of their own and compare them with this machine.
NOTEBOOKS = sorted(
    path for path in (ROOT / "notebooks").glob("*.ipynb") if path.name[:2] not in {"06", "08"}
)


def compare(paths, engine):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbval", *map(str, paths)],
        cwd=ROOT,
        env={
            **os.environ,
            "SPREADLAB_ENGINE": engine,
            "SPREADLAB_LEDGER": ":memory:",
            "TQDM_DISABLE": "1",
        },
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def tiles_served(server):
    return sum("/spreadlab.rpc.v1.TaskService/Run" in line for line in server.lines)


@pytest.mark.certify
def test_every_notebook_says_the_same_on_a_server(record_property):
    with ServerProcess() as server:
        run = compare(NOTEBOOKS, server.address)
        assert run.returncode == 0, run.stdout[-4000:]
        assert tiles_served(server) > len(NOTEBOOKS)
        record_property("calls served", tiles_served(server))
    record_property("notebooks", len(NOTEBOOKS))


def test_the_quickstart_says_the_same_on_a_server():
    with ServerProcess() as server:
        run = compare([ROOT / "notebooks" / "01_quickstart.ipynb"], server.address)
        assert run.returncode == 0, run.stdout[-4000:]
        assert tiles_served(server) > 5


def test_a_notebook_whose_engine_is_gone_fails():
    run = compare([ROOT / "notebooks" / "03_estimating_ou.ipynb"], "grpc://localhost:1")
    assert run.returncode == 1
    assert "EngineUnavailableError" in run.stdout
