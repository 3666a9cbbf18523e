"""Exceptions that spreadlab raises on purpose.

Every error says what was wrong, what was got, what is allowed and what to do next, so that
it reads the same in a notebook, on the command line and across the wire.
"""

from __future__ import annotations


class SpreadlabError(Exception):
    """Base class of every error that spreadlab raises on purpose."""


class InvalidInputError(SpreadlabError, ValueError):
    """An argument has a value that has no meaningful answer.

    Parameters
    ----------
    argument : str
        The argument as the caller wrote it, down to the column: ``prices["XYZ"]``.
    got : str
        What was found, in words.
    allowed : str, optional
        What would be accepted.
    next_step : str, optional
        What the caller can do about it.

    Attributes
    ----------
    argument, got, allowed, next_step : str
        The parts of the message, so that a remote error can be rebuilt from them.
    """

    def __init__(self, argument: str, got: str, allowed: str = "", next_step: str = "") -> None:
        self.argument = argument
        self.got = got
        self.allowed = allowed
        self.next_step = next_step
        message = f"{argument}: {got}"
        if allowed:
            message += f"; must be {allowed}"
        if next_step:
            message += f"; {next_step}"
        super().__init__(message)

    def __reduce__(self) -> tuple[type[InvalidInputError], tuple[str, str, str, str]]:
        return type(self), (self.argument, self.got, self.allowed, self.next_step)


class NotMeanRevertingError(InvalidInputError):
    """The series has no mean to revert to, so half-life and mean reversion speed do not exist."""


class ConvergenceError(SpreadlabError, ArithmeticError):
    """An iteration stopped before it met its tolerance; its last value is not an answer."""


class DataUnavailableError(SpreadlabError, ImportError):
    """An optional data package is not installed; the message holds the pip command."""


class EngineUnavailableError(SpreadlabError, ConnectionError):
    """The engine asked for can't be reached, or this installation can't drive it."""


class TileError(SpreadlabError):
    """A piece of the work failed again and again; the message names it, what else is done is kept.

    The cause is in ``__cause__``.
    """


class ScanCancelledError(SpreadlabError):
    """The work was cancelled before it was done; no result exists."""
