"""The watch on a relationship: what breaks it is seen, and what does not break it is not."""

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.live.model import Baseline
from spreadlab.live.watch import Watcher

BASE = Baseline(0.9, 1.0, 0.1)


def path(n_obs, seed, *, phi=0.9, theta=1.0, scale=0.1, start=1.0):
    rng = np.random.default_rng(seed)
    x = np.empty(n_obs)
    x[0] = start
    for t in range(1, n_obs):
        x[t] = theta + phi * (x[t - 1] - theta) + scale * rng.normal()
    return x


def watched(values, baseline=BASE, **options):
    watcher = Watcher("A-B", sl.live.Watch(**options), baseline)
    steps = [watcher.step(t, float(x)) for t, x in enumerate(values)]
    return [health for health, _ in steps], [alert for _, alerts in steps for alert in alerts]


def test_rolling_figures_are_those_of_the_window():
    values = path(300, 1)
    healths, _ = watched(values, window=100)
    assert np.isnan(healths[98].pvalue)
    for t in (99, 150, 299):
        window = values[t - 99 : t + 1]
        test = sl.test_mean_reversion(window)
        assert healths[t].pvalue == test.pvalue
        assert healths[t].half_life == pytest.approx(np.log(2) / -np.log(test.phi), rel=1e-12)


def test_the_sums_are_pages():
    values = path(200, 2)
    healths, alerts = watched(values, cusum_drift=0.3, cusum_limit=1e9)
    errors = (values[1:] - 1.0 - 0.9 * (values[:-1] - 1.0)) / 0.1
    # Page's sum is how far the walk of errors less drift is above its lowest point so far.
    for sign, name in ((1, "cusum_up"), (-1, "cusum_down")):
        walk = np.concatenate([[0.0], np.cumsum(sign * errors - 0.3)])
        expected = walk - np.minimum.accumulate(walk)
        got = [getattr(health, name) for health in healths]
        np.testing.assert_allclose(got, expected, atol=1e-12)
    assert alerts == []


@pytest.mark.parametrize(("limit", "published"), [(4.0, 168.0), (5.0, 465.0)])
def test_false_alarms_come_as_often_as_published(limit, published):
    # Two-sided average run lengths of k = 1/2: Montgomery, Statistical Quality Control, table 9.3.
    watch = sl.live.Watch(cusum_limit=limit)
    assert watch.in_control_run_length == pytest.approx(published, rel=0.02)
    rng = np.random.default_rng(5)
    up = down = 0.0
    alarms = 0
    errors = rng.normal(size=60_000)
    for e in errors:
        up, down = max(0.0, up + e - 0.5), max(0.0, down - e - 0.5)
        if max(up, down) > limit:
            alarms += 1
            up = down = 0.0
    _, alerts = watched(from_errors(errors), cusum_limit=limit, window=100_000)
    assert len([a for a in alerts if a.kind == "cusum"]) == alarms
    assert errors.size / alarms == pytest.approx(published, rel=0.15)


def from_errors(errors):
    x = np.empty(errors.size + 1)
    x[0] = 1.0
    for t, e in enumerate(errors):
        x[t + 1] = 1.0 + 0.9 * (x[t] - 1.0) + 0.1 * e
    return x


def test_a_relation_that_holds_stays_quiet():
    counts = []
    for seed in range(20):
        _, alerts = watched(path(756, seed), window=252)
        counts.append(len(alerts))
    # Three years of a spread with a half-life of 6.6 bars: less than one alert a year.
    assert np.mean(counts) < 3


@pytest.mark.parametrize("seed", range(5))
def test_a_relation_that_breaks_is_noticed(seed):
    before = path(400, seed)
    walk = before[-1] + np.cumsum(0.1 * np.random.default_rng(seed + 50).normal(size=500))
    values = np.concatenate([before, walk])
    _, alerts = watched(values)
    kinds = {alert.kind for alert in alerts if alert.time >= 400}
    assert {"half_life", "out_of_band"} & kinds
    assert "cusum" in kinds
    shifted = np.concatenate([before, path(200, seed + 9, theta=2.0, start=before[-1])])
    _, alerts = watched(shifted)
    [first, *_] = [alert for alert in alerts if alert.kind == "out_of_band" and alert.time >= 400]
    assert first.numbers["bars"] > first.numbers["limit"] == pytest.approx(3 * BASE.half_life)
    assert "bars without a break beyond 2 standard deviations" in first.words


def test_an_alert_comes_once_until_it_ends():
    quiet, out = np.full(30, 1.0), np.full(60, 2.0)
    values = np.concatenate([quiet, out, quiet, out]) + 1e-3 * np.sin(np.arange(180))
    _, alerts = watched(values, cusum_limit=1e9)
    times = [alert.time for alert in alerts if alert.kind == "out_of_band"]
    limit = int(3 * BASE.half_life) + 1
    assert times == [30 + limit - 1, 120 + limit - 1]


@pytest.mark.parametrize(("calm", "alerts"), [(1, 1), (20, 1), (21, 2)])
def test_a_condition_that_flickers_is_one_alert(calm, alerts):
    values = np.concatenate([np.full(30, 2.0), np.full(calm, 1.0), np.full(30, 2.0)])
    _, raised = watched(values, cusum_limit=1e9, rearm=20, out_of_band_half_lives=1e-9)
    assert len([alert for alert in raised if alert.kind == "out_of_band"]) == alerts


def test_without_a_formation_only_the_window_speaks():
    healths, alerts = watched(np.cumsum(np.random.default_rng(3).normal(size=400)), None)
    assert np.isnan(healths[-1].cusum_up)
    assert {alert.kind for alert in alerts} <= {"pvalue"}
    assert alerts


def test_a_spread_that_stands_still_says_nothing():
    healths, alerts = watched(np.full(300, 1.0), window=50)
    assert np.isnan(healths[-1].pvalue)
    assert alerts == []
    healths, _ = watched([*np.full(300, 1.0), 1.1], window=50)
    assert np.isnan(healths[-1].pvalue)  # nothing is known yet of what it does from there


@pytest.mark.parametrize(
    ("option", "value"),
    [("window", 5), ("pvalue", 0.0), ("cusum_limit", -1.0), ("band", 0.0), ("stale_bars", 0)],
)
def test_nonsense_is_refused(option, value):
    with pytest.raises(sl.InvalidInputError, match=f"{option}: got"):
        sl.live.Watch(**{option: value})
