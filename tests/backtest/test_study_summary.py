"""A study's summary: counts of the ledger, and the two probabilities by their own formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from tests.backtest import cases

import spreadlab as sl
from spreadlab.backtest.ledger import MEMORY, Ledger, Trial
from spreadlab.backtest.study_summary import summarise_studies


def trial(i, sharpe, **changes):
    facts = {
        "study": "s",
        "request": f"r{i}",
        "kind": "backtest",
        "rule": f"R{i}",
        "data_digest": "d",
        "n_obs": 250,
        "sharpe": sharpe,
        "skew": 0.0,
        "kurtosis": 3.0,
        "n_trials": 1,
        "n_effective": 1.0,
        "sharpe_mean": sharpe,
        "sharpe_variance": 0.0,
        "engine": "local",
        "version": "0",
    }
    return Trial(**(facts | changes))


def ledger_of(*trials):
    book = Ledger(MEMORY)
    for one in trials:
        book.add(one)
    return book


def test_the_best_is_judged_alone_and_among_all():
    """Bailey and Lopez de Prado (2014), written out with scipy's normal distribution."""
    sharpes = [0.01, -0.03, 0.08, 0.02]
    book = ledger_of(
        *(trial(i, s, skew=-0.4, kurtosis=5.0) for i, s in enumerate(sharpes)),
        trial(9, 0.5, study="another"),
    )
    another, summary = summarise_studies(book)
    assert (another.study, another.n_trials, another.best_sharpe) == ("another", 1, 0.5)
    assert (summary.study, summary.n_trials, summary.n_effective) == ("s", 4, 4.0)
    assert (summary.best_sharpe, summary.best_rule, summary.best_kind) == (0.08, "R2", "backtest")
    spread = math.sqrt(1 + 0.4 * 0.08 + (5 - 1) / 4 * 0.08**2)
    assert summary.naive == pytest.approx(norm.cdf(0.08 * math.sqrt(249) / spread), rel=1e-12)
    gamma = 0.5772156649015329
    expected_best = np.std(sharpes, ddof=1) * (
        (1 - gamma) * norm.ppf(1 - 1 / 4) + gamma * norm.ppf(1 - 1 / (4 * math.e))
    )
    deflated = norm.cdf((0.08 - expected_best) * math.sqrt(249) / spread)
    assert summary.deflated == pytest.approx(deflated, rel=1e-12)


def test_it_says_what_the_result_itself_says():
    panel = cases.make_panel(200, 5)
    study = sl.study("summary", in_memory=True)
    with study:
        results = [
            sl.backtest(panel, pair=cases.make_pair(), policy=sl.ZScoreRule(n, 1.0, 0.0))
            for n in (10, 20, 30)
        ]
    best = max(results, key=lambda result: result.sharpe)
    [summary] = summarise_studies(study.ledger)
    assert summary.naive == pytest.approx(best.probabilistic_sharpe(), rel=1e-12)
    assert summary.deflated == pytest.approx(best.deflated_sharpe(study), rel=1e-12)


def test_a_study_without_a_ratio_has_none():
    book = ledger_of(trial(0, None, n_trials=0, n_effective=0.0, sharpe_mean=None))
    [summary] = summarise_studies(book)
    assert summary.n_trials == 0
    assert summary.best_rule == ""
    assert math.isnan(summary.best_sharpe)
    assert math.isnan(summary.naive)
    assert math.isnan(summary.deflated)


def test_the_best_point_of_a_sweep_has_no_moments_and_is_taken_as_normal():
    sweep = trial(0, 0.1, kind="sweep", skew=None, kurtosis=None, n_trials=8, n_effective=2.5)
    plain = trial(0, 0.1, kind="sweep", skew=0.0, kurtosis=3.0, n_trials=8, n_effective=2.5)
    assert summarise_studies(ledger_of(sweep)) == summarise_studies(ledger_of(plain))


@given(st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=12))
def test_trials_never_make_the_best_look_better(sharpes):
    [summary] = summarise_studies(ledger_of(*(trial(i, s) for i, s in enumerate(sharpes))))
    assert summary.deflated <= summary.naive + 1e-12
    assert 0 <= summary.deflated <= 1
