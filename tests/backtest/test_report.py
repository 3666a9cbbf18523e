"""The HTML report: complete, and without a thread to the outside."""

import re
import sys
from html.parser import HTMLParser
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from tests.backtest import cases
from tests.backtest.test_walk_forward import COSTS, OPTIONS, make_prices

import spreadlab as sl
from spreadlab.api_backtest import walk_forward
from spreadlab.backtest.study import study


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def assert_stands_alone(page):
    assert page.open == []
    assert {"html", "img", "table"} <= set(page.tags)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert page.links
    assert all(link.startswith("data:image/png;base64,") for link in page.links)


@pytest.fixture(scope="module")
def bt():
    frame = pd.DataFrame(
        cases.make_panel(300, 1).prices,
        columns=["KO", "PEP"],
        index=pd.date_range("2020-01-01", periods=300, name="date"),
    )
    with study("r", in_memory=True) as mine:
        for entry in (0.8, 1.0, 1.2):
            result = sl.backtest(
                frame, pair=cases.make_pair(), policy=sl.ZScoreRule(20, entry), cost_bps=2.0
            )
    return result, mine


def test_a_backtest_report(bt, tmp_path):
    result, mine = bt
    path = tmp_path / "report.html"
    result.to_html(path, study=mine)
    text = path.read_text("utf-8")
    page = Page(text)
    assert_stands_alone(page)
    words = " ".join(page.words)
    for part in ("Metrics", "Trades", "Provenance", "deflated Sharpe ratio", sl.__version__):
        assert part in words
    assert result.provenance["data_digest"] in words
    assert page.words.count("exit") >= (result.trades["reason"] == "exit").sum() > 3
    assert f"{100 * result.deflated_sharpe(mine):.1f} %" in words
    assert f"{100 * result.probabilistic_sharpe():.1f} %" in words
    assert re.search(r"\d{4}-\d\d-\d\d", words)
    assert "ZScoreRule(lookback=20, entry_z=1.2" in words


def test_symbols_are_text_and_not_markup(tmp_path):
    pair = cases.make_pair()
    pair.dependent, pair.hedge = "<script>A", "B&C"
    frame = pd.DataFrame(cases.make_panel(60, 1).prices, columns=["<script>A", "B&C"])
    sl.backtest(frame, pair=pair, policy=sl.ZScoreRule(20)).to_html(tmp_path / "r.html")
    assert_stands_alone(Page((tmp_path / "r.html").read_text("utf-8")))


def test_a_walk_forward_report(tmp_path):
    with study("w", in_memory=True) as mine:
        wf = walk_forward(make_prices(), select="raw", **OPTIONS, **COSTS)
        wf.to_html(tmp_path / "w.html")
        assert wf.deflated_sharpe() == pytest.approx(wf.probabilistic_sharpe())
    assert mine.count().n_trials == 1
    page = Page((tmp_path / "w.html").read_text("utf-8"))
    assert_stands_alone(page)
    words = " ".join(page.words)
    assert "Folds" in words
    assert wf.verdict() in words


def test_a_portfolio_report(tmp_path):
    frame = pd.DataFrame(cases.make_panel(200, 1).prices, columns=["KO", "PEP"])
    frame["CAT"] = frame["PEP"] * np.exp(np.sin(np.arange(200)) / 50)
    pairs = [cases.make_pair(), cases.make_pair(1.0, 0.0)]
    pairs[1].dependent = "CAT"
    with study("p", in_memory=True) as mine:
        book = sl.backtest_portfolio(frame, pairs=pairs, policy=sl.ZScoreRule(20, 1.0))
        for entry in (0.6, 1.4):
            sl.backtest_portfolio(frame, pairs=pairs, policy=sl.ZScoreRule(20, entry))
    assert mine.count().n_trials == 3
    assert book.deflated_sharpe(mine) < book.probabilistic_sharpe()
    book.to_html(tmp_path / "p.html", study=mine)
    page = Page((tmp_path / "p.html").read_text("utf-8"))
    assert_stands_alone(page)
    words = " ".join(page.words)
    assert "CAT-PEP" in words
    assert f"{100 * book.deflated_sharpe(mine):.1f} %" in words
    book.to_parquet(tmp_path / "p.parquet")
    table = pd.read_parquet(tmp_path / "p.parquet")
    np.testing.assert_array_equal(table.to_numpy(), book.to_frame().to_numpy())
    assert {"pnl_KO-PEP", "position_CAT-PEP", "shares_CAT"} <= set(table.columns)


def test_a_tear_sheet_of_quantstats_has_our_sharpe_ratio(bt, tmp_path):
    result, _ = bt
    style = dict(mpl.rcParams)
    result.to_tearsheet(tmp_path / "tear.html")
    assert dict(mpl.rcParams) == style
    text = (tmp_path / "tear.html").read_text("utf-8")
    assert "Backtest of KO and PEP" in text
    shown = re.search(r">Sharpe</td>\s*<td[^>]*>([-0-9.]+)<", text)
    assert float(shown[1]) == pytest.approx(result.sharpe, abs=0.0051)


def test_a_tear_sheet_gets_the_returns_by_date(bt, tmp_path, monkeypatch):
    result, _ = bt
    asked = []

    def html(returns, **options):
        asked.append((returns, options))

    module = ModuleType("quantstats")
    module.reports = SimpleNamespace(html=html)
    monkeypatch.setitem(sys.modules, "quantstats", module)
    result.to_tearsheet(tmp_path / "tear.html")
    wf = walk_forward(make_prices(), select="raw", **OPTIONS, **COSTS)
    wf.to_tearsheet(tmp_path / "walk.html")
    (returns, options), (walk, _) = asked
    np.testing.assert_array_equal(returns.to_numpy(), result.returns)
    assert (returns.index == pd.date_range("2020-01-01", periods=300)).all()
    assert options["output"] == str(tmp_path / "tear.html")
    assert (options["title"], options["periods_per_year"]) == ("Backtest of KO and PEP", 252)
    np.testing.assert_array_equal(walk.to_numpy(), wf.returns)
    with pytest.raises(sl.InvalidInputError, match="without dates"):
        sl.backtest(
            cases.make_panel(60, 1), pair=cases.make_pair(), policy=sl.ZScoreRule(20)
        ).to_tearsheet(tmp_path / "x.html")
    monkeypatch.setitem(sys.modules, "quantstats", None)
    with pytest.raises(sl.DataUnavailableError, match=r"spreadlab\[tearsheet\]"):
        result.to_tearsheet(tmp_path / "x.html")


def test_parquet_of_sweeps_and_walk_forwards(tmp_path):
    path = tmp_path / "t.parquet"
    sw = sl.sweep(
        cases.make_panel(100, 1),
        pair=cases.make_pair(),
        rule=sl.ZScoreRule(20),
        grid={"entry_z": [0.5, 1.0], "exit_z": [0.0, 0.7]},
    )
    sw.to_parquet(path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), sw.to_frame())
    wf = walk_forward(make_prices(), select="raw", **OPTIONS, **COSTS)
    for name, frame in (
        ("folds", wf.to_frame()),
        ("pairs", wf.pairs_frame()),
        ("bars", wf.equity_frame().reset_index()),
    ):
        wf.to_parquet(path, name)
        table = pd.read_parquet(path)
        assert list(table.columns) == list(frame.columns)
        pd.testing.assert_frame_equal(
            table, frame.reset_index(drop=True), check_dtype=False, check_names=False
        )
    with pytest.raises(sl.InvalidInputError, match="table"):
        wf.to_parquet(path, "trades")


def test_parquet_holds_what_the_frames_hold(bt, tmp_path):
    result, _ = bt
    result.to_parquet(tmp_path / "bars.parquet")
    result.to_parquet(tmp_path / "trades.parquet", "trades")
    bars = pd.read_parquet(tmp_path / "bars.parquet").set_index("time")
    np.testing.assert_array_equal(bars.to_numpy(), result.to_frame().to_numpy())
    assert (bars.index == result.to_frame().index).all()
    trades = pd.read_parquet(tmp_path / "trades.parquet")
    assert list(trades.columns) == list(result.trades_frame().columns)
    np.testing.assert_array_equal(trades["pnl"], result.trades["pnl"])
    assert trades["reason"].tolist() == result.trades["reason"].tolist()
    with pytest.raises(sl.InvalidInputError, match="table"):
        result.to_parquet(tmp_path / "x.parquet", "equity")
