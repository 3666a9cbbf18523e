"""Two regimes: statsmodels' likelihood, planted parameters, probabilities."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

import spreadlab as sl
from spreadlab.api_ou import estimate_regime_ou
from spreadlab.ou.kernels_regimes import hamilton_nb, kim_nb
from spreadlab.ou.params import OUParams
from spreadlab.ou.stress import simulate_regime_ou

DT = 1 / 252
PAIR = (OUParams(kappa=30.0, theta=0.0, sigma=0.1), OUParams(kappa=60.0, theta=0.1, sigma=0.4))
STAY = (0.98, 0.95)


@pytest.fixture(scope="module")
def path():
    return simulate_regime_ou(PAIR, STAY, DT, 1500, seed=1)


@pytest.fixture(scope="module")
def fit(path):
    return estimate_regime_ou(path.values)


@pytest.fixture(scope="module")
def oracle(path, fit):
    """statsmodels' switching regression of x on its lag, at our estimates."""
    x = np.asarray(path.values)
    model = MarkovRegression(x[1:], k_regimes=2, exog=x[:-1], switching_variance=True)
    variance = fit.sigma**2 * -np.expm1(-2 * fit.kappa * DT) / (2 * fit.kappa)
    point = [fit.stay[0], 1 - fit.stay[1], *(fit.theta * (1 - fit.phi)), *fit.phi, *variance]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model, model.smooth(np.array(point)), model.fit()


def test_likelihood_equals_statsmodels_at_the_same_point(fit, oracle):
    assert fit.loglik == pytest.approx(oracle[1].llf, abs=1e-7)


def test_no_likelihood_that_statsmodels_finds_is_higher(fit, oracle):
    assert fit.loglik >= oracle[2].llf - 1e-5


def test_probabilities_equal_statsmodels(fit, oracle):
    np.testing.assert_allclose(fit.filtered, oracle[1].filtered_marginal_probabilities, atol=1e-9)
    np.testing.assert_allclose(fit.smoothed, oracle[1].smoothed_marginal_probabilities, atol=1e-7)


def test_tells_the_regimes_apart(path, fit):
    assert fit.sigma[0] < fit.sigma[1]
    assert np.mean(np.argmax(fit.smoothed, axis=1) == path.events) > 0.9
    assert fit.share.sum() == pytest.approx(1.0)
    assert fit.share[1] == pytest.approx(0.02 / 0.07, abs=0.12)


def test_kernels_equal_their_plain_twins(path):
    x = np.array(path.values[:60])
    model = np.array([[0.0, 0.9, 4e-5], [0.02, 0.8, 6e-4]])
    stay = np.array([0.97, 0.9])
    n = x.size - 1

    def run(filter_, smooth):
        predicted, filtered, smoothed, stayed = (np.empty((n, 2)) for _ in range(4))
        loglik = filter_(x, model, stay, predicted, filtered)
        smooth(predicted, filtered, stay, smoothed, stayed[0])
        return loglik, filtered, smoothed, stayed[0]

    fast, slow = run(hamilton_nb, kim_nb), run(hamilton_nb.py_func, kim_nb.py_func)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_filter_is_the_sum_over_all_regime_paths():
    """The likelihood written out over 2^n histories."""
    x = np.array([0.0, 0.3, -0.1, 0.4, 0.2, 0.25])
    model = np.array([[0.0, 0.9, 0.02], [0.1, 0.5, 0.3]])
    stay = np.array([0.8, 0.6])
    n = x.size - 1
    start = np.array([0.4, 0.2]) / 0.6
    move = np.array([[0.8, 0.2], [0.4, 0.6]])
    total = 0.0
    for code in range(2**n):
        states = [(code >> t) & 1 for t in range(n)]
        weight = start[states[0]]
        for t in range(n):
            weight *= move[states[t - 1], states[t]] if t else 1.0
            intercept, phi, variance = model[states[t]]
            e = x[t + 1] - intercept - phi * x[t]
            weight *= math.exp(-0.5 * e**2 / variance) / math.sqrt(2 * math.pi * variance)
        total += weight
    loglik = hamilton_nb(x, model, stay, np.empty((n, 2)), np.empty((n, 2)))
    assert loglik == pytest.approx(math.log(total), rel=1e-12)


def recovery(n_paths, seed):
    """Errors over standard errors (n_paths, 4, 2) and the share of fits that have them."""
    paths = simulate_regime_ou(PAIR, STAY, DT, 2000, n_paths, seed=seed)
    truth = {"kappa": (30.0, 60.0), "theta": (0.0, 0.1), "sigma": (0.1, 0.4), "stay": STAY}
    scores = []
    for x in paths.values.T:
        fit = estimate_regime_ou(x)
        scores.append([(getattr(fit, k) - np.array(v)) / fit.stderr[k] for k, v in truth.items()])
    return np.array(scores)


def check_recovery(scores):
    assert np.mean(np.isfinite(scores)) > 0.99
    assert np.nanmean(np.abs(scores) < 3.0) > 0.97
    assert np.all(np.abs(np.nanmean(scores, axis=0)) < 0.7), np.nanmean(scores, axis=0)
    assert np.all(np.abs(np.nanstd(scores, axis=0) - 1.0) < 0.4), np.nanstd(scores, axis=0)


def test_recovers_planted_parameters():
    """The bias of kappa, 4 / time span, is within its standard error here."""
    scores = recovery(10, 5)
    assert np.nanmean(np.abs(scores) < 3.0) > 0.9
    assert np.all(np.abs(np.nanmedian(scores, axis=0)) < 1.2), np.nanmedian(scores, axis=0)


@pytest.mark.certify
def test_recovers_planted_parameters_on_200_paths():
    check_recovery(recovery(200, 6))


def test_rescaling(path, fit):
    moved = estimate_regime_ou(5.0 - 3.0 * np.asarray(path.values))
    np.testing.assert_allclose(moved.kappa, fit.kappa, rtol=1e-3)
    np.testing.assert_allclose(moved.sigma, 3.0 * fit.sigma, rtol=1e-3)
    assert moved.loglik == pytest.approx(fit.loglik - 1499 * math.log(3.0), abs=1e-4)


def test_filtered_probabilities_look_at_the_past_alone(path, fit):
    """At given parameters: the estimates themselves are from the whole sample."""
    x = np.array(path.values)
    variance = fit.sigma**2 * -np.expm1(-2 * fit.kappa * DT) / (2 * fit.kappa)
    model = np.column_stack([fit.theta * (1 - fit.phi), fit.phi, variance])

    def filtered(values):
        n = values.size - 1
        out = np.empty((n, 2))
        hamilton_nb(values, model, np.array(fit.stay), np.empty((n, 2)), out)
        return out

    before = filtered(x)
    x[800:] += 1.0
    assert np.array_equal(before[:799], filtered(x)[:799])
    np.testing.assert_allclose(before, fit.filtered, atol=1e-6)


def test_shows_itself(fit):
    assert repr(fit).startswith("RegimeOUResult(kappa=(")
    assert "calm regime" in fit._repr_html_()
    assert fit.to_frame().loc[1, "sigma"] == fit.sigma[1]
    assert fit.plot().to_png().startswith(b"\x89PNG")
    assert fit.n_obs == 1500


def test_one_outlier_is_no_regime():
    rng = np.random.default_rng(1)
    x = np.zeros(300)
    for t in range(1, 300):
        x[t] = 0.8 * x[t - 1] + (0.0 if 100 <= t < 160 else rng.normal())
    with pytest.raises(sl.ConvergenceError, match="collapsed"):
        estimate_regime_ou(x)


@pytest.mark.parametrize("bad", [[1.0] * 200, np.arange(50.0), [math.nan] * 200, np.arange(200.0)])
def test_refuses_what_has_no_answer(bad):
    with pytest.raises(sl.InvalidInputError, match=r"^spread: "):
        estimate_regime_ou(bad)
