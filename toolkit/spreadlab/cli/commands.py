"""The table of commands: to add one, write a module with these three names and list it here.

A command's module imports at its top only what costs nothing: the whole table is loaded whichever
command runs. Its docstring is what ``spreadlab NAME --help`` says.
"""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from spreadlab.cli import certs, doctor, scan, serve

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(Protocol):
    """What the module of a command has."""

    HELP: str
    """One line for ``spreadlab --help``."""
    __doc__: str | None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options to its parser."""

    def run(self, options: argparse.Namespace) -> int:
        """Do the work and return the exit code; errors are raised, and `main` reports them."""


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "certs": certs,
        "doctor": doctor,
        "scan": scan,
        "serve": serve,
    }
)
