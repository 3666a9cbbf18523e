"""Kernel and JupyterLab extension tell each other their versions.

The kernel opens a comm on ``spreadlab.handshake`` with its version. An extension that listens
answers with its own and shows the reader what to run when the two differ; where nobody listens
(nbconvert, a plain terminal) nothing happens.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

from spreadlab import __version__

TARGET = "spreadlab.handshake"


class VersionMismatchWarning(UserWarning):
    """The JupyterLab extension is of another spreadlab than the kernel."""


class _Handshake:
    """One a process: opened at most once, and only where a front end can be."""

    def __init__(self) -> None:
        self.comm: Any = None
        self.extension_version: str | None = None

    def greet(self) -> None:
        if self.comm is None and _in_kernel():
            import comm

            self.comm = comm.create_comm(target_name=TARGET, data={"version": __version__})
            self.comm.on_msg(self.answered)

    def answered(self, message: dict[str, Any]) -> None:
        theirs = str(message["content"]["data"].get("version", ""))
        self.extension_version = theirs
        if theirs != __version__:
            warnings.warn(_advice(theirs, __version__), VersionMismatchWarning, stacklevel=2)


_handshake = _Handshake()


def greet() -> None:
    """Tell the front end, once a process, which spreadlab this kernel runs."""
    _handshake.greet()


def extension_version() -> str | None:
    """Return the version that the JupyterLab extension told, None before it has."""
    return _handshake.extension_version


def _advice(extension: str, kernel: str) -> str:
    """Return what to run where: the older side moves to the newer one's version."""
    newer = max(extension, kernel, key=_order)
    where = "this kernel" if newer == extension else "JupyterLab"
    return (
        f"JupyterLab has the extension of spreadlab {extension}, this kernel runs {kernel}; "
        f"in the environment of {where} run: "
        f'python -m pip install "spreadlab[lab]=={newer}"'
    )


def _order(version: str) -> list[tuple[int, bool, str]]:
    """Return a key that sorts releases as pip does: "1.0rc1" comes before "1.0"."""
    parts = (re.match(r"(\d*)(.*)", part) for part in version.split("."))
    return [(int(part[1] or 0), part[2] == "", part[2]) for part in parts if part is not None]


def _in_kernel() -> bool:
    """Tell whether this process is a Jupyter kernel, without importing one."""
    ipykernel = sys.modules.get("ipykernel.kernelapp")
    return ipykernel is not None and bool(ipykernel.IPKernelApp.initialized())
