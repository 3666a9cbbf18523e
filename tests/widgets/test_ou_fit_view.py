"""The fit view shows the fit's own numbers, and curves that are what they are called."""

import math

import numpy as np
import pytest
from scipy.stats import norm

import spreadlab as sl
from spreadlab_widgets import OUFitView
from spreadlab_widgets.codec import from_wire

SPREAD = sl.simulate_ou(12.0, 0.1, 0.3, 1 / 252, n_obs=1000, seed=7)
WALK = np.cumsum(np.random.default_rng(11).normal(0, 0.01, 300))


@pytest.fixture(scope="module")
def fit():
    return sl.estimate_ou(SPREAD)


@pytest.fixture(scope="module")
def unclear():
    fit = sl.estimate_ou(WALK)
    assert math.isinf(fit.interval()["half_life"][1])
    return fit


def sent(view):
    return view.get_state()["_fit"]


def array(view, name):
    return from_wire(sent(view)[name])


def test_parameters_are_the_fits_with_simulated_intervals(fit):
    view = OUFitView(fit, level=0.9)
    rows = {row["name"]: row for row in sent(view)["parameters"]}
    assert list(rows) == ["kappa", "half_life", "sigma", "theta"]
    ends = fit.interval(0.9)
    for name, factor in (("kappa", 1.0), ("sigma", 1.0), ("theta", 1.0), ("half_life", 252.0)):
        row = rows[name]
        assert row["estimate"] == pytest.approx(getattr(fit, name) * factor)
        assert [row["low"], row["high"]] == pytest.approx([end * factor for end in ends[name]])
        assert row["stderr"] == pytest.approx(fit.stderr[name] * factor)
    assert rows["kappa"]["unit"] == "per year"
    assert rows["half_life"]["unit"] == "bars"


def test_the_level_can_be_changed(fit):
    view = OUFitView(fit)
    before = sent(view)["parameters"][0]
    view.level = 0.5
    after = sent(view)["parameters"][0]
    assert before["low"] < after["low"] < after["high"] < before["high"]


def test_an_end_that_does_not_exist_is_none_and_the_verdict_says_so(unclear):
    state = sent(OUFitView(unclear))
    rows = {row["name"]: row for row in state["parameters"]}
    assert rows["half_life"]["high"] is None
    assert rows["kappa"]["low"] == 0.0
    assert rows["theta"]["low"] is None
    assert rows["theta"]["high"] is None
    assert not state["reverts"]
    assert state["verdict"] == unclear.verdict()
    assert "not distinguishable from a random walk at this length" in state["verdict"]


def test_the_verdict_of_a_fit_that_reverts(fit):
    state = sent(OUFitView(fit))
    assert state["reverts"]
    assert state["verdict"].startswith("The spread reverts")


def test_the_stationary_density_is_normal_and_the_histogram_a_density(fit):
    view = OUFitView(fit)
    x = array(view, "x")
    expected = norm.pdf(x, fit.theta, fit.sigma / math.sqrt(2 * fit.kappa))
    np.testing.assert_allclose(array(view, "stationary"), expected)
    edges, density = array(view, "edges"), array(view, "density")
    assert np.sum(density * np.diff(edges)) == pytest.approx(1.0)
    counts = np.histogram(SPREAD, bins=edges)[0]
    np.testing.assert_allclose(density * np.diff(edges) * len(SPREAD), counts)
    assert edges[0] >= x[0]
    assert edges[-1] <= x[-1]


def test_autocorrelations_stand_beside_the_models(fit):
    from statsmodels.tsa.stattools import acf

    view = OUFitView(fit)
    sample, model = array(view, "acf"), array(view, "model_acf")
    np.testing.assert_allclose(sample, acf(SPREAD, nlags=len(sample) - 1), atol=1e-12)
    np.testing.assert_allclose(model, np.exp(-fit.kappa / 252) ** np.arange(len(model)))
    assert len(model) - 1 >= 4 * fit.half_life_bars


def test_innovations_and_their_tests_are_those_of_the_diagnostics(fit):
    view, checks = OUFitView(fit), fit.diagnostics()
    np.testing.assert_array_equal(array(view, "qq_sample"), checks.qq_sample)
    np.testing.assert_array_equal(array(view, "qq_theoretical"), checks.qq_theoretical)
    assert [(t["name"], t["pvalue"]) for t in sent(view)["tests"]] == [
        (t.name, t.pvalue) for t in checks.tests
    ]


def test_the_spread_has_its_dates_where_they_fit(fit):
    days = np.arange("2020-01-01", "2022-09-27", dtype="datetime64[D]")
    assert len(days) == 1000
    view = OUFitView(fit, days)
    np.testing.assert_array_equal(array(view, "times").astype("datetime64[ms]"), days)
    view.dates = days[:10]
    assert sent(view)["times"] is None
    np.testing.assert_array_equal(array(view, "spread"), SPREAD)


@pytest.mark.parametrize("n_obs", [20, 25, 60])
def test_short_samples_are_shown_too(n_obs):
    spread = sl.simulate_ou(100.0, 0.0, 0.3, 1 / 252, n_obs=n_obs, seed=4)
    view = OUFitView(sl.estimate_ou(spread))
    assert view.error == ""
    assert array(view, "acf").size <= n_obs // 2 + 1


def test_bars_as_the_unit_of_time_are_called_so():
    rows = sent(OUFitView(sl.estimate_ou(SPREAD, dt=1.0)))["parameters"]
    assert [row["unit"] for row in rows] == ["per bar", "bars", "per √bar", "of the spread"]


def test_irregular_times_are_shown():
    times = np.sort(np.random.default_rng(1).uniform(0, 1, 100))
    view = OUFitView(sl.estimate_ou(SPREAD[:100], times=times))
    assert view.error == ""
    assert sent(view)["verdict"]


def test_a_new_fit_replaces_the_old_one_and_none_clears(fit, unclear):
    view = OUFitView(fit)
    view.fit = unclear
    assert array(view, "spread").size == 300
    view.fit = None
    assert sent(view) is None
    assert repr(view) == "OUFitView(no fit)"


def test_repr_html_and_picture_read_without_a_kernel(fit):
    view = OUFitView(fit)
    assert repr(view) == f"OUFitView({fit!r})"
    data, _ = view._repr_mimebundle_()
    assert data["text/html"].startswith(fit._repr_html_())
    assert fit.verdict() in data["text/html"]
    assert data["image/png"].startswith("iVBOR")


def test_other_things_are_refused_and_leave_the_view_as_it_was(fit):
    view = OUFitView(fit)
    with pytest.raises(sl.InvalidInputError, match=r"must be a result of sl\.estimate_ou"):
        view.fit = sl.OUParams(kappa=1.0, theta=0.0, sigma=1.0)
    assert view.fit is fit
    with pytest.raises(Exception, match="level"):
        view.level = 1.5
    assert view.level == 0.95
