"""HTML of results: small semantic tables that follow the notebook's theme by inheriting from it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CELL = "text-align:right;padding:2px 10px"
_HEAD = "text-align:left;padding:2px 10px"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1) -> str:
    """Return an HTML table; the first `text_columns` columns are set to the left."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} style="{_HEAD if i < text_columns else _CELL}">{escape(value)}</{tag}>'
            for i, value in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', columns)}</tr></thead><tbody>{body}</tbody></table>"


def card(title: str, facts: Mapping[str, str], *, note: str = "", below: str = "") -> str:
    """Return a titled list of facts.

    Parameters
    ----------
    title, note : str
        Plain text above and below; escaped here.
    facts : mapping of str to str
        Label (with its unit) to value; escaped here.
    below : str
        HTML made by this module, put at the end as it is.
    """
    rows = "".join(
        f'<tr><th scope="row" style="{_HEAD}">{escape(label)}</th>'
        f'<td style="{_CELL}">{escape(value)}</td></tr>'
        for label, value in facts.items()
    )
    words = f"<p>{escape(note)}</p>" if note else ""
    return (
        f'<div class="spreadlab-result"><strong>{escape(title)}</strong>'
        f"<table><tbody>{rows}</tbody></table>{words}{below}</div>"
    )
