"""``%load_ext spreadlab``: the verbs as magics, the engine in use, and studies.

``%pairs``, ``%oufit``, ``%hjb``, ``%backtest`` and ``%walkforward`` take the options of the command
line; ``%spreadlab`` connects and shows the engine; ``%%study`` names what a cell tries.
"""

from __future__ import annotations

import difflib
import importlib
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import MagicArgumentParser

from spreadlab.verbs import doctor, fit, policy, scan, trade, walk

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from IPython.core.interactiveshell import InteractiveShell

VERBS: MappingProxyType[str, ModuleType] = MappingProxyType(
    {"pairs": scan, "oufit": fit, "hjb": policy, "backtest": trade, "walkforward": walk}
)
_ACTIONS = ("connect", "status", "engine", "warmup", "doctor")


def parser_of(magic: str) -> MagicArgumentParser:
    """Return the parser of a verb's magic: what it works on, the verb's options, a name."""
    verb = VERBS[magic]
    parser = MagicArgumentParser(
        prog=f"%{magic}", description=verb.__doc__, epilog=f"example: {verb.MAGIC_EXAMPLE}"
    )
    parser.add_argument(
        "subject",
        nargs="?" if getattr(verb, "OPTIONAL_SUBJECT", False) else None,
        help=f"{verb.SUBJECT}: a name, or an expression without spaces",
    )
    verb.add_arguments(parser)
    parser.add_argument(
        "-o", "--output", metavar="NAME", help="keep the result under this name, too"
    )
    return parser


def _spreadlab_parser() -> MagicArgumentParser:
    parser = MagicArgumentParser(
        prog="%spreadlab",
        description="The engine in use.",
        epilog="example: %spreadlab connect grpc://localhost:50051",
    )
    parser.add_argument("action", choices=_ACTIONS, help="what to do")
    parser.add_argument("address", nargs="?", help="of an engine, for connect and doctor")
    return parser


@magics_class
class SpreadlabMagics(Magics):
    """The magics of spreadlab."""

    @line_magic
    def pairs(self, line: str) -> Any:
        """Test every pair of a price table."""
        return self._run("pairs", line)

    @line_magic
    def oufit(self, line: str) -> Any:
        """Fit an Ornstein-Uhlenbeck spread."""
        return self._run("oufit", line)

    @line_magic
    def hjb(self, line: str) -> Any:
        """Solve for the optimal policy."""
        return self._run("hjb", line)

    @line_magic
    def backtest(self, line: str) -> Any:
        """Backtest a pair."""
        return self._run("backtest", line)

    @line_magic
    def walkforward(self, line: str) -> Any:
        """Walk forward over a price table."""
        return self._run("walkforward", line)

    @line_magic
    def spreadlab(self, line: str) -> Any:
        """Connect to an engine, or show the one in use."""
        options = _spreadlab_parser().parse_argstring(line)
        return _ENGINE_ACTIONS[options.action](options.address)

    @cell_magic
    def study(self, line: str, cell: str) -> None:
        """Count what the cell tries as one study: ``%%study energy pairs``."""
        from spreadlab.api_backtest import study

        name = line.strip().strip("\"'")
        if not name:
            raise UsageError("%%study: give the study a name: %%study energy pairs")
        with study(name):
            _shell(self).run_cell(cell).raise_error()

    def _run(self, magic: str, line: str) -> Any:
        options = parser_of(magic).parse_argstring(line)
        _check_name(magic, options)
        subject = None if options.subject is None else self._subject(magic, options.subject)
        result = VERBS[magic].run(options, subject, progress=None)
        if options.output is not None:
            _shell(self).user_ns[options.output] = result
        return result

    def _subject(self, magic: str, expression: str) -> Any:
        names = _subjects(magic, _shell(self).user_ns)
        try:
            return _shell(self).ev(expression)
        except NameError as error:
            close = difflib.get_close_matches(expression, names, n=1)
            advice = f"did you mean {close[0]}?" if close else f"there are: {_listed(names)}"
            raise UsageError(f"%{magic}: {error}; {advice}") from error
        except SyntaxError as error:
            raise UsageError(
                f"%{magic}: {expression!r} is no expression; give a name: {_listed(names)}"
            ) from error


def complete(shell: InteractiveShell, event: Any) -> list[str]:
    """Return what may follow on a line of a magic: options, their values, names of variables."""
    words = event.line[: len(event.line) - len(event.symbol)].split()
    magic = words[0].lstrip("%") if words else ""
    if magic == "spreadlab":
        found = list(_ACTIONS) if len(words) == 1 else []
    elif magic in VERBS:
        found = _after(magic, words, event.symbol, shell.user_ns)
    else:
        found = []
    return [word for word in found if word.startswith(event.symbol)]


def _after(magic: str, words: list[str], symbol: str, namespace: dict[str, Any]) -> list[str]:
    option = _options(parser_of(magic)).get(words[-1]) if len(words) > 1 else None
    if option is not None and option.nargs != 0:
        return [str(choice) for choice in option.choices or ()]
    if symbol.startswith("-"):
        return sorted(name for name in _options(parser_of(magic)) if name.startswith("--"))
    return _subjects(magic, namespace)


def _options(parser: ArgumentParser) -> dict[str, Any]:
    return {name: action for action in parser._actions for name in action.option_strings}  # noqa: SLF001


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics and their completion, and tell the front end our version."""
    for name in VERBS:
        getattr(SpreadlabMagics, name).__doc__ = parser_of(name).format_help()
    SpreadlabMagics.spreadlab.__doc__ = _spreadlab_parser().format_help()
    shell.register_magics(SpreadlabMagics)
    for name in ("spreadlab", *VERBS):
        shell.set_hook("complete_command", complete, str_key=f"%{name}")
    # By name: the toolkit does not depend on its widgets.
    importlib.import_module("spreadlab_widgets.handshake").greet()


def _connect(address: str | None) -> Any:
    from spreadlab.engines.registry import connect

    if address is None:
        raise UsageError("%spreadlab connect: give an address: local, grpc://host:50051")
    connect(address)
    return _status(None)


def _engine(address: str | None) -> Any:  # noqa: ARG001
    from spreadlab.engines.registry import current_engine

    return current_engine()


def _status(address: str | None) -> None:  # noqa: ARG001
    from spreadlab.engines.job import jobs
    from spreadlab.engines.registry import current_engine

    able = current_engine().capabilities()
    running = [job for job in jobs() if job.state == "running"]
    threads = f"{able.threads} thread{'s' * (able.threads != 1)}"
    print(f"engine {able.address}: spreadlab {able.version}, {threads}, {len(running)} running")
    for job in running:
        print(f"  {job!r}")


def _warmup(address: str | None) -> None:  # noqa: ARG001
    from spreadlab.verbs.warmup import warmup

    for name, seconds in warmup():
        print(f"{name:24s} {seconds:6.2f} s")


def _doctor(address: str | None) -> None:
    if address is None:
        raise UsageError("%spreadlab doctor: give the address of a server: localhost:50051")
    parser = MagicArgumentParser(prog="%spreadlab doctor")
    doctor.add_arguments(parser)
    doctor.run(parser.parse_args([address]))


_ENGINE_ACTIONS = {
    "connect": _connect,
    "status": _status,
    "engine": _engine,
    "warmup": _warmup,
    "doctor": _doctor,
}


def _shell(magics: Magics) -> Any:
    return magics.shell


def _check_name(magic: str, options: Namespace) -> None:
    if options.output is not None and not options.output.isidentifier():
        raise UsageError(f"%{magic}: --output {options.output!r} is not a name")


def _subjects(magic: str, namespace: dict[str, Any]) -> list[str]:
    """Return the names under which something is kept that the magic can work on."""
    fits = {"oufit": _is_spread_or_table, "hjb": _is_model_or_table}.get(magic, _is_table)
    return sorted(
        name
        for name, value in namespace.items()
        if not name.startswith("_") and not isinstance(value, type | ModuleType) and fits(value)
    )


def _is_table(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):  # pandas, polars, numpy: no need to import any of them
        return len(shape) == 2
    return hasattr(value, "symbols") and hasattr(value, "prices") and hasattr(value, "timestamps")


def _is_spread_or_table(value: Any) -> bool:
    is_series = isinstance(getattr(value, "shape", None), tuple) and len(value.shape) == 1
    return is_series or hasattr(value, "spread_of") or _is_table(value)


def _is_model_or_table(value: Any) -> bool:
    return hasattr(value, "kappa") or hasattr(value, "spread_of") or _is_table(value)


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "none in this notebook yet"
