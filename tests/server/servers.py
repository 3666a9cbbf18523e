"""Servers for tests: in a process of their own, plain or with TLS and a token."""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from .certificates import Authority

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0  # a hang is found in the end; a slow machine is not
# The toy tasks of the conformance suite are known there too.
_MAIN = """
import sys
import tests.engines.cases_core
from spreadlab.cli import main
sys.exit(main(["serve", *sys.argv[1:]]))
"""


class ServerProcess:
    """`spreadlab serve` in a process of its own, from its first line on.

    Parameters
    ----------
    *flags : str
        Flags of the command; ``--port 0`` unless they name a port.
    """

    def __init__(
        self, *flags: str, scheme: str = "grpc", environment: dict[str, str] | None = None
    ):
        if "--port" not in flags:
            flags = ("--port", "0", *flags)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *flags],
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
        self.lines: list[str] = []
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.first = self.event("serving")
        except BaseException:
            self.kill()
            raise
        self.port = int(self.first["port"])
        self.address = f"{scheme}://localhost:{self.port}"

    def event(self, name: str) -> dict[str, Any]:
        """Return the next event of that name from its log."""
        while True:
            entry = self._events.get(timeout=START_SECONDS)
            if entry["event"] == "gone":
                raise RuntimeError("the server ended:\n" + "".join(self.lines))
            if entry["event"] == name:
                return entry

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, seconds: float = START_SECONDS) -> int:
        code = self.process.wait(seconds)
        self._reader.join()
        self.process.stderr.close()
        return code

    def kill(self) -> None:
        """End it at once, whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def memory(self) -> int:
        """Return its resident bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _read(self) -> None:
        for line in self.process.stderr:
            self.lines.append(line)
            try:
                self._events.put(json.loads(line))
            except ValueError:
                continue
        self._events.put({"event": "gone"})


def make_token(folder: Path) -> tuple[str, Path]:
    """Return a token and its file, of mode 0600."""
    folder.mkdir(parents=True, exist_ok=True)
    token, path = secrets.token_urlsafe(32), folder / "token"
    path.touch(mode=0o600)
    path.write_text(token + "\n", "ascii")
    return token, path


def secure_server(folder: Path, *flags: str) -> tuple[ServerProcess, dict[str, Any]]:
    """Return a server with TLS and a token, and the options that connect to it."""
    authority = Authority(folder / "tls")
    pair = authority.sign("server", "localhost", "127.0.0.1")
    token, path = make_token(folder)
    server = ServerProcess(
        *("--tls-cert", str(pair.cert), "--tls-key", str(pair.key), "--token-file", str(path)),
        *flags,
        scheme="grpcs",
    )
    return server, {"token": token, "ca": authority.path}
