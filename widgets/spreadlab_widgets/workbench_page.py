"""The workbench as a page that needs nothing else."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.backtest import report

if TYPE_CHECKING:
    from collections.abc import Mapping


def page(title: str, answers: Mapping[str, Any], code: str) -> str:
    """Return one HTML document: results as tables and pictures, and the code behind them.

    Parameters
    ----------
    title : str
        Of the page.
    answers : mapping
        Answers of the stages; what is missing is left out.
    code : str
        What computes them.
    """
    sections = []
    for name, heading in (
        ("scan", "Pairs"),
        ("pair", "Chosen pair"),
        ("fit", "Ornstein-Uhlenbeck fit"),
        ("policy", "Policy"),
        ("inside", "Backtest, in sample"),
        ("outside", "Backtest, out of sample"),
    ):
        answer = answers.get(name)
        if answer is not None:
            body = f"{answer._repr_html_()}{report.image(answer.plot(), heading)}"
            sections.append((heading, body))
    sections.append(("Code", f"<pre>{escape(code)}</pre>"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        report.write_report(path, title, sections)
        return path.read_text("utf-8")
