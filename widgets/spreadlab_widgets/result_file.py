"""A Parquet file of results, as the viewer shows it: what it is, its main figures, its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.display.html import card, table
from spreadlab.display.numbers import short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

_HEADS = {"pvalue": "p", "pvalue_bh": "p (BH)", "pvalue_by": "p (BY)"}
MOST_ROWS = 500  # beyond that a page of plain rows helps nobody


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResultFile:
    """The rows of a file that a result's ``to_parquet`` wrote.

    Attributes
    ----------
    name : str
        Of the file.
    kind : str
        What it holds, in words.
    frame : DataFrame
        All of its rows.
    """

    name: str
    kind: str
    frame: pd.DataFrame

    def __repr__(self) -> str:
        return f"ResultFile({self.name!r}, {self.kind}, {len(self.frame):,} rows)"

    def _repr_html_(self) -> str:
        kind = next(kind for kind in _KINDS if kind.title == self.kind)
        facts = {"rows": f"{len(self.frame):,}", **kind.facts(self.frame)}
        shown = self.frame.head(MOST_ROWS)
        left = len(self.frame) - len(shown)
        note = f"The first {MOST_ROWS} rows; {left:,} more are in the file." if left else ""
        texts = [name for name in shown if _is_text(shown[name])]
        numbers = [name for name in shown if name not in texts]
        # A column of empty words, such as flags where nothing is odd, only takes room.
        texts = [name for name in texts if (shown[name] != "").any()]
        columns = [*texts, *numbers]
        rows = ([_cell(value) for value in row] for row in shown[columns].itertuples(index=False))
        heads = [_HEADS.get(name, str(name).replace("_", " ")) for name in columns]
        below = table(heads, rows, text_columns=len(texts))
        return card(f"{self.name}: {self.kind}", facts, note=note, below=below)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of file is known, by columns that no other has together, and what is told."""

    title: str
    columns: frozenset[str]
    facts: Callable[[pd.DataFrame], dict[str, str]]


def _scan_facts(frame: pd.DataFrame) -> dict[str, str]:
    names = {"pvalue": "p < .05", "pvalue_bh": "p (BH) < .05", "pvalue_by": "p (BY) < .05"}
    return {
        label: f"{int((frame[name] < 0.05).sum()):,}"
        for name, label in names.items()
        if name in frame
    }


def _equity_facts(frame: pd.DataFrame) -> dict[str, str]:
    equity = frame["equity"].to_numpy()
    facts = {
        "equity at the end": short(float(equity[-1])) if equity.size else "n/a",
        "largest drawdown": short(float(np.max(frame["drawdown"]))) if equity.size else "n/a",
    }
    if "time" in frame and equity.size:
        first, last = frame["time"].iloc[0], frame["time"].iloc[-1]
        facts["from"], facts["to"] = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
    return facts


def _no_facts(frame: pd.DataFrame) -> dict[str, str]:  # noqa: ARG001 - others need it
    return {}


_KINDS = (
    _Kind(
        "pairs of a scan",
        frozenset({"dependent", "hedge", "statistic", "pvalue", "hedge_ratio"}),
        _scan_facts,
    ),
    _Kind("bars of a backtest", frozenset({"equity", "returns", "drawdown"}), _equity_facts),
    _Kind(
        "trades of a backtest", frozenset({"entry", "exit", "pnl", "holding", "reason"}), _no_facts
    ),
    _Kind(
        "points of a sweep",
        frozenset({"sharpe", "total_return", "max_drawdown", "turnover"}),
        _no_facts,
    ),
    _Kind(
        "folds of a walk-forward", frozenset({"in_sample_sharpe", "n_selected", "pnl"}), _no_facts
    ),
)


def kind_of(columns: Sequence[str]) -> str | None:
    """Return what a file with these columns holds, in words; None if it is no result."""
    held = set(columns)
    return next((kind.title for kind in _KINDS if kind.columns <= held), None)


def read_columns(path: str | Path) -> list[str]:
    """Return the names of the columns of a Parquet file, without reading its rows.

    Raises
    ------
    InvalidInputError
        If the file is missing or damaged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return list(parquet.read_schema(path).names)
    except FileNotFoundError:
        raise InvalidInputError(
            "path", f"no such file: {str(path)!r}", "an existing file"
        ) from None
    except (pa.ArrowInvalid, OSError) as error:
        name = Path(path).name
        raise InvalidInputError("path", f"{name} is damaged ({error})", "a Parquet file") from None


def read_result(path: str | Path) -> ResultFile:
    """Return the rows of a file that a result's ``to_parquet`` wrote.

    Parameters
    ----------
    path : path
        A Parquet file.

    Raises
    ------
    InvalidInputError
        If the file is missing, damaged, or holds no result.
    """
    import pandas as pd

    columns = read_columns(path)
    kind = kind_of(columns)
    if kind is None:
        kinds = ", ".join(known.title for known in _KINDS)
        raise InvalidInputError(
            "path", f"{Path(path).name} has the columns {', '.join(columns[:12])}", kinds
        )
    return ResultFile(Path(path).name, kind, pd.read_parquet(path))


def _is_text(column: pd.Series) -> bool:
    return column.dtype.kind not in "fiubM"


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return short(float(value))
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return str(value)
