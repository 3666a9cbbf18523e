"""How long to wait before the next try."""

from __future__ import annotations

from dataclasses import dataclass

from spreadlab._validation import ensure_float


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that grow: `first`, `first` x `factor`, ... seconds, at most `most`.

    Parameters
    ----------
    first, most : float
        Seconds, positive.
    factor : float
        At least 1.

    Raises
    ------
    InvalidInputError
        If one is outside its range.
    """

    first: float = 1.0
    factor: float = 2.0
    most: float = 60.0

    def __post_init__(self) -> None:
        ensure_float(self.first, "first", low=0, low_open=True)
        ensure_float(self.factor, "factor", low=1)
        ensure_float(self.most, "most", low=self.first)

    def seconds(self, failures: int) -> float:
        """Return the wait after so many failures in a row, 1 for the first."""
        # The exponent is bounded: a line that is down for a week must not overflow.
        return min(self.first * self.factor ** min(failures - 1, 64), self.most)
