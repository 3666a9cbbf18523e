"""Control requests for the conformance suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.control.cycle import BertramSpec
from spreadlab.control.power_utility import PowerUtilitySpec
from spreadlab.control.spec import make_switching_request
from spreadlab.control.stopping import StoppingSpec
from spreadlab.control.uncertainty import PolicyDistributionSpec
from spreadlab.ou.params import OUParams
from spreadlab.ou.simulate import simulate_ou
from spreadlab.task import Inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Task

_NUMBERS = {"kappa": 3.0, "theta": 0.1, "sigma": 0.2}
_OU = OUParams(**_NUMBERS)

CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "symmetric": lambda: make_switching_request(_OU, discount=0.04, cost=0.001),
    "risk_penalty": lambda: make_switching_request(
        _OU, discount=0.04, cost=0.001, risk_penalty=0.05, accounting="cash"
    ),
    "fee": lambda: make_switching_request(_OU, discount=0.04, cost=0.001, fixed_cost=0.002),
    "grid": lambda: make_switching_request(
        _OU, discount=0.04, cost=0.001, fixed_cost=0.002, risk_penalty=0.05, n_grid=301
    ),
    "deadline": lambda: make_switching_request(
        _OU, discount=0.04, cost=0.001, horizon=0.2, n_grid=201, n_time=40
    ),
    "ergodic": lambda: make_switching_request(_OU, discount=0.0, cost=0.001, objective="ergodic"),
    "stopping": lambda: (
        StoppingSpec(
            **_NUMBERS,
            discount=0.05,
            discount_entry=0.04,
            cost_exit=0.002,
            cost_entry=0.001,
            stop_loss=-0.1,
        ),
        None,
    ),
    "policy_distribution": lambda: (
        PolicyDistributionSpec(
            **_NUMBERS,
            dt=1 / 252,
            discount=0.04,
            cost=0.002,
            risk_penalty=0.01,
            n_draws=100,
            level=0.9,
            seed=7,
        ),
        Inputs({"spread": simulate_ou(12.0, 0.1, 0.2, 1 / 252, 500, seed=3)}),
    ),
    "cycle": lambda: (BertramSpec(**_NUMBERS, cost=0.002), None),
    "power_utility": lambda: (
        PowerUtilitySpec(
            **_NUMBERS, exponent=-1.0, drift=0.3, slope=3.0, horizon=0.5, model="mudchanatongsuk"
        ),
        None,
    ),
}
