"""Write a strategy, see its backtest while you write, and keep it in a file."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import pandas as pd
import traitlets as t

import spreadlab as sl
from spreadlab.backtest.study import current_study
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import InvalidInputError
from spreadlab.strategy.describe import strategy_fields
from spreadlab.strategy.spec import Strategy
from spreadlab_widgets.backtest_view import BacktestView
from spreadlab_widgets.looked_at import LookedAt
from spreadlab_widgets.pipeline import Pipeline
from spreadlab_widgets.stages import Stage
from spreadlab_widgets.strategy_code import code_of
from spreadlab_widgets.strategy_controls import StrategyControls
from spreadlab_widgets.strategy_files import StrategyFolder
from spreadlab_widgets.strategy_start import begin, symbols_of
from spreadlab_widgets.strategy_talk import StrategyTalk
from spreadlab_widgets.strategy_values import blank_texts, key_of, read_texts, texts_of, words_of
from spreadlab_widgets.view import InvalidTraitError, View

if TYPE_CHECKING:
    from os import PathLike

    from spreadlab.backtest.result import BacktestResult
    from spreadlab.display.figure import StaticFigure
    from spreadlab_widgets.stages import Update

QUIET = 0.15  # seconds without a key pressed before the preview is computed
_SCRATCH = "on the way"  # the study of what nobody has looked at yet
_NOT_WHOLE = "Shown is the last strategy without a mistake: see the fields marked above."
_NOTHING = "The backtest stands here once no field is marked."
_NO_PRICES = "No prices to preview on: set .prices."


def _run(terms: Strategy, prices: Any) -> BacktestResult:
    return terms.backtest(prices)


STAGES = (Stage("result", _run, ("terms", "prices")),)


class StrategyForm(View, ipywidgets.VBox):  # type: ignore[misc]
    """A form for a strategy: pair, window, rule, costs, sizing and limits, with its backtest.

    What is wrong is said beside its field; whatever is right is backtested while you write. Named
    strategies are TOML files in a folder, which `sl.load_strategy` and
    ``spreadlab backtest --strategy`` read. Ctrl+S saves.

    Parameters
    ----------
    prices : frame, PricePanel or ndarray, optional
        What the preview trades; may be given later.
    folder : path
        Where the files are; it is made when the first strategy is saved.
    **traits
        ``strategy``, ``theme``, ``layout``.

    Attributes
    ----------
    prices
        Setting them computes the preview again.
    strategy : Strategy or None
        What the fields describe, None while one of them is wrong; setting it fills them.
    result : BacktestResult or None
        The preview: ``strategy.backtest(prices)``.
    problems : dict
        What is wrong, by key of the field: ``rule.zscore.lookback``.
    file : str
        Name of the open file, empty for none.
    changed : bool
        Whether there is something to save.
    code : str
        What runs the strategy in a notebook; empty while a field is wrong.
    preview : BacktestView
        The view of the result.

    Notes
    -----
    The preview is computed in a thread, on the engine in use, and the newest strategy wins. Limits
    are those of a paper book: they change no backtest. A preview is a trial of the study in force
    where the form is made once it has stood still for a second.

    Examples
    --------
    >>> from spreadlab_widgets import StrategyForm
    >>> StrategyForm()
    StrategyForm(no strategy)
    """

    prices = t.Any(None, help="What the preview trades.")
    strategy = t.Any(None, help="What the fields describe.")
    result = t.Any(None, read_only=True, help="The preview.")

    pipeline: Pipeline | None = None
    _controls: StrategyControls | None = None
    _looked_at: LookedAt | None = None

    def __init__(
        self, prices: Any = None, *, folder: str | PathLike[str] = "strategies", **traits: Any
    ) -> None:
        self.fields = strategy_fields()
        self._folder = StrategyFolder(folder)
        self._filling = False
        self._saved: Strategy | None = None
        self._known: str | None = None  # digest of the open file
        self._failure: tuple[Strategy, Exception] | None = None
        super().__init__(**{"prices": prices, **traits})
        study = current_study()
        talk = StrategyTalk(self)
        self._controls = StrategyControls(self.fields, talk.hear, folder=str(folder))
        self.preview = BacktestView(study=study)
        self.children = [self._controls, self.preview]
        self.add_class("jp-SpreadlabStrategy")
        for view in self.children:
            t.dlink((self, "theme"), (view, "theme"))
        self._looked_at = LookedAt(study, self.preview.judge)
        # The pipeline keeps the context that it is made in.
        with sl.study(_SCRATCH, in_memory=True):
            self.pipeline = Pipeline(
                STAGES, {"terms": None, "prices": self.prices}, self._hear, quiet=QUIET
            )
        self._controls.observe(self._take_values, "values")
        self._controls.symbols = symbols_of(self.prices)
        self._fill(self.strategy or begin(self.prices))
        self._saved = self.strategy
        self._show_state()
        self.list_files()

    # Traits

    @t.validate("prices")
    def _check_prices(self, proposal: dict[str, Any]) -> Any:
        prices = proposal["value"]
        if prices is None or isinstance(prices, pd.DataFrame):
            return prices
        return ensure_panel(prices, transform="none", align="pairwise", constant="allow").to_frame()

    @t.validate("strategy")
    def _check_strategy(self, proposal: dict[str, Any]) -> Any:
        strategy = proposal["value"]
        if strategy is not None and not isinstance(strategy, Strategy):
            raise InvalidTraitError(
                "strategy", f"got a {type(strategy).__name__}", "an sl.Strategy, or None"
            )
        return strategy

    @t.observe("prices")
    def _show_prices(self, _change: dict[str, Any]) -> None:
        if self._controls is None or self.pipeline is None:
            return
        self._controls.symbols = symbols_of(self.prices)
        if self.strategy is None and not any(self._controls.values.values()):
            self._fill(begin(self.prices))
        self.pipeline.change(prices=self.prices)
        self._read()

    @t.observe("strategy")
    def _show_strategy(self, change: dict[str, Any]) -> None:
        if self._controls is not None and not self._filling and change["new"] is not None:
            self._fill(change["new"])

    @property
    def controls(self) -> StrategyControls:
        """The fields and the files."""
        if self._controls is None:
            raise RuntimeError("the form is not made yet")
        return self._controls

    @property
    def values(self) -> dict[str, Any]:
        """What the fields say, by key; setting it is writing into them."""
        return dict(self.controls.values)

    @values.setter
    def values(self, values: dict[str, Any]) -> None:
        unknown = sorted(set(values) - {field.key for field in self.fields})
        if unknown:
            raise InvalidInputError("values", f"{unknown[0]!r} is no field", "keys of .fields")
        self.controls.values = {**self.controls.values, **values}

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, by key of the field; "" for what belongs to none."""
        return dict(self.controls.problems)

    @property
    def folder(self) -> StrategyFolder:
        """The files."""
        return self._folder

    @property
    def file(self) -> str:
        """Name of the open file, empty for none."""
        return str(self.controls.file)

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        return bool(self.controls.changed)

    @property
    def code(self) -> str:
        """What runs the strategy in a notebook; empty while a field is wrong."""
        if self.strategy is None:
            return ""
        saved = self.file and not self.changed
        return code_of(self.strategy, self._folder.file(self.file) if saved else None)

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until the preview is that of the fields; it counts as looked at.

        Raises
        ------
        TimeoutError
            If it takes longer.
        """
        if self.pipeline is not None and self._looked_at is not None:
            self.pipeline.settle(timeout)
            self._looked_at.count()

    def refresh(self) -> None:
        """Compute the preview again: the engine may have come back, or another be in use."""
        self._failure = None
        self._read()
        if self.pipeline is not None:
            self.pipeline.refresh("terms")

    # Files

    def list_files(self) -> list[str]:
        """Look at the folder again, and return the names in it."""
        self.controls.files = self._folder.names()
        return list(self.controls.files)

    def new(self) -> None:
        """Begin a new strategy, without a file; what is in the fields is dropped."""
        self._opened(begin(self.prices), "", None, "A new strategy.")

    def load(self, name: str) -> None:
        """Fill the fields with a saved strategy; what was in them is dropped.

        Parameters
        ----------
        name : str
            Of a file in the folder, without its ending.

        Raises
        ------
        InvalidInputError
            If there is no such file, or it is none of a strategy: the line is named. The fields
            stay as they are.
        """
        strategy, known = self._folder.read(name)
        file = self._folder.file(name)
        self._opened(strategy, file.stem, known, f"Opened {file.name}.")

    def save(self, *, replace: bool = False) -> None:
        """Save into the open file.

        Parameters
        ----------
        replace : bool
            Also if the file was changed on disk since it was opened.

        Raises
        ------
        InvalidInputError
            If no file is open, a field is wrong, or the file was changed on disk.
        """
        if not self.file:
            raise InvalidInputError("file", "none is open", "", "save it as a new one")
        self._write(self.file, known=self._known, replace=replace)

    def save_as(self, name: str, *, replace: bool = False) -> None:
        """Save into a file of another name, which is the open one then.

        Parameters
        ----------
        name : str
            Of the file, without its ending.
        replace : bool
            Also if a file of that name is there.

        Raises
        ------
        InvalidInputError
            If a field is wrong, no file can have that name, or the file is there.
        """
        stem = self._folder.file(name).stem
        known = self._known if stem == self.file else None
        self._write(stem, known=known, replace=replace)

    @property
    def changed_on_disk(self) -> bool:
        """Whether the open file is no longer what was opened or saved."""
        found = self._folder.digest(self.file) if self.file else None
        return found not in (None, self._known)

    def delete(self) -> None:
        """Delete the open file; the fields keep what they say.

        Raises
        ------
        InvalidInputError
            If no file is open.
        """
        if not self.file:
            raise InvalidInputError("file", "none is open", "a saved strategy")
        gone = self._folder.file(self.file)
        self._folder.delete(self.file)
        self._saved = self._known = None
        with self.controls.updating():
            self.controls.file, self.controls.words = "", f"Deleted {gone.name}."
            self._show_state()
        self.list_files()

    def count(self) -> None:
        """Count the preview as a trial: somebody takes it away."""
        if self._looked_at is not None:
            self._looked_at.count()

    def _write(self, name: str, *, known: str | None, replace: bool) -> None:
        if self.strategy is None:
            wrong = len(self.problems)
            fields = "one field needs" if wrong == 1 else f"{wrong} fields need"
            raise InvalidInputError("strategy", f"{fields} another value", "whole to be saved")
        self._known = self._folder.write(name, self.strategy, known=known, replace=replace)
        self._saved = self.strategy
        with self.controls.updating():
            self.controls.file = name
            self.controls.words = f"Saved {self._folder.file(name).name}."
            self._show_state()
        self.list_files()
        self.count()

    def _opened(self, strategy: Strategy | None, name: str, known: str | None, words: str) -> None:
        self._known = known
        with self.controls.updating():
            self.controls.file, self.controls.words, self.controls.error = name, words, ""
            self._fill(strategy)
            self._saved = self.strategy
            self._show_state()
        self.list_files()

    # From the fields to the preview

    def _fill(self, strategy: Strategy | None) -> None:
        """Write a strategy into the fields; None leaves them blank."""
        if strategy is None:
            self.controls.values = blank_texts(self.fields)
        else:
            self.controls.values = texts_of(self.fields, strategy)
        self._read()

    def _take_values(self, _change: dict[str, Any]) -> None:
        with self.controls.reporting():
            self.controls.words = ""
            self._read()

    def _read(self) -> None:
        """Take the fields' word: what is wrong, and what to preview."""
        controls, pipeline = self.controls, self.pipeline
        if pipeline is None:
            return
        strategy, problems = read_texts(self.fields, controls.values, controls.symbols)
        self._filling = True
        try:
            self.strategy = strategy
        finally:
            self._filling = False
        terms = None if strategy is None else _traded(strategy)
        failure = self._failure[1] if self._failure and self._failure[0] == terms else None
        with controls.updating():
            controls.problems = problems or self._beside(failure)
            self._show_state()
        if terms is None:
            self.preview.error = _NOTHING if self.result is None else _NOT_WHOLE
            return
        if self._looked_at is not None:
            self._looked_at.leave()
        missing = "" if self.prices is not None else _NO_PRICES
        self.preview.error = missing if failure is None else str(failure)
        pipeline.change(terms=terms)

    def _show_state(self) -> None:
        self.controls.changed = self.strategy is None or self.strategy != self._saved
        self.controls.code = self.code

    def _hear(self, update: Update) -> None:
        """Show what the pipeline says; on the kernel's own thread."""
        with self.reporting(), self.preview.updating():
            if update.state == "idle":
                self._rest()
                return
            self.preview.loading = update.state == "running"
            if update.state == "done":
                self._show_result(update.value)
            elif update.error is not None and self.pipeline is not None:
                self._show_failure(self.pipeline.setting("terms"), update.error)

    def _rest(self) -> None:
        self.preview.loading = False
        if self._looked_at is not None and self.strategy is not None and self._failure is None:
            self._looked_at.show(preview=self.result)

    def _show_result(self, result: BacktestResult) -> None:
        self._failure = None
        self.set_trait("result", result)
        split = self.strategy is not None and self.strategy.window.split is not None
        self.preview.show(*((None, result) if split else (result, None)))
        self.preview.error = "" if self.strategy is not None else _NOT_WHOLE

    def _show_failure(self, terms: Strategy, error: Exception) -> None:
        """Say why there is no preview: beside a field, where the error is about one."""
        self._failure = terms, error
        self.set_trait("result", None)
        self.preview.show(None)
        self.preview.error = str(error)
        if self.strategy is not None:
            self.controls.problems = self._beside(error)

    def _beside(self, error: Exception | None) -> dict[str, str]:
        """Return an error of the preview as the problem of its field, if it is about one."""
        if not isinstance(error, InvalidInputError):
            return {}
        key = key_of(error, self.fields, str(self.controls.values.get("rule.kind", "")))
        return {key: words_of(error)} if key else {}

    def close(self) -> None:
        """Stop what runs, and remove the form and its preview."""
        if self._looked_at is not None:
            self._looked_at.leave()
        if self.pipeline is not None:
            self.pipeline.close()
        for part in self.children:
            part.close()
        super().close()

    def _facts(self) -> str:
        if self.strategy is None:
            return "no strategy"
        return repr(self.strategy)

    def _static_html(self) -> str:
        shown = [thing for thing in (self.strategy, self.result) if thing is not None]
        return "".join(thing._repr_html_() for thing in shown) or f"<p>{escape(repr(self))}</p>"

    def _static_figure(self) -> StaticFigure | None:
        return None if self.result is None else self.result.plot()


def _traded(strategy: Strategy) -> Strategy:
    """Return what of a strategy the backtest depends on: not its name nor a book's limits."""
    return Strategy.from_dict({**strategy.to_dict(), "name": "preview", "limits": {}})
