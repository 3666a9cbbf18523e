"""Weights under power utility against integrated Riccati equations and the published form."""

import math

import numpy as np
import pytest
from tests.oracles.control_slow import riccati

import spreadlab as sl
from spreadlab.control.power_utility import coefficients

OU = sl.OUParams(kappa=3.0, theta=0.0, sigma=0.2)


def far(**change):
    ou = sl.OUParams(**({"kappa": 3.0, "theta": 0.0, "sigma": 0.2} | change))
    return sl.control.jurek_yang(ou, rate=0.04, risk_aversion=2.0, horizon=1.0)


def test_worked_examples():
    pair = sl.control.mudchanatongsuk(OU, sigma_b=0.3, correlation=0.3, exponent=-1.0, horizon=0.5)
    assert pair.weight(0.1, 0.5) == pytest.approx(-4.3283426353, abs=5e-11)
    asset = sl.control.jurek_yang(OU, rate=0.04, risk_aversion=4.0, horizon=1.0)
    assert asset.weight(-0.1, 1.0) == pytest.approx(3.7220845867, abs=5e-11)


@pytest.mark.parametrize(
    ("kappa", "theta", "sigma", "rate", "aversion", "horizon"),
    [
        (3.0, 0.2, 0.2, 0.04, 4.0, 1.0),
        (3.0, -0.5, 0.2, 0.04, 0.6, 2.0),
        (0.5, 0.1, 0.4, 0.0, 2.0, 5.0),
        (0.2, 0.1, 0.4, 0.6, 0.5, 1.0),  # trigonometric: r > kappa, little risk aversion
        (2.0, 0.3, 0.3, -0.05, 10.0, 3.0),
    ],
)
def test_coefficients_solve_the_riccati_equations(kappa, theta, sigma, rate, aversion, horizon):
    ou = sl.OUParams(kappa=kappa, theta=theta, sigma=sigma)
    result = sl.control.jurek_yang(ou, rate=rate, risk_aversion=aversion, horizon=horizon)
    b, c = coefficients(result.spec, np.array([horizon]))
    slow = riccati(kappa, theta, sigma, 1 - aversion, kappa * theta, kappa + rate, horizon)
    assert b[0] == pytest.approx(slow[0], rel=1e-9, abs=1e-9)
    assert c[0] == pytest.approx(slow[1], rel=1e-9)


@pytest.mark.parametrize(("exponent", "tau"), [(-1.0, 0.5), (0.5, 2.0), (-20.0, 0.01), (0.9, 30.0)])
def test_pair_weight_equals_the_published_form_with_the_half_exponent(exponent, tau):
    kappa, theta, eta, stock, rho, x = 3.0, 0.1, 0.2, 0.3, -0.4, 0.05
    ou = sl.OUParams(kappa=kappa, theta=theta, sigma=eta)
    got = sl.control.mudchanatongsuk(
        ou, sigma_b=stock, correlation=rho, exponent=exponent, horizon=tau
    ).weight(x, tau)
    s = math.sqrt(1 - exponent)
    # Divide numerator and denominator by exp(2 kappa tau/s), which overflows.
    small = math.exp(-2 * kappa * tau / s)
    root = math.exp(-kappa * tau / s)
    den = (1 - s) * small - (1 + s)
    alpha = kappa * (1 - s) / (2 * eta**2) * (1 + 2 * s * small / den)
    mixed = eta**2 + 2 * rho * stock * eta
    beta = exponent * s * mixed * (root - 1) ** 2
    beta -= exponent * (mixed + 2 * kappa * theta) * (small - 1)
    beta /= 2 * eta**2 * den
    drift = beta + 2 * x * alpha - kappa * (x - theta) / eta**2 + rho * stock / eta + 0.5
    assert got == pytest.approx(drift / (1 - exponent), rel=1e-10)


def test_at_the_horizon_the_weight_is_myopic():
    asset = sl.control.jurek_yang(OU, rate=0.04, risk_aversion=4.0, horizon=1.0)
    assert asset.weight(-0.1, 0.0) == pytest.approx(3.04 * 0.1 / (4 * 0.04))
    frame = asset.to_frame()
    assert frame.iloc[0, 0] == pytest.approx(asset.weight(frame.columns[0], 0.0))


def test_near_log_utility_the_horizon_does_not_matter():
    near = sl.control.jurek_yang(OU, rate=0.04, risk_aversion=1 + 1e-9, horizon=5.0)
    assert near.weight(0.1, 5.0) == pytest.approx(near.weight(0.1, 0.0), rel=1e-7)


def test_blow_up_is_computed_and_refused():
    ou = sl.OUParams(kappa=0.2, theta=0.0, sigma=0.4)
    fine = sl.control.jurek_yang(ou, rate=0.6, risk_aversion=0.5, horizon=0.5)
    limit = fine.blow_up_horizon
    assert math.isfinite(limit)
    near = sl.control.jurek_yang(ou, rate=0.6, risk_aversion=0.5, horizon=limit * (1 - 1e-9))
    assert abs(near.weight(0.1)) > 1e6
    with pytest.raises(sl.InvalidInputError, match="infinite") as caught:
        sl.control.jurek_yang(ou, rate=0.6, risk_aversion=0.5, horizon=limit)
    assert caught.value.argument == "horizon"
    # No blow-up above gamma = 1 - kappa^2/r^2, nor for pairs, nor for gamma > 1.
    edge = 1 - (0.2 / 0.6) ** 2
    above = sl.control.jurek_yang(ou, rate=0.6, risk_aversion=edge + 1e-6, horizon=1e3)
    assert above.blow_up_horizon == math.inf
    below = sl.control.jurek_yang(ou, rate=0.6, risk_aversion=edge - 1e-6, horizon=1.0)
    assert math.isfinite(below.blow_up_horizon)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (
            lambda: sl.control.jurek_yang(OU, rate=0.04, risk_aversion=1.0, horizon=1.0),
            "risk_aversion",
        ),
        (
            lambda: sl.control.jurek_yang(OU, rate=0.04, risk_aversion=0.0, horizon=1.0),
            "risk_aversion",
        ),
        (lambda: sl.control.jurek_yang(OU, rate=0.04, risk_aversion=2.0, horizon=0.0), "horizon"),
        (lambda: sl.control.jurek_yang(OU, rate=math.nan, risk_aversion=2.0, horizon=1.0), "rate"),
        (lambda: sl.control.jurek_yang(OU, rate=1e300, risk_aversion=2.0, horizon=1.0), "rate"),
        (lambda: far(sigma=1e-200), "ou.sigma"),
        (lambda: far(sigma=1e300), "ou.sigma"),
        (lambda: far(theta=1e300), "ou.theta"),
        (
            lambda: sl.control.mudchanatongsuk(
                OU, sigma_b=1e300, correlation=0.1, exponent=-1.0, horizon=1.0
            ),
            "sigma_b",
        ),
        (
            lambda: sl.control.mudchanatongsuk(
                OU, sigma_b=0.3, correlation=1.1, exponent=-1.0, horizon=1.0
            ),
            "correlation",
        ),
        (
            lambda: sl.control.mudchanatongsuk(
                OU, sigma_b=0.0, correlation=0.1, exponent=-1.0, horizon=1.0
            ),
            "sigma_b",
        ),
        (
            lambda: sl.control.mudchanatongsuk(
                OU, sigma_b=0.3, correlation=0.1, exponent=1.0, horizon=1.0
            ),
            "exponent",
        ),
        (
            lambda: sl.control.mudchanatongsuk(
                OU, sigma_b=0.3, correlation=0.1, exponent=0.0, horizon=1.0
            ),
            "exponent",
        ),
    ],
)
def test_bad_argument_is_named(call, argument):
    with pytest.raises(sl.InvalidInputError) as caught:
        call()
    assert caught.value.argument == argument


def test_shows_itself():
    asset = sl.control.jurek_yang(OU, rate=0.04, risk_aversion=4.0, horizon=1.0)
    assert "jurek_yang" in repr(asset)
    assert "risk aversion" in asset._repr_html_()
    assert asset.plot().to_png()[:4] == b"\x89PNG"
    with pytest.raises(sl.InvalidInputError, match="time_to_go"):
        asset.weight(0.0, 1.5)
    with pytest.raises(sl.InvalidInputError, match="NaN"):
        asset.weight(math.nan)
