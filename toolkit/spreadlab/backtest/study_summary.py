"""The ledger study by study: how much was tried, and what is left of the best of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spreadlab.backtest.significance import (
    NAN,
    deflated_sharpe_ratio,
    probabilistic_sharpe_ratio,
)

if TYPE_CHECKING:
    from spreadlab.backtest.ledger import Ledger


@dataclass(frozen=True, slots=True)
class StudySummary:
    """One study of a ledger.

    Attributes
    ----------
    study : str
        Its name.
    n_trials : int
        Strategies with a Sharpe ratio.
    n_effective : float
        Independent trials that they amount to.
    best_sharpe : float
        The highest ratio among them, per period; NaN if none has one.
    best_rule, best_kind : str
        What has it, and whether that is a backtest, a sweep, ...; empty if nothing has.
    naive : float
        Probability that the best has any skill, taken as the only one that was tried: its
        probabilistic Sharpe ratio.
    deflated : float
        The same after all that was tried: its deflated Sharpe ratio, never above `naive`.

    Notes
    -----
    The ledger keeps no moments of the best point of a sweep: it is judged as if its returns were
    normal. `SweepResult` and `BacktestResult` judge by the returns themselves.
    """

    study: str
    n_trials: int
    n_effective: float
    best_sharpe: float
    best_rule: str
    best_kind: str
    naive: float
    deflated: float


def summarise_studies(ledger: Ledger) -> list[StudySummary]:
    """Return every study of `ledger`, by name."""
    return [_summary(ledger, name) for name in sorted(ledger.studies())]


def _summary(ledger: Ledger, study: str) -> StudySummary:
    count = ledger.count(study)
    rows = [(t.sharpe, t) for t in ledger.trials(study) if t.sharpe is not None]
    if not rows:
        return StudySummary(study, count.n_trials, count.n_effective, NAN, "", "", NAN, NAN)
    sharpe, best = max(rows, key=lambda row: row[0])
    skew = 0.0 if best.skew is None else best.skew
    kurtosis = 3.0 if best.kurtosis is None else best.kurtosis
    naive = deflated = math.nan
    if best.n_obs >= 2:
        naive = probabilistic_sharpe_ratio(sharpe, best.n_obs, skew, kurtosis)
        deflated = deflated_sharpe_ratio(
            sharpe,
            best.n_obs,
            n_trials=max(count.n_effective, 1.0),
            variance=count.variance,
            skew=skew,
            kurtosis=kurtosis,
        )
    return StudySummary(
        study=study,
        n_trials=count.n_trials,
        n_effective=count.n_effective,
        best_sharpe=sharpe,
        best_rule=best.rule,
        best_kind=best.kind,
        naive=naive,
        deflated=deflated,
    )
