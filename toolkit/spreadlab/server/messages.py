"""Typed messages and the public functions: fields are arguments, or figures, of the same name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab.backtest.rules import ThresholdRule, ZScoreRule
from spreadlab.backtest.user_rules import installed_rule
from spreadlab.data.prices import PricePanel
from spreadlab.errors import InvalidInputError
from spreadlab.rpc import codec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spreadlab.server.lab import Lab
    from spreadlab.task import Inputs

_FLOAT = np.dtype("<f8")


def given(message: Any, *names: str) -> dict[str, Any]:
    """Return the options of `names` that are set; the rest keep their defaults."""
    found = {name: getattr(message, name) for name in names if message.HasField(name)}
    if found.get("lags", "").isdecimal():
        found["lags"] = int(found["lags"])
    return found


def vector(payload: bytes, argument: str) -> NDArray[np.float64]:
    """Return little-endian float64 bytes as a vector."""
    if len(payload) % _FLOAT.itemsize:
        raise InvalidInputError(argument, f"{len(payload)} bytes", "whole float64 values")
    return np.frombuffer(payload, _FLOAT).astype(np.float64)


def column(values: Any, kind: str = "<f8") -> bytes:
    """Return an array as little-endian bytes, row by row."""
    return np.ascontiguousarray(values, dtype=kind).tobytes()


def filled(message: Any, *sources: Any) -> Any:
    """Return `message` with each field taken from the first source that has it.

    Arrays become bytes; a figure that no source has is a mistake of the service.
    """
    for field in message.DESCRIPTOR.fields:
        value = next((getattr(s, field.name) for s in sources if hasattr(s, field.name)), None)
        if value is None:
            continue
        if isinstance(value, np.ndarray):
            value = column(value)
        if hasattr(value, "items"):
            getattr(message, field.name).update(value)
        else:
            setattr(message, field.name, value)
    return message


def inputs_of(lab: Lab, message: Any, context: Any) -> Inputs:
    """Return the inputs that a message carries or names by digest."""
    kind = message.WhichOneof("inputs")
    if kind == "inline":
        config = lab.config
        return codec.inputs_from(
            message.inline, max_bytes=config.max_panel_bytes, max_symbols=config.max_symbols
        )
    if kind == "digest":
        return lab.panels.get(lab.authority.principal(context), message.digest)
    raise InvalidInputError("prices", "none were sent", "a digest, or values inside the request")


def panel_of(inputs: Inputs) -> PricePanel:
    """Return inputs with an array "prices" and the labels "symbols" as prices."""
    prices = inputs.arrays.get("prices")
    symbols = inputs.labels.get("symbols")
    if prices is None or prices.ndim != 2:
        raise InvalidInputError("prices", "no two-dimensional array", "an array named prices")
    if symbols is None or len(symbols) != prices.shape[1]:
        raise InvalidInputError(
            "prices", "no label for each column", f"{prices.shape[1]} labels named symbols"
        )
    return PricePanel(prices, symbols)


def pair_of(message: Any) -> SimpleNamespace:
    """Return a pair whose hedge ratio is given."""
    names = ("dependent", "hedge", "hedge_ratio", "intercept", "transform")
    return SimpleNamespace(**{name: getattr(message, name) for name in names})


def rule_of(message: Any) -> Any:
    """Return a trading rule; one of a user's own by the name it is installed under here."""
    kind = message.WhichOneof("kind")
    if kind == "levels":
        levels = message.levels
        return ThresholdRule(
            enter_long=levels.enter_long,
            exit_long=levels.exit_long,
            enter_short=levels.enter_short,
            exit_short=levels.exit_short,
        )
    if kind == "zscore":
        score = message.zscore
        return ZScoreRule(
            lookback=score.lookback,
            entry_z=score.entry_z,
            exit_z=score.exit_z,
            **given(score, "stop_z"),
        )
    if kind == "installed":
        return installed_rule(message.installed, "rule")
    raise InvalidInputError("rule", "none is set", "levels, zscore or installed")


def costs_of(message: Any) -> dict[str, Any]:
    """Return the costs that are set."""
    return given(message, *(field.name for field in message.DESCRIPTOR.fields))
