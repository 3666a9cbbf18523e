"""The horizontal lines of a spread: its mean with bands, and the levels that a policy trades at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from spreadlab_widgets.view import InvalidTraitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = ("enter_long", "exit_long", "enter_short", "exit_short")
_MEANING = "a result of sl.solve_hjb(), or a rule of levels of the spread"


class Level(TypedDict):
    """One line: ``kind`` decides its look, ``label`` stands beside it, ``title`` explains it."""

    kind: str
    label: str
    title: str
    value: float


def fit_levels(ou: Any) -> list[Level]:
    """Return theta and two stationary standard deviations either side."""
    return _band(
        "θ", "fitted mean θ", "stationary s.d.", float(ou.theta), 2.0 * float(ou.stationary_sd)
    )


def sample_levels(spread: NDArray[np.float64]) -> list[Level]:
    """Return the mean of a stretch of the spread and two standard deviations either side."""
    known = spread[np.isfinite(spread)]
    if known.size < 2:
        return []
    return _band(
        "mean",
        "mean in sample",
        "s.d. in sample",
        float(known.mean()),
        2.0 * float(known.std(ddof=1)),
    )


def policy_levels(policy: Any) -> list[Level]:
    """Return the levels of the spread that a policy or rule trades at, those that exist.

    Raises
    ------
    InvalidTraitError
        If it has none, or has levels of something else than the spread.
    """
    thresholds = getattr(policy, "thresholds", None)
    if thresholds is not None:
        found = {name: getattr(thresholds, name, None) for name in _NAMES}
        marks = {name.replace("_", " "): x for name, x in found.items() if x is not None}
    elif hasattr(policy, "marks") and hasattr(policy, "signal"):
        probe = np.zeros(2)
        if policy.signal(probe) is not probe:
            raise InvalidTraitError(
                "policy", f"{type(policy).__name__} has levels of a z-score", _MEANING
            )
        marks = policy.marks()
    else:
        raise InvalidTraitError("policy", f"got a {type(policy).__name__}", _MEANING)
    return [
        {"kind": name.replace(" ", "-"), "label": name, "title": name, "value": float(x)}
        for name, x in marks.items()
        if np.ndim(x) == 0 and np.isfinite(x)
    ]


def _band(name: str, title: str, width: str, centre: float, half: float) -> list[Level]:
    band = f"± 2 {width}"
    return [
        {"kind": "mean", "label": name, "title": title, "value": centre},
        {"kind": "band", "label": "− 2 s.d.", "title": band, "value": centre - half},
        {"kind": "band", "label": "+ 2 s.d.", "title": band, "value": centre + half},
    ]
