"""CSV and Parquet, wide and long: read to the last bit, refused with the line."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spreadlab.data import read_prices
from spreadlab.errors import InvalidInputError

PRICE = st.floats(1e-300, 1e300) | st.just(float("nan"))


def table(values, first="2020-01-31"):
    index = pd.bdate_range(first, periods=len(values), name="date", unit="ns")
    columns = [f"S{i}" for i in range(values.shape[1])]
    return pd.DataFrame(values, index=index, columns=columns)


def write(frame, path):
    if path.suffix in {".parquet", ".pq"}:
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=not isinstance(frame.index, pd.RangeIndex))
    return path


def same(left, right):
    pd.testing.assert_frame_equal(left, right, check_exact=True, check_freq=False)


def to_long(frame, seed=0):
    long = (
        frame.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name="close")
    )
    long["volume"] = 7
    return long.sample(frac=1, random_state=seed).reset_index(drop=True)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=PRICE))
def test_every_form_gives_back_every_bit(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("prices")
    frame = table(values)
    same(read_prices(write(frame, folder / "wide.csv")), frame)
    same(read_prices(write(frame, folder / "wide.csv.gz")), frame)
    same(read_prices(write(frame, folder / "wide.parquet")), frame)
    same(read_prices(write(to_long(frame), folder / "long.csv")), frame)
    same(read_prices(str(write(to_long(frame), folder / "long.PQ".lower()))), frame)


@pytest.fixture
def prices():
    return table(np.array([[1.5, 2.0], [1.25, 2.5], [1.75, 2.25]]))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda f: f.rename_axis(None),
        lambda f: f.rename_axis("Timestamp").reset_index(),
        lambda f: f.rename_axis("when").reset_index(),
        lambda f: f.reset_index()[["S0", "date", "S1"]],
        lambda f: f.tz_localize("UTC").tz_convert("Asia/Tokyo"),
        lambda f: f.set_axis([f"{day:%Y%m%d}" for day in f.index]),
        lambda f: to_long(f).rename(columns={"date": "DATE", "symbol": "Ticker", "close": "Close"}),
        lambda f: to_long(f)[["close", "symbol", "date"]],
        lambda f: to_long(f).rename(columns={"close": "Adj Close"}),
        lambda f: to_long(f).assign(**{"adj close": 0.0}),
        lambda f: to_long(f).astype({"symbol": "category"}),
    ],
)
def test_spellings(tmp_path, prices, spelling, suffix):
    same(read_prices(write(spelling(prices), tmp_path / f"prices.{suffix}")), prices)


def test_gaps_blank_lines_and_byte_order_marks(tmp_path):
    path = tmp_path / "gaps.csv"
    text = "date, A ,B\r\n2020-01-01,1,\r\n\r\n2020-01-02,NA,2\r\n2020-01-03,3,null\r\n\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    frame = read_prices(path)
    assert list(frame.columns) == ["A", "B"]
    np.testing.assert_array_equal(frame, [[1, np.nan], [np.nan, 2], [3, np.nan]])


def test_a_symbol_called_na_is_a_symbol(tmp_path):
    path = tmp_path / "na.csv"
    path.write_text("date,symbol,close\n2020-01-01,NA,1\n2020-01-01,TRUE,2\n2020-01-02,NA,3\n")
    frame = read_prices(path)
    assert list(frame.columns) == ["NA", "TRUE"]
    np.testing.assert_array_equal(frame, [[1, 2], [3, np.nan]])


def test_a_symbol_made_of_digits_is_a_symbol(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_text("date,600519,000001\n2020-01-01,1,2\n2020-01-02,3,4\n")
    assert list(read_prices(path).columns) == ["600519", "000001"]


CSV = {
    "empty": ("", r"empty; must be a date column first and one column a symbol"),
    "blank": ("\n\n", r"empty; must be"),
    "header alone": ("date,A\n", r"empty, no rows below the header"),
    "one column": ("date\n2020-01-01\n", r"one column only, 'date'; .*commas"),
    "semicolons": ("date;A\n2020-01-01;1\n", r"one column only, 'date;A'; .*separate"),
    "no header": (
        "2020-01-01,1.5\n2020-01-02,2\n",
        r"no header: the first line is '2020-01-01,1.5'",
    ),
    "no header, long": ("KO,2020-01-01,1.5\n", r"no header: the first line is"),
    "unsorted": (
        "date,A\n2020-01-02,1\n\n2020-01-01,2\n",
        r"unsorted dates: 2020-01-01 in line 4 comes after 2020-01-02; .*sort the rows",
    ),
    "duplicated dates": (
        "date,A\n2020-01-02,1\n2020-01-02,2\n",
        r"1 duplicated dates, the first is 2020-01-02 in line 2 and line 3",
    ),
    "duplicate symbols": ("date,A,A\n2020-01-02,1,2\n", r"1 duplicate symbols: 'A'"),
    "nameless symbol": ("date,A,\n2020-01-02,1,2\n", r"a price column has no name"),
    "too few cells": ("date,A,B\n2020-01-01,1,2\n2020-01-02,1\n", r"2 cells in line 3; must be 3"),
    "too many cells": ("date,A,B\n2020-01-01,1,2,3\n", r"4 cells in line 2; must be 3 cells"),
    "duplicate price": (
        "date,symbol,close\n2020-01-02,A,1\n2020-01-01,A,1\n2020-01-02,B,1\n2020-01-02,A,2\n",
        r"1 duplicated prices, the first of 'A' on 2020-01-02 in line 2 and line 5; must be one",
    ),
    "no close": ("date,symbol,open\n2020-01-02,A,1\n", r"a column 'symbol' but no column 'close' "),
    "no date": ("day1,symbol,close\n2020-01-02,A,1\n", r"a column 'symbol' but no column 'date' "),
    "no symbol": ("date,symbol,close\n2020-01-02,,1\n", r"no symbol in line 2"),
    'bad date"]': ("date,A\n2020-01-01,1\n02/01/2020,1\n", r"'02/01/2020' in line 3 is not a date"),
    'epoch"]': ("date,A\n1577836800,1\n", r"'1577836800' in line 2 is not a date"),
    'missing date"]': ("date,A\n2020-01-01,1\n,1\n", r"1 missing dates, the first in line 3"),
    'long bad date"]': ("date,symbol,close\n2020-13-01,A,1\n", r"'2020-13-01' in line 2 is not a"),
    'text price"]': ("date,A\n2020-01-01,1\n2020-01-02,1.2.3\n", r"'1.2.3' in line 3 is not a num"),
    'thousands"]': ('date,A\n2020-01-01,"1,200"\n', r"'1,200' in line 2 is not a number"),
    'truth"]': ("date,A\n2020-01-01,True\n", r"'True' in line 2 is not a number"),
}


@pytest.mark.parametrize(("text", "message"), CSV.values(), ids=CSV)
def test_bad_csv_is_refused_with_the_line(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=rf'^bad\.csv(\["\w+"\])?: {message}'):
        read_prices(path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f[::-1], r"unsorted dates: .* in row 1 comes after"),
        (lambda f: f.iloc[[0, 0]], r"1 duplicated dates, .* in row 0 and row 1"),
        (lambda f: f.iloc[:0], r"empty, no rows"),
        (lambda f: f.assign(S1="x"), r"'x' in row 0 is not a number"),
        (lambda f: f.assign(S1=True), r"'True' in row 0 is not a number"),
        (lambda f: f.assign(S1=f.index), r"is not a number"),
        (lambda f: f[[]], r"empty, no price columns"),
        (lambda f: f.reset_index(drop=True), r"values of type float64; must be dates"),
    ],
)
def test_bad_parquet_is_refused_with_the_row(tmp_path, prices, spoil, message):
    path = tmp_path / "bad.parquet"
    spoil(prices).to_parquet(path)
    with pytest.raises(InvalidInputError, match=rf'^bad\.parquet(\["\w+"\])?: .*{message}'):
        read_prices(path)


def test_what_is_no_price_file_at_all(tmp_path):
    def refused(path, message):
        with pytest.raises(InvalidInputError, match=message):
            read_prices(path)

    refused(tmp_path / "none.csv", r"^path: no such file: '.*none\.csv'")
    refused(tmp_path, r"^path: .* is a folder")
    refused(None, r"^path: got None; must be a string or a path")
    (tmp_path / "a.xlsx").write_text("x")
    refused(
        tmp_path / "a.xlsx", r"^path: 'a\.xlsx' ends in '\.xlsx'; .*\.csv, \.csv\.gz, \.parquet"
    )
    (tmp_path / "a.parquet").write_bytes(b"date,A\n2020-01-01,1\n")
    refused(tmp_path / "a.parquet", r"^a\.parquet: damaged \(")
    (tmp_path / "a.csv").write_bytes(b"date,\xff\n")
    refused(tmp_path / "a.csv", r"^a\.csv: damaged \(.*utf-8")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"date,A\n2020-01-01,1\n")[:-9])
    refused(tmp_path / "a.csv.gz", r"^a\.csv\.gz: damaged \(")
    (tmp_path / "b.csv.gz").write_bytes(b"date,A\n2020-01-01,1\n")
    refused(tmp_path / "b.csv.gz", r"^b\.csv\.gz: damaged \(")
