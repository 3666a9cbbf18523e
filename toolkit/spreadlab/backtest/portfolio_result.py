"""What a portfolio of spreads answers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.frames import to_frame, write_parquet
from spreadlab.backtest.judged import Judged
from spreadlab.backtest.metrics import Metrics, compute_metrics
from spreadlab.backtest.result import Costs
from spreadlab.backtest.trades import datetimes
from spreadlab.display.html import card, table
from spreadlab.display.numbers import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.backtest.portfolio_spec import PortfolioSpec
    from spreadlab.backtest.study import Study
    from spreadlab.display.figure import StaticFigure
    from spreadlab.task import Inputs


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class PortfolioResult(Judged):
    """Several spreads on one capital, traded as one net book.

    Attributes
    ----------
    names : tuple of str
        The spreads.
    symbols : tuple of str
        The symbols of the net book.
    equity, returns, drawdown : ndarray, shape (T,)
        As in `BacktestResult`; returns are over `capital`.
    positions : ndarray, shape (T, P)
        -1, 0 or 1 of each spread, held after the close.
    shares, exposures : ndarray, shape (T, N)
        Net shares of each symbol and their market value.
    pair_pnl : ndarray, shape (T, P)
        Profit of each spread at each bar. Costs of the net orders are shared in proportion to
        what each spread moved, borrow in proportion to what each was short; the rows sum to the
        changes of equity.
    costs : Costs
        Commission, slippage and borrow of the net book at each bar.
    metrics : Metrics
        Figures of the whole; those of trades are of the spreads' round trips.
    capital, periods_per_year : float
        As given.
    times : ndarray, shape (T,), or None
        Seconds since 1970 UTC.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    names: tuple[str, ...]
    symbols: tuple[str, ...]
    equity: NDArray[np.float64]
    returns: NDArray[np.float64]
    drawdown: NDArray[np.float64]
    positions: NDArray[np.float64]
    shares: NDArray[np.float64]
    exposures: NDArray[np.float64]
    pair_pnl: NDArray[np.float64]
    costs: Costs
    metrics: Metrics
    capital: float
    periods_per_year: float
    times: NDArray[np.float64] | None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sharpe(self) -> float:
        """Annualised Sharpe ratio."""
        return self.metrics.sharpe

    @property
    def n_obs(self) -> int:
        """Bars T."""
        return int(self.equity.size)

    def moments(self) -> tuple[float, float]:
        """Return skewness and raw kurtosis of the returns."""
        return self.metrics.skew, self.metrics.kurtosis

    def attribution(self) -> dict[str, NDArray[np.float64]]:
        """Return profit, and share of bars in the market, by spread, both (P,)."""
        return {
            "pnl": self.pair_pnl.sum(axis=0),
            "exposure": np.mean(self.positions != 0, axis=0),
        }

    def __repr__(self) -> str:
        m = self.metrics
        return (
            f"PortfolioResult({len(self.names)} spreads: sharpe={short(m.sharpe)}, "
            f"total_return={percent(m.total_return)}, max_drawdown={percent(m.max_drawdown)}, "
            f"n_trades={m.n_trades}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        m = self.metrics
        facts = {
            "Sharpe ratio": short(m.sharpe),
            "its standard error": short(m.sharpe_stderr),
            "total return": percent(m.total_return),
            "volatility (a year)": percent(m.volatility),
            "maximum drawdown": percent(m.max_drawdown),
            "round trips": short(m.n_trades),
            "turnover (times capital a year)": short(m.turnover),
            "largest gross value (times capital)": short(
                float(np.abs(self.exposures).sum(axis=1).max()) / self.capital
            ),
        }
        parts = self.attribution()
        rows = [
            (name, short(float(pnl)), percent(float(share)))
            for name, pnl, share in zip(self.names, parts["pnl"], parts["exposure"], strict=True)
        ]
        below = table(("spread", "profit", "in the market"), rows)
        return card("Portfolio of spreads", facts, below=below)

    def _columns(self) -> dict[str, Any]:
        columns = {"equity": self.equity, "returns": self.returns, "drawdown": self.drawdown}
        for p, name in enumerate(self.names):
            columns[f"pnl_{name}"] = self.pair_pnl[:, p]
            columns[f"position_{name}"] = self.positions[:, p]
        for s, symbol in enumerate(self.symbols):
            columns[f"shares_{symbol}"] = self.shares[:, s]
        return columns

    def _stamps(self) -> NDArray[np.datetime64] | None:
        return None if self.times is None else datetimes(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a bar: equity, returns, drawdown, then by spread and by symbol."""
        return to_frame(self._columns(), times=self._stamps())

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the columns of `to_frame`, with the time of each bar, as a Parquet file."""
        stamps = self._stamps()
        times = {} if stamps is None else {"time": stamps}
        write_parquet(path, {**times, **self._columns()})

    def to_html(self, path: str | PathLike[str], study: Study | str | None = None) -> None:
        """Write a self-contained report: figures, metrics, attribution and provenance, offline.

        Parameters
        ----------
        path : path
            HTML file to write.
        study : Study or str, optional
            Whose trials deflate the Sharpe ratio; the study in force by default.
        """
        from spreadlab.backtest import report

        title = f"Portfolio of {len(self.names)} spreads"
        parts = {"spread": np.array(self.names, dtype=object), **self.attribution()}
        sharpe = self._sharpe_table(self.metrics.sharpe_stderr, study)
        sections = [
            ("Sharpe ratio, naive and deflated", sharpe),
            ("Equity, drawdown and profit by spread", report.image(self.plot(), title)),
            ("Metrics", report.figures_table(self.metrics.to_dict())),
            ("Attribution", report.records_table(parts)),
            ("Provenance", report.provenance_card(self.provenance)),
        ]
        report.write_report(path, title, sections)

    def plot(self) -> StaticFigure:
        """Return equity, drawdown, and the cumulated profit of each spread."""
        from spreadlab.display.figure import ALERT, INK, new_figure, plain_numbers

        stamps = self._stamps()
        x = np.arange(self.n_obs) if stamps is None else stamps
        figure, (top, middle, under) = new_figure(
            3, 1, size=(9.0, 7.0), sharex=True, height_ratios=[3, 1.2, 2.5]
        )
        top.plot(x, self.equity, color=INK, linewidth=1.0)
        top.set_ylabel("equity")
        plain_numbers(top)
        top.set_title(f"Sharpe {short(self.sharpe)}", fontsize=10, loc="left")
        middle.fill_between(x, 100 * self.drawdown, 0.0, color=ALERT, alpha=0.5, linewidth=0)
        middle.set_ylabel("drawdown (%)")
        under.plot(x, np.cumsum(self.pair_pnl, axis=0), linewidth=0.9, label=self.names)
        under.set_ylabel("profit by spread")
        under.legend(fontsize=7, frameon=False, ncols=4)
        return figure


def build_portfolio(
    spec: PortfolioSpec, inputs: Inputs, values: Mapping[str, Any], provenance: Mapping[str, Any]
) -> PortfolioResult:
    """Return the result for the kernel's arrays."""
    flows, positions, pair_pnl = values["flows"], values["positions"], values["pair_pnl"]
    pnl, holding = round_trips(positions, pair_pnl)
    metrics, returns, drawdown = compute_metrics(
        values["equity"],
        np.ascontiguousarray(np.abs(positions).max(axis=1)),
        np.ascontiguousarray(flows[:, 3]),
        pnl,
        holding,
        capital=spec.capital,
        compounding=False,
        periods_per_year=spec.periods_per_year,
    )
    arrays = {
        "equity": values["equity"],
        "returns": returns,
        "drawdown": drawdown,
        "positions": positions,
        "shares": values["shares"],
        "exposures": values["shares"] * inputs["prices"],
        "pair_pnl": pair_pnl,
    }
    parts = [np.ascontiguousarray(flows[:, i]) for i in range(3)]
    for array in (*arrays.values(), *parts):
        array.flags.writeable = False
    return PortfolioResult(
        names=spec.names,
        symbols=inputs.labels["symbols"],
        costs=Costs(*parts),
        metrics=metrics,
        capital=spec.capital,
        periods_per_year=spec.periods_per_year,
        times=inputs.arrays.get("times"),
        provenance=provenance,
        **arrays,
    )


def round_trips(
    positions: NDArray[np.float64], pair_pnl: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return profit and bars of every closed round trip of every spread.

    A bar at which a position is turned is the end of one trip and the start of the next; its
    profit, with the costs of both, counts to the one that ends.
    """
    profits, lengths = [], []
    for p in range(positions.shape[1]):
        edges = np.flatnonzero(np.diff(positions[:, p], prepend=0.0))
        running = np.concatenate([[0.0], np.cumsum(pair_pnl[:, p])])
        previous_end = -1
        for start, end in itertools.pairwise(edges.tolist()):
            if positions[start, p] == 0:
                continue
            first = start + 1 if start == previous_end else start
            profits.append(running[end + 1] - running[first])
            lengths.append(float(end - start))
            previous_end = end
    return np.array(profits), np.array(lengths)
