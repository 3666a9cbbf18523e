"""The paper book: orders, limits, idempotence, and state that follows from events alone."""

import json
import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backtest import cases as backtest_cases
from tests.live import cases

import spreadlab as sl
from spreadlab.live.book.state import BookCorruptError

PAIR = backtest_cases.make_pair()
RULE = sl.ThresholdRule(-0.02, 0.0, 0.02, 0.0)


def bar(row, *prices, symbols=("KO", "PEP")):
    closes = dict(zip(symbols, prices, strict=False))
    return sl.live.Bar(cases.DAY * (row + 1), closes, closes, len(closes))


def by_hand(book, model, rows, orders=()):
    """Play bars through a monitor and the book, ordering by hand before some of them."""
    monitor = sl.live.Monitor([model])
    events = []
    for row, prices in enumerate(rows):
        for at, target in orders:
            if at == row:
                book.order(model.name, target, id=f"{at}")
        events += book.on_step(monitor.on_bar(bar(row, *prices)), day=row)
    return events


def manual(limits=None, **options):
    book = sl.live.PaperBook(capital=1000.0, limits=limits)
    model = sl.live.freeze_pair(PAIR, RULE, capital=1000.0, **options)
    book.add(model, automatic=False)
    return book, model


def snapshot(book):
    return (
        repr(book.positions()),
        repr(book.by_name()),
        repr(book.exposures()),
        repr(book.attribution()),
        {name: column.tolist() for name, column in book.curve().items()},
        [str(alert) for alert in book.alerts(10_000)],
        [(e.id, e.time, e.kind, json.dumps(e.body, sort_keys=True)) for e in book.events()],
    )


def test_an_order_by_hand_is_filled_at_the_next_bar_with_costs():
    book, model = manual(cost_bps=10.0, slippage_bps=20.0, borrow_bps=252.0)
    by_hand(book, model, [(50.0, 40.0), (50.0, 40.0), (60.0, 40.0)], [(1, 1)])
    # 1000 over weights 1 and 0.8 of value: 555.56 long KO, 444.44 short PEP.
    [held] = book.positions()
    ko, pep = 1000 / 1.8 / 50, -0.8 * 1000 / 1.8 / 40
    assert held.shares == pytest.approx((ko, pep), rel=1e-12)
    slippage = 0.002 * 1000
    commission = 0.001 * (ko * 50 * 1.002 - pep * 40 * 0.998)
    borrow = 2 * 1e-4 * -pep * 40
    assert held.attribution.slippage == pytest.approx(-slippage, rel=1e-12)
    assert held.attribution.commission == pytest.approx(-commission, rel=1e-12)
    assert held.attribution.borrow == pytest.approx(-borrow, rel=1e-12)
    assert held.pnl == pytest.approx(ko * 10 - slippage - commission - borrow, rel=1e-12)
    units = 1000 / 1.8
    assert held.attribution.spread == pytest.approx(units * np.log(60 / 50), rel=1e-12)
    assert held.attribution.total == pytest.approx(held.pnl, rel=1e-12)


def test_positions_by_name_net_the_pairs():
    book = sl.live.PaperBook(capital=1000.0)
    first = sl.live.freeze_pair(PAIR, RULE, capital=900.0)
    other = backtest_cases.make_pair(1.0, 0.0)
    other.dependent, other.hedge = "PEP", "XOM"
    second = sl.live.freeze_pair(other, RULE, capital=400.0)
    for model in (first, second):
        book.add(model, automatic=False)
    monitor = sl.live.Monitor([first, second])
    symbols = ("KO", "PEP", "XOM")
    book.order("KO-PEP", 1)
    book.order("PEP-XOM", 1)
    book.on_step(monitor.on_bar(bar(0, 50.0, 40.0, 20.0, symbols=symbols)), day=0)
    names = {row.symbol: row for row in book.by_name()}
    assert names["KO"].exposure == pytest.approx(500.0)
    assert names["PEP"].exposure == pytest.approx(-400.0 + 200.0)
    assert names["XOM"].exposure == pytest.approx(-200.0)
    assert names["PEP"].pairs == ("KO-PEP", "PEP-XOM")
    total = book.exposures()
    assert (total.long, total.short, total.net, total.largest) == pytest.approx(
        (500.0, 400.0, 100.0, 500.0)
    )
    assert total.gross == pytest.approx(900.0)


def test_the_same_order_given_twice_is_one():
    book, model = manual()
    book.on_step(sl.live.Monitor([model]).on_bar(bar(0, 50.0, 40.0)), day=0)
    first = book.order("KO-PEP", 1, id="mine")
    again = book.order("KO-PEP", 1, id="mine")
    assert first == again
    assert len(book.events("order")) == 1
    with pytest.raises(sl.InvalidInputError, match="'mine' is another order's"):
        book.order("KO-PEP", -1, id="mine")
    # Known also when it has been filled, and once the pair is flat again.
    book.on_step(sl.live.Monitor([model]).on_bar(bar(1, 50.0, 40.0)), day=1)
    assert book.order("KO-PEP", 1, id="mine") == first
    assert book.positions()[0].pending is None


def test_what_is_held_already_is_not_bought_again():
    book, model = manual(cost_bps=10.0)
    rows = [(50.0, 40.0)] * 4
    by_hand(book, model, rows, [(1, 1)])
    event = book.order("KO-PEP", 1)
    assert (event.kind, event.body["limit"]) == ("refused", "position")
    book.order("KO-PEP", 0, id="out")
    book.order("KO-PEP", 1, id="no, stay")
    before = book.positions()[0].attribution.commission
    book.on_step(sl.live.Monitor([model]).on_bar(bar(9, 50.0, 40.0)), day=9)
    assert book.positions()[0].position == 1
    assert book.positions()[0].attribution.commission == before


def test_a_bar_that_is_in_the_book_changes_nothing():
    book, model = manual()
    events = by_hand(book, model, [(50.0, 40.0)] * 3, [(1, 1)])
    assert events
    before = snapshot(book)
    assert by_hand(book, model, [(99.0, 1.0)] * 3) == []
    assert snapshot(book) == before


def test_gross_limit_refuses_and_says_so():
    book, model = manual(sl.live.Limits(gross=0.9))
    by_hand(book, model, [(50.0, 40.0)] * 3, [(1, 1)])
    [alert] = book.alerts()
    assert alert.kind == "refused"
    assert "gross exposure to 100.0 % of capital, above 90.0 %" in alert.words
    assert alert.numbers == pytest.approx({"gross": 1.0, "limit": 0.9})
    assert book.positions()[0].position == 0
    assert book.positions()[0].pending is None


def test_name_limit_refuses_the_half_of_a_turn_that_enters():
    book, model = manual(sl.live.Limits(name=0.56))
    rows = [(50.0, 40.0)] * 3 + [(50.0, 40.0), (50.0, 30.0)]
    by_hand(book, model, rows, [(1, 1)])
    assert book.positions()[0].position == 1
    book, model = manual(sl.live.Limits(name=0.55))
    by_hand(book, model, rows, [(1, 1)])
    assert book.positions()[0].position == 0
    assert "KO to 55.6" in book.alerts()[0].words
    # The pair is sized on 1000 of 1000 at first, later on what it earned.
    book = sl.live.PaperBook(capital=1000.0, limits=sl.live.Limits(name=0.56))
    model = sl.live.freeze_pair(PAIR, RULE, capital=1000.0, compounding=True)
    book.add(model, automatic=False)
    by_hand(book, model, [(50.0, 40.0), (50.0, 40.0), (60.0, 40.0)], [(1, 1), (2, -1)])
    [held] = book.positions()
    assert (held.position, held.n_trades) == (0, 1)
    assert [e.kind for e in book.events("fill", "refused")] == ["fill", "fill", "refused"]


def test_a_pair_that_loses_too_much_is_flattened_and_closed_until_released():
    book, model = manual(sl.live.Limits(pair_loss=0.05))
    by_hand(book, model, [(50.0, 40.0), (50.0, 40.0), (45.0, 40.0)], [(1, 1)])
    [held] = book.positions()
    assert (held.position, held.pending, held.blocked) == (1, 0, "pair_loss")
    assert "KO-PEP: lost 55.6, 5.6 % of capital, at the limit of 5.0 %" in book.alerts()[0].words
    monitor = sl.live.Monitor([model])
    book.on_step(monitor.on_bar(bar(3, 45.0, 40.0)), day=3)
    assert book.positions()[0].position == 0
    assert "before it is released" in book.order("KO-PEP", 1).body["words"]
    book.release("KO-PEP")
    assert book.order("KO-PEP", 1).kind == "order"
    book.on_step(monitor.on_bar(bar(4, 45.0, 40.0)), day=4)
    # What was lost before the release does not count again.
    assert book.positions()[0].blocked is None
    assert book.positions()[0].position == 1


def test_a_day_that_loses_too_much_closes_the_book_until_the_next():
    book, model = manual(sl.live.Limits(daily_loss=0.05))
    monitor = sl.live.Monitor([model])
    book.order("KO-PEP", 1)
    for row, (prices, day) in enumerate([((50.0, 40.0), 1), ((48.0, 40.0), 1), ((45.0, 40.0), 2)]):
        book.on_step(monitor.on_bar(bar(row, *prices)), day=day)
    # 2.2 % on the first day and 3.3 % on the second are each below the limit.
    assert book.positions()[0].blocked is None
    book.on_step(monitor.on_bar(bar(3, 43.0, 40.0)), day=2)
    assert book.positions()[0].blocked == "daily_loss"
    assert "refused, the pair may enter nothing today" in book.order("KO-PEP", -1).body["words"]
    book.on_step(monitor.on_bar(bar(4, 43.0, 40.0)), day=2)
    assert book.positions()[0].position == 0
    book.on_step(monitor.on_bar(bar(5, 43.0, 40.0)), day=3)
    assert book.order("KO-PEP", 1).kind == "order"


def test_flatten_orders_flat_what_is_held_or_ordered_and_nothing_else():
    book, model = manual()
    book.add(sl.live.freeze_pair(PAIR, RULE, capital=500.0, gross=2.0, name="twin"))
    assert book.flatten() == []
    monitor = sl.live.Monitor([model])
    book.order("KO-PEP", 1)
    book.order("twin", -1)
    book.flatten("twin")  # before it was filled
    book.on_step(monitor.on_bar(bar(0, 50.0, 40.0)), day=0)
    held, twin = book.positions()
    assert (held.position, twin.position) == (1, 0)
    assert (held.size, twin.size) == (1000.0, 1000.0)
    [flat] = book.flatten()
    assert (flat.body["pair"], flat.body["target"], flat.body["source"]) == ("KO-PEP", 0, "hand")
    book.on_step(monitor.on_bar(bar(1, 50.0, 40.0)), day=0)
    assert book.positions()[0].position == 0
    with pytest.raises(sl.InvalidInputError, match="no pair 'X'"):
        book.flatten("X")


def test_losses_are_told_as_the_limits_count_them():
    book, model = manual()
    monitor = sl.live.Monitor([model])
    book.order("KO-PEP", 1)
    for row, (price, day) in enumerate([(50.0, 1), (50.0, 1), (45.0, 1), (46.0, 2)]):
        book.on_step(monitor.on_bar(bar(row, price, 40.0)), day=day)
    [held] = book.positions()
    assert held.lost == -held.pnl > 0
    # A share is worth 555.56 / 50 for each dollar of KO.
    assert book.day_pnl == pytest.approx(1000.0 / 1.8 / 50.0)
    book.order("KO-PEP", 0)
    book.on_step(monitor.on_bar(bar(4, 46.0, 40.0)), day=3)
    assert book.day_pnl == 0.0


def test_events_since_an_earlier_look():
    book, model = manual()
    monitor = sl.live.Monitor([model])
    events, number = book.events_since(0, "opened", "pair")
    assert [e.kind for e in events] == ["opened", "pair"]
    assert number == book.n_events == 2
    book.order("KO-PEP", 1)
    book.on_step(monitor.on_bar(bar(0, 50.0, 40.0)), day=0)
    new, later = book.events_since(number, "order", "fill")
    assert new == book.events("order", "fill")
    assert later == book.n_events == len(book.events())
    assert book.events_since(later, "order", "fill") == ([], later)
    last, _ = book.events_since(0, "opened", "pair", "order", "fill", most=2)
    assert [e.kind for e in last] == ["order", "fill"]


def test_without_its_rule_a_pair_is_traded_by_hand_alone():
    book, model = manual()
    panel = cases.make_panel(80, 2)
    session = sl.live.Session(sl.live.ReplayFeed(panel), sl.live.Monitor([model]), book)
    cases.run(session)
    assert session.monitor.history("KO-PEP")["target"].any()
    assert book.events("order") == []
    book.set_automatic("KO-PEP", True)
    assert book.positions()[0].automatic


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    limits=st.builds(
        sl.live.Limits,
        gross=st.sampled_from([None, 0.5, 1.5]),
        name=st.sampled_from([None, 0.3, 0.6]),
        pair_loss=st.sampled_from([None, 0.01, 0.05]),
        daily_loss=st.sampled_from([None, 0.01, 0.05]),
    ),
    stops=st.lists(st.integers(0, 60), max_size=4),
)
def test_reopened_at_any_bar_it_is_the_book_that_never_closed(
    tmp_path_factory, seed, limits, stops
):
    panel = cases.make_panel(60, seed, ("A", "B"))
    pair = backtest_cases.make_pair()
    pair.dependent, pair.hedge = "A", "B"
    model = sl.live.freeze_pair(pair, RULE, capital=1000.0, cost_bps=5.0, borrow_bps=300.0)

    def play(path, pieces):
        for stop in pieces:
            book = sl.live.PaperBook(path, capital=1000.0, limits=limits)
            session = sl.live.Session(sl.live.ReplayFeed(panel), sl.live.Monitor([model]), book)
            rows = 0

            def count(update, stop=stop):
                nonlocal rows
                rows += update.step is not None
                if rows >= stop:
                    raise KeyboardInterrupt

            if stop < 60:
                session.subscribe(count)
            try:
                cases.run(session)
            except KeyboardInterrupt:
                book.close()
        return snapshot(book), book

    whole, book = play(":memory:", [60])
    path = tmp_path_factory.mktemp("books") / "book.sqlite"
    pieces, again = play(path, [*stops, 60])
    again.close()
    assert pieces == whole
    reopened = sl.live.PaperBook(path)
    assert snapshot(reopened) == whole
    reopened.close()
    total = sum(p.pnl for p in book.positions())
    assert book.equity == pytest.approx(1000.0 + total, rel=1e-12)
    assert book.attribution().total == pytest.approx(total, rel=1e-9, abs=1e-9)
    if limits.gross is not None:
        # Refusals look at the close of the fill; prices may carry it a little beyond afterwards.
        curve = book.curve()
        fills = {e.time for e in book.events("fill") if e.body["to"] != 0}
        at_fill = np.isin(curve["time"].astype(np.int64), list(fills))
        assert (curve["gross"][at_fill] <= limits.gross * 1000.0 * (1 + 1e-9)).all()


def test_a_second_process_is_refused(tmp_path):
    path = tmp_path / "book.sqlite"
    one, two = sl.live.PaperBook(path), sl.live.PaperBook(path)
    model = sl.live.freeze_pair(PAIR, RULE)
    one.add(model)
    with pytest.raises(sl.live.BookConflictError, match="another process wrote 1 event"):
        two.add(model)
    one.close()
    two.close()


def test_a_transaction_that_fails_leaves_the_book_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "book.sqlite"
    book = sl.live.PaperBook(path)
    model = sl.live.freeze_pair(PAIR, RULE)
    book.add(model, automatic=False)
    monitor = sl.live.Monitor([model])
    book.on_step(monitor.on_bar(bar(0, 50.0, 40.0)), day=0)
    before = snapshot(book)

    def full(events):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(book._store, "append", full)
    with pytest.raises(sqlite3.OperationalError):
        book.on_step(monitor.on_bar(bar(1, 60.0, 40.0)), day=1)
    assert snapshot(book) == before
    book.close()


def test_a_file_that_was_tampered_with_is_noticed(tmp_path):
    path = tmp_path / "book.sqlite"
    book = sl.live.PaperBook(path, capital=1000.0)
    model = sl.live.freeze_pair(PAIR, RULE, capital=1000.0)
    book.add(model, automatic=False)
    by_hand(book, model, [(50.0, 40.0), (50.0, 40.0), (60.0, 40.0)], [(1, 1)])
    book.close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE events SET body = replace(body, '60.0', '90.0') WHERE kind = 'bar'"
        )
    connection.close()
    with pytest.raises(BookCorruptError, match="the file was changed"):
        sl.live.PaperBook(path)


def test_a_file_that_is_no_book_is_refused(tmp_path):
    path = tmp_path / "book.sqlite"
    path.write_bytes(b"not a data base, and long enough to be read as one" * 100)
    with pytest.raises(sl.InvalidInputError, match="file is not a database"):
        sl.live.PaperBook(path)
    with pytest.raises(sl.InvalidInputError, match="no such folder"):
        sl.live.PaperBook(tmp_path / "none" / "book.sqlite")


def test_the_last_bars_of_the_curve_and_the_last_alerts():
    book, model = manual()
    by_hand(book, model, [(50.0 + row, 40.0) for row in range(5)], [(1, 1)])
    whole, last = book.curve(), book.curve(2)
    assert len(whole["time"]) == 5
    for name, column in whole.items():
        assert last[name].tolist() == column[-2:].tolist()
    assert len(book.curve(99)["time"]) == 5
    assert len(book.curve(0)["time"]) == 0


def test_a_policy_is_known_by_every_digit(tmp_path):
    ou = sl.OUParams(kappa=20.0, theta=0.0, sigma=0.35)
    one = sl.solve_hjb(ou, discount=0.05, cost=0.002)
    other = sl.solve_hjb(ou, discount=0.05, cost=0.002 * (1 + 1e-9))
    assert repr(one) == repr(other)
    book = sl.live.PaperBook()
    book.add(sl.live.freeze_pair(PAIR, one))
    book.add(sl.live.freeze_pair(PAIR, one))
    with pytest.raises(sl.InvalidInputError, match="the book trades another"):
        book.add(sl.live.freeze_pair(PAIR, other))


def test_a_book_keeps_its_terms(tmp_path):
    path = tmp_path / "book.sqlite"
    limits = sl.live.Limits(gross=2.0)
    book = sl.live.PaperBook(path, capital=5.0, limits=limits)
    book.add(sl.live.freeze_pair(PAIR, RULE))
    with pytest.raises(sl.InvalidInputError, match="the book trades another 'KO-PEP'"):
        book.add(sl.live.freeze_pair(PAIR, RULE, cost_bps=1.0))
    book.close()
    with pytest.raises(sl.InvalidInputError, match=r"capital: got 6.0; must be the book's own, 5"):
        sl.live.PaperBook(path, capital=6.0)
    with pytest.raises(sl.InvalidInputError, match=r"limits: got Limits\(gross=None"):
        sl.live.PaperBook(path, limits=sl.live.Limits())
    again = sl.live.PaperBook(path)
    assert (again.capital, again.limits) == (5.0, limits)
    again.close()


def test_tables_go_out_as_parquet_and_csv(tmp_path):
    model = sl.live.freeze_pair(PAIR, RULE, cost_bps=5.0)
    book = sl.live.PaperBook()
    panel = cases.make_panel(80, 2)
    cases.run(sl.live.Session(sl.live.ReplayFeed(panel), sl.live.Monitor([model]), book))
    for table in ("positions", "names", "equity", "fills", "events"):
        frame = book.to_frame(table)
        assert len(frame) or table == "names", table
        book.to_parquet(tmp_path / "t.parquet", table)
        back = pd.read_parquet(tmp_path / "t.parquet")
        pd.testing.assert_frame_equal(
            back, frame.reset_index(drop=True), check_dtype=False, check_names=False
        )
        book.to_csv(tmp_path / "t.csv", table)
        assert len(pd.read_csv(tmp_path / "t.csv")) == len(frame)
    assert len(book.to_frame("equity")) == 80
    with pytest.raises(sl.InvalidInputError, match="table: got 'orders'"):
        book.to_frame("orders")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda book: book.order("A-B", 1), "pair: no pair 'A-B'"),
        (lambda book: book.order("KO-PEP", 2), "target: got 2"),
        (lambda book: book.release("A-B"), "pair: no pair"),
        (lambda book: sl.live.Limits(gross=0), "limits.gross: got 0"),
        (lambda book: sl.live.PaperBook(limits={"gross": 1}), "limits: got dict"),
        (lambda book: sl.live.PaperBook(capital=-1), "capital: got -1"),
        (lambda book: sl.live.PaperBook(sync="never"), "sync: got 'never'"),
    ],
)
def test_nonsense_is_refused(call, message):
    book, _ = manual()
    with pytest.raises(sl.InvalidInputError, match=message):
        call(book)
