"""Test every pair of a CSV or Parquet price file for cointegration."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.cli import common
from spreadlab.verbs import scan as verb

if TYPE_CHECKING:
    from spreadlab.discovery.result import DiscoveryResult

HELP = "test every pair of a price file"
EXAMPLE = verb.EXAMPLE

_ADJUSTED = {"none": "pvalue", "bh": "pvalue_bh", "by": "pvalue_by"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    common.add_file_arguments(parser)
    verb.add_arguments(parser)
    parser.add_argument(
        "--adjust",
        choices=tuple(_ADJUSTED),
        help="write, or list with --json, only the pairs whose p-value, adjusted this way, is "
        "below alpha; without it all pairs are written",
    )


def run(options: argparse.Namespace) -> int:
    """Scan, print the verdict, write the pairs."""
    output = common.output_path(options, (".parquet", ".csv"))
    prices = common.read(options)
    result = verb.run(options, prices, progress=common.progress_of(options))
    if options.json:
        print(common.as_json("scan", result, _listed(result, options.adjust)))
    elif not options.quiet:
        print(result.verdict())
    if output is not None:
        written = _write(result, output, options.adjust)
        if not (options.quiet or options.json):
            print(f"{written:,} pair{'s' * (written != 1)} written to {output}")
    return 0


def _listed(result: DiscoveryResult, adjust: str | None) -> Any:
    frame = result.to_frame()
    if adjust is not None:
        frame = frame[frame[_ADJUSTED[adjust]] < result.alpha].reset_index(drop=True)
    return frame


def _write(result: DiscoveryResult, path: Path, adjust: str | None) -> int:
    frame = _listed(result, adjust)
    common.write_frame(frame, path)
    return len(frame)
