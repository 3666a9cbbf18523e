"""Saved notebooks show something where a widget was: on a page without a kernel, too."""

from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def bundles(path):
    notebook = nbformat.read(path, as_version=4)
    return [
        output["data"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_waits_for_a_kernel(path):
    for data in bundles(path):
        assert "application/vnd.jupyter.widget-view+json" not in data
    assert "widgets" not in nbformat.read(path, as_version=4).metadata


def test_the_quickstart_shows_both_widgets_as_static_tables():
    shown = bundles(NOTEBOOKS[0])
    for name in ("PairSelector(", "PolicyHeatmap("):
        [data] = [d for d in shown if d["text/plain"].startswith(name)]
        assert "<table" in data["text/html"]
        assert "interactive view" in data["text/html"]
