"""Test every pair of a CSV or Parquet price file for cointegration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from spreadlab.discovery.result import DiscoveryResult

HELP = "test every pair of a price file"

_ADJUSTED = {"none": "pvalue", "bh": "pvalue_bh", "by": "pvalue_by"}
_OUTPUTS = (".parquet", ".csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("prices", help="CSV or Parquet: a date column and one column a symbol")
    parser.add_argument("-o", "--output", help="file to write, .parquet or .csv")
    parser.add_argument("--alpha", type=float, default=0.05, help="level (default %(default)s)")
    parser.add_argument(
        "--adjust",
        choices=tuple(_ADJUSTED),
        help="write only pairs whose p-value, adjusted this way, is below alpha (default: all)",
    )
    parser.add_argument("--lags", type=_lags, default="aic", help="aic, bic or a number")
    parser.add_argument("--transform", default="log", help="log or none (default %(default)s)")
    parser.add_argument("--direction", default="both", help="both or forward (default %(default)s)")
    parser.add_argument("--align", default="error", help="error, inner or pairwise")
    parser.add_argument(
        "--keep", type=_keep, help="list the best k pairs (a whole number) or those below a p-value"
    )
    parser.add_argument("--sink", help="folder to write as the scan goes, and to resume from")
    parser.add_argument("--start", help="first date, like 2014-01-01")
    parser.add_argument("--end", help="last date, like 2022-12-28")
    parser.add_argument("--quiet", action="store_true", help="no progress, no summary")


def run(options: argparse.Namespace) -> int:
    """Scan, print the verdict, write the pairs."""
    from spreadlab.api_discovery import discover_pairs
    from spreadlab.data.files import read_prices

    output = None if options.output is None else Path(options.output)
    if output is not None:
        _check_output(output)
    prices: Any = read_prices(options.prices)
    if options.start is not None or options.end is not None:
        prices = prices.loc[options.start : options.end]
    result = discover_pairs(
        prices,
        transform=options.transform,
        lags=options.lags,
        direction=options.direction,
        alpha=options.alpha,
        keep=options.keep,
        align=options.align,
        sink=options.sink,
        progress=None if sys.stderr.isatty() and not options.quiet else False,
    )
    if not options.quiet:
        print(result.verdict())
    if output is not None:
        written = _write(result, output, options.adjust)
        if not options.quiet:
            print(f"{written:,} pair{'s' * (written != 1)} written to {output}")
    return 0


def _check_output(path: Path) -> None:
    if path.suffix not in _OUTPUTS:
        raise InvalidInputError(
            "--output", f"got {path.name!r}", f"a file that ends in {' or '.join(_OUTPUTS)}"
        )
    if not path.parent.is_dir():
        raise InvalidInputError("--output", f"no such folder: {path.parent}", "an existing folder")


def _write(result: DiscoveryResult, path: Path, adjust: str | None) -> int:
    frame = result.to_frame()
    if adjust is not None:
        frame = frame[frame[_ADJUSTED[adjust]] < result.alpha].reset_index(drop=True)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return len(frame)


def _lags(text: str) -> str | int:
    return int(text) if text.lstrip("-").isdecimal() else text


def _keep(text: str) -> float | int:
    return int(text) if text.isdecimal() else float(text)
