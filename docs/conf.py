"""The documentation site: `make docs` builds it offline, and a warning is an error."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from spreadlab import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

project = "spreadlab"
author = "the spreadlab developers"
project_copyright = author
release = version = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_build", "images"]
nitpicky = False

# Notebooks are shown as they were saved; the tests prove that they still say it.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "spreadlab"
# Pages without neighbours have no list of them.
html_sidebars = {"changelog": [], "comparison": []}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# From the npm package, copied below: the site asks no other machine for anything.
mathjax_path = "mathjax/tex-svg.js"


# Sphinx fixes the arguments of these functions.
def _copy_notebooks(app: Any) -> None:  # noqa: ARG001
    folder = HERE / "tutorial"
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        target = folder / path.name
        if not target.exists() or target.read_bytes() != path.read_bytes():
            shutil.copyfile(path, target)


def _copy_mathjax(app: Any, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        source = ROOT / "node_modules" / "mathjax" / "es5" / "tex-svg.js"
        target = Path(app.outdir) / "_static" / "mathjax" / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _plain_references(*args: Any) -> None:
    """Give the references of each docstring plain numbers: as labels they clash on a page."""
    lines: list[str] = args[-1]
    for i, line in enumerate(lines):
        lines[i] = re.sub(r"^\.\. \[(\d+)\] ", r"\1. ", re.sub(r"\[(\d+)\]_", r"[\1]", line))


def setup(app: Any) -> None:
    """Bring in what lies outside this folder."""
    app.connect("builder-inited", _copy_notebooks)
    app.connect("build-finished", _copy_mathjax)
    app.connect("autodoc-process-docstring", _plain_references, priority=0)
