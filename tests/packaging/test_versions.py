"""One version, wherever it is written."""

import importlib.metadata
import json
from pathlib import Path

import pytest

from spreadlab._version import __version__

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["labextension", "widgets/frontend"]


def test_installed_version_is_the_source_version():
    assert importlib.metadata.version("spreadlab") == __version__


@pytest.mark.parametrize("folder", FOLDERS)
def test_javascript_package_has_the_python_version(folder):
    package = json.loads((ROOT / folder / "package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert package["version"] == __version__
    assert lock["packages"][folder]["version"] == __version__


def test_changelog_has_a_section_for_the_version():
    headings = [
        line.removeprefix("## ")
        for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
        if line.startswith("## ")
    ]
    assert any(heading.startswith(f"[{__version__}]") for heading in headings)
