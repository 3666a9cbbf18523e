"""Show what was tried: the ledger of backtests, sweeps and walk-forwards on this machine."""

from __future__ import annotations

import argparse
import json

from spreadlab.errors import InvalidInputError

HELP = "show or clear the ledger of trials"
EXAMPLE = "ledger --study 'energy pairs'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("--study", help="only this study")
    parser.add_argument("--kind", help="only backtests, sweeps, ... (the kind column)")
    parser.add_argument("--clear", action="store_true", help="delete the trials of --study")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List the studies, or the trials of one; or clear one."""
    from spreadlab.backtest.ledger import ledger

    if options.clear:
        if options.study is None:
            raise InvalidInputError("--clear", "given without --study", "the study to clear")
        removed = ledger.clear(options.study)
        print(f"{removed:,} trial{'s' * (removed != 1)} of {options.study!r} deleted")
        return 0
    if options.study is None and options.kind is None:
        studies = ledger.studies()
        if options.json:
            print(json.dumps(studies, sort_keys=True))
        elif not studies:
            print("no trials yet")
        else:
            width = max(len(name) for name in studies)
            for name, count in sorted(studies.items()):
                print(f"{name:{width}s}  {count:,} trial{'s' * (count != 1)}")
        return 0
    frame = ledger.to_frame(options.study, options.kind)
    if options.json:
        print(frame.to_json(orient="records", date_format="iso"))
    else:
        print(frame.to_string(index=False) if len(frame) else "no trials here")
    return 0
