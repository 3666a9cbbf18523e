"""What a page trades: no look-ahead, one book, nothing lost between pages."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.errors import InvalidInputError
from spreadlab_widgets.weblab.desk import Desk, tightest
from spreadlab_widgets.weblab.lease import BookLease
from spreadlab_widgets.weblab.prices import first_replayed, prices_of


@pytest.fixture
def desk(prices, settings):
    desk = Desk(prices, settings)
    desk.open()
    yield desk
    desk.close()


def run(session):
    session.start()
    session.join(60)
    return session


def replay(session, prices, begins, n_bars):
    """Let a session see the first bars of its replay, as far as it was let."""
    days = prices.index[prices.index >= begins][:n_bars]
    for day in days:
        for symbol in session.feed.symbols:
            session.process(sl.live.Tick(symbol, day.value, float(prices.loc[day, symbol])))
        session.process(sl.live.Heartbeat(day.value))
    return len(days)


def strategy(name="mine", split=None, **limits):
    return sl.Strategy(
        name=name,
        pair={"dependent": "B", "hedge": "A"},
        window={} if split is None else {"split": split},
        rule={"kind": "zscore", "lookback": 40, "entry_z": 1.5},
        costs={"cost_bps": 5, "slippage_bps": 2},
        limits=limits,
    )


def test_the_best_pair_is_offered_to_who_has_no_strategy(desk):
    offers = desk.offers()
    assert set(next(iter(offers)).split("-")) == {"A", "B"}
    assert all(offer.source == "" and offer.problem == "" for offer in offers.values())


def test_files_come_first_and_what_is_wrong_with_one_is_said(desk):
    strategy().save(desk.folder / "a.toml")
    strategy().save(desk.folder / "b.toml")
    (desk.folder / "c.toml").write_text("name = 3")
    offers = desk.offers()
    assert list(offers)[:3] == ["mine", "b.toml", "c.toml"]
    assert offers["mine"].source == "a.toml"
    assert "a.toml has the name 'mine', too" in offers["b.toml"].problem
    assert offers["c.toml"].strategy is None
    assert "pair: missing" in offers["c.toml"].problem


@pytest.mark.parametrize("split", [None, "2019-03-01", "2021-01-04"])
def test_models_know_nothing_of_what_is_replayed(desk, prices, settings, split):
    """The same model comes of prices whose later part is another one altogether."""
    model = desk.model_of(strategy(split=split))
    changed = prices.copy()
    later = changed.index >= desk.begins
    changed[later] = changed[later].iloc[::-1].to_numpy()
    other = Desk(changed, dataclasses.replace(settings, book=f"{settings.book}2"))
    assert other.model_of(strategy(split=split)).digest == model.digest
    if split == "2019-03-01":
        assert model.digest != desk.model_of(strategy()).digest


def test_a_replay_trades_as_the_backtest_does(desk, prices):
    one = strategy()
    one.save(desk.folder / "one.toml")
    session = run(desk.prepare(["mine"]))
    assert session.status.state == "ended"
    assert session.feed.n_bars == (prices.index >= desk.begins).sum()
    history = session.monitor.history("mine")
    model = session.monitor.models[0]
    fitted = one.fit(prices.loc[prices.index < desk.begins])
    whole = sl.backtest(
        prices[["B", "A"]], pair=fitted.pair, policy=fitted.policy, **fitted.options
    )
    assert model.symbols == ("B", "A")
    assert np.array_equal(history["position"], whole.positions)
    assert set(history["position"].tolist()) == {-1, 0, 1}


def test_the_next_page_goes_on_where_the_book_ends(desk, prices, settings):
    strategy().save(desk.folder / "one.toml")
    session = desk.prepare(["mine"])
    items = replay(session, prices, desk.begins, 100)
    equity, time = desk.book.equity, desk.book.time
    desk.close()
    later = Desk(prices, settings)
    later.open()
    try:
        assert later.own_book
        assert later.traded() == ("mine",)
        assert (later.book.equity, later.book.time) == (equity, time)
        again = run(later.prepare(["mine"]))
        assert again.feed.n_bars == (prices.index >= desk.begins).sum() - items + 1
        straight = Desk(prices, dataclasses.replace(settings, book=f"{settings.book}-straight"))
        straight.open()
        run(straight.prepare(["mine"]))
        assert straight.book.equity == pytest.approx(later.book.equity, rel=1e-12)
        assert len(straight.book.events("fill")) == len(later.book.events("fill"))
        straight.close()
    finally:
        later.close()


def test_a_second_page_has_a_book_of_its_own(desk, prices, settings):
    run(desk.prepare([next(iter(desk.offers()))]))
    second = Desk(prices, settings)
    second.open(patience=0.0)
    assert not second.own_book
    run(second.prepare([next(iter(second.offers()))]))
    assert second.book.path == ":memory:"
    assert second.book.equity == pytest.approx(desk.book.equity, rel=1e-12)
    second.close()


def test_a_lease_ends_with_its_process(tmp_path):
    path = str(tmp_path / "book.sqlite")
    code = (
        "import sys; from spreadlab_widgets.weblab.lease import BookLease\n"
        "lease = BookLease(sys.argv[1]); print(lease.acquire(), flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "True\n"
        mine = BookLease(path)
        assert not mine.acquire()
    finally:
        child.kill()
        child.communicate()
    assert mine.acquire(30)
    assert mine.held
    mine.release()
    assert BookLease(path).acquire()


def test_starting_over_keeps_the_old_book_as_a_file(desk):
    run(desk.prepare([next(iter(desk.offers()))]))
    equity = desk.book.equity
    kept = desk.start_over()
    assert desk.book is None
    old = sl.live.PaperBook(kept)
    assert old.equity == equity
    old.close()
    run(desk.prepare([next(iter(desk.offers()))]))
    assert desk.start_over() != kept
    assert desk.start_over() == ""


def test_an_open_position_is_not_left_behind(desk, prices):
    strategy().save(desk.folder / "one.toml")
    session = desk.prepare(["mine"])
    desk.book.set_automatic("mine", automatic=False)
    desk.book.order("mine", 1)
    replay(session, prices, desk.begins, 2)
    assert [p.position for p in desk.book.positions()] == [1]
    sample = next(name for name in desk.offers() if name != "mine")
    with pytest.raises(InvalidInputError, match="holds a position in mine"):
        desk.prepare([sample])
    assert desk.session is session
    desk.prepare(["mine", sample])
    assert desk.traded() == ("mine", sample)


@pytest.mark.parametrize(
    ("names", "words"), [([], "none is chosen"), (["nothing"], "no strategy 'nothing'")]
)
def test_what_cannot_be_traded_is_said(desk, names, words):
    with pytest.raises(InvalidInputError, match=words):
        desk.prepare(names)
    assert desk.book is None


def test_a_changed_strategy_needs_a_name_of_its_own(desk):
    strategy().save(desk.folder / "one.toml")
    run(desk.prepare(["mine"]))
    changed = dataclasses.replace(strategy(), rule={"kind": "zscore", "lookback": 20})
    changed.save(desk.folder / "one.toml")
    with pytest.raises(InvalidInputError, match="trades another 'mine'"):
        desk.prepare(["mine"])


def test_the_book_takes_the_tightest_limits(desk):
    strategy("a", gross=2.0, daily_loss=0.05).save(desk.folder / "a.toml")
    strategy("b", gross=1.5).save(desk.folder / "b.toml")
    desk.prepare(["a", "b"])
    assert desk.book.limits == sl.live.Limits(gross=1.5, daily_loss=0.05)
    assert tightest([]) == sl.live.Limits()


@pytest.mark.parametrize("day", ["2017-01-01", "2018-01-01", "2030-01-01"])
def test_a_replay_has_prices_before_and_after(prices, day):
    with pytest.raises(InvalidInputError, match="replay_from"):
        first_replayed(prices, day)


def test_prices_without_dates_are_refused(prices):
    with pytest.raises(InvalidInputError, match="have no dates"):
        first_replayed(prices.reset_index(drop=True), None)


def test_prices_come_with_the_code_that_reads_them(settings, prices):
    read, code = prices_of(settings)
    names = {"sl": sl}
    exec(code, names)
    assert names["prices"].equals(read)
    assert np.array_equal(read.to_numpy(), prices.to_numpy())
    sample, code = prices_of(dataclasses.replace(settings, prices=None))
    exec(code, names)
    assert names["prices"].equals(sample)
