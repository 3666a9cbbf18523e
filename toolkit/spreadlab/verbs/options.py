"""Options that several verbs have, and how their text becomes a value."""

from __future__ import annotations

import argparse
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from spreadlab.discovery.pair_result import PairResult

TRANSFORMS = ("log", "none")


def lags(text: str) -> str | int:
    """Return a number of lags, or the name of a criterion for the API to judge."""
    return int(text) if text.lstrip("-").isdecimal() else text


def keep(text: str) -> float | int:
    """Return a number of pairs, or a p-value."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        message = f"{text!r}: give a number of pairs (10) or a p-value (0.01)"
        raise argparse.ArgumentTypeError(message) from None


def number(text: str) -> float:
    """Return a number, which may be written as a fraction: ``1/252``."""
    try:
        return float(Fraction(text)) if "/" in text else float(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None


def pair_names(text: str) -> tuple[str, str]:
    """Return the two symbols of ``KO,PEP``: dependent, hedge."""
    names = tuple(word.strip() for word in text.split(","))
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError(f"{text!r}: give two symbols, like KO,PEP")
    return names[0], names[1]


def add_test_options(parser: argparse.ArgumentParser) -> None:
    """Add how a pair is tested."""
    parser.add_argument(
        "-t",
        "--transform",
        choices=TRANSFORMS,
        default="log",
        help="log prices, or the prices themselves (default %(default)s)",
    )
    parser.add_argument(
        "-l", "--lags", type=lags, default="aic", help="aic, bic or a number (default %(default)s)"
    )


def add_pair_option(parser: argparse.ArgumentParser) -> None:
    """Add the choice of two columns."""
    parser.add_argument(
        "-p", "--pair", type=pair_names, metavar="DEPENDENT,HEDGE", help="two symbols, like KO,PEP"
    )


def add_cost_options(parser: argparse.ArgumentParser) -> None:
    """Add what trading costs."""
    parser.add_argument(
        "--cost-bps", type=number, default=0.0, help="fees, basis points of value, one way"
    )
    parser.add_argument(
        "--slippage-bps", type=number, default=0.0, help="worse prices, basis points, one way"
    )
    parser.add_argument(
        "--borrow-bps", type=number, default=0.0, help="fee on short legs, basis points a year"
    )


def column(prices: Any, name: str) -> Any:
    """Return the column of a price table, or say which there are."""
    columns = [str(label) for label in getattr(prices, "columns", ())]
    if name not in columns:
        known = ", ".join(columns[:8]) + (" ..." if len(columns) > 8 else "")
        raise InvalidInputError("--pair", f"no symbol {name!r}", f"columns of the prices: {known}")
    return prices[name]


def tested_pair(prices: Any, options: argparse.Namespace) -> PairResult:
    """Return the test of the pair that the options name."""
    from spreadlab.api_discovery import test_pair

    if options.pair is None:
        raise InvalidInputError("--pair", "not given", "two symbols of the prices, like KO,PEP")
    dependent, hedge = options.pair
    return test_pair(
        column(prices, dependent),
        column(prices, hedge),
        transform=options.transform,
        lags=options.lags,
    )
