"""Adjusted p-values against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from spreadlab.discovery.multiplicity import adjust_pvalues, harmonic


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60))
def test_equals_scipy(values):
    pvalues = np.array(values)
    bh, by = adjust_pvalues(pvalues)
    np.testing.assert_allclose(bh, false_discovery_control(pvalues, method="bh"), atol=1e-14)
    np.testing.assert_allclose(by, false_discovery_control(pvalues, method="by"), atol=1e-14)


def test_nan_is_not_counted():
    bh, by = adjust_pvalues(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(bh, [0.02, np.nan, 0.04])
    np.testing.assert_allclose(by, [0.03, np.nan, 0.06])
    assert np.isnan(adjust_pvalues(np.array([np.nan]))[0]).all()


def test_harmonic_is_the_sum():
    assert harmonic(1) == 1.0
    assert harmonic(2_000_000) == pytest.approx(np.sum(1.0 / np.arange(1, 2_000_001)), rel=1e-13)
