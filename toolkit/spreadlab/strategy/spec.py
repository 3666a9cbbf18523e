"""A strategy: what is traded, how, and on how much."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spreadlab.display.html import card
from spreadlab.errors import InvalidInputError
from spreadlab.strategy.limits import Limits
from spreadlab.strategy.lines import line_of
from spreadlab.strategy.rules import RuleSection
from spreadlab.strategy.sections import (
    CostSection,
    PairSection,
    SizingSection,
    WindowSection,
    check_known,
    check_text,
)

if TYPE_CHECKING:
    from spreadlab.backtest.result import BacktestResult
    from spreadlab.strategy.fit import FittedStrategy

SECTIONS: dict[str, type[Any]] = {
    "pair": PairSection,
    "window": WindowSection,
    "rule": RuleSection,
    "costs": CostSection,
    "sizing": SizingSection,
    "limits": Limits,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Strategy:
    """A pair, a window, a rule, costs, sizing and limits, under one name.

    Parameters
    ----------
    name : str
        What it is called.
    pair : PairSection or mapping
        Which pair.
    window : WindowSection or mapping
        What is fitted and what is traded.
    rule : RuleSection or mapping
        What decides: ``kind`` and its parameters side by side.
    costs : CostSection or mapping
        What trading costs.
    sizing : SizingSection or mapping
        How much is traded.
    limits : Limits or mapping
        What a paper book that trades it may hold and lose. A backtest knows no limits.

    Raises
    ------
    InvalidInputError
        Naming the section and the key that has no meaning: ``rule.lookback``.

    Examples
    --------
    >>> import spreadlab as sl
    >>> strategy = sl.Strategy(
    ...     name="cola",
    ...     pair={"dependent": "KO", "hedge": "PEP"},
    ...     window={"split": "2018-01-01"},
    ...     rule={"kind": "zscore", "lookback": 60},
    ... )
    >>> strategy
    Strategy('cola': KO on PEP, zscore(lookback=60))
    """

    name: str
    pair: PairSection
    window: WindowSection = field(default_factory=WindowSection)
    rule: RuleSection = field(default_factory=RuleSection)
    costs: CostSection = field(default_factory=CostSection)
    sizing: SizingSection = field(default_factory=SizingSection)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        check_text(self.name, "name", "a name, in quotes")
        for key, kind in SECTIONS.items():
            value = getattr(self, key)
            if not isinstance(value, kind):
                object.__setattr__(self, key, _section(key, kind, value))

    def __repr__(self) -> str:
        pair = f"{self.pair.dependent} on {self.pair.hedge}"
        words = ", ".join(f"{key}={value!r}" for key, value in self.rule.parameters.items())
        return f"Strategy({self.name!r}: {pair}, {self.rule.kind}({words}))"

    def _repr_html_(self) -> str:
        facts = {
            f"{section}.{key}": str(value)
            for section, values in self.to_dict().items()
            if isinstance(values, Mapping)
            for key, value in values.items()
        }
        return card(f"Strategy {self.name}", facts)

    def to_dict(self) -> dict[str, Any]:
        """Return the sections as a file has them: what is not given is left out."""
        body: dict[str, Any] = {"name": self.name}
        for key in SECTIONS:
            part = getattr(self, key)
            if key == "rule":
                values = {"kind": part.kind, **part.parameters}
            else:
                values = {f.name: getattr(part, f.name) for f in fields(part)}
            values = {name: value for name, value in values.items() if value is not None}
            if values:
                body[key] = values
        return body

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Strategy:
        """Return the strategy of what `to_dict` gives or a file holds.

        Raises
        ------
        InvalidInputError
            For a section or a key that is unknown, missing, or has no meaning.
        """
        check_known(body, ("name", *SECTIONS), "")
        for key in ("name", "pair"):
            if key not in body:
                raise InvalidInputError(key, "missing", "given in every strategy")
        return cls(**body)

    def save(self, path: str | PathLike[str], *, replace: bool = True) -> None:
        """Write it as a TOML file; one that is there is replaced as a whole.

        Parameters
        ----------
        path : path
            Ends in .toml.
        replace : bool
            Whether a file that is there may be replaced.

        Raises
        ------
        InvalidInputError
            If the ending or the folder is wrong, or the file is there and not to be replaced.
        """
        import tomli_w

        target = _toml_path(path)
        if not target.parent.is_dir():
            raise InvalidInputError(
                "path", f"no such folder: {target.parent}", "a file in an existing folder"
            )
        part = target.with_name(f".{target.name}.{os.getpid()}")
        part.write_text(tomli_w.dumps(self.to_dict()), encoding="utf-8")
        try:
            if replace:
                part.replace(target)
            else:
                _put(part, target)
        finally:
            part.unlink(missing_ok=True)

    def fit(self, prices: Any) -> FittedStrategy:
        """Return its pair and its policy, from the prices of its formation window.

        Parameters
        ----------
        prices : pandas.DataFrame
            With both symbols, and dates where the window has any.
        """
        from spreadlab.strategy.fit import fit_strategy

        return fit_strategy(self, prices)

    def backtest(self, prices: Any, *, engine: Any = None) -> BacktestResult:
        """Fit it in its formation window and backtest it in its trading window.

        Parameters
        ----------
        prices : pandas.DataFrame
            With both symbols, and dates where the window has any.
        engine : Engine, optional
            Where to run; by default the engine in use.

        Returns
        -------
        BacktestResult
        """
        return self.fit(prices).backtest(engine=engine)


def load_strategy(path: str | PathLike[str]) -> Strategy:
    """Return the strategy in a TOML file.

    Parameters
    ----------
    path : path
        As `Strategy.save` writes it.

    Returns
    -------
    Strategy

    Raises
    ------
    InvalidInputError
        If there is no such file, it is no TOML, or something in it has no meaning; the section,
        the key and the line are named.

    Examples
    --------
    A file needs a name, a pair and a rule; everything else has a default::

        name = "cola"

        [pair]
        dependent = "KO"
        hedge = "PEP"

        [window]
        split = "2018-01-01"

        [rule]
        kind = "zscore"
        lookback = 60
        entry_z = 2.0
    """
    source = _toml_path(path)
    try:
        text = source.read_text(encoding="utf-8")
        body = tomllib.loads(text)
    except FileNotFoundError:
        raise InvalidInputError("path", f"no such file: {source}", "a strategy") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError("path", f"{source} is no TOML: {error}", "a strategy") from None
    try:
        return Strategy.from_dict(body)
    except InvalidInputError as error:
        line = line_of(text, error.argument)
        where = source.name if line is None else f"line {line} of {source.name}"
        steps = f"{error.next_step}; {where}" if error.next_step else where
        raise InvalidInputError(error.argument, error.got, error.allowed, steps) from None


def section_errors(body: Mapping[str, Any]) -> list[InvalidInputError]:
    """Return what is wrong with each section of a strategy, the first error of each.

    Parameters
    ----------
    body : mapping
        As `Strategy.from_dict` takes it.
    """
    found = []
    for key, kind in SECTIONS.items():
        try:
            _section(key, kind, body.get(key, {}))
        except InvalidInputError as error:
            found.append(error)
    return found


def _put(part: Path, target: Path) -> None:
    """Give a file a name that no other file has."""
    taken = InvalidInputError("path", f"{target} is there already", "a new file")
    try:
        os.link(part, target)  # which, unlike a rename, never takes the place of another
    except FileExistsError:
        raise taken from None
    except OSError:  # a file system without links
        if target.exists():
            raise taken from None
        part.replace(target)


def _toml_path(path: str | PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix != ".toml":
        raise InvalidInputError("path", f"got {target.name!r}", "a file that ends in .toml")
    return target


def _section(key: str, kind: type[Any], value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise InvalidInputError(key, f"got {value!r}"[:80], f"a section [{key}]")
    if kind is RuleSection:
        given = dict(value)
        return RuleSection(given.pop("kind", "optimal"), given)
    check_known(value, tuple(f.name for f in fields(kind)), key)
    for part in fields(kind):
        required = part.default is MISSING and part.default_factory is MISSING
        if required and part.name not in value:
            raise InvalidInputError(f"{key}.{part.name}", "missing", "given in every strategy")
    return kind(**value)
