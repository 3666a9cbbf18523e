"""The verdict says what the interval of the half-life says."""

import math

import spreadlab as sl
from spreadlab.ou.verdict import verdict_of

REVERTING = sl.simulate_ou(20.0, 0.0, 0.2, 1 / 252, n_obs=2520, seed=2)


def test_a_spread_that_reverts_is_told_with_its_interval():
    fit = sl.estimate_ou(REVERTING)
    low, high = (end / fit.dt for end in fit.interval()["half_life"])
    assert math.isfinite(high)
    words = fit.verdict()
    assert words.startswith("The spread reverts: over 2,520 bars a random walk is rejected at 5 %.")
    assert f"from {low:.2f} to {high:.2f} bars" in words


def test_verdict_and_interval_never_disagree():
    seen = set()
    for seed in range(6):
        fit = sl.estimate_ou(sl.simulate_ou(3.0, 0.0, 0.2, 1 / 252, n_obs=1008, seed=seed))
        for level in (0.5, 0.95, 0.999):
            walks = math.isinf(fit.interval(level)["half_life"][1])
            assert ("not distinguishable from a random walk" in fit.verdict(level)) == walks
            seen.add(walks)
    assert seen == {True, False}


def test_words_name_the_length_and_the_level():
    assert verdict_of(47.1, (22.0, math.inf), 504, 0.95) == (
        "Mean reversion is not distinguishable from a random walk at this length: over 504 bars "
        "the estimate is a half-life of 47.1 bars, and at 5 % none above 22.0 bars is rejected."
    )
    assert "rejected at 0.1 %" in verdict_of(5.0, (4.0, 6.0), 504, 0.999)
