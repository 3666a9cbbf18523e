"""Compile every kernel now, so that the first real call is quick."""

from __future__ import annotations

import argparse

HELP = "compile every kernel now"
EXAMPLE = "warmup"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("--quiet", action="store_true", help="no words")


def run(options: argparse.Namespace) -> int:
    """Run one small request of each kind and say how long it took."""
    from spreadlab.verbs.warmup import warmup

    for name, seconds in warmup():
        if not options.quiet:
            print(f"{name:24s} {seconds:6.2f} s", flush=True)
    return 0
