"""What a reader waits for in the browser: the widgets in a real JupyterLab, timed in the page.

The measurements are made by ``labextension/ui-tests/bench/*.bench.ts``, which Playwright runs in
Chromium; each writes its figures as JSON, and this file collects them.
"""

from __future__ import annotations

from browser import Row, browser_rows


def run() -> list[Row]:
    """Return the figures of every benchmark of the widgets."""
    return browser_rows(["--project", "bench"], "bench/*.bench.ts")
