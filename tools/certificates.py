"""Certificates of the long tests: what was certified, on which source, with which figures.

``write`` runs the tests marked ``certify`` of each package and, when all of them pass, puts a
report in ``certificates/<package>.json`` that holds the commit and a hash of the package's source.
``status`` says which packages have changed since. It is a notice and never a failure:
certification takes long, and is done before a release and after a change of method.

A run in which a test failed is taken up again by the next one: what passed is
kept in ``build/certificates`` as long as neither the package nor its tests change.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
MARK = "mark.certify"
LIBRARIES = ("numpy", "numba", "scipy", "pandas")
_NONE_COLLECTED = 5  # of pytest's exit codes


def certified_packages(root: Path) -> list[str]:
    """List the packages of the toolkit for which tests marked ``certify`` exist."""
    tests = {path.name: path for path in (root / "tests").iterdir() if path.is_dir()}
    return sorted(
        name
        for name, folder in tests.items()
        if (root / "toolkit" / "spreadlab" / name).is_dir()
        and any(MARK in test.read_text("utf-8") for test in folder.rglob("test_*.py"))
    )


def content_hash(root: Path, package: str) -> str:
    """Hash the names and bytes of a package's Python sources."""
    return _hash_of(root / "toolkit" / "spreadlab" / package)


def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def git(root: Path, *words: str) -> str:
    """Return what git prints."""
    run = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def read_report(xml: Path) -> dict[str, dict[str, Any]]:
    """Read names, times and recorded figures of the tests that passed, by pytest's own names."""
    return {
        f"{case.get('file')}::{case.get('name')}": {
            "test": f"{case.get('classname')}::{case.get('name')}",
            "seconds": round(float(case.get("time", "0")), 1),
            "figures": {p.get("name"): p.get("value") for p in case.iter("property")},
        }
        for case in ET.parse(xml).iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
        if not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
    }


def kept_file(root: Path, package: str) -> Path:
    """Return where the tests are kept that passed on today's package and tests."""
    tests = _hash_of(root / "tests" / package)
    name = hashlib.sha256((content_hash(root, package) + tests).encode()).hexdigest()[:16]
    return root / "build" / "certificates" / f"{package}-{name}.json"


def certify(root: Path, package: str) -> tuple[bool, list[dict[str, Any]]]:
    """Run the tests that have not passed yet; return whether all have, and their reports."""
    kept = kept_file(root, package)
    passed = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "report.xml"
        words = ["-m", "pytest", "-m", "certify", "--timeout=0", f"tests/{package}"]
        words.append(f"--junitxml={xml}")
        words += ["-o", "junit_family=xunit1"]  # the one that carries recorded figures
        words += [f"--deselect={name}" for name in passed]
        run = subprocess.run([sys.executable, *words], cwd=root, check=False)
        if xml.exists():
            passed |= read_report(xml)
    none_left = run.returncode == _NONE_COLLECTED and bool(passed)
    certified = run.returncode == 0 or none_left
    if certified:
        kept.unlink(missing_ok=True)  # the next certification is a new one
    else:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(passed, indent=2) + "\n", "utf-8")
    return certified, [passed[name] for name in sorted(passed)]


def write(root: Path, packages: list[str]) -> int:
    """Certify the packages; return the number of those that failed."""
    failed = 0
    for package in packages:
        source = f"toolkit/spreadlab/{package}"
        if git(root, "status", "--porcelain", "--", source, f"tests/{package}"):
            print(f"{package}: commit the changes in {source} and tests/{package} first")
            failed += 1
            continue
        certified, tests = certify(root, package)
        if not certified:
            print(f"{package}: not certified")
            failed += 1
            continue
        report = {
            "package": package,
            "commit": git(root, "rev-parse", "HEAD"),
            "content": content_hash(root, package),
            "python": platform.python_version(),
            "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
            "tests": tests,
        }
        target = root / "certificates" / f"{package}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
        print(f"{package}: certified, see {target.relative_to(root)}")
    return failed


def status(root: Path) -> list[str]:
    """Say of each package that has certification tests whether its certificate still holds."""
    lines = []
    for package in certified_packages(root):
        path = root / "certificates" / f"{package}.json"
        if not path.exists():
            lines.append(f"{package}: never certified")
            continue
        report = json.loads(path.read_text("utf-8"))
        since = f"the certificate of commit {report['commit'][:12]}"
        changed = report["content"] != content_hash(root, package)
        lines.append(f"{package}: {'CHANGED since' if changed else 'as in'} {since}")
    return lines


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["write", "status"])
    parser.add_argument("package", nargs="*", help="the packages to certify (default: all)")
    arguments = parser.parse_args()
    if arguments.command == "write":
        known = certified_packages(ROOT)
        unknown = sorted(set(arguments.package) - set(known))
        if unknown:
            words = f"{', '.join(unknown)}; known: {', '.join(known)}"
            parser.error(f"no certification tests for {words}")
        return min(write(ROOT, arguments.package or known), 1)
    for line in status(ROOT):
        print(f"certificates: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
