"""What a kernel of the web lab shows: four pages, and a bar above them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

import spreadlab as sl
from spreadlab.engines.registry import current_engine
from spreadlab.errors import SpreadlabError
from spreadlab_widgets.engine_panel import EnginePanel
from spreadlab_widgets.portfolio_view import PortfolioView
from spreadlab_widgets.strategy_form import StrategyForm
from spreadlab_widgets.view import View
from spreadlab_widgets.weblab.bar import LabBar
from spreadlab_widgets.weblab.config import PageSettings
from spreadlab_widgets.weblab.desk import Desk
from spreadlab_widgets.weblab.live_page import LivePage
from spreadlab_widgets.weblab.prices import prices_of
from spreadlab_widgets.workbench import Workbench

if TYPE_CHECKING:
    from spreadlab.live.book.paper import PaperBook
    from spreadlab.live.session import Session

TITLES = ("Live", "Discover", "Strategy", "Portfolio")
_LIVE, _DISCOVER, _STRATEGY, _ = range(len(TITLES))
_NOTHING = "<p>Nothing is traded yet: choose strategies on the page Live, and start.</p>"


class WebLab(View, ipywidgets.VBox):  # type: ignore[misc]
    """The web lab: tabs to trade live on paper, discover pairs, write strategies and see the book.

    Parameters
    ----------
    settings : PageSettings
        Where prices, book, strategies and engine are.
    **traits
        ``theme``, ``layout``.

    Attributes
    ----------
    desk : Desk
        What is traded.
    bar, engine_panel, tabs, live, workbench, portfolio
        The parts.
    strategy : StrategyForm or None
        Made when the reader first looks at it: its preview is a trial.
    """

    def __init__(self, settings: PageSettings, **traits: Any) -> None:
        super().__init__(**traits)
        prices, source = prices_of(settings)
        self._prices, self._folder = prices, settings.strategies
        problem = _connect(settings.engine)
        self.bar = LabBar(self._hear, data=_described(prices, settings), pages=list(TITLES))
        self.engine_panel = EnginePanel()
        self.engine_panel.layout.display = "none"
        self.desk = Desk(prices, settings)
        self._empty = ipywidgets.HTML(_NOTHING)
        self.portfolio = PortfolioView()
        self.live = LivePage(self.desk, self._take)
        self.workbench = Workbench(prices, source=source)
        self.strategy: StrategyForm | None = None
        parts: tuple[list[Any], ...] = (
            [self.live.box],
            [self.workbench],
            [],
            [self._empty, self.portfolio],
        )
        pages = [ipywidgets.VBox(part) for part in parts]
        for page in pages:
            page.add_class("jp-SpreadlabLab-page")
        self.tabs = ipywidgets.Tab(children=pages, titles=TITLES, selected_index=_LIVE)
        self.tabs.add_class("jp-SpreadlabLab-tabs")
        self.tabs.observe(self._turn, "selected_index")
        self.engine_panel.observe(self._show_engine, "address")
        self.add_class("jp-SpreadlabLab")
        self.children = [self.bar, self.engine_panel, self.tabs]
        self.bar.notice = problem
        self._opened = False
        self._take(None)
        self._show_engine()

    def _hear(self, kind: str) -> None:
        if kind == "opened" and not self._opened:
            # Only now is there somebody: a kernel that waits for its page must not hold the book.
            self._opened = True
            self.live.open()
        elif kind == "engine":
            self.bar.engine_shown = not self.bar.engine_shown
            self.engine_panel.layout.display = "" if self.bar.engine_shown else "none"

    def _turn(self, change: dict[str, Any]) -> None:
        if change["new"] == _LIVE:
            with self.live.setup.reporting():
                self.live.refresh()
        elif change["new"] == _DISCOVER and self.workbench.selected is None:
            # Not before: a backtest that nobody has looked at is no trial.
            self.workbench.selected = self.live.best()
        elif change["new"] == _STRATEGY and self.strategy is None:
            self.strategy = StrategyForm(self._prices, folder=self._folder)
            self.tabs.children[_STRATEGY].children = [self.strategy]

    def _take(self, source: Session | PaperBook | None) -> None:
        """Show what is traded, or was."""
        self.portfolio.source = source
        empty = self.portfolio.book is None
        self._empty.layout.display = "" if empty else "none"
        self.portfolio.layout.display = "none" if empty else ""

    def _show_engine(self, change: Any = None) -> None:
        with self.bar.hold_sync():
            self.bar.engine = current_engine().address
            if change is not None:
                self.bar.notice = ""

    def close(self) -> None:
        """Stop what trades, and remove everything."""
        self.live.close()
        pages = self.tabs.children
        self.portfolio.close()
        for part in (self._empty, self.workbench, self.engine_panel, self.bar, self.tabs, *pages):
            part.close()
        if self.strategy is not None:
            self.strategy.close()
        super().close()

    def _facts(self) -> str:
        return self.bar.data


def open_page(settings: PageSettings | None = None) -> ipywidgets.Widget:
    """Return the page, or what is wrong with what it was told.

    Parameters
    ----------
    settings : PageSettings, optional
        By default those of the environment.
    """
    try:
        return WebLab(PageSettings.read() if settings is None else settings)
    except SpreadlabError as error:
        words = escape(f"{type(error).__name__}: {error}")
        return ipywidgets.HTML(
            f'<p class="jp-SpreadlabLab-failure" role="alert">The web lab can\'t open. {words}</p>'
        )


def _connect(address: str) -> str:
    """Use the engine asked for; return why that is not so, and use this machine meanwhile."""
    try:
        sl.connect(address)
    except SpreadlabError as error:
        sl.connect("local")
        return f"{error}. Requests run on this machine until another engine is connected."
    return ""


def _described(prices: Any, settings: PageSettings) -> str:
    name = "Sample closes" if settings.prices is None else Path(settings.prices).name
    first, last = prices.index[0], prices.index[-1]
    return f"{name}: {prices.shape[1]} symbols, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
