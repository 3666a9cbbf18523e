"""The command line: ``spreadlab scan prices.parquet -o pairs.parquet``.

Exit codes: 0 done, 1 failed, 2 wrong arguments or prices that have no answer, 130 interrupted.
Errors go to the standard error stream, in the words of the Python API.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import shtab

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
    except BrokenPipeError:  # whoever read our output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
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
    # Loaded for its option alone: it is small, and --help has to name it.
    shtab.add_argument_to(parser, "--print-completion", help="print a completion script: bash, zsh")
    parsers = parser.add_subparsers(metavar="command", required=True)
    for name, command in COMMANDS.items():
        sub = parsers.add_parser(
            name,
            help=command.HELP,
            description=command.__doc__,
            epilog=f"example: spreadlab {command.EXAMPLE}",
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser
