"""Commands made from verbs: read prices, run the verb, print or write what it answers."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from spreadlab.cli import common
from spreadlab.errors import InvalidInputError
from spreadlab.verbs import fit, policy, trade, walk

_TABLES = (".parquet", ".csv")


@dataclass(frozen=True)
class Research:
    """A command line around a verb; the table of commands lists it."""

    name: str
    verb: ModuleType
    HELP: str
    EXAMPLE: str
    endings: tuple[str, ...] = _TABLES
    must_write: bool = False

    def __post_init__(self) -> None:
        # What ``--help`` begins with.
        object.__setattr__(self, "__doc__", self.verb.__doc__)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of `run`."""
        common.add_file_arguments(parser, optional=getattr(self.verb, "OPTIONAL_SUBJECT", False))
        self.verb.add_arguments(parser)

    def run(self, options: argparse.Namespace) -> int:
        """Read, compute, print, write."""
        if self.must_write and options.output is None:
            raise InvalidInputError("--output", "not given", f"a file ending in {self.endings[0]}")
        output = common.output_path(options, self.endings)
        result = self.verb.run(options, common.read(options), progress=common.progress_of(options))
        frame = _rows(result)
        if options.json:
            print(common.as_json(self.name, result, frame.reset_index()))
        elif not options.quiet:
            print(common.words_of(result))
            if not self.must_write:
                print(_details(result, frame))
        if output is not None:
            if output.suffix == ".html":
                result.to_html(output)
            else:
                common.write_frame(frame, output, index=True)
            if not (options.quiet or options.json):
                print(f"written to {output}")
        return 0


def _rows(result: Any) -> Any:
    """Return the table that says most: trades of a backtest, else the result's own."""
    return result.trades_frame() if hasattr(result, "trades_frame") else result.to_frame()


def _details(result: Any, frame: Any) -> str:
    if hasattr(result, "metrics"):
        return _listed(result.metrics.to_dict())
    if hasattr(result, "thresholds"):
        levels = dataclasses.asdict(result.thresholds)
        return _listed({name: level for name, level in levels.items() if level is not None})
    return str(frame.to_string(float_format=lambda value: f"{value:.4g}"))


def _listed(figures: dict[str, float]) -> str:
    return "\n".join(f"{name:20s} {value:.4g}" for name, value in figures.items())


_HTML = (".html", *_TABLES)
FIT = Research("fit", fit, fit.HELP, fit.EXAMPLE)
POLICY = Research("policy", policy, policy.HELP, policy.EXAMPLE)
BACKTEST = Research("backtest", trade, trade.HELP, trade.EXAMPLE, _HTML)
WALKFORWARD = Research("walkforward", walk, walk.HELP, walk.EXAMPLE, _HTML)
REPORT = Research(
    "report",
    trade,
    "backtest a pair and write an HTML report",
    "report prices.parquet --pair KO,PEP --split 2020-01-01 --cost-bps 2 -o report.html",
    (".html",),
    must_write=True,
)
