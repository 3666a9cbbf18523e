"""What a Sharpe ratio is worth by itself, and after all that was tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spreadlab._validation import ensure_float
from spreadlab.backtest.significance import deflated_sharpe_ratio, probabilistic_sharpe_ratio

if TYPE_CHECKING:
    from spreadlab.backtest.study import Study


class Judged:
    """A result that has returns, and so a Sharpe ratio that can be judged."""

    __slots__ = ()

    if TYPE_CHECKING:
        periods_per_year: float

        @property
        def sharpe(self) -> float:
            """Annualised Sharpe ratio."""

        @property
        def n_obs(self) -> int:
            """Returns that it comes from."""

        def moments(self) -> tuple[float, float]:
            """Return skewness and raw kurtosis of the returns."""

    def probabilistic_sharpe(self, benchmark: float = 0.0) -> float:
        """Return the probability that the true Sharpe ratio is above `benchmark` (annual).

        See `spreadlab.backtest.significance.probabilistic_sharpe_ratio`.
        """
        scale = self.periods_per_year**-0.5
        benchmark = ensure_float(benchmark, "benchmark") * scale
        return probabilistic_sharpe_ratio(
            self.sharpe * scale, self.n_obs, *self.moments(), benchmark
        )

    def deflated_sharpe(self, study: Study | str | None = None) -> float:
        """Return the probability of any skill, given all that was tried in a study.

        Parameters
        ----------
        study : Study or str, optional
            The study in force by default. Its trials are counted by the ledger: correlated points
            of a sweep as the independent trials they amount to.

        Returns
        -------
        float
            See `spreadlab.backtest.significance.deflated_sharpe_ratio`; NaN without a Sharpe ratio.
        """
        from spreadlab.backtest.study import resolve_study

        if math.isnan(self.sharpe):
            return math.nan
        count = resolve_study(study).count()
        skew, kurtosis = self.moments()
        return deflated_sharpe_ratio(
            self.sharpe * self.periods_per_year**-0.5,
            self.n_obs,
            n_trials=max(count.n_effective, 1.0),
            variance=count.variance,
            skew=skew,
            kurtosis=kurtosis,
        )

    def _sharpe_table(self, stderr: float, study: Study | str | None) -> str:
        """Return the naive ratio and the deflated one side by side, as HTML."""
        from spreadlab.backtest import report
        from spreadlab.backtest.study import resolve_study

        return report.sharpe_table(
            self.sharpe,
            stderr,
            self.probabilistic_sharpe(),
            self.deflated_sharpe(study),
            resolve_study(study).count(),
        )
