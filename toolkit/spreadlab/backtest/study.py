"""Which study the trials belong to, and how a result becomes a row of the ledger."""

from __future__ import annotations

import contextvars
import json
import math
import sqlite3
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import digest_of
from spreadlab.backtest.ledger import MEMORY, Ledger, Trial, TrialCount, ledger
from spreadlab.backtest.user_rules import rule_name
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from spreadlab.backtest.portfolio_result import PortfolioResult
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.backtest.sweep_result import SweepResult
    from spreadlab.backtest.walk_result import WalkForwardResult

DEFAULT_STUDY = "default"
_current: contextvars.ContextVar[Study | None] = contextvars.ContextVar(
    "spreadlab_study", default=None
)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A name under which trials are counted together; made by `sl.study`.

    Attributes
    ----------
    name : str
        Its name.
    ledger : Ledger
        Where its trials are.
    """

    name: str
    ledger: Ledger
    _tokens: list[contextvars.Token[Study | None]]

    def count(self) -> TrialCount:
        """Return how much was tried."""
        return self.ledger.count(self.name)

    def __repr__(self) -> str:
        return f"Study({self.name!r})"

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.reset(self._tokens.pop())


def study(name: str, *, in_memory: bool = False) -> Study:
    """Count the trials made inside a ``with`` block as one study.

    Parameters
    ----------
    name : str
        Its name. The same name later goes on with the same study.
    in_memory : bool
        Keep the trials in the returned object, outside the ledger's file, so that a notebook
        counts the same trials every time it is run.

    Returns
    -------
    Study
        ``with sl.study("energy pairs"): ...``

    Raises
    ------
    InvalidInputError
        If the name is not a string with something in it.
    """
    if not _is_name(name):
        raise InvalidInputError("name", f"got {name!r}", "a name for the study")
    return Study(name, Ledger(MEMORY) if in_memory else ledger, [])


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip())


def current_study() -> Study:
    """Return the study in force here: of the innermost ``with`` block, else the default one."""
    chosen = _current.get()
    return Study(DEFAULT_STUDY, ledger, []) if chosen is None else chosen


def resolve_study(given: Study | str | None) -> Study:
    """Return the study that a caller means: itself, by name, or the one in force."""
    if given is None:
        return current_study()
    return given if isinstance(given, Study) else study(given)


def record_backtest(result: BacktestResult) -> None:
    """Write a backtest to the study in force."""
    m = result.metrics
    sharpe = _number(m.sharpe / math.sqrt(result.periods_per_year))
    _record(
        result.provenance,
        kind="backtest",
        rule=rule_name(result.rule),
        n_obs=result.n_obs,
        sharpe=sharpe,
        skew=_number(m.skew),
        kurtosis=_number(m.kurtosis),
        n_trials=int(sharpe is not None),
        n_effective=float(sharpe is not None),
        sharpe_mean=sharpe,
        sharpe_variance=None if sharpe is None else 0.0,
    )


def record_sweep(result: SweepResult, *, points: bool = False) -> None:
    """Write the summary of a sweep to the study in force, and its points if asked."""
    base = result.spec.base
    ratios = result.sharpe.ravel() / math.sqrt(base.periods_per_year)
    known = ratios[np.isfinite(ratios)]
    _record(
        result.provenance,
        kind="sweep",
        rule=rule_name(base.rule),
        n_obs=int(result.arrays["prices"].shape[0]),
        sharpe=float(known.max()) if known.size else None,
        skew=None,
        kurtosis=None,
        n_trials=int(known.size),
        n_effective=result.effective_trials,
        sharpe_mean=float(known.mean()) if known.size else None,
        sharpe_variance=float(known.var(ddof=1)) if known.size > 1 else 0.0,
    )
    if points:
        rows = [
            (json.dumps(result.spec.point(i)), _number(ratio))
            for i, ratio in enumerate(ratios.tolist())
        ]
        current_study().ledger.add_points(request_digest(result.provenance), rows)


def record_portfolio(result: PortfolioResult) -> None:
    """Write a portfolio to the study in force, as one trial."""
    m = result.metrics
    sharpe = _number(m.sharpe / math.sqrt(result.periods_per_year))
    _record(
        result.provenance,
        kind="portfolio",
        rule=f"{len(result.names)} spreads",
        n_obs=result.n_obs,
        sharpe=sharpe,
        skew=_number(m.skew),
        kurtosis=_number(m.kurtosis),
        n_trials=int(sharpe is not None),
        n_effective=float(sharpe is not None),
        sharpe_mean=sharpe,
        sharpe_variance=None if sharpe is None else 0.0,
    )


def record_walk_forward(result: WalkForwardResult) -> None:
    """Write the out-of-sample figures of a walk-forward to the study in force."""
    skew, kurtosis = result.moments()
    sharpe = _number(result.sharpe / math.sqrt(result.periods_per_year))
    _record(
        result.provenance,
        kind="walk_forward",
        rule=rule_name(result.spec.rule),
        n_obs=int(result.returns.size),
        sharpe=sharpe,
        skew=_number(skew),
        kurtosis=_number(kurtosis),
        n_trials=int(sharpe is not None),
        n_effective=float(sharpe is not None),
        sharpe_mean=sharpe,
        sharpe_variance=None if sharpe is None else 0.0,
    )


def request_digest(provenance: Any) -> str:
    """Return the digest of data and spec that a trial is known by."""
    return digest_of({"data": provenance["data_digest"], "spec": provenance["spec"]})


def _record(provenance: Any, **facts: Any) -> None:
    chosen = current_study()
    trial = Trial(
        study=chosen.name,
        request=request_digest(provenance),
        data_digest=provenance["data_digest"],
        engine=str(provenance["engine"]),
        version=provenance["version"],
        **facts,
    )
    try:
        chosen.ledger.add(trial)
    except (sqlite3.Error, OSError) as error:
        # A full disk must not cost the user the answer, but an uncounted trial must be said.
        warnings.warn(
            f"this trial is not in the ledger {chosen.ledger.path} ({error}), so deflated Sharpe "
            "ratios will not count it",
            RuntimeWarning,
            stacklevel=4,
        )


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
