"""Real prices: what is in them, and that nothing heavy is imported for them."""

import datetime as dt
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from spreadlab.data import load_sp500, sp500
from spreadlab.data.panel import ensure_panel
from spreadlab.errors import DataUnavailableError, InvalidInputError

SYMBOLS = [
    "AAPL",
    "AMD",
    "BAC",
    "BBY",
    "CVX",
    "GE",
    "HD",
    "JNJ",
    "JPM",
    "KO",
    "LLY",
    "MRK",
    "MSFT",
    "PEP",
    "PFE",
    "PG",
    "RRC",
    "UNH",
    "WMT",
    "XOM",
]


def test_the_whole_set():
    prices = load_sp500()
    assert prices.shape == (8313, 20)
    assert list(prices.columns) == SYMBOLS
    assert str(prices.index[0].date()) == "1990-01-02"
    assert str(prices.index[-1].date()) == "2022-12-28"
    assert prices.index.is_monotonic_increasing
    assert prices.index.name == "date"
    assert (prices.dtypes == np.float64).all()
    panel = ensure_panel(prices, periods_per_year="infer")
    assert panel.periods_per_year == 252


def test_values_are_those_of_the_source_package():
    from skfolio.datasets import load_sp500_dataset

    pd.testing.assert_frame_equal(
        load_sp500(), load_sp500_dataset(), check_names=False, check_index_type=False
    )


def test_windows_include_both_ends():
    prices = load_sp500(start="2014-01-02", end=dt.date(2014, 1, 6), symbols=["PEP", "KO"])
    assert [str(day.date()) for day in prices.index] == ["2014-01-02", "2014-01-03", "2014-01-06"]
    assert list(prices.columns) == ["PEP", "KO"]
    assert len(load_sp500("2022-12-28")) == 1
    assert len(load_sp500(pd.Timestamp("2022-12-28T00:00", tz="UTC"), "2022-12-31")) == 1


def test_changing_what_was_returned_changes_nothing_else():
    first = load_sp500()
    first.iloc[:] = 0
    assert (load_sp500().to_numpy() > 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": "soon"}, r"start: got 'soon'; must be a date from 1990-01-01 to 2022-12-31"),
        ({"end": 2014}, r"end: got 2014; must be a date"),
        ({"start": "NaT"}, r"start: got 'NaT'"),
        ({"start": "1980-01-01"}, r"start: 1980-01-01 is outside the data; .*1990-01-01 to 2022"),
        ({"end": "2023-06-01"}, r"end: 2023-06-01 is outside the data"),
        ({"start": "2020-01-02", "end": "2019-01-02"}, r"end: 2019-01-02; must be on or after st"),
        ({"start": "2020-01-04", "end": "2020-01-05"}, r"start: no trading day from 2020-01-04"),
        ({"symbols": ["KO", "XYZ"]}, r"symbols: unknown symbol 'XYZ'; must be of AAPL, .*XOM"),
        ({"symbols": ["KO", "KO"]}, r"symbols: 'KO' more than once"),
        ({"symbols": "KO"}, r"symbols: got the string 'KO'; must be a list; write \['KO'\]"),
        ({"symbols": []}, r"symbols: empty"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        load_sp500(**arguments)


def test_without_the_package_the_message_holds_the_command(monkeypatch):
    monkeypatch.setattr(sp500.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        DataUnavailableError, match=r'not installed; pip install "spreadlab\[data\]"'
    ):
        load_sp500()


def test_without_the_file_the_message_says_so(monkeypatch, tmp_path):
    class Empty:
        submodule_search_locations = [str(tmp_path)]  # noqa: RUF012

    monkeypatch.setattr(sp500.importlib.util, "find_spec", lambda name: Empty())
    with pytest.raises(DataUnavailableError, match=r"has no file datasets/data/sp500_dataset\.csv"):
        load_sp500()


def test_nothing_heavy_is_imported():
    code = (
        "import sys, spreadlab as sl; sl.data\n"
        "assert not {'pandas', 'narwhals', 'scipy', 'numba'} & set(sys.modules)\n"
        "assert sl.data.load_sp500().shape == (8313, 20)\n"
        "assert not {'skfolio', 'sklearn', 'cvxpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
