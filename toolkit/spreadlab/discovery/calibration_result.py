"""What a calibration answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._validation import ensure_float
from spreadlab.display.html import card, table
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.display.figure import StaticFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class CalibrationResult:
    """Discoveries in a universe against those in universes like it without cointegration.

    Attributes
    ----------
    levels : ndarray, shape (L,)
        p-value levels.
    observed : ndarray, shape (L,)
        Tests at or below each level in the given universe.
    null : ndarray, shape (n_universes, L)
        The same counts in the null universes.
    n_tests : int
        Tests of the given universe with an answer.
    method : str
        How the null universes were drawn.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    levels: NDArray[np.float64]
    observed: NDArray[np.float64]
    null: NDArray[np.float64]
    n_tests: int
    method: str
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_universes(self) -> int:
        """Null universes."""
        return len(self.null)

    @property
    def expected(self) -> NDArray[np.float64]:
        """Mean count of the null universes at each level, shape (L,)."""
        return np.asarray(self.null.mean(axis=0))

    @property
    def fdr(self) -> NDArray[np.float64]:
        """Empirical false discovery rate at each level: expected over observed, at most 1.

        NaN where nothing was observed.
        """
        out = np.full(self.levels.size, np.nan)
        found = self.observed > 0
        out[found] = np.minimum(self.expected[found] / self.observed[found], 1.0)
        return out

    def interval(self, level: float = 0.99) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the range that holds `level` of the null universes, at each p-value level."""
        inside = ensure_float(level, "level", low=0.0, high=1.0, low_open=True, high_open=True)
        tails = [0.5 * (1.0 - inside), 0.5 * (1.0 + inside)]
        low, high = np.quantile(self.null, tails, axis=0, method="inverted_cdf")
        return low, high

    def pvalue(self) -> NDArray[np.float64]:
        """Return, at each level, the share of universes (the given one too) with as many.

        A p-value of the whole universe: how often one without cointegration shows as much.
        """
        as_many = (self.null >= self.observed).sum(axis=0)
        return np.asarray((as_many + 1.0) / (self.n_universes + 1.0))

    def threshold(self, fdr: float = 0.1) -> float:
        """Return the largest level whose empirical false discovery rate is at most `fdr`.

        NaN if there is none.
        """
        most = ensure_float(fdr, "fdr", low=0.0, high=1.0, low_open=True)
        good = self.levels[np.nan_to_num(self.fdr, nan=np.inf) <= most]
        return float(good[-1]) if good.size else float("nan")

    def verdict(self) -> str:
        """Return in words whether the universe shows more than chance."""
        k = int(np.argmin(np.abs(self.levels - 0.05)))
        low, high = self.interval()
        count = self.observed[k]
        where = "more than" if count > high[k] else "fewer than" if count < low[k] else "inside"
        return (
            f"{count:,.0f} of {self.n_tests:,} tests have p <= .05; universes like this one "
            f"without any cointegrated pair have {short(float(self.expected[k]))} on average and "
            f"99 % of them between {low[k]:,.0f} and {high[k]:,.0f}: {where} "
            f"{'that range' if where == 'inside' else 'chance explains'}."
        )

    def _rows(self) -> list[tuple[str, ...]]:
        low, high = self.interval()
        return [
            (
                f"{self.levels[k]:g}",
                f"{self.observed[k]:,.0f}",
                short(float(self.expected[k])),
                f"{low[k]:,.0f} to {high[k]:,.0f}",
                short(float(self.fdr[k])),
            )
            for k in np.flatnonzero(np.isin(self.levels, (1e-4, 1e-3, 0.01, 0.05, 0.1)))
        ]

    def __repr__(self) -> str:
        return f"CalibrationResult({self.method}, {self.n_universes} universes: {self.verdict()})"

    def _repr_html_(self) -> str:
        heads = ("p at most", "observed", "expected by chance", "99 % of chance", "empirical FDR")
        facts = {"null universes": short(self.n_universes), "drawn by": self.method}
        return card("Calibration", facts, note=self.verdict(), below=table(heads, self._rows()))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per level: observed, expected, low, high (99 %), fdr, pvalue."""
        import pandas as pd

        low, high = self.interval()
        return pd.DataFrame(
            {
                "level": self.levels,
                "observed": self.observed,
                "expected": self.expected,
                "low": low,
                "high": high,
                "fdr": self.fdr,
                "pvalue": self.pvalue(),
            }
        )

    def plot(self) -> StaticFigure:
        """Return observed against expected discoveries, and the empirical FDR, by level."""
        from spreadlab.display.figure import ALERT, FLAT, LONG, new_figure

        figure, (left, right) = new_figure(1, 2, size=(10.0, 4.0))
        low, high = self.interval()
        left.fill_between(self.levels, low, high, color=FLAT, alpha=0.6, label="99 % of chance")
        left.plot(self.levels, self.expected, color="black", lw=1, ls="--", label="chance, mean")
        left.plot(self.levels, self.observed, color=LONG, marker="o", ms=3, label="observed")
        left.set_xscale("log")
        left.set_yscale("symlog", linthresh=1.0)
        left.set_ylim(bottom=0.0)
        left.set_ylabel(f"tests at or below, of {self.n_tests:,}")
        left.legend(frameon=False, fontsize=8)
        right.plot(self.levels, self.fdr, color=ALERT, marker="o", ms=3)
        right.set_xscale("log")
        right.set_ylim(0.0, 1.05)
        right.set_ylabel("empirical false discovery rate")
        for axes in (left, right):
            axes.set_xlabel("p-value level")
        return figure
