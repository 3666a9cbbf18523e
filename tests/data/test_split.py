"""Rows before a date and from it on."""

import numpy as np
import pandas as pd
import pytest

from spreadlab.data.split import split_at
from spreadlab.errors import InvalidInputError

DATES = pd.date_range("2020-01-01", periods=10)
PRICES = pd.DataFrame({"A": np.arange(1.0, 11.0)}, index=DATES)


def test_the_date_itself_is_traded():
    before, after = split_at(PRICES, "2020-01-04")
    assert list(before["A"]) == [1.0, 2.0, 3.0]
    assert list(after["A"]) == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]


def test_no_date_is_all_rows_twice():
    before, after = split_at(PRICES, None)
    assert before is PRICES
    assert after is PRICES


def test_a_date_is_in_the_time_zone_of_the_prices():
    before, _ = split_at(PRICES.tz_localize("UTC"), "2020-01-04")
    assert len(before) == 3


@pytest.mark.parametrize(
    ("prices", "date", "words"),
    [
        (PRICES, "2020-01-01", "a date inside 2020-01-01 to 2020-01-10"),
        (PRICES, "2021-01-01", "a date inside"),
        (PRICES, "soon", "a date like"),
        (PRICES.reset_index(drop=True), "2020-01-04", "prices that have dates"),
        (PRICES.to_numpy(), "2020-01-04", "prices that have dates"),
    ],
)
def test_refusals(prices, date, words):
    with pytest.raises(InvalidInputError, match=words):
        split_at(prices, date, argument="--split")
