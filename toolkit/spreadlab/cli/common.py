"""What the research commands share: prices from a file, a result to a file, to words or to JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any

from spreadlab._version import __version__
from spreadlab.errors import InvalidInputError


def add_file_arguments(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add where prices come from and where the answer goes."""
    parser.add_argument(
        "prices",
        nargs="?" if optional else None,
        help="CSV or Parquet: a date column and one column a symbol",
    )
    parser.add_argument("--start", help="first date, like 2014-01-01")
    parser.add_argument("--end", help="last date, like 2022-12-28")
    parser.add_argument("-o", "--output", help="file to write; its ending says how")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress, no words")


def read(options: argparse.Namespace) -> Any:
    """Return the price table of the command line, None without one."""
    from spreadlab.data.files import read_prices

    if options.prices is None:
        return None
    prices: Any = read_prices(options.prices)
    if options.start is not None or options.end is not None:
        prices = prices.loc[options.start : options.end]
    return prices


def progress_of(options: argparse.Namespace) -> bool | None:
    """Return whether a bar is shown: on a terminal, when the work is long."""
    return None if sys.stderr.isatty() and not (options.quiet or options.json) else False


def output_path(options: argparse.Namespace, endings: tuple[str, ...]) -> Path | None:
    """Return the file to write, checked before any work is done."""
    if options.output is None:
        return None
    path = Path(options.output)
    if path.suffix not in endings:
        raise InvalidInputError(
            "--output", f"got {path.name!r}", f"a file that ends in {' or '.join(endings)}"
        )
    if not path.parent.is_dir():
        raise InvalidInputError("--output", f"no such folder: {path.parent}", "an existing folder")
    return path


def write_frame(frame: Any, path: Path, *, index: bool = False) -> None:
    """Write a frame as CSV or Parquet."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=index)
    else:
        frame.to_parquet(path, index=index)


def as_json(command: str, result: Any, frame: Any) -> str:
    """Return one JSON object: the result's single figures, and its table as rows.

    What has no value (NaN, infinite) is null.
    """
    figures = {
        field.name: value
        for field in dataclasses.fields(result)
        if isinstance(value := getattr(result, field.name), bool | int | float | str)
    }
    metrics = getattr(result, "metrics", None)
    if metrics is not None:
        figures |= metrics.to_dict()
    body = {
        "command": command,
        "version": __version__,
        "summary": words_of(result),
        "figures": figures,
        "rows": frame.to_dict(orient="records"),
    }
    return json.dumps(_plain(body), allow_nan=False)


def words_of(result: Any) -> str:
    """Return what a result says of itself."""
    return str(result.verdict()) if hasattr(result, "verdict") else repr(result)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
