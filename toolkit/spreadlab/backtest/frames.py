"""Columns to frames: the one place of this package where pandas is imported for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd


def to_frame(
    columns: Mapping[str, Any], *, times: Any = None, index_name: str = "bar"
) -> pd.DataFrame:
    """Return a frame of `columns`, indexed by `times` (datetime64) where given."""
    import pandas as pd

    if times is not None:
        return pd.DataFrame(columns, index=pd.DatetimeIndex(times, name="time"))
    frame = pd.DataFrame(columns)
    frame.index.name = index_name
    return frame


def write_parquet(path: str | PathLike[str], columns: Mapping[str, Any]) -> None:
    """Write `columns` as a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(dict(columns)), path)
