"""The HTML report: complete, and without a thread to the outside."""

import re
from html.parser import HTMLParser

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
