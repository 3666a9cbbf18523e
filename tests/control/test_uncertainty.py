"""Thresholds over the distribution of an estimate."""

import math

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.control.robust import gain_rates
from spreadlab.control.uncertainty import NAMES, draw_parameters


def fit_of(seed=2, n=1260, kappa=12.0):
    return sl.estimate_ou(sl.simulate_ou(kappa, 0.1, 0.2, 1 / 252, n, seed=seed))


@pytest.fixture(scope="module")
def spread_out():
    return sl.control.policy_distribution(fit_of(), discount=0.04, cost=0.001)


def share_of_truths_held(fits, n, kappa, penalty, n_draws, seed):
    """Return by threshold how often the 95 % interval holds the true one."""
    options = {"discount": 0.04, "cost": 0.002, "risk_penalty": penalty}
    truth = sl.control.thresholds_over(kappa=kappa, theta=0.1, sigma=0.2, **options)
    held = np.zeros(4)
    for r in range(fits):
        spread = sl.simulate_ou(kappa, 0.1, 0.2, 1 / 252, n, seed=seed + r)
        draws, _ = draw_parameters(spread, 1 / 252, n_draws, r)
        k, m, s = draws.T
        many = sl.control.thresholds_over(kappa=k, theta=m, sigma=s, **options)
        for i, name in enumerate(NAMES):
            low, high = np.quantile(getattr(many, name), [0.025, 0.975])
            held[i] += low <= float(getattr(truth, name)) <= high
    return dict(zip(NAMES, held / fits, strict=True))


def test_draws_centre_on_the_truth_in_long_samples():
    spread = sl.simulate_ou(12.0, 0.1, 0.2, 1 / 252, 60_000, seed=4)
    draws, reverting = draw_parameters(spread, 1 / 252, 4000, 1)
    fit = sl.estimate_ou(spread)
    assert reverting == 1.0
    for column, name in zip(draws.T, ("kappa", "theta", "sigma"), strict=True):
        assert column.std() == pytest.approx(fit.stderr[name], rel=0.1)
        assert column.mean() == pytest.approx(getattr(fit, name), abs=0.35 * fit.stderr[name])


def test_intervals_cover_in_a_few_fits():
    held = share_of_truths_held(100, 1260, 12.0, 0.1, 200, seed=10)
    for share in held.values():
        assert share >= 0.87  # binomial 95 % at 100 fits: four standard errors below


@pytest.mark.certify
@pytest.mark.parametrize("penalty", [0.0, 0.1])
@pytest.mark.parametrize(("kappa", "n"), [(12.0, 1260), (20.0, 2520)])
def test_intervals_cover_93_to_97_percent(kappa, n, penalty, request):
    held = share_of_truths_held(500, n, kappa, penalty, 1000, seed=1000)
    for name, share in held.items():
        request.node.user_properties.append((name, share))
        assert 0.93 <= share <= 0.97, name


def test_gain_rate_is_the_ergodic_gain_at_the_optimal_levels(ou):
    for penalty in (0.0, 0.05):
        policy = sl.solve_hjb(
            ou, discount=0.0, cost=0.001, objective="ergodic", risk_penalty=penalty
        )
        levels = np.array([getattr(policy.thresholds, name) for name in NAMES])
        draws = np.array([[3.0, 0.0, 0.2]])
        assert gain_rates(draws, levels, 0.001, penalty)[0] == pytest.approx(policy.gain, rel=1e-10)
        for k in range(4):  # and no other levels earn more
            for factor in (0.8, 1.2):
                other = levels.copy()
                other[k] *= factor
                assert gain_rates(draws, other, 0.001, penalty)[0] < policy.gain


def test_robust_levels_are_no_worse_on_average(spread_out):
    assert spread_out.robust_gain >= spread_out.plug_in_gain
    # In a short sample the difference is visible, and no nearby rule does better.
    short = sl.control.policy_distribution(
        fit_of(seed=5, n=300, kappa=20.0), discount=0.04, cost=0.01
    )
    assert short.robust_gain > short.plug_in_gain
    levels = np.array([getattr(short.robust, name) for name in NAMES])
    for k in range(4):
        for shift in (-0.003, 0.003):
            other = levels.copy()
            other[k] += shift
            assert gain_rates(short.draws, other, 0.01, 0.0).mean() <= short.robust_gain


def test_probabilities(spread_out):
    x = np.linspace(-0.1, 0.3, 41)
    for position in (-1, 0, 1):
        shares = spread_out.action_probability(position, x)
        assert shares.shape == (41, 3)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert spread_out.action_probability(0, -0.1)[0, 2] == 1.0
    assert (np.diff(spread_out.action_probability(0, x)[:, 2]) <= 0).all()


def test_same_seed_same_answer(spread_out):
    again = sl.control.policy_distribution(fit_of(), discount=0.04, cost=0.001)
    np.testing.assert_array_equal(again.levels, spread_out.levels)
    assert again.robust == spread_out.robust
    other = sl.control.policy_distribution(fit_of(), discount=0.04, cost=0.001, seed=1)
    assert not np.array_equal(other.levels, spread_out.levels)


def test_shows_itself(spread_out):
    low, high = spread_out.interval("exit_long")
    assert low < spread_out.plug_in.exit_long < high
    assert spread_out.interval("exit_long", 0.5)[0] > low
    assert repr(spread_out).startswith("PolicyDistribution(exit_long=")
    assert "95 % interval" in spread_out._repr_html_()
    assert list(spread_out.to_frame().index) == list(NAMES)
    assert spread_out.plot().to_png()[:4] == b"\x89PNG"


def test_series_that_hardly_reverts_is_refused():
    walk = np.random.default_rng(0).standard_normal(400).cumsum() * 0.01
    upwards = walk + 0.01 * np.arange(400)
    with pytest.raises(sl.NotMeanRevertingError):
        draw_parameters(upwards * np.exp(np.arange(400) / 100), 1 / 252, 200, 0)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"discount": 0.0}, "discount"),
        ({"cost": 0.0}, "cost"),
        ({"level": 1.0}, "level"),
        ({"n_draws": 10}, "n_draws"),
        ({"seed": -1}, "seed"),
        ({"risk_penalty": math.nan}, "risk_penalty"),
    ],
)
def test_bad_argument_is_named(change, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        sl.control.policy_distribution(fit_of(), **{"discount": 0.04, "cost": 0.001, **change})
    assert caught.value.argument == argument


def test_parameters_alone_are_refused(ou):
    with pytest.raises(sl.InvalidInputError, match="no uncertainty"):
        sl.control.policy_distribution(ou, discount=0.04, cost=0.001)
