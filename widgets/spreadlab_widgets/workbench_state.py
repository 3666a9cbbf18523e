"""What a workbench is set to, as plain numbers and words that JSON holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.errors import InvalidInputError
from spreadlab_widgets.workbench_stages import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.data.panel import PricePanel

VERSION = 1


def packed(settings: Mapping[str, Any], panel: PricePanel, **shown: str) -> dict[str, Any]:
    """Return settings and what is shown of them, with a mark of the prices that they are of."""
    plain = {n: list(v) if isinstance(v, tuple) else v for n, v in settings.items()}
    return {"version": VERSION, "prices": panel.digest, **plain, **shown}


def unpacked(state: Any, panel: PricePanel) -> dict[str, Any]:
    """Return the settings of a state.

    Raises
    ------
    InvalidInputError
        If it is no state, of another version, or of other prices.
    """
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise InvalidInputError("state", f"got {state!r}"[:80], f"a .state of version {VERSION}")
    if state.get("prices") != panel.digest:
        raise InvalidInputError(
            "state", "was saved of other prices", "a state of the prices given here"
        )
    found = {name: state[name] for name in SETTINGS if name in state}
    return {n: tuple(v) if isinstance(v, list) else v for n, v in found.items()}
