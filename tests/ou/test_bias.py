"""Bias before and after correction, and the formulas behind the corrections."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import spreadlab as sl
from spreadlab.ou.bias import kappa_bias, sigma2_bias
from spreadlab.ou.estimate import moments_of

DT = 1 / 252


def test_kappa_bias_is_four_over_the_time_span_in_the_limit():
    assert kappa_bias(1e-9, 2520, DT) == pytest.approx(4.0 / 10.0, rel=1e-6)


@pytest.mark.parametrize("a", [0.01, 0.2, 1.5])
def test_biases_are_the_second_order_expansions(a):
    """By automatic differentiation of kappa(phi) and sigma^2(phi, v)."""
    n, v = 500, 0.7
    phi = math.exp(-a)
    bias_phi, variance_phi = -(1 + 3 * phi) / n, (1 - phi**2) / n
    kappa = mp.mpf(a)
    expected = mp.diff(lambda p: -mp.log(p), phi) * bias_phi
    expected += mp.diff(lambda p: -mp.log(p), phi, 2) * variance_phi / 2
    assert kappa_bias(a, n, 1.0) == pytest.approx(float(expected), rel=1e-9)

    def sigma2(p):
        return -2 * mp.log(p) * v / (1 - p**2)

    expected = mp.diff(sigma2, phi) * bias_phi + mp.diff(sigma2, phi, 2) * variance_phi / 2
    expected += sigma2(phi) / v * (-2 * v / n)
    sigma = math.sqrt(float(sigma2(phi)))
    assert sigma2_bias(float(kappa), sigma, n, 1.0) == pytest.approx(float(expected), rel=1e-8)


def estimates(kappa, years, n_paths, method, seed=7):
    """Kappa of every path, corrections that leave nothing counted as what they are."""
    from spreadlab.ou.bias import jackknife
    from spreadlab.ou.estimate import kappa_of

    paths = sl.simulate_ou(
        kappa, 0.0, 0.2, DT, round(252 * years) + 1, n_paths, seed=seed, x0="stationary"
    )
    found = []
    for path in paths.T:
        moments = moments_of(path)
        plain = kappa_of(moments.rho, DT)
        if method == "mle":
            found.append(plain)
        elif method == "bias-corrected":
            found.append(plain - kappa_bias(plain, moments.n, DT))
        else:
            half = moments.n // 2
            parts = [moments_of(path[i * half : (i + 1) * half + 1]) for i in range(2)]
            found.append(2 * plain - sum(kappa_of(p.rho, DT) for p in parts) / 2)
            if found[-1] > 0 and plain > 0:
                assert jackknife(path, moments, DT)[0] == pytest.approx(found[-1], rel=1e-12)
    return np.array(found)


@pytest.mark.parametrize("method", ["bias-corrected", "jackknife"])
def test_corrections_take_most_of_the_bias_off(method):
    kappa, years, n_paths = 5.0, 4.0, 600
    before = estimates(kappa, years, n_paths, "mle")
    after = estimates(kappa, years, n_paths, method)
    error = before.std() / math.sqrt(n_paths)
    assert before.mean() - kappa == pytest.approx(4.0 / years, abs=4 * error)
    assert abs(after.mean() - kappa) < 4 * after.std() / math.sqrt(n_paths) + 0.1


def test_bias_corrected_is_the_estimate_less_its_bias():
    x = sl.simulate_ou(20.0, 0.1, 0.2, DT, 1000, seed=3)
    plain, corrected = sl.estimate_ou(x), sl.estimate_ou(x, method="bias-corrected")
    assert corrected.kappa == pytest.approx(
        plain.kappa - kappa_bias(plain.kappa, 999, DT), rel=1e-12
    )
    assert corrected.sigma**2 == pytest.approx(
        plain.sigma**2 - sigma2_bias(plain.kappa, plain.sigma, 999, DT), rel=1e-12
    )
    assert corrected.theta == plain.theta
    assert corrected.loglik == plain.loglik
    assert corrected.interval() == plain.interval()
    assert corrected.method == "bias-corrected"


def test_jackknife_against_its_formula():
    x = sl.simulate_ou(20.0, 0.1, 0.2, DT, 1001, seed=3)
    whole = sl.estimate_ou(x)
    halves = [sl.estimate_ou(x[:501]), sl.estimate_ou(x[500:])]
    fit = sl.estimate_ou(x, method="jackknife")
    assert fit.kappa == pytest.approx(2 * whole.kappa - sum(h.kappa for h in halves) / 2, rel=1e-12)
    variance = 2 * whole.sigma**2 - sum(h.sigma**2 for h in halves) / 2
    assert fit.sigma == pytest.approx(math.sqrt(variance), rel=1e-12)


@pytest.mark.parametrize("method", ["bias-corrected", "jackknife"])
def test_corrections_that_leave_nothing_are_errors(method):
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        x = np.cumsum(rng.normal(size=200))
        try:
            assert sl.estimate_ou(x, method=method).kappa > 0
        except sl.NotMeanRevertingError as error:
            refused += "no more than the bias" in str(error)
    assert refused > 10


@pytest.mark.parametrize("method", ["bias-corrected", "jackknife"])
def test_corrections_rescale(method):
    x = sl.simulate_ou(20.0, 0.1, 0.2, DT, 600, seed=3)
    fit, moved = sl.estimate_ou(x, method=method), sl.estimate_ou(5 - 3 * x, method=method)
    assert moved.kappa == pytest.approx(fit.kappa, rel=1e-10)
    assert moved.sigma == pytest.approx(3 * fit.sigma, rel=1e-10)
    other = sl.estimate_ou(x, 1.0, method=method)
    assert other.kappa == pytest.approx(fit.kappa * DT, rel=1e-10)


def test_jackknife_needs_two_halves():
    x = sl.simulate_ou(80.0, 0.1, 0.2, DT, 30, seed=3)
    with pytest.raises(sl.InvalidInputError, match="at least 39 for a jackknife"):
        sl.estimate_ou(x, method="jackknife")


def test_jackknife_needs_halves_that_vary():
    x = sl.simulate_ou(80.0, 0.1, 0.2, DT, 40, seed=3)
    x[20:] = x[19]
    with pytest.raises(sl.NotMeanRevertingError, match="half 2 of the sample is constant"):
        sl.estimate_ou(np.append(x, x[0]), method="jackknife")


def test_refuses_unknown_methods():
    with pytest.raises(sl.InvalidInputError, match=r"^method: .*one of 'mle'"):
        sl.estimate_ou(np.arange(30.0), method="ols")
