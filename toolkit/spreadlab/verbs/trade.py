"""Backtest a pair: fit before a date, trade from it on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab.verbs.options import (
    add_cost_options,
    add_pair_option,
    add_test_options,
    number,
    tested_pair,
)

if TYPE_CHECKING:
    from spreadlab.backtest.result import BacktestResult

HELP = "backtest a pair, fitted before a date and traded from it on"
EXAMPLE = "backtest prices.parquet --pair KO,PEP --split 2020-01-01 --cost-bps 2"
MAGIC_EXAMPLE = "%backtest prices --pair KO,PEP --split 2020-01-01 --cost-bps 2 -o bt"
SUBJECT = "prices"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    add_pair_option(parser)
    add_test_options(parser)
    parser.add_argument(
        "--split",
        metavar="DATE",
        help="first date of trading; fits use what is before it (default: all is in sample)",
    )
    add_rule_options(parser)
    add_cost_options(parser)
    parser.add_argument(
        "--capital", type=number, default=1_000_000.0, help="base of returns (default 1,000,000)"
    )
    parser.add_argument("--compounding", action="store_true", help="size by equity, not by capital")
    parser.add_argument(
        "--strategy",
        metavar="FILE",
        help="a strategy (.toml) that says all of the above; see sl.load_strategy",
    )


def add_rule_options(parser: argparse.ArgumentParser) -> None:
    """Add the choice of what is traded."""
    parser.add_argument(
        "--rule",
        default="optimal",
        help="optimal, zscore, kalman or the name of an installed rule (default %(default)s)",
    )
    parser.add_argument(
        "--discount", type=number, default=0.05, help="of the optimal policy (default %(default)s)"
    )
    parser.add_argument(
        "--lookback", type=int, default=60, help="bars of the z-score (default %(default)s)"
    )
    parser.add_argument("--entry-z", type=number, default=2.0, help="default %(default)s")
    parser.add_argument("--exit-z", type=number, default=0.0, help="default %(default)s")
    parser.add_argument("--stop-z", type=number, help="default none")
    parser.add_argument("--max-hold", type=int, help="bars; default none")


def rule_of(options: argparse.Namespace) -> Any:
    """Return the rule that the options describe; "optimal" is one that still needs a fit."""
    from spreadlab.backtest.kalman_rule import KalmanRule
    from spreadlab.backtest.rules import ZScoreRule
    from spreadlab.backtest.user_rules import load_rule
    from spreadlab.backtest.walk_spec import OptimalRule

    levels = {
        "entry_z": options.entry_z,
        "exit_z": options.exit_z,
        "stop_z": options.stop_z,
        "max_hold": options.max_hold,
    }
    if options.rule == "optimal":
        return OptimalRule(discount=options.discount)
    if options.rule == "zscore":
        return ZScoreRule(options.lookback, **levels)
    if options.rule == "kalman":
        return KalmanRule(**levels)
    return load_rule(options.rule)


def run(options: argparse.Namespace, subject: Any, *, progress: bool | None) -> BacktestResult:  # noqa: ARG001
    """Return the backtest of the trading part."""
    if options.strategy is not None:
        return _of_strategy(options, subject)
    from spreadlab.api_backtest import backtest
    from spreadlab.data.split import split_at

    formation, trading = split_at(subject, options.split, argument="--split")
    pair = tested_pair(formation, options)
    rule = rule_of(options)
    if options.rule == "optimal":
        rule = _solved(pair, options)
    return backtest(
        trading[[pair.dependent, pair.hedge]],
        pair=pair,
        policy=rule,
        capital=options.capital,
        compounding=options.compounding,
        cost_bps=options.cost_bps,
        slippage_bps=options.slippage_bps,
        borrow_bps=options.borrow_bps,
    )


def _of_strategy(options: argparse.Namespace, subject: Any) -> BacktestResult:
    """Return the backtest of a strategy's file, with which no other option of a trade is given."""
    from spreadlab.strategy.spec import load_strategy

    defaults = argparse.ArgumentParser(add_help=False)
    add_arguments(defaults)
    for name, value in vars(defaults.parse_args([])).items():
        if name != "strategy" and getattr(options, name) != value:
            raise InvalidInputError(
                f"--{name.replace('_', '-')}",
                "given with --strategy",
                "said in the strategy's file",
            )
    return load_strategy(options.strategy).backtest(subject)


def _solved(pair: Any, options: argparse.Namespace) -> Any:
    from spreadlab.api_control import solve_hjb, spread_cost
    from spreadlab.api_ou import estimate_ou

    cost = spread_cost(pair, options.cost_bps, options.slippage_bps)
    if not cost > 0:
        raise InvalidInputError(
            "--cost-bps", "no cost is given", "above 0 for the optimal rule, which waits for costs"
        )
    return solve_hjb(estimate_ou(pair.spread), discount=options.discount, cost=cost)
