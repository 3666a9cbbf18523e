"""Variances of the Kalman hedge: derivatives, the highest top, ends of the range, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.engines.byte_engine import ByteEngine
from tests.oracles import hedge_slow, kalman_slow

import spreadlab as sl
from spreadlab.api_ou import hedge_series
from spreadlab.ou.descent import derivatives
from spreadlab.ou.kalman import NAMES, fit_variances
from spreadlab.ou.kernels_kalman import (
    INFO,
    LANES,
    LOGLIK,
    NOISE,
    SCORE,
    SQUARES_SLOPE,
    climb_nb,
    kalman_scores_nb,
)


def pair(seed):
    """Two legs of the order of 1, of one of ten kinds, whose variances may be zero."""
    rng = np.random.default_rng(1000 + seed)
    n = int(rng.choice([50, 60, 80, 120, 252, 504, 1000]))
    level, slope = (10 ** rng.uniform(-4, 0) * (rng.random() < 0.8) for _ in range(2))
    noise, shocks = 10 ** rng.uniform(-3, 0.5), rng.normal(size=n)
    kind = seed % 10
    if kind < 2:
        x = np.cumsum(rng.normal(size=n) * 0.3)
    elif kind < 5:  # logarithms of prices: hardly to be told from a constant
        x = 4 + np.cumsum(rng.normal(size=n) * 0.015)
        level, slope, noise = 0.05 * level, 0.05 * slope, 0.05 * noise
    elif kind == 5:
        x = rng.normal(size=n)
    elif kind == 6:
        x = 2 + np.sin(np.arange(n) / 20)
    elif kind == 7:  # heavy tails
        x, shocks = 3 + np.cumsum(rng.standard_t(3, n) * 0.02), rng.standard_t(2.5, n)
        noise *= 0.05
    elif kind == 8:
        x, noise = 4 + np.cumsum(rng.normal(size=n) * 0.02), 0.02
    else:  # whole numbers, so that bars repeat
        x = 5 + np.round(np.cumsum(rng.normal(size=n)))
    a = 1 + np.cumsum(rng.normal(size=n)) * level
    b = 1.5 + np.cumsum(rng.normal(size=n)) * slope
    if kind == 8:  # breaks instead of walks
        a, b = np.where(np.arange(n) < n // 3, 0.0, 0.2), np.where(np.arange(n) < n // 2, 1.0, 1.3)
    y = a + b * x + noise * shocks
    return y / np.sqrt(np.mean(y**2)), x / np.sqrt(np.mean(x**2))


def check_highest(seeds):
    for seed in seeds:
        y, x = pair(seed)
        variances, errors, loglik = fit_variances(y, x)
        point = np.log(list(variances.values()))
        ratios = point[:2] - point[2]
        # The likelihood at what is returned is the one that is returned, and nothing is higher.
        here = kalman_slow.precise_loglik(y, x, ratios)
        rounding = 1e-9 + 2e-11 * abs(loglik)
        assert loglik == pytest.approx(here, abs=rounding), seed
        assert loglik >= kalman_slow.highest_loglik(y, x) - 1e-8 - rounding, seed
        assert list(variances) == list(errors) == list(NAMES)


def test_no_search_finds_a_higher_likelihood():
    check_highest([*range(12), 107])  # the last one has next to no noise


@pytest.mark.certify
def test_no_search_finds_a_higher_likelihood_on_200_pairs():
    check_highest(range(12, 220))


POINTS = np.array([[-3.0, -5.0, -9.0, 2.0], [-4.0, -8.0, 0.0, 3.0]])


@pytest.mark.parametrize("seed", [0, 2, 9])
def test_scores_are_the_derivatives_of_the_likelihood(seed):
    y, x = pair(seed)
    found = kalman_scores_nb(y, x, POINTS)
    for lane in range(LANES):
        point = POINTS[:, lane]

        def likelihood(at):
            return kalman_slow.concentrated_loglik(y, x, at)

        assert found[LOGLIK, lane] == pytest.approx(likelihood(point), abs=1e-8)
        slope, _ = derivatives(likelihood, point, found[LOGLIK, lane], 1e-4)
        np.testing.assert_allclose(found[SCORE : SCORE + 2, lane], slope, rtol=1e-5, atol=1e-5)
        square = [
            [found[INFO, lane], found[INFO + 1, lane]],
            [found[INFO + 1, lane], found[INFO + 2, lane]],
        ]
        assert np.linalg.eigvalsh(square).min() >= -1e-9 * np.trace(square)


def test_information_is_the_curvature_where_the_model_is_right():
    """On average over samples of the model, at its own parameters."""
    ratios, curvature, information = np.log([0.04, 0.04]), [], []
    points = np.tile(ratios[:, None], LANES)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = np.cumsum(rng.normal(size=500) * 0.3)
        a, b = (np.cumsum(rng.normal(size=500) * 0.2) for _ in range(2))
        y = a + b * x + rng.normal(size=500)

        def likelihood(at, y=y, x=x):
            return kalman_slow.concentrated_loglik(y, x, at)

        found = kalman_scores_nb(y, x, points)[:, 0]
        information.append(found[INFO : INFO + 3])
        bend = -derivatives(likelihood, ratios, found[LOGLIK], 1e-2)[1]
        curvature.append([bend[0, 0], bend[0, 1], bend[1, 1]])
    np.testing.assert_allclose(np.mean(information, 0), np.mean(curvature, 0), rtol=0.15, atol=1.5)


@pytest.mark.parametrize("seed", [0, 9])
def test_kernel_equals_its_plain_twin(seed):
    y, x = pair(seed)
    fast, slow = (f(y[:60], x[:60], POINTS) for f in (kalman_scores_nb, kalman_scores_nb.py_func))
    np.testing.assert_allclose(fast, slow, rtol=1e-8, atol=1e-8)


def test_standard_errors_are_those_of_the_observed_information():
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.normal(size=400) * 0.3)
    a, b = (np.cumsum(rng.normal(size=400) * 0.1) for _ in range(2))
    y = a + b * x + 0.3 * rng.normal(size=400)
    variances, errors, loglik = fit_variances(y, x)
    model = hedge_slow.RandomWalkRegression(y, x)
    logs = np.log(list(variances.values()))
    _, bend = derivatives(lambda p: -model.loglike(p), logs, -loglik, 1e-3)
    expected = np.sqrt(np.diag(np.linalg.inv(bend)))
    np.testing.assert_allclose(list(errors.values()), expected, rtol=1e-3)


def test_climb_takes_back_what_gains_nothing_and_stops_at_the_top():
    """A hill of its own: -(p - top)^2 in both coordinates, with an information that is wrong."""
    top, weight = np.array([1.5, -2.0]), np.array([3.0, 0.2])

    def scores(points):
        out = np.zeros((9, LANES))
        out[LOGLIK] = -(weight @ (points - top[:, None]) ** 2)
        out[SCORE : SCORE + 2] = -2 * weight[:, None] * (points - top[:, None])
        out[INFO], out[INFO + 2] = 2.0, 2.0  # a third of one curvature, five times the other
        out[NOISE], out[SQUARES_SLOPE] = 1.0, 0.0
        return out

    trial = np.array([[-8.0, 0.0, 3.0, 25.0], [4.0, -29.0, 0.0, 1.0]])
    at, known, reach = trial.copy(), scores(trial), np.full(LANES, 4.0)
    known[LOGLIK] = -np.inf
    answer, before = scores(trial), known[LOGLIK].copy()
    for _ in range(100):
        if climb_nb(trial, answer, at, known, reach) == 0:
            break
        assert (known[LOGLIK] >= before).all()
        answer, before = scores(trial), known[LOGLIK].copy()
    np.testing.assert_allclose(at, np.tile(top[:, None], LANES), atol=1e-4)
    assert (reach == 0.0).all()


@pytest.mark.parametrize(
    ("moving", "still"), [("hedge_ratio", "intercept"), ("intercept", "hedge_ratio")]
)
def test_a_variance_that_is_zero(moving, still):
    """Most samples of a coefficient that stands still put it at the end of the range."""
    ends = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=300)
        walk = np.cumsum(rng.normal(size=300) * 0.1)
        y = 1 + 0.3 * rng.normal(size=300) + (walk * x if moving == "hedge_ratio" else walk + x)
        variances, errors, loglik = fit_variances(y, x)
        assert math.isfinite(loglik)
        assert 0.001 < variances[moving] < 0.1
        if variances[still] < 1e-9:
            ends += 1
            assert math.isnan(errors[still])
        assert math.isfinite(errors[moving])
    assert ends >= 10  # half of them in theory


@pytest.mark.parametrize("seed", [465, 241])
def test_finds_the_higher_of_two_hills(seed):
    """Samples with two tops: a search from one start ends on the lower of them."""
    y, x = pair(seed)
    _, _, loglik = fit_variances(y, x)
    tops = [kalman_slow.top_from(y, x, start)[0] for start in kalman_slow.STARTS]
    assert max(tops) - min(tops) > 0.3
    assert loglik >= max(tops) - 1e-8


def test_variances_keep_their_order_over_the_wire():
    y, x = pair(2)
    for engine in (None, ByteEngine(1)):
        found = hedge_series(y, x, window=50, transform="none", engine=engine)
        assert list(found.variances) == list(found.variance_stderr) == list(NAMES)
    assert hedge_series(y, x, method="rolling", window=50, transform="none").variances == {}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_refuses_a_line_and_a_leg_that_stands_still(scale):
    rng = np.random.default_rng(1)
    x = 4 + np.cumsum(rng.normal(size=200)) * 0.02
    with pytest.raises(sl.InvalidInputError, match=r"^y: a line in x, up to rounding, over the"):
        hedge_series(scale * (1 + 1.5 * x), x, window=100, transform="none")
    noisy = scale * (1 + 1.5 * x + 1e-9 * rng.normal(size=200))
    assert hedge_series(noisy, x, window=100, transform="none").n_obs == 200
    x[:100] = x[0]
    with pytest.raises(sl.InvalidInputError, match=r"^x: does not move in the first 100 bars"):
        hedge_series(rng.normal(size=200), x, window=100, transform="none")
