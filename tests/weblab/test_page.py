"""The page as its kernel makes it, without a browser: what its parts say to each other."""

import dataclasses
from functools import partial

import pytest

import spreadlab as sl
from spreadlab_widgets.weblab.page import TITLES, WebLab, open_page


@pytest.fixture
def lab(settings, monkeypatch):
    monkeypatch.setenv("SPREADLAB_LEDGER", ":memory:")
    made = WebLab(settings)
    yield made
    made.close()
    sl.connect("local")


def opened(lab):
    lab.bar._pass_on(lab.bar, {"kind": "opened"}, [])
    lab.live.wait()
    return lab


def test_a_page_that_nobody_has_opened_holds_no_book(lab, settings):
    assert lab.tabs.titles == TITLES
    assert lab.bar.pages == list(TITLES)
    assert len(lab.tabs.children) == len(TITLES)
    assert lab.live.setup.state == "waiting"
    lab.live.setup._hear(None, {"kind": "begin", "names": []}, [])
    other = WebLab(settings)
    opened(other)
    assert other.desk.own_book
    desk = lab.desk
    desk.open = partial(type(desk).open, desk, patience=0.0)
    opened(lab)
    assert not desk.own_book
    assert "Another page trades the book" in lab.live.setup.words
    other.close()


def test_a_replay_is_started_and_the_next_page_shows_its_book(lab, settings):
    setup = opened(lab).live.setup
    assert (setup.state, setup.action, setup.can_start_over) == ("ready", "Start the replay", False)
    assert setup.chosen == [setup.offers[0]["name"]]
    setup._hear(setup, {"kind": "begin", "names": setup.chosen}, [])
    lab.live.wait()
    session = lab.live.monitor.session
    session.join(60)
    assert session.status.state == "ended"
    assert lab.portfolio.source is session
    assert (setup.action, setup.can_start_over) == ("Trade these", True)
    equity = session.book.equity
    lab.close()
    later = WebLab(settings)
    try:
        opened(later)
        assert later.live.setup.error == ""
        assert later.live.monitor.session.book.equity == equity
        assert later.portfolio.book is later.desk.book
        assert "The book goes on after 2021-06-11" in later.live.setup.words
        later.live.setup._hear(None, {"kind": "over"}, [])
        later.live.wait()
        assert later.live.monitor.session is None
        assert later.portfolio.book is None
        assert "is kept in" in later.live.setup.words
    finally:
        later.close()


def test_what_goes_wrong_is_shown_and_the_page_goes_on(lab):
    setup = opened(lab).live.setup
    setup._hear(setup, {"kind": "begin", "names": ["nothing"]}, [])
    lab.live.wait()
    assert "no strategy 'nothing'" in setup.error
    assert setup.state == "ready"
    setup._hear(setup, {"kind": "begin", "names": setup.chosen}, [])
    lab.live.wait()
    assert setup.error == ""


def test_a_strategy_that_was_saved_is_offered_when_the_reader_comes_back(lab):
    before = len(lab.live.setup.offers)
    sl.Strategy(
        name="new", pair={"dependent": "C", "hedge": "D"}, rule={"kind": "zscore", "lookback": 30}
    ).save(lab.desk.folder / "new.toml")
    lab.tabs.selected_index = 1
    lab.tabs.selected_index = 0
    assert lab.live.setup.offers[0]["name"] == "new"
    assert len(lab.live.setup.offers) == before + 1


def test_the_form_is_there_once_somebody_looks(lab):
    assert lab.strategy is None
    lab.tabs.selected_index = TITLES.index("Strategy")
    form = lab.strategy
    assert lab.tabs.children[2].children == (form,)
    lab.tabs.selected_index = 0
    lab.tabs.selected_index = 2
    assert lab.strategy is form


def test_a_pair_is_chosen_when_somebody_looks(lab):
    assert lab.workbench.selected is None
    lab.tabs.selected_index = 1
    assert set(lab.workbench.selected) == {"A", "B"}
    lab.workbench.settle()


def test_an_engine_that_does_not_answer_is_told_and_this_machine_is_used(settings):
    made = WebLab(dataclasses.replace(settings, engine="grpc://127.0.0.1:1"))
    try:
        assert "127.0.0.1:1" in made.bar.notice
        assert "run on this machine" in made.bar.notice
        assert made.bar.engine.startswith("local")
        made.engine_panel.connect("local?threads=1")
        made.engine_panel.wait()
        assert (made.bar.engine, made.bar.notice) == ("local?threads=1", "")
    finally:
        made.close()
        sl.connect("local")


def test_the_engine_panel_opens_and_closes(lab):
    assert lab.engine_panel.layout.display == "none"
    lab.bar._pass_on(lab.bar, {"kind": "engine"}, [])
    assert (lab.engine_panel.layout.display, lab.bar.engine_shown) == ("", True)


def test_a_page_that_cannot_be_says_why(settings):
    failed = open_page(dataclasses.replace(settings, prices="/no/<such>.csv"))
    assert "The web lab can't open." in failed.value
    assert "&lt;such&gt;" in failed.value
