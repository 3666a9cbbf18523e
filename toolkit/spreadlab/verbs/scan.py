"""Test every pair of a price table for cointegration, and count the tests."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spreadlab.verbs.options import add_test_options, keep, number

if TYPE_CHECKING:
    from spreadlab.discovery.result import DiscoveryResult

HELP = "test every pair of a price table"
EXAMPLE = "scan prices.parquet -o pairs.parquet --adjust bh"
MAGIC_EXAMPLE = "%pairs prices -k 10 -o scan"
SUBJECT = "prices"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    add_test_options(parser)
    parser.add_argument(
        "-d",
        "--direction",
        choices=("both", "forward"),
        default="both",
        help="each symbol on the other, or the earlier column on the later one "
        "(default %(default)s)",
    )
    parser.add_argument(
        "-a", "--alpha", type=number, default=0.05, help="level of the verdict (default 0.05)"
    )
    parser.add_argument(
        "-k", "--keep", type=keep, help="list the best K pairs (3), or those below a p-value (0.01)"
    )
    parser.add_argument(
        "--align",
        choices=("error", "inner", "pairwise"),
        default="error",
        help="missing prices: refuse them, drop their rows, or go pair by pair",
    )
    parser.add_argument("--sink", help="folder to write as the scan goes, and to resume from")


def run(options: argparse.Namespace, subject: Any, *, progress: bool | None) -> DiscoveryResult:
    """Return the scan."""
    from spreadlab.api_discovery import discover_pairs

    return discover_pairs(
        subject,
        transform=options.transform,
        lags=options.lags,
        direction=options.direction,
        alpha=options.alpha,
        keep=options.keep,
        align=options.align,
        sink=options.sink,
        progress=progress,
    )
