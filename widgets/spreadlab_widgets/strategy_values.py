"""Between a strategy and the texts of a form's fields."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from spreadlab.errors import InvalidInputError
from spreadlab.strategy.spec import Strategy, section_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from spreadlab.strategy.describe import StrategyField

_MISSING = "is needed"


def texts_of(fields: Iterable[StrategyField], strategy: Strategy) -> dict[str, Any]:
    """Return what the fields say for a strategy: texts, and True or False for flags."""
    body = strategy.to_dict()
    return {field.key: _text(field, _value(field, body)) for field in fields}


def blank_texts(fields: Iterable[StrategyField]) -> dict[str, Any]:
    """Return what the fields say before anything is given; a section's choices are made."""
    return {
        field.key: _text(field, field.default if field.choices and not field.rule else None)
        for field in fields
    }


def _value(field: StrategyField, body: Mapping[str, Any]) -> Any:
    section = body.get(field.section, {}) if field.section else body
    if field.rule and field.rule != body["rule"]["kind"]:
        return None
    if field.kind == "lines":
        return {name: value for name, value in section.items() if name not in ("kind", "name")}
    return section.get(field.name)


def _text(field: StrategyField, value: Any) -> Any:
    if field.kind == "flag":
        return bool(value)
    if value is None:
        return ""
    if field.kind == "lines":
        return tomli_w.dumps(value).strip()
    return number_text(value) if isinstance(value, float) else str(value)


def number_text(value: float) -> str:
    """Return a number as short as it reads back the same."""
    return repr(value).removesuffix(".0")


def read_texts(
    fields: Iterable[StrategyField], texts: Mapping[str, Any], symbols: Collection[str] = ()
) -> tuple[Strategy | None, dict[str, str]]:
    """Return the strategy that the fields describe, and what is wrong by field.

    Parameters
    ----------
    fields : iterable of StrategyField
        Of the form.
    texts : mapping
        What they say, by key; a field that is missing or blank is not given.
    symbols : collection of str
        Columns of the prices; without any every symbol will do.

    Returns
    -------
    strategy : Strategy or None
        None if anything is wrong.
    problems : dict
        Words by key of the field; "" for what belongs to none.
    """
    fields = tuple(fields)
    kind = str(texts.get("rule.kind") or "optimal")
    body: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields:
        if field.rule in ("", kind):
            try:
                _put(body, field, texts.get(field.key), symbols)
            except InvalidInputError as error:
                problems[field.key] = words_of(error)
    for wrong in section_errors(body):
        problems.setdefault(key_of(wrong, fields, kind), words_of(wrong))
    if problems:
        return None, problems
    return Strategy.from_dict(body), {}


def key_of(error: InvalidInputError, fields: Iterable[StrategyField], kind: str) -> str:
    """Return the key of the field that an error is about, "" for none."""
    for field in fields:
        named = f"{field.section}.{field.name}" if field.section else field.name
        if field.rule in ("", kind) and named == error.argument:
            return field.key
    return ""


def words_of(error: InvalidInputError) -> str:
    """Return what an error says, without the name of the field that it stands beside."""
    parts = [error.got, f"must be {error.allowed}" if error.allowed else "", error.next_step]
    return "; ".join(part for part in parts if part)


def _put(body: dict[str, Any], field: StrategyField, given: Any, symbols: Collection[str]) -> None:
    section = body.setdefault(field.section, {}) if field.section else body
    text = given if isinstance(given, bool) else str(given or "").strip()
    if field.kind == "flag":
        section[field.name] = bool(text)
    elif field.kind == "lines":
        section.update(_lines(field, str(text)))
    elif text != "":
        section[field.name] = _parsed(field, str(text), symbols)
    elif field.required:
        raise InvalidInputError(field.key, _MISSING)


def _parsed(field: StrategyField, text: str, symbols: Collection[str]) -> Any:
    if field.kind == "symbol" and symbols and text not in symbols:
        raise InvalidInputError(field.key, f"no {text!r} in the prices", "one of their columns")
    if field.kind == "number":
        return _number(field, text)
    if field.kind == "integer" or (field.integer and text not in field.choices):
        number = _number(field, text)
        return int(number) if number.is_integer() else number
    return text


def _number(field: StrategyField, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        allowed = "a number"
        if field.choices:
            allowed = f"{', '.join(field.choices)} or a whole number"
        raise InvalidInputError(field.key, f"got {text!r}"[:60], allowed) from None


def _lines(field: StrategyField, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(field.key, str(error), "lines like width = 2.5") from None
