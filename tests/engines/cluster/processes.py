"""A scheduler and its workers as processes of their own, as on a real cluster."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from .fault_tasks import HANG_SECONDS, wait_for

ROOT = Path(__file__).resolve().parents[3]


class ClusterProcesses:
    """``dask scheduler`` and ``dask worker`` on a port that the system chose."""

    def __init__(self, folder: Path, *tls: str, workers: int = 2) -> None:
        self._stack = contextlib.ExitStack()
        self._log = (folder / "cluster.log").open("w")
        where = folder / "scheduler.json"
        protocol = ["--protocol", "tls"] if tls else []
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--scheduler-file", str(where), *protocol, *tls,
        )  # fmt: skip
        wait_for(where)
        self.place = _place(where)
        kind = "tls" if tls else "tcp"
        self.workers = self._start(
            "dask_worker", f"{kind}://{self.place}", "--nworkers", str(workers), "--nthreads", "1",
            "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(folder), *tls,
        )  # fmt: skip

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *words],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._stack.callback(_end, process)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._log.close()


def _place(file: Path) -> str:
    """Return host:port from a scheduler file, which may still be being written."""
    for _ in range(HANG_SECONDS * 20):
        with contextlib.suppress(ValueError, KeyError):
            return str(json.loads(file.read_text())["address"]).partition("://")[2]
        time.sleep(0.05)
    raise TimeoutError(f"{file} never became readable")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
