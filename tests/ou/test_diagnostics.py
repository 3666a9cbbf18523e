"""Diagnostics against statsmodels and scipy, and on series that break the model on purpose."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid, het_arch
from statsmodels.stats.stattools import jarque_bera
from tests.oracles import ou_slow

import spreadlab as sl

DT = 1 / 252


@pytest.fixture(scope="module")
def fit():
    return sl.estimate_ou(sl.simulate_ou(20.0, 0.3, 0.25, DT, 700, seed=1, x0="stationary"))


@pytest.fixture(scope="module")
def found(fit):
    return fit.diagnostics(lags=8, window=200)


def by_name(found):
    return {test.name: test for test in found.tests}


def test_innovations_are_the_standardised_one_step_errors(fit, found):
    x = np.asarray(fit.spread)
    errors = x[1:] - fit.theta - fit.phi * (x[:-1] - fit.theta)
    np.testing.assert_allclose(found.innovations, errors / np.sqrt(np.mean(errors**2)), rtol=1e-9)
    assert np.mean(found.innovations**2) == pytest.approx(1.0, rel=1e-9)


def test_equal_statsmodels(found):
    e, tests = found.innovations, by_name(found)
    box = acorr_ljungbox(e, lags=[8], model_df=1)
    assert tests["Ljung-Box"].statistic == pytest.approx(box["lb_stat"].iloc[0], rel=1e-9)
    assert tests["Ljung-Box"].pvalue == pytest.approx(box["lb_pvalue"].iloc[0], rel=1e-9)
    statistic, pvalue = jarque_bera(e)[:2]
    assert (tests["Jarque-Bera"].statistic, tests["Jarque-Bera"].pvalue) == pytest.approx(
        (statistic, pvalue), rel=1e-9
    )
    lagrange = het_arch(e, nlags=8, result_object=True)
    statistic, pvalue = lagrange[0], lagrange[1]
    assert (tests["ARCH-LM"].statistic, tests["ARCH-LM"].pvalue) == pytest.approx(
        (statistic, pvalue), rel=1e-8
    )
    statistic, pvalue = breaks_cusumolsresid(e, ddof=2)[:2]
    assert (tests["CUSUM"].statistic, tests["CUSUM"].pvalue) == pytest.approx(
        (statistic, pvalue), rel=1e-9
    )


def test_rolling_fits_are_fits_of_the_windows(fit, found):
    x = np.asarray(fit.spread)
    assert np.isnan(found.rolling["kappa"][:199]).all()
    for t in (199, 300, 699):
        part = x[t - 199 : t + 1]
        phi, theta, variance = ou_slow.ar1_fit(part.tolist())
        window = sl.estimate_ou(part)
        assert found.rolling["kappa"][t] == pytest.approx(-math.log(phi) / DT, rel=1e-9)
        assert found.rolling["theta"][t] == pytest.approx(theta, rel=1e-9)
        assert found.rolling["sigma"][t] == pytest.approx(window.sigma, rel=1e-9)
        assert variance > 0


def test_rolling_fits_are_causal(fit):
    x = np.array(fit.spread)
    before = fit.diagnostics(window=100).rolling["kappa"][:400]
    x[400:] = 0.3 + 0.5 * (x[400:] - x[400:].mean())
    after = sl.estimate_ou(x).diagnostics(window=100).rolling["kappa"][:400]
    assert np.array_equal(before, after, equal_nan=True)


def test_qq_and_acf(found):
    assert np.all(np.diff(found.qq_sample) >= 0)
    assert found.qq_theoretical == pytest.approx(-found.qq_theoretical[::-1])
    assert np.corrcoef(found.qq_theoretical, found.qq_sample)[0, 1] > 0.99
    assert found.acf[0] == pytest.approx(1.0)
    assert found.acf_band == pytest.approx(stats.norm.ppf(0.975) / math.sqrt(699))


def test_pvalues_are_uniform_when_the_model_is_right():
    pvalues = []
    for seed in range(200):
        x = sl.simulate_ou(40.0, 0.0, 0.2, DT, 600, seed=seed, x0="stationary")
        pvalues.append([test.pvalue for test in sl.estimate_ou(x).diagnostics().tests])
    rejected = np.mean(np.array(pvalues) < 0.05, axis=0)
    assert np.all(rejected < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 200))
    assert rejected[0] > 0  # some are


def test_each_test_finds_its_own_flaw():
    rng = np.random.default_rng(1)
    n = 1500

    def recursion(shocks, phi=0.9):
        x = np.zeros(n)
        for t in range(1, n):
            x[t] = phi * x[t - 1] + shocks[t]
        return x

    heavy = rng.standard_t(3, n)
    assert by_name(sl.estimate_ou(recursion(heavy)).diagnostics())["Jarque-Bera"].pvalue < 1e-6
    calm = np.where(np.arange(n) // 100 % 2, 3.0, 1.0) * rng.normal(size=n)
    assert by_name(sl.estimate_ou(recursion(calm)).diagnostics())["ARCH-LM"].pvalue < 1e-4
    noise = rng.normal(size=n)
    moving = noise + 0.5 * np.roll(noise, 1)
    assert by_name(sl.estimate_ou(recursion(moving)).diagnostics())["Ljung-Box"].pvalue < 1e-6
    shifted = recursion(rng.normal(size=n)) + np.where(np.arange(n) > n // 2, 6.0, 0.0)
    x = sl.estimate_ou(shifted).diagnostics()
    assert by_name(x)["CUSUM"].statistic > 0.8


def test_irregular_times_have_innovations_and_no_rolling_fit(fit):
    times = np.cumsum(1.0 + np.arange(fit.n_obs) % 3) / 504
    found = sl.estimate_ou(fit.spread, times=times).diagnostics()
    assert np.mean(found.innovations**2) == pytest.approx(1.0, rel=1e-6)
    assert not found.rolling
    assert found.plot().to_png().startswith(b"\x89PNG")


def test_shows_itself(found):
    assert repr(found).startswith("OUDiagnostics(Ljung-Box p=")
    assert "no autocorrelation" in found._repr_html_()
    assert list(found.to_frame().index) == ["Ljung-Box", "Jarque-Bera", "ARCH-LM", "CUSUM"]
    assert found.plot().to_png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"lags": 1}, "lags"),
        ({"lags": 400}, "lags"),
        ({"window": 5}, "window"),
        ({"window": 5000}, "window"),
    ],
)
def test_refuses_bad_arguments(fit, options, argument):
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}: "):
        fit.diagnostics(**options)
