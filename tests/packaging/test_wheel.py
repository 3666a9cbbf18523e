"""The wheel as a user gets it: built from a clean sdist, installed into a new environment.

The new environment borrows the dependencies that are installed here (a path to them, which brings
no editable install along), and takes spreadlab itself from the wheel alone.
"""

import ast
import email
import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LABEXTENSION = "share/jupyter/labextensions/spreadlab/"
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.d/"
VOILA_TEMPLATE = "share/jupyter/voila/templates/spreadlab/"
PROBE = """
import importlib.metadata, json, sys, spreadlab, spreadlab_widgets
print(json.dumps([sys.prefix, spreadlab.__file__, spreadlab_widgets.__file__,
                  importlib.metadata.version("spreadlab"), sys.path]))
"""
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""
# What a module may import beyond the core dependencies, by the start of its name: its extra.
EXTRA_OF = {
    "spreadlab.live.feeds.crypto": "crypto",
    "spreadlab.live": "live",
    "spreadlab.backtest.tearsheet": "tearsheet",
    "spreadlab.discovery.result": "polars",
    "spreadlab.discovery.selection": "select",
    "spreadlab.engines.cluster": "cluster",
    "spreadlab.engines.remote": "server",
    "spreadlab.rpc": "server",
    "spreadlab.server": "server",
    "spreadlab.magics": "lab",
    "spreadlab_widgets.weblab": "web",
    "spreadlab_widgets": "lab",
}
# Brought along by a dependency that is declared, because that dependency is built on it.
BROUGHT_ALONG = {"comm": "ipywidgets", "ipython": "ipywidgets", "traitlets": "ipywidgets"}


def run(*words, cwd, **options):
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [name] = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """Return the Python of a new environment that has the wheel installed."""
    folder = tmp_path_factory.mktemp("user") / "env"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    run(*pip, *install, wheel, cwd=folder.parent)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    Path(site.stdout.strip(), "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return python


def test_wheel_holds_every_source_file_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if ".dist-info/" not in n and ".data/" not in n}
    sources = {
        path.relative_to(folder).as_posix()
        for folder in (ROOT / "toolkit", ROOT / "widgets")
        for package in ("spreadlab", "spreadlab_widgets")
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".so"}
    }
    assert held == sources
    assert {"spreadlab/py.typed", "spreadlab_widgets/py.typed"} <= held
    assert any(name.startswith("spreadlab_widgets/static/") for name in held)


def shipped_in(wheel, place):
    """Return what the wheel puts in a folder of the environment, by path."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name.partition(place)[2]: archive.read(name)
            for name in archive.namelist()
            if place in name
        }


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_wheel_carries_the_page_for_voila(wheel):
    shipped = shipped_in(wheel, VOILA_TEMPLATE)
    assert shipped == files_in(ROOT / "widgets" / "frontend" / "voila" / "spreadlab")
    assert {"conf.json", "index.html.j2", "page.html"} <= set(shipped)


def test_wheel_carries_what_switches_the_server_extension_on(wheel):
    shipped = shipped_in(wheel, SERVER_CONFIG)
    assert shipped == files_in(ROOT / "labextension" / "jupyter_server_config.d")
    assert set(shipped) == {"spreadlab.json"}


def test_wheel_carries_the_built_extension_as_built_here(wheel):
    shipped = shipped_in(wheel, LABEXTENSION)
    assert shipped == files_in(ROOT / "labextension" / "output")
    load = json.loads(shipped["package.json"])["jupyterlab"]["_build"]["load"]
    assert load in shipped


def test_requirements_of_the_wheel_are_satisfied_here(metadata):
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    unmet = {
        str(requirement)
        for requirement in requirements
        # ccxt pins what others need in newer versions: whoever wants it has it by itself.
        if requirement.name != "ccxt"
        and not requirement.specifier.contains(
            importlib.metadata.version(requirement.name), prereleases=True
        )
    }
    assert unmet == set()
    extras = {"cluster", "crypto", "data", "lab", "live", "polars", "select", "server"}
    extras |= {"tearsheet", "test", "web"}
    assert set(metadata.get_all("Provides-Extra")) == extras
    assert metadata["License-Expression"] == "BSD-3-Clause"


def closure(requirements, extra):
    """Return the names of the distributions that the core, or an extra with the core, asks for."""
    names, pending = set(), {extra, ""}
    while pending:
        current = pending.pop()
        for requirement in requirements:
            marker = requirement.marker
            if marker is None or (current and marker.evaluate({"extra": current})):
                if canonicalize_name(requirement.name) == "spreadlab":
                    pending |= requirement.extras
                names.add(canonicalize_name(requirement.name))
    return names


def test_every_import_in_the_wheel_is_a_declared_requirement(wheel, metadata):
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    distributions = importlib.metadata.packages_distributions()
    undeclared = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith(".py") or "/rpc/v1/" in name:
                continue
            module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            extra = next((e for start, e in EXTRA_OF.items() if module.startswith(start)), "")
            declared = closure(requirements, extra)
            for imported in third_party_imports(archive.read(name)):
                owners = {canonicalize_name(d) for d in distributions.get(imported, [imported])}
                owners |= {BROUGHT_ALONG[o] for o in owners & set(BROUGHT_ALONG)}
                if not owners & declared:
                    undeclared.add(f"{module} imports {imported}")
    assert undeclared == set()


def third_party_imports(source):
    """Return the top-level names that run-time imports of a module ask for."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"spreadlab", "spreadlab_widgets"}


def test_installed_packages_are_those_of_the_wheel(environment, tmp_path):
    answer = json.loads(run(environment, "-c", PROBE, cwd=tmp_path).stdout)
    prefix, toolkit, widgets, version, path = answer
    assert toolkit.startswith(prefix + os.sep)
    assert widgets.startswith(prefix + os.sep)
    assert version == importlib.metadata.version("spreadlab")
    assert not any(Path(entry) in {ROOT / "toolkit", ROOT / "widgets"} for entry in path)


def test_jupyter_finds_the_extension(environment, tmp_path):
    done = run(environment, "-m", "jupyterlab.labextensions", "list", cwd=tmp_path)
    text = done.stdout + done.stderr
    folder, lines = "", []
    for line in text.splitlines():
        if line.strip().endswith("labextensions"):
            folder = line.strip()
        if line.split()[:1] == ["spreadlab"]:
            lines.append((folder, line))
    [(folder, line)] = [(f, text) for f, text in lines if str(environment.parents[1]) in f]
    assert "enabled" in line
    assert "OK" in line


def test_quickstart_runs_from_the_wheel(environment, tmp_path):
    notebook = nbformat.read(ROOT / "notebooks" / "01_quickstart.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("sl.__file__"))
    path = tmp_path / "quickstart.ipynb"
    nbformat.write(notebook, path)
    run(environment, "-c", EXECUTE, path, cwd=tmp_path)
    last = nbformat.read(path, as_version=4).cells[-1]
    assert str(environment.parents[1]) in last.outputs[0]["data"]["text/plain"]


def test_uninstalling_leaves_nothing_behind(wheel, tmp_path):
    folder = tmp_path / "env"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=tmp_path)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    before = files_of(folder)
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    assert {f"{LABEXTENSION}package.json", f"{LABEXTENSION}schemas/spreadlab/settings.json"} <= {
        path.removeprefix(f"{folder}/") for path in files_of(folder)
    }
    run(*pip, "uninstall", "--quiet", "--yes", "spreadlab", cwd=tmp_path)
    assert files_of(folder) == before
    assert not (folder / LABEXTENSION).exists()


def files_of(folder):
    """Return every file; compiled ones are Python's own, and come and go as it runs."""
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(path) for path in found if path.is_file()}
