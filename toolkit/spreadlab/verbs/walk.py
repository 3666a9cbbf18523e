"""Walk forward: scan, select, fit and solve on one window, trade the next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spreadlab.verbs.options import add_cost_options, add_test_options, number
from spreadlab.verbs.trade import add_rule_options, rule_of

if TYPE_CHECKING:
    from spreadlab.backtest.walk_result import WalkForwardResult

HELP = "scan, select, fit on one window, trade the next, move on"
EXAMPLE = "walkforward prices.parquet --formation 504 --trading 126 --cost-bps 2"
MAGIC_EXAMPLE = "%walkforward prices --formation 504 --trading 126 --cost-bps 2 -o wf"
SUBJECT = "prices"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("--formation", type=int, default=504, help="bars (default %(default)s)")
    parser.add_argument("--trading", type=int, default=126, help="bars (default %(default)s)")
    parser.add_argument("--step", type=int, help="bars to the next window (default: --trading)")
    parser.add_argument("--purge", type=int, default=0, help="bars left out between the two")
    parser.add_argument(
        "--select",
        choices=("bh", "by", "raw"),
        default="bh",
        help="p-values, adjusted how, that choose pairs (default %(default)s)",
    )
    parser.add_argument("--max-pairs", type=int, default=10, help="default %(default)s")
    parser.add_argument("-a", "--alpha", type=number, default=0.05, help="default %(default)s")
    add_test_options(parser)
    add_rule_options(parser)
    add_cost_options(parser)
    parser.set_defaults(cost_bps=1.0, slippage_bps=1.0)


def run(options: argparse.Namespace, subject: Any, *, progress: bool | None) -> WalkForwardResult:
    """Return the walk-forward."""
    from spreadlab.api_backtest import walk_forward

    return walk_forward(
        subject,
        formation=options.formation,
        trading=options.trading,
        step=options.step,
        purge=options.purge,
        select=options.select,
        max_pairs=options.max_pairs,
        rule=rule_of(options),
        transform=options.transform,
        lags=options.lags,
        alpha=options.alpha,
        progress=progress,
        cost_bps=options.cost_bps,
        slippage_bps=options.slippage_bps,
        borrow_bps=options.borrow_bps,
    )
