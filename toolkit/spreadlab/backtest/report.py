"""One HTML file that says it all and needs nothing else: no network, no scripts, no kernel."""

from __future__ import annotations

import base64
import dataclasses
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display.html import card, table
from spreadlab.display.numbers import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from spreadlab.backtest.ledger import TrialCount
    from spreadlab.display.figure import StaticFigure

_STYLE = (
    "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}img{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "td,th{border-bottom:1px solid #ddd}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    ".scroll{overflow-x:auto}.records td{white-space:nowrap}code{overflow-wrap:anywhere}"
)
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(
    path: str | PathLike[str], title: str, sections: Sequence[tuple[str, str]]
) -> None:
    """Write a self-contained page.

    Parameters
    ----------
    path : path
        File to write; its folder must exist.
    title : str
        Plain text.
    sections : sequence of (str, str)
        Heading in plain text, and HTML made by this package.
    """
    body = "".join(
        f'<section><h2>{escape(head)}</h2><div class="scroll">{content}</div></section>'
        for head, content in sections
    )
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    Path(path).write_text(page, encoding="utf-8")


def image(figure: StaticFigure, description: str) -> str:
    """Return a figure as an image inside the page."""
    data = base64.b64encode(figure.to_png()).decode("ascii")
    return f'<img alt="{escape(description)}" src="data:image/png;base64,{data}">'


def sharpe_table(
    sharpe: float, stderr: float, probabilistic: float, deflated: float, count: TrialCount
) -> str:
    """Return the Sharpe ratio beside what is left of it after all that was tried."""
    rows = [
        ("Sharpe ratio (annual)", short(sharpe)),
        ("standard error", short(stderr)),
        ("probability that it is above 0, if this was the only trial", percent(probabilistic)),
        ("the same after all trials (deflated Sharpe ratio)", percent(deflated)),
        ("trials in the study", short(count.n_trials)),
        ("independent trials they amount to", short(count.n_effective)),
    ]
    return table(("", "value"), rows)


def figures_table(figures: Mapping[str, float]) -> str:
    """Return every metric by name."""
    return table(
        ("metric", "value"), [(k.replace("_", " "), short(v, 4)) for k, v in figures.items()]
    )


def records_table(columns: Mapping[str, Any], *, limit: int = 2000) -> str:
    """Return columns of equal length as a table, the first `limit` rows."""
    names = list(columns)
    arrays = [np.asarray(column) for column in columns.values()]
    n = len(arrays[0]) if arrays else 0
    rows = [[_cell(array[i]) for array in arrays] for i in range(min(n, limit))]
    more = f"<p>{n - limit:,} more rows are left out.</p>" if n > limit else ""
    listed = table([name.replace("_", " ") for name in names], rows, text_columns=0)
    return f'<div class="records">{listed}</div>{more}'


def provenance_card(provenance: Mapping[str, Any]) -> str:
    """Return what the result was made from."""
    spec = provenance["spec"]
    facts = {
        "spreadlab": str(provenance["version"]),
        "engine": str(provenance["engine"]),
        "data (sha256)": str(provenance["data_digest"]),
    }
    for field in dataclasses.fields(spec):
        value = getattr(spec, field.name)
        facts[f"{type(spec).__name__}.{field.name}"] = (
            f"array {value.shape}"
            if isinstance(value, np.ndarray) and value.size > 4
            else str(value)
        )
    return card("Provenance", facts)


def _cell(value: Any) -> str:
    if isinstance(value, np.datetime64):
        text = np.datetime_as_string(value, unit="s")
        return text.replace("T00:00:00", "").replace("T", " ")
    if isinstance(value, float | np.floating):
        return short(float(value), 5)
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
