"""Alerts as a list in the browser shows them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spreadlab.live.alerts import Alert

SHOWN = 200
"""Alerts that a list holds."""


def alert_row(alert: Alert) -> dict[str, Any]:
    """Return an alert in plain values that JSON holds; its time in ms, infinity as a word."""
    return {
        "pair": alert.pair,
        "time": alert.time / 1e6,
        "kind": alert.kind,
        "numbers": {name: plain(value) for name, value in alert.numbers.items()},
        "words": alert.words,
        "breaking": alert.is_breaking,
    }


def plain(value: float) -> float | str | None:
    """Return a number as JSON has it: NaN as None, infinity as a word."""
    number = float(value)
    if math.isnan(number):
        return None
    return number if math.isfinite(number) else ("inf" if number > 0 else "-inf")


class NewAlerts:
    """What is new in a list that only grows at its end, and forgets at its beginning."""

    def __init__(self) -> None:
        self._last: Any = None

    def of(self, alerts: Sequence[Alert], *, again: bool = False) -> list[Alert]:
        """Return the alerts since the last call, at most those that a list shows.

        Parameters
        ----------
        alerts : sequence of Alert
            The newest last.
        again : bool
            Whether those of earlier calls are wanted, too.
        """
        new: list[Alert] = []
        for alert in reversed(alerts):
            if len(new) == SHOWN or (alert is self._last and not again):
                break
            new.append(alert)
        self._last = alerts[-1] if alerts else None
        return new[::-1]
