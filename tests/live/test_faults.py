"""What fails around a live session while it trades: the book is the one of nothing failing."""

import pytest
from tests.live import cases
from tests.live.test_kill import snapshot
from tests.server.servers import ServerProcess

import spreadlab as sl

RULES = [
    {"kind": "optimal", "discount": 0.1},
    {"kind": "zscore", "lookback": 20, "entry_z": 1.0},
]


@pytest.fixture(scope="module")
def closes():
    return sl.data.load_sp500(start="2014-01-01", end="2019-12-31")[["KO", "PEP"]]


@pytest.fixture
def local_engine_afterwards():
    yield
    sl.connect("local")


def trade(strategy, prices, at_bar=None):
    """Fit on the engine in use and trade the later bars; `at_bar` is called at one of them."""
    fitted = strategy.fit(prices)
    later = fitted.trading.iloc[:200]
    book = sl.live.PaperBook(capital=strategy.sizing.capital, limits=strategy.limits)
    model = sl.live.freeze_strategy(fitted)
    session = sl.live.Session(sl.live.ReplayFeed(later), sl.live.Monitor([model]), book)
    bars = 0

    def count(update):
        nonlocal bars
        if update.step is not None:
            bars += 1
            if at_bar is not None and bars == len(later) // 2:
                at_bar()

    session.subscribe(count)
    cases.run(session)
    assert bars == len(later)
    return book


@pytest.mark.usefixtures("local_engine_afterwards")
def test_a_server_that_dies_while_its_policies_trade_changes_nothing(closes):
    strategies = [
        sl.Strategy(
            name=rule["kind"],
            pair={"dependent": "KO", "hedge": "PEP"},
            window={"split": "2018-01-02"},
            rule=rule,
            costs={"cost_bps": 2, "borrow_bps": 50},
            limits={"gross": 2.0, "daily_loss": 0.02},
        )
        for rule in RULES
    ]
    undisturbed = [trade(strategy, closes) for strategy in strategies]
    assert sum(event.kind == "fill" for event in undisturbed[1].events()) > 3
    with ServerProcess() as server:
        sl.connect(server.address, patience=1.0)
        books = [trade(strategies[0], closes, server.kill)]
        assert server.process.poll() is not None
        with pytest.raises(sl.EngineUnavailableError):
            strategies[1].fit(closes)  # what needs the engine says that it is gone
    sl.connect("local")
    books.append(trade(strategies[1], closes))
    for book, expected in zip(books, undisturbed, strict=True):
        assert snapshot(book) == snapshot(expected)
