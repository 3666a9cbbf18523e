"""What the application adds to JupyterLab: time at the start, and memory that tabs leave behind.

The measurements are made by ``labextension/ui-tests/app/*.bench.ts`` in an environment that has
spreadlab from its wheel.
"""

from __future__ import annotations

from browser import Row, browser_rows


def run() -> list[Row]:
    """Return the figures of every benchmark of the application."""
    return browser_rows(["app", "--project", "bench"], "app/*.bench.ts")
