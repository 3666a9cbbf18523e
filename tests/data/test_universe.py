"""Simulated universes: what is planted is there, and nothing else is."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.stattools import adfuller

from spreadlab.data import simulate_universe
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import InvalidInputError

# statsmodels announces another return type for a later release.
pytestmark = pytest.mark.filterwarnings("ignore:adfuller currently returns:FutureWarning")


def planted_spreads(universe):
    logs = np.log(universe.prices)
    return np.column_stack(
        [
            logs[pair.dependent] - pair.intercept - pair.hedge_ratio * logs[pair.hedge]
            for pair in universe.pairs.itertuples()
        ]
    )


SHAPES = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(2, 60), st.integers(0, n // 2))
)


@given(SHAPES, st.integers(0, 2**32), st.sampled_from([None, 3.0]), st.sampled_from([0.0, 0.01]))
def test_equal_seeds_give_equal_bytes(shape, seed, heavy_tails, noise):
    first, second = (
        simulate_universe(*shape, seed=seed, heavy_tails=heavy_tails, noise=noise) for _ in range(2)
    )
    assert first.prices.to_numpy().tobytes() == second.prices.to_numpy().tobytes()
    assert first.pairs.equals(second.pairs)
    other = simulate_universe(*shape, seed=seed + 1, heavy_tails=heavy_tails, noise=noise)
    assert not first.prices.equals(other.prices)


@given(SHAPES, st.integers(0, 2**32))
def test_shape_names_and_dates(shape, seed):
    n_symbols, n_obs, n_pairs = shape
    universe = simulate_universe(n_symbols, n_obs, n_pairs, seed=seed, start="2019-06-01")
    assert universe.prices.shape == (n_obs, n_symbols)
    assert universe.prices.index.equals(pd.bdate_range("2019-06-03", periods=n_obs))
    legs = [*universe.pairs["dependent"], *universe.pairs["hedge"]]
    assert len(set(legs)) == 2 * n_pairs
    assert set(legs) <= set(universe.prices.columns)
    assert ensure_panel(universe.prices).n_obs == n_obs


def test_the_planted_spread_has_the_law_that_the_truth_says():
    universe = simulate_universe(400, 2000, 200, seed=11, half_life=10.0, spread_sd=0.03)
    spreads = planted_spreads(universe)
    phi = 2 ** (-1 / 10)
    n_paths = spreads.shape[1]
    # Exact discretisation: residuals of the true recursion are independent normals.
    shocks = (spreads[1:] - phi * spreads[:-1]) / (0.03 * math.sqrt(1 - phi**2))
    assert stats.kstest(shocks.ravel(), "norm").pvalue > 1e-3
    assert abs(shocks.mean()) < 4 / math.sqrt(shocks.size)
    lagged = (shocks[1:] * shocks[:-1]).mean()
    assert abs(lagged) < 4 / math.sqrt(shocks.size)
    # Started from its stationary law, so the first bar already has the full variance.
    first = (spreads[0] / 0.03) ** 2
    assert stats.chi2(n_paths).cdf(first.sum()) == pytest.approx(0.5, abs=0.499)
    truth = universe.pairs.iloc[0]
    assert truth.kappa == pytest.approx(math.log(2) / 10 * 252)
    assert truth.sigma**2 / (2 * truth.kappa) == pytest.approx(0.03**2)
    assert truth.half_life == 10


def test_planted_spreads_are_stationary():
    spreads = planted_spreads(simulate_universe(40, 1500, 20, seed=5))
    pvalues = [adfuller(spread, maxlag=1, autolag=None, regression="c")[1] for spread in spreads.T]
    assert max(pvalues) < 0.01


def test_free_symbols_look_stationary_at_the_nominal_rate_only():
    universe = simulate_universe(300, 500, seed=8, market_correlation=0.0)
    logs = np.log(universe.prices.to_numpy())
    pvalues = np.array([adfuller(walk, maxlag=0, autolag=None)[1] for walk in logs.T])
    low, high = stats.binom(300, 0.05).ppf([0.0005, 0.9995])
    assert low <= (pvalues < 0.05).sum() <= high


@pytest.mark.parametrize("heavy_tails", [None, 5.0])
def test_returns_have_the_moments_asked_for(heavy_tails):
    universe = simulate_universe(
        30,
        6000,
        seed=2,
        volatility=0.3,
        drift=0.1,
        market_correlation=0.4,
        heavy_tails=heavy_tails,
    )
    returns = np.diff(np.log(universe.prices.to_numpy()), axis=0)
    assert returns.std() * math.sqrt(252) == pytest.approx(0.3, rel=0.03)
    error = 0.3 * math.sqrt(0.42 * 252 / 6000)  # of the mean of 30 columns that share a market
    assert returns.mean() * 252 == pytest.approx(0.1, abs=4 * error)
    correlation = np.corrcoef(returns.T)[np.triu_indices(30, 1)]
    assert correlation.mean() == pytest.approx(0.4, abs=0.04)
    kurtosis = stats.kurtosis(returns.ravel())
    assert (kurtosis > 0.5) if heavy_tails else abs(kurtosis) < 0.1


def test_noise_is_added_to_every_price():
    clean, noisy = (simulate_universe(6, 3000, 2, seed=4, noise=n) for n in (0.0, 0.01))
    errors = np.log(noisy.prices.to_numpy()) - np.log(clean.prices.to_numpy())
    assert errors.std() == pytest.approx(0.01, rel=0.03)
    assert clean.pairs.equals(noisy.pairs)


def test_places_of_the_pairs_are_random():
    first = [simulate_universe(50, 2, 1, seed=seed).pairs["dependent"][0] for seed in range(30)]
    assert len(set(first)) > 10


def test_ranges_are_drawn_from():
    pairs = simulate_universe(400, 5, 200, seed=1, half_life=(4, 8), hedge_ratio=(0.9, 1.1)).pairs
    assert pairs["half_life"].between(4, 8).all()
    assert pairs["half_life"].std() > 0.5
    assert pairs["hedge_ratio"].between(0.9, 1.1).all()
    assert (pairs["spread_sd"] == 0.02).all()


def test_repr_says_nothing_that_changes():
    universe = simulate_universe(30, 20, 12, seed=3)
    assert repr(universe) == "Universe(20 rows x 30 symbols, 12 pairs, seed=3)"
    html = universe._repr_html_()
    assert html.count("<tr>") == 4 + 1 + 10
    assert "The first 10 planted pairs of 12" in html
    assert "planted pairs" in simulate_universe(2, 2, seed=3)._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_symbols": 0}, r"n_symbols: got 0; must be an integer in \[1, inf\]"),
        ({"n_symbols": 2.5}, r"n_symbols: got 2.5"),
        ({"n_obs": 1}, r"n_obs: got 1; must be an integer in \[2, inf\]"),
        ({"n_obs": 10**9}, r"n_obs: 1000000000 business days from 2015-01-02; .*ask for fewer"),
        ({"n_obs": 70_000}, r"n_obs: 70000 business days from 2015-01-02"),
        ({"n_pairs": 6}, r"n_pairs: 6 pairs need 12 symbols, n_symbols is 10; must be at most 5"),
        ({"n_pairs": -1}, r"n_pairs: got -1"),
        ({"seed": None}, r"seed: got None"),
        ({"seed": -1}, r"seed: got -1"),
        ({"half_life": 0}, r"half_life: got 0.0; must be a finite number in \(0, "),
        ({"half_life": (9, 3)}, r"half_life: got \(9.0, 3.0\); must be \(low, high\)"),
        ({"half_life": (1, 2, 3)}, r"half_life: got 3 values; must be a number or \(low, high\)"),
        ({"half_life": (1, "b")}, r"half_life\[1\]: got 'b'"),
        ({"spread_sd": -0.1}, r"spread_sd: got -0.1"),
        ({"hedge_ratio": float("nan")}, r"hedge_ratio: got nan"),
        ({"drift": float("inf")}, r"drift: got inf"),
        ({"volatility": 0}, r"volatility: got 0"),
        ({"market_correlation": 1.0}, r"market_correlation: got 1.0; .*\[0, 1\)"),
        ({"noise": -1}, r"noise: got -1"),
        ({"heavy_tails": 2}, r"heavy_tails: got 2.0; must be a finite number in \(2, inf\)"),
        ({"start": "soon"}, r"start: got 'soon'; must be a date such as 2015-01-02"),
        ({"start": 2015}, r"start: got 2015"),
        ({"start": "NaT"}, r"start: got 'NaT'"),
        ({"start": "1500-01-01"}, r"n_obs: 50 business days from 1500-01-01"),
        (
            {"n_obs": 60_000, "drift": -10, "start": "1700-01-01"},
            r"volatility: prices left the range of floating point",
        ),
    ],
)
def test_bad_arguments(change, message):
    arguments = {"n_symbols": 10, "n_obs": 50, "n_pairs": 2, "seed": 1, **change}
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        simulate_universe(**arguments)
