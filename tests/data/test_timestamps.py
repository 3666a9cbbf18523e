"""Dates in any spelling become the same nanoseconds; bad ones are named."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadlab.data.timestamps import (
    check_increasing,
    day_text,
    infer_periods_per_year,
    row_text,
    to_nanoseconds,
)
from spreadlab.errors import InvalidInputError

SECONDS = st.integers(-9_000_000_000, 9_000_000_000)


@given(st.lists(SECONDS, min_size=1, max_size=20))
def test_every_spelling_gives_the_same_nanoseconds(seconds):
    expected = np.array(seconds, dtype=np.int64) * 10**9
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    moments = [epoch + dt.timedelta(seconds=s) for s in seconds]
    zone = dt.timezone(dt.timedelta(hours=-5))
    spellings = [
        np.array(seconds, dtype="datetime64[s]"),
        np.array(seconds, dtype="datetime64[s]").astype("datetime64[ns]"),
        np.array(moments, dtype=object),
        [moment.isoformat() for moment in moments],
        [moment.astimezone(zone).isoformat() for moment in moments],
        [moment.replace(tzinfo=None).isoformat() for moment in moments],
    ]
    for spelling in spellings:
        np.testing.assert_array_equal(to_nanoseconds(spelling, "dates"), expected)


def test_nanoseconds_survive():
    stamps = np.array([0, 1, 10**18 + 1], dtype=np.int64)
    np.testing.assert_array_equal(to_nanoseconds(stamps.view("datetime64[ns]"), "dates"), stamps)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2019-01-01", "yesterday"], r"dates: 'yesterday' in row 1 is not a date; .*2019-02-01"),
        (["01/02/2019"], r"'01/02/2019' in row 0 is not a date"),
        (["2019-02-30"], r"'2019-02-30' in row 0 is not a date"),
        (np.array(["2019-01-01", "NaT"], dtype="datetime64[D]"), r"1 missing dates?, .*row 1"),
        (np.array(["1500-01-01"], dtype="datetime64[D]"), r"the date 1500-01-01.*1677-09-22"),
        (np.array(["2300-01-01"], dtype="datetime64[s]"), r"the date 2300-01-01.*2262-04-10"),
        ([1, 2], r"values of type int64; must be dates; .*to_datetime"),
        ([1.5], r"values of type float64; must be dates"),
    ],
)
def test_what_is_no_date_is_named(values, message):
    with pytest.raises(InvalidInputError, match=rf"^dates: .*{message.removeprefix('dates: ')}"):
        to_nanoseconds(values, "dates")


def days(*texts):
    return np.array(texts, dtype="datetime64[ns]").astype(np.int64)


def test_the_first_date_that_goes_back_is_named():
    with pytest.raises(InvalidInputError) as caught:
        check_increasing(days("2019-01-01", "2019-01-03", "2019-01-02", "2019-01-01"), "prices")
    assert str(caught.value) == (
        "prices: unsorted dates: 2019-01-02 in row 2 comes after 2019-01-03; "
        "must be in increasing order of date; sort the rows by date first"
    )


def test_duplicated_dates_are_counted_and_named():
    with pytest.raises(InvalidInputError) as caught:
        check_increasing(days("2019-01-01", "2019-01-02", "2019-01-02", "2019-01-02"), "prices")
    assert "2 duplicated dates, the first is 2019-01-02 in row 1 and row 2" in str(caught.value)


def test_text_of_dates():
    stamps = days("2019-01-01", "2019-01-01T09:30", "2019-01-02T00:00:00.250")
    assert [day_text(s) for s in stamps] == [
        "2019-01-01",
        "2019-01-01T09:30:00",
        "2019-01-02T00:00:00.25",
    ]
    assert row_text(np.array([0, 2]), stamps) == "between 2019-01-01 and 2019-01-02T00:00:00.25"
    assert row_text(np.array([1]), None) == "in row 1"
    assert row_text(np.array([1, 7]), None) == "between rows 1 and 7"


def exchange_minutes(step):
    opens = pd.bdate_range("2020-01-01", periods=15)
    minutes = pd.timedelta_range("14h30min", "20h59min", freq=f"{step}min")
    return pd.DatetimeIndex([day + minute for day in opens for minute in minutes])


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.bdate_range("2020-01-01", periods=400), 252),
        (pd.bdate_range("2020-01-06", periods=3), 252),
        (pd.date_range("2020-01-01", periods=400, freq="D"), 365),
        (pd.date_range("2020-01-01", periods=1000, freq="h"), 365 * 24),
        (pd.date_range("2020-01-01", periods=5000, freq="5min"), 365 * 288),
        (exchange_minutes(5), 252 * 78),
        (exchange_minutes(30), 252 * 13),
        (pd.date_range("2020-01-03", periods=60, freq="W-FRI"), 52),
        (pd.date_range("2020-01-31", periods=60, freq="ME"), 12),
        (pd.date_range("2000-01-31", periods=60, freq="BQE"), 4),
        (pd.date_range("1990-12-31", periods=30, freq="YE"), 1),
    ],
)
def test_bars_a_year(index, expected):
    assert infer_periods_per_year(index.as_unit("ns").asi8) == expected
