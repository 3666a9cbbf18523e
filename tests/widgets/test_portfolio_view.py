"""The portfolio: what it sends is what the book says; orders by hand; nothing doubled or kept."""

import io

import numpy as np
import pandas as pd
import pytest
from tests.widgets.live_cases import Driver, Page, live_models, live_prices, live_session

import spreadlab as sl
from spreadlab_widgets import PortfolioView
from spreadlab_widgets.portfolio_wire import NUMBERS, PARTS


@pytest.fixture
def shown():
    """Return a session, its driver, a view and its page; the view is closed at the end."""
    limits = sl.live.Limits(gross=0.25, pair_loss=0.5)
    session = live_session(book=sl.live.PaperBook(limits=limits))
    view, driver = PortfolioView(session), Driver(session)
    yield session, driver, view, Page(view)
    view.close()
    driver.close()


def answers(page):
    return [content for content, _ in page.messages if content["kind"] == "answer"]


def test_what_is_sent_is_what_the_book_says(shown):
    session, driver, view, page = shown
    book = session.book
    driver.bars(80)
    while not book.by_name():
        driver.bars(1)
    sent = page.beat()
    for row, held in zip(sent["positions"], book.positions(), strict=True):
        told = dict(zip(NUMBERS, row.tolist(), strict=True))
        assert told["position"] == held.position
        assert told["pnl"] == held.pnl
        assert told["gross"] == sum(map(abs, held.exposures))
        assert [told[part] for part in PARTS] == [getattr(held.attribution, p) for p in PARTS]
        assert sum(told[part] for part in PARTS) == pytest.approx(held.pnl, abs=1e-6)
        assert told["size"] == 100_000.0
    assert [name["symbol"] for name in sent["names"]] == [n.symbol for n in book.by_name()]
    np.testing.assert_array_equal(
        sent["name_numbers"], [(n.shares, n.price, n.exposure) for n in book.by_name()]
    )
    curve = book.curve()
    np.testing.assert_array_equal(
        sent["curve_lines"], [curve[name] for name in ("equity", "gross", "net")]
    )
    assert sent["summary"]["equity"] == book.equity
    assert sent["summary"]["gross"] == book.exposures().gross
    [gross, name, *_] = sent["limits"]
    assert gross["share"] == pytest.approx(book.exposures().gross / 1e6 / 0.25)
    assert (name["limit"], name["share"]) == (None, None)
    fills = [event for event in sent["events"] if event["kind"] == "fill"]
    assert len(fills) == len(book.events("fill"))
    assert view.book is book


def test_only_what_is_new_is_sent(shown):
    session, driver, _, page = shown
    driver.bars(40)
    first = page.beat()
    assert page.beat() is None
    driver.bars(20)
    more = page.beat()
    assert not more["curve"]["whole"]
    equity = np.concatenate([first["curve_lines"][0], more["curve_lines"][0]])
    np.testing.assert_array_equal(equity, session.book.curve()["equity"])
    ids = [event["id"] for event in first["events"] + more["events"]]
    assert len(set(ids)) == len(ids)
    page.say("open")
    again = page.beat()
    assert again["again"]
    assert [event["id"] for event in again["events"]] == ids
    assert again["curve_times"].size == 60


def test_an_order_by_hand_is_filled_and_the_same_one_is_one(shown):
    session, driver, _, page = shown
    driver.bars(30)
    target = 1 if session.book.positions()[0].position != 1 else -1
    page.say("order", pair="A0-B0", target=target, id="mine")
    page.say("order", pair="A0-B0", target=target, id="mine")
    said = answers(page)
    assert [a["error"] for a in said] == [False, False]
    assert "A0-B0" in said[0]["words"]
    assert len(session.book.events("order")) == len({e.id for e in session.book.events("order")})
    assert sum(e.body["source"] == "hand" for e in session.book.events("order")) == 1
    sent = page.beat()
    assert sent["positions"][0, NUMBERS.index("pending")] == target
    driver.bars(1)
    sent = page.beat()
    assert sent["positions"][0, NUMBERS.index("position")] == target
    assert any(e["kind"] == "fill" and "by hand" in e["words"] for e in sent["events"])


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"pair": "X-Y", "target": 1}, "no pair 'X-Y'"),
        ({"pair": "A0-B0", "target": 2}, "target: got 2"),
        ({"pair": "A0-B0", "target": "1"}, "target: got '1'"),
        ({"pair": "A0-B0", "target": None}, "target: got None"),
    ],
)
def test_an_order_that_is_none_is_refused_with_the_reason(shown, order, words):
    session, _, view, page = shown
    before = session.book.n_events
    page.say("order", id="x", **order)
    [answer] = answers(page)
    assert answer["error"]
    assert words in answer["words"]
    assert session.book.n_events == before
    assert view.error == ""  # said beside the form, not above everything


def test_what_a_limit_refuses_is_said():
    book = sl.live.PaperBook(limits=sl.live.Limits(gross=0.05))
    small = live_session(book=book)
    view, driver = PortfolioView(small), Driver(small)
    page = Page(view)
    driver.bars(3)
    page.say("order", pair="A0-B0", target=1, id="x")
    assert not answers(page)[-1]["error"]
    driver.bars(1)
    sent = page.beat()
    [refused] = [e for e in sent["events"] if e["kind"] == "refused"]
    assert "above 5.0 %" in refused["words"]
    assert book.positions()[0].position == 0
    page.say("order", pair="A0-B0", target=0, id="y")
    assert "flat already" in answers(page)[-1]["words"]
    assert answers(page)[-1]["error"]
    view.close()
    driver.close()


def test_a_pair_that_lost_too_much_is_flattened_said_and_released():
    limits = sl.live.Limits(pair_loss=0.0005)
    session = live_session(book=sl.live.PaperBook(limits=limits))
    view, driver = PortfolioView(session), Driver(session)
    page = Page(view)
    blocked = []
    while not blocked and session.feed.position < 250:
        driver.bars(1)
        blocked = [held.pair for held in session.book.positions() if held.blocked]
    sent = page.beat()
    row = next(k for k, pair in enumerate(sent["pairs"]) if pair["name"] == blocked[0])
    assert "until it is released" in sent["pairs"][row]["words"]
    pending = session.book.positions()[row].pending
    assert ("flat at the next bar" in sent["pairs"][row]["words"]) == (pending == 0)
    assert any("flattened at the next bar" in e["words"] for e in sent["events"])
    worst = next(limit for limit in sent["limits"] if limit["name"] == "pair_loss")
    assert worst["share"] >= 1.0
    page.say("release", pair=blocked[0])
    assert page.beat()["pairs"][row]["blocked"] is None
    page.say("release", pair="X")
    assert answers(page)[-1]["error"]
    view.close()
    driver.close()


def test_flatten_orders_flat_what_is_held(shown):
    session, driver, view, page = shown
    while not any(held.position for held in session.book.positions()):
        driver.bars(1)
    held = {p.pair for p in session.book.positions() if p.position or p.pending is not None}
    page.say("mode", pair="A0-B0", automatic=False)
    page.say("mode", pair="A1-B1", automatic=False)
    page.say("flatten")
    assert all(pair in answers(page)[-1]["words"] for pair in held)
    driver.bars(1)
    assert all(p.position == 0 for p in session.book.positions())
    assert session.book.by_name() == []
    page.say("flatten")
    assert answers(page)[-1]["words"] == "Nothing is held."
    assert page.beat()["pairs"][0]["words"] == "by hand alone"
    assert view.flatten("A0-B0") == []


def test_tables_are_saved(shown, tmp_path):
    session, driver, view, page = shown
    driver.bars(60)
    page.say("export", table="fills", format="csv")
    content, [data] = page.messages[-1]
    assert (content["name"], content["mime"]) == ("fills.csv", "text/csv")
    read = pd.read_csv(io.BytesIO(data), parse_dates=["time"])
    expected = session.book.to_frame("fills")
    pd.testing.assert_frame_equal(read, expected.reset_index(drop=True), check_dtype=False)
    page.say("export", table="equity", format="parquet")
    _, [data] = page.messages[-1]
    assert len(pd.read_parquet(io.BytesIO(data))) == 60
    page.say("export", table="../etc", format="csv")
    assert answers(page)[-1]["error"]
    page.say("export", table="fills", format="exe")
    assert "a name in .csv or .parquet" in answers(page)[-1]["words"]
    view.export(tmp_path / "names.csv", "names")
    assert (tmp_path / "names.csv").exists()


def test_after_a_restart_the_same_file_shows_the_same_book(tmp_path):
    prices = live_prices()
    path = tmp_path / "book.sqlite"
    session = live_session(prices, book=sl.live.PaperBook(path))
    driver = Driver(session)
    driver.bars(80)
    view = PortfolioView(session)
    page = Page(view)
    before = page.beat()
    view.close()
    driver.close()
    session.book.close()

    alone = PortfolioView(sl.live.PaperBook(path))
    page = Page(alone)
    after = page.beat()
    for name in ("summary", "attribution", "limits", "events", "pairs", "names"):
        assert after[name] == before[name]
    for name in ("positions", "name_numbers", "curve_lines"):
        np.testing.assert_array_equal(after[name], before[name])

    again = live_session(prices, models=live_models(prices), book=alone.book)
    alone.source = again
    driver = Driver(again)
    driver.bars(90)
    assert page.beat()["curve_times"].size == 90
    alone.close()
    driver.close()


def test_a_book_that_another_process_wrote_to_says_so(tmp_path):
    path = tmp_path / "book.sqlite"
    session = live_session(book=sl.live.PaperBook(path))
    view = PortfolioView(session)
    page = Page(view)
    other = sl.live.PaperBook(path)
    other.set_automatic("A0-B0", automatic=False)
    page.say("order", pair="A0-B0", target=1, id="x")
    assert answers(page)[-1]["error"]
    assert "another process wrote" in view.error
    view.close()


def test_closing_ends_the_subscription_and_leaves_the_book(open_widgets):
    session = live_session(book=sl.live.PaperBook())
    view = PortfolioView(session)
    page = Page(view)
    page.say("open")
    thread = view._pulse._thread
    view.close()
    thread.join(60)
    assert not thread.is_alive()
    assert session._subscribers == []
    assert open_widgets() == []
    assert view.refresh() is False
    session.book.order("A0-B0", 1)


def test_sources():
    view = PortfolioView()
    assert repr(view) == "PortfolioView(no book)"
    with pytest.raises(sl.errors.InvalidInputError, match="source: got a session without a book"):
        view.source = live_session()
    with pytest.raises(sl.errors.InvalidInputError, match="source: got int"):
        PortfolioView(3)
    with pytest.raises(sl.errors.InvalidInputError, match="source: is None"):
        view.order("A", 1)
    view.source = sl.live.PaperBook()
    html = view._repr_mimebundle_()[0]["text/html"]
    assert "gross exposure 0.0 % of capital, no limit" in html
    assert "the book was opened with 1,000,000" in html
    view.close()
