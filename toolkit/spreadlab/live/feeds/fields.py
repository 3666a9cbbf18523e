"""From a row or a message to a tick, by a map of its fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from spreadlab._validation import check_choice
from spreadlab.errors import InvalidInputError
from spreadlab.live.ticks import Tick

_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where a message keeps what a tick needs.

    Parameters
    ----------
    symbol, time : str
        Names of the fields; a dot goes into a nested object: ``"data.s"``.
    price : str or tuple of str
        Of one field, or of bid and ask, whose middle is taken.
    size, sequence : str, optional
        Where there are such fields. Without a sequence ticks of one time count in the order in
        which they come, and the same tick sent twice counts as two of one price.
    time_unit : {"s", "ms", "us", "ns"}
        Of times that are numbers, since 1970 UTC. Text is ISO 8601.
    timezone : str
        Of times without an offset.
    names : mapping of str to str
        What the source calls a symbol, to what the pairs call it.

    Raises
    ------
    InvalidInputError
        If the unit or the time zone is unknown.
    """

    symbol: str = "symbol"
    time: str = "time"
    price: str | tuple[str, str] = "price"
    size: str | None = None
    sequence: str | None = None
    time_unit: str = "s"
    timezone: str = "UTC"
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice(self.time_unit, "time_unit", tuple(_UNITS))
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, TypeError):
            raise InvalidInputError(
                "timezone", f"got {self.timezone!r}", "a name like America/New_York"
            ) from None

    def read(self, message: Mapping[str, Any], sequence: int) -> Tick:
        """Return the tick in a message.

        Parameters
        ----------
        message : mapping
            A row or an object.
        sequence : int
            Number of the message, used where it has none of its own.

        Raises
        ------
        ValueError
            Saying which field is missing or has no meaning.
        """
        name = str(_get(message, self.symbol))
        if isinstance(self.price, str):
            price = _number(message, self.price)
        else:
            bid, ask = (_number(message, key) for key in self.price)
            price = (bid + ask) / 2
        own = None if self.sequence is None else _get(message, self.sequence)
        counted = sequence if own is None else _whole(own, str(self.sequence))
        size = float("nan") if self.size is None else _number(message, self.size)
        return Tick(self.names.get(name, name), self._time(message), price, size, counted)

    def _time(self, message: Mapping[str, Any]) -> int:
        value = _get(message, self.time)
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                return self._parse(value)
            # Whole numbers keep every digit, which a float of nanoseconds would not.
            value = int(value) if value.lstrip("-").isdecimal() else number
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.time}: {value!r} is no time")  # noqa: TRY004 - see `read`
        try:
            return int(value * _UNITS[self.time_unit])
        except (OverflowError, ValueError):
            raise ValueError(f"{self.time}: {value!r} is no time") from None

    def _parse(self, text: str) -> int:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{self.time}: {text!r} is no time") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.timezone))
        return (moment - _EPOCH) // _MICROSECOND * 1000


def _get(message: Mapping[str, Any], path: str) -> Any:
    value: Any = message
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise ValueError(f"{path}: missing")
        value = value[key]
    return value


def _number(message: Mapping[str, Any], path: str) -> float:
    value = _get(message, path)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{path}: {value!r} is no number") from None


def _whole(value: Any, path: str) -> int:
    whole = isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdecimal())
    if not whole:
        raise ValueError(f"{path}: {value!r} is no whole number")
    return int(value)


def ensure_symbols(symbols: Any) -> tuple[str, ...]:
    """Return the symbols of a feed as text, each once.

    Raises
    ------
    InvalidInputError
        If there are none.
    """
    if isinstance(symbols, str) or not hasattr(symbols, "__iter__"):
        raise InvalidInputError("symbols", f"got {symbols!r}"[:80], "a list of symbols")
    found = tuple(dict.fromkeys(str(symbol) for symbol in symbols))
    if not found:
        raise InvalidInputError("symbols", "empty", "at least one symbol")
    return found
