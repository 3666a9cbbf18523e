"""Coverage studies: how often intervals hold the truth, and how biased the estimates are.

The fast slice is in test_intervals.py; these are run by `make certify`, and their figures go into
the certificate.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import spreadlab as sl

from .test_bias import estimates
from .test_intervals import NAMES, coverage

N_PATHS = 2000


@pytest.fixture
def record_property(request):
    """Put a figure into the report; pytest's own warns that not every schema has properties."""
    return lambda name, value: request.node.user_properties.append((name, value))


@pytest.mark.certify
@pytest.mark.parametrize("years", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("kappa_span", [1.0, 3.0, 10.0, 30.0])
def test_default_intervals_cover_95_percent(kappa_span, years, record_property):
    held, fitted = coverage(kappa_span, years, N_PATHS, "simulated", seed=101)
    record_property("fitted", round(fitted, 4))
    for method in ("simulated", "profile", "delta"):
        if method != "simulated":
            held, _ = coverage(kappa_span, years, N_PATHS, method, seed=101)
        for name in NAMES:
            record_property(f"{method} {name}", round(held[name], 4))
            if method == "simulated" and kappa_span >= 3.0:
                assert held[name] == pytest.approx(0.95, abs=0.02), name


@pytest.mark.certify
@pytest.mark.parametrize("kappa_span", [3.0, 10.0, 30.0])
def test_bootstrap_coverage_is_reported(kappa_span, record_property):
    held, _ = coverage(
        kappa_span, 1.0, 500, "bootstrap", seed=102, bootstrap_seed=1, n_bootstrap=500
    )
    for name in NAMES:
        record_property(f"bootstrap {name}", round(held[name], 4))
        # No promise is made but that it is an interval: the figure goes into the report.
        assert held[name] > 0.6, name


@pytest.mark.certify
@pytest.mark.parametrize("years", [1.0, 3.0, 10.0])
@pytest.mark.parametrize("kappa", [3.0, 10.0])
def test_bias_before_and_after_correction(kappa, years, record_property):
    bias, error = {}, {}
    for method in ("mle", "bias-corrected", "jackknife"):
        found = estimates(kappa, years, N_PATHS, method, seed=103)
        bias[method] = found.mean() - kappa
        error[method] = found.std() / math.sqrt(N_PATHS)
        record_property(f"bias {method}", round(float(bias[method]), 3))
        record_property(f"s.d. {method}", round(float(found.std()), 3))
    assert bias["mle"] == pytest.approx(4.0 / years, rel=0.25)
    for method in ("bias-corrected", "jackknife"):
        assert abs(bias[method]) < 0.35 * bias["mle"] + 4 * error[method]


@pytest.mark.certify
@pytest.mark.parametrize("kappa_span", [3.0, 10.0, 30.0])
def test_irregular_intervals_cover(kappa_span, record_property):
    """Critical values of equal steps, at exponential gaps."""
    rng = np.random.default_rng(104)
    n_obs, n_paths, held = 150, 300, dict.fromkeys(NAMES, 0)
    truth = {
        "theta": 0.3,
        "sigma": 0.25,
        "kappa": kappa_span,
        "half_life": math.log(2) / kappa_span,
    }
    fitted = 0
    for _ in range(n_paths):
        times = np.concatenate([[0.0], np.cumsum(rng.exponential(1.0, n_obs - 1))])
        times /= times[-1]
        x = np.empty(n_obs)
        x[0] = 0.3 + 0.25 / math.sqrt(2 * kappa_span) * rng.normal()
        for t, gap in enumerate(np.diff(times)):
            decay = math.exp(-kappa_span * gap)
            sd = 0.25 * math.sqrt((1 - decay**2) / (2 * kappa_span))
            x[t + 1] = 0.3 + (x[t] - 0.3) * decay + sd * rng.normal()
        try:
            fit = sl.estimate_ou(x, times=times)
        except sl.NotMeanRevertingError:
            continue
        fitted += 1
        for name, (low, high) in fit.interval().items():
            held[name] += low <= truth[name] <= high
    for name in NAMES:
        share = held[name] / fitted
        record_property(f"simulated {name}", round(share, 4))
        assert share > 0.95 - 4 * math.sqrt(0.95 * 0.05 / fitted), name
