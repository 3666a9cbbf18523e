"""The fields of a strategy, read off its sections and rules: what a form is made of."""

from __future__ import annotations

import inspect
import re
import types
import typing
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

from spreadlab.backtest.user_rules import installed_rules
from spreadlab.strategy.rules import KINDS, RULES, RuleSection, defaults_of
from spreadlab.strategy.spec import SECTIONS, Strategy

Kind = Literal["text", "symbol", "date", "number", "integer", "flag", "choice", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyField:
    """One thing that a strategy says.

    Attributes
    ----------
    section : str
        Section of the file; empty for the name.
    name : str
        Its key in the section.
    kind : str
        What is entered: "text", "symbol", "date", "number", "integer", "flag", one of `choices`
        ("choice"), or "lines" of a file.
    choices : tuple of str
        What it can be; for a "text" what it is likely to be.
    integer : bool
        Whether a whole number will do as well as a choice.
    default : object
        What it is when nothing is given; None for none.
    required : bool
        Whether it has to be given.
    rule : str
        The kind of rule that it is a parameter of; empty for what every strategy has.
    help : str
        What it means, in a sentence or two.
    """

    section: str
    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    integer: bool = False
    default: Any = None
    required: bool = False
    rule: str = ""
    help: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others: ``costs.cost_bps``, ``rule.zscore.lookback``."""
        return ".".join(part for part in (self.section, self.rule, self.name) if part)


def strategy_fields() -> tuple[StrategyField, ...]:
    """Return every field of a strategy, in the order of its file."""
    found = [_named(Strategy, "name", section="", required=True)]
    for section, made in SECTIONS.items():
        if made is RuleSection:
            found.extend(_of_rules())
            continue
        found.extend(
            _named(made, f.name, section=section, **_default(f.default)) for f in fields(made)
        )
    return tuple(found)


def _of_rules() -> list[StrategyField]:
    helps = parameter_help(RuleSection)
    kind = StrategyField(
        section="rule",
        name="kind",
        kind="choice",
        choices=KINDS,
        default="optimal",
        help=helps.get("kind", ""),
    )
    found = [kind]
    for rule, made in RULES.items():
        found.extend(
            _named(made, name, section="rule", rule=rule, **_default(default))
            for name, default in defaults_of(rule).items()
        )
    found.append(
        StrategyField(
            section="rule",
            name="name",
            kind="text",
            choices=tuple(sorted(installed_rules())),
            required=True,
            rule="installed",
            help="Name of the rule in the entry point group spreadlab.rules.",
        )
    )
    found.append(
        StrategyField(
            section="rule",
            name="parameters",
            kind="lines",
            rule="installed",
            help="What the rule is made with, a line each, as in the file: width = 2.5",
        )
    )
    return found


def _default(default: Any) -> dict[str, Any]:
    return {"required": True} if default is MISSING else {"default": default}


def _named(made: type[Any], name: str, **given: Any) -> StrategyField:
    hint = typing.get_type_hints(made, include_extras=True)[name]
    return StrategyField(
        name=name, help=parameter_help(made).get(name, ""), **_typed(hint), **given
    )


def _typed(hint: Any) -> dict[str, Any]:
    """Return the kind of a field of this type."""
    parts = typing.get_args(hint) if _is_union(hint) else (hint,)
    wanted: dict[str, Any] = {}
    for part in parts:
        if typing.get_origin(part) is Literal:
            wanted |= {"kind": "choice", "choices": typing.get_args(part)}
        elif typing.get_origin(part) is typing.Annotated:
            wanted["kind"] = part.__metadata__[0]
        elif part is int:
            wanted |= {"integer": True} if "choices" in wanted else {"kind": "integer"}
        elif part in _PLAIN:
            wanted["kind"] = _PLAIN[part]
        elif part is not types.NoneType:
            raise TypeError(f"no field for {hint!r}")
    return wanted


_PLAIN: dict[Any, Kind] = {str: "text", float: "number", bool: "flag"}


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


_ENTRY = re.compile(r"(\w+(?:, \w+)*) : ")


def parameter_help(made: type[Any]) -> dict[str, str]:
    """Return what the docstring of a class says of each of its parameters."""
    _, _, rest = (inspect.getdoc(made) or "").partition("Parameters\n----------\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in rest.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, "")
        elif line.startswith("    ") and names:
            words = line.strip().replace("`", "")
            found |= {name: f"{found[name]} {words}".strip() for name in names}
        elif line:
            break  # the next section of the docstring
    return found
