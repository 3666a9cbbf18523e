"""The helper programs of the Makefile, on machines that lack something."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


def make_venv(tmp_path, python):
    return subprocess.run(
        ["/bin/sh", TOOLS / "make_venv.sh", tmp_path / "env"],
        env={"PATH": os.environ["PATH"], "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_environment_is_made_and_then_kept(tmp_path):
    assert make_venv(tmp_path, sys.executable).returncode == 0
    marker = tmp_path / "env" / "marker"
    marker.touch()
    assert make_venv(tmp_path, sys.executable).returncode == 0
    assert marker.exists()


def test_an_old_python_is_refused_with_the_way_out(tmp_path):
    done = make_venv(tmp_path, make_program(tmp_path / "python3", "exit 1"))
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_a_python_without_ensurepip_names_the_package_to_install(tmp_path):
    text = f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"'
    done = make_venv(tmp_path, make_program(tmp_path / "python3", text))
    assert done.returncode == 1
    major, minor = sys.version_info[:2]
    assert f"sudo apt-get install python{major}.{minor}-venv" in done.stderr
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(
    ("version", "usable"),
    [("v18.20.4", False), ("v20.18.9", False), ("v20.19.0", True), ("v24.1.0", True), ("", False)],
)
def test_node_is_used_when_it_is_new_enough(tmp_path, version, usable):
    node = make_program(tmp_path / "node", f"echo {version}")
    make_program(tmp_path / "npm", "exit 0")
    assert load("node_path").is_usable(node) is usable


def test_node_without_npm_is_not_used(tmp_path):
    assert not load("node_path").is_usable(make_program(tmp_path / "node", "echo v22.0.0"))


@pytest.fixture
def project(tmp_path):
    """A repository with one package, `ou`, that has a certification test."""
    certificates = load("certificates")
    source = tmp_path / "toolkit" / "spreadlab" / "ou"
    tests = tmp_path / "tests" / "ou"
    source.mkdir(parents=True)
    tests.mkdir(parents=True)
    (source / "estimate.py").write_text("VALUE = 1\n", "utf-8")
    (tests / "test_estimate.py").write_text(
        "import pytest\n\n@pytest.mark.certify\ndef test_coverage(record_property):\n"
        "    record_property('coverage', 0.951)\n",
        "utf-8",
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = certify\n", "utf-8")
    git = shutil.which("git")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "start"]):
        subprocess.run([git, *words], cwd=tmp_path, check=True)
    return certificates, tmp_path, source


def test_a_certificate_holds_until_the_package_changes(project):
    certificates, root, source = project
    assert certificates.status(root) == ["ou: never certified"]
    assert certificates.write(root, ["ou"]) == 0
    report = json.loads((root / "certificates" / "ou.json").read_text("utf-8"))
    assert [t["figures"] for t in report["tests"]] == [{"coverage": "0.951"}]
    assert certificates.status(root) == [
        f"ou: as in the certificate of commit {report['commit'][:12]}"
    ]
    (source / "estimate.py").write_text("VALUE = 2\n", "utf-8")
    assert certificates.status(root) == [
        f"ou: CHANGED since the certificate of commit {report['commit'][:12]}"
    ]


def test_uncommitted_source_is_not_certified(project):
    certificates, root, source = project
    (source / "estimate.py").write_text("VALUE = 2\n", "utf-8")
    assert certificates.write(root, ["ou"]) == 1
    assert not (root / "certificates").exists()


def test_a_failing_certification_writes_no_certificate(project):
    certificates, root, _ = project
    test = root / "tests" / "ou" / "test_estimate.py"
    test.write_text(test.read_text("utf-8") + "    assert False\n", "utf-8")
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit",
                    "-qam", "fail"], cwd=root, check=True)  # fmt: skip
    assert certificates.write(root, ["ou"]) == 1
    assert not (root / "certificates").exists()


def test_what_passed_is_not_run_again_after_a_failure(project):
    certificates, root, source = project
    test = root / "tests" / "ou" / "test_estimate.py"
    test.write_text(
        test.read_text("utf-8") + "    from pathlib import Path\n"
        "    with Path('runs').open('a') as runs:\n        runs.write('x')\n\n"
        "@pytest.mark.certify\ndef test_width():\n"
        "    from pathlib import Path\n    assert Path('ready').exists()\n",
        "utf-8",
    )
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "-qam", "two"], cwd=root, check=True)
    assert certificates.write(root, ["ou"]) == 1
    (root / "ready").touch()
    assert certificates.write(root, ["ou"]) == 0
    assert (root / "runs").read_text() == "x"
    report = json.loads((root / "certificates" / "ou.json").read_text("utf-8"))
    names = [entry["test"].rpartition("::")[2] for entry in report["tests"]]
    assert names == ["test_coverage", "test_width"]
    # A certified package is certified anew, and so is one that has changed since it failed.
    assert certificates.write(root, ["ou"]) == 0
    (root / "ready").unlink()
    assert certificates.write(root, ["ou"]) == 1
    (source / "estimate.py").write_text("VALUE = 2\n", "utf-8")
    subprocess.run(["git", *identity, "commit", "-qam", "new"], cwd=root, check=True)
    assert certificates.write(root, ["ou"]) == 1
    assert (root / "runs").read_text() == "xxxx"
