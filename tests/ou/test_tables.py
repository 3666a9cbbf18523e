"""Simulated critical values against published ones and against fresh simulations."""

from __future__ import annotations

import math
from importlib import resources

import numpy as np
import pytest
from scipy import stats
from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp

import spreadlab as sl
from spreadlab.ou.estimate import moments_of
from spreadlab.ou.intervals import RegularLikelihood
from spreadlab.ou.tables import (
    CriticalValues,
    chi_square_quantile,
    unit_root_critical_value,
    unit_root_pvalue,
)


def test_the_table_is_small_enough_to_ship():
    assert (resources.files("spreadlab.ou") / "critical_values.npz").stat().st_size < 200_000


@pytest.mark.parametrize("n", [25, 50, 100, 250, 500, 2000])
@pytest.mark.parametrize(("level", "column"), [(0.01, 0), (0.05, 1), (0.1, 2)])
def test_unit_root_critical_values_are_mackinnons(n, level, column):
    published = mackinnoncrit(N=1, regression="c", nobs=n)[column]
    assert unit_root_critical_value(level, n) == pytest.approx(published, abs=0.02)


@pytest.mark.parametrize("statistic", [-4.5, -3.5, -2.9, -2.0, -1.0, 0.0])
def test_unit_root_pvalues_approach_mackinnons(statistic):
    published = mackinnonp(statistic, regression="c", N=1)
    assert unit_root_pvalue(statistic, 100_000) == pytest.approx(published, rel=0.06, abs=0.002)


def test_pvalue_and_critical_value_are_inverse():
    for level in (0.001, 0.05, 0.5, 0.95):
        statistic = unit_root_critical_value(level, 333)
        assert unit_root_pvalue(statistic, 333) == pytest.approx(level, rel=1e-3)


def test_pvalues_stay_within_what_was_simulated():
    assert unit_root_pvalue(-50.0, 100) == pytest.approx(1e-4, rel=1e-6)
    assert unit_root_pvalue(50.0, 100) == pytest.approx(1 - 1e-4, rel=1e-8)


def test_a_normal_t_test_would_be_wrong_nearly_half_of_the_time():
    assert unit_root_pvalue(-1.645, 1000) == pytest.approx(0.455, abs=0.02)


@pytest.mark.parametrize("name", ["kappa", "theta", "sigma"])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_far_from_a_random_walk_they_are_chi_squares(name, level):
    critical = CriticalValues(2500, level)
    assert critical(name, 2000.0) == pytest.approx(chi_square_quantile(level), rel=0.02)


def test_chi_square_quantile_is_scipys():
    assert chi_square_quantile(0.95) == pytest.approx(stats.chi2(1).ppf(0.95), rel=1e-12)


def test_at_a_random_walk_kappa_needs_more_than_twice_the_chi_square():
    # The squared 95 % points of the Dickey-Fuller t-ratio with a constant give the order.
    assert CriticalValues(1000, 0.95)("kappa", 0.0) == pytest.approx(8.2, abs=0.15)


@pytest.mark.parametrize(("n", "c"), [(40, 2.5), (300, 5.0), (300, 40.0), (60, 25.0)])
def test_between_the_nodes_the_interpolated_level_holds(n, c):
    """Fresh paths at sizes and speeds that are no nodes are covered at the nominal level."""
    n_paths = 4000
    paths = sl.simulate_ou(c / n, 0.0, 1.0, 1.0, n + 1, n_paths, seed=n, x0="stationary")
    critical = CriticalValues(n, 0.95)
    phi = math.exp(-c / n)
    kept = {"kappa": [], "theta": [], "sigma": []}
    for path in paths.T:
        moments = moments_of(path)
        away = phi - moments.phi
        statistic = n * math.log1p(away**2 * moments.sxx / moments.rss)
        kept["kappa"].append(statistic <= critical("kappa", c))
        if 0.0 < moments.phi < 1.0:
            likelihood = RegularLikelihood(moments, 1.0)
            kept["theta"].append(likelihood.theta_ratio(0.0)[0] <= critical("theta", c))
            kept["sigma"].append(likelihood.sigma_ratio(1.0) <= critical("sigma", c))
    band = 4.0 * math.sqrt(0.95 * 0.05 / n_paths)
    assert np.mean(kept["kappa"]) == pytest.approx(0.95, abs=band)
    # Given that the estimated phi is below 1 theta is held a little more often.
    assert np.mean(kept["theta"]) == pytest.approx(0.955, abs=band + 0.008)
    assert np.mean(kept["sigma"]) == pytest.approx(0.95, abs=band)


@pytest.mark.parametrize("name", ["kappa", "theta", "sigma"])
def test_values_beyond_the_ends_are_those_of_the_ends(name):
    critical = CriticalValues(10**7, 0.95)
    assert critical(name, -1.0) == critical(name, 0.0)
    assert math.isfinite(critical(name, math.inf))
    assert critical.ceiling(name) >= critical(name, 3.0)


def test_the_committed_program_makes_the_shipped_numbers():
    """A cell of the table again, by the program that wrote it, with another seed."""
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    path = Path(__file__).parents[2] / "tools" / "ou_tables.py"
    spec = spec_from_file_location("ou_tables", path)
    program = module_from_spec(spec)
    spec.loader.exec_module(program)
    n, c, n_paths = 125, 3.0, 20_000
    sample = program.simulate(c, n, n_paths, [1, 2, 3])
    band = 4.0 * math.sqrt(0.95 * 0.05 / n_paths)
    for column, name in enumerate(("kappa", "theta", "sigma")):
        below = np.mean(sample[:, column] <= CriticalValues(n, 0.95)(name, c))
        assert below == pytest.approx(0.95, abs=band), name
    walks = program.simulate(0.0, n, n_paths, [4])[:, 3]
    assert np.mean(walks <= unit_root_critical_value(0.05, n)) == pytest.approx(0.05, abs=band)
