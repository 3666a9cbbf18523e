"""What a person should look at, with the numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spreadlab.live.ticks import time_text

KINDS = (
    "crossing",
    "stop",
    "stale",
    "half_life",
    "pvalue",
    "cusum",
    "out_of_band",
    "limit",
    "refused",
)
BREAKING = ("half_life", "pvalue", "cusum", "out_of_band")
"""Kinds that say the relationship may be breaking."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something happened to a pair.

    Attributes
    ----------
    pair : str
        Its name; "" for the whole book.
    time : int
        End of the bar that showed it, nanoseconds since 1970 UTC.
    kind : str
        One of "crossing", "stop", "stale", "half_life", "pvalue", "cusum", "out_of_band", "limit",
        "refused".
    numbers : mapping of str to float
        What was measured and what it was compared with.
    words : str
        One sentence that says it all.
    """

    pair: str
    time: int
    kind: str
    numbers: Mapping[str, float]
    words: str

    @property
    def is_breaking(self) -> bool:
        """Whether it says that the relationship may be breaking."""
        return self.kind in BREAKING

    def __str__(self) -> str:
        return f"{time_text(self.time)} {self.words}"

    def to_dict(self) -> dict[str, Any]:
        """Return its parts as plain values."""
        return {
            "pair": self.pair,
            "kind": self.kind,
            "numbers": dict(self.numbers),
            "words": self.words,
        }
