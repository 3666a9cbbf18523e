"""Run the curated notebooks in fresh kernels and save them with their outputs.

A notebook is written as text, ``notebooks/text/NAME.md`` (MyST, by jupytext), and saved here as
``notebooks/NAME.ipynb`` with what its cells show. What would differ from one run to the next
without meaning anything is dropped: time stamps, widget states, kernel versions. The files that
stay are what nbval compares in the tests.

Usage: python tools/notebooks.py [NAME ...]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
TEXTS = NOTEBOOKS / "text"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Drop what changes from run to run and says nothing to a reader."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        for output in cell.get("outputs", []):
            # A saved view has no kernel behind it; without this, its static form shows.
            output.get("data", {}).pop(WIDGET_VIEW, None)


def main(names: list[str]) -> None:
    """Execute each notebook in its own folder and save it."""
    os.environ["SPREADLAB_LEDGER"] = ":memory:"  # these trials are not the user's
    os.environ["TQDM_DISABLE"] = "1"  # a bar comes or not by how fast the machine is
    for name in names or sorted(path.stem for path in TEXTS.glob("*.md")):
        notebook = jupytext.read(TEXTS / f"{Path(name).stem}.md")
        started = time.monotonic()
        NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            store_widget_state=False,
            record_timing=False,
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        ).execute()
        tidy(notebook)
        nbformat.write(notebook, NOTEBOOKS / f"{Path(name).stem}.ipynb")
        sys.stdout.write(f"{name}: {time.monotonic() - started:.1f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
