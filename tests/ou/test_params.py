"""The three parameters alone."""

from __future__ import annotations

import math

import pytest

import spreadlab as sl
from spreadlab._canonical import decode, encode
from spreadlab.ou.params import OUParams


def test_half_life_and_stationary_sd():
    params = OUParams(kappa=2.0, theta=0.5, sigma=0.3)
    assert params.half_life == pytest.approx(math.log(2) / 2.0, rel=1e-15)
    assert params.stationary_sd == pytest.approx(0.15, rel=1e-15)


@pytest.mark.parametrize(
    "change",
    [
        {"kappa": 0.0},
        {"kappa": -1.0},
        {"sigma": 0.0},
        {"sigma": math.inf},
        {"theta": math.nan},
        {"kappa": "fast"},
        {"theta": None},
        {"sigma": True},
    ],
)
def test_refuses_values_without_a_meaning(change):
    (name,) = change
    with pytest.raises(sl.InvalidInputError, match=f"^{name}: got"):
        OUParams(**({"kappa": 1.0, "theta": 0.0, "sigma": 1.0} | change))


def test_survives_the_wire():
    params = OUParams(kappa=1 / 3, theta=0, sigma=7)
    assert decode(encode(params)) == params
    assert isinstance(params.theta, float)
