"""Fit an Ornstein-Uhlenbeck process to a spread, with intervals."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab.verbs.options import add_pair_option, add_test_options, number, tested_pair

if TYPE_CHECKING:
    from spreadlab.ou.result import OUResult

HELP = "fit an Ornstein-Uhlenbeck spread"
EXAMPLE = "fit prices.parquet --pair KO,PEP"
MAGIC_EXAMPLE = "%oufit prices --pair KO,PEP -o ou"
SUBJECT = "prices, a tested pair or a spread"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    add_pair_option(parser)
    add_test_options(parser)
    add_method_options(parser)


def add_method_options(parser: argparse.ArgumentParser) -> None:
    """Add how the process is fitted."""
    parser.add_argument(
        "-m",
        "--estimator",
        choices=("mle", "jackknife", "bias-corrected"),
        default="mle",
        help="method of the estimate (default %(default)s)",
    )
    parser.add_argument(
        "--dt", type=number, default=1 / 252, help="years between two bars (default 1/252)"
    )


def run(options: argparse.Namespace, subject: Any, *, progress: bool | None) -> OUResult:  # noqa: ARG001
    """Return the fit of a spread: the subject itself, or the one of a pair."""
    from spreadlab.api_ou import estimate_ou

    spread = spread_of(options, subject)
    return estimate_ou(spread, dt=options.dt, method=options.estimator)  # type: ignore[no-any-return]


def spread_of(options: argparse.Namespace, subject: Any) -> Any:
    """Return the spread that is meant by a table and a pair, a tested pair, or a series."""
    if hasattr(subject, "spread") and hasattr(subject, "hedge_ratio"):
        return subject.spread
    if len(getattr(subject, "shape", ())) == 2:
        return tested_pair(subject, options).spread
    if options.pair is not None:
        raise InvalidInputError("--pair", "given with one series", "a table of prices with it")
    return subject
