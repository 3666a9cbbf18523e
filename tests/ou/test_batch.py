"""Batch fits: the same numbers as one by one, and a reason where there is none."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spreadlab as sl
from spreadlab.ou.kernels import ar1_moments_nb
from spreadlab.ou.mean_reversion import make_test_mean_reversion_request

DT = 1 / 252


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_columns=st.integers(1, 300), kappa=st.floats(1.0, 300.0))
def test_equals_single_fits(seed, n_columns, kappa):
    table = sl.simulate_ou(kappa, 0.3, 0.25, DT, 60, n_columns, seed=seed).reshape(60, n_columns)
    batch = sl.estimate_ou(table)
    assert len(batch) == n_columns
    for m in {0, n_columns // 2, n_columns - 1}:
        if batch.reason[m]:
            with pytest.raises(sl.NotMeanRevertingError):
                sl.estimate_ou(table[:, m])
            continue
        single = sl.estimate_ou(table[:, m])
        for name in ("kappa", "theta", "sigma", "phi", "loglik", "half_life"):
            assert getattr(batch, name)[m] == pytest.approx(getattr(single, name), rel=1e-12)
        assert batch.stderr[m] == pytest.approx(single.stderr["kappa"], rel=1e-12)


def test_pvalues_are_those_of_the_test():
    table = sl.simulate_ou(8.0, 0.3, 0.25, DT, 300, 20, seed=1)
    batch = sl.estimate_ou(table)
    for m in range(20):
        task, inputs = make_test_mean_reversion_request(table[:, m])
        values = task.run(inputs, task.plan(inputs, None, 0)[0]).values
        assert batch.statistic[m] == pytest.approx(values["statistic"], rel=1e-12)
        assert batch.pvalue[m] == pytest.approx(values["pvalue"], rel=1e-9)


def test_spreads_without_a_fit_have_a_reason():
    rng = np.random.default_rng(1)
    t = np.arange(80.0)
    table = np.column_stack([
        sl.simulate_ou(40.0, 0.0, 0.2, DT, 80, seed=1),
        np.full(80, 3.0),
        0.9**t,
        np.cumsum(1.05**t) + rng.normal(size=80),
        (-1.0) ** t + 0.1 * rng.normal(size=80),
        np.where(t < 79, 3.0, 4.0),
    ])  # fmt: skip
    batch = sl.estimate_ou(table)
    assert batch.reasons == ("", "constant", "no noise", "phi >= 1", "phi <= 0", "constant")
    assert np.array_equal(np.isnan(batch.kappa), batch.reason > 0)
    assert np.array_equal(np.isnan(batch.sigma), batch.reason > 0)
    assert np.isnan(batch.phi[1])
    assert batch.phi[3] > 1.0
    assert "1 of 6 spreads fitted" in repr(batch)


def test_names_come_from_the_frame():
    table = sl.simulate_ou(40.0, 0.0, 0.2, DT, 80, 3, seed=1)
    batch = sl.estimate_ou(pd.DataFrame(table, columns=["a", "b", "c"]))
    assert batch.symbols == ("a", "b", "c")
    frame = batch.to_frame()
    assert frame.loc["b", "kappa"] == batch.kappa[1]
    assert list(frame["reason"]) == ["", "", ""]
    assert "smallest" not in batch._repr_html_().lower()
    assert batch.plot().to_png().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="read-only"):
        batch.kappa[0] = 1.0


def test_kernel_equals_its_plain_twin():
    table = sl.simulate_ou(40.0, 5.0, 0.2, DT, 30, 4, seed=1)
    np.testing.assert_allclose(ar1_moments_nb(table), ar1_moments_nb.py_func(table), rtol=1e-10)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.full((50, 2), math.nan), "spread"),
        (np.ones((5, 2)), "at least 20"),
        (np.ones((50, 0)), "spread"),
        (np.full((50, 2), math.inf), "spread"),
        (1e300 * np.random.default_rng(1).normal(size=(50, 2)), "1e140|spread"),
        (np.ones((50, 2, 2)), "shape"),
    ],
)
def test_refuses_what_has_no_answer(table, message):
    with pytest.raises(sl.InvalidInputError, match=message):
        sl.estimate_ou(table)


@pytest.mark.parametrize("options", [{"method": "jackknife"}, {"times": np.arange(50.0)}])
def test_refuses_other_methods(options):
    table = sl.simulate_ou(40.0, 0.0, 0.2, DT, 50, 2, seed=1)
    with pytest.raises(sl.InvalidInputError, match="two dimensions with"):
        sl.estimate_ou(table, **options)
