"""Make environments that have spreadlab from its wheel alone, as a user has it.

``build/app/env`` gets the wheel; what spreadlab depends on it borrows from this environment, by a
path that brings no editable install along. ``build/app/rtc`` is the same with real-time
collaboration. Both are kept until something that goes into the wheel changes.

    python tools/wheel_environment.py          makes the first, prints its Python
    python tools/wheel_environment.py --rtc    makes both, prints both
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "app"
COLLABORATION = "jupyter-collaboration>=4,<5"
_SOURCES = (
    "toolkit/spreadlab",
    "widgets/spreadlab_widgets",
    "widgets/frontend/voila",
    "labextension/output",
)
_PASSING = {"__pycache__", ".mypy_cache", ".ruff_cache"}
_PIP = ("install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location")


def wheel_environment() -> Path:
    """Return the Python of an environment with the wheel of this tree."""
    if not (ROOT / "labextension/output/package.json").exists():
        raise SystemExit("labextension/output is missing: run `make install`, which builds it")
    folder, digest = HOME / "env", _digest()
    if not _is_made(folder, digest):
        _make(folder, Path(sys.prefix), [Path(sysconfig.get_path("purelib"))])
        with tempfile.TemporaryDirectory() as dist:
            _run(sys.executable, "-m", "build", "--wheel", "--outdir", dist, ROOT)
            [wheel] = Path(dist).glob("*.whl")
            _pip(folder, "--no-deps", "--no-index", wheel)
        _add_bare_kernel(folder)
        _write_stamp(folder, digest)
    return folder / "bin" / "python"


def collaboration_environment() -> Path:
    """Return the Python of the same environment with real-time collaboration installed."""
    below = wheel_environment()
    folder, digest = HOME / "rtc", _digest()
    if not _is_made(folder, digest):
        borrowed = [_purelib(below), Path(sysconfig.get_path("purelib"))]
        _make(folder, below.parents[1], borrowed, without=())
        _pip(folder, COLLABORATION)
        _write_stamp(folder, digest)
    return folder / "bin" / "python"


def _make(
    folder: Path,
    prefix: Path,
    borrowed: Sequence[Path],
    without: Sequence[str] = ("spreadlab",),
) -> None:
    """Make an environment that sees the packages and the Jupyter files of another."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "venv", "--without-pip", folder)
    path = _purelib(folder / "bin" / "python") / "borrowed.pth"
    path.write_text("".join(f"{place}\n" for place in borrowed), encoding="utf-8")
    for place in ("share/jupyter", "etc/jupyter"):
        # Copies: the server hands out no file that a link takes out of its folders. The kernel that
        # names another Python is left out.
        if (prefix / place).is_dir():
            shutil.copytree(
                prefix / place,
                folder / place,
                ignore=shutil.ignore_patterns("kernels", *without),
                dirs_exist_ok=True,
            )


def _add_bare_kernel(folder: Path) -> None:
    """Add a kernel that has everything but spreadlab: what is installed here, it does not see."""
    code = (
        "import sys, sysconfig; sys.path.remove(sysconfig.get_path('purelib')); "
        "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
    )
    spec = {
        "argv": [str(folder / "bin" / "python"), "-c", code, "-f", "{connection_file}"],
        "display_name": "Python without spreadlab",
        "language": "python",
    }
    place = folder / "share/jupyter/kernels/bare"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _pip(folder: Path, *words: str | Path) -> None:
    python = folder / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, *_PIP, *words)


def _run(*words: str | Path) -> None:
    hidden = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def _purelib(python: Path) -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return python.parents[1] / "lib" / version / "site-packages"


def _digest() -> str:
    found = hashlib.sha256(sys.version.encode())
    for path in _inputs():
        found.update(f"{path.relative_to(ROOT)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _inputs() -> Iterator[Path]:
    """Everything that goes into the wheel, what is declared beside it, and this program."""
    yield from (ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE", Path(__file__))
    for source in _SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            if path.is_file() and not _PASSING & set(path.parts) and path.suffix != ".pyc":
                yield path


def _is_made(folder: Path, digest: str) -> bool:
    stamp = folder / "made"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == digest


def _write_stamp(folder: Path, digest: str) -> None:
    (folder / "made").write_text(digest, encoding="utf-8")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rtc", action="store_true", help="with collaboration too")
    print(wheel_environment())
    if arguments.parse_args().rtc:
        print(collaboration_environment())
