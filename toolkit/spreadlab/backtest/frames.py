"""Columns to frames: the one place of this package where pandas is imported for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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
