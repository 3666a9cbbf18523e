"""Adjusted p-values against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from spreadlab.discovery.multiplicity import Adjustment, harmonic


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60))
def test_equals_scipy(values):
    pvalues = np.array(values)
    family = Adjustment(pvalues)
    bh, by = family.bh(pvalues), family.by(pvalues)
    np.testing.assert_allclose(bh, false_discovery_control(pvalues, method="bh"), atol=1e-14)
    np.testing.assert_allclose(by, false_discovery_control(pvalues, method="by"), atol=1e-14)


def test_nan_is_not_counted():
    pvalues = np.array([0.01, np.nan, 0.04])
    family = Adjustment(pvalues)
    bh, by = family.bh(pvalues), family.by(pvalues)
    np.testing.assert_allclose(bh, [0.02, np.nan, 0.04])
    np.testing.assert_allclose(by, [0.03, np.nan, 0.06])
    nothing = Adjustment(np.array([np.nan]))
    assert np.isnan(nothing.bh(np.array([np.nan]))).all()
    assert nothing.survivors(0.05) == (0, 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40), st.floats(0.001, 0.999))
def test_survivors_are_counted(values, alpha):
    pvalues = np.array(values)
    family = Adjustment(pvalues)
    bh, by = family.survivors(alpha)
    assert bh == (family.bh(pvalues) < alpha).sum()
    # alpha over the harmonic number rounds: a value on the edge may count either way.
    assert abs(by - (family.by(pvalues) < alpha).sum()) <= (
        np.isclose(family.by(pvalues), alpha, rtol=1e-12).sum()
    )


def test_harmonic_is_the_sum():
    assert harmonic(1) == 1.0
    assert harmonic(2_000_000) == pytest.approx(np.sum(1.0 / np.arange(1, 2_000_001)), rel=1e-13)
