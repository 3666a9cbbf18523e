"""Rules that users write, inside a task: by the name they are installed under, or as an object.

A walk-forward knows its pairs only while it runs, so a rule decides where the fold is. A name means
the same everywhere the package is installed; an object can be asked only in its own process.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import weakref
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from spreadlab._canonical import wire
from spreadlab.backtest.user_rules import Rule, installed_rule, rule_name
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_objects: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


@wire("InstalledRule")
@dataclass(frozen=True, slots=True)
class InstalledRule:
    """A rule by its name in the entry point group ``spreadlab.rules``."""

    name: str

    def make(self) -> Any:
        """Return the rule; raises InvalidInputError where it is not installed."""
        return installed_rule(self.name, "rule")


@wire("ObjectRule")
@dataclass(frozen=True, slots=True)
class ObjectRule:
    """A rule that is an object of the process that asked.

    Attributes
    ----------
    name : str
        What it is called.
    digest : str
        Of its code and its state.
    """

    name: str
    digest: str

    def make(self) -> Any:
        """Return the rule; raises InvalidInputError in another process."""
        rule = _objects.get(self.digest)
        if rule is None:
            raise InvalidInputError(
                "rule",
                f"{self.name} is an object of another process",
                "the name of an installed rule",
                "offer it by an entry point in the group spreadlab.rules",
            )
        return rule


def carried(rule: Any) -> Any:
    """Return `rule` in a form that a task can hold: a user's by name or digest, others as they are.

    An object is found as long as the caller holds it.
    """
    if isinstance(rule, str):
        installed_rule(rule, "rule")
        return InstalledRule(rule)
    if isinstance(rule, type) or not isinstance(rule, Rule) or hasattr(rule, "path"):
        return rule
    held = ObjectRule(rule_name(rule), _digest(rule))
    try:
        _objects[held.digest] = rule
    except TypeError:
        raise InvalidInputError(
            "rule",
            f"{held.name} has __slots__ without __weakref__",
            "an object that can be referred to weakly",
            'add "__weakref__" to its __slots__',
        ) from None
    return held


def _digest(rule: Any) -> str:
    kind = type(rule)
    parts = [f"{kind.__module__}.{kind.__qualname__}".encode()]
    for cls in kind.__mro__[:-1]:
        for name, value in sorted(vars(cls).items(), key=lambda item: item[0]):
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType):
                parts += [name.encode(), *_code(function.__code__)]
    try:
        parts.append(pickle.dumps(rule, protocol=4))
    except Exception:  # noqa: BLE001 - whatever can't be pickled is like nothing else
        parts.append(os.urandom(16))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _code(code: CodeType) -> Iterator[bytes]:
    """Yield what a function does, without where it was written."""
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant).encode()
