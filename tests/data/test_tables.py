"""Names, types and dates of whatever table the caller has."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from spreadlab.data.tables import read_column, read_table
from spreadlab.errors import InvalidInputError

INDEX = pd.bdate_range("2019-01-30", periods=4, unit="ns")
NANOSECONDS = INDEX.asi8


@pytest.fixture
def frame():
    return pd.DataFrame({"KO": [1.0, 2.0, 3.0, 5.0], "PEP": [4.0, 5.0, 7.0, 6.0]}, index=INDEX)


def dated(frame, name="date"):
    return frame.rename_axis(name).reset_index()


SPELLINGS = {
    "pandas": lambda f: f,
    "pandas seconds": lambda f: f.set_axis(f.index.as_unit("s")),
    "pandas UTC": lambda f: f.tz_localize("UTC"),
    "pandas New York": lambda f: f.tz_localize("UTC").tz_convert("America/New_York"),
    "pandas periods": lambda f: f.set_axis(f.index.to_period("D")),
    "pandas text index": lambda f: f.set_axis([str(day)[:10] for day in f.index]),
    "pandas date objects": lambda f: f.set_axis([day.date() for day in f.index]),
    "pandas column": dated,
    "pandas column of another name": lambda f: dated(f, "when"),
    "pandas text column": lambda f: dated(f.set_axis([str(d)[:10] for d in f.index]), "Timestamp"),
    "pandas nullable": lambda f: f.astype("Float64"),
    "pandas arrow": lambda f: f.astype("double[pyarrow]"),
    "polars": lambda f: pl.from_pandas(dated(f)),
    "polars date": lambda f: pl.from_pandas(dated(f)).with_columns(pl.col("date").dt.date()),
    "polars milliseconds": lambda f: pl.from_pandas(dated(f)).cast({"date": pl.Datetime("ms")}),
    "polars zone": lambda f: pl.from_pandas(dated(f.tz_localize("UTC"))).with_columns(
        pl.col("date").dt.convert_time_zone("Asia/Tokyo")
    ),
    "polars text": lambda f: pl.from_pandas(dated(f)).with_columns(
        pl.col("date").dt.strftime("%Y-%m-%d")
    ),
    "polars date last": lambda f: pl.from_pandas(dated(f)).select("KO", "PEP", "date"),
    "arrow": lambda f: pa.Table.from_pandas(dated(f)),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_table_reads_the_same(frame, spelling):
    table = read_table(spelling(frame), "prices")
    np.testing.assert_array_equal(table.values, frame.to_numpy())
    assert table.values.dtype == np.float64
    assert table.symbols == ("KO", "PEP")
    np.testing.assert_array_equal(table.timestamps, NANOSECONDS)


@pytest.mark.parametrize(
    "undated",
    [
        lambda f: f.to_numpy(),
        lambda f: f.to_numpy().astype(np.float32),
        lambda f: f.to_numpy().astype(int),
        lambda f: f.to_numpy().tolist(),
        lambda f: np.asfortranarray(f.to_numpy()),
    ],
)
def test_arrays_and_lists_have_numbers_for_names_and_no_dates(frame, undated):
    table = read_table(undated(frame), "prices")
    np.testing.assert_array_equal(table.values, frame.to_numpy())
    assert table.symbols == ("0", "1")
    assert table.timestamps is None


def test_row_numbers_are_no_dates(frame):
    assert read_table(frame.reset_index(drop=True), "prices").timestamps is None
    assert read_table(pl.DataFrame({"KO": [1, 2]}), "prices").timestamps is None


def test_dates_without_offset_are_utc_and_others_are_converted(frame):
    naive = read_table(frame, "prices").timestamps
    east = read_table(frame.tz_localize("America/New_York"), "prices").timestamps
    assert set(east - naive) == {5 * 3600 * 10**9}


def test_nulls_become_nan():
    for table in (
        pl.DataFrame({"A": [1.0, None, 3.0], "B": [1, None, 3]}),
        pd.DataFrame(
            {"A": pd.array([1.0, None, 3.0], "Float64"), "B": pd.array([1, None, 3], "Int64")}
        ),
    ):
        values = read_table(table, "prices").values
        np.testing.assert_array_equal(values, [[1, 1], [np.nan, np.nan], [3, 3]])


def test_the_table_of_the_caller_is_left_alone(frame):
    array = frame.to_numpy(copy=True)
    read_table(array, "prices").values[:] = 0
    assert (array > 0).all()


class Bad:
    """Tables that are refused, and what the message says."""

    cases = {  # noqa: RUF012
        "object column": (
            lambda f: f.assign(PEP=f["PEP"].astype(object)),
            r'prices\["PEP"\]: values of type object; must be real numbers; convert the column',
        ),
        "text column": (
            lambda f: f.assign(PEP=list("abcd")),
            r'prices\["PEP"\]: values of type string',
        ),
        "boolean column": (
            lambda f: f.assign(PEP=True),
            r'prices\["PEP"\]: values of type boolean',
        ),
        "second date column": (
            lambda f: f.assign(listed=INDEX),
            r'prices\["listed"\]: values of type Datetime',
        ),
        "duplicate symbols": (
            lambda f: f[["KO", "PEP", "KO"]],
            r"prices: 1 duplicate symbols: 'KO'; must be one column a symbol",
        ),
        "symbols equal as text": (
            lambda f: f.set_axis([1, "1"], axis=1),
            r"prices: 1 duplicate symbols: '1'",
        ),
        "levels of columns": (
            lambda f: pd.concat({"Close": f}, axis=1),
            r'prices: columns with 2 levels; .*select one field first, such as prices\["Close"\]',
        ),
        "levels of rows": (
            lambda f: f.set_index("KO", append=True),
            r"prices\.index: got 2 levels; must be one level of dates",
        ),
        "unsorted": (
            lambda f: f.iloc[[0, 2, 1, 3]],
            r"prices: unsorted dates: 2019-01-31 in row 2",
        ),
        "newest first": (lambda f: f[::-1], r"prices: unsorted dates"),
        "duplicated dates": (
            lambda f: f.iloc[[0, 1, 1, 2]],
            r"prices: 1 duplicated dates, the first is 2019-01-31 in row 1 and row 2",
        ),
        "unsorted polars": (
            lambda f: pl.from_pandas(dated(f[::-1])),
            r"prices: unsorted dates: 2019-02-01 in row 1 comes after 2019-02-04",
        ),
        "shuffled row numbers": (
            lambda f: f.reset_index(drop=True).iloc[[1, 0, 2]],
            r"prices\.index: unsorted: 0 in row 1 comes after 1",
        ),
        "stacked row numbers": (
            lambda f: pd.concat([f.reset_index(drop=True).iloc[:1]] * 2),
            r"prices\.index: duplicated: 0 in row 1",
        ),
        "missing date": (
            lambda f: f.set_axis(f.index.where(f.index != INDEX[2])),
            r"prices\.index: 1 missing dates, the first in row 2",
        ),
        "text index": (
            lambda f: f.set_axis(["a", "b", "c", "d"]),
            r"prices\.index: 'a' in row 0 is not a date",
        ),
        "text date column": (
            lambda f: dated(f.set_axis(["01/02/19"] * 4)),
            r'prices\["date"\]: \'01/02/19\' in row 0 is not a date',
        ),
        "numbers as dates": (
            lambda f: dated(f).assign(date=1),
            r'prices\["date"\]: numbers of type Int64; must be dates; .*rename the column',
        ),
        "lazy": (lambda f: pl.from_pandas(f).lazy(), r"prices: got a lazy frame; .*collect\(\)"),
        "series": (lambda f: f["KO"], r"prices: got Series of shape \(4,\); must be a pandas"),
        "vector": (lambda f: f["KO"].to_numpy(), r"prices: got ndarray of shape \(4,\)"),
        "cube": (lambda f: np.zeros((2, 2, 2)), r"prices: got ndarray of shape \(2, 2, 2\)"),
        "ragged": (lambda f: [[1, 2], [3]], r"prices: got rows of different lengths"),
        "dict": (lambda f: {"KO": [1, 2]}, r"prices: got dict; must be a pandas"),
        "text": (lambda f: "prices.csv", r"prices: got str; must be a pandas"),
        "nothing": (lambda f: None, r"prices: got None; must be a pandas"),
        "number": (lambda f: 3.0, r"prices: got float of shape \(\)"),
        "array of objects": (
            lambda f: f.to_numpy().astype(object),
            r"prices: got values of type object",
        ),
        "complex": (lambda f: f.to_numpy() + 0j, r"prices: got values of type complex128"),
        "array of dates": (
            lambda f: f.to_numpy().astype("M8[s]"),
            r"prices: got values of type dat",
        ),
    }


@pytest.mark.parametrize(("spoil", "message"), Bad.cases.values(), ids=Bad.cases)
def test_bad_tables_are_refused_in_words(frame, spoil, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        read_table(spoil(frame), "prices")


def test_columns_have_a_name_and_dates(frame):
    column = read_column(frame["KO"], "y")
    assert column.name == "KO"
    np.testing.assert_array_equal(column.timestamps, NANOSECONDS)
    plain = read_column(pl.Series("KO", [1, 2, 3]), "y")
    assert plain.name == "KO"
    assert plain.timestamps is None
    assert plain.index is None
    assert read_column((1, 2.5), "y").name is None
    assert read_column(pd.Series([1.0, 2.0]), "y").name is None
    assert read_column(pl.Series([1.0, 2.0]), "y").name is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((3, 2)), r"y: got ndarray of shape \(3, 2\); must be one-dimensional"),
        (pd.DataFrame({"a": [1.0]}), r"y: got DataFrame of shape \(1, 1\)"),
        (["a", "b"], r"y: got values of type <U1; must be real numbers"),
        ([1, None], r"y: got values of type object"),
        ([True, False], r"y: got values of type bool"),
        (pd.Series([1, "b"]), r"y: values of type object"),
        (pd.Series([dt.date(2020, 1, 1)]), r"y: values of type"),
        (object(), r"y: got object; must be an array of numbers"),
        (None, r"y: got None; must be one-dimensional"),
        ("abc", r"y: got str"),
        ({}, r"y: got dict"),
        (pd.Series([1.0, 2.0], index=INDEX[[1, 0]]), r"y: unsorted dates: 2019-01-30 in row 1"),
        (pd.Series([1.0, 2.0], index=INDEX[[1, 1]]), r"y: 1 duplicated dates"),
    ],
)
def test_bad_columns_are_refused_in_words(values, message):
    with pytest.raises(InvalidInputError, match=f"^{message}"):
        read_column(values, "y")
