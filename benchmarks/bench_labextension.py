"""What the application adds to JupyterLab: bytes, time at the start, memory that tabs leave.

Time and memory are measured by ``labextension/ui-tests/app/*.bench.ts`` in an environment that has
spreadlab from its wheel.
"""

from __future__ import annotations

import gzip

from browser import EXTENSION, Row, browser_rows


def run() -> list[Row]:
    """Return the figures of every benchmark of the application."""
    return [_size(), *browser_rows(["app", "--project", "bench"], "app/*.bench.ts")]


def _size() -> Row:
    """Return what a page would load if it used everything, each file gzipped."""
    scripts = sorted((EXTENSION / "output" / "static").glob("*.js"))
    if not scripts:
        raise FileNotFoundError("labextension/output/static is empty: run `make install`")
    size = sum(len(gzip.compress(path.read_bytes())) for path in scripts)
    return Row("the extension, all its chunks gzipped", size / 1024, "KB", "<= 300")
