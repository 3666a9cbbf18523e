"""What a backtest answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spreadlab._validation import check_choice
from spreadlab.backtest.frames import to_frame, write_parquet
from spreadlab.backtest.judged import Judged
from spreadlab.backtest.metrics import Metrics, compute_metrics
from spreadlab.backtest.trades import build_trades, datetimes, trade_columns
from spreadlab.display.html import card
from spreadlab.display.numbers import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

    from spreadlab.backtest.rules import SpreadRule
    from spreadlab.backtest.spec import BacktestSpec
    from spreadlab.backtest.study import Study
    from spreadlab.display.figure import StaticFigure
    from spreadlab.task import Inputs


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """What trading cost at each bar, in money.

    Attributes
    ----------
    commission : ndarray, shape (T,)
        `cost_bps` on the value traded at slipped prices.
    slippage : ndarray, shape (T,)
        Money given away by buying higher and selling lower than the price of the bar.
    borrow : ndarray, shape (T,)
        `borrow_bps` on the value of the short legs held after the close of the bar.
    """

    commission: NDArray[np.float64]
    slippage: NDArray[np.float64]
    borrow: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """All kinds together, (T,)."""
        return self.commission + self.slippage + self.borrow

    def __repr__(self) -> str:
        parts = (
            f"{name}={short(float(getattr(self, name).sum()))}"
            for name in ("commission", "slippage", "borrow")
        )
        return f"Costs({', '.join(parts)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class BacktestResult(Judged):
    """One rule on one spread: the account bar by bar, and every round trip.

    Attributes
    ----------
    symbols : tuple of str
        The legs; a pair has dependent, hedge.
    equity : ndarray, shape (T,)
        Marked at the close of each bar after that bar's costs.
    returns : ndarray, shape (T,)
        Equity changes over the capital base: `capital`, or last bar's equity when compounding.
    positions : ndarray, shape (T,)
        -1, 0 or 1, held after the close of the bar has traded.
    shares : ndarray, shape (T, L)
        Shares of each leg held after the close, negative when short.
    exposures : ndarray, shape (T, L)
        Market value of each leg held after the close.
    costs : Costs
        Commission, slippage and borrow at each bar.
    spread : ndarray, shape (T,)
        What the rule saw.
    trades : structured ndarray, shape (n,)
        entry and exit bar, direction, shares, entry_prices and exit_prices (with slippage) of
        each leg, pnl after all costs, commission, slippage, borrow, holding in bars, mae and mfe
        (worst and best profit marked at a close, after costs), reason.
    drawdown : ndarray, shape (T,)
        Equity over its running peak, less one.
    metrics : Metrics
        Sharpe and the other figures.
    capital, periods_per_year : float
        As given.
    rule : SpreadRule
        What decided.
    times : ndarray, shape (T,), or None
        Seconds since 1970 UTC, where the prices had dates.
    provenance : mapping
        Data digest, spec, version and engine.
    """

    symbols: tuple[str, ...]
    equity: NDArray[np.float64]
    returns: NDArray[np.float64]
    positions: NDArray[np.float64]
    shares: NDArray[np.float64]
    exposures: NDArray[np.float64]
    costs: Costs
    spread: NDArray[np.float64]
    trades: NDArray[np.void]
    drawdown: NDArray[np.float64]
    metrics: Metrics
    capital: float
    periods_per_year: float
    rule: SpreadRule
    times: NDArray[np.float64] | None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sharpe(self) -> float:
        """Annualised Sharpe ratio, see `Metrics`."""
        return self.metrics.sharpe

    def moments(self) -> tuple[float, float]:
        """Return skewness and raw kurtosis of the returns."""
        return self.metrics.skew, self.metrics.kurtosis

    @property
    def max_drawdown(self) -> float:
        """Smallest value of `drawdown`."""
        return self.metrics.max_drawdown

    @property
    def total_return(self) -> float:
        """Final equity over capital, less one."""
        return self.metrics.total_return

    @property
    def n_obs(self) -> int:
        """Bars T."""
        return int(self.equity.size)

    def __repr__(self) -> str:
        m = self.metrics
        return (
            f"BacktestResult({'-'.join(self.symbols)}: sharpe={short(m.sharpe)}, "
            f"total_return={percent(m.total_return)}, max_drawdown={percent(m.max_drawdown)}, "
            f"n_trades={m.n_trades}, n_obs={self.n_obs})"
        )

    def _repr_html_(self) -> str:
        m = self.metrics
        facts = {
            "Sharpe ratio": short(m.sharpe),
            "its standard error": short(m.sharpe_stderr),
            "total return": percent(m.total_return),
            "CAGR": percent(m.cagr),
            "volatility (a year)": percent(m.volatility),
            "Sortino ratio": short(m.sortino),
            "maximum drawdown": percent(m.max_drawdown),
            "longest drawdown (bars)": short(m.max_drawdown_length),
            "Calmar ratio": short(m.calmar),
            "trades": short(m.n_trades),
            "hit rate": percent(m.hit_rate),
            "profit factor": short(m.profit_factor),
            "average holding (bars)": short(m.average_holding),
            "turnover (times capital a year)": short(m.turnover),
            "exposure (share of bars)": percent(m.exposure),
            "commission": short(float(self.costs.commission.sum())),
            "slippage": short(float(self.costs.slippage.sum())),
            "borrow": short(float(self.costs.borrow.sum())),
        }
        note = f"{type(self.rule).__name__} over {self.n_obs:,} bars"
        return card(f"Backtest of {' and '.join(self.symbols)}", facts, note=note)

    def _columns(self) -> dict[str, Any]:
        columns = {
            "equity": self.equity,
            "returns": self.returns,
            "drawdown": self.drawdown,
            "position": self.positions,
            "spread": self.spread,
        }
        for i, symbol in enumerate(self.symbols):
            columns[f"shares_{symbol}"] = self.shares[:, i]
            columns[f"exposure_{symbol}"] = self.exposures[:, i]
        for name in ("commission", "slippage", "borrow"):
            columns[name] = getattr(self.costs, name)
        return columns

    def to_frame(self) -> pd.DataFrame:
        """Return one row a bar: equity, returns, drawdown, position, spread, legs and costs."""
        return to_frame(
            self._columns(), times=None if self.times is None else datetimes(self.times)
        )

    def trades_frame(self) -> pd.DataFrame:
        """Return one row a round trip, the legs side by side."""
        return to_frame(trade_columns(self.trades, self.symbols, self.times), index_name="trade")

    def to_parquet(
        self, path: str | PathLike[str], table: Literal["bars", "trades"] = "bars"
    ) -> None:
        """Write the columns of `to_frame` (with the time of each bar) or `trades_frame`.

        Parameters
        ----------
        path : path
            Parquet file to write.
        table : {"bars", "trades"}
            Which of the two.
        """
        check_choice(table, "table", ("bars", "trades"))
        if table == "trades":
            columns: dict[str, Any] = trade_columns(self.trades, self.symbols, self.times)
        else:
            columns = {} if self.times is None else {"time": datetimes(self.times)}
            columns |= self._columns()
        write_parquet(path, columns)

    def to_html(self, path: str | PathLike[str], study: Study | str | None = None) -> None:
        """Write a self-contained report: figures, metrics, trades and provenance, offline.

        Parameters
        ----------
        path : path
            HTML file to write.
        study : Study or str, optional
            Whose trials deflate the Sharpe ratio; the study in force by default.
        """
        from spreadlab.backtest import report

        m, title = self.metrics, f"Backtest of {' and '.join(self.symbols)}"
        sections = [
            ("Sharpe ratio, naive and deflated", self._sharpe_table(m.sharpe_stderr, study)),
            ("Equity, drawdown, signal and position", report.image(self.plot(), title)),
            ("Metrics", report.figures_table(m.to_dict())),
            (
                "Trades",
                report.records_table(trade_columns(self.trades, self.symbols, self.times)),
            ),
            ("Provenance", report.provenance_card(self.provenance)),
        ]
        report.write_report(path, title, sections)

    def to_tearsheet(self, path: str | PathLike[str]) -> None:
        """Write the tear sheet of quantstats, an optional package, as HTML.

        Its figures are those of the returns alone, and it knows of no other trials: the report of
        `to_html` does.

        Parameters
        ----------
        path : path
            HTML file to write.

        Raises
        ------
        InvalidInputError
            If the prices had no dates.
        DataUnavailableError
            If quantstats is not installed.
        """
        from spreadlab.backtest.tearsheet import write_tearsheet

        write_tearsheet(
            path,
            self.to_frame()["returns"],
            title=f"Backtest of {' and '.join(self.symbols)}",
            periods_per_year=self.periods_per_year,
        )

    def plot(self) -> StaticFigure:
        """Return equity, drawdown, the signal with its levels and the fills, and the position."""
        from spreadlab.backtest.figures import backtest_figure

        return backtest_figure(
            equity=self.equity,
            drawdown=self.drawdown,
            signal=self.rule.signal(self.spread),
            signal_name="spread" if self.rule.signal(self.spread) is self.spread else "z-score",
            marks=self.rule.marks(),
            positions=self.positions,
            trades=self.trades,
            stamps=None if self.times is None else datetimes(self.times),
            title=f"{' / '.join(self.symbols)}: Sharpe {short(self.sharpe)}",
        )


def build_result(
    spec: BacktestSpec, inputs: Inputs, values: Mapping[str, Any], provenance: Mapping[str, Any]
) -> BacktestResult:
    """Return the result for the kernel's arrays."""
    equity, flows, shares = values["equity"], values["flows"], values["shares"]
    trades = build_trades(values["trades"], values["legs"])
    closed = trades[trades["reason"] != "open"]
    metrics, returns, drawdown = compute_metrics(
        equity,
        values["positions"],
        flows[:, 3],
        closed["pnl"],
        closed["holding"],
        capital=spec.capital,
        compounding=spec.compounding,
        periods_per_year=spec.periods_per_year,
    )
    frozen = _freeze(
        equity=equity,
        returns=returns,
        positions=values["positions"],
        shares=shares,
        exposures=shares * inputs["prices"],
        spread=values["spread"],
        drawdown=drawdown,
        commission=flows[:, 0],
        slippage=flows[:, 1],
        borrow=flows[:, 2],
    )
    costs = Costs(*(frozen.pop(name) for name in ("commission", "slippage", "borrow")))
    return BacktestResult(
        symbols=inputs.labels["symbols"],
        costs=costs,
        trades=trades,
        metrics=metrics,
        capital=spec.capital,
        periods_per_year=spec.periods_per_year,
        rule=spec.rule,
        times=inputs.arrays.get("times"),
        provenance=provenance,
        **frozen,
    )


def _freeze(**arrays: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    frozen = {}
    for name, array in arrays.items():
        own = np.ascontiguousarray(array)
        own.flags.writeable = False
        frozen[name] = own
    return frozen
