"""Solve for the trading policy that is optimal under costs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab.verbs import fit
from spreadlab.verbs.options import (
    add_cost_options,
    add_pair_option,
    add_test_options,
    number,
    tested_pair,
)

if TYPE_CHECKING:
    from spreadlab.control.result import PolicyResult

HELP = "solve for the optimal policy of a spread"
EXAMPLE = "policy --kappa 3 --theta 0 --sigma 0.2 --cost 0.001"
MAGIC_EXAMPLE = "%hjb ou --discount 0.04 --cost 0.001 -o policy"
SUBJECT = "a fit, or prices"
OPTIONAL_SUBJECT = True
_PARAMETERS = ("kappa", "theta", "sigma")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    for name in _PARAMETERS:
        parser.add_argument(f"--{name}", type=number, help=f"{name} of the spread, time in years")
    add_pair_option(parser)
    add_test_options(parser)
    fit.add_method_options(parser)
    parser.add_argument(
        "--discount", type=number, default=0.04, help="rate a year (default %(default)s)"
    )
    parser.add_argument("--cost", type=number, help="per unit traded, in units of the spread")
    add_cost_options(parser)
    parser.add_argument("--fixed-cost", type=number, default=0.0, help="per order, same units")
    parser.add_argument("--risk-penalty", type=number, default=0.0, help="charge per year held")
    parser.add_argument("--horizon", type=number, help="years to a deadline (default none)")
    parser.add_argument(
        "--objective", choices=("discounted", "ergodic"), default="discounted", help="what is best"
    )
    parser.add_argument(
        "--accounting", choices=("mtm", "cash"), default="mtm", help="gains, or cash flows"
    )
    parser.add_argument(
        "--method", choices=("auto", "exact", "grid"), default="auto", help="of the solution"
    )


def run(options: argparse.Namespace, subject: Any, *, progress: bool | None) -> PolicyResult:
    """Return the policy for a fit, for given parameters, or for a pair of a price table."""
    from spreadlab.api_control import solve_hjb

    model, cost = _model_and_cost(options, subject, progress=progress)
    return solve_hjb(
        model,
        discount=options.discount,
        cost=cost,
        fixed_cost=options.fixed_cost,
        risk_penalty=options.risk_penalty,
        horizon=options.horizon,
        objective=options.objective,
        accounting=options.accounting,
        method=options.method,
    )


def _model_and_cost(
    options: argparse.Namespace, subject: Any, *, progress: bool | None
) -> tuple[Any, float]:
    from spreadlab.api_control import spread_cost
    from spreadlab.ou.params import OUParams

    given = {name: getattr(options, name) for name in _PARAMETERS}
    named = [name for name, value in given.items() if value is not None]
    if named:
        if subject is not None or len(named) < len(_PARAMETERS):
            raise InvalidInputError(
                "--" + named[0],
                "given with other sources" if subject is not None else "given without the others",
                "all of --kappa, --theta, --sigma, and no prices or fit with them",
            )
        return OUParams(**given), _plain_cost(options)
    if subject is None:
        raise InvalidInputError(
            "policy", "got no spread", "--kappa, --theta and --sigma, a fit, or prices with --pair"
        )
    if hasattr(subject, "kappa"):
        return subject, _plain_cost(options)
    pair = subject if hasattr(subject, "spread_of") else tested_pair(subject, options)
    model = fit.run(options, pair, progress=progress)
    if options.cost is not None:
        return model, float(options.cost)
    return model, spread_cost(pair, options.cost_bps, options.slippage_bps)


def _plain_cost(options: argparse.Namespace) -> float:
    if options.cost is None:
        raise InvalidInputError(
            "--cost",
            "not given",
            "a cost in units of the spread",
            "--cost-bps needs a pair's prices",
        )
    return float(options.cost)
