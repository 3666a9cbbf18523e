"""The matrix products of a tile: the only place where a scan touches the time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spreadlab.discovery.kernels.direct import MIN_VARIATION
from spreadlab.discovery.kernels.lanes import WIDTH
from spreadlab.discovery.kernels.moments import own_moments_nb
from spreadlab.task import poll_cancel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side of a tile: demeaned columns and what the residuals need of each alone.

    Attributes
    ----------
    demeaned : ndarray, shape (n, T)
        The columns about their means, one a row.
    means : ndarray, shape (n,)
        The means.
    own, head, tail : ndarray
        (n, K+2) moments of `own_moments_nb`, (n, K+1) first and (n, K+1) last values.
    """

    demeaned: NDArray[np.float64]
    means: NDArray[np.float64]
    own: NDArray[np.float64]
    head: NDArray[np.float64]
    tail: NDArray[np.float64]

    @classmethod
    def of(cls, columns: NDArray[np.float64], K: int) -> Side:
        """Return the side of `columns` (T, n)."""
        series = np.ascontiguousarray(columns.T)
        means = series.mean(axis=1)
        demeaned = series - means[:, np.newaxis]
        # The first mean carries the rounding of large levels; the mean of what is left does not.
        rest = demeaned.mean(axis=1)
        demeaned -= rest[:, np.newaxis]
        # What varies by rounding alone has no moments, so its pairs go the direct way and are told.
        size = np.maximum(series.max(axis=1), -series.min(axis=1))
        demeaned[np.ptp(series, axis=1) <= MIN_VARIATION * size] = 0.0
        own = np.empty((len(series), K + 2))
        own_moments_nb(demeaned, K, own)
        head, tail = demeaned[:, : K + 1].copy(), demeaned[:, -K - 1 :].copy()
        return cls(demeaned, means + rest, own, head, tail)

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.means)

    def turned(self, width: int) -> tuple[NDArray[np.float64], ...]:
        """Return `own`, `head` and `tail` transposed and padded to `width` columns."""
        return tuple(_padded(array.T, width) for array in (self.own, self.head, self.tail))


def padded_width(size: int) -> int:
    """Return `size` as a multiple of the lanes, one more so that rows do not share cache sets."""
    return -(-size // WIDTH) * WIDTH + WIDTH


def _padded(array: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    out = np.zeros((array.shape[0], width))
    out[:, : array.shape[1]] = array
    return out


def cross_products(
    left: Side, right: Side, K: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the products of two sides; `left is right` for a tile on the diagonal.

    Returns
    -------
    tuple of ndarray
        (I, J) products of the columns over all T, and (K+1, I, J): C_b + C_b', C_b = D_0' D_b,
        for b = 0 .. K over t = K+1 .. T-1 with D_b holding d_{t-b}.
    """
    width, columns = padded_width(right.size), right.size
    cross = np.zeros((left.size, width))
    sums = np.zeros((K + 1, left.size, width))
    np.matmul(left.demeaned, right.demeaned.T, out=cross[:, :columns])
    fill = _fill_own_sums if left is right else _fill_cross_sums
    fill(np.diff(left.demeaned, axis=1), np.diff(right.demeaned, axis=1), K, sums[:, :, :columns])
    return cross, sums


def _fill_cross_sums(
    d_left: NDArray[np.float64], d_right: NDArray[np.float64], K: int, out: NDArray[np.float64]
) -> None:
    """Write the sums of two sides, one product each.

    The two products of a lag are one of the left differences with what the right ones were b rows
    before and will be b rows later, each where the sample has it.
    """
    n = d_left.shape[1]
    np.matmul(d_left[:, K:], 2.0 * d_right[:, K:].T, out=out[0])
    around = np.empty(d_right.shape)
    for b in range(1, K + 1):
        poll_cancel()
        around[:, K - b : K] = d_right[:, K : K + b]
        np.add(d_right[:, K - b : n - 2 * b], d_right[:, K + b :], out=around[:, K : n - b])
        around[:, n - b :] = d_right[:, n - 2 * b : n - b]
        np.matmul(d_left[:, K - b :], around[:, K - b :].T, out=out[b])


def _fill_own_sums(
    d: NDArray[np.float64], _: NDArray[np.float64], K: int, out: NDArray[np.float64]
) -> None:
    """Write the sums of a side with itself: squares, of which BLAS computes half.

    C_b + C_b' = (D_0 + D_b)'(D_0 + D_b) - D_0' D_0 - D_b' D_b, and D_b' D_b is D_0' D_0 with the
    b rows before its sample added and its b last rows dropped.
    """
    n = d.shape[1]
    now = d[:, K:]
    both = now @ now.T
    both += both
    out[0] = both
    summed = np.empty(now.shape)
    for b in range(1, K + 1):
        poll_cancel()
        np.add(now, d[:, K - b : -b], out=summed)
        first, last = d[:, K - b : K], d[:, n - b :]
        out[b] = summed @ summed.T - both - first @ first.T + last @ last.T
