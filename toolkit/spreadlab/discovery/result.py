"""What a scan answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.discovery.legs import flags_of
from spreadlab.discovery.plan import pair_symbols
from spreadlab.discovery.rules import REASONS
from spreadlab.discovery.verdict import verdict_of, verdict_words
from spreadlab.display.html import card, table
from spreadlab.display.numbers import pvalue as pvalue_text
from spreadlab.display.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.discovery.counts import PvalueCounts
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.display.figure import StaticFigure

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PairRow:
    """One listed pair of a scan, to look at or to backtest.

    The fields mean what the columns of `to_frame` mean; `transform` is the scan's.
    """

    dependent: str
    hedge: str
    statistic: float
    pvalue: float
    pvalue_bh: float
    pvalue_by: float
    hedge_ratio: float
    intercept: float
    lags: int
    half_life: float
    hurst: float
    n_obs: int
    hedge_ratio_stderr: float
    hurst_dfa: float
    reason: str
    flags: str
    transform: str

    @property
    def name(self) -> str:
        """The pair as dependent-hedge."""
        return f"{self.dependent}-{self.hedge}"


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class DiscoveryResult:
    """Every pair of a universe, tested; one row per listed pair, by rising p-value.

    Attributes
    ----------
    pair : ndarray of int64, shape (M,)
        Number of the pair in the row-by-row upper triangle of the N x N map.
    swapped : ndarray of bool, shape (M,)
        Whether the later symbol of the pair is the dependent one.
    statistic, pvalue, hedge_ratio, hedge_ratio_stderr, intercept, lags, half_life, hurst : ndarray
        As in `PairResult`, shape (M,), of the direction with the smaller p-value.
    pvalue_bh, pvalue_by : ndarray, shape (M,)
        p-values adjusted by Benjamini-Hochberg and Benjamini-Yekutieli over all `n_tests`.
    pair_obs : ndarray of int64, shape (M,)
        Rows that the pair was tested on: all, unless ``align="pairwise"``.
    hurst_dfa : ndarray, shape (M,)
        DFA-1 exponent of the spread, see `dfa_exponent`; NaN beyond the best ``spec.dfa`` pairs and
        for fewer than 64 rows.
    reason : ndarray of int8, shape (M,)
        Why a pair has no answer, an index into the words of `to_frame`'s last column.
    all_pvalues : ndarray, shape (1 or 2, N (N - 1) / 2)
        p-values of all tests whether listed or not: row 0 the earlier symbol on the later one,
        row 1 the reverse. Of shape (1 or 2, 0) where they are counted.
    counts : PvalueCounts or None
        The p-values of a scan with more than 100 million tests: how many fall into each of many
        narrow bins. The adjusted p-values are then at most 1/256 above the exact ones, never below.
    leg_pvalue : ndarray, shape (N,)
        p-value of each symbol's own augmented Dickey-Fuller test with constant: a small one says
        that the symbol may be stationary, and of stationary legs cointegration says nothing.
    zero_share : ndarray, shape (N,)
        Share of each symbol's returns that are exactly zero: stale prices.
    symbols : tuple of str
        The universe.
    n_obs : int
        Rows T of the panel.
    spec : PairScanSpec
        What was asked.
    n_pending : int
        Tests that a folder read before its scan was done does not hold yet.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    pair: NDArray[np.int64]
    swapped: NDArray[np.bool_]
    statistic: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    pvalue_bh: NDArray[np.float64]
    pvalue_by: NDArray[np.float64]
    hedge_ratio: NDArray[np.float64]
    hedge_ratio_stderr: NDArray[np.float64]
    intercept: NDArray[np.float64]
    lags: NDArray[np.int64]
    half_life: NDArray[np.float64]
    hurst: NDArray[np.float64]
    hurst_dfa: NDArray[np.float64]
    pair_obs: NDArray[np.int64]
    reason: NDArray[np.int8]
    all_pvalues: NDArray[np.float64]
    leg_pvalue: NDArray[np.float64]
    zero_share: NDArray[np.float64]
    symbols: tuple[str, ...]
    n_obs: int
    spec: PairScanSpec
    n_pending: int = 0
    counts: PvalueCounts | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        if self.counts is not None:
            self.counts.counts.flags.writeable = False

    @property
    def alpha(self) -> float:
        """Level of the verdict."""
        return self.spec.alpha

    @property
    def n_symbols(self) -> int:
        """Symbols N of the universe."""
        return len(self.symbols)

    @property
    def n_pairs(self) -> int:
        """Pairs of the universe, N (N - 1) / 2."""
        return self.n_symbols * (self.n_symbols - 1) // 2

    @property
    def n_tests(self) -> int:
        """Tests with an answer, whether listed or not: what the adjustment counts."""
        if self.counts is not None:
            return self.counts.n_tests
        return int(np.count_nonzero(~np.isnan(self.all_pvalues)))

    @property
    def n_failed(self) -> int:
        """Tests without an answer: near-duplicates, constants, singular regressions."""
        return self._n_asked - self.n_tests - self.n_pending

    @property
    def n_excluded(self) -> int:
        """Pairs that the selection left out; its ``steps`` say why."""
        return 0 if self.spec.selection is None else self.spec.selection.n_excluded

    @property
    def _n_asked(self) -> int:
        return self.spec.n_tests(self.n_symbols)

    @property
    def n_kept(self) -> int:
        """Pairs listed, M."""
        return int(self.pair.size)

    def __len__(self) -> int:
        return self.n_kept

    def _names(self) -> tuple[list[str], list[str]]:
        i, j = pair_symbols(self.pair, self.n_symbols)
        dependent, hedge = np.where(self.swapped, j, i), np.where(self.swapped, i, j)
        return [self.symbols[k] for k in dependent], [self.symbols[k] for k in hedge]

    def _flags(self, rows: slice) -> list[str]:
        i, j = pair_symbols(self.pair[rows], self.n_symbols)
        swapped = self.swapped[rows]
        legs = zip(np.where(swapped, j, i), np.where(swapped, i, j), strict=True)
        return ["; ".join([*self._leg(y, "dependent"), *self._leg(x, "hedge")]) for y, x in legs]

    def _leg(self, symbol: int, name: str) -> list[str]:
        return flags_of(name, self.leg_pvalue[symbol], self.zero_share[symbol])

    def _columns(self, rows: slice = slice(None)) -> dict[str, Any]:
        dependent, hedge = self._names()
        columns: dict[str, Any] = {"dependent": dependent[rows], "hedge": hedge[rows]}
        for name in (
            "statistic",
            "pvalue",
            "pvalue_bh",
            "pvalue_by",
            "hedge_ratio",
            "intercept",
            "lags",
            "half_life",
            "hurst",
        ):
            columns[name] = getattr(self, name)[rows]
        columns["n_obs"] = self.pair_obs[rows]
        columns["hedge_ratio_stderr"] = self.hedge_ratio_stderr[rows]
        columns["hurst_dfa"] = self.hurst_dfa[rows]
        columns["reason"] = [REASONS[code] for code in self.reason[rows]]
        columns["flags"] = self._flags(rows)
        return columns

    def top(self, k: int = _SHOWN) -> tuple[PairRow, ...]:
        """Return the `k` listed pairs with the smallest p-values."""
        columns = self._columns(slice(0, max(k, 0)))
        columns["transform"] = [self.spec.transform] * len(columns["reason"])
        plain = [
            column.tolist() if isinstance(column, np.ndarray) else column
            for column in columns.values()
        ]
        return tuple(PairRow(*values) for values in zip(*plain, strict=True))

    @property
    def best(self) -> PairRow | None:
        """The listed pair with the smallest p-value, None if no pair is listed."""
        rows = self.top(1)
        return rows[0] if rows else None

    def verdict(self) -> str:
        """Return in words what the scan found, with what chance alone would have found."""
        if self.counts is not None:
            known, survivors = self.counts.n_tests, self.counts.survivors(self.alpha)
            below = self.counts.below
            return verdict_words(known, below, survivors, self.alpha, self.n_pending, self._n_asked)
        return verdict_of(self.all_pvalues, self.alpha, self.n_pending, self._n_asked)

    def __repr__(self) -> str:
        return (
            f"DiscoveryResult({self.n_symbols} symbols, {self.n_tests:,} tests, "
            f"{self.n_kept:,} pairs listed: {self.verdict()})"
        )

    def _repr_html_(self) -> str:
        rows = [
            (
                row.dependent,
                row.hedge,
                short(row.statistic),
                pvalue_text(row.pvalue),
                pvalue_text(row.pvalue_bh),
                pvalue_text(row.pvalue_by),
                short(row.hedge_ratio),
                short(row.half_life),
            )
            for row in self.top(_SHOWN)
        ]
        heads = (
            "dependent",
            "hedge",
            "statistic",
            "p",
            "p (BH)",
            "p (BY)",
            "hedge ratio",
            "half-life",
        )
        facts = {
            "symbols": short(self.n_symbols),
            "pairs left out": short(self.n_excluded),
            "tests": short(self.n_tests),
            "pairs listed": short(self.n_kept),
            "observations": short(self.n_obs),
        }
        below = table(heads, rows, text_columns=2)
        return card("Pair scan", facts, note=self.verdict(), below=below)

    def to_frame(self) -> pd.DataFrame:
        """Return the listed pairs by rising p-value.

        Columns: dependent, hedge, statistic, pvalue, pvalue_bh, pvalue_by, hedge_ratio,
        intercept, lags (-1 without an answer), half_life (bars), hurst, n_obs,
        hedge_ratio_stderr, hurst_dfa, reason ("" for a pair with an answer), flags ("stationary"
        and "stale" legs).
        """
        import pandas as pd

        return pd.DataFrame(self._columns())

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the columns of `to_frame` as a Parquet file."""
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table(self._columns()), path)

    def to_polars(self) -> Any:
        """Return the columns of `to_frame` as a polars DataFrame.

        Raises
        ------
        DataUnavailableError
            If polars is not installed.
        """
        try:
            import polars as pl
        except ImportError:
            from spreadlab.errors import DataUnavailableError

            raise DataUnavailableError(
                "to_polars needs polars: pip install 'spreadlab[polars]'"
            ) from None
        return pl.DataFrame(self._columns())

    def plot(self) -> StaticFigure:
        """Return the map of p-values beside their histogram and the level chance would give.

        Where p-values are counted there is no map.
        """
        from spreadlab.discovery.figures import counts_figure, scan_figure

        if self.counts is not None:
            return counts_figure(self.counts.counts, self.counts.edges())
        return scan_figure(self.all_pvalues, self.symbols)
