"""The last values of something, in one piece of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tail:
    """Rows that are added one by one, of which the last `keep` are remembered.

    Parameters
    ----------
    keep : int or None
        Rows to remember at least; None remembers all.
    width : int
        Numbers in a row.
    """

    def __init__(self, keep: int | None, width: int = 1) -> None:
        self._keep = keep
        self._rows = np.empty((64 if keep is None else 2 * max(keep, 1), width))
        self._stop = 0

    def push(self, row: float | Sequence[float] | NDArray[np.float64]) -> None:
        """Add a row."""
        if self._stop == self._rows.shape[0]:
            if self._keep is None:
                self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
            else:
                self._rows[: self._keep] = self._rows[self._stop - self._keep :]
                self._stop = self._keep
        self._rows[self._stop] = row
        self._stop += 1

    def last(self, n: int | None = None) -> NDArray[np.float64]:
        """Return a read-only view of the last `n` rows (n, width), fewer if there are fewer.

        It holds until the next push.
        """
        kept = self._stop if self._keep is None else min(self._stop, self._keep)
        first = self._stop - (kept if n is None else min(n, kept))
        view = self._rows[first : self._stop]
        view.flags.writeable = False
        return view

    def __len__(self) -> int:
        return self._stop if self._keep is None else min(self._stop, self._keep)
