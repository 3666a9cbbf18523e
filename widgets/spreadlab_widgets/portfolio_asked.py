"""What the page of a portfolio may ask for, and what it is told."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab_widgets.portfolio_words import event_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spreadlab_widgets.portfolio_view import PortfolioView

    Form = Mapping[str, Any]

FORMATS = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}
"""Files that tables are saved as, by how their names end."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer.

    Attributes
    ----------
    words : str
        What was done.
    name, data : str, bytes or None
        A file, if one was asked for.
    """

    words: str
    name: str = ""
    data: bytes | None = None


def _order(view: PortfolioView, form: Form) -> Said:
    event = view.order(str(form.get("pair")), form.get("target"), id=form.get("id"))  # type: ignore[arg-type]
    words = event_words(event)
    if event.kind == "refused":
        raise InvalidInputError("order", words, "an order that no limit and no position refuses")
    return Said(f"{words}, filled at its next bar.")


def _flatten(view: PortfolioView, form: Form) -> Said:
    orders = view.flatten(form.get("pair"))
    if not orders:
        return Said("Nothing is held.")
    names = ", ".join(str(event.body["pair"]) for event in orders)
    return Said(f"Flat ordered for {names}, filled at the next bar.")


def _mode(view: PortfolioView, form: Form) -> Said:
    pair, automatic = str(form.get("pair")), bool(form.get("automatic"))
    view.set_automatic(pair, automatic)
    return Said(f"{pair} {'follows its rule' if automatic else 'is traded by hand alone'}.")


def _release(view: PortfolioView, form: Form) -> Said:
    pair = str(form.get("pair"))
    view.release(pair)
    return Said(f"{pair} may enter again.")


def _export(view: PortfolioView, form: Form) -> Said:
    name = f"{form.get('table')}.{form.get('format')}"
    with tempfile.TemporaryDirectory(prefix="spreadlab-") as folder:
        path = Path(folder) / Path(name).name
        view.export(path, str(form.get("table")))
        data = path.read_bytes()
    return Said(f"Saved {name}, {len(data):,} bytes.", name, data)


ASKED: dict[str, Callable[[PortfolioView, Form], Said]] = {
    "order": _order,
    "flatten": _flatten,
    "mode": _mode,
    "release": _release,
    "export": _export,
}
"""By the kind of the page's message."""
