"""The command line: ``spreadlab scan prices.parquet -o pairs.parquet``.

Exit codes: 0 done, 1 failed, 2 wrong arguments or prices that have no answer, 130 interrupted.
Errors go to the standard error stream, in the words of the Python API.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab._version import __version__
from spreadlab.errors import InvalidInputError, ScanCancelledError, SpreadlabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spreadlab.discovery.result import DiscoveryResult

_ADJUSTED = {"none": "pvalue", "bh": "pvalue_bh", "by": "pvalue_by"}
_OUTPUTS = (".parquet", ".csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (KeyboardInterrupt, ScanCancelledError):
        return _fail("interrupted", 130)
    except InvalidInputError as error:
        return _fail(str(error), 2)
    except (SpreadlabError, OSError) as error:
        return _fail(str(error), 1)


def _fail(message: str, code: int) -> int:
    print(f"spreadlab: error: {message}", file=sys.stderr)
    return code


def _lags(text: str) -> str | int:
    return int(text) if text.lstrip("-").isdecimal() else text


def _keep(text: str) -> float | int:
    return int(text) if text.isdecimal() else float(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spreadlab", description="Pairs trading research from the command line."
    )
    parser.add_argument("--version", action="version", version=f"spreadlab {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    scan = commands.add_parser(
        "scan",
        help="test every pair of a price file",
        description="Test every pair of a CSV or Parquet price file for cointegration.",
    )
    scan.set_defaults(command=_scan)
    scan.add_argument("prices", help="CSV or Parquet: a date column and one column a symbol")
    scan.add_argument("-o", "--output", help="file to write, .parquet or .csv")
    scan.add_argument("--alpha", type=float, default=0.05, help="level (default %(default)s)")
    scan.add_argument(
        "--adjust",
        choices=tuple(_ADJUSTED),
        help="write only pairs whose p-value, adjusted this way, is below alpha (default: all)",
    )
    scan.add_argument("--lags", type=_lags, default="aic", help="aic, bic or a number")
    scan.add_argument("--transform", default="log", help="log or none (default %(default)s)")
    scan.add_argument("--direction", default="both", help="both or forward (default %(default)s)")
    scan.add_argument("--align", default="error", help="error, inner or pairwise")
    scan.add_argument(
        "--keep", type=_keep, help="list the best k pairs (a whole number) or those below a p-value"
    )
    scan.add_argument("--sink", help="folder to write as the scan goes, and to resume from")
    scan.add_argument("--start", help="first date, like 2014-01-01")
    scan.add_argument("--end", help="last date, like 2022-12-28")
    scan.add_argument("--quiet", action="store_true", help="no progress, no summary")
    return parser


def _scan(options: argparse.Namespace) -> int:
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


if __name__ == "__main__":
    sys.exit(main())
