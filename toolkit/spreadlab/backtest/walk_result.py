"""What a walk-forward answers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._validation import check_choice
from spreadlab.backtest.frames import to_frame, write_parquet
from spreadlab.backtest.judged import Judged
from spreadlab.backtest.metrics import drawdown_of, sharpe_of
from spreadlab.backtest.overfitting import OverfittingResult, probability_of_overfitting
from spreadlab.backtest.significance import moments_of, sharpe_stderr
from spreadlab.backtest.trades import datetimes
from spreadlab.backtest.walk_fold import MULTIPLES, PAIR_COLUMNS
from spreadlab.display.html import card, table
from spreadlab.display.numbers import percent, short
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.backtest.study import Study
    from spreadlab.backtest.walk_spec import WalkForwardSpec
    from spreadlab.display.figure import StaticFigure
    from spreadlab.task import Inputs

_FOLD_NAMES = ("n_tests", "n_raw", "n_selected", "n_not_reverting", "setting")


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class WalkForwardResult(Judged):
    """Trading windows stitched together, each traded on what its formation window said.

    Attributes
    ----------
    equity, returns, drawdown : ndarray, shape (M,)
        Out of sample, over the bars of all trading windows; returns are over `capital`.
    bars : ndarray of int64, shape (M,)
        Rows of the prices that these bars are.
    times : ndarray, shape (M,), or None
        Seconds since 1970 UTC.
    fold : ndarray of int64, shape (M,)
        Fold of each bar.
    folds : mapping of str to ndarray, shape (F,)
        formation_start, trading_start, trading_end (rows), n_tests, n_raw (pairs with p <= alpha
        before adjustment), n_selected, n_not_reverting (selected, but without a fit), setting
        (number of the grid's rule that was best in formation, -1 where there is none),
        in_sample_sharpe, out_of_sample_sharpe, pnl, survival (share of the fold's pairs that the
        next one selects again, NaN where there is none or no next fold).
    pairs : mapping of str to ndarray, shape (P,)
        One entry a traded pair and fold: fold, dependent and hedge (column numbers), its hedge
        ratio, p-values, levels, Sharpe ratios in and out of sample, pnl and trades.
    costs : mapping of str to ndarray, shape (3,)
        multiple of every cost (0, 1, 2), and the out-of-sample sharpe and total_return with it.
    grid_returns : ndarray, shape (M, G)
        Out-of-sample returns of every rule of the grid, each traded in all folds on the pairs that
        were selected; G is 0 without a grid.
    symbols : tuple of str
        The universe.
    capital, periods_per_year : float
        As given.
    spec : WalkForwardSpec
        The request.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    equity: NDArray[np.float64]
    returns: NDArray[np.float64]
    drawdown: NDArray[np.float64]
    bars: NDArray[np.int64]
    times: NDArray[np.float64] | None
    fold: NDArray[np.int64]
    folds: Mapping[str, NDArray[Any]]
    pairs: Mapping[str, NDArray[Any]]
    costs: Mapping[str, NDArray[np.float64]]
    grid_returns: NDArray[np.float64]
    symbols: tuple[str, ...]
    capital: float
    periods_per_year: float
    spec: WalkForwardSpec
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sharpe(self) -> float:
        """Out-of-sample Sharpe ratio of the stitched returns, annual."""
        return sharpe_of(self.returns, self.periods_per_year)

    @property
    def sharpe_stderr(self) -> float:
        """Its standard error (Lo 2002)."""
        return sharpe_stderr(self.returns) * math.sqrt(self.periods_per_year)

    @property
    def in_sample_sharpe(self) -> float:
        """Mean over the folds that traded of the Sharpe ratio in their own formation window."""
        ratios: NDArray[np.float64] = self.folds["in_sample_sharpe"]
        known = ratios[np.isfinite(ratios)]
        return float(known.mean()) if known.size else float("nan")

    @property
    def total_return(self) -> float:
        """Final equity over capital, less one."""
        return float(self.equity[-1]) / self.capital - 1.0

    @property
    def max_drawdown(self) -> float:
        """Smallest value of `drawdown`."""
        return float(self.drawdown.min())

    @property
    def n_obs(self) -> int:
        """Out-of-sample bars M."""
        return int(self.returns.size)

    @property
    def n_folds(self) -> int:
        """Folds."""
        return int(self.folds["pnl"].size)

    @property
    def survival(self) -> float:
        """Share of all selected pairs that the next fold selects again."""
        known = np.isfinite(self.folds["survival"])
        weights = self.folds["n_selected"][known] - self.folds["n_not_reverting"][known]
        total = float(weights.sum())
        return (
            float(np.dot(self.folds["survival"][known], weights)) / total if total else float("nan")
        )

    def overfitting(self, n_blocks: int = 16) -> OverfittingResult:
        """Return the probability that choosing the best rule of the grid is overfitting (CSCV).

        Parameters
        ----------
        n_blocks : int
            As in `spreadlab.backtest.overfitting.probability_of_overfitting`.

        Raises
        ------
        InvalidInputError
            Without a grid of at least two rules that trade.
        """
        if self.grid_returns.shape[1] < 2:
            raise InvalidInputError(
                "grid", "this walk-forward had one rule", "a grid", "pass grid= to sl.walk_forward"
            )
        return probability_of_overfitting(self.grid_returns, n_blocks=n_blocks)

    def to_tearsheet(self, path: str | PathLike[str]) -> None:
        """Write the tear sheet of quantstats; see `BacktestResult.to_tearsheet`."""
        from spreadlab.backtest.tearsheet import write_tearsheet

        write_tearsheet(
            path,
            self.equity_frame()["returns"],
            title="Walk-forward",
            periods_per_year=self.periods_per_year,
        )

    def moments(self) -> tuple[float, float]:
        """Return skewness and raw kurtosis of the out-of-sample returns."""
        return moments_of(self.returns)

    def __repr__(self) -> str:
        return (
            f"WalkForwardResult({self.n_folds} folds: sharpe={short(self.sharpe)} out of sample, "
            f"{short(self.in_sample_sharpe)} in sample, total_return="
            f"{percent(self.total_return)}, max_drawdown={percent(self.max_drawdown)}, "
            f"n_pairs={self.pairs['fold'].size})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "Sharpe ratio out of sample": short(self.sharpe),
            "its standard error": short(self.sharpe_stderr),
            "Sharpe ratio in sample (mean of folds)": short(self.in_sample_sharpe),
            "total return": percent(self.total_return),
            "maximum drawdown": percent(self.max_drawdown),
            "folds": short(self.n_folds),
            "pairs traded": short(int(self.pairs["fold"].size)),
            "selected again in the next fold": percent(self.survival),
        }
        rows = [
            (f"{m:g} x costs", short(float(s)), percent(float(r)))
            for m, s, r in zip(*self.costs.values(), strict=True)
        ]
        below = table(("sensitivity", "Sharpe ratio", "total return"), rows)
        return card("Walk-forward", facts, note=self.verdict(), below=below)

    def verdict(self) -> str:
        """Return in words what was selected and what it earned."""
        tests, raw = int(self.folds["n_tests"].sum()), int(self.folds["n_raw"].sum())
        chosen = int(self.folds["n_selected"].sum())
        words = (
            f"{tests:,} tests in {self.n_folds} folds found {raw:,} pairs at p <= "
            f"{self.spec.alpha:g}; selection by {self.spec.select} kept {chosen:,}."
        )
        if not self.pairs["fold"].size:
            return f"{words} Nothing was traded, so there is no Sharpe ratio."
        return words

    def _fold_columns(self) -> dict[str, NDArray[Any]]:
        if self.times is None:
            return dict(self.folds)
        stamps = datetimes(self.times)
        first = np.flatnonzero(np.diff(self.fold, prepend=-1))
        last = np.append(first[1:], self.fold.size) - 1
        return {"trading_from": stamps[first], "trading_to": stamps[last], **self.folds}

    def _bar_columns(self) -> dict[str, NDArray[Any]]:
        names = ("equity", "returns", "drawdown", "fold")
        return {name: getattr(self, name) for name in names}

    def _pair_columns(self) -> dict[str, NDArray[Any]]:
        names = np.array(self.symbols, dtype=object)
        legs = {name: names[self.pairs[name]] for name in ("dependent", "hedge")}
        return {**self.pairs, **legs}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a fold."""
        return to_frame(self._fold_columns(), index_name="fold")

    def equity_frame(self) -> pd.DataFrame:
        """Return one row an out-of-sample bar: equity, returns, drawdown, fold."""
        times = None if self.times is None else datetimes(self.times)
        return to_frame(self._bar_columns(), times=times)

    def pairs_frame(self) -> pd.DataFrame:
        """Return one row a traded pair and fold, legs by symbol."""
        return to_frame(self._pair_columns(), index_name="row")

    def to_parquet(
        self, path: str | PathLike[str], table: Literal["folds", "bars", "pairs"] = "folds"
    ) -> None:
        """Write the columns of `to_frame`, `equity_frame` (with the times) or `pairs_frame`.

        Parameters
        ----------
        path : path
            Parquet file to write.
        table : {"folds", "bars", "pairs"}
            Which of the three.
        """
        check_choice(table, "table", ("folds", "bars", "pairs"))
        columns: dict[str, Any] = {}
        if table == "bars":
            columns = {} if self.times is None else {"time": datetimes(self.times)}
            columns |= self._bar_columns()
        else:
            columns |= self._fold_columns() if table == "folds" else self._pair_columns()
        write_parquet(path, columns)

    def to_html(self, path: str | PathLike[str], study: Study | str | None = None) -> None:
        """Write a self-contained report: figures, folds, pairs and provenance, offline.

        Parameters
        ----------
        path : path
            HTML file to write.
        study : Study or str, optional
            Whose trials deflate the Sharpe ratio; the study in force by default.
        """
        from spreadlab.backtest import report

        sections = [
            ("What was found", self._repr_html_()),
            ("Sharpe ratio, naive and deflated", self._sharpe_table(self.sharpe_stderr, study)),
            (
                "Equity out of sample, and Sharpe ratios by fold",
                report.image(self.plot(), "equity"),
            ),
            ("Folds", report.records_table(self._fold_columns())),
            ("Pairs", report.records_table(self._pair_columns())),
            ("Provenance", report.provenance_card(self.provenance)),
        ]
        report.write_report(path, "Walk-forward", sections)

    def plot(self) -> StaticFigure:
        """Return the stitched equity, its drawdown, and Sharpe ratios by fold."""
        from spreadlab.backtest.walk_figures import walk_figure

        return walk_figure(
            self.bars if self.times is None else datetimes(self.times),
            self.equity,
            self.drawdown,
            self.fold,
            self.folds["in_sample_sharpe"],
            self.folds["out_of_sample_sharpe"],
            f"Out of sample: Sharpe {short(self.sharpe)} (s.e. {short(self.sharpe_stderr)})",
        )


def build_walk(
    spec: WalkForwardSpec,
    inputs: Inputs,
    answers: Sequence[Mapping[str, Any]],
    provenance: Mapping[str, Any],
) -> WalkForwardResult:
    """Return the folds stitched in order."""
    places = spec.folds(inputs["prices"].shape[0])
    bars = np.concatenate([np.arange(start, end) for _, start, end in places])
    fold = np.repeat(np.arange(len(places)), spec.trading)
    pnl = np.concatenate([answer["pnl"] for answer in answers], axis=1)
    equity = spec.capital + np.cumsum(pnl, axis=1)
    returns = pnl / spec.capital
    one = MULTIPLES.index(1.0)
    year = spec.periods_per_year
    folds = {
        "formation_start": np.array([low for low, _, _ in places]),
        "trading_start": np.array([start for _, start, _ in places]),
        "trading_end": np.array([end for _, _, end in places]),
        **{name: np.array([answer[name] for answer in answers]) for name in _FOLD_NAMES},
        "in_sample_sharpe": np.array([answer["in_sample_sharpe"] for answer in answers]),
        "out_of_sample_sharpe": np.array(
            [sharpe_of(answer["pnl"][one] / spec.capital, year) for answer in answers]
        ),
        "pnl": np.array([float(answer["pnl"][one].sum()) for answer in answers]),
        "survival": _survival([answer["pairs"] for answer in answers]),
    }
    costs = {
        "multiple": np.array(MULTIPLES),
        "sharpe": np.array([sharpe_of(row, year) for row in returns]),
        "total_return": equity[:, -1] / spec.capital - 1.0,
    }
    times = inputs.arrays.get("times")
    arrays = {
        "equity": np.ascontiguousarray(equity[one]),
        "returns": np.ascontiguousarray(returns[one]),
        "drawdown": drawdown_of(equity[one], spec.capital),
        "grid_returns": np.ascontiguousarray(
            np.concatenate([answer["grid_pnl"] for answer in answers], axis=1).T / spec.capital
        ),
        "bars": bars,
        "fold": fold,
    }
    result = WalkForwardResult(
        **arrays,
        times=None if times is None else times[bars],
        folds=folds,
        pairs=_stacked_pairs([answer["pairs"] for answer in answers]),
        costs=costs,
        symbols=inputs.labels["symbols"],
        capital=spec.capital,
        periods_per_year=year,
        spec=spec,
        provenance=provenance,
    )
    for group in (arrays, folds, costs, result.pairs):
        for array in group.values():
            array.flags.writeable = False
    return result


def _stacked_pairs(tables: Sequence[NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    stacked = np.concatenate(tables)
    columns: dict[str, NDArray[Any]] = {
        "fold": np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    }
    for i, name in enumerate(PAIR_COLUMNS):
        whole = name in ("dependent", "hedge", "n_trades")
        column = stacked[:, i]
        columns[name] = column.astype(np.int64) if whole else np.ascontiguousarray(column)
    return columns


def _survival(tables: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    chosen = [{frozenset(row[:2]) for row in table.tolist()} for table in tables]
    out = np.full(len(chosen), np.nan)
    for i, (now, later) in enumerate(itertools.pairwise(chosen)):
        if now:
            out[i] = len(now & later) / len(now)
    return out
