"""The pages of a workbench that has a live session: research, live, portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets as t

from spreadlab_widgets.live_monitor import LiveMonitor
from spreadlab_widgets.portfolio_view import PortfolioView

if TYPE_CHECKING:
    from spreadlab.live.session import Session
    from spreadlab_widgets.view import View


class Pages:
    """Puts the views of a session beside the research, each on a page of its own.

    Parameters
    ----------
    research : list of Widget
        What a workbench without a session shows.
    session : Session
        Its monitor gets a page, and its book, if it has one.

    Attributes
    ----------
    live : LiveMonitor
    portfolio : PortfolioView or None
    tabs : ipywidgets.Tab
        The pages.
    """

    def __init__(self, research: list[ipywidgets.Widget], session: Session) -> None:
        self.live = LiveMonitor(session)
        self.portfolio = None if session.book is None else PortfolioView(session)
        self._research = ipywidgets.VBox(research)
        self._names = {frozenset(m.symbols): m.name for m in session.monitor.models}
        titles = ("Research", "Live", "Portfolio")
        pages = [page for page in (self._research, self.live, self.portfolio) if page is not None]
        self.tabs = ipywidgets.Tab(pages, titles=titles[: len(pages)])
        self.tabs.add_class("jp-SpreadlabWorkbench-pages")

    def follow(self, owner: View) -> None:
        """Take colours and the chosen pair of the workbench, where the pair is watched."""
        for view in (self.live, self.portfolio):
            if view is not None:
                t.dlink((owner, "theme"), (view, "theme"))
        owner.observe(self._choose, "selected")
        self._choose({"new": owner.selected})

    def _choose(self, change: dict[str, Any]) -> None:
        name = self._names.get(frozenset(change["new"] or ()))
        if name is not None:
            self.live.selected = name

    def close(self) -> None:
        """Close both views and what the pages stand in; the session goes on."""
        for view in (self.live, self.portfolio):
            if view is not None:
                view.close()
        self._research.close()
        self.tabs.close()
