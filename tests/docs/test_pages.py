"""The documentation is true: its code runs, its links lead somewhere, no name is left out."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from numpydoc.docscrape import FunctionDoc

import spreadlab as sl

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if "tutorial" not in p.parts)
WITH_CODE = [p for p in PAGES if "```python" in p.read_text("utf-8")]
FUNCTIONS = {
    f"{prefix}{name}": value
    for prefix, module, names in [
        ("", sl, sl.__all__),
        ("control.", sl.control, sl.control.__all__),
        ("data.", sl.data, sl.data.__all__),
        ("live.", sl.live, sl.live.__all__),
    ]
    for name in names
    if inspect.isfunction(value := getattr(module, name))
}


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda p: p.stem)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    names = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)


def test_every_public_name_is_in_the_reference():
    text = "\n".join(p.read_text("utf-8") for p in (DOCS / "reference").glob("*.md"))
    listed = set(re.findall(r"^\.\. auto\w+:: spreadlab\.([\w.]+)$", text, re.MULTILINE))
    listed |= {name.rsplit(".", 1)[-1] for name in listed}
    wanted = set(sl.__all__) - {"__version__", "control", "data", "live"}
    wanted |= {f"control.{name}" for name in sl.control.__all__}
    wanted |= {f"data.{name}" for name in sl.data.__all__}
    wanted |= {f"live.{name}" for name in sl.live.__all__}
    assert wanted <= listed, f"missing in docs/reference: {sorted(wanted - listed)}"


def test_every_widget_is_in_the_reference():
    import spreadlab_widgets

    text = (DOCS / "reference" / "widgets.md").read_text("utf-8")
    listed = set(re.findall(r"^\.\. autoclass:: spreadlab_widgets\.(\w+)$", text, re.MULTILINE))
    assert listed == set(spreadlab_widgets.__all__) - {"__version__"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_documents_what_goes_in_and_comes_out(name):
    function = FUNCTIONS[name]
    doc = FunctionDoc(function)
    documented = {
        word.strip().lstrip("*") for item in doc["Parameters"] for word in item.name.split(",")
    }
    wanted = set(inspect.signature(function).parameters)
    assert documented == wanted, f"{name}: {documented ^ wanted}"
    assert doc["Returns"] or doc["Yields"] or name == "check_causal", name
    assert doc["Raises"] or not wanted, f"{name} says no error"
    assert doc["Summary"], name


def test_the_site_builds_without_a_warning(tmp_path):
    """A broken link of one page to another is a warning, too."""
    build = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"),
            *("--builder", "html", str(DOCS), str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path)},
        timeout=600,
    )
    assert build.returncode == 0, build.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        text = page.read_text("utf-8")
        asked = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', text)
        assert not asked, f"{page.name} asks another machine for {asked}"
