"""The command line: ``spreadlab scan prices.parquet -o pairs.parquet``.

Exit codes: 0 done, 1 failed, 2 wrong arguments or prices that have no answer, 130 interrupted.
Errors go to the standard error stream, in the words of the Python API.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from spreadlab._version import __version__
from spreadlab.cli.commands import COMMANDS
from spreadlab.errors import InvalidInputError, ScanCancelledError, SpreadlabError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (KeyboardInterrupt, ScanCancelledError):
        return _fail("interrupted", 130)
    except InvalidInputError as error:
        return _fail(str(error), 2)
    except (SpreadlabError, OSError) as error:
        return _fail(str(error), 1)


def _fail(message: str, code: int) -> int:
    print(f"spreadlab: error: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spreadlab", description="Pairs trading research from the command line."
    )
    parser.add_argument("--version", action="version", version=f"spreadlab {__version__}")
    parsers = parser.add_subparsers(metavar="command", required=True)
    for name, command in COMMANDS.items():
        sub = parsers.add_parser(name, help=command.HELP, description=command.__doc__)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser
