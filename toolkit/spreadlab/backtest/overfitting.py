"""Is the best strategy in sample any good out of sample? Combinatorially symmetric validation."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_int
from spreadlab.display.html import card
from spreadlab.display.numbers import percent, short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure

_MAX_BLOCKS = 20
_SPLITS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class OverfittingResult:
    """How the strategy that is best in one half of the time does in the other half.

    Attributes
    ----------
    probability : float
        Share of splits in which it is at or below the median of all strategies (PBO).
    logits : ndarray, shape (S,)
        ``ln(w / (1 - w))`` of its relative rank w out of sample, by split.
    best : ndarray of int64, shape (S,)
        Which strategy it was.
    in_sample, out_of_sample : ndarray, shape (S,)
        Its per-period Sharpe ratio in either half.
    n_strategies, n_blocks : int
        As given.
    """

    probability: float
    logits: NDArray[np.float64]
    best: NDArray[np.int64]
    in_sample: NDArray[np.float64]
    out_of_sample: NDArray[np.float64]
    n_strategies: int
    n_blocks: int

    @property
    def loss_probability(self) -> float:
        """Share of splits in which the best strategy loses money out of sample."""
        return float(np.mean(self.out_of_sample < 0))

    def __repr__(self) -> str:
        return (
            f"OverfittingResult(probability={short(self.probability)}, "
            f"loss_probability={short(self.loss_probability)}, "
            f"{self.n_strategies} strategies, {self.logits.size:,} splits)"
        )

    def _repr_html_(self) -> str:
        facts = {
            "probability of overfitting": percent(self.probability),
            "probability of a loss out of sample": percent(self.loss_probability),
            "strategies": short(self.n_strategies),
            "splits": short(int(self.logits.size)),
        }
        return card("Backtest overfitting (CSCV)", facts)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a split."""
        from spreadlab.backtest.frames import to_frame

        columns = {
            "best": self.best,
            "in_sample": self.in_sample,
            "out_of_sample": self.out_of_sample,
            "logit": self.logits,
        }
        return to_frame(columns, index_name="split")

    def plot(self) -> StaticFigure:
        """Return the distribution of logits, and Sharpe ratios out of sample against in sample."""
        from spreadlab.display.figure import ALERT, INK, LONG, new_figure

        figure, (left, right) = new_figure(1, 2, size=(9.0, 3.8))
        left.hist(self.logits, bins=40, color=LONG)
        left.axvline(0.0, color=ALERT, linewidth=1.0)
        left.set_xlabel("logit of the rank out of sample")
        left.set_ylabel("splits")
        left.set_title(f"PBO {percent(self.probability)}", fontsize=10, loc="left")
        right.scatter(self.in_sample, self.out_of_sample, s=4, color=LONG, alpha=0.4)
        right.axhline(0.0, color=INK, linewidth=0.6)
        right.set_xlabel("Sharpe ratio in sample (per period)")
        right.set_ylabel("out of sample")
        return figure


def probability_of_overfitting(returns: Any, *, n_blocks: int = 16) -> OverfittingResult:
    """Return how often the best strategy of one half of the time disappoints in the other.

    Parameters
    ----------
    returns : array_like, shape (T, N)
        Returns of N strategies over the same bars, one a column; those that never vary are left
        out.
    n_blocks : int
        Even number of blocks that time is cut into, 4 to 20. Every choice of half of them is one
        split: 12,870 for 16.

    Returns
    -------
    OverfittingResult

    Raises
    ------
    InvalidInputError
        If there are fewer than two strategies that vary or too few bars, or a return is missing.

    Notes
    -----
    Combinatorially symmetric cross-validation: in each split the strategy with the best Sharpe
    ratio on one half gets the rank r among N on the other (1 is worst), ``w = r / (N + 1)``, and
    the probability of overfitting is the share of splits with ``ln(w / (1 - w)) <= 0``. A
    strategy without variation in a half has the ratio 0 there. Blocks differ by at most one bar.
    With selection that knows nothing it is about one half; with one strategy that is truly better
    it is near zero.

    References
    ----------
    Bailey, Borwein, Lopez de Prado, Zhu, The probability of backtest overfitting, Journal of
    Computational Finance 20(4) (2017) 39-69.
    """
    n_blocks = ensure_int(n_blocks, "n_blocks", low=4, high=_MAX_BLOCKS)
    if n_blocks % 2:
        raise InvalidInputError("n_blocks", f"got {n_blocks}", "even")
    table = _read_returns(returns, n_blocks)
    blocks = np.array_split(table, n_blocks)
    sums = np.array([block.sum(axis=0) for block in blocks])
    squares = np.array([(block**2).sum(axis=0) for block in blocks])
    sizes = np.array([float(len(block)) for block in blocks])
    splits = np.zeros((math.comb(n_blocks, n_blocks // 2), n_blocks))
    for i, chosen in enumerate(itertools.combinations(range(n_blocks), n_blocks // 2)):
        splits[i, list(chosen)] = 1.0
    parts = [
        _judge(part, sums, squares, sizes)
        for part in np.array_split(splits, max(len(splits) // _SPLITS_AT_ONCE, 1))
    ]
    best, inside, outside, ranks = (np.concatenate(column) for column in zip(*parts, strict=True))
    share = ranks / (table.shape[1] + 1)
    logits = np.log(share / (1.0 - share))
    return OverfittingResult(
        probability=float(np.mean(logits <= 0)),
        logits=logits,
        best=best,
        in_sample=inside,
        out_of_sample=outside,
        n_strategies=table.shape[1],
        n_blocks=n_blocks,
    )


def _read_returns(returns: Any, n_blocks: int) -> NDArray[np.float64]:
    try:
        table = np.asarray(returns, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError("returns", f"got {returns!r}"[:80], "T x N numbers") from None
    if table.ndim != 2:
        raise InvalidInputError("returns", f"got shape {table.shape}", "of shape (T, N)")
    if not np.isfinite(table).all():
        raise InvalidInputError("returns", "has NaN or infinite values", "finite")
    if table.shape[0] < 2 * n_blocks:
        raise InvalidInputError(
            "returns", f"{table.shape[0]} bars for {n_blocks} blocks", "two bars a block"
        )
    table = table[:, np.ptp(table, axis=0) > 0]
    if table.shape[1] < 2:
        raise InvalidInputError("returns", "fewer than two strategies vary", "two or more")
    return table


def _judge(
    chosen: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return best strategy, its ratio in and out of sample, and its rank, for some splits."""
    inside = _ratios(chosen, sums, squares, sizes)
    outside = _ratios(1.0 - chosen, sums, squares, sizes)
    rows = np.arange(len(chosen))
    best = inside.argmax(axis=1)
    value = outside[rows, best]
    below = (outside < value[:, None]).sum(axis=1)
    same = (outside == value[:, None]).sum(axis=1)
    return best, inside[rows, best], value, below + (same + 1) / 2.0


def _ratios(
    chosen: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> NDArray[np.float64]:
    n = (chosen @ sizes)[:, None]
    mean = chosen @ sums / n
    variance = np.maximum((chosen @ squares) / n - mean**2, 0.0) * n / (n - 1.0)
    flat = variance <= 1e-30 + 1e-14 * mean**2
    ratios = mean / np.sqrt(np.where(flat, 1.0, variance))
    ratios[flat] = 0.0
    return np.asarray(ratios)
