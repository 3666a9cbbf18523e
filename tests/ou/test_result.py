"""What a fit shows of itself."""

from __future__ import annotations

import numpy as np
import pytest

import spreadlab as sl


@pytest.fixture(scope="module")
def fit():
    return sl.estimate_ou(sl.simulate_ou(12.0, 0.3, 0.25, 1 / 252, 756, seed=3))


def test_repr_is_deterministic_and_says_the_numbers(fit):
    text = repr(fit)
    assert text == repr(sl.estimate_ou(fit.spread))
    assert text.startswith("OUResult(kappa=")
    assert "n_obs=756" in text
    assert "0x" not in text


def test_html_and_frame_hold_the_estimates(fit):
    assert "half-life (bars)" in fit._repr_html_()
    frame = fit.to_frame()
    assert frame.loc["kappa", "estimate"] == fit.kappa
    assert frame.loc["half_life", "stderr"] == fit.stderr["half_life"]
    assert list(frame.index) == ["kappa", "theta", "sigma", "half_life"]


def test_plot_is_a_png(fit):
    assert fit.plot().to_png().startswith(b"\x89PNG")


def test_is_frozen_with_read_only_arrays(fit):
    with pytest.raises(AttributeError):
        fit.kappa = 1.0
    with pytest.raises(ValueError, match="read-only"):
        fit.spread[0] = 0.0


def test_knows_where_it_comes_from(fit):
    again = sl.estimate_ou(np.array(fit.spread))
    assert again.provenance["data_digest"] == fit.provenance["data_digest"]
    assert fit.provenance["engine"].startswith("local")


def test_accepts_a_series(fit):
    import pandas as pd

    index = pd.bdate_range("2020-01-01", periods=fit.n_obs)
    assert sl.estimate_ou(pd.Series(fit.spread, index=index)).kappa == fit.kappa
