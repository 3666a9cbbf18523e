"""What a tab asks a kernel for: the same workbench again, and what a Parquet file holds."""

import numpy as np
import pandas as pd
import pytest

import spreadlab as sl
from spreadlab.errors import InvalidInputError
from spreadlab_widgets import application
from spreadlab_widgets.result_file import MOST_ROWS, ResultFile, kind_of, read_result
from spreadlab_widgets.workbench import Workbench


@pytest.fixture(autouse=True)
def nothing_open(monkeypatch):
    opened = {}
    monkeypatch.setattr(application, "_open", opened)
    yield
    for workbench in opened.values():
        workbench.close()


@pytest.fixture(scope="module")
def prices():
    return sl.data.simulate_universe(4, 300, n_pairs=1, seed=3).prices


@pytest.fixture
def folder(prices, tmp_path, monkeypatch):
    frame = prices.reset_index(names="date")
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_asked_again_it_is_the_same_with_what_was_chosen(folder):
    assert not application.is_open("p.csv")
    first = application.workbench("p.csv")
    first.selected = tuple(first.panel.symbols[:2])
    assert application.is_open("p.csv")
    again = application.workbench("p.csv")
    assert again is first
    assert again.selected == first.selected
    assert first.source == "prices = sl.data.read_prices('p.csv')"
    assert not application.is_open()


def test_without_a_file_it_shows_the_sample_and_says_how_it_was_made():
    workbench = application.workbench()
    names = {"sl": sl}
    exec(workbench.source, names)
    assert workbench.panel.symbols == tuple(names["prices"].columns)
    assert application.is_open()


def test_a_file_without_prices_is_an_error_and_not_open(folder):
    (folder / "bad.csv").write_text("date,A\n2020-01-01,x\n", "utf-8")
    with pytest.raises(InvalidInputError, match="'x'"):
        application.workbench("bad.csv")
    assert not application.is_open("bad.csv")


def test_parquet_shows_prices_or_the_rows_of_a_result(folder, prices):
    assert isinstance(application.show("p.parquet"), Workbench)
    scan = sl.discover_pairs(prices)
    scan.to_parquet("scan.pairs.parquet")
    shown = application.show("scan.pairs.parquet")
    assert isinstance(shown, ResultFile)
    assert shown.kind == "pairs of a scan"
    pd.testing.assert_frame_equal(shown.frame, scan.to_frame(), check_dtype=False)
    page = shown._repr_html_()
    assert f"<td>{scan.to_frame().dependent[0]}</td>" in page.replace(
        ' style="text-align:left;padding:2px 10px"', ""
    )
    below = int((scan.to_frame().pvalue < 0.05).sum())
    assert f">{below}</td>" in page


def test_every_to_parquet_is_known_by_its_columns(folder, prices):
    y, x = prices.columns[:2]
    pair = sl.test_pair(prices[y], prices[x])
    policy = sl.solve_hjb(sl.OUParams(kappa=6.0, theta=0.0, sigma=0.2), cost=0.002, discount=0.05)
    bt = sl.backtest(prices[[y, x]], pair=pair, policy=policy, cost_bps=5)
    bt.to_parquet("bars.parquet")
    bt.to_parquet("trades.parquet", table="trades")
    assert application.show("bars.parquet").kind == "bars of a backtest"
    assert application.show("trades.parquet").kind == "trades of a backtest"
    assert "equity at the end" in application.show("bars.parquet")._repr_html_()


def test_a_long_file_is_shown_in_part_and_says_so():
    n = MOST_ROWS + 7
    frame = pd.DataFrame({"equity": np.ones(n), "returns": 0.0, "drawdown": 0.0})
    page = ResultFile("long.parquet", "bars of a backtest", frame)._repr_html_()
    assert page.count("<tr>") == MOST_ROWS + 1 + 3
    assert "7 more are in the file" in page


def test_text_in_a_file_stays_text(tmp_path):
    frame = pd.DataFrame(
        {
            "dependent": ["<script>alert(1)</script>"],
            "hedge": ["B"],
            "statistic": [-3.0],
            "pvalue": [0.01],
            "hedge_ratio": [1.0],
        }
    )
    frame.to_parquet(tmp_path / "x.pairs.parquet")
    page = read_result(tmp_path / "x.pairs.parquet")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_other_files_are_refused(folder):
    assert kind_of(["date", "AAA"]) is None
    pd.DataFrame({"a": [1]}).to_parquet("a.pairs.parquet")
    with pytest.raises(InvalidInputError, match="has the columns a"):
        application.show("a.pairs.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(InvalidInputError, match="damaged"):
        application.show("broken.parquet")
    with pytest.raises(InvalidInputError, match="no such file"):
        application.show("none.parquet")
