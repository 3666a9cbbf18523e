"""The outcome of many tests, said plainly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spreadlab.discovery.multiplicity import Adjustment
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from numpy.typing import NDArray


def verdict_of(
    pvalues: NDArray[np.float64], alpha: float, n_pending: int = 0, n_asked: int | None = None
) -> str:
    """Return how many tests are below `alpha`, how many chance gives, and how many survive.

    Parameters
    ----------
    pvalues : ndarray
        p-values of all tests; NaN where a test had no answer.
    alpha : float
        The level.
    n_asked : int, optional
        Tests that were asked for; all by default.
    n_pending : int
        Tests among the NaN that have not been run yet.
    """
    known = pvalues[~np.isnan(pvalues)]
    asked = pvalues.size if n_asked is None else n_asked
    below = int(np.count_nonzero(known < alpha))
    survivors = Adjustment(known).survivors(alpha) if known.size else (0, 0)
    return verdict_words(known.size, below, survivors, alpha, n_pending, asked)


def verdict_words(
    n_tests: int, below: int, survivors: tuple[int, int], alpha: float, n_pending: int, asked: int
) -> str:
    """Return the sentence from its numbers: tests with an answer, below `alpha`, surviving."""
    missing = asked - n_tests - n_pending
    if not n_tests:
        return (
            f"None of {asked:,} tests has an answer yet."
            if n_pending
            else (f"None of {asked:,} tests has an answer.")
        )
    level = f"{alpha:g}".removeprefix("0")
    survive_bh, survive_by = survivors
    verb = "has" if below == 1 else "have"
    words = (
        f"{below:,} of {n_tests:,} tests {verb} p < {level}; "
        f"about {_count(alpha * n_tests)} would by chance alone; "
    )
    if survive_bh == 0:
        words += "none survives Benjamini-Hochberg."
    else:
        verb = "survives" if survive_bh == 1 else "survive"
        also = "none" if survive_by == 0 else f"{survive_by:,}"
        words += f"{survive_bh:,} {verb} Benjamini-Hochberg, {also} Benjamini-Yekutieli."
    if missing:
        words += f" {missing:,} more {'test' if missing == 1 else 'tests'} had no answer."
    if n_pending:
        words += f" The scan is not complete: {n_pending:,} tests are still to be run."
    return words


def _count(expected: float) -> str:
    return short(round(expected)) if expected >= 100 else f"{expected:.1f}".removesuffix(".0")
