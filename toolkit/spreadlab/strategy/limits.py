"""How much a book may hold and lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spreadlab._validation import ensure_float


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits as fractions of the book's capital; None is no limit.

    Parameters
    ----------
    gross : float, optional
        Most gross value of the net book. A fill that would go beyond is refused.
    name : float, optional
        Most value of one symbol, long or short. A fill that would go beyond is refused.
    pair_loss : float, optional
        Most that a pair may lose: it is flattened at the next bar, and enters nothing before
        `PaperBook.release`.
    daily_loss : float, optional
        Most that the book may lose in a trading day: everything is flattened at the next bar, and
        nothing is entered before the next day.

    Raises
    ------
    InvalidInputError
        If a limit is not positive.
    """

    gross: float | None = None
    name: float | None = None
    pair_loss: float | None = None
    daily_loss: float | None = None

    def __post_init__(self) -> None:
        for key in self.__slots__:
            value = getattr(self, key)
            if value is not None:
                number = ensure_float(value, f"limits.{key}", low=0, low_open=True)
                object.__setattr__(self, key, number)

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return {key: getattr(self, key) for key in self.__slots__}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Limits:
        """Return the limits that `to_dict` wrote."""
        return cls(**body)
