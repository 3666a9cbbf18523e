"""The ledger as the sidebar lists it."""

from __future__ import annotations

from typing import Any

from spreadlab.backtest.ledger import ledger
from spreadlab.backtest.study_summary import StudySummary, summarise_studies
from spreadlab_widgets.job_rows import finite


def ledger_rows() -> dict[str, Any]:
    """Return where the ledger is and its studies."""
    return {"path": ledger.path, "studies": [_row(study) for study in summarise_studies(ledger)]}


def _row(study: StudySummary) -> dict[str, Any]:
    return {
        "study": study.study,
        "trials": study.n_trials,
        "effective": finite(study.n_effective, 1),
        "sharpe": finite(study.best_sharpe, 6),
        "rule": study.best_rule,
        "kind": study.best_kind.replace("_", " "),
        "naive": finite(study.naive, 6),
        "deflated": finite(study.deflated, 6),
    }
