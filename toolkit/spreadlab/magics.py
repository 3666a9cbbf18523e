"""``%load_ext spreadlab``: the ``%pairs`` magic, with help and completion."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from spreadlab.api import discover_pairs

if TYPE_CHECKING:
    from argparse import Namespace

    from IPython.core.interactiveshell import InteractiveShell

    from spreadlab.discovery.result import DiscoveryResult

_CHOICES = {
    "--transform": ("log", "none"),
    "--lags": ("aic", "bic"),
    "--direction": ("both", "forward"),
    "--align": ("error", "inner"),
}
_OPTIONS = (*_CHOICES, "--alpha", "--keep", "--output")
_SHORT = {"-t": "--transform", "-l": "--lags", "-d": "--direction"}


@magics_class
class PairsMagics(Magics):
    """The line magic ``%pairs``."""

    @magic_arguments()
    @argument("prices", help="Name of a price table (or an expression without spaces).")
    @argument(
        "-t",
        "--transform",
        choices=_CHOICES["--transform"],
        default="log",
        help="Test log prices or the prices themselves.",
    )
    @argument("-l", "--lags", default="aic", help='Lagged differences: "aic", "bic" or a number.')
    @argument(
        "-d",
        "--direction",
        choices=_CHOICES["--direction"],
        default="both",
        help="Test each symbol on the other, or the earlier column on the later one.",
    )
    @argument("-a", "--alpha", type=float, default=0.05, help="Level of the verdict.")
    @argument("-k", "--keep", help="List the best K pairs (3), or those below a p-value (0.01).")
    @argument(
        "--align",
        choices=_CHOICES["--align"],
        default="error",
        help="What to do about missing prices: refuse them, or drop their rows.",
    )
    @argument("-o", "--output", metavar="NAME", help="Keep the result under this name.")
    @line_magic
    def pairs(self, line: str) -> DiscoveryResult:
        """Test every pair of a price table for cointegration.

        Examples: ``%pairs prices``, ``%pairs prices -k 10 -o scan``, ``scan = %pairs prices``.
        """
        options = parse_argstring(self.pairs, line)
        scan = discover_pairs(
            self._prices(options.prices),
            transform=options.transform,
            lags=_lags(options.lags),
            direction=options.direction,
            alpha=options.alpha,
            keep=_keep(options.keep),
            align=options.align,
        )
        self._keep_result(options, scan)
        return scan

    def _prices(self, expression: str) -> Any:
        names = _tables(_shell(self).user_ns)
        try:
            return _shell(self).ev(expression)
        except NameError as error:
            close = difflib.get_close_matches(expression, names, n=1)
            advice = f"did you mean {close[0]}?" if close else f"price tables: {_listed(names)}"
            raise UsageError(f"%pairs: {error}; {advice}") from error
        except SyntaxError as error:
            raise UsageError(
                f"%pairs: {expression!r} is no expression; give the name of a price table: "
                f"{_listed(names)}"
            ) from error

    def _keep_result(self, options: Namespace, scan: DiscoveryResult) -> None:
        if options.output is not None:
            if not options.output.isidentifier():
                raise UsageError(f"%pairs: --output {options.output!r} is not a name")
            _shell(self).user_ns[options.output] = scan


def complete_pairs(shell: InteractiveShell, event: Any) -> list[str]:
    """Return what may follow on a ``%pairs`` line: options, their values, names of price tables."""
    before = event.line[: len(event.line) - len(event.symbol)].split()
    previous = before[-1] if before else ""
    option = _SHORT.get(previous, previous)
    if option in _CHOICES:
        found: list[str] = list(_CHOICES[option])
    elif option in {"-a", "--alpha", "-k", "--keep", "-o", "--output"}:
        found = []
    elif event.symbol.startswith("-"):
        found = list(_OPTIONS)
    else:
        found = _tables(shell.user_ns)
    return [word for word in found if word.startswith(event.symbol)]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%pairs`` and its completion, and tell the front end our version."""
    shell.register_magics(PairsMagics)
    shell.set_hook("complete_command", complete_pairs, str_key="%pairs")
    # By name: the toolkit does not depend on its widgets.
    importlib.import_module("spreadlab_widgets.handshake").greet()


def _shell(magics: Magics) -> Any:
    return magics.shell


def _tables(namespace: dict[str, Any]) -> list[str]:
    """Return the names under which something like a price table is kept."""
    return sorted(
        name
        for name, value in namespace.items()
        if not name.startswith("_") and not isinstance(value, type) and _is_table(value)
    )


def _is_table(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):  # pandas, polars, numpy: no need to import any of them
        return len(shape) == 2
    return hasattr(value, "symbols") and hasattr(value, "prices") and hasattr(value, "timestamps")


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "none in this notebook yet"


def _lags(text: str) -> Any:
    return int(text) if text.isdecimal() else text


def _keep(text: str | None) -> float | int | None:
    if text is None:
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError as error:
        raise UsageError(
            f"%pairs: --keep {text!r}: give a number of pairs (10) or a p-value (0.01)"
        ) from error
