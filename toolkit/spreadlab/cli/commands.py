"""The table of commands: to add one, write a module with these three names and list it here.

A command's module imports at its top only what costs nothing: the whole table is loaded whichever
command runs. Its docstring is what ``spreadlab NAME --help`` says.
"""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from spreadlab.cli import certs, lab, research, scan, serve, trials, warm
from spreadlab.verbs import doctor

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(Protocol):
    """What the module of a command has."""

    @property
    def HELP(self) -> str:  # noqa: N802 - a constant of the module
        """One line for ``spreadlab --help``."""

    @property
    def EXAMPLE(self) -> str:  # noqa: N802
        """A line that works, after the word ``spreadlab``: its help ends with it."""

    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options to its parser."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work and return the exit code; errors are raised, and `main` reports them."""


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "scan": scan,
        "fit": research.FIT,
        "policy": research.POLICY,
        "backtest": research.BACKTEST,
        "walkforward": research.WALKFORWARD,
        "report": research.REPORT,
        "ledger": trials,
        "warmup": warm,
        "serve": serve,
        "lab": lab,
        "certs": certs,
        "doctor": doctor,
    }
)
