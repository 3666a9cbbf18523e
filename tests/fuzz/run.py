"""Fuzz the targets one after the other: python -m tests.fuzz.run [TARGET ...] --seconds 300.

With atheris the choices follow the coverage that they reach. Without it (it has no wheels for this
system) they are pseudo-random, and the first line says so. What breaks is printed with the choices
that led there, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

# Nothing of ours is imported up here: atheris sees only what is imported under its eyes.
try:
    import atheris
except ImportError:
    atheris = None

BUILD = Path("build/fuzz")
NAMES = ("tasks", "inputs", "tiles", "answers", "panels", "legacy")


class Provided:
    """Choices of the bytes that the fuzzer makes up."""

    def __init__(self, data: bytes) -> None:
        self._provider = atheris.FuzzedDataProvider(data)

    def below(self, n: int) -> int:
        return self._provider.ConsumeIntInRange(0, n - 1)

    def some_bytes(self, n: int) -> bytes:
        return self._provider.ConsumeBytes(n)


def compiled() -> list[str]:
    """Return the modules with compiled functions, which a compiler has to see as they are."""
    toolkit = Path("toolkit")
    return [
        ".".join(path.relative_to(toolkit).with_suffix("").parts)
        for path in toolkit.rglob("*.py")
        if "njit" in path.read_text("utf-8")
    ]


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which atheris ends."""
    with atheris.instrument_imports(include=["spreadlab"], exclude=compiled()):
        from .targets import attempt
    attempt(name, Provided(b""))  # what is made once is made before the first request is timed

    found = BUILD / name
    corpus = found / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    words = [f"-max_total_time={seconds}", "-timeout=300", "-rss_limit_mb=4096", "-max_len=4096"]
    atheris.Setup(
        [sys.argv[0], *words, "-print_final_stats=1", f"-artifact_prefix={found}/", str(corpus)],
        lambda data: attempt(name, Provided(data)),
    )
    atheris.Fuzz()


def draw(name: str, seconds: int) -> int:
    """Run one target on pseudo-random choices; return the exit code."""
    from .tampering import Choices, Drawn
    from .targets import attempt

    start, requests, sense = time.monotonic(), 0, 0
    while time.monotonic() - start < seconds:
        seed = random.randrange(2**63)
        choices: Choices = Drawn(random.Random(seed))
        try:
            sense += attempt(name, choices)
        except Exception:  # noqa: BLE001 - what is looked for
            traceback.print_exc()
            print(f"{name}: broke with seed {seed} after {requests:,} requests")
            return 1
        requests += 1
    print(f"{name}: {requests:,} requests, {sense:,} made sense, nothing broke")
    return 0


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help=f"some of {', '.join(NAMES)}; all otherwise")
    parser.add_argument("--seconds", type=int, default=300, help="of each target")
    options = parser.parse_args()
    names = options.targets or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if atheris is None:
        print("atheris is not installed here: choices are pseudo-random")
        return max(draw(name, options.seconds) for name in names)
    if len(names) == 1:
        fuzz(names[0], options.seconds)
    command = [sys.executable, "-m", "tests.fuzz.run", "--seconds", str(options.seconds)]
    broken = [name for name in names if subprocess.run([*command, name], check=False).returncode]
    print(f"{len(names)} targets, broken: {', '.join(broken) or 'none'}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
