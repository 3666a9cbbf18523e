"""Moving hedge ratios: oracles, causality, planted parameters."""

from __future__ import annotations

import dataclasses
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from tests.oracles import hedge_slow

import spreadlab as sl
from spreadlab.api_ou import hedge_series
from spreadlab.ou.hedges import METHODS
from spreadlab.ou.kalman import fit_variances
from spreadlab.ou.kernels_hedge import expanding_ols_nb, kalman_filter_nb, rolling_line_nb

WINDOW = 80


def legs(n_obs=300, seed=1, moving=0.02, noise=0.1):
    """y = a + b x + e whose a and b walk; x is a walk around zero."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(size=n_obs) * 0.3)
    a = 1.0 + np.cumsum(rng.normal(size=n_obs) * moving)
    b = 1.5 + np.cumsum(rng.normal(size=n_obs) * moving)
    return a + b * x + noise * rng.normal(size=n_obs), x, a, b


def follow(y, x, method, window=WINDOW, **options):
    return hedge_series(y, x, method=method, window=window, transform="none", **options)


@pytest.mark.parametrize(
    ("method", "oracle"),
    [
        ("rolling", lambda y, x: hedge_slow.lines(y, x, WINDOW)),
        ("expanding", lambda y, x: hedge_slow.lines(y, x, WINDOW, expanding=True)),
        ("total-least-squares", lambda y, x: hedge_slow.orthogonal_lines(y, x, WINDOW)),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_lines_equal_a_fresh_fit_at_every_bar(method, oracle, seed):
    y, x, _, _ = legs(seed=seed)
    found, expected = follow(y, x, method), oracle(y, x)
    assert found.start == WINDOW - 1
    np.testing.assert_allclose(found.intercept, expected[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.hedge_ratio, expected[1], rtol=1e-9, atol=1e-9)


def test_kalman_equals_statsmodels():
    y, x, _, _ = legs()
    found = follow(y, x, "kalman", window=300)
    model = hedge_slow.RandomWalkRegression(y, x)
    oracle = model.smooth(np.log(list(found.variances.values())))
    assert found.loglik == pytest.approx(oracle.llf, abs=1e-8)
    assert found.hedge_ratio[-1] == pytest.approx(oracle.filtered_state[1, -1], rel=1e-8)
    assert found.hedge_ratio_stderr[-1] ** 2 == pytest.approx(
        oracle.filtered_state_cov[1, 1, -1], rel=1e-7
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = model.fit(disp=0, maxiter=200)
    assert found.loglik >= best.llf - 1e-6


@pytest.mark.parametrize("variances", [(1e-4, 4e-4, 1e-2), (0.0, 1e-3, 0.5), (0.2, 0.0, 1e-3)])
def test_filter_equals_statsmodels_at_every_bar(variances):
    y, x, _, _ = legs(seed=3)
    out = np.full((6, y.size), np.nan)
    log_f, squares, proper = kalman_filter_nb(y, x, *variances, out)
    loglik = -0.5 * (y.size * math.log(2 * math.pi) + log_f + squares)
    oracle = hedge_slow.RandomWalkRegression(y, x).smooth(np.log(np.maximum(variances, 1e-300)))
    assert proper == y.size - 2
    assert loglik == pytest.approx(oracle.llf, abs=1e-8)
    np.testing.assert_allclose(out[:2, 2:], oracle.filtered_state[:, 2:], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(out[3, 2:], oracle.filtered_state_cov[1, 1, 2:], rtol=1e-5)
    np.testing.assert_allclose(out[4, 2:], oracle.forecasts_error[0, 2:], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(out[5, 2:], oracle.forecasts_error_cov[0, 0, 2:], rtol=1e-6)


def test_kernels_equal_their_plain_twins():
    y, x, _, _ = legs(60)

    def both(kernel, rows, *options):
        fast, slow = np.full((rows, 60), np.nan), np.full((rows, 60), np.nan)
        kernel(y, x, *options, fast)
        kernel.py_func(y, x, *options, slow)
        np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-12)

    both(expanding_ols_nb, 2)
    both(rolling_line_nb, 2, 20, True)
    both(rolling_line_nb, 2, 20, False)
    both(kalman_filter_nb, 6, 1e-3, 1e-3, 1e-2)


@pytest.mark.parametrize("method", METHODS)
def test_changing_the_future_changes_no_past_value(method):
    y, x, _, _ = legs(400, seed=4)
    before = follow(y, x, method)
    rng = np.random.default_rng(9)
    for cut in (WINDOW, 200, 399):
        changed_y, changed_x = y.copy(), x.copy()
        changed_y[cut:] += 10.0 * rng.normal(size=400 - cut)
        changed_x[cut:] += rng.normal(size=400 - cut)
        after = follow(changed_y, changed_x, method)
        assert before.causal
        for name in ("hedge_ratio", "intercept", "spread", "forecast_error"):
            old, new = getattr(before, name)[:cut], getattr(after, name)[:cut]
            assert np.array_equal(old, new, equal_nan=True), name
        assert not np.array_equal(before.spread[cut:], after.spread[cut:])


@pytest.mark.parametrize("method", METHODS)
def test_spread_and_forecast_error_are_what_they_say(method):
    y, x, _, _ = legs(200, seed=5)
    found = follow(y, x, method)
    assert np.isnan(found.hedge_ratio[: found.start]).all()
    assert np.isfinite(found.hedge_ratio[found.start :]).all()
    np.testing.assert_allclose(found.spread, y - found.hedge_ratio * x - found.intercept)
    t = 150
    expected = y[t] - found.hedge_ratio[t - 1] * x[t] - found.intercept[t - 1]
    assert found.forecast_error[t] == pytest.approx(expected, rel=1e-12)


def kalman_scores(n_paths, seed):
    truth = np.log([0.02**2, 0.02**2, 0.1**2])
    scores = []
    for k in range(n_paths):
        y, x, _, _ = legs(600, seed=seed + k)
        variances, errors, _ = fit_variances(y, x)
        scores.append((np.log(list(variances.values())) - truth) / list(errors.values()))
    return np.array(scores)


def check_kalman(scores):
    assert np.mean(np.isfinite(scores)) > 0.97
    assert np.nanmean(np.abs(scores) < 3.0) > 0.97
    assert np.all(np.abs(np.nanmean(scores, axis=0)) < 0.6), np.nanmean(scores, axis=0)


def test_kalman_recovers_planted_variances():
    check_kalman(kalman_scores(40, 100))


@pytest.mark.certify
def test_kalman_recovers_planted_variances_on_200_paths():
    check_kalman(kalman_scores(200, 1000))


def test_kalman_follows_the_hedge_ratio_within_its_own_error():
    scores = []
    for seed in range(30):
        y, x, _, b = legs(500, seed=seed)
        found = follow(y, x, "kalman", window=250)
        scores.append((found.hedge_ratio - b)[260::20] / found.hedge_ratio_stderr[260::20])
    scores = np.concatenate(scores)
    assert abs(scores.mean()) < 0.3
    assert scores.std() == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("method", ["rolling", "expanding", "total-least-squares"])
def test_lines_recover_planted_hedge_ratios(method):
    """On 200 paths with a hedge ratio that stays: the mean error within three standard errors."""
    last = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = np.cumsum(rng.normal(size=200))
        noise = 0.2 * rng.normal(size=(2, 200))
        if method == "total-least-squares":  # errors in both legs, which least squares mistakes
            found = follow(1.0 + 1.5 * x + noise[0], x + noise[1], method, window=200)
        else:
            found = follow(1.0 + 1.5 * x + noise[0], x, method, window=100)
        last.append(found.hedge_ratio[-1])
    error = np.std(last) / math.sqrt(200)
    assert abs(np.median(last) - 1.5) < 3 * 1.26 * error


@pytest.mark.parametrize("method", METHODS)
def test_rescaling_both_legs(method):
    y, x, _, _ = legs(200, seed=6)
    found, moved = follow(y, x, method), follow(7.0 * y, 7.0 * x, method)
    np.testing.assert_allclose(moved.hedge_ratio, found.hedge_ratio, rtol=1e-5)
    np.testing.assert_allclose(moved.spread, 7.0 * found.spread, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["rolling", "expanding", "kalman"])
def test_regressions_do_not_mind_the_units_of_a_leg(method):
    y, x, _, _ = legs(200, seed=6)
    found, moved = follow(y, x, method), follow(y, 50.0 * x, method)
    np.testing.assert_allclose(50.0 * moved.hedge_ratio, found.hedge_ratio, rtol=1e-4, atol=1e-6)


def test_takes_series_and_logarithms():
    y, x, _, _ = legs(200, seed=7)
    index = pd.bdate_range("2020-01-01", periods=200)
    left = pd.Series(np.exp(0.1 * y), index=index, name="KO")
    right = pd.Series(np.exp(0.1 * x), index=index, name="PEP")
    found = hedge_series(left, right, method="rolling", window=WINDOW)
    assert (found.dependent, found.hedge, found.transform) == ("KO", "PEP", "log")
    plain = follow(0.1 * y, 0.1 * x, "rolling")
    np.testing.assert_allclose(found.hedge_ratio, plain.hedge_ratio, rtol=1e-8)


def test_rows_are_a_pair_that_a_backtest_takes():
    from spreadlab.backtest.legs import read_legs

    y, x, _, _ = legs(200, seed=7)
    prices = pd.DataFrame({"KO": np.exp(0.1 * y), "PEP": np.exp(0.1 * x)})
    found = hedge_series(prices["KO"], prices["PEP"], method="kalman", window=WINDOW)
    part = found.rows(found.start)
    assert part.n_obs == 200 - found.start
    assert part.start == 0
    taken = read_legs(prices.iloc[found.start :], part, None)
    np.testing.assert_allclose(taken.weights[:, 1], -found.hedge_ratio[found.start :])
    with pytest.raises(sl.InvalidInputError, match=r"^low: "):
        found.rows(500)


def test_shows_itself():
    y, x, _, _ = legs(200, seed=7)
    found = follow(y, x, "kalman")
    assert repr(found).startswith("HedgeResult(y on x, method='kalman'")
    assert "Moving hedge ratio (causal)" in found._repr_html_()
    assert found.to_frame().shape == (200, 4)
    assert found.plot().to_png().startswith(b"\x89PNG")
    assert follow(y, x, "rolling").plot().to_png().startswith(b"\x89PNG")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.causal = False
    with pytest.raises(ValueError, match="read-only"):
        found.hedge_ratio[0] = 1.0


@pytest.mark.parametrize(
    ("change", "argument"),
    [({"method": "ols"}, "method"), ({"window": 5, "method": "rolling"}, "window"),
     ({"window": 20}, "window"), ({"window": 1000}, "y"), ({"transform": "sqrt"}, "transform"),
     ({"x": [1.0] * 10}, "x"), ({"y": [math.nan] * 200}, "y"), ({"x": [2.0] * 200}, "x"),
     ({"transform": "log"}, "y")],
)  # fmt: skip
def test_refuses_bad_arguments(change, argument):
    y, x, _, _ = legs(200, seed=7)
    good = {"y": y - 50.0, "x": x, "method": "kalman", "window": WINDOW, "transform": "none"}
    with pytest.raises(sl.InvalidInputError, match=f"^{argument}"):
        hedge_series(**(good | change))


def test_refuses_a_hedge_that_stands_still_within_a_window():
    y, x, _, _ = legs(200, seed=7)
    x[50:150] = x[50]
    with pytest.raises(sl.InvalidInputError, match=r"^x: does not move with y in the 80 bars"):
        follow(y, x, "rolling")
