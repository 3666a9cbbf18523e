"""Random requests over six decades: an answer that obeys the inequalities, or an error by name."""

import math

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.control.spec import make_switching_request
from spreadlab.task import NO_INPUTS, Tile


def random_request(rng):
    kappa = 10 ** rng.uniform(-3, 3)
    sigma = 10 ** rng.uniform(-3, 1)
    sd = sigma / math.sqrt(2 * kappa)
    theta = rng.choice([0.0, sd * rng.normal(), 100 * sd * rng.normal()])
    options = {
        "discount": 10 ** rng.uniform(-4, 1),
        "cost": sd * 10 ** rng.uniform(-5, 1),
        "accounting": str(rng.choice(["mtm", "cash"])),
    }
    kind = rng.choice(["plain", "penalty", "fee", "ergodic", "coupled", "deadline"])
    if kind in ("penalty", "coupled"):
        options["risk_penalty"] = kappa * sd * 10 ** rng.uniform(-4, 0.5)
    if kind in ("fee", "coupled"):
        options["fixed_cost"] = sd * 10 ** rng.uniform(-4, 0.5)
    if kind == "ergodic":
        options |= {"discount": 0.0, "objective": "ergodic", "accounting": "mtm"}
    if kind == "deadline":
        options |= {"horizon": 10 ** rng.uniform(-2, 1) / kappa, "n_time": 60, "n_grid": 301}
        if rng.random() < 0.3:
            options["fixed_cost"] = sd * 10 ** rng.uniform(-4, 0.5)
        if rng.random() < 0.3:
            options["risk_penalty"] = kappa * sd * 10 ** rng.uniform(-4, 0.5)
    if kind == "coupled":
        options |= {"n_grid": 301}
    return kind, sl.OUParams(kappa=kappa, theta=theta, sigma=sigma), options


def solve(ou, options):
    spec, _ = make_switching_request(ou, **options)
    spec.check(NO_INPUTS)
    return spec.finish(NO_INPUTS, [spec.run(NO_INPUTS, Tile(0)).values])


def examine(kind, ou, options):
    """Solve one request and check what every answer must obey; return its kind of outcome."""
    try:
        policy = solve(ou, options)
    except sl.ConvergenceError:
        return "reported"
    levels = policy.thresholds.switches()
    if kind == "deadline":
        # Near the deadline there may be no entry; the exits exist.
        assert np.isfinite(levels[[2, 4]]).all(), (kind, ou, options)
    else:
        assert np.isfinite(levels).all(), (kind, ou, options)
    assert np.isfinite(policy.error_estimate) or np.isnan(levels).any(), (kind, ou, options)
    tolerance = 1e-9 * np.nanmax(np.abs(levels)) + policy.error_estimate
    to_long, to_short, leave_long, _, leave_short, _ = levels
    assert not to_long > to_short, (kind, ou, options)
    assert not to_long > leave_long + tolerance, (kind, ou, options)
    assert not leave_short > to_short + tolerance, (kind, ou, options)
    sd = ou.stationary_sd
    x = ou.theta + sd * np.linspace(-2, 2, 5)
    values = np.stack([policy.value(p, x) for p in (-1, 0, 1)])
    assert np.isfinite(values).all(), (kind, ou, options)
    assert set(np.unique(policy.policy)) <= {-1, 0, 1}
    # No switch is better than what the value says.
    cash = np.array([[-1.0], [0.0], [1.0]]) * x if options["accounting"] == "cash" else 0.0
    bare = values - cash
    size = np.abs(bare).max() + options["cost"] + options.get("fixed_cost", 0.0)
    # Between the nodes of these coarse grids a value bends over less than a cell near a deadline.
    slack = {"exact": 1e-8, "grid": 1e-3 if kind == "deadline" else 1e-4}[policy.method] * size
    for p in range(3):
        for q in range(3):
            charge = options["cost"] * abs(p - q) + options.get("fixed_cost", 0.0)
            if p != q:
                assert (bare[p] >= bare[q] - charge - slack).all(), (kind, ou, options)
    return policy.method


def test_a_few_random_requests():
    rng = np.random.default_rng(1)
    outcomes = [examine(*random_request(rng)) for _ in range(150)]
    assert "reported" not in outcomes


@pytest.mark.certify
def test_ten_thousand_random_requests(request):
    rng = np.random.default_rng(2)
    outcomes = [examine(*random_request(rng)) for _ in range(10_000)]
    for outcome in ("exact", "grid", "reported"):
        request.node.user_properties.append((outcome, outcomes.count(outcome)))
    assert outcomes.count("reported") <= 10
