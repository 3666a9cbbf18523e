"""Generate the stubs of proto/spreadlab/rpc into the toolkit, or check that they are fresh.

The generator is an old one on purpose, in an environment of its own: code made by a new one refuses
to run with an older protobuf or grpcio, and would force these up for everybody who installs us.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROTO = ROOT / "proto"
TOOLKIT = ROOT / "toolkit"
# The first design's service is put together from its descriptor, so it has no service stubs.
PACKAGES = {
    Path("spreadlab/rpc/v1"): ("python", "pyi", "grpc_python"),
    Path("spreadlab/rpc/legacy"): ("python", "pyi"),
}
GENERATOR = ("grpcio-tools==1.62.3", "setuptools<81")
ENVIRONMENT = ROOT / "build" / "proto-venv"
IMAGE = PROTO / "contract.binpb"


def generator() -> Path:
    """Return the Python that has the generator, made on the first call."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "ready"
    if not stamp.exists() or stamp.read_text("utf-8") != repr(GENERATOR):
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *GENERATOR], check=True)
        stamp.write_text(repr(GENERATOR), "utf-8")
    return python


def generate(target: Path) -> None:
    """Write the stubs of every file of the packages below `target`."""
    target.mkdir(parents=True, exist_ok=True)
    for package, kinds in PACKAGES.items():
        files = [str(path.relative_to(PROTO)) for path in sorted((PROTO / package).glob("*.proto"))]
        out = [f"--{kind}_out={target}" for kind in kinds]
        subprocess.run(
            [str(generator()), "-m", "grpc_tools.protoc", f"-I{PROTO}", *out, *files],
            check=True,
            cwd=PROTO,
        )


def stale() -> list[str]:
    """Return the names of stubs that differ from what the contract gives."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        for package in PACKAGES:
            fresh, stubs = Path(folder) / package, TOOLKIT / package
            names = {path.name for path in [*fresh.iterdir(), *stubs.glob("*_pb2*")]}
            same, _, _ = filecmp.cmpfiles(fresh, stubs, names, shallow=False)
            found += [str(package / name) for name in sorted(names - set(same))]
    return found


def main() -> int:
    """Generate, or check with ``--check``; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether they are fresh")
    parser.add_argument(
        "--image", action="store_true", help="also make today's contract the one not to break"
    )
    options = parser.parse_args()
    if options.check:
        if names := stale():
            print(f"stale stubs: {', '.join(names)}; run `make proto`")
        return 1 if names else 0
    for package in PACKAGES:
        for old in (TOOLKIT / package).glob("*_pb2*"):
            old.unlink()
    generate(TOOLKIT)
    if options.image:
        buf = shutil.which("buf", path=Path(sys.executable).parent)
        if buf is None:
            raise SystemExit("buf is not installed; run `make install`")
        subprocess.run([buf, "build", str(PROTO), "-o", str(IMAGE)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
