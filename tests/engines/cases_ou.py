"""Ornstein-Uhlenbeck requests for the conformance suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.ou.simulate import simulate_ou
from spreadlab.ou.spec import make_estimate_ou_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.task import Inputs, Task


def _spread() -> Any:
    return simulate_ou(12.0, 0.3, 0.25, 1 / 252, 300, seed=3)


CASES: dict[str, Callable[[], tuple[Task[Any], Inputs | None]]] = {
    "fit": lambda: make_estimate_ou_request(_spread()),
}
